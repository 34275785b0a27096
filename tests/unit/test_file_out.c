/*
 * Files: outputs appear whole or not at all, also when the system fails them.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/file.h"

#include "bloom/base/secret.h"
#include "tests/support/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/*
 * Faults. These stand in front of the C library's functions for the code under test, and
 * pass on to the system unless a test asks for trouble.
 */
static struct {
    bool no_unnamed;   /* as NFS: O_TMPFILE is not supported */
    bool no_hard_link; /* as FAT: neither are links */
    int write_errno;
    int sync_errno;
    int rename_errno; /* at the rename number rename_at */
    int rename_at;
    bool short_io; /* at most 7 bytes a call */
} fault;

int openat(int dirfd, const char *path, int flags, ...);
int linkat(int olddir, const char *old, int newdir, const char *new, int flags);
int renameat(int olddir, const char *old, int newdir, const char *new);
int fsync(int fd);
ssize_t write(int fd, const void *p, size_t len);
ssize_t pwrite(int fd, const void *p, size_t len, off_t offset);
ssize_t pread(int fd, void *p, size_t len, off_t offset);

int
openat(int dirfd, const char *path, int flags, ...)
{
    va_list ap;
    mode_t mode;

    va_start(ap, flags);
    mode = va_arg(ap, mode_t);
    va_end(ap);
    if (fault.no_unnamed && (flags & O_TMPFILE) == O_TMPFILE) {
        errno = EOPNOTSUPP;
        return -1;
    }
    return (int)syscall(SYS_openat, dirfd, path, flags, mode);
}

int
linkat(int olddir, const char *old, int newdir, const char *new, int flags)
{
    if (fault.no_hard_link) {
        errno = EPERM;
        return -1;
    }
    return (int)syscall(SYS_linkat, olddir, old, newdir, new, flags);
}

int
renameat(int olddir, const char *old, int newdir, const char *new)
{
    if (fault.rename_errno != 0 && --fault.rename_at == 0) {
        errno = fault.rename_errno;
        return -1;
    }
    return (int)syscall(SYS_renameat2, olddir, old, newdir, new, 0);
}

int
fsync(int fd)
{
    if (fault.sync_errno != 0) {
        errno = fault.sync_errno;
        return -1;
    }
    return (int)syscall(SYS_fsync, fd);
}

static bool
write_fails(void)
{
    errno = fault.write_errno;
    return fault.write_errno != 0;
}

ssize_t
write(int fd, const void *p, size_t len)
{
    size_t n = fault.short_io && len > 7 ? 7 : len;

    return fd > 2 && write_fails() ? -1 : syscall(SYS_write, fd, p, n);
}

ssize_t
pwrite(int fd, const void *p, size_t len, off_t offset)
{
    size_t n = fault.short_io && len > 7 ? 7 : len;

    return write_fails() ? -1 : syscall(SYS_pwrite64, fd, p, n, offset);
}

ssize_t
pread(int fd, void *p, size_t len, off_t offset)
{
    return syscall(SYS_pread64, fd, p, fault.short_io && len > 7 ? 7 : len, offset);
}

/* No faults at the start and at the end. */
static int
enter(void **state)
{
    memset(&fault, 0, sizeof fault);
    return tally_scratch_enter(state);
}

static int
leave(void **state)
{
    memset(&fault, 0, sizeof fault);
    return tally_scratch_leave(state);
}

static struct tally_outfile *
out(const char *path, bool force)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_outfile *f = NULL;

    assert_int_equal(tally_outfile_open(&f, path, 0600, force, &err), 0);
    return f;
}

static void
outfile_appears_at_commit_and_not_before(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_outfile *f = out("a.csv", false);
    struct stat st;

    (void)state;
    assert_int_equal(tally_outfile_write(f, "id,x\n", 5, &err), 0);
    assert_int_equal(tally_outfile_printf(f, &err, "%d,%s\n", 1, "y"), 0);
    assert_int_equal(access("a.csv", F_OK), -1);
    assert_int_equal(tally_outfile_commit(&f, 1, &err), 0);
    tally_outfile_free(f);
    tally_scratch_holds("a.csv", "id,x\n1,y\n");
    assert_int_equal(stat("a.csv", &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(tally_scratch_count(), 1);
}

static void
outfile_freed_without_commit_leaves_nothing(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_outfile *f = out("a.csv", false);

    (void)state;
    assert_int_equal(tally_outfile_write(f, "x", 1, &err), 0);
    tally_outfile_free(f);
    assert_int_equal(tally_scratch_count(), 0);
    tally_outfile_free(NULL);
}

static void
outfile_refuses_an_existing_file_at_open_and_at_commit(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_outfile *f = NULL;

    (void)state;
    tally_scratch_put("old", "old", 0600);
    assert_int_equal(tally_outfile_open(&f, "old", 0600, false, &err), -1);
    assert_int_equal(err.code, TALLY_E_EXISTS);
    assert_null(f);
    f = out("new", false);
    tally_scratch_put("new", "came first", 0600);
    assert_int_equal(tally_outfile_commit(&f, 1, &err), -1);
    assert_int_equal(err.code, TALLY_E_EXISTS);
    tally_outfile_free(f);
    tally_scratch_holds("new", "came first");
    assert_int_equal(tally_scratch_count(), 2);
}

static void
outfile_with_force_replaces_a_file_and_only_at_commit(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_outfile *f;

    (void)state;
    tally_scratch_put("a", "old", 0644);
    f = out("a", true);
    assert_int_equal(tally_outfile_write(f, "new", 3, &err), 0);
    tally_scratch_holds("a", "old");
    assert_int_equal(tally_outfile_commit(&f, 1, &err), 0);
    tally_outfile_free(f);
    tally_scratch_holds("a", "new");
    assert_int_equal(tally_scratch_count(), 1);
}

static void
outfile_works_the_same_without_unnamed_files_and_without_links(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    for (int fs = 0; fs < 3; fs++) {
        struct tally_outfile *f;
        struct tally_outfile *g;

        fault.no_unnamed = fs > 0;
        fault.no_hard_link = fs > 1;
        unlink("a");
        f = out("a", false);
        assert_int_equal(tally_outfile_write(f, "one", 3, &err), 0);
        assert_int_equal(access("a", F_OK), -1);
        g = out("a", false);
        assert_int_equal(tally_outfile_commit(&f, 1, &err), 0);
        tally_outfile_free(f);
        tally_scratch_holds("a", "one");
        assert_int_equal(tally_outfile_commit(&g, 1, &err), -1);
        assert_int_equal(err.code, TALLY_E_EXISTS);
        tally_outfile_free(g);
        tally_scratch_holds("a", "one");
        f = out("a", true);
        assert_int_equal(tally_outfile_write(f, "two", 3, &err), 0);
        assert_int_equal(tally_outfile_commit(&f, 1, &err), 0);
        tally_outfile_free(f);
        tally_scratch_holds("a", "two");
        tally_outfile_free(out("a", true));
        assert_int_equal(tally_scratch_count(), 1);
    }
}

static void
outfile_works_in_a_hardened_process_of_another_user(void **state)
{
    int status;
    pid_t pid;

    (void)state;
    assert_int_equal(chmod(".", 0777), 0);
    pid = fork();
    if (pid == 0) {
        struct tally_err err = TALLY_ERR_INIT;
        struct tally_outfile *f = NULL;

        /* Not dumpable, so that /proc/self belongs to root; the link goes through it. */
        if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) {
            _exit(2);
        }
        if (tally_secret_init(&err) != 0 ||
            tally_outfile_open(&f, "b", 0600, false, &err) != 0 ||
            tally_outfile_write(f, "x", 1, &err) != 0 ||
            tally_outfile_commit(&f, 1, &err) != 0) {
            _exit(1);
        }
        tally_outfile_free(f);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    tally_scratch_holds("b", "x");
    assert_int_equal(tally_scratch_count(), 1);
}

static void
outfile_keeps_large_and_small_writes_in_order(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_outfile *f = out("big", false);
    size_t sizes[] = {1, 262143, 1, 262144, 262145, 700000, 0, 13};
    size_t total = 0;
    uint8_t *data = malloc(1 << 20);
    uint8_t *back = NULL;
    size_t len;

    (void)state;
    assert_non_null(data);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        for (size_t k = 0; k < sizes[i]; k++) {
            data[k] = (uint8_t)((total + k) * 2654435761u >> 13);
        }
        assert_int_equal(tally_outfile_write(f, data, sizes[i], &err), 0);
        total += sizes[i];
    }
    free(data);
    assert_int_equal(tally_outfile_commit(&f, 1, &err), 0);
    tally_outfile_free(f);
    assert_int_equal(tally_file_read("big", 1 << 24, &back, &len, &err), 0);
    assert_int_equal(len, total);
    for (size_t k = 0; k < len; k++) {
        assert_int_equal(back[k], (uint8_t)(k * 2654435761u >> 13));
    }
    free(back);
}

static void
outfile_formats_lines_at_the_edge_of_the_buffer(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_outfile *f = out("lines", false);
    uint8_t *back = NULL;
    size_t len;

    (void)state;
    for (int i = 0; i < 40000; i++) {
        assert_int_equal(tally_outfile_printf(f, &err, "%09d,%s\n", i, "field"), 0);
    }
    assert_int_equal(tally_outfile_printf(f, &err, "%300000d\n", 5), 0);
    assert_int_equal(tally_outfile_commit(&f, 1, &err), 0);
    tally_outfile_free(f);
    assert_int_equal(tally_file_read("lines", 1 << 24, &back, &len, &err), 0);
    assert_int_equal(len, 40000 * 16 + 300001);
    for (size_t i = 0; i < 40000; i++) {
        char want[17];

        snprintf(want, sizeof want, "%09zu,field\n", i);
        assert_memory_equal(back + 16 * i, want, 16);
    }
    assert_memory_equal(back + len - 3, " 5\n", 3);
    free(back);
}

static void
outfile_pwrite_lands_on_what_was_appended(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_outfile *f = out("a", false);

    (void)state;
    assert_int_equal(tally_outfile_write(f, "........body", 12, &err), 0);
    assert_int_equal(tally_outfile_pwrite(f, 0, "header", 6, &err), 0);
    assert_int_equal(tally_outfile_write(f, "tail", 4, &err), 0);
    assert_int_equal(tally_outfile_commit(&f, 1, &err), 0);
    tally_outfile_free(f);
    tally_scratch_holds("a", "header..bodytail");
}

static void
outfile_of_many_appears_whole_or_not_at_all(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_outfile *f[3];

    (void)state;
    for (int fs = 0; fs < 3; fs++) {
        fault.no_unnamed = fs > 0;
        fault.no_hard_link = fs > 1;
        f[0] = out("a", false);
        f[1] = out("b", false);
        f[2] = out("c", false);
        tally_scratch_put("c", "in the way", 0600);
        assert_int_equal(tally_outfile_commit(f, 3, &err), -1);
        assert_int_equal(err.code, TALLY_E_EXISTS);
        assert_non_null(strstr(err.text, "'c'"));
        for (int i = 0; i < 3; i++) {
            tally_outfile_free(f[i]);
        }
        assert_int_equal(tally_scratch_count(), 1);
        tally_scratch_holds("c", "in the way");
        unlink("c");
    }
    f[0] = out("a", false);
    f[1] = out("b", true);
    assert_int_equal(tally_outfile_commit(f, 2, &err), 0);
    tally_outfile_free(f[0]);
    tally_outfile_free(f[1]);
    assert_int_equal(tally_scratch_count(), 2);
}

static void
outfile_rename_that_fails_takes_the_new_ones_back(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_outfile *f[3];

    (void)state;
    tally_scratch_put("b", "old", 0600);
    f[0] = out("a", false);
    f[1] = out("c", true);
    f[2] = out("b", true);
    fault.rename_errno = EIO;
    fault.rename_at = 2;
    assert_int_equal(tally_outfile_commit(f, 3, &err), -1);
    assert_int_equal(err.code, TALLY_E_IO);
    assert_non_null(strstr(err.text, "'b'"));
    for (int i = 0; i < 3; i++) {
        tally_outfile_free(f[i]);
    }
    tally_scratch_holds("b", "old");
    assert_int_equal(tally_scratch_count(), 1);
}

static void
outfile_that_replaced_another_stays_when_the_commit_fails(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_outfile *f[3];

    (void)state;
    tally_scratch_put("a", "old", 0600);
    tally_scratch_put("b", "old", 0600);
    f[0] = out("a", true);
    f[1] = out("b", true);
    f[2] = out("c", true);
    fault.rename_errno = EIO;
    fault.rename_at = 2;
    assert_int_equal(tally_outfile_commit(f, 3, &err), -1);
    for (int i = 0; i < 3; i++) {
        tally_outfile_free(f[i]);
    }
    tally_scratch_holds("b", "old");
    assert_int_equal(tally_scratch_count(), 2); /* a has its new content, and is there */
}

static void
outfile_refuses_two_outputs_of_one_name(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_outfile *f[2];

    (void)state;
    f[0] = out("a", true);
    f[1] = out("./a", true);
    assert_int_equal(tally_outfile_commit(f, 2, &err), -1);
    assert_int_equal(err.code, TALLY_E_USAGE);
    tally_outfile_free(f[0]);
    tally_outfile_free(f[1]);
    assert_int_equal(tally_scratch_count(), 0);
}

static void
outfile_on_a_full_disk_says_so_and_cannot_be_committed(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_outfile *f = out("a", false);
    char block[4096] = {0};
    int rc = 0;

    (void)state;
    fault.write_errno = ENOSPC;
    for (int i = 0; i < 1000 && rc == 0; i++) {
        rc = tally_outfile_write(f, block, sizeof block, &err);
    }
    assert_int_equal(rc, -1);
    assert_int_equal(err.code, TALLY_E_IO);
    assert_non_null(strstr(err.text, "'a'"));
    assert_non_null(strstr(err.hint, "space"));
    /* The hole stays, even when there is space again. */
    fault.write_errno = 0;
    err = (struct tally_err)TALLY_ERR_INIT;
    assert_int_equal(tally_outfile_write(f, "x", 1, &err), -1);
    assert_non_null(strstr(err.hint, "space"));
    assert_int_equal(tally_outfile_printf(f, &err, "x"), -1);
    assert_int_equal(tally_outfile_commit(&f, 1, &err), -1);
    assert_int_equal(err.code, TALLY_E_IO);
    tally_outfile_free(f);
    assert_int_equal(tally_scratch_count(), 0);
}

static void
outfile_failed_pwrite_and_failed_sync_are_not_committed(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_outfile *f = out("a", false);

    (void)state;
    fault.write_errno = ENOSPC;
    assert_int_equal(tally_outfile_pwrite(f, 5, "x", 1, &err), -1);
    assert_int_equal(err.code, TALLY_E_IO);
    assert_non_null(strstr(err.hint, "space"));
    fault.write_errno = 0;
    assert_int_equal(tally_outfile_commit(&f, 1, &err), -1);
    tally_outfile_free(f);
    f = out("a", false);
    fault.sync_errno = EIO;
    assert_int_equal(tally_outfile_commit(&f, 1, &err), -1);
    assert_int_equal(err.code, TALLY_E_IO);
    tally_outfile_free(f);
    assert_int_equal(tally_scratch_count(), 0);
}

static void
assert_open_fails(const char *path, bool force, enum tally_code code, const char *text)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_outfile *f = NULL;

    assert_int_equal(tally_outfile_open(&f, path, 0600, force, &err), -1);
    assert_int_equal(err.code, code);
    assert_non_null(strstr(err.text, text));
    assert_null(f);
}

static void
outfile_refuses_what_is_not_an_ordinary_file(void **state)
{
    (void)state;
    assert_int_equal(mkdir("d", 0700), 0);
    assert_int_equal(mkfifo("pipe", 0600), 0);
    assert_int_equal(symlink("pipe", "link"), 0);
    assert_int_equal(symlink("nowhere", "dangling"), 0);
    assert_open_fails("d", true, TALLY_E_USAGE, "'d' is not an ordinary file");
    assert_open_fails("d/", true, TALLY_E_USAGE, "'d/' is a folder");
    assert_open_fails("d/..", true, TALLY_E_USAGE, "folder");
    assert_open_fails(".", true, TALLY_E_USAGE, "folder");
    assert_open_fails("", true, TALLY_E_USAGE, "folder");
    assert_open_fails("pipe", true, TALLY_E_USAGE, "'pipe'");
    assert_open_fails("link", true, TALLY_E_USAGE, "'link'");
    assert_open_fails("/dev/null", true, TALLY_E_USAGE, "'/dev/null'");
    assert_open_fails("dangling", false, TALLY_E_EXISTS, "'dangling'");
    assert_int_equal(tally_scratch_count(), 4);
}

static void
outfile_names_a_folder_that_is_missing_or_unwritable(void **state)
{
    int status;
    pid_t pid;

    (void)state;
    assert_open_fails("no/such/a.csv", false, TALLY_E_IO, "folder 'no/such'");
    tally_scratch_put("plain", "", 0600);
    assert_open_fails("plain/a.csv", false, TALLY_E_IO, "folder 'plain'");
    assert_int_equal(mkdir("closed", 0555), 0);
    pid = fork();
    if (pid == 0) {
        struct tally_err err = TALLY_ERR_INIT;
        struct tally_outfile *f = NULL;

        if (chmod(".", 0755) != 0 ||
            (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))) {
            _exit(2);
        }
        _exit(tally_outfile_open(&f, "closed/a.csv", 0600, false, &err) == -1 &&
                      err.code == TALLY_E_IO &&
                      strstr(err.text, "folder 'closed'") != NULL
                  ? 0
                  : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void
outfile_of_null_or_dash_is_standard_output(void **state)
{
    static const char *const names[] = {NULL, "-"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct tally_err err = TALLY_ERR_INIT;
        struct tally_outfile *f[2];
        int real = dup(STDOUT_FILENO);
        int caught;

        unlink("b");
        caught = open("caught", O_RDWR | O_CREAT | O_TRUNC, 0600);
        fflush(stdout);
        dup2(caught, STDOUT_FILENO);
        f[0] = out(names[i], false);
        f[1] = out("b", false);
        assert_int_equal(tally_outfile_printf(f[0], &err, "row\n"), 0);
        assert_int_equal(tally_outfile_pwrite(f[0], 0, "x", 1, &err), -1);
        assert_int_equal(err.code, TALLY_E_USAGE);
        assert_int_equal(tally_outfile_commit(f, 2, &err), 0);
        tally_outfile_free(f[0]);
        tally_outfile_free(f[1]);
        dup2(real, STDOUT_FILENO);
        close(real);
        close(caught);
        tally_scratch_holds("caught", "row\n");
        tally_scratch_holds("b", "");
    }
}

static void
file_full_reads_and_writes_survive_short_ones(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    char data[100];
    char back[100];
    int fd = -1;

    (void)state;
    fault.short_io = true;
    for (size_t i = 0; i < sizeof data; i++) {
        data[i] = (char)('!' + i % 90);
    }
    assert_int_equal(tally_tmpfile(NULL, &fd, &err), 0);
    assert_int_equal(tally_pwrite_full(fd, data, sizeof data, 1000, &err), 0);
    assert_int_equal(tally_pread_full(fd, back, sizeof back, 1000, &err), 0);
    assert_memory_equal(data, back, sizeof data);
    assert_int_equal(tally_pread_full(fd, back, 0, 5000, &err), 0);
    assert_int_equal(tally_pread_full(fd, back, sizeof back, 1001, &err), -1);
    assert_int_equal(err.code, TALLY_E_CORRUPT);
    close(fd);
    assert_int_equal(tally_pread_full(fd, back, 1, 0, &err), -1);
    assert_int_equal(err.code, TALLY_E_IO);
    assert_int_equal(tally_pwrite_full(fd, back, 1, 0, &err), -1);
    assert_int_equal(err.code, TALLY_E_IO);
}

static void
file_temporary_ones_are_private_and_have_no_name(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct stat st;
    int fd = -1;

    (void)state;
    for (int named = 0; named < 2; named++) {
        fault.no_unnamed = named == 1;
        assert_int_equal(tally_tmpfile("./beside.csv", &fd, &err), 0);
        assert_int_equal(tally_scratch_count(), 0);
        assert_int_equal(fstat(fd, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0600);
        assert_int_equal(st.st_nlink, 0);
        close(fd);
    }
    assert_int_equal(tally_tmpfile("no/folder/x", &fd, &err), -1);
    assert_int_equal(err.code, TALLY_E_IO);
    assert_non_null(strstr(err.text, "'no/folder'"));
}

#define FILE_TEST(f) cmocka_unit_test_setup_teardown(f, enter, leave)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        FILE_TEST(outfile_appears_at_commit_and_not_before),
        FILE_TEST(outfile_freed_without_commit_leaves_nothing),
        FILE_TEST(outfile_refuses_an_existing_file_at_open_and_at_commit),
        FILE_TEST(outfile_with_force_replaces_a_file_and_only_at_commit),
        FILE_TEST(outfile_works_the_same_without_unnamed_files_and_without_links),
        FILE_TEST(outfile_works_in_a_hardened_process_of_another_user),
        FILE_TEST(outfile_keeps_large_and_small_writes_in_order),
        FILE_TEST(outfile_formats_lines_at_the_edge_of_the_buffer),
        FILE_TEST(outfile_pwrite_lands_on_what_was_appended),
        FILE_TEST(outfile_of_many_appears_whole_or_not_at_all),
        FILE_TEST(outfile_rename_that_fails_takes_the_new_ones_back),
        FILE_TEST(outfile_that_replaced_another_stays_when_the_commit_fails),
        FILE_TEST(outfile_refuses_two_outputs_of_one_name),
        FILE_TEST(outfile_on_a_full_disk_says_so_and_cannot_be_committed),
        FILE_TEST(outfile_failed_pwrite_and_failed_sync_are_not_committed),
        FILE_TEST(outfile_refuses_what_is_not_an_ordinary_file),
        FILE_TEST(outfile_names_a_folder_that_is_missing_or_unwritable),
        FILE_TEST(outfile_of_null_or_dash_is_standard_output),
        FILE_TEST(file_full_reads_and_writes_survive_short_ones),
        FILE_TEST(file_temporary_ones_are_private_and_have_no_name),
    };

    return cmocka_run_group_tests_name("file_out", tests, NULL, NULL);
}

/*
 * The sandbox from inside: a child enters it and tries what it must not be able to do.
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bloom/base/file.h"
#include "bloom/base/sandbox.h"
#include "tests/support/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

/* Run ${inside} in a child; it ends with what that returns. */
static int
child(int (*inside)(void))
{
    int status = 0;
    pid_t pid = fork();

    if (pid == 0) {
        _exit(inside());
    }
    assert_true(pid > 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void
enter(const char *path)
{
    struct tally_sandbox s = {.n = 0};

    tally_sandbox_allow(&s, path);
    tally_sandbox_enter(&s);
}

/* Say what was not as it should be. */
#define MUST(x)                                                                          \
    do {                                                                                 \
        if (!(x)) {                                                                      \
            fprintf(stderr, "not so: %s (%s)\n", #x, strerror(errno));                   \
            return 10;                                                                   \
        }                                                                                \
    } while (0)
#define DENIED(x, code)                                                                  \
    do {                                                                                 \
        errno = 0;                                                                       \
        MUST((x) == -1 && errno == (code));                                              \
    } while (0)

static int
network(void)
{
    struct iovec here = {&here, sizeof here}, there = {&there, sizeof there};
    char *const args[] = {"/bin/true", NULL};
    int pair[2];

    enter("sandbox.tmp/in/file");
    MUST(tally_sandbox_state().seccomp);
    DENIED(socket(AF_INET, SOCK_STREAM, 0), EPERM);
    DENIED(socket(AF_UNIX, SOCK_STREAM, 0), EPERM);
    DENIED(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), EPERM);
    DENIED(execve("/bin/true", args, NULL), EPERM);
    DENIED(syscall(SYS_execveat, AT_FDCWD, "/bin/true", args, NULL, 0), EPERM);
    DENIED(process_vm_readv(getppid(), &here, 1, &there, 1, 0), EPERM);
    DENIED(syscall(SYS_io_uring_setup, 1, NULL), EPERM);
    DENIED(syscall(SYS_unshare, 0), EPERM);
    DENIED(syscall(SYS_bpf, 0, NULL, 0), EPERM);
    DENIED(chroot("."), EPERM);
    return 0;
}

static int
folders(void)
{
    enter("sandbox.tmp/in/file");
    MUST(tally_sandbox_state().landlock > 0);
    DENIED(open("sandbox.tmp/out/secret", O_RDONLY), EACCES);
    DENIED(open("sandbox.tmp/out/new", O_WRONLY | O_CREAT, 0600), EACCES);
    DENIED(open("/etc/passwd", O_RDONLY), EACCES);
    DENIED(open("/usr/new", O_WRONLY | O_CREAT, 0600), EACCES);
    DENIED(unlink("sandbox.tmp/out/secret"), EACCES);
    DENIED(mkdir("sandbox.tmp/out/folder", 0700), EACCES);
    DENIED(open("sandbox.tmp/in/link", O_RDONLY), EACCES);
    DENIED(mknod("sandbox.tmp/in/device", S_IFIFO | 0600, 0), EACCES);
    return 0;
}

static void *
thread(void *x)
{
    return x;
}

/* What every verb does. */
static int
work(void)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_outfile *f = NULL;
    pthread_t t;
    int fd = -1;

    enter("sandbox.tmp/in/file");
    MUST(tally_outfile_open(&f, "sandbox.tmp/in/made", 0600, true, &err) == 0);
    MUST(tally_outfile_write(f, "x", 1, &err) == 0);
    MUST(tally_outfile_commit(&f, 1, &err) == 0);
    tally_outfile_free(f);
    MUST(rename("sandbox.tmp/in/made", "sandbox.tmp/in/moved") == 0);
    MUST(truncate("sandbox.tmp/in/moved", 0) == 0);
    MUST(mkdir("sandbox.tmp/in/below", 0700) == 0 && rmdir("sandbox.tmp/in/below") == 0);
    MUST(unlink("sandbox.tmp/in/moved") == 0);
    MUST(tally_tmpfile(NULL, &fd, &err) == 0 && close(fd) == 0);
    MUST(tally_tmpfile("sandbox.tmp/in/made", &fd, &err) == 0 && close(fd) == 0);
    MUST(pthread_create(&t, NULL, thread, NULL) == 0 && pthread_join(t, NULL) == 0);
    MUST((fd = open("/dev/null", O_RDWR)) >= 0 && close(fd) == 0);
    MUST((fd = open("/proc/self/status", O_RDONLY)) >= 0 && close(fd) == 0);
    return 0;
}

/* Through a link named on the command line, and for an output in a folder to be made. */
static int
named(void)
{
    struct tally_sandbox s = {.n = 0};

    tally_sandbox_allow(&s, "sandbox.tmp/in/link");
    tally_sandbox_allow(&s, "sandbox.tmp/made/deep/file");
    tally_sandbox_allow(&s, "");
    tally_sandbox_allow(&s, "-");
    tally_sandbox_allow(&s, NULL);
    tally_sandbox_enter(&s);
    MUST(access("sandbox.tmp/in/link", R_OK) == 0);
    MUST(open("sandbox.tmp/in/link", O_RDONLY) >= 0);
    MUST(mkdir("sandbox.tmp/made", 0700) == 0 && rmdir("sandbox.tmp/made") == 0);
    return 0;
}

static int
switched_off(void)
{
    setenv("TALLY_SANDBOX", "off", 1);
    enter("sandbox.tmp/in/file");
    MUST(tally_sandbox_state().off && !tally_sandbox_state().seccomp);
    MUST(open("sandbox.tmp/out/secret", O_RDONLY) >= 0);
    return 0;
}

/* A second call changes nothing: neither opens what the first closed, nor closes more. */
static int
twice(void)
{
    enter("sandbox.tmp/in/file");
    enter("sandbox.tmp/out/secret");
    DENIED(open("sandbox.tmp/out/secret", O_RDONLY), EACCES);
    MUST(open("sandbox.tmp/in/file", O_RDONLY) >= 0);
    return 0;
}

static int
everywhere(void)
{
    struct tally_sandbox s = {.everywhere = true};

    tally_sandbox_enter(&s);
    MUST(open("sandbox.tmp/out/secret", O_RDONLY) >= 0);
    DENIED(socket(AF_INET, SOCK_STREAM, 0), EPERM);
    return 0;
}

static int
has_landlock(void)
{
    enter("sandbox.tmp/in/file");
    return tally_sandbox_state().landlock > 0 ? 0 : 1;
}

static void
need_landlock(void)
{
    if (child(has_landlock) != 0) {
        fprintf(stderr, "skipped: this system has no Landlock\n");
        skip();
    }
}

static void
network_and_other_programs_are_closed(void **unused)
{
    (void)unused;
    assert_int_equal(child(network), 0);
}

static void
folders_not_named_are_closed(void **unused)
{
    (void)unused;
    need_landlock();
    assert_int_equal(child(folders), 0);
}

static void
what_a_verb_does_still_works(void **unused)
{
    (void)unused;
    assert_int_equal(child(work), 0);
}

static void
what_is_named_is_open(void **unused)
{
    (void)unused;
    assert_int_equal(child(named), 0);
}

static void
it_is_entered_once_and_can_be_switched_off(void **unused)
{
    (void)unused;
    assert_int_equal(child(switched_off), 0);
    assert_int_equal(child(everywhere), 0);
    need_landlock();
    assert_int_equal(child(twice), 0);
}

static int
set_up(void **state)
{
    static char tmpdir[4096 + 8] = "";

    unsetenv("TALLY_SANDBOX");
    if (tally_scratch_enter(state) != 0 || mkdir("sandbox.tmp", 0700) != 0 ||
        mkdir("sandbox.tmp/in", 0700) != 0 || mkdir("sandbox.tmp/out", 0700) != 0 ||
        mkdir("sandbox.tmp/tmp", 0700) != 0 || getcwd(tmpdir, 4000) == NULL) {
        return -1;
    }
    strcat(tmpdir, "/sandbox.tmp/tmp");
    tally_scratch_put("sandbox.tmp/in/file", "text\n", 0600);
    tally_scratch_put("sandbox.tmp/out/secret", "text\n", 0600);
    return symlink("../out/secret", "sandbox.tmp/in/link") == 0 ? setenv("TMPDIR", tmpdir, 1)
                                                                : -1;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(network_and_other_programs_are_closed),
        cmocka_unit_test(folders_not_named_are_closed),
        cmocka_unit_test(what_a_verb_does_still_works),
        cmocka_unit_test(what_is_named_is_open),
        cmocka_unit_test(it_is_entered_once_and_can_be_switched_off),
    };

    return cmocka_run_group_tests(tests, set_up, tally_scratch_leave);
}

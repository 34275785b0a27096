/*
 * Files: outputs appear whole or not at all, inputs are read with limits.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char start_folder[4096];

/* Each test runs in a new empty folder and leaves it empty. */
static int
enter(void **state)
{
    static char folder[64];

    strcpy(folder, "/tmp/tally-test-file-XXXXXX");
    if (getcwd(start_folder, sizeof start_folder) == NULL || mkdtemp(folder) == NULL) {
        return -1;
    }
    *state = folder;
    return chdir(folder);
}

static int
leave(void **state)
{
    char command[128];

    if (chdir(start_folder) != 0) {
        return -1;
    }
    snprintf(command, sizeof command, "rm -rf '%s'", (const char *)*state);
    return system(command);
}

/* Names in the current folder, hidden ones included. */
static int
files_here(void)
{
    DIR *d = opendir(".");
    int n = 0;

    assert_non_null(d);
    while (readdir(d) != NULL) {
        n++;
    }
    closedir(d);
    return n - 2;
}

static void
put(const char *path, const char *text, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);

    assert_true(fd >= 0);
    assert_int_equal(fchmod(fd, mode), 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
}

static void
assert_holds(const char *path, const char *text)
{
    struct tally_err err = TALLY_ERR_INIT;
    uint8_t *data = NULL;
    size_t len = 0;

    assert_int_equal(tally_file_read(path, 1 << 20, &data, &len, &err), 0);
    assert_int_equal(len, strlen(text));
    assert_string_equal((char *)data, text);
    free(data);
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
    assert_holds("a.csv", "id,x\n1,y\n");
    assert_int_equal(stat("a.csv", &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(files_here(), 1);
}

static void
outfile_freed_without_commit_leaves_nothing(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_outfile *f = out("a.csv", false);

    (void)state;
    assert_int_equal(tally_outfile_write(f, "x", 1, &err), 0);
    tally_outfile_free(f);
    assert_int_equal(files_here(), 0);
    tally_outfile_free(NULL);
}

static void
outfile_refuses_an_existing_file_at_open_and_at_commit(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_outfile *f = NULL;

    (void)state;
    put("old", "old", 0600);
    assert_int_equal(tally_outfile_open(&f, "old", 0600, false, &err), -1);
    assert_int_equal(err.code, TALLY_E_EXISTS);
    assert_null(f);
    f = out("new", false);
    put("new", "came first", 0600);
    assert_int_equal(tally_outfile_commit(&f, 1, &err), -1);
    assert_int_equal(err.code, TALLY_E_EXISTS);
    tally_outfile_free(f);
    assert_holds("new", "came first");
    assert_int_equal(files_here(), 2);
}

static void
outfile_with_force_replaces_a_file_and_only_at_commit(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_outfile *f;

    (void)state;
    put("a", "old", 0644);
    f = out("a", true);
    assert_int_equal(tally_outfile_write(f, "new", 3, &err), 0);
    assert_holds("a", "old");
    assert_int_equal(tally_outfile_commit(&f, 1, &err), 0);
    tally_outfile_free(f);
    assert_holds("a", "new");
    assert_int_equal(files_here(), 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(outfile_appears_at_commit_and_not_before, enter,
                                        leave),
        cmocka_unit_test_setup_teardown(outfile_freed_without_commit_leaves_nothing,
                                        enter, leave),
        cmocka_unit_test_setup_teardown(
            outfile_refuses_an_existing_file_at_open_and_at_commit, enter, leave),
        cmocka_unit_test_setup_teardown(
            outfile_with_force_replaces_a_file_and_only_at_commit, enter, leave),
    };

    return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}

/*
 * Files: inputs are read with limits, secrets only when they are private, paths compared.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/file.h"

#include "bloom/base/interrupt.h"
#include "tests/support/scratch.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void
file_read_stops_at_the_limit(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    uint8_t *data = NULL;
    size_t len = 77;

    (void)state;
    tally_scratch_put("five", "12345", 0644);
    tally_scratch_put("empty", "", 0644);
    assert_int_equal(tally_file_read("five", 5, &data, &len, &err), 0);
    assert_int_equal(len, 5);
    assert_string_equal((char *)data, "12345");
    free(data);
    data = NULL;
    assert_int_equal(tally_file_read("five", 4, &data, &len, &err), -1);
    assert_int_equal(err.code, TALLY_E_LIMIT);
    assert_null(data);
    assert_int_equal(tally_file_read("empty", 0, &data, &len, &err), 0);
    assert_int_equal(len, 0);
    assert_int_equal(data[0], 0);
    free(data);
}

static void
file_read_takes_standard_input_and_holds_it_to_the_limit(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    int real = dup(STDIN_FILENO);

    (void)state;
    for (int over = 0; over < 2; over++) {
        uint8_t *data = NULL;
        size_t len = 0;
        int fds[2];
        pid_t pid;
        int rc;

        assert_int_equal(pipe(fds), 0);
        pid = fork();
        if (pid == 0) {
            for (int i = 0; i < 30000; i++) {
                if (write(fds[1], "0123456789", 10) != 10) {
                    _exit(1);
                }
            }
            _exit(0);
        }
        close(fds[1]);
        dup2(fds[0], STDIN_FILENO);
        close(fds[0]);
        rc = tally_file_read("-", over ? 299999 : 300000, &data, &len, &err);
        dup2(real, STDIN_FILENO);
        assert_int_equal(rc, over ? -1 : 0);
        if (over) {
            assert_int_equal(err.code, TALLY_E_LIMIT);
        } else {
            assert_int_equal(len, 300000);
            assert_memory_equal(data + 299990, "0123456789", 11);
        }
        free(data);
        waitpid(pid, NULL, 0);
    }
    close(real);
}

/* True while ${pid} sleeps in a system call. */
static bool
sleeps(pid_t pid)
{
    char path[64];
    char state = '?';
    FILE *f;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    f = fopen(path, "r");
    assert_non_null(f);
    assert_int_equal(fscanf(f, "%*d (%*[^)]) %c", &state), 1);
    fclose(f);
    return state == 'S';
}

static void
file_read_of_a_quiet_terminal_ends_at_the_first_interrupt(void **state)
{
    int fds[2];
    int status;
    pid_t pid;

    (void)state;
    assert_int_equal(pipe(fds), 0);
    pid = fork();
    if (pid == 0) {
        struct tally_err err = TALLY_ERR_INIT;
        uint8_t *data;
        size_t len;

        tally_interrupt_install();
        dup2(fds[0], STDIN_FILENO);
        _exit(tally_file_read("-", 100, &data, &len, &err) == -1 &&
                      err.code == TALLY_E_INTERRUPTED
                  ? 0
                  : 1);
    }
    assert_int_equal(write(fds[1], "partly", 6), 6);
    /* Once it has taken the bytes it can only sleep in the read for more. */
    for (int left = 1; left > 0 || !sleeps(pid);) {
        usleep(1000);
        assert_int_equal(ioctl(fds[0], FIONREAD, &left), 0);
    }
    assert_int_equal(kill(pid, SIGINT), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    close(fds[0]);
    close(fds[1]);
}

static void
file_read_of_nothing_or_of_a_folder_fails(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    uint8_t *data;
    size_t len;

    (void)state;
    assert_int_equal(tally_file_read("missing", 9, &data, &len, &err), -1);
    assert_int_equal(err.code, TALLY_E_NO_FILE);
    assert_non_null(strstr(err.text, "'missing'"));
    assert_int_equal(tally_file_read("/tmp", 9, &data, &len, &err), -1);
    assert_int_equal(err.code, TALLY_E_NO_FILE);
}

static void
assert_private(const char *path, enum tally_code code, const char *hint)
{
    struct tally_err err = TALLY_ERR_INIT;
    uint8_t *data = NULL;
    size_t len;

    assert_int_equal(tally_file_read_private(path, 100, &data, &len, &err),
                     code == TALLY_OK ? 0 : -1);
    assert_int_equal(err.code, code);
    assert_non_null(strstr(err.hint, hint));
    free(data);
}

static void
file_read_private_refuses_files_that_others_may_open(void **state)
{
    (void)state;
    tally_scratch_put("key", "k", 0600);
    assert_private("key", TALLY_OK, "");
    tally_scratch_put("key", "k", 0400);
    assert_private("key", TALLY_OK, "");
    for (mode_t bit = 1; bit <= 040; bit <<= 1) {
        assert_int_equal(chmod("key", 0600 | bit), 0);
        assert_private("key", TALLY_E_KEY, "chmod 600 key");
    }
    assert_int_equal(chmod("key", 0600), 0);
    assert_int_equal(symlink("key", "link"), 0);
    assert_int_equal(mkfifo("pipe", 0600), 0);
    assert_private("link", TALLY_E_KEY, "the file itself");
    assert_private("pipe", TALLY_E_KEY, "");
    assert_private(".", TALLY_E_KEY, "");
    assert_private("missing", TALLY_E_NO_FILE, "");
    if (geteuid() == 0) {
        assert_int_equal(chown("key", 65534, 65534), 0);
        assert_private("key", TALLY_E_KEY, "belongs to you");
    }
}

static void
file_map_shows_the_bytes_and_an_empty_file_has_none(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_map m = {0};

    (void)state;
    tally_scratch_put("five", "12345", 0600);
    tally_scratch_put("empty", "", 0600);
    assert_int_equal(tally_map_open(&m, "five", &err), 0);
    assert_int_equal(m.len, 5);
    assert_memory_equal(m.data, "12345", 5);
    tally_map_close(&m);
    assert_null(m.data);
    tally_map_close(&m);
    assert_int_equal(tally_map_open(&m, "empty", &err), 0);
    assert_int_equal(m.len, 0);
    assert_non_null(m.data);
    tally_map_close(&m);
    assert_int_equal(tally_map_open(&m, "missing", &err), -1);
    assert_int_equal(err.code, TALLY_E_NO_FILE);
    assert_int_equal(tally_map_open(&m, ".", &err), -1);
    assert_int_equal(err.code, TALLY_E_NO_FILE);
}

static void
assert_stem(const char *path, size_t cap, const char *want)
{
    char out_stem[64] = "unset";

    tally_path_stem(path, out_stem, cap);
    assert_string_equal(out_stem, want);
}

static void
path_stem_drops_folder_and_last_extension(void **state)
{
    (void)state;
    assert_stem("a/b.c/council.csv", 64, "council");
    assert_stem("council.tar.gz", 64, "council.tar");
    assert_stem("council", 64, "council");
    assert_stem(".hidden", 64, ".hidden");
    assert_stem("a/", 64, "");
    assert_stem("", 64, "");
    assert_stem("council.csv", 5, "coun");
    assert_stem("caf\xc3\xa9.csv", 5, "caf"); /* not half a character */
    assert_stem("caf\xc3\xa9.csv", 6, "caf\xc3\xa9");
    assert_stem("council.csv", 1, "");
    assert_stem("council.csv", 0, "unset");
}

static void
a_path_is_made_up_to_the_longest_there_is(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    char path[TALLY_PATH_BYTES];

    (void)state;
    assert_int_equal(tally_path_format(path, &err, "%s/%0*d", "d", 4093, 7), 0);
    assert_int_equal(strlen(path), TALLY_PATH_BYTES - 1);
    assert_int_equal(path[TALLY_PATH_BYTES - 2], '7');
    assert_int_equal(tally_path_format(path, &err, "%s/%0*d", "d", 4094, 7), -1);
    assert_int_equal(err.code, TALLY_E_USAGE);
    assert_int_equal(strncmp(err.text, "the path is too long: d/000", 27), 0);
}

static void
assert_distinct(const char *a, const char *b, bool distinct)
{
    struct tally_err err = TALLY_ERR_INIT;

    assert_int_equal(tally_path_distinct(a, b, &err), distinct ? 0 : -1);
    assert_int_equal(err.code, distinct ? TALLY_OK : TALLY_E_USAGE);
}

static void
path_distinct_sees_through_spelling_and_links(void **state)
{
    (void)state;
    tally_scratch_put("in", "x", 0600);
    tally_scratch_put("other", "x", 0600);
    assert_int_equal(mkdir("d", 0700), 0);
    assert_int_equal(symlink("in", "soft"), 0);
    assert_int_equal(link("in", "hard"), 0);
    assert_int_equal(symlink(".", "d2"), 0);
    assert_distinct("in", "in", false);
    assert_distinct("in", "./d/../in", false);
    assert_distinct("in", "soft", false);
    assert_distinct("in", "hard", false);
    assert_distinct("in", "d2/in", false);
    assert_distinct("in", "other", true);
    assert_distinct("in", "new", true);
    assert_distinct("in", "d/in", true);
    assert_distinct("new", "d/../new", false);
    assert_distinct("new", "d2/new", false);
    assert_distinct("new", "d/new", true);
    assert_distinct("no/new", "no/new", true); /* opening either fails anyway */
    assert_distinct("in", NULL, true);
    assert_distinct(NULL, NULL, true);
    assert_distinct("-", "-", true);
}

#define FILE_TEST(f)                                                                     \
    cmocka_unit_test_setup_teardown(f, tally_scratch_enter, tally_scratch_leave)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        FILE_TEST(file_read_stops_at_the_limit),
        FILE_TEST(file_read_takes_standard_input_and_holds_it_to_the_limit),
        FILE_TEST(file_read_of_a_quiet_terminal_ends_at_the_first_interrupt),
        FILE_TEST(file_read_of_nothing_or_of_a_folder_fails),
        FILE_TEST(file_read_private_refuses_files_that_others_may_open),
        FILE_TEST(file_map_shows_the_bytes_and_an_empty_file_has_none),
        FILE_TEST(path_stem_drops_folder_and_last_extension),
        FILE_TEST(a_path_is_made_up_to_the_longest_there_is),
        FILE_TEST(path_distinct_sees_through_spelling_and_links),
    };

    return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}

/*
 * Errors: codes, names, context, and what happens to hostile or over-long text.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/err.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void
err_set_formats_and_clears_the_hint(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    strcpy(err.hint, "an old hint");
    assert_int_equal(tally_err_set(&err, TALLY_E_CSV, "row %d: %s", 7, "ragged"), -1);
    assert_int_equal(err.code, TALLY_E_CSV);
    assert_string_equal(err.text, "row 7: ragged");
    assert_string_equal(err.hint, "");
}

static void
err_wrap_puts_context_in_front(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    tally_err_set(&err, TALLY_E_SCHEMA, "feature 3 'dob': unknown format");
    tally_err_hint(&err, "use %s", "YYYY-MM-DD");
    assert_int_equal(tally_err_wrap(&err, "schema '%s'", "council.json"), -1);
    assert_string_equal(err.text,
                        "schema 'council.json': feature 3 'dob': unknown format");
    assert_string_equal(err.hint, "use YYYY-MM-DD");
    assert_int_equal(err.code, TALLY_E_SCHEMA);
}

static void
err_set_may_use_its_own_text_as_an_argument(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    tally_err_set(&err, TALLY_E_IO, "inner");
    tally_err_set(&err, TALLY_E_DATA, "outer (%s)", err.text);
    assert_string_equal(err.text, "outer (inner)");
}

static void
err_errno_names_the_reason_and_helps_with_a_full_disk(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    errno = ENOENT;
    assert_int_equal(tally_err_errno(&err, TALLY_E_NO_FILE, "cannot open '%s'", "a.csv"),
                     -1);
    assert_string_equal(err.text, "cannot open 'a.csv': No such file or directory");
    assert_string_equal(err.hint, "");
    assert_int_equal(errno, ENOENT);
    errno = ENOSPC;
    tally_err_errno(&err, TALLY_E_IO, "cannot write");
    assert_non_null(strstr(err.hint, "space"));
    errno = EDQUOT;
    tally_err_errno(&err, TALLY_E_IO, "cannot write");
    assert_non_null(strstr(err.hint, "quota"));
}

static void
err_text_has_no_control_characters(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    tally_err_set(&err, TALLY_E_IO, "a%sb%sc%sd\xc3\xa9", "\x1b[31m", "\n", "\xc2\x9b");
    assert_string_equal(err.text, "a?[31mb?c?d\xc3\xa9");
    tally_err_hint(&err, "x\x7fy\t");
    assert_string_equal(err.hint, "x?y?");
    tally_err_wrap(&err, "w\r");
    assert_string_equal(err.text, "w?: a?[31mb?c?d\xc3\xa9");
}

static void
err_text_that_is_too_long_is_cut_between_characters(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    char big[2 * TALLY_ERR_TEXT];
    size_t len;

    (void)state;
    for (size_t i = 0; i + 3 <= sizeof big; i += 2) {
        memcpy(big + i, "\xc3\xa9", 3);
    }
    for (int lead = 0; lead < 2; lead++) {
        tally_err_set(&err, TALLY_E_IO, "%s%s", lead ? "a" : "", big);
        len = strlen(err.text);
        assert_in_range(len, TALLY_ERR_TEXT - 2, TALLY_ERR_TEXT - 1);
        assert_memory_equal(err.text + len - 2, "\xc3\xa9", 2);
        tally_err_wrap(&err, "context");
        len = strlen(err.text);
        assert_memory_equal(err.text, "context: ", 9);
        assert_in_range(len, TALLY_ERR_TEXT - 2, TALLY_ERR_TEXT - 1);
        assert_memory_equal(err.text + len - 2, "\xc3\xa9", 2);
    }
}

static void
err_nomem_sets_its_code(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    assert_int_equal(tally_err_nomem(&err), -1);
    assert_int_equal(err.code, TALLY_E_NOMEM);
    assert_string_equal(err.text, "out of memory");
}

static const struct {
    int code;
    const char *name;
} pinned[] = {
    {0, "ok"},           {1, "out of memory"},
    {2, "io"},           {3, "exists"},
    {4, "usage"},        {5, "no file"},
    {10, "csv"},         {11, "text"},
    {12, "limit"},       {13, "json"},
    {14, "schema"},      {15, "mapping"},
    {16, "data"},        {17, "schema mismatch"},
    {18, "format"},      {20, "corrupt"},
    {21, "key"},         {22, "key mismatch"},
    {30, "policy"},      {40, "answer is no"},
    {41, "interrupted"}, {50, "bug"},
};

static void
err_codes_and_their_names_are_pinned(void **state)
{
    size_t known = 0;

    (void)state;
    for (size_t i = 0; i < sizeof pinned / sizeof pinned[0]; i++) {
        assert_string_equal(tally_err_name((enum tally_code)pinned[i].code),
                            pinned[i].name);
    }
    for (int code = 0; code < 64; code++) {
        known += strcmp(tally_err_name((enum tally_code)code), "unknown") != 0;
    }
    assert_int_equal(known, sizeof pinned / sizeof pinned[0]);
}

static void
err_invariant_aborts_with_file_and_line_only(void **state)
{
    int fds[2];
    char out[256] = "";
    int status;
    pid_t pid;

    (void)state;
    assert_int_equal(pipe(fds), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        dup2(fds[1], STDERR_FILENO);
        signal(SIGABRT, SIG_DFL);
        tally_err_abort("bloom/x.c", 12);
    }
    close(fds[1]);
    assert_true(read(fds[0], out, sizeof out - 1) > 0);
    close(fds[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
    assert_string_equal(out, "tally: bug: an invariant failed at bloom/x.c:12\n");
    TALLY_INVARIANT(pid > 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(err_set_formats_and_clears_the_hint),
        cmocka_unit_test(err_wrap_puts_context_in_front),
        cmocka_unit_test(err_set_may_use_its_own_text_as_an_argument),
        cmocka_unit_test(err_errno_names_the_reason_and_helps_with_a_full_disk),
        cmocka_unit_test(err_text_has_no_control_characters),
        cmocka_unit_test(err_text_that_is_too_long_is_cut_between_characters),
        cmocka_unit_test(err_nomem_sets_its_code),
        cmocka_unit_test(err_codes_and_their_names_are_pinned),
        cmocka_unit_test(err_invariant_aborts_with_file_and_line_only),
    };

    return cmocka_run_group_tests_name("err", tests, NULL, NULL);
}

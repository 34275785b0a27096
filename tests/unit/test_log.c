/*
 * Diagnostics: prefixes, levels, and text that must not move a cursor.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static FILE *caught;
static int real_stderr;
static int before_calls;

static int
catch_stderr(void **state)
{
    (void)state;
    unsetenv("JOURNAL_STREAM");
    tally_log_set(TALLY_LOG_NOTE);
    fflush(stderr);
    caught = tmpfile();
    real_stderr = dup(STDERR_FILENO);
    return caught == NULL || dup2(fileno(caught), STDERR_FILENO) < 0;
}

static int
release_stderr(void **state)
{
    (void)state;
    dup2(real_stderr, STDERR_FILENO);
    close(real_stderr);
    return fclose(caught);
}

/* What was written since the test began. */
static const char *
said(void)
{
    static char text[8192];
    size_t n;

    fflush(stderr);
    rewind(caught);
    n = fread(text, 1, sizeof text - 1, caught);
    text[n] = '\0';
    return text;
}

static void
log_lines_carry_a_prefix_by_level(void **state)
{
    (void)state;
    tally_log_set(TALLY_LOG_DEBUG);
    tally_log(TALLY_LOG_ERROR, "row %d", 7);
    tally_log(TALLY_LOG_WARN, "w");
    tally_log(TALLY_LOG_NOTE, "n");
    tally_log(TALLY_LOG_DEBUG, "d");
    assert_string_equal(said(), "tally: error: row 7\ntally: warning: w\ntally: n\n"
                                "tally: debug: d\n");
}

static void
log_shows_messages_up_to_the_level(void **state)
{
    (void)state;
    tally_log(TALLY_LOG_DEBUG, "hidden by default");
    tally_log(TALLY_LOG_NOTE, "shown");
    tally_log_set(TALLY_LOG_ERROR);
    tally_log(TALLY_LOG_WARN, "hidden");
    tally_log(TALLY_LOG_ERROR, "always");
    assert_string_equal(said(), "tally: shown\ntally: error: always\n");
}

static void
log_under_journald_carries_a_priority(void **state)
{
    (void)state;
    setenv("JOURNAL_STREAM", "8:1", 1);
    tally_log_set(TALLY_LOG_DEBUG);
    tally_log(TALLY_LOG_ERROR, "e");
    tally_log(TALLY_LOG_WARN, "w");
    tally_log(TALLY_LOG_NOTE, "n");
    tally_log(TALLY_LOG_DEBUG, "d");
    assert_string_equal(said(), "<3>e\n<4>w\n<5>n\n<7>d\n");
}

static void
log_removes_control_characters(void **state)
{
    (void)state;
    tally_log(TALLY_LOG_NOTE, "a\x1b[2J%sb\n\xc2\x9b", "\r");
    assert_string_equal(said(), "tally: a?[2J?b??\n");
}

static void
log_cuts_a_line_that_is_too_long(void **state)
{
    char big[5000];

    (void)state;
    memset(big, 'x', sizeof big - 1);
    big[sizeof big - 1] = '\0';
    tally_log(TALLY_LOG_NOTE, "%s", big);
    assert_in_range(strlen(said()), 1000, 2000);
    assert_int_equal(said()[strlen(said()) - 1], '\n');
}

static void
count_before(void)
{
    before_calls++;
}

static void
log_calls_the_hook_before_each_line_that_is_shown(void **state)
{
    (void)state;
    tally_log_before(count_before);
    tally_log(TALLY_LOG_NOTE, "one");
    tally_log(TALLY_LOG_DEBUG, "not shown");
    assert_int_equal(before_calls, 1);
    tally_log_before(NULL);
    tally_log(TALLY_LOG_NOTE, "two");
    assert_int_equal(before_calls, 1);
}

#define LOG_TEST(f) cmocka_unit_test_setup_teardown(f, catch_stderr, release_stderr)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        LOG_TEST(log_lines_carry_a_prefix_by_level),
        LOG_TEST(log_shows_messages_up_to_the_level),
        LOG_TEST(log_under_journald_carries_a_priority),
        LOG_TEST(log_removes_control_characters),
        LOG_TEST(log_cuts_a_line_that_is_too_long),
        LOG_TEST(log_calls_the_hook_before_each_line_that_is_shown),
    };

    return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}

/*
 * Dates by strptime formats: what each directive takes, which split of the digits wins,
 * and days that are not in the calendar. The expected dates are Python's.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/clkhash_date.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
assert_date(const char *format, const char *text, const char *want)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_clkhash_date *d = NULL;
    char out[TALLY_CLKHASH_DATE_BYTES] = "";

    assert_int_equal(tally_clkhash_date_create(&d, format, &err), 0);
    assert_int_equal(tally_clkhash_date_read(d, (const uint8_t *)text, strlen(text), out),
                     strlen(want));
    assert_string_equal(out, want);
    tally_clkhash_date_free(d);
}

static void
date_reads_the_usual_forms(void **state)
{
    (void)state;
    assert_date("%Y-%m-%d", "1996-12-19", "19961219");
    assert_date("%d/%m/%Y", "1/2/2003", "20030201");
    assert_date("%d %b %y", "05 jAn 99", "19990105");
    assert_date("%B %d, %Y", "march 7, 2010", "20100307");
    assert_date("%Y-%m-%dT%H:%M:%S%z", "2001-02-03T04:05:06+01:00", "20010203");
    assert_date("%c", "Wed Mar  3 22:44:55 1999", "19990303");
    assert_date("%x %X %p %f %Z", "03/04/99 01:02:03 PM 123 GMT", "19990304");
}

static void
date_splits_digits_as_python_does(void **state)
{
    (void)state;
    assert_date("%Y%m%d", "2000229", "20000229");
    assert_date("%d%m%Y", "1112003", "20030111");
    assert_date("%Y%m%d", "2001111", "20011101");
    assert_date("%d%m", "111", "19000111");
}

static void
date_years_follow_the_century_rule_and_are_not_padded(void **state)
{
    (void)state;
    assert_date("%y%m%d", "681231", "20681231");
    assert_date("%y%m%d", "690101", "19690101");
    assert_date("%Y-%m-%d", "0123-01-12", "1230112");
    assert_date("%Y-%m-%d", "0000-01-12", "");
    assert_date("%Y-%m-%d", "123-01-12", "");
}

static void
date_leaves_out_what_the_format_leaves_out(void **state)
{
    (void)state;
    assert_date("%Y", "1999", "19990101");
    assert_date("%d %m", "31 12", "19001231");
    assert_date("%d %m", "29 2", "");
    assert_date("%H", "7", "19000101");
    assert_date("", "", "19000101");
}

static void
date_counts_days_and_weeks_of_the_year(void **state)
{
    (void)state;
    assert_date("%j %Y", "60 2000", "20000229");
    assert_date("%j %Y", "366 2001", "20020101");
    assert_date("%Y %U %w", "2024 01 0", "20240107");
    assert_date("%Y %W %a", "2024 00 mon", "20240101");
    assert_date("%Y %U %w", "2022 00 3", "20211229");
    assert_date("%G-W%V-%u", "2020-W53-7", "20210103");
    assert_date("%G-W%V-%u", "2021-W01-1", "20210104");
}

static void
date_refuses_days_and_times_that_are_not(void **state)
{
    (void)state;
    assert_date("%Y-%m-%d", "2001-02-29", "");
    assert_date("%Y-%m-%d", "2001-04-31", "");
    assert_date("%Y-%m-%d", "2001-13-01", "");
    assert_date("%Y-%m-%d", "2001-01-01 ", "");
    assert_date("%Y-%m-%d", "", "");
    assert_date("%S", "60", "");
    assert_date("%z", "+24:00", "");
    assert_date("%z", "+01:0030", "");
    assert_date("%U %w %Y", "53 6 9999", "");
}

static void
date_takes_any_blanks_digits_and_letters_of_the_format(void **state)
{
    (void)state;
    assert_date("%d  %m %Y", "01 02\t\t2003", "20030201");
    assert_date("%Y", "\u0661\u0669\u0669\u0669", "19990101");
    assert_date("(%Y)%%", "(1999)%", "19990101");
    assert_date("a%Y", "A1999", "19990101");
    assert_date("%a", "\u017fun", "");
}

static void
date_refuses_formats_that_cannot_work(void **state)
{
    const char *const bad[] = {"%Y %Y", "%c %d", "%q",       "%",          "% d",
                               "%G",    "%G %V", "%Y %V %a", "%G %V %u %j"};
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_clkhash_date *d = NULL;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(tally_clkhash_date_create(&d, bad[i], &err), -1);
        assert_int_equal(err.code, TALLY_E_SCHEMA);
        assert_null(d);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(date_reads_the_usual_forms),
        cmocka_unit_test(date_splits_digits_as_python_does),
        cmocka_unit_test(date_years_follow_the_century_rule_and_are_not_padded),
        cmocka_unit_test(date_leaves_out_what_the_format_leaves_out),
        cmocka_unit_test(date_counts_days_and_weeks_of_the_year),
        cmocka_unit_test(date_refuses_days_and_times_that_are_not),
        cmocka_unit_test(date_takes_any_blanks_digits_and_letters_of_the_format),
        cmocka_unit_test(date_refuses_formats_that_cannot_work),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

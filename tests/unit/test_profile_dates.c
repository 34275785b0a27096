/*
 * Profiling: what columns of dates show.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/support/profilerun.h"
#include "tests/support/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
heaped_dates_are_found(void **state)
{
    struct profilerun x = {0};

    (void)state;
    profilerun_put(&x, PROFILERUN_NAMES);
    profilerun_put_people(&x, 600);
    for (unsigned i = 0; i < 40; i++) {
        char date[40];

        (void)snprintf(date, sizeof date, "%u-01-01", 1950 + i);
        profilerun_put_person(&x, 600 + i, date, "CF10 1AB");
    }
    for (unsigned i = 0; i < 60; i++) {
        profilerun_put_person(&x, 640 + i, i % 2 ? "1999-07-01" : "1999-09-17",
                              "CF10 1AB");
    }
    profilerun_run_well(&x);
    profilerun_assert_found(&x, "date_of_birth", TALLY_CHECK_JANUARY, 40,
                            TALLY_VERDICT_FIX);
    profilerun_assert_found(&x, "date_of_birth", TALLY_CHECK_MONTH_START, 70,
                            TALLY_VERDICT_LOOK);
    assert_int_equal(profilerun_found(&x, "date_of_birth", TALLY_CHECK_YEAR)->verdict,
                     TALLY_VERDICT_LOOK);
    assert_in_range(profilerun_found(&x, "date_of_birth", TALLY_CHECK_YEAR)->count, 60,
                    80);
    profilerun_assert_found(&x, "date_of_birth", TALLY_CHECK_TOP, 30, TALLY_VERDICT_LOOK);
    profilerun_stop(&x);
}

static void
profile_dates(struct profilerun *x, const char *const *dates)
{
    *x = (struct profilerun){0};
    profilerun_put(x, "forename,dob\n");
    for (int i = 0; i < 25; i++) {
        for (const char *const *d = dates; *d != NULL; d++) {
            profilerun_put(x, "Ann,%s\n", *d);
        }
    }
    profilerun_run_well(x);
}

static void
day_and_month_are_told_by_the_column(void **state)
{
    static const char *const none[] = {"1984-07-31", NULL};
    static const char *const day[] = {"03/04/1984", "31/07/1984", NULL};
    static const char *const month[] = {"03/04/1984", "07/31/1984", NULL};
    static const char *const both[] = {"13/04/1984", "07/31/1984", NULL};
    static const char *const either[] = {"03/04/1984", NULL};
    struct profilerun x;

    (void)state;
    profile_dates(&x, none);
    profilerun_assert_found(&x, "dob", TALLY_CHECK_DAY_MONTH, 0, TALLY_VERDICT_GOOD);
    profilerun_stop(&x);
    profile_dates(&x, day);
    profilerun_assert_found(&x, "dob", TALLY_CHECK_DAY_MONTH, 25, TALLY_VERDICT_GOOD);
    profilerun_stop(&x);
    profile_dates(&x, month);
    profilerun_assert_found(&x, "dob", TALLY_CHECK_DAY_MONTH, 25, TALLY_VERDICT_FIX);
    profilerun_stop(&x);
    profile_dates(&x, both);
    profilerun_assert_found(&x, "dob", TALLY_CHECK_DAY_MONTH, 25, TALLY_VERDICT_FIX);
    assert_non_null(
        strstr(profilerun_found(&x, "dob", TALLY_CHECK_DAY_MONTH)->action, "the month."));
    profilerun_stop(&x);
    profile_dates(&x, either);
    profilerun_assert_found(&x, "dob", TALLY_CHECK_DAY_MONTH, 25, TALLY_VERDICT_LOOK);
    profilerun_stop(&x);
}

static void
mixed_date_styles_are_found(void **state)
{
    static const char *const styles[] = {"1984-07-31", "19850731", "1986-07-31", NULL};
    struct profilerun x;

    (void)state;
    profile_dates(&x, styles);
    profilerun_assert_found(&x, "dob", TALLY_CHECK_STYLE, 25, TALLY_VERDICT_LOOK);
    profilerun_stop(&x);
}

static void
split_dates_are_one_field(void **state)
{
    struct profilerun x = {0};

    (void)state;
    profilerun_put(
        &x, "dob_day,dob_month,dob_year,forename\n31,7,1984,Ann\n3,4,1984,Bob\n,7,1984,"
            "Cat\n");
    profilerun_run_well(&x);
    assert_int_equal(x.p->nfields, 2);
    assert_string_equal(profilerun_field(&x, "date_of_birth")->columns,
                        "dob_day + dob_month + dob_year");
    assert_int_equal(profilerun_field(&x, "date_of_birth")->usable, 3);
    assert_int_equal(profilerun_field(&x, "date_of_birth")->reasons[TALLY_VALUE_REPAIRED],
                     1);
    profilerun_stop(&x);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heaped_dates_are_found),
        cmocka_unit_test(day_and_month_are_told_by_the_column),
        cmocka_unit_test(mixed_date_styles_are_found),
        cmocka_unit_test(split_dates_are_one_field),
    };

    return cmocka_run_group_tests(tests, profilerun_enter, tally_scratch_leave);
}

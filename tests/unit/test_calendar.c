/*
 * Days: which there are, and months after.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "protocols/calendar.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
days_that_are_not_are_refused(void **state)
{
    static const char *const good[] = {"2000-01-01", "2199-12-31", "2024-02-29",
                                       "2000-02-29", "2026-11-30"};
    static const char *const bad[] = {
        "",           "2026-1-01",  "2026-01-011", "2026/01-01", "2026-01/01",
        "1999-12-31", "2200-01-01", "2026-00-10",  "2026-13-10", "2026-01-00",
        "2026-01-32", "2025-02-29", "2100-02-29",  "2026-04-31", "20x6-01-01",
        "2026-0/-01", "2026-01-0:"};

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(tally_day_valid(good[i]));
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(tally_day_valid(bad[i]));
    }
}

static void
months_after_end_with_the_month(void **state)
{
    static const struct {
        const char *from;
        unsigned months;
        const char *to;
    } all[] = {{"2026-01-31", 1, "2026-02-28"}, {"2024-01-31", 1, "2024-02-29"},
               {"2026-12-15", 1, "2027-01-15"}, {"2026-05-31", 24, "2028-05-31"},
               {"2099-11-30", 3, "2100-02-28"}, {"2026-08-31", 0, "2026-08-31"},
               {"2000-02-29", 12, "2001-02-28"}};
    char day[TALLY_DAY];

    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        tally_day_after(all[i].from, all[i].months, day);
        assert_string_equal(day, all[i].to);
    }
    tally_today(day);
    assert_true(tally_day_valid(day));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_that_are_not_are_refused),
        cmocka_unit_test(months_after_end_with_the_month),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

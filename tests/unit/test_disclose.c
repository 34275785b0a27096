/*
 * Disclosure control: what is suppressed, how the rest is rounded, and that nothing
 * suppressed can be got back by subtraction.
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "linker/disclose.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void
counts_under_ten_are_suppressed_zero_included(void **state)
{
    (void)state;
    for (uint64_t n = 0; n < 10; n++) {
        struct tally_count c = tally_disclose(n);

        assert_true(c.suppressed);
        assert_int_equal(c.value, 0);
        assert_string_equal(c.text, "[c]");
    }
    assert_false(tally_disclose(10).suppressed);
}

static void
other_counts_are_rounded_to_five_with_thousands_separated(void **state)
{
    static const struct {
        uint64_t n;
        const char *text;
    } cases[] = {
        {10, "10"},
        {12, "10"},
        {13, "15"},
        {17, "15"},
        {18, "20"},
        {994, "995"},
        {998, "1,000"},
        {1002, "1,000"},
        {12345, "12,345"},
        {999998, "1,000,000"},
        {1234567, "1,234,565"},
        {UINT64_MAX, "18,446,744,073,709,551,615"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct tally_count c = tally_disclose(cases[i].n);

        assert_false(c.suppressed);
        assert_string_equal(c.text, cases[i].text);
    }
}

static void
coarse_counts_have_two_figures_and_nothing_under_fifty(void **state)
{
    static const struct {
        uint64_t n;
        const char *text;
    } cases[] = {
        {0, "[c]"},        {49, "[c]"},           {50, "50"},       {74, "50"},
        {76, "100"},       {974, "950"},          {988, "1,000"},   {1000, "1,000"},
        {1049, "1,000"},   {1051, "1,100"},       {9960, "10,000"}, {12499, "12,000"},
        {12501, "13,000"}, {999999, "1,000,000"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_string_equal(tally_disclose_coarse(cases[i].n).text, cases[i].text);
    }
    assert_false(tally_disclose_coarse(UINT64_MAX).suppressed);
}

static void
a_share_comes_from_rounded_counts(void **state)
{
    (void)state;
    /* 13 of 29 is 44.8%, but what is shown is 15 of 30. */
    assert_string_equal(tally_disclose_share(13, 29).text, "50.0%");
    assert_string_equal(tally_disclose_share(500, 1500).text, "33.3%");
    assert_string_equal(tally_disclose_share(1000, 1500).text, "66.7%");
    assert_int_equal(tally_disclose_share(1000, 1500).value, 667);
}

static void
a_share_hides_a_small_part_a_small_whole_and_a_small_remainder(void **state)
{
    (void)state;
    assert_true(tally_disclose_share(9, 1000).suppressed);
    assert_true(tally_disclose_share(0, 1000).suppressed);
    assert_true(tally_disclose_share(991, 1000).suppressed);
    assert_true(tally_disclose_share(1000, 1000).suppressed);
    assert_true(tally_disclose_share(5, 8).suppressed);
    assert_true(tally_disclose_share(20, 10).suppressed);
    assert_false(tally_disclose_share(990, 1000).suppressed);
}

static void
disclose_all(const uint64_t *raw, struct tally_count *counts, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        counts[i] = tally_disclose(raw[i]);
    }
}

static void
a_lone_suppressed_count_takes_the_smallest_other_with_it(void **state)
{
    const uint64_t raw[] = {500, 3, 40, 41};
    struct tally_count c[COUNT(raw)];

    (void)state;
    disclose_all(raw, c, COUNT(raw));
    tally_disclose_list(raw, c, COUNT(raw));
    assert_false(c[0].suppressed);
    assert_true(c[1].suppressed);
    assert_true(c[2].suppressed);
    assert_string_equal(c[2].text, "[c]");
    assert_int_equal(c[2].value, 0);
    assert_false(c[3].suppressed);
}

static void
two_suppressed_counts_protect_each_other(void **state)
{
    const uint64_t raw[] = {500, 3, 4, 41};
    struct tally_count c[COUNT(raw)];

    (void)state;
    disclose_all(raw, c, COUNT(raw));
    tally_disclose_list(raw, c, COUNT(raw));
    assert_false(c[0].suppressed);
    assert_false(c[3].suppressed);
}

static void
lists_of_none_and_of_one_are_left_alone(void **state)
{
    const uint64_t raw[] = {3};
    struct tally_count c[1];

    (void)state;
    tally_disclose_list(NULL, NULL, 0);
    disclose_all(raw, c, 1);
    tally_disclose_list(raw, c, 1);
    assert_true(c[0].suppressed);
}

/** No sum has exactly one suppressed count; returns how many counts are suppressed. */
static size_t
close_sums(const uint64_t *raw, struct tally_count *c, size_t n,
           const struct tally_disclose_sum *sums, size_t nsums)
{
    struct tally_err err = TALLY_ERR_INIT;
    size_t total = 0;

    assert_int_equal(tally_disclose_sums(raw, c, n, sums, nsums, &err), 0);
    for (size_t s = 0; s < nsums; s++) {
        size_t hidden = 0;

        for (size_t j = 0; j < sums[s].n; j++) {
            hidden += c[sums[s].cells[j]].suppressed;
        }
        assert_int_not_equal(hidden, 1);
    }
    for (size_t i = 0; i < n; i++) {
        total += c[i].suppressed;
    }
    return total;
}

static void
sums_that_share_counts_are_all_closed(void **state)
{
    /* A two-way table with margins and their total: one small cell needs a partner in its
     * row and its column, and these need partners again. */
    const uint64_t raw[] = {4, 100, 200, 300, 104, 500, 204, 400, 604};
    const size_t row0[] = {4, 0, 1};
    const size_t row1[] = {5, 2, 3};
    const size_t col0[] = {6, 0, 2};
    const size_t col1[] = {7, 1, 3};
    const size_t rows[] = {8, 4, 5};
    const size_t cols[] = {8, 6, 7};
    const struct tally_disclose_sum sums[] = {{row0, 3}, {row1, 3}, {col0, 3},
                                              {col1, 3}, {rows, 3}, {cols, 3}};
    struct tally_count c[COUNT(raw)];

    (void)state;
    disclose_all(raw, c, COUNT(raw));
    /* The four inner cells: no fewer will do. */
    assert_int_equal(close_sums(raw, c, COUNT(raw), sums, COUNT(sums)), 4);
    for (size_t i = 0; i < 4; i++) {
        assert_true(c[i].suppressed);
    }
}

static void
a_partner_that_serves_several_sums_is_preferred_to_a_smaller_one(void **state)
{
    /* Cell 0 is small and in two sums; cell 3 is in both, cells 1 and 2 in one each. */
    const uint64_t raw[] = {4, 20, 30, 500};
    const size_t one[] = {0, 1, 3};
    const size_t two[] = {0, 2, 3};
    const struct tally_disclose_sum sums[] = {{one, 3}, {two, 3}};
    struct tally_count c[COUNT(raw)];

    (void)state;
    disclose_all(raw, c, COUNT(raw));
    assert_int_equal(close_sums(raw, c, COUNT(raw), sums, COUNT(sums)), 2);
    assert_true(c[3].suppressed);
}

static void
equal_figures_in_two_tables_are_suppressed_together(void **state)
{
    const uint64_t raw[] = {7, 50, 50};
    const size_t same[] = {1, 2};
    const size_t sum[] = {0, 1};
    const struct tally_disclose_sum sums[] = {{same, 2}, {sum, 2}};
    struct tally_count c[COUNT(raw)];

    (void)state;
    disclose_all(raw, c, COUNT(raw));
    assert_int_equal(close_sums(raw, c, COUNT(raw), sums, COUNT(sums)), 3);
}

static void
sums_without_suppressed_counts_are_left_alone(void **state)
{
    const uint64_t raw[] = {70, 20, 50};
    const size_t sum[] = {0, 1, 2};
    const struct tally_disclose_sum sums[] = {{sum, 3}};
    struct tally_count c[COUNT(raw)];

    (void)state;
    disclose_all(raw, c, COUNT(raw));
    assert_int_equal(close_sums(raw, c, COUNT(raw), sums, 1), 0);
    assert_int_equal(close_sums(raw, c, COUNT(raw), NULL, 0), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_under_ten_are_suppressed_zero_included),
        cmocka_unit_test(other_counts_are_rounded_to_five_with_thousands_separated),
        cmocka_unit_test(coarse_counts_have_two_figures_and_nothing_under_fifty),
        cmocka_unit_test(a_share_comes_from_rounded_counts),
        cmocka_unit_test(a_share_hides_a_small_part_a_small_whole_and_a_small_remainder),
        cmocka_unit_test(a_lone_suppressed_count_takes_the_smallest_other_with_it),
        cmocka_unit_test(two_suppressed_counts_protect_each_other),
        cmocka_unit_test(lists_of_none_and_of_one_are_left_alone),
        cmocka_unit_test(sums_that_share_counts_are_all_closed),
        cmocka_unit_test(
            a_partner_that_serves_several_sums_is_preferred_to_a_smaller_one),
        cmocka_unit_test(sums_without_suppressed_counts_are_left_alone),
        cmocka_unit_test(equal_figures_in_two_tables_are_suppressed_together),
    };

    return cmocka_run_group_tests_name("disclose", tests, NULL, NULL);
}

/*
 * Edges and the greedy assignment: exact keys, a total order, and who may link to whom.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/assign.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void
keys_order_as_the_fractions_do(void **state)
{
    static const uint32_t totals[] = {1, 2, 3, 997, 8191, 16383, 16384};

    (void)state;
    for (size_t i = 0; i < COUNT(totals); i++) {
        for (size_t j = 0; j < COUNT(totals); j++) {
            for (uint32_t common = 0; common <= totals[i] / 2; common += 1 + common / 7) {
                uint32_t other = (uint32_t)((uint64_t)common * totals[j] / totals[i]);
                uint64_t left = (uint64_t)common * totals[j];
                uint64_t right = (uint64_t)other * totals[i];
                uint32_t x = tally_edge_key(common, totals[i]);
                uint32_t y = tally_edge_key(other, totals[j]);

                assert_int_equal(left > right, x > y);
                assert_int_equal(left == right, x == y);
            }
        }
    }
    assert_int_equal(tally_edge_key(0, 0), 0);
}

static void
bins_are_whole_thousandths_of_dice_rounded_down(void **state)
{
    (void)state;
    assert_int_equal(tally_edge_bin(tally_edge_key(1, 2)), 1000);
    assert_int_equal(tally_edge_bin(0), 0);
    for (uint32_t total = 1; total <= 16384; total += 1 + total / 3) {
        for (uint32_t common = 0; common <= total / 2; common += 1 + common / 5) {
            assert_int_equal(tally_edge_bin(tally_edge_key(common, total)),
                             2000ull * common / total);
        }
    }
}

static void
the_key_of_a_thousandth_splits_scores_exactly(void **state)
{
    (void)state;
    for (uint32_t bin = 1; bin <= 1000; bin += 37) {
        uint32_t bound = tally_edge_key_of_ppm(bin * 1000);

        for (uint32_t total = 1; total <= 16384; total += 1 + total / 3) {
            for (uint32_t common = 0; common <= total / 2; common++) {
                bool reaches = 2000ull * common >= (uint64_t)bin * total;

                assert_int_equal(tally_edge_key(common, total) >= bound, reaches);
            }
        }
    }
}

static void
edges_stand_in_descending_order_with_ties_by_row(void **state)
{
    const struct tally_edge list[] = {{0, 0, 3}, {0, 1, 9}, {1, 0, 9},
                                      {1, 2, 4}, {2, 2, 9}, {3, 1, UINT32_MAX}};
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_edge *edges = NULL;

    (void)state;
    assert_int_equal(tally_edges_sort(list, COUNT(list), &edges, &err), 0);
    assert_int_equal(edges[0].a, 3);
    assert_true(edges[1].a == 0 && edges[1].b == 1);
    assert_true(edges[2].a == 1 && edges[2].b == 0);
    assert_true(edges[3].a == 2 && edges[3].b == 2);
    assert_true(edges[4].a == 1 && edges[4].b == 2);
    assert_true(edges[5].a == 0 && edges[5].b == 0);
    free(edges);
}

static void
no_pairs_make_no_edges_and_no_links(void **state)
{
    struct tally_assign_rule rule = {0};
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_edge *edges = NULL;
    struct tally_edge *links = NULL;
    size_t n = 7;

    (void)state;
    assert_int_equal(tally_edges_order(malloc(1), 0, &edges, &err), 0);
    assert_non_null(edges);
    assert_int_equal(tally_assign_links(edges, 0, &rule, &links, &n, &err), 0);
    assert_int_equal(n, 0);
    free(edges);
    free(links);
}

/* Descending: 0-0 is mutual best; 0-1 and 1-0 lose to it; 1-1 is what is left. */
static const struct tally_edge square[] = {
    {0, 0, 900}, {0, 1, 800}, {1, 0, 700}, {1, 1, 600}};

static size_t
links_under(bool many_a, bool many_b, struct tally_edge *copy)
{
    struct tally_assign_rule rule = {2, 2, many_a, many_b};
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_edge *links = NULL;
    size_t n = 0;

    assert_int_equal(tally_assign_links(square, COUNT(square), &rule, &links, &n, &err),
                     0);
    memcpy(copy, links, n * sizeof *links);
    free(links);
    return n;
}

static void
one_to_one_links_the_best_first_and_then_what_is_left(void **state)
{
    struct tally_edge links[4];

    (void)state;
    assert_int_equal(links_under(false, false, links), 2);
    assert_int_equal(links[0].key, 900);
    assert_int_equal(links[1].key, 600);
}

static void
records_of_a_clean_source_may_share_one_of_a_source_with_duplicates(void **state)
{
    struct tally_edge links[4];

    (void)state;
    /* A may have many: each record of B goes to its best of A. */
    assert_int_equal(links_under(true, false, links), 2);
    assert_true(links[0].a == 0 && links[0].b == 0);
    assert_true(links[1].a == 0 && links[1].b == 1);
    assert_int_equal(links_under(false, true, links), 2);
    assert_true(links[1].a == 1 && links[1].b == 0);
}

static void
many_to_many_keeps_every_pair(void **state)
{
    struct tally_edge links[4];

    (void)state;
    assert_int_equal(links_under(true, true, links), 4);
}

static void
inside_a_source_a_second_partner_takes_more_than_a_first(void **state)
{
    static const struct tally_edge edges[] = {
        {0, 1, 99}, {1, 2, 95}, {2, 3, 60}, {3, 4, 50}, {5, 6, 40}};
    struct tally_edge *links = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    size_t n = 0;

    (void)state;
    assert_int_equal(tally_assign_inside(edges, 5, 7, 90, &links, &n, &err), 0);
    assert_int_equal(n, 4);
    assert_int_equal(links[1].key, 95); /* beyond doubt */
    assert_int_equal(links[2].key, 50); /* not with record 2, which has its partner */
    assert_int_equal(links[3].key, 40);
    free(links);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inside_a_source_a_second_partner_takes_more_than_a_first),
        cmocka_unit_test(keys_order_as_the_fractions_do),
        cmocka_unit_test(bins_are_whole_thousandths_of_dice_rounded_down),
        cmocka_unit_test(the_key_of_a_thousandth_splits_scores_exactly),
        cmocka_unit_test(edges_stand_in_descending_order_with_ties_by_row),
        cmocka_unit_test(no_pairs_make_no_edges_and_no_links),
        cmocka_unit_test(one_to_one_links_the_best_first_and_then_what_is_left),
        cmocka_unit_test(
            records_of_a_clean_source_may_share_one_of_a_source_with_duplicates),
        cmocka_unit_test(many_to_many_keeps_every_pair),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

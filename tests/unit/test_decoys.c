/*
 * Counting decoys: which pairs inside a source count, and when a record has left the
 * pool.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/decoys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Keys of .9, .8, .7 and .6. */
#define KEY(tenths) ((uint32_t)((tenths)*214748365u))

static const struct tally_edge inside[] = {
    {0, 1, KEY(9)}, {1, 2, KEY(8)}, {2, 3, KEY(7)}, {0, 3, KEY(6)}};
static const struct tally_decoy_side side = {4, 4, inside, COUNT(inside)};
static double counts[TALLY_HISTOGRAM_BINS];

static unsigned
count_at(unsigned tenths)
{
    return (unsigned)counts[tenths * 100];
}

static void
greedy_decoys_pair_records_as_links_do(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    assert_int_equal(tally_decoys_greedy(&side, NULL, UINT32_MAX, counts, &err), 0);
    assert_int_equal(count_at(9), 2);
    assert_int_equal(count_at(8), 0);
    assert_int_equal(count_at(7), 2);
    assert_int_equal(count_at(6), 0);
}

static void
a_record_with_a_better_partner_elsewhere_makes_no_decoy(void **state)
{
    static const uint32_t partner_key[] = {KEY(10) - 10, 0, 0, KEY(6)};
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    assert_int_equal(tally_decoys_greedy(&side, partner_key, KEY(5), counts, &err), 0);
    /* 0 is gone from the start; 3 would be gone only below .6. */
    assert_int_equal(count_at(9), 0);
    assert_int_equal(count_at(8), 2);
    assert_int_equal(count_at(7), 0);
}

static void
a_partner_that_is_not_sure_keeps_nobody_from_the_pool(void **state)
{
    static const uint32_t partner_key[] = {KEY(10) - 10, 0, 0, 0};
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    assert_int_equal(tally_decoys_greedy(&side, partner_key, UINT32_MAX, counts, &err),
                     0);
    assert_int_equal(count_at(9), 2);
}

static void
nearest_decoys_count_each_record_once_at_its_best(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    assert_int_equal(tally_decoys_nearest(&side, counts, &err), 0);
    assert_int_equal(count_at(9), 2);
    assert_int_equal(count_at(8), 1);
    assert_int_equal(count_at(7), 1);
    assert_int_equal(count_at(6), 0);
}

static void
all_decoys_count_both_records_of_every_pair(void **state)
{
    (void)state;
    tally_decoys_all(&side, counts);
    for (unsigned tenths = 6; tenths <= 9; tenths++) {
        assert_int_equal(count_at(tenths), 2);
    }
}

static void
swapped_decoys_hide_own_partners_and_leave_out_the_unlinked(void **state)
{
    static const struct tally_edge links[] = {{0, 0, KEY(9)}, {1, 1, KEY(8)}};
    static const struct tally_edge candidates[] = {{0, 0, KEY(9)}, {1, 1, KEY(8)},
                                                   {0, 1, KEY(7)}, {2, 0, KEY(7)},
                                                   {1, 0, KEY(6)}, {0, 2, KEY(6)}};
    struct tally_decoy_cross x = {.na = 3,
                                  .nb = 3,
                                  .candidates = candidates,
                                  .ncandidates = COUNT(candidates),
                                  .links = links,
                                  .nlinks = COUNT(links)};
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    assert_int_equal(tally_decoys_swapped(&x, counts, &err), 0);
    assert_int_equal(count_at(9), 0);
    assert_int_equal(count_at(8), 0);
    assert_int_equal(count_at(7), 1);
    assert_int_equal(count_at(6), 1);
}

static void
an_empty_source_has_no_decoys(void **state)
{
    static const struct tally_decoy_side none = {0, 0, NULL, 0};
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    counts[900] = 5;
    assert_int_equal(tally_decoys_greedy(&none, NULL, 0, counts, &err), 0);
    assert_int_equal(count_at(9), 0);
    assert_int_equal(tally_decoys_nearest(&none, counts, &err), 0);
    tally_decoys_all(&none, counts);
    assert_int_equal(count_at(9), 0);
}

/* 0 and 1 are one person; 1 resembles 2, and 2 resembles 3, less. */
static void
what_a_linked_record_resembles_besides_its_partner_is_a_decoy(void **state)
{
    static const struct tally_edge edges[] = {
        {0, 1, KEY(9)}, {1, 2, KEY(7)}, {2, 3, KEY(6)}, {0, 3, KEY(5)}};
    struct tally_decoys_beside b;
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    assert_int_equal(tally_decoys_beside(edges, 4, 5, KEY(8), &b, &err), 0);
    assert_int_equal(b.linked, 2);
    assert_int_equal(b.groups, 1);
    assert_int_equal(b.several, 0);
    assert_true(b.counts[900] == 0 && b.counts[600] == 0);
    assert_true(b.counts[700] == 1 && b.counts[500] == 1);
}

static void
records_in_greater_groups_count_too(void **state)
{
    static const struct tally_edge edges[] = {
        {0, 1, KEY(9)}, {1, 2, KEY(9)}, {3, 4, KEY(9)}, {0, 2, KEY(8)}, {2, 3, KEY(6)}};
    struct tally_decoys_beside b;
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    assert_int_equal(tally_decoys_beside(edges, 5, 5, KEY(8), &b, &err), 0);
    assert_int_equal(b.groups, 2);
    assert_int_equal(b.several, 1);
    assert_int_equal(b.linked, 5);
    assert_true(b.counts[600] == 2 && b.counts[800] == 2);
    assert_int_equal(tally_decoys_beside(NULL, 0, 0, KEY(8), &b, &err), 0);
    assert_int_equal(b.linked + b.groups, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(greedy_decoys_pair_records_as_links_do),
        cmocka_unit_test(a_record_with_a_better_partner_elsewhere_makes_no_decoy),
        cmocka_unit_test(a_partner_that_is_not_sure_keeps_nobody_from_the_pool),
        cmocka_unit_test(nearest_decoys_count_each_record_once_at_its_best),
        cmocka_unit_test(all_decoys_count_both_records_of_every_pair),
        cmocka_unit_test(swapped_decoys_hide_own_partners_and_leave_out_the_unlinked),
        cmocka_unit_test(an_empty_source_has_no_decoys),
        cmocka_unit_test(what_a_linked_record_resembles_besides_its_partner_is_a_decoy),
        cmocka_unit_test(records_in_greater_groups_count_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * Optimal assignment against every assignment there is, on small groups of rivals; what
 * stands outside them; and what happens when a group is too great.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/assign_optimal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CUT  1000u
#define SURE 100000u

static uint64_t
draw(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return *seed >> 33;
}

static int
descending(const void *left, const void *right)
{
    const struct tally_edge *x = left;
    const struct tally_edge *y = right;

    if (x->key != y->key) {
        return x->key > y->key ? -1 : 1;
    }
    return x->a != y->a ? (x->a < y->a ? -1 : 1) : (x->b < y->b ? -1 : x->b > y->b);
}

/* The greatest sum that edges ${i} on can add when records in the masks are taken. */
static uint64_t
greatest(const struct tally_edge *edges, size_t n, size_t i, unsigned a, unsigned b)
{
    uint64_t without;
    uint64_t with = 0;

    if (i == n) {
        return 0;
    }
    without = greatest(edges, n, i + 1, a, b);
    if ((a >> edges[i].a & 1) == 0 && (b >> edges[i].b & 1) == 0) {
        with = edges[i].key - CUT + 1 +
               greatest(edges, n, i + 1, a | 1u << edges[i].a, b | 1u << edges[i].b);
    }
    return with > without ? with : without;
}

static uint64_t
solve(const struct tally_edge *edges, size_t n, size_t na, size_t nb, size_t *greedy)
{
    const struct tally_assign_rule rule = {.na = na, .nb = nb};
    uint8_t *a = calloc(na + nb, 1);
    struct tally_edge *links = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    uint64_t sum = 0;
    size_t nlinks = 0;

    assert_non_null(a);
    assert_int_equal(
        tally_assign_optimal(edges, n, &rule, CUT, SURE, &links, &nlinks, greedy, &err),
        0);
    for (size_t i = 0; i < nlinks; i++) {
        assert_int_equal(a[links[i].a]++, 0);
        assert_int_equal(a[na + links[i].b]++, 0);
        assert_true(i == 0 || descending(&links[i - 1], &links[i]) < 0);
        sum += links[i].key - CUT + 1;
    }
    free(links);
    free(a);
    return sum;
}

static void
no_assignment_has_a_greater_sum(void **state)
{
    uint64_t seed = 7;

    (void)state;
    for (unsigned trial = 0; trial < 300; trial++) {
        struct tally_edge edges[12];
        size_t n = 0;
        size_t greedy = 9;
        size_t na = 1 + draw(&seed) % 5;
        size_t nb = 1 + draw(&seed) % 5;

        for (uint32_t a = 0; a < na; a++) {
            for (uint32_t b = 0; b < nb; b++) {
                if (n < 12 && draw(&seed) % 3 > 0) {
                    edges[n++] =
                        (struct tally_edge){a, b, CUT + (uint32_t)(draw(&seed) % 40)};
                }
            }
        }
        qsort(edges, n, sizeof *edges, descending);
        assert_int_equal(solve(edges, n, na, nb, &greedy), greatest(edges, n, 0, 0, 0));
        assert_int_equal(greedy, 0);
    }
}

static void
two_good_links_stand_before_one_better_one(void **state)
{
    static const struct tally_edge edges[] = {
        {0, 0, CUT + 50}, {0, 1, CUT + 40}, {1, 0, CUT + 40}};
    size_t greedy = 0;

    (void)state;
    assert_int_equal(solve(edges, 3, 2, 2, &greedy), 82);
}

static void
sure_links_stand_and_what_is_below_the_cut_gets_what_is_left(void **state)
{
    static const struct tally_edge edges[] = {{0, 0, SURE},
                                              {0, 1, CUT + 900},
                                              {1, 0, CUT + 800},
                                              {1, 1, CUT - 5},
                                              {2, 1, CUT - 9}};
    const struct tally_assign_rule rule = {.na = 3, .nb = 2};
    struct tally_edge *links = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    size_t greedy = 0;
    size_t n = 0;

    (void)state;
    assert_int_equal(
        tally_assign_optimal(edges, 5, &rule, CUT, SURE, &links, &n, &greedy, &err), 0);
    assert_int_equal(n, 2);
    assert_memory_equal(&links[0], &edges[0], sizeof links[0]);
    assert_memory_equal(&links[1], &edges[3], sizeof links[1]);
    free(links);
}

/* A chain in which greedy links and the best ones differ, longer than can be solved. */
static void
a_group_that_is_too_great_is_linked_greedily_and_counted(void **state)
{
    static struct tally_edge edges[2 * TALLY_OPTIMAL_MAX + 3];
    size_t greedy = 0;
    size_t n = 0;

    (void)state;
    for (uint32_t i = 0; i <= TALLY_OPTIMAL_MAX; i++) {
        edges[n++] = (struct tally_edge){i, i, CUT + 10};
    }
    for (uint32_t i = 0; i < TALLY_OPTIMAL_MAX; i++) {
        edges[n++] = (struct tally_edge){i, i + 1, CUT + 8};
    }
    assert_int_equal(
        solve(edges, n, TALLY_OPTIMAL_MAX + 1, TALLY_OPTIMAL_MAX + 1, &greedy),
        11 * (TALLY_OPTIMAL_MAX + 1));
    assert_int_equal(greedy, 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_assignment_has_a_greater_sum),
        cmocka_unit_test(two_good_links_stand_before_one_better_one),
        cmocka_unit_test(sure_links_stand_and_what_is_below_the_cut_gets_what_is_left),
        cmocka_unit_test(a_group_that_is_too_great_is_linked_greedily_and_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

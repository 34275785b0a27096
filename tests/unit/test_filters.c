/*
 * Made-up filters: the same for the same arguments, and like what they stand for.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "benchmarks/filters.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static double
mean_fill(const struct tally_matrix *m)
{
    double set = 0;

    for (size_t i = 0; i < m->n; i++) {
        set += m->popcounts[i];
    }
    return set / (double)m->n / m->bits;
}

static void
filters_are_the_same_for_the_same_arguments(void **state)
{
    (void)state;
    for (int kind = TALLY_FILTERS_CLK; kind <= TALLY_FILTERS_UNIFORM; kind++) {
        struct tally_matrix m[3];
        struct tally_err err;

        for (uint32_t i = 0; i < 3; i++) {
            assert_int_equal(tally_filters_make(&m[i], (enum tally_filters_kind)kind, 20,
                                                192, i / 2, &err),
                             0);
        }
        assert_int_equal(m[0].stride, 64);
        assert_memory_equal(m[0].rows, m[1].rows, 20 * 64);
        assert_memory_not_equal(m[0].rows, m[2].rows, 20 * 64);
        for (uint32_t i = 0; i < 3; i++) {
            tally_filters_free(&m[i]);
        }
    }
}

static void
filters_are_as_full_as_what_they_stand_for(void **state)
{
    (void)state;
    for (uint32_t bits = 512; bits <= 2048; bits *= 2) {
        struct tally_matrix clk;
        struct tally_matrix uniform;
        struct tally_err err;

        assert_int_equal(tally_filters_make(&clk, TALLY_FILTERS_CLK, 200, bits, 0, &err),
                         0);
        assert_int_equal(
            tally_filters_make(&uniform, TALLY_FILTERS_UNIFORM, 200, bits, 0, &err), 0);
        assert_true(mean_fill(&clk) > .3 && mean_fill(&clk) < .5);
        assert_true(mean_fill(&uniform) > .49 && mean_fill(&uniform) < .51);
        tally_filters_free(&clk);
        tally_filters_free(&uniform);
    }
}

static void
filters_of_two_sources_share_three_rows_in_ten(void **state)
{
    (void)state;
    for (int kind = TALLY_FILTERS_CLK; kind <= TALLY_FILTERS_UNIFORM; kind++) {
        struct tally_matrix a;
        struct tally_matrix b;
        struct tally_pool *pool;
        struct tally_pairs pairs;
        struct tally_err err;

        assert_int_equal(tally_pool_create(&pool, 2, &err), 0);
        assert_int_equal(
            tally_filters_make(&a, (enum tally_filters_kind)kind, 1000, 1024, 0, &err),
            0);
        assert_int_equal(
            tally_filters_make(&b, (enum tally_filters_kind)kind, 1000, 1024, 1, &err),
            0);
        struct tally_join_options o = {.threshold_ppm = 760000, .k = 1, .pool = pool};

        assert_int_equal(tally_join(&a, &b, &o, &pairs, NULL, &err), 0);
        assert_true(pairs.n > 200 && pairs.n < 400);
        free(pairs.list);
        tally_filters_free(&a);
        tally_filters_free(&b);
        tally_pool_free(pool);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(filters_are_the_same_for_the_same_arguments),
        cmocka_unit_test(filters_are_as_full_as_what_they_stand_for),
        cmocka_unit_test(filters_of_two_sources_share_three_rows_in_ten),
    };

    return cmocka_run_group_tests_name("filters", tests, NULL, NULL);
}

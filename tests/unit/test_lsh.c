/*
 * Hashing: the chance of finding a pair is what the formula says and what is measured at
 * the threshold itself; nothing below the threshold, nothing twice.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/lsh.h"

#include "benchmarks/filters.h"
#include "bloom/base/interrupt.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PAIRS 3000
#define BITS  1024
#define SET   400

static uint64_t random_state = 3;

static uint32_t
random_below(uint32_t n)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((random_state >> 32) * n >> 32);
}

/* Pairs that came, in order of coming. */
struct got {
    struct tally_pair *list;
    size_t n;
};

static int
take(void *ctx, const struct tally_pair *pairs, size_t n, struct tally_err *err)
{
    struct got *g = ctx;

    (void)err;
    g->list = realloc(g->list, (g->n + n) * sizeof *g->list);
    assert_non_null(g->list);
    memcpy(g->list + g->n, pairs, n * sizeof *pairs);
    g->n += n;
    return 0;
}

static int
in_order(const void *left, const void *right)
{
    return memcmp(left, right, 2 * sizeof(uint32_t));
}

static void
run(const struct tally_lsh_plan *plan, const struct tally_matrix *a,
    const struct tally_matrix *b, uint32_t ppm, unsigned threads, struct got *out)
{
    struct tally_join_options o = {.threshold_ppm = ppm};
    struct tally_join_stats stats;
    struct tally_err err = TALLY_ERR_INIT;

    assert_int_equal(tally_pool_create(&o.pool, threads, &err), 0);
    *out = (struct got){NULL, 0};
    if (tally_lsh_each(plan, a, b, &o, take, out, &stats, &err) != 0) {
        fail_msg("%s", err.text);
    }
    if (out->n > 1) {
        qsort(out->list, out->n, sizeof *out->list, in_order);
    }
    tally_pool_free(o.pool);
}

static void
the_formula_counts_draws_without_replacement(void **state)
{
    (void)state;
    /* 2 of 6 positions, of which 2 differ: 4/6 times 3/5. */
    assert_true(fabs(tally_lsh_recall(6, 2, 2, 1) - .4) < 1e-12);
    assert_true(fabs(tally_lsh_recall(6, 2, 2, 3) - (1 - .6 * .6 * .6)) < 1e-12);
    assert_true(tally_lsh_recall(6, 0, 6, 1) >= 1);
    assert_true(tally_lsh_recall(6, 2, 5, 100) <= 0);
    assert_true(fabs(tally_lsh_recall(1u << 20, 1u << 19, 40, 1) / 0x1p-40 - 1) < 1e-3);
}

/* Pairs of rows of SET bits of which all but ${moved} are the same. */
static void
plant(struct tally_matrix *m, uint32_t moved)
{
    for (int side = 0; side < 2; side++) {
        m[side] = (struct tally_matrix){.n = PAIRS, .stride = BITS / 8, .bits = BITS};
        m[side].rows = aligned_alloc(TALLY_ROW_ALIGN, PAIRS * BITS / 8);
        m[side].popcounts = malloc(PAIRS * sizeof *m[side].popcounts);
        assert_true(m[side].rows != NULL && m[side].popcounts != NULL);
    }
    for (uint32_t i = 0; i < PAIRS; i++) {
        uint16_t order[BITS];

        for (uint32_t b = 0; b < BITS; b++) {
            uint32_t at = random_below(b + 1);

            order[b] = order[at];
            order[at] = (uint16_t)b;
        }
        for (uint32_t side = 0; side < 2; side++) {
            uint8_t *row = (uint8_t *)(uintptr_t)m[side].rows + i * BITS / 8;

            memset(row, 0, BITS / 8);
            for (uint32_t b = side * moved; b < SET + side * moved; b++) {
                row[order[b] / 8] |= (uint8_t)(1u << order[b] % 8);
            }
            ((uint32_t *)(uintptr_t)m[side].popcounts)[i] = SET;
        }
    }
}

static void
free_sides(struct tally_matrix *m)
{
    tally_filters_free(&m[0]);
    tally_filters_free(&m[1]);
}

/* Every pair sits exactly on the threshold. The standard deviation of the measure is
 * below .009; the numbers are the same each time. */
static void
pairs_at_the_threshold_are_found_as_often_as_stated(void **state)
{
    static const double recalls[] = {.5, .8, .95, .99};

    (void)state;
    for (uint32_t moved = 20; moved <= 80; moved += 30) {
        uint32_t ppm = (uint32_t)(1000000ull * (SET - moved) / SET);
        struct tally_matrix m[2];

        plant(m, moved);
        for (size_t r = 0; r < sizeof recalls / sizeof *recalls; r++) {
            struct tally_lsh_plan plan;
            struct tally_err err;
            struct got got;
            size_t planted = 0;

            assert_int_equal(tally_lsh_choose(&plan, &m[0], &m[1], ppm, recalls[r], &err),
                             0);
            assert_int_equal(plan.differing, 2 * moved);
            assert_true(plan.recall >= recalls[r]);
            assert_true(fabs(plan.recall - tally_lsh_recall(BITS, plan.differing,
                                                            plan.bits, plan.tables)) <
                        1e-9);
            run(&plan, &m[0], &m[1], ppm, 2, &got);
            for (size_t i = 0; i < got.n; i++) {
                planted += got.list[i].a == got.list[i].b;
            }
            if (fabs((double)planted / PAIRS - plan.recall) > .03) {
                fail_msg("Dice %u: found %.3f, stated %.3f", ppm, (double)planted / PAIRS,
                         plan.recall);
            }
            free(got.list);
        }
        free_sides(m);
    }
}

/* Made-up people: what is found is part of what the join finds, each pair once, the same
 * for any number of threads, and hardly anything is missing. */
static void
pairs_of_people_are_found_once_and_are_the_exact_ones(void **state)
{
    struct tally_matrix m[2];
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    assert_int_equal(tally_filters_make(&m[0], TALLY_FILTERS_CLK, 2500, BITS, 0, &err),
                     0);
    assert_int_equal(tally_filters_make(&m[1], TALLY_FILTERS_CLK, 2000, BITS, 1, &err),
                     0);
    for (int self = 0; self < 2; self++) {
        const struct tally_matrix *b = self ? NULL : &m[1];
        struct tally_join_options o = {.threshold_ppm = 700000};
        struct tally_lsh_plan plan;
        struct tally_pairs exact;
        struct got got[2];
        size_t e = 0;

        assert_int_equal(tally_pool_create(&o.pool, 2, &err), 0);
        assert_int_equal(tally_join(&m[0], b, &o, &exact, NULL, &err), 0);
        tally_pool_free(o.pool);
        assert_int_equal(tally_lsh_choose(&plan, &m[0], b, 700000, .9, &err), 0);
        run(&plan, &m[0], b, 700000, 1, &got[0]);
        run(&plan, &m[0], b, 700000, 3, &got[1]);
        assert_int_equal(got[0].n, got[1].n);
        qsort(exact.list, exact.n, sizeof *exact.list, in_order);
        for (size_t i = 0; i < got[0].n; i++, e++) {
            assert_memory_equal(&got[0].list[i], &got[1].list[i], sizeof *got[0].list);
            while (e < exact.n && in_order(&exact.list[e], &got[0].list[i]) < 0) {
                e++;
            }
            assert_true(e < exact.n);
            assert_memory_equal(&exact.list[e], &got[0].list[i], sizeof *exact.list);
        }
        assert_true(exact.n > 100);
        assert_true((double)got[0].n >= plan.recall * (double)exact.n);
        free(got[0].list);
        free(got[1].list);
        free(exact.list);
    }
    free_sides(m);
}

static void
a_promise_that_takes_too_many_tables_is_refused(void **state)
{
    struct tally_matrix m[2];
    struct tally_lsh_plan plan;
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    plant(m, 80);
    /* 800 differing positions leave a table no bit that agrees for sure. */
    assert_int_equal(tally_lsh_choose(&plan, &m[0], &m[1], 1, .999999, &err), 0);
    assert_int_equal(plan.bits, 1);
    m[0].bits = m[1].bits = 800; /* as if all positions could differ */
    assert_int_equal(tally_lsh_choose(&plan, &m[0], &m[1], 1, .999999, &err), -1);
    assert_int_equal(err.code, TALLY_E_LIMIT);
    free_sides(m);
}

static void
no_records_and_empty_filters_have_no_pairs(void **state)
{
    struct tally_matrix m[2];
    struct tally_matrix none = {.stride = BITS / 8, .bits = BITS};
    struct tally_lsh_plan plan;
    struct tally_err err = TALLY_ERR_INIT;
    struct got got;

    (void)state;
    plant(m, 0);
    memset((void *)(uintptr_t)m[0].rows, 0, PAIRS * BITS / 8);
    memset((void *)(uintptr_t)m[0].popcounts, 0, PAIRS * sizeof *m[0].popcounts);
    assert_int_equal(tally_lsh_choose(&plan, &none, &m[1], 900000, .9, &err), 0);
    run(&plan, &none, &m[1], 900000, 2, &got);
    assert_int_equal(got.n, 0);
    run(&plan, &m[1], &none, 900000, 2, &got);
    assert_int_equal(got.n, 0);
    assert_int_equal(tally_lsh_choose(&plan, &m[0], NULL, 900000, .9, &err), 0);
    run(&plan, &m[0], NULL, 900000, 2, &got);
    assert_int_equal(got.n, 0);
    free_sides(m);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_formula_counts_draws_without_replacement),
        cmocka_unit_test(pairs_at_the_threshold_are_found_as_often_as_stated),
        cmocka_unit_test(pairs_of_people_are_found_once_and_are_the_exact_ones),
        cmocka_unit_test(a_promise_that_takes_too_many_tables_is_refused),
        cmocka_unit_test(no_records_and_empty_filters_have_no_pairs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

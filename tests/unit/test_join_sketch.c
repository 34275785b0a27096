/*
 * Sketches never lose a pair, whatever the kind and the width; and the planner takes
 * narrow ones where they help.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/join_choose.h"
#include "linker/join_need.h"
#include "linker/join_sketch.h"
#include "tests/support/testpool.h"

#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint64_t random_state;

static uint32_t
random_number(void)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random_state >> 32);
}

static void
matrix_make(struct tally_matrix *m, size_t n, uint32_t bits)
{
    size_t stride = (bits + 511) / 512 * 64;

    *m = (struct tally_matrix){.n = n, .stride = stride, .bits = bits};
    m->rows = aligned_alloc(TALLY_ROW_ALIGN, n * stride);
    m->popcounts = calloc(n, sizeof *m->popcounts);
    assert_non_null(m->rows);
    assert_non_null(m->popcounts);
    memset((void *)(uintptr_t)m->rows, 0, n * stride);
}

static void
matrix_free(struct tally_matrix *m)
{
    free((void *)(uintptr_t)m->rows);
    free((void *)(uintptr_t)m->popcounts);
}

static uint8_t *
row_of(const struct tally_matrix *m, size_t i)
{
    return (uint8_t *)(uintptr_t)(m->rows + i * m->stride);
}

static void
matrix_count(const struct tally_matrix *m)
{
    for (size_t i = 0; i < m->n; i++) {
        ((uint32_t *)(uintptr_t)m->popcounts)[i] =
            tally_kernel_best()->and_popcount(row_of(m, i), row_of(m, i), m->stride);
    }
}

/* Rows made of a few of 64 words each, so that columns hang together, with a few bits
 * flipped. Every second row is the one before it with up to ${flips} more bits flipped.
 */
static void
matrix_fill(const struct tally_matrix *m, uint32_t words, uint32_t flips)
{
    for (size_t i = 0; i < m->n; i++) {
        uint8_t *row = row_of(m, i);
        uint32_t some = i % 2 == 0 ? 5 : random_number() % (flips + 1);

        if (i % 2 == 1) {
            memcpy(row, row_of(m, i - 1), m->stride);
        }
        for (uint32_t w = 0; w < words && i % 2 == 0; w++) {
            uint64_t keep = random_state;

            random_state = random_number() % 64;
            for (uint32_t b = 0; b < m->bits / 32; b++) {
                uint32_t bit = random_number() % m->bits;

                row[bit / 8] |= (uint8_t)(1u << bit % 8);
            }
            random_state = keep * 3 + w;
        }
        for (uint32_t f = 0; f < some; f++) {
            uint32_t bit = random_number() % m->bits;

            row[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
    matrix_count(m);
}

/* The scan of ${kind} by some kernel there is. */
static const struct tally_scan *
any_scan(const struct tally_sketch_kind *kind)
{
    for (int level = 0; level < TALLY_CPU_LEVELS; level++) {
        const struct tally_kernel *k = tally_kernel_at((enum tally_cpu_level)level);

        if (k != NULL && kind->scan(k) != NULL) {
            return kind->scan(k);
        }
    }
    return NULL;
}

/* The score of two sketches beyond what they need. */
static int64_t
surplus(const struct tally_join_sketch *s, const struct tally_matrix *m, size_t i,
        size_t j)
{
    const struct tally_scan *scan = any_scan(s->kind);
    const int32_t any = -TALLY_NEED_MAX;
    alignas(TALLY_ROW_ALIGN) uint8_t made[2][TALLY_ROW_BYTES_MAX];
    uint8_t *packed = aligned_alloc(TALLY_ROW_ALIGN, scan->pack_size(1, s->width));
    int32_t need[2];
    struct tally_hit hit;
    size_t next;

    assert_non_null(packed);
    s->kind->make(s, row_of(m, i), &m->popcounts[i], 1, made[0], &need[0]);
    s->kind->make(s, row_of(m, j), &m->popcounts[j], 1, made[1], &need[1]);
    scan->pack(made[1], &any, 1, s->width, packed);
    assert_int_equal(
        scan->scan(made[0], &any, 1, 0, packed, &any, 1, s->width, &hit, 1, &next), 1);
    free(packed);
    return (int64_t)(int32_t)hit.common - need[0] - need[1];
}

/* The highest threshold that rows i and j reach; 0 when they share nothing. */
static uint32_t
score(const struct tally_matrix *m, size_t i, size_t j)
{
    return tally_dice_ppm(
        tally_kernel_best()->and_popcount(row_of(m, i), row_of(m, j), m->stride),
        m->popcounts[i], m->popcounts[j]);
}

/* Every width of ${kind} on neighbours in ${m}, each at the pair's own score as
 * threshold. Returns the least surplus. */
static int64_t
check_kind(const struct tally_sketch_kind *kind, const struct tally_matrix *m)
{
    int64_t least = INT64_MAX;

    for (size_t i = 0; i + 1 < m->n; i++) {
        struct tally_join_sketch s = {.kind = kind, .bits = m->bits, .stride = m->stride};
        size_t widths[TALLY_SKETCH_WIDTHS];
        void *model = NULL;
        size_t n;

        s.threshold_ppm = score(m, i, i + 1);
        if (s.threshold_ppm == 0) {
            continue;
        }
        n = kind->widths(m->bits, s.threshold_ppm, widths);
        assert_true(n <= TALLY_SKETCH_WIDTHS);
        if (n > 0 && kind->learn != NULL) {
            struct tally_err err = TALLY_ERR_INIT;

            assert_int_equal(
                kind->learn(m, m, s.threshold_ppm, tally_testpool, &model, &err), 0);
        }
        s.model = model;
        for (size_t w = 0; w < n; w++) {
            s.width = widths[w];
            int64_t over = surplus(&s, m, i, i + 1);

            assert_true(over >= 0);
            least = over < least ? over : least;
        }
        if (model != NULL) {
            kind->forget(model);
        }
    }
    return least;
}

static void
every_sketch_keeps_every_pair_at_its_own_score(void **state)
{
    static const uint32_t bits[] = {64, 200, 512, 1000, 1024, 2048};

    (void)state;
    for (size_t at = 0; tally_sketch_kinds[at] != NULL; at++) {
        const struct tally_sketch_kind *kind = tally_sketch_kinds[at];

        for (size_t b = 0; b < sizeof bits / sizeof bits[0]; b++) {
            for (uint32_t words = 1; words <= 25; words += 8) {
                struct tally_matrix m;

                if (kind == &tally_sketch_pca) { /* learns long: test_join_pca.c */
                    continue;
                }
                random_state = 100 * b + words;
                matrix_make(&m, 6, bits[b]);
                matrix_fill(&m, words, bits[b] / 16);
                (void)check_kind(kind, &m);
                matrix_free(&m);
            }
        }
    }
}

static void
fold_and_whole_row_ask_for_no_less_than_they_may(void **state)
{
    int64_t least = INT64_MAX;

    (void)state;
    for (uint32_t trial = 0; trial < 20; trial++) {
        struct tally_matrix m;

        random_state = trial;
        matrix_make(&m, 8, 512);
        matrix_fill(&m, 10, 3);
        int64_t over = check_kind(&tally_sketch_fold, &m);

        least = over < least ? over : least;
        assert_true(check_kind(&tally_sketch_whole, &m) <= 2);
        matrix_free(&m);
    }
    assert_true(least <= 1); /* the bound is as tight as rounding lets it be */
}

static void
need_is_rounded_down_on_both_sides_of_zero(void **state)
{
    (void)state;
    /* (folded - .2 popcount) / 2 */
    assert_int_equal(tally_join_need(800000, 100, 20), 0);
    assert_int_equal(tally_join_need(800000, 100, 21), 0);
    assert_int_equal(tally_join_need(800000, 100, 22), 1);
    assert_int_equal(tally_join_need(800000, 100, 19), -1);
    assert_int_equal(tally_join_need(800000, 100, 18), -1);
    assert_int_equal(tally_join_need(800000, 100, 17), -2);
    assert_int_equal(tally_join_need(800000, 101, 20), -1);
    /* Without folding, the threshold times half the popcount. */
    assert_int_equal(tally_join_need(800000, 100, 100), 40);
    assert_int_equal(tally_join_need(800000, 101, 101), 40);
    assert_int_equal(tally_join_need(800000, 104, 104), 41);
}

/* Batches of rows are folded together; each must come out as it does alone, and every
 * column must be in the sketch: one bit set gives one bit set. */
static void
fold_is_the_same_alone_and_in_a_batch(void **state)
{
    struct tally_matrix m;
    struct tally_join_sketch s = {.kind = &tally_sketch_fold,
                                  .bits = 1000,
                                  .stride = 128,
                                  .width = 40,
                                  .threshold_ppm = 700000};
    uint8_t batch[TALLY_SKETCH_BATCH * 40];
    int32_t need[TALLY_SKETCH_BATCH];
    struct tally_err err = TALLY_ERR_INIT;
    void *model;

    (void)state;
    random_state = 9;
    matrix_make(&m, TALLY_SKETCH_BATCH, 1000);
    matrix_fill(&m, 10, 100);
    assert_int_equal(s.kind->learn(&m, &m, s.threshold_ppm, tally_testpool, &model, &err),
                     0);
    s.model = model;
    for (size_t i = 0; i < 300; i++) {
        memset(row_of(&m, i), 0, m.stride);
        row_of(&m, i)[i / 8] = (uint8_t)(1u << i % 8);
    }
    matrix_count(&m);
    s.kind->make(&s, m.rows, m.popcounts, m.n, batch, need);
    for (size_t i = 0; i < m.n; i++) {
        uint8_t alone[40];
        int32_t its_need;
        uint32_t set = 0;

        s.kind->make(&s, row_of(&m, i), &m.popcounts[i], 1, alone, &its_need);
        assert_memory_equal(alone, batch + i * 40, 40);
        assert_int_equal(its_need, need[i]);
        for (size_t bit = 0; bit < 320; bit++) {
            set += alone[bit / 8] >> bit % 8 & 1;
        }
        assert_true(i >= 300 || set == 1);
    }
    s.kind->forget(model);
    matrix_free(&m);
}

/* Unrelated rows of half the bits: 1024 bits differ in 512 or so, whole or folded, and
 * Dice .9 allows about 100, so that the narrowest fold tells all pairs apart at a fifth
 * of the words. */
static void
planner_folds_where_that_prunes(void **state)
{
    struct tally_matrix m;
    struct tally_join_options o = {.threshold_ppm = 900000, .pool = tally_testpool};
    const struct tally_kernel *k = tally_kernel_at(TALLY_CPU_PORTABLE);
    struct tally_join_choice c;
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    matrix_make(&m, 6000, 1024);
    for (size_t at = 0; at < m.n * 128; at++) {
        row_of(&m, 0)[at] = (uint8_t)random_number();
    }
    matrix_count(&m);
    assert_int_equal(tally_join_choose(&c, &m, &m, &o, k, &err), 0);
    assert_true(c.sketch.width < 128);
    tally_join_choice_free(&c);
    /* A small join is not worth the trial; nothing can be drawn from nothing. */
    for (m.n = 0; m.n <= 100; m.n += 100) {
        o.threshold_ppm = 900000;
        assert_int_equal(tally_join_choose(&c, &m, &m, &o, k, &err), 0);
        assert_ptr_equal(c.sketch.kind, &tally_sketch_whole);
        tally_join_choice_free(&c);
    }
    matrix_free(&m);
}

static void
planner_does_as_it_is_told(void **state)
{
    struct tally_matrix m;
    struct tally_join_choice c;
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    random_state = 4;
    matrix_make(&m, 50, 1024);
    matrix_fill(&m, 10, 10);
    for (size_t width = 24; width <= 96; width += 8) {
        struct tally_join_options o = {.threshold_ppm = 800000,
                                       .pool = tally_testpool,
                                       .sketch = &tally_sketch_fold,
                                       .width = width};

        assert_int_equal(tally_join_choose(&c, &m, &m, &o, tally_kernel_best(), &err), 0);
        assert_ptr_equal(c.sketch.kind, &tally_sketch_fold);
        assert_int_equal(c.sketch.width, width);
        tally_join_choice_free(&c);
    }
    matrix_free(&m);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_sketch_keeps_every_pair_at_its_own_score),
        cmocka_unit_test(fold_and_whole_row_ask_for_no_less_than_they_may),
        cmocka_unit_test(need_is_rounded_down_on_both_sides_of_zero),
        cmocka_unit_test(fold_is_the_same_alone_and_in_a_batch),
        cmocka_unit_test(planner_folds_where_that_prunes),
        cmocka_unit_test(planner_does_as_it_is_told),
    };

    return cmocka_run_group_tests_name("join_sketch", tests, tally_testpool_enter,
                                       tally_testpool_leave);
}

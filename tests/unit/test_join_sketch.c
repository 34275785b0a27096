/*
 * Sketches never lose a pair, whatever they are folded to; and are chosen when they help.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/join_sketch.h"

#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint64_t random_state = 19;

static uint32_t
random_number(void)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random_state >> 32);
}

/* A row, and another that differs from it in ${flips} bits. */
struct two {
    alignas(TALLY_ROW_ALIGN) uint8_t x[TALLY_ROW_BYTES_MAX];
    alignas(TALLY_ROW_ALIGN) uint8_t y[TALLY_ROW_BYTES_MAX];
    uint32_t px;
    uint32_t py;
    uint32_t common;
};

static void
make_two(struct two *t, size_t stride, uint32_t fill, uint32_t flips)
{
    const struct tally_kernel *k = tally_kernel_best();

    memset(t, 0, sizeof *t);
    for (size_t bit = 0; bit < stride * 8; bit++) {
        t->x[bit / 8] |= (uint8_t)((random_number() >> 24 < fill) << bit % 8);
    }
    memcpy(t->y, t->x, stride);
    while (flips-- > 0) {
        uint32_t bit = random_number() % (uint32_t)(stride * 8);

        t->y[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    t->px = k->and_popcount(t->x, t->x, stride);
    t->py = k->and_popcount(t->y, t->y, stride);
    t->common = k->and_popcount(t->x, t->y, stride);
}

/* What a sketch of the two has in common beyond what is needed. */
static int32_t
surplus(const struct tally_join_sketch *s, const struct two *t)
{
    alignas(TALLY_ROW_ALIGN) uint8_t fx[TALLY_ROW_BYTES_MAX];
    alignas(TALLY_ROW_ALIGN) uint8_t fy[TALLY_ROW_BYTES_MAX];
    const struct tally_kernel *k = tally_kernel_best();

    tally_join_sketch_fold(s, t->x, fx);
    tally_join_sketch_fold(s, t->y, fy);
    return (int32_t)k->and_popcount(fx, fy, s->width) -
           tally_join_sketch_need(s, t->px, k->and_popcount(fx, fx, s->width)) -
           tally_join_sketch_need(s, t->py, k->and_popcount(fy, fy, s->width));
}

static void
sketch_keeps_every_pair_at_its_own_score(void **state)
{
    int32_t least = INT32_MAX;

    (void)state;
    for (uint32_t trial = 0; trial < 4000; trial++) {
        size_t stride = 64 * (1 + random_number() % 16);
        struct two t;

        make_two(&t, stride, 1 + random_number() % 255, random_number() % 60);
        uint32_t score = tally_dice_ppm(t.common, t.px, t.py);

        if (score == 0) {
            continue;
        }
        for (size_t width = 64; width <= stride; width += 64) {
            struct tally_join_sketch s = {stride, width, score};
            int32_t over;

            if (stride % width != 0) {
                continue;
            }
            over = surplus(&s, &t);
            assert_true(over >= 0);
            least = over < least ? over : least;
        }
    }
    assert_int_equal(least, 0); /* the bound is as tight as it can be */
}

static void
need_is_rounded_down_on_both_sides_of_zero(void **state)
{
    struct tally_join_sketch s = {128, 64, 800000};

    (void)state;
    /* (folded - .2 popcount) / 2 */
    assert_int_equal(tally_join_sketch_need(&s, 100, 20), 0);
    assert_int_equal(tally_join_sketch_need(&s, 100, 21), 0);
    assert_int_equal(tally_join_sketch_need(&s, 100, 22), 1);
    assert_int_equal(tally_join_sketch_need(&s, 100, 19), -1);
    assert_int_equal(tally_join_sketch_need(&s, 100, 18), -1);
    assert_int_equal(tally_join_sketch_need(&s, 100, 17), -2);
    assert_int_equal(tally_join_sketch_need(&s, 101, 20), -1);
    /* Without folding, the threshold times half the popcount. */
    assert_int_equal(tally_join_sketch_need(&s, 100, 100), 40);
    assert_int_equal(tally_join_sketch_need(&s, 101, 101), 40);
    assert_int_equal(tally_join_sketch_need(&s, 104, 104), 41);
}

static void
sketch_of_full_width_is_the_row(void **state)
{
    struct tally_join_sketch s = {192, 192, 700000};
    struct two t;
    alignas(TALLY_ROW_ALIGN) uint8_t folded[192];

    (void)state;
    make_two(&t, 192, 100, 10);
    tally_join_sketch_fold(&s, t.x, folded);
    assert_memory_equal(folded, t.x, 192);
    s.width = 64;
    tally_join_sketch_fold(&s, t.x, folded);
    for (size_t at = 0; at < 64; at++) {
        assert_int_equal(folded[at], t.x[at] ^ t.x[at + 64] ^ t.x[at + 128]);
    }
}

/* Unrelated rows of half the bits: 1024 bits differ in 512 or so, whole or folded. Dice
 * .9 allows about 100, Dice .6 about 410 of 1024 but of the 512 of a sketch too; so
 * folding helps the first and not the second. */
static void
sketch_is_narrow_only_where_that_prunes(void **state)
{
    const size_t n = 2100;
    uint8_t *rows = aligned_alloc(TALLY_ROW_ALIGN, n * 128);
    uint32_t *popcounts = malloc(n * sizeof *popcounts);
    const struct tally_kernel *k = tally_kernel_best();
    struct tally_matrix m = {
        .rows = rows, .popcounts = popcounts, .n = n, .stride = 128, .bits = 1024};
    struct tally_join_sketch s;

    (void)state;
    assert_non_null(rows);
    assert_non_null(popcounts);
    for (size_t at = 0; at < n * 128; at++) {
        rows[at] = (uint8_t)random_number();
    }
    for (size_t i = 0; i < n; i++) {
        popcounts[i] = k->and_popcount(rows + i * 128, rows + i * 128, 128);
    }
    tally_join_sketch_choose(&m, &m, 900000, k, &s);
    assert_int_equal(s.stride, 128);
    assert_int_equal(s.width, 64);
    assert_int_equal(s.threshold_ppm, 900000);
    tally_join_sketch_choose(&m, &m, 600000, k, &s);
    assert_int_equal(s.width, 128);
    /* A small join is not worth the sample. */
    m.n = 100;
    tally_join_sketch_choose(&m, &m, 900000, k, &s);
    assert_int_equal(s.width, 128);
    m.n = 0;
    tally_join_sketch_choose(&m, &m, 900000, k, &s);
    assert_int_equal(s.width, 128);
    free(rows);
    free(popcounts);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sketch_keeps_every_pair_at_its_own_score),
        cmocka_unit_test(need_is_rounded_down_on_both_sides_of_zero),
        cmocka_unit_test(sketch_of_full_width_is_the_row),
        cmocka_unit_test(sketch_is_narrow_only_where_that_prunes),
    };

    return cmocka_run_group_tests_name("join_sketch", tests, NULL, NULL);
}

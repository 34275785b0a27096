/*
 * The engine against brute force: plain, diffused, sparse and full filters at ten
 * thresholds, some of which scores sit on exactly; every width of filter; every kernel
 * and sketch; and what is out of the ordinary.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/join_sketch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/matrixbuild.h"
#include "tests/support/testpool.h"

/* One join by the engine, which must find ${expected}. */
static void
check_one(const struct tally_matrix *a, const struct tally_matrix *b,
          const struct tally_join_options *o, const struct tally_pairs *expected)
{
    struct tally_pairs got = {0};
    struct tally_err err = TALLY_ERR_INIT;

    assert_int_equal(tally_join(a, b, o, &got, NULL, &err), 0);
    assert_int_equal(got.n, expected->n);
    assert_true(got.n == 0 ||
                memcmp(got.list, expected->list, got.n * sizeof *got.list) == 0);
    free(got.list);
}

/* Every kernel, each by whole rows and by a fold of another width. ${turn} says which
 * widths. Returns how many pairs there are. */
static size_t
check_all(const struct tally_matrix *a, const struct tally_matrix *b, uint32_t ppm,
          size_t turn)
{
    size_t widths[TALLY_SKETCH_WIDTHS];
    size_t nwidths = tally_sketch_fold.widths(a->bits, ppm, widths);
    size_t whole[TALLY_SKETCH_WIDTHS];
    struct tally_pairs expected;
    size_t n;

    (void)tally_sketch_whole.widths(a->bits, ppm, whole);
    test_matrix_join(a, b, ppm, &expected);
    n = expected.n;
    for (int level = 0; level < TALLY_CPU_LEVELS; level++) {
        struct tally_join_options o = {
            .threshold_ppm = ppm,
            .pool = tally_testpool,
            .kernel = tally_kernel_at((enum tally_cpu_level)level),
            .sketch = &tally_sketch_whole,
            .width = whole[0],
        };

        check_one(a, b, &o, &expected);
        if (nwidths > 0) {
            o.sketch = &tally_sketch_fold;
            o.width = widths[(turn + (size_t)level) % nwidths];
            check_one(a, b, &o, &expected);
        }
    }
    free(expected.list);
    return n;
}

/* Ten thresholds: five fixed, five that a pair has for its score. */
static void
check_thresholds(const struct tally_matrix *a, const struct tally_matrix *b)
{
    static const uint32_t fixed[] = {500000, 600000, 700000, 800000, 900000};
    size_t found = 0;

    for (size_t t = 0; t < 5; t++) {
        size_t i = t * 7 % a->n;
        size_t j = t * 11 % b->n;
        uint32_t own =
            tally_dice_ppm(tally_kernel_best()->and_popcount(
                               test_matrix_row(a, i), test_matrix_row(b, j), a->stride),
                           a->popcounts[i], b->popcounts[j]);

        found += check_all(a, b, fixed[t], t);
        found += check_all(a, b, own > 0 ? own : 1, t + 5);
        (void)check_all(b, NULL, fixed[t], t + 3);
    }
    assert_true(found > 100);
}

static void
engine_agrees_with_brute_force_on_all_kinds_of_filters(void **state)
{
    static const uint32_t fills[] = {8, 64, 128, 240}; /* of 256; 0 stands for words */

    (void)state;
    for (size_t kind = 0; kind <= 4; kind++) {
        struct tally_matrix a;
        struct tally_matrix b;

        test_matrix_make(&a, 90, 1024);
        test_matrix_make(&b, 80, 1024);
        if (kind == 4) {
            test_matrix_words(&a, 40, 1);
        } else {
            test_matrix_noise(&a, fills[kind], kind);
        }
        test_matrix_copies(&b, &a, kind == 0 ? 12 : 250, 2);
        check_thresholds(&a, &b);
        test_matrix_free(&a);
        test_matrix_free(&b);
    }
}

static void
filters_of_any_width_are_compared_exactly(void **state)
{
    static const uint32_t bits[] = {1,    64,   72,   120,  128,  200,  512, 520,
                                    1000, 1016, 1032, 2040, 4104, 8184, 8192};

    (void)state;
    for (size_t w = 0; w < sizeof bits / sizeof bits[0]; w++) {
        struct tally_matrix a;
        struct tally_matrix b;
        size_t found = 0;

        test_matrix_make(&a, 12, bits[w]);
        test_matrix_make(&b, 11, bits[w]);
        test_matrix_noise(&a, 100, w);
        test_matrix_copies(&b, &a, bits[w] / 4, w);
        found += check_all(&a, &b, 600000, w);
        found += check_all(&a, &b, 750000, w + 4);
        (void)check_all(&a, NULL, 450000, w + 8);
        assert_true(found > 0);
        test_matrix_free(&a);
        test_matrix_free(&b);
    }
}

/* Not a bit set, every bit set, and a single one: against each other and themselves. */
static void
empty_and_full_filters_match_as_arithmetic_says(void **state)
{
    struct tally_matrix m;

    (void)state;
    test_matrix_make(&m, 30, 1000);
    for (size_t i = 0; i < m.n; i++) {
        for (uint32_t bit = 0; bit < m.bits && i % 3 != 0; bit++) {
            if (i % 3 == 1 || bit == i) {
                test_flip(test_matrix_row(&m, i), bit);
            }
        }
    }
    test_matrix_count(&m);
    for (uint32_t ppm = 1; ppm <= TALLY_PPM;
         ppm = ppm == TALLY_PPM ? ppm + 1 : ppm * 10) {
        assert_true(check_all(&m, &m, ppm, ppm) >= 110);
        assert_true(check_all(&m, NULL, ppm, ppm) >= 45);
    }
    test_matrix_free(&m);
}

static void
one_record_is_found_among_a_hundred_thousand_that_are_the_same(void **state)
{
    const size_t n = 100000;
    struct tally_matrix one;
    struct tally_matrix many;
    struct tally_join_options o = {.threshold_ppm = 900000, .pool = tally_testpool};
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_pairs out = {0};

    (void)state;
    test_matrix_make(&one, 1, 512);
    test_matrix_make(&many, n, 512);
    test_matrix_noise(&one, 128, 3);
    test_matrix_copies(&many, &one, 0, 4);
    test_flip(test_matrix_row(&many, 77), 5);
    test_matrix_count(&many);
    for (int turned = 0; turned <= 1; turned++) {
        assert_int_equal(tally_join(turned ? &many : &one, turned ? &one : &many, &o,
                                    &out, NULL, &err),
                         0);
        assert_int_equal(out.n, n);
        for (size_t i = 0; i < n; i++) {
            assert_int_equal(turned ? out.list[i].a : out.list[i].b, i);
            assert_int_equal(out.list[i].common, many.popcounts[i] < one.popcounts[0]
                                                     ? many.popcounts[i]
                                                     : one.popcounts[0]);
        }
        free(out.list);
    }
    /* With each other they are five thousand million pairs: that is told, not tried. */
    assert_int_equal(tally_join(&many, NULL, &o, &out, NULL, &err), -1);
    assert_int_equal(err.code, TALLY_E_LIMIT);
    assert_string_equal(err.text,
                        "about 5e9 pairs would be kept, and the limit is 500000000");
    test_matrix_free(&one);
    test_matrix_free(&many);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(engine_agrees_with_brute_force_on_all_kinds_of_filters),
        cmocka_unit_test(filters_of_any_width_are_compared_exactly),
        cmocka_unit_test(empty_and_full_filters_match_as_arithmetic_says),
        cmocka_unit_test(one_record_is_found_among_a_hundred_thousand_that_are_the_same),
    };

    return cmocka_run_group_tests_name("join_exact", tests, tally_testpool_enter,
                                       tally_testpool_leave);
}

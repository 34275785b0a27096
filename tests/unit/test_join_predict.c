/*
 * Forecasts of the size of the output: near enough, the same every time, and an absurd
 * one is told before the join.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/join_predict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/matrixbuild.h"
#include "tests/support/testpool.h"

/* ${n} rows of which every fourth is the same; the others share nothing with anybody. */
static void
make_quarters(struct tally_matrix *m, size_t n)
{
    test_matrix_make(m, n, 512);
    for (size_t i = 0; i < n; i++) {
        uint64_t state = i % 4 == 0 ? 1 : i + 17;

        for (uint32_t b = 0; b < 40; b++) {
            uint32_t bit = test_random(&state) % 512;

            test_matrix_row(m, i)[bit / 8] |= (uint8_t)(1u << bit % 8);
        }
    }
    test_matrix_count(m);
}

static void
forecast_is_near_the_truth_and_the_same_every_time(void **state)
{
    const size_t n = 6000;
    const double truth = (double)n / 4 * (double)(n / 4);
    struct tally_matrix m;
    struct tally_join_options o = {.threshold_ppm = 900000, .pool = tally_testpool};
    struct tally_join_forecast f;
    struct tally_join_forecast again;
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    make_quarters(&m, n);
    assert_int_equal(tally_join_predict(&m, &m, &o, &f, &err), 0);
    assert_true(f.pairs > .85 * truth && f.pairs < 1.15 * truth);
    o.kernel = tally_kernel_at(TALLY_CPU_PORTABLE);
    assert_int_equal(tally_join_predict(&m, &m, &o, &again, &err), 0);
    assert_memory_equal(&f, &again, sizeof f);
    assert_int_equal(tally_join_predict(&m, NULL, &o, &f, &err), 0);
    assert_true(f.pairs > .42 * truth && f.pairs < .58 * truth);
    test_matrix_free(&m);
}

/* Drawn rows meet themselves; that is no pair. */
static void
forecast_does_not_count_a_row_with_itself(void **state)
{
    struct tally_matrix m;
    struct tally_join_options o = {.threshold_ppm = 900000, .pool = tally_testpool};
    struct tally_join_forecast f;
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    test_matrix_make(&m, 50, 512);
    test_matrix_noise(&m, 128, 3);
    assert_int_equal(tally_join_predict(&m, NULL, &o, &f, &err), 0);
    assert_int_equal(f.found, 0);
    assert_int_equal(tally_join_predict(&m, &m, &o, &f, &err), 0);
    assert_true(f.found > 0);
    test_matrix_free(&m);
}

static void
absurd_number_of_pairs_is_told_before_the_join(void **state)
{
    struct tally_matrix m;
    struct tally_pairs out = {0};
    struct tally_join_options o = {
        .threshold_ppm = 900000, .max_pairs = 100000, .pool = tally_testpool};
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    make_quarters(&m, 6000);
    assert_int_equal(tally_join(&m, &m, &o, &out, NULL, &err), -1);
    assert_int_equal(err.code, TALLY_E_LIMIT);
    assert_string_equal(err.text,
                        "about 3e6 pairs would be kept, and the limit is 100000");
    assert_string_equal(err.hint, "raise the threshold or give -k");
    /* With k, so many can not be kept. */
    o.k = 1;
    assert_int_equal(tally_join(&m, &m, &o, &out, NULL, &err), 0);
    free(out.list);
    /* Nor without, of a join that is allowed them. */
    o.k = 0;
    o.max_pairs = 3000000;
    assert_int_equal(tally_join(&m, &m, &o, &out, NULL, &err), 0);
    assert_int_equal(out.n, 1500 * 1500 + 4500);
    free(out.list);
    test_matrix_free(&m);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forecast_is_near_the_truth_and_the_same_every_time),
        cmocka_unit_test(forecast_does_not_count_a_row_with_itself),
        cmocka_unit_test(absurd_number_of_pairs_is_told_before_the_join),
    };

    return cmocka_run_group_tests_name("join_predict", tests, tally_testpool_enter,
                                       tally_testpool_leave);
}

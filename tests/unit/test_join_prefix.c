/*
 * Giving up early: the plan against the distribution it comes from, and joins that use
 * it.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/join_prefix.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/matrixbuild.h"

static struct tally_pool *pools[2]; /* of 1 and 3 threads */

static struct tally_prefix_plan
plan_for(uint32_t bits, uint32_t ppm, uint32_t miss_e12)
{
    struct tally_prefix_plan p;
    struct tally_err err = TALLY_ERR_INIT;

    assert_int_equal(tally_prefix_plan_make(&p, bits, ppm, miss_e12, &err), 0);
    return p;
}

/* ln of n over k. */
static double
ln_choose(double n, double k)
{
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1);
}

/* The chance that more than ${cut} of the first ${n} bits differ when ${differ} of
 * ${bits} do: by logarithms of factorials, unlike the plan. */
static double
chance_by_factorials(uint32_t bits, uint32_t differ, uint32_t n, double cut)
{
    double sum = 0;

    for (uint32_t x = (uint32_t)floor(cut) + 1; x <= n && x <= differ; x++) {
        if (differ - x <= bits - n) {
            sum += exp(ln_choose(n, x) + ln_choose(bits - n, differ - x) -
                       ln_choose(bits, differ));
        }
    }
    return sum;
}

static void
miss_is_what_the_distribution_says_and_no_more_than_asked_for(void **state)
{
    static const uint32_t thresholds[] = {520000, 580000, 600000, 640000, 750000, 900000};

    (void)state;
    for (size_t t = 0; t < sizeof thresholds / sizeof thresholds[0]; t++) {
        for (uint32_t bits = 1024; bits <= 4096; bits *= 2) {
            struct tally_prefix_plan p =
                plan_for(bits, thresholds[t], TALLY_MISS_DEFAULT_E12);
            double worst = 0;

            if (p.prefix_bits == 0) {
                assert_true(p.miss == 0);
                continue;
            }
            assert_true(p.prefix_bits < bits && p.prefix_bits % 64 == 0);
            assert_true(p.miss > 0 && p.miss <= 1e-9);
            for (uint32_t set = 0; set <= 2 * bits; set += 1 + bits / 50) {
                double differ = floor(set * (1 - thresholds[t] / 1e6) + 1e-9);
                double cut = ((double)p.level_e6 + (double)p.slope_e6 * set) / 1e6;
                double chance;

                if (differ > bits) {
                    break;
                }
                chance = chance_by_factorials(bits, (uint32_t)differ, p.prefix_bits, cut);
                worst = chance > worst ? chance : worst;
            }
            assert_true(worst <= 1.000001e-9);
            /* Not far below either around half-filled filters: the line is close. */
            assert_true(worst > 1e-11);
        }
    }
}

static void
higher_threshold_or_greater_miss_looks_at_less(void **state)
{
    uint32_t before = 2048;

    (void)state;
    for (uint32_t ppm = 580000; ppm <= 900000; ppm += 20000) {
        struct tally_prefix_plan p = plan_for(2048, ppm, TALLY_MISS_DEFAULT_E12);

        assert_true(p.prefix_bits > 0 && p.prefix_bits <= before);
        assert_true(plan_for(2048, ppm, 1000000).prefix_bits <= p.prefix_bits);
        before = p.prefix_bits;
    }
}

static void
nothing_is_given_up_where_that_would_not_pay(void **state)
{
    (void)state;
    assert_int_equal(plan_for(2048, 450000, TALLY_MISS_DEFAULT_E12).prefix_bits, 0);
    assert_int_equal(plan_for(256, 700000, TALLY_MISS_DEFAULT_E12).prefix_bits, 0);
    assert_int_equal(plan_for(2048, 640000, 0).prefix_bits, 0);
    assert_int_equal(plan_for(64, 1000000, TALLY_MISS_DEFAULT_E12).prefix_bits, 0);
    assert_int_equal(plan_for(2048, 1000000, TALLY_MISS_DEFAULT_E12).prefix_bits, 256);
}

/* Pairs at a distance just within the threshold, their differences anywhere: thousands of
 * them, at a chance of a miss that leaves none with near certainty. Many more unrelated
 * pairs must be given up. */
static void
join_finds_what_it_finds_without(void **state)
{
    struct tally_matrix a;
    struct tally_matrix b;
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    test_matrix_make(&a, 900, 2048);
    test_matrix_make(&b, 800, 2048);
    test_matrix_noise(&a, 128, 5);
    test_matrix_copies(&b, &a, 800, 6);
    for (uint32_t ppm = 600000; ppm <= 700000; ppm += 20000) {
        struct tally_join_options o = {.threshold_ppm = ppm, .pool = pools[0]};
        struct tally_pairs exact = {0};
        struct tally_pairs early = {0};
        struct tally_join_stats stats;

        assert_int_equal(tally_join(&a, &b, &o, &exact, &stats, &err), 0);
        assert_int_equal(stats.prefix_bits, 0);
        assert_true(stats.miss_probability == 0);
        o.miss_e12 = TALLY_MISS_DEFAULT_E12;
        assert_int_equal(tally_join(&a, &b, &o, &early, &stats, &err), 0);
        assert_string_equal(stats.sketch, "prefix");
        assert_true(stats.prefix_bits > 0 && stats.width == stats.prefix_bits / 8);
        assert_true(stats.miss_probability > 0 && stats.miss_probability <= 1e-9);
        assert_true(stats.verified < a.n * b.n / 20);
        assert_true(exact.n > 500);
        assert_int_equal(early.n, exact.n);
        assert_memory_equal(early.list, exact.list, exact.n * sizeof *exact.list);
        free(exact.list);
        free(early.list);
    }
    test_matrix_free(&a);
    test_matrix_free(&b);
}

static bool
is_set(const uint8_t *row, uint32_t bit)
{
    return row[bit / 8] >> bit % 8 & 1;
}

/* Flip ${flips} bits of ${row} that are ${set}, each once. */
static void
flip_some(uint8_t *row, bool set, uint32_t flips, uint64_t *seed)
{
    uint8_t before[2048 / 8];

    memcpy(before, row, sizeof before);
    while (flips > 0) {
        uint32_t bit = test_random(seed) % 2048;

        if (is_set(before, bit) == set && is_set(row, bit) == set) {
            test_flip(row, bit);
            flips--;
        }
    }
}

/* Half the bits set in every row of ${a}; rows of ${b} are rows of ${a} in which
 * ${differ} bits differ, and half of the bits are set in them too. */
static void
make_at_distance(const struct tally_matrix *a, const struct tally_matrix *b,
                 uint32_t differ)
{
    uint64_t seed = 7;

    for (size_t i = 0; i < a->n; i++) {
        flip_some(test_matrix_row(a, i), false, 1024, &seed);
    }
    test_matrix_count(a);
    test_matrix_copies(b, a, 0, 8);
    for (size_t i = 0; i < b->n; i++) {
        uint8_t *row = test_matrix_row(b, i);
        uint8_t from[2048 / 8];

        memcpy(from, row, sizeof from);
        flip_some(row, true, differ / 2, &seed);
        for (uint32_t left = differ / 2; left > 0;) {
            uint32_t bit = test_random(&seed) % 2048;

            if (!is_set(from, bit) && !is_set(row, bit)) {
                test_flip(row, bit);
                left--;
            }
        }
    }
    test_matrix_count(b);
}

/* At a great chance of a miss pairs do go missing, and the same ones whatever the kernel,
 * the threads and the k best met on the way. */
static void
what_is_missed_depends_on_the_filters_alone(void **state)
{
    struct tally_matrix a;
    struct tally_matrix b;
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    test_matrix_make(&a, 200, 2048);
    test_matrix_make(&b, 3000, 2048);
    make_at_distance(&a, &b, 778); /* Dice .62 of 1024 set bits each allows no more */
    for (uint32_t k = 0; k <= 1; k++) {
        struct tally_join_options o = {.threshold_ppm = 620000, .k = k, .pool = pools[0]};
        struct tally_pairs first = {0};
        struct tally_pairs exact = {0};

        assert_int_equal(tally_join(&a, &b, &o, &exact, NULL, &err), 0);
        o.miss_e12 = 4000000000u; /* .004 */
        assert_int_equal(tally_join(&a, &b, &o, &first, NULL, &err), 0);
        assert_true(first.n < exact.n && first.n > exact.n * 98 / 100);
        for (int level = 0; level < TALLY_CPU_LEVELS; level++) {
            struct tally_pairs again = {0};

            o.kernel = tally_kernel_at((enum tally_cpu_level)level);
            o.pool = pools[level % 2];
            assert_int_equal(tally_join(&a, &b, &o, &again, NULL, &err), 0);
            assert_int_equal(again.n, first.n);
            assert_memory_equal(again.list, first.list, first.n * sizeof *first.list);
            free(again.list);
        }
        free(first.list);
        free(exact.list);
    }
    test_matrix_free(&a);
    test_matrix_free(&b);
}

static int
make_pools(void **state)
{
    struct tally_err err;

    (void)state;
    return tally_pool_create(&pools[0], 1, &err) != 0 ||
           tally_pool_create(&pools[1], 3, &err) != 0;
}

static int
free_pools(void **state)
{
    (void)state;
    tally_pool_free(pools[0]);
    tally_pool_free(pools[1]);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(miss_is_what_the_distribution_says_and_no_more_than_asked_for),
        cmocka_unit_test(higher_threshold_or_greater_miss_looks_at_less),
        cmocka_unit_test(nothing_is_given_up_where_that_would_not_pay),
        cmocka_unit_test(join_finds_what_it_finds_without),
        cmocka_unit_test(what_is_missed_depends_on_the_filters_alone),
    };

    return cmocka_run_group_tests_name("join_prefix", tests, make_pools, free_pools);
}

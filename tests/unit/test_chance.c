/*
 * Chance: floors and cautious thresholds from the scores of random pairs, and the scale
 * of plain filters behind diffused ones.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/chance.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ASSERT_NEAR(x, y, by) assert_true(fabs((x) - (y)) <= (by))

static const struct tally_hardening plain = {.n = 0};
static const struct tally_hardening six = {
    .n = 1, .steps = {{.kind = TALLY_HARDEN_DIFFUSION, .t = 6, .bits = 2048}}};
static struct tally_chance chance;

/* A bell curve of a million pairs around ${middle} thousandths, ${spread} wide. */
static void
make_bell(double middle, double spread)
{
    memset(&chance, 0, sizeof chance);
    for (size_t bin = 0; bin < TALLY_HISTOGRAM_BINS; bin++) {
        double z = ((double)bin - middle) / spread;

        chance.histogram[bin] = (uint64_t)(1e6 / (spread * 2.5066) * exp(-z * z / 2));
    }
}

static void
the_median_ignores_empty_records(void **state)
{
    (void)state;
    make_bell(300, 50);
    chance.histogram[0] = 5000000;
    assert_in_range(tally_chance_median_ppm(&chance), 298000, 302000);
}

static void
the_floor_leaves_about_the_neighbours_wanted(void **state)
{
    uint32_t floor_ppm;
    uint64_t above = 0;

    (void)state;
    make_bell(300, 50);
    floor_ppm = tally_chance_floor_ppm(&chance, 10000, 10);
    assert_int_equal(floor_ppm % 1000, 0);
    for (size_t bin = floor_ppm / 1000; bin < TALLY_HISTOGRAM_BINS; bin++) {
        above += chance.histogram[bin];
    }
    /* 10 in 10,000 of a million, to the next thousandth. */
    assert_in_range(above, 900, 1150);
    assert_true(tally_chance_floor_ppm(&chance, 1000, 10) < floor_ppm);
    assert_true(tally_chance_floor_ppm(&chance, 100000, 10) > floor_ppm);
}

static void
a_heap_of_identical_records_does_not_lift_the_floor(void **state)
{
    uint32_t before;

    (void)state;
    make_bell(300, 50);
    before = tally_chance_floor_ppm(&chance, 10000, 10);
    chance.histogram[1000] = 30000; /* 3 % of all pairs score 1 */
    assert_true(tally_chance_floor_ppm(&chance, 10000, 10) < before + 150000);
}

static void
tiny_sources_are_looked_at_in_full(void **state)
{
    (void)state;
    make_bell(300, 50);
    assert_int_equal(tally_chance_floor_ppm(&chance, 5, 10), 1000);
    assert_int_equal(tally_chance_floor_ppm(&chance, 0, 10), 1000);
    memset(&chance, 0, sizeof chance);
    assert_int_equal(tally_chance_floor_ppm(&chance, 10000, 10), 1000);
}

static void
the_cautious_threshold_is_above_chance_and_above_plain_geometry(void **state)
{
    (void)state;
    make_bell(300, 50);
    assert_int_equal(tally_chance_threshold_ppm(&chance, 100, .2, &plain), 800000);
    make_bell(700, 40);
    assert_true(tally_chance_threshold_ppm(&chance, 100, .2, &plain) > 850000);
    memset(&chance, 0, sizeof chance);
    assert_int_equal(tally_chance_threshold_ppm(&chance, 0, .2, &plain), 800000);
}

static void
diffusion_lowers_the_cautious_threshold_as_its_geometry_says(void **state)
{
    (void)state;
    make_bell(480, 12);
    /* Dice .80 at a fill of .2 is 8 % of bits apart; after XORs of six (1 - .84^6) / 2 of
     * them, of filters with (1 - .6^6) / 2 set. */
    double expected = 1 - (1 - pow(.84, 6)) / 2 / (1 - pow(.6, 6));

    ASSERT_NEAR(tally_chance_threshold_ppm(&chance, 100, .2, &six) / 1e6, expected,
                .0011);
}

static void
the_axis_undoes_diffusion(void **state)
{
    double axis[TALLY_HISTOGRAM_BINS + 1];

    (void)state;
    tally_chance_axis(.2, &plain, axis);
    ASSERT_NEAR(axis[0], 0, 0);
    ASSERT_NEAR(axis[TALLY_HISTOGRAM_BINS], TALLY_HISTOGRAM_BINS, 0);
    tally_chance_axis(.2, &six, axis);
    for (size_t i = 1; i <= TALLY_HISTOGRAM_BINS; i++) {
        assert_true(axis[i] >= axis[i - 1]);
    }
    for (double dice = .6; dice < .99; dice += .05) {
        double differing = .4 * (1 - dice);
        double diffused = 1 - (1 - pow(1 - 2 * differing, 6)) / 2 / (1 - pow(.6, 6));
        double place = axis[(size_t)(diffused * 1000)];

        ASSERT_NEAR(place, dice * 1000, 5);
    }
    ASSERT_NEAR(axis[1000], 1000, 1e-6);
}

/* Two records that were the same are .095 of their bits apart after noise of .1 on each,
 * and filters with a fill of .2 have .23: Dice .79 is where plain filters agree in full.
 */
static void
the_axis_undoes_noise_and_never_falls(void **state)
{
    static const struct tally_hardening noise = {
        .n = 1, .steps = {{.kind = TALLY_HARDEN_BLIP, .f = .1}}};
    static const struct tally_hardening chain = {
        .n = 3,
        .steps = {{.kind = TALLY_HARDEN_BLIP, .f = .02},
                  {.kind = TALLY_HARDEN_DIFFUSION, .t = 3, .bits = 2048},
                  {.kind = TALLY_HARDEN_BALANCE}}};
    double axis[TALLY_HISTOGRAM_BINS + 1];

    (void)state;
    tally_chance_axis(.2, &noise, axis);
    ASSERT_NEAR(axis[(size_t)(1000 * (1 - .095 / .46))], 1000, 3);
    for (size_t i = 1; i <= TALLY_HISTOGRAM_BINS; i++) {
        assert_true(axis[i] >= axis[i - 1]);
    }
    tally_chance_axis(.2, &chain, axis);
    for (size_t i = 1; i <= TALLY_HISTOGRAM_BINS; i++) {
        assert_true(axis[i] >= axis[i - 1]);
    }
    make_bell(480, 12);
    /* Dice .80 is .08 apart, and after noise (1 - .84 * .81) / 2 of filters with .23. */
    ASSERT_NEAR(tally_chance_threshold_ppm(&chance, 100, .2, &noise) / 1e6,
                1 - .1598 / .46, .0011);
}

static void
more_pairs_are_sampled_for_greater_sources_within_bounds(void **state)
{
    (void)state;
    assert_true(tally_chance_pairs(0) >= 100000);
    assert_true(tally_chance_pairs(100000) > tally_chance_pairs(1000));
    assert_int_equal(tally_chance_pairs(SIZE_MAX), tally_chance_pairs(100000000));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_median_ignores_empty_records),
        cmocka_unit_test(the_floor_leaves_about_the_neighbours_wanted),
        cmocka_unit_test(a_heap_of_identical_records_does_not_lift_the_floor),
        cmocka_unit_test(tiny_sources_are_looked_at_in_full),
        cmocka_unit_test(the_cautious_threshold_is_above_chance_and_above_plain_geometry),
        cmocka_unit_test(diffusion_lowers_the_cautious_threshold_as_its_geometry_says),
        cmocka_unit_test(the_axis_undoes_diffusion),
        cmocka_unit_test(the_axis_undoes_noise_and_never_falls),
        cmocka_unit_test(more_pairs_are_sampled_for_greater_sources_within_bounds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

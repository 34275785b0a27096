/*
 * Curves with known answers: where the cut falls, what is expected of it, how
 * probabilities rise, and the valley of candidate pairs.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/curve.h"

#include "linker/chance.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ASSERT_NEAR(x, y, by) assert_true(fabs((x) - (y)) <= (by))

#define BINS TALLY_HISTOGRAM_BINS

static struct tally_curve curve;
static double axis[BINS + 1];

/* 1,000 true links evenly over .700 to .949; chance links halve every hundredth, with
 * ${at_700} of them at .700 and above. */
static void
make_curve(double at_700)
{
    memset(&curve, 0, sizeof curve);
    for (size_t bin = 500; bin < BINS; bin++) {
        double here = at_700 * exp2((700.0 - (double)bin) / 10);
        double above = at_700 * exp2((699.0 - (double)bin) / 10);

        curve.expected_false[bin] = here - above;
        curve.links[bin] = curve.expected_false[bin] + (bin >= 700 && bin < 950 ? 4 : 0);
    }
}

static void
the_cut_takes_all_true_links_when_chance_stays_away(void **state)
{
    struct tally_cut cut;

    (void)state;
    make_curve(1);
    cut = tally_curve_learn_cut(&curve, 500, .02);
    assert_in_range(cut.bin, 699, 701);
    ASSERT_NEAR(cut.false_share, 1.0 / 1001, 1e-4);
    ASSERT_NEAR(cut.recall, 1, 1e-3);
}

static void
the_cut_keeps_to_the_share_of_false_links_asked_for(void **state)
{
    static const double targets[] = {.001, .005, .02, .1};
    uint32_t last = BINS;

    (void)state;
    make_curve(400);
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        struct tally_cut cut = tally_curve_learn_cut(&curve, 500, targets[i]);

        assert_true(cut.bin < last);
        assert_true(cut.false_share <= targets[i]);
        last = cut.bin;
    }
}

static void
the_cut_stops_where_links_are_more_likely_false_than_true(void **state)
{
    struct tally_cut cut;

    (void)state;
    /* 100 chance links at .700 and above pass a target of 20 %, but from about .730 down
     * each bin holds more of them than the 4 true ones. */
    make_curve(500);
    cut = tally_curve_learn_cut(&curve, 500, .9);
    assert_true(cut.bin > 715);
    assert_true(cut.bin < 760);
}

/* ${n} links at .900 and, far below, ${more} of which ${wrong} are expected to be false. */
static uint32_t
cut_with_a_band(double n, double more, double wrong)
{
    memset(&curve, 0, sizeof curve);
    curve.links[900] = n;
    curve.links[600] = more;
    curve.expected_false[600] = wrong;
    return tally_curve_learn_cut(&curve, 500, .05).bin;
}

static void
links_that_chance_explains_are_left_out(void **state)
{
    (void)state;
    /* Where 4.5 are expected, 11 may be luck; where 450 are, 1,100 are not. */
    assert_int_equal(cut_with_a_band(200, 11, 4.5), 900);
    assert_int_equal(cut_with_a_band(20000, 1100, 450), 600);
    assert_int_equal(cut_with_a_band(200, 11, .5), 600);
}

static void
no_cut_is_found_where_everything_is_chance(void **state)
{
    struct tally_cut cut;

    (void)state;
    make_curve(100);
    for (size_t bin = 0; bin < BINS; bin++) {
        curve.links[bin] = curve.expected_false[bin];
    }
    cut = tally_curve_learn_cut(&curve, 500, .02);
    assert_int_equal(cut.bin, BINS);
    assert_true(isnan(cut.false_share));
    memset(&curve, 0, sizeof curve);
    assert_int_equal(tally_curve_learn_cut(&curve, 0, .02).bin, BINS);
}

static void
a_given_cut_gets_the_same_facts(void **state)
{
    struct tally_cut cut;

    (void)state;
    make_curve(10);
    cut = tally_curve_cut_at(&curve, 500, 800);
    ASSERT_NEAR(cut.false_share, 10 / 1024.0 / (600 + 10 / 1024.0), 1e-9);
    ASSERT_NEAR(cut.recall, .6, .01);
    assert_true(isnan(tally_curve_cut_at(&curve, 500, 1000).false_share) ||
                tally_curve_cut_at(&curve, 500, 1000).false_share > .99);
}

static void
probability_rises_with_the_score_from_nought_to_one(void **state)
{
    double probability[BINS];

    (void)state;
    make_curve(200);
    tally_curve_probability(&curve, 500, probability);
    for (size_t bin = 1; bin < BINS; bin++) {
        assert_true(probability[bin] >= probability[bin - 1]);
        assert_true(probability[bin] >= 0 && probability[bin] <= 1);
    }
    assert_true(probability[560] < .01);
    assert_true(probability[900] > .99);
}

static void
probabilities_add_up_to_the_links_expected_to_be_true(void **state)
{
    double probability[BINS];
    double sum = 0;
    double wrong = 0;
    double links = 0;

    (void)state;
    make_curve(50);
    tally_curve_probability(&curve, 500, probability);
    for (size_t bin = 500; bin < BINS; bin++) {
        sum += probability[bin] * curve.links[bin];
        links += curve.links[bin];
        wrong += curve.expected_false[bin];
    }
    ASSERT_NEAR(sum, links - wrong, 1e-6 * links);
}

static void
curves_of_several_pairs_add_up(void **state)
{
    struct tally_curve other;

    (void)state;
    make_curve(8);
    other = curve;
    tally_curve_add(&curve, &other);
    ASSERT_NEAR(curve.links[800], 2 * other.links[800], 1e-9);
    ASSERT_NEAR(curve.expected_false[600], 2 * other.expected_false[600], 1e-9);
}

/* ${chance} pairs at .500 and above, halving every hundredth, under a hump of 1,000. */
static void
make_pairs(double chance, double pairs[BINS])
{
    for (size_t bin = 0; bin < BINS; bin++) {
        double here = chance * exp2((500.0 - (double)bin) / 10);
        double above = chance * exp2((499.0 - (double)bin) / 10);

        pairs[bin] = bin < 500 ? 0 : floor(here - above + .5);
        pairs[bin] += bin >= 700 && bin < 950 ? 4 : 0;
    }
}

static void
the_valley_finds_how_chance_goes_on_under_the_true_pairs(void **state)
{
    double pairs[BINS];
    double at_650 = 0;
    struct tally_cut cut;

    (void)state;
    tally_chance_axis(.2, &(struct tally_hardening){0}, axis);
    make_pairs(100000, pairs);
    assert_true(tally_curve_from_valley(pairs, 500, axis, &curve));
    for (size_t bin = 650; bin < BINS; bin++) {
        at_650 += curve.expected_false[bin];
    }
    /* 100,000 halved fifteen times. */
    assert_true(at_650 > 2 && at_650 < 5);
    cut = tally_curve_learn_cut(&curve, 500, .02);
    assert_in_range(cut.bin, 660, 710);
    assert_true(cut.recall > .95);
}

static void
no_valley_is_claimed_without_a_fall(void **state)
{
    double pairs[BINS] = {0};

    (void)state;
    tally_chance_axis(.2, &(struct tally_hardening){0}, axis);
    assert_false(tally_curve_from_valley(pairs, 500, axis, &curve));
    for (size_t bin = 500; bin < BINS; bin++) {
        pairs[bin] = 50;
    }
    assert_false(tally_curve_from_valley(pairs, 500, axis, &curve));
    ASSERT_NEAR(curve.links[600], 50, 0);
    ASSERT_NEAR(curve.expected_false[600], 0, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_cut_takes_all_true_links_when_chance_stays_away),
        cmocka_unit_test(the_cut_keeps_to_the_share_of_false_links_asked_for),
        cmocka_unit_test(the_cut_stops_where_links_are_more_likely_false_than_true),
        cmocka_unit_test(links_that_chance_explains_are_left_out),
        cmocka_unit_test(no_cut_is_found_where_everything_is_chance),
        cmocka_unit_test(a_given_cut_gets_the_same_facts),
        cmocka_unit_test(probability_rises_with_the_score_from_nought_to_one),
        cmocka_unit_test(probabilities_add_up_to_the_links_expected_to_be_true),
        cmocka_unit_test(curves_of_several_pairs_add_up),
        cmocka_unit_test(the_valley_finds_how_chance_goes_on_under_the_true_pairs),
        cmocka_unit_test(no_valley_is_claimed_without_a_fall),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * Weighing views: what strangers and true pairs look like, and what follows for a pair.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/evidence.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "linker/assign.h"

#define PAIRS  20000
#define VIEWS  2
#define LEVELS TALLY_EVIDENCE_LEVELS

static double axis[TALLY_HISTOGRAM_BINS + 1];
static uint32_t strangers[PAIRS * VIEWS];

static uint32_t
key_of(double dice)
{
    return tally_edge_key((uint32_t)(dice * TALLY_PPM), 2 * TALLY_PPM);
}

/* Strangers score .1 to .3, seldom up to .5; one in a thousand is equal in the second
 * view. */
static struct tally_evidence
begun(void)
{
    static struct tally_evidence e;

    for (size_t i = 0; i < sizeof axis / sizeof axis[0]; i++) {
        axis[i] = (double)i;
    }
    for (size_t i = 0; i < PAIRS; i++) {
        double low = .1 + .2 * (double)(i * 7919 % PAIRS) / PAIRS;

        strangers[i * VIEWS] = key_of(i % 500 == 7 ? .5 : low);
        strangers[i * VIEWS + 1] = key_of(i % 1000 == 3 ? 1 : low);
    }
    tally_evidence_begin(&e, VIEWS, axis, strangers, PAIRS);
    return e;
}

static void
weights_never_fall_and_lie_between_those_of_levels(void **state)
{
    struct tally_evidence e = begun();

    (void)state;
    for (size_t v = 0; v < VIEWS; v++) {
        double last = -INFINITY;

        for (unsigned i = 0; i <= 1000; i++) {
            double w = tally_evidence_weight(&e, v, key_of(i / 1000.0));

            assert_true(w >= last && w - (i > 0 ? last : w) < 2);
            last = w;
        }
        assert_true(e.views[v].weight[0] < 0);
        assert_true(e.views[v].weight[LEVELS - 1] > 5);
    }
}

static void
equal_strangers_make_equal_encodings_weigh_less(void **state)
{
    struct tally_evidence e = begun();

    (void)state;
    assert_true(e.views[0].weight[LEVELS - 1] > e.views[1].weight[LEVELS - 1] + 5);
    assert_true(fabs(e.views[1].weight[LEVELS - 1] - log2(.75 / .001)) < .5);
}

static void
a_missing_view_says_nothing(void **state)
{
    struct tally_evidence e = begun();
    const uint32_t both[] = {key_of(1), TALLY_EVIDENCE_MISSING};
    const uint32_t none[] = {TALLY_EVIDENCE_MISSING, TALLY_EVIDENCE_MISSING};
    const uint32_t agree[] = {key_of(1), key_of(1)};
    const uint32_t differ[] = {key_of(1), key_of(.1)};

    (void)state;
    assert_true(tally_evidence_weight(&e, 0, TALLY_EVIDENCE_MISSING) == 0);
    assert_true(tally_evidence_ppm(&e, agree, 0) > tally_evidence_ppm(&e, both, 0));
    assert_true(tally_evidence_ppm(&e, both, 0) > tally_evidence_ppm(&e, differ, 0));
    assert_true(tally_evidence_ppm(&e, none, 0) < tally_evidence_ppm(&e, both, 0));
}

static void
scores_reach_from_one_end_to_the_other(void **state)
{
    struct tally_evidence e = begun();
    const uint32_t agree[] = {key_of(1), key_of(1)};
    const uint32_t differ[] = {0, 0};
    uint32_t rare;

    (void)state;
    assert_int_equal(tally_evidence_ppm(&e, agree, 0), TALLY_PPM);
    assert_true(tally_evidence_ppm(&e, agree, -1) < TALLY_PPM);
    assert_int_equal(tally_evidence_ppm(&e, agree, 1), TALLY_PPM);
    assert_int_equal(tally_evidence_ppm(&e, differ, 0), 0);
    rare = tally_evidence_rare_ppm(&e, 1000);
    assert_true(rare > 0 && rare < TALLY_PPM);
    assert_true(tally_evidence_rare_ppm(&e, 1e6) > rare);
    assert_int_equal(tally_evidence_rare_ppm(&e, 1e300), TALLY_PPM);
}

/* Links that are never equal, and differ freely in the second view. */
static void
what_true_pairs_look_like_is_learnt_from_links(void **state)
{
    static uint32_t links[500 * VIEWS];
    struct tally_evidence e = begun();
    double equal = e.views[0].weight[LEVELS - 1];
    double differing = e.views[1].weight[0];

    (void)state;
    for (size_t i = 0; i < 500; i++) {
        links[i * VIEWS] = key_of(.6);
        links[i * VIEWS + 1] = key_of(i % 2 == 0 ? .1 : 1);
    }
    tally_evidence_learn(&e, links, 500, 0);
    assert_true(e.views[0].m[LEVELS - 1] < .1);
    assert_true(tally_evidence_weight(&e, 0, key_of(.6)) > 5);
    assert_true(e.views[0].weight[LEVELS - 1] <= equal + 20);
    assert_true(e.views[1].weight[0] > differing + 4);
    assert_true(e.views[1].weight[0] < 0);
}

static void
true_pairs_among_the_random_ones_are_taken_off(void **state)
{
    static uint32_t links[500 * VIEWS];
    struct tally_evidence e = begun();
    double before;

    (void)state;
    for (size_t i = 0; i < 500; i++) {
        links[i * VIEWS] = key_of(1);
        links[i * VIEWS + 1] = key_of(1);
    }
    tally_evidence_learn(&e, links, 500, 0);
    before = e.views[1].weight[LEVELS - 1];
    tally_evidence_learn(&e, links, 500, .0008);
    assert_true(e.views[1].weight[LEVELS - 1] > before + 1);
}

static void
without_random_pairs_or_links_nothing_breaks(void **state)
{
    struct tally_evidence e = begun();
    const uint32_t keys[] = {key_of(1), key_of(.2)};

    (void)state;
    tally_evidence_begin(&e, VIEWS, axis, strangers, 0);
    assert_true(tally_evidence_ppm(&e, keys, 0) <= TALLY_PPM);
    tally_evidence_learn(&e, NULL, 0, 0);
    assert_true(tally_evidence_ppm(&e, keys, 0) <= TALLY_PPM);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_never_fall_and_lie_between_those_of_levels),
        cmocka_unit_test(equal_strangers_make_equal_encodings_weigh_less),
        cmocka_unit_test(a_missing_view_says_nothing),
        cmocka_unit_test(scores_reach_from_one_end_to_the_other),
        cmocka_unit_test(what_true_pairs_look_like_is_learnt_from_links),
        cmocka_unit_test(true_pairs_among_the_random_ones_are_taken_off),
        cmocka_unit_test(without_random_pairs_or_links_nothing_breaks),
    };

    return cmocka_run_group_tests_name("evidence", tests, NULL, NULL);
}

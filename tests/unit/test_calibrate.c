/*
 * Expected false links against simulated sources whose truth is known: sizes alike and
 * not, no matches, nothing but matches, duplicates declared and not.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/calibrate.h"

#include "linker/chance.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FLOOR     500
#define EDGES_MAX 400000

static uint64_t random_state;
static double axis[TALLY_HISTOGRAM_BINS + 1];

static double
uniform(void)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return ((double)(random_state >> 11) + .5) / 9007199254740992.0;
}

static uint32_t
below(size_t n)
{
    return (uint32_t)(uniform() * (double)n);
}

static uint32_t
key_of(double dice)
{
    return (uint32_t)(dice / 2 * 4294967296.0);
}

/* A source or a pair of sources, as a list of edges. */
struct edges {
    struct tally_edge *list;
    size_t n;
};

static int
descending(const void *x, const void *y)
{
    const struct tally_edge *a = x;
    const struct tally_edge *b = y;

    if (a->key != b->key) {
        return a->key > b->key ? -1 : 1;
    }
    if (a->a != b->a) {
        return a->a < b->a ? -1 : 1;
    }
    return a->b < b->b ? -1 : a->b > b->b;
}

static void
add(struct edges *e, uint32_t a, uint32_t b, double dice)
{
    assert_true(e->n < EDGES_MAX);
    e->list[e->n++] = (struct tally_edge){a, b, key_of(fmin(dice, 1))};
}

/* Chance pairs of ${na} x ${nb} records: ${rate} a pair reach the floor, and an e-th of
 * those each further 35 thousandths. */
static void
add_chance(struct edges *e, size_t na, size_t nb, bool inside, double rate)
{
    double expected = rate * (double)na * (double)nb / (inside ? 2 : 1);

    for (size_t i = 0; i < (size_t)expected; i++) {
        uint32_t a = below(na);
        uint32_t b = below(nb);

        if (!inside || a != b) {
            add(e, inside && b < a ? b : a, inside && b < a ? a : b,
                FLOOR / 1000.0 - .035 * log(uniform()));
        }
    }
}

/* Two sources of which the first ${matches} records are the same people. */
struct world {
    size_t na;
    size_t nb;
    size_t matches;
    size_t twice_a; /* pairs of records inside A that are one person */
    struct tally_assign_rule rule;
    bool clean_a;
    bool clean_b;
    struct edges inside_a;
    struct edges inside_b;
    struct edges cross;
    struct tally_edge *links;
    size_t nlinks;
    struct tally_curve curve;
    bool enough;
};

#define RATE 1e-3

static double
match_score(void)
{
    return 1 - .3 * uniform() * uniform();
}

static void
make(struct world *w)
{
    struct edges *all[] = {&w->inside_a, &w->inside_b, &w->cross};
    struct tally_err err = TALLY_ERR_INIT;

    for (size_t i = 0; i < 3; i++) {
        all[i]->list = malloc(EDGES_MAX * sizeof *all[i]->list);
        assert_non_null(all[i]->list);
    }
    add_chance(&w->inside_a, w->na, w->na, true, RATE);
    add_chance(&w->inside_b, w->nb, w->nb, true, RATE);
    add_chance(&w->cross, w->na, w->nb, false, RATE);
    for (uint32_t i = 0; i < w->matches; i++) {
        add(&w->cross, i, i, match_score());
    }
    for (uint32_t i = 0; i < w->twice_a; i++) {
        add(&w->inside_a, i, (uint32_t)w->na - 1 - i, match_score());
        if (i < w->matches) {
            add(&w->cross, (uint32_t)w->na - 1 - i, i, match_score());
        }
    }
    for (size_t i = 0; i < 3; i++) {
        qsort(all[i]->list, all[i]->n, sizeof *all[i]->list, descending);
    }
    w->rule.na = w->na;
    w->rule.nb = w->nb;
    assert_int_equal(tally_assign_links(w->cross.list, w->cross.n, &w->rule, &w->links,
                                        &w->nlinks, &err),
                     0);
}

static void
measure(struct world *w, bool trimmed)
{
    struct tally_measure_job job = {
        .a = {w->na, w->na, w->inside_a.list, w->inside_a.n},
        .b = {w->nb, w->nb, w->inside_b.list, w->inside_b.n},
        .clean_a = w->clean_a,
        .clean_b = w->clean_b,
        .rule = &w->rule,
        .candidates = w->cross.list,
        .ncandidates = w->cross.n,
        .links = w->links,
        .nlinks = w->nlinks,
        .floor_bin = FLOOR,
        .axis = axis,
    };
    struct tally_err err = TALLY_ERR_INIT;

    assert_int_equal(tally_measure(&job, trimmed, &w->curve, &w->enough, &err), 0);
}

static void
destroy(struct world *w)
{
    free(w->inside_a.list);
    free(w->inside_b.list);
    free(w->cross.list);
    free(w->links);
    memset(w, 0, sizeof *w);
}

static bool
is_true(const struct world *w, const struct tally_edge *e)
{
    uint32_t a = e->a;

    if (a >= w->na - w->twice_a) {
        a = (uint32_t)w->na - 1 - a;
    }
    return a == e->b && a < w->matches;
}

/* Expected and actual false links at ${bin} and above. */
static double
expected_from(const struct world *w, size_t bin)
{
    double sum = 0;

    for (size_t i = TALLY_HISTOGRAM_BINS; i-- > bin;) {
        sum += w->curve.expected_false[i];
    }
    return sum;
}

static double
false_from(const struct world *w, size_t bin)
{
    double n = 0;

    for (size_t i = 0; i < w->nlinks; i++) {
        n += tally_edge_bin(w->links[i].key) >= bin && !is_true(w, &w->links[i]);
    }
    return n;
}

/* Within four standard deviations of a count, and a quarter. */
static void
assert_alike(double expected, double actual)
{
    double slack = 4 * sqrt(actual + 1) + actual / 4;

    if (fabs(expected - actual) > slack) {
        print_error("expected %.1f false links, there are %.0f\n", expected, actual);
        fail();
    }
}

static int
setup(void **state)
{
    (void)state;
    random_state = 20260417;
    tally_chance_axis(.2, &(struct tally_hardening){0}, axis);
    return 0;
}

static void
half_matched_sources_are_measured_right(void **state)
{
    struct world w = {
        .na = 4000, .nb = 4000, .matches = 2000, .clean_a = true, .clean_b = true};

    (void)state;
    make(&w);
    measure(&w, false);
    assert_true(w.enough);
    for (size_t bin = 560; bin <= 680; bin += 40) {
        assert_alike(expected_from(&w, bin), false_from(&w, bin));
    }
    destroy(&w);
}

static void
sources_without_matches_expect_all_their_links_to_be_false(void **state)
{
    struct world w = {.na = 3000, .nb = 3000, .clean_a = true, .clean_b = true};

    (void)state;
    make(&w);
    measure(&w, false);
    assert_alike(expected_from(&w, 560), false_from(&w, 560));
    assert_int_equal(tally_curve_learn_cut(&w.curve, FLOOR, .02).bin,
                     TALLY_HISTOGRAM_BINS);
    destroy(&w);
}

static void
a_small_source_against_a_great_one_without_matches_links_nothing(void **state)
{
    struct world w = {.na = 200, .nb = 10000, .clean_a = true, .clean_b = true};

    (void)state;
    make(&w);
    measure(&w, false);
    assert_true(w.enough);
    assert_true(false_from(&w, 600) > 20);
    assert_alike(expected_from(&w, 640), false_from(&w, 640));
    assert_int_equal(tally_curve_learn_cut(&w.curve, FLOOR, .02).bin,
                     TALLY_HISTOGRAM_BINS);
    destroy(&w);
}

static void
a_small_source_wholly_inside_a_great_one_is_linked(void **state)
{
    struct world w = {
        .na = 200, .nb = 10000, .matches = 200, .clean_a = true, .clean_b = true};
    struct tally_cut cut;

    (void)state;
    make(&w);
    measure(&w, false);
    cut = tally_curve_learn_cut(&w.curve, FLOOR, .02);
    assert_true(cut.bin < 800);
    assert_true(false_from(&w, cut.bin) <= 8);
    destroy(&w);
}

static void
sources_with_nothing_but_matches_expect_few_false_links(void **state)
{
    struct world w = {
        .na = 3000, .nb = 3000, .matches = 3000, .clean_a = true, .clean_b = true};

    (void)state;
    make(&w);
    measure(&w, false);
    assert_true(expected_from(&w, FLOOR) < 20);
    assert_true(tally_curve_learn_cut(&w.curve, FLOOR, .02).bin < 720);
    destroy(&w);
}

static void
declared_duplicates_leave_the_decoys_of_the_clean_source(void **state)
{
    struct world w = {.na = 4000,
                      .nb = 4000,
                      .matches = 1500,
                      .twice_a = 600,
                      .rule = {.many_b = true},
                      .clean_a = false,
                      .clean_b = true};

    (void)state;
    make(&w);
    measure(&w, false);
    assert_true(w.enough);
    for (size_t bin = 600; bin <= 680; bin += 40) {
        assert_alike(expected_from(&w, bin), false_from(&w, bin));
    }
    destroy(&w);
}

static void
undeclared_duplicates_are_overcome_by_trimming(void **state)
{
    struct world w = {.na = 4000,
                      .nb = 4000,
                      .matches = 1500,
                      .twice_a = 400,
                      .clean_a = true,
                      .clean_b = true};

    (void)state;
    make(&w);
    measure(&w, false);
    assert_int_equal(tally_curve_learn_cut(&w.curve, FLOOR, .02).bin,
                     TALLY_HISTOGRAM_BINS);
    measure(&w, true);
    assert_true(tally_curve_learn_cut(&w.curve, FLOOR, .02).bin < 800);
    destroy(&w);
}

/* That hardly anybody is left of B at low scores says nothing of the links at better
 * ones. */
static void
few_who_are_left_do_not_make_links_true(void **state)
{
    struct world w = {.na = 4000,
                      .nb = 1500,
                      .matches = 1480,
                      .twice_a = 300,
                      .clean_a = true,
                      .clean_b = true};

    (void)state;
    make(&w);
    measure(&w, true);
    assert_true(w.enough);
    for (size_t bin = 540; bin <= 700; bin += 40) {
        assert_true(expected_from(&w, bin) > .7 * false_from(&w, bin));
        assert_true(expected_from(&w, bin) < 2 * false_from(&w, bin) + 10);
    }
    destroy(&w);
}

static void
two_sources_with_duplicates_have_no_decoys(void **state)
{
    struct world w = {
        .na = 500, .nb = 500, .matches = 100, .rule = {.many_a = true, .many_b = true}};

    (void)state;
    make(&w);
    measure(&w, false);
    assert_false(w.enough);
    assert_true(expected_from(&w, 0) <= 0);
    destroy(&w);
}

static void
links_without_limit_are_measured_pair_by_pair(void **state)
{
    struct world w = {.na = 2000,
                      .nb = 2000,
                      .matches = 500,
                      .rule = {.many_a = true, .many_b = true},
                      .clean_a = true,
                      .clean_b = true};

    (void)state;
    make(&w);
    measure(&w, false);
    assert_true(w.enough);
    assert_alike(expected_from(&w, 600), false_from(&w, 600));
    destroy(&w);
}

static void
a_handful_of_records_is_not_enough(void **state)
{
    struct world w = {
        .na = 20, .nb = 20, .matches = 10, .clean_a = true, .clean_b = true};

    (void)state;
    make(&w);
    measure(&w, false);
    assert_false(w.enough);
    destroy(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(half_matched_sources_are_measured_right, setup),
        cmocka_unit_test_setup(sources_without_matches_expect_all_their_links_to_be_false,
                               setup),
        cmocka_unit_test_setup(
            a_small_source_against_a_great_one_without_matches_links_nothing, setup),
        cmocka_unit_test_setup(a_small_source_wholly_inside_a_great_one_is_linked, setup),
        cmocka_unit_test_setup(sources_with_nothing_but_matches_expect_few_false_links,
                               setup),
        cmocka_unit_test_setup(declared_duplicates_leave_the_decoys_of_the_clean_source,
                               setup),
        cmocka_unit_test_setup(undeclared_duplicates_are_overcome_by_trimming, setup),
        cmocka_unit_test_setup(few_who_are_left_do_not_make_links_true, setup),
        cmocka_unit_test_setup(two_sources_with_duplicates_have_no_decoys, setup),
        cmocka_unit_test_setup(links_without_limit_are_measured_pair_by_pair, setup),
        cmocka_unit_test_setup(a_handful_of_records_is_not_enough, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

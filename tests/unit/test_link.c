/*
 * Linking made-up people end to end: two sources, many, one alone; tiny, empty and
 * strange ones; thresholds learnt and given; the same result on any number of threads.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/link.h"

#include "bloom/base/interrupt.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/encbuild.h"
#include "tests/support/people.h"
#include "tests/support/scratch.h"

#define SOURCES_MAX 4

/* A run over made-up sources. */
struct trial {
    struct tally_encfile *enc[SOURCES_MAX];
    struct tally_link_source sources[SOURCES_MAX];
    struct tally_link_job job;
    struct tally_link_result r;
};

static void
open_trial(struct trial *t, const struct people_source *people, size_t n)
{
    char path[32];
    struct tally_err err = TALLY_ERR_INIT;

    memset(t, 0, sizeof *t);
    for (size_t i = 0; i < n; i++) {
        (void)snprintf(path, sizeof path, "%zu.enc", i);
        t->enc[i] = people_open(&people[i], path);
        t->sources[i] = (struct tally_link_source){people[i].name, t->enc[i]};
    }
    t->job.sources = t->sources;
    t->job.nsources = n;
    assert_int_equal(tally_pool_create(&t->job.pool, 2, &err), 0);
}

static void
run_trial(struct trial *t)
{
    struct tally_err err = TALLY_ERR_INIT;

    tally_link_result_free(&t->r);
    if (tally_link_run(&t->job, &t->r, &err) != 0) {
        fail_msg("%s", err.text);
    }
}

static void
close_trial(struct trial *t)
{
    tally_link_result_free(&t->r);
    tally_pool_free(t->job.pool);
    for (size_t i = 0; i < SOURCES_MAX; i++) {
        tally_encfile_close(t->enc[i]);
    }
}

static bool
is_true(const struct trial *t, const struct tally_link *l)
{
    uint32_t a = people_person(t->enc[l->source_a], l->row_a);

    return a != UINT32_MAX && a == people_person(t->enc[l->source_b], l->row_b);
}

static size_t
count_true(const struct trial *t)
{
    size_t n = 0;

    for (size_t i = 0; i < t->r.nlinks; i++) {
        n += is_true(t, &t->r.links[i]);
    }
    return n;
}

/* Clusters fall into parts and come together in wider ones, and links say so. */
static void
assert_ranges_sound(const struct trial *t)
{
    const struct tally_link_result *r = &t->r;
    uint32_t *parts = calloc(r->nclusters + 1, sizeof *parts);

    assert_non_null(parts);
    for (size_t s = 0; s < r->nsources; s++) {
        for (size_t row = 0; row < r->nrecords[s]; row++) {
            uint32_t c = r->cluster[s][row];

            assert_true(r->part[s][row] <= parts[c]);
            parts[c] += r->part[s][row] == parts[c];
            assert_true(r->wider[s][row] <= c);
        }
    }
    for (size_t i = 0; i < r->nlinks; i++) {
        const struct tally_link *l = &r->links[i];
        bool together =
            r->part[l->source_a][l->row_a] == r->part[l->source_b][l->row_b];

        assert_int_equal(l->band, together ? TALLY_BAND_IS_MATCH : TALLY_BAND_IS_POSSIBLE);
        assert_int_equal(r->wider[l->source_a][l->row_a],
                         r->wider[l->source_b][l->row_b]);
    }
    for (size_t i = 0; i < r->nfurther; i++) {
        const struct tally_link *l = &r->further[i];

        assert_int_equal(l->band, TALLY_BAND_IS_POSSIBLE);
        assert_int_not_equal(r->cluster[l->source_a][l->row_a],
                             r->cluster[l->source_b][l->row_b]);
        assert_int_equal(r->wider[l->source_a][l->row_a],
                         r->wider[l->source_b][l->row_b]);
    }
    for (size_t i = 0; i < r->ncalibrations; i++) {
        const struct tally_calibration *c = &r->calibrations[i];

        assert_true(c->low_ppm <= c->threshold_ppm || c->threshold_ppm == TALLY_PPM);
        assert_true(c->threshold_ppm <= c->high_ppm || c->threshold_ppm == TALLY_PPM);
        assert_true(c->high_ppm <= TALLY_BAND_NONE_PPM);
    }
    free(parts);
}

/* Links in order, inside their clusters, scored right; clusters numbered without a gap.
 */
static void
assert_sound(const struct trial *t)
{
    const struct tally_link_result *r = &t->r;
    uint32_t next = 0;

    for (size_t i = 0; i < r->nlinks; i++) {
        const struct tally_link *l = &r->links[i];

        assert_true(l->source_a < l->source_b ||
                    (r->nsources == 1 && l->row_a < l->row_b));
        assert_int_equal(r->cluster[l->source_a][l->row_a],
                         r->cluster[l->source_b][l->row_b]);
        assert_int_equal(l->total,
                         tally_encfile_popcounts(t->enc[l->source_a])[l->row_a] +
                             tally_encfile_popcounts(t->enc[l->source_b])[l->row_b]);
        assert_true(isnan(l->probability) ||
                    (l->probability >= 0 && l->probability <= 1));
        assert_true(i == 0 || (uint64_t)r->links[i - 1].common * l->total >=
                                  (uint64_t)l->common * r->links[i - 1].total);
    }
    for (size_t s = 0; s < r->nsources; s++) {
        for (size_t row = 0; row < r->nrecords[s]; row++) {
            assert_true(r->cluster[s][row] <= next);
            next += r->cluster[s][row] == next;
            assert_true(r->strength[s][row] >= 0 && r->strength[s][row] <= 1);
        }
    }
    assert_int_equal(next, r->nclusters);
    assert_ranges_sound(t);
}

static const struct people_source halves[] = {
    {.name = "police", .first = 0, .n = 900, .errors_percent = 15},
    {.name = "health", .first = 450, .n = 900, .errors_percent = 15}};

static void
two_sources_find_their_people_at_a_threshold_of_their_own(void **state)
{
    struct trial t;
    const struct tally_calibration *c;

    (void)state;
    open_trial(&t, halves, 2);
    run_trial(&t);
    assert_sound(&t);
    c = &t.r.calibrations[0];
    assert_int_equal(t.r.ncalibrations, 1);
    assert_int_equal(c->how, TALLY_THRESHOLD_DECOYS);
    assert_false(c->low_confidence);
    assert_int_equal(c->links, t.r.nlinks);
    assert_true(count_true(&t) >= 430);
    assert_true(t.r.nlinks - count_true(&t) <= 15);
    assert_true(c->estimated_precision > .97);
    assert_true(c->estimated_recall > .8 && c->estimated_recall <= 1);
    assert_true(c->false_links >= 0 && c->false_links < 20);
    assert_true(t.r.compared >= 900 * 900);
    assert_true(t.r.seconds >= 0);
    close_trial(&t);
}

static void
a_record_has_one_link_at_most_to_another_clean_source(void **state)
{
    struct trial t;
    uint8_t seen[2][900] = {{0}};

    (void)state;
    open_trial(&t, halves, 2);
    run_trial(&t);
    for (size_t i = 0; i < t.r.nlinks; i++) {
        assert_int_equal(seen[0][t.r.links[i].row_a]++, 0);
        assert_int_equal(seen[1][t.r.links[i].row_b]++, 0);
    }
    for (size_t row = 0; row < 900; row++) {
        assert_int_equal(seen[0][row] != 0, t.r.strength[0][row] > 0);
    }
    close_trial(&t);
}

static void
the_result_is_the_same_on_any_number_of_threads(void **state)
{
    struct tally_link_result first = {0};
    struct tally_err err = TALLY_ERR_INIT;
    struct trial t;

    (void)state;
    open_trial(&t, halves, 2);
    run_trial(&t);
    first = t.r;
    t.r = (struct tally_link_result){0};
    for (unsigned threads = 1; threads <= 4; threads += 3) {
        tally_pool_free(t.job.pool);
        t.job.pool = NULL;
        assert_int_equal(tally_pool_create(&t.job.pool, threads, &err), 0);
        run_trial(&t);
        assert_int_equal(t.r.nlinks, first.nlinks);
        assert_memory_equal(t.r.links, first.links, first.nlinks * sizeof *first.links);
        assert_memory_equal(t.r.cluster[1], first.cluster[1], 900 * sizeof(uint32_t));
        assert_int_equal(t.r.calibrations[0].threshold_ppm,
                         first.calibrations[0].threshold_ppm);
    }
    tally_link_result_free(&first);
    close_trial(&t);
}

static void
strangers_are_left_alone(void **state)
{
    static const struct people_source people[] = {
        {.name = "police", .first = 0, .n = 200, .errors_percent = 10},
        {.name = "health", .first = 5000, .n = 3000, .errors_percent = 10}};
    struct trial t;

    (void)state;
    open_trial(&t, people, 2);
    run_trial(&t);
    assert_sound(&t);
    assert_true(t.r.nlinks <= 2);
    assert_true(t.r.calibrations[0].low_confidence);
    close_trial(&t);
}

static void
a_handful_of_records_falls_back_to_a_cautious_threshold(void **state)
{
    static const struct people_source people[] = {{.name = "police", .first = 0, .n = 8},
                                                  {.name = "health", .first = 4, .n = 6}};
    struct trial t;

    (void)state;
    open_trial(&t, people, 2);
    run_trial(&t);
    assert_sound(&t);
    assert_int_equal(t.r.calibrations[0].how, TALLY_THRESHOLD_FALLBACK);
    assert_true(t.r.calibrations[0].low_confidence);
    assert_true(t.r.calibrations[0].threshold_ppm >= 800000);
    assert_true(isnan(t.r.calibrations[0].estimated_precision));
    assert_int_not_equal(t.r.calibrations[0].note[0], '\0');
    assert_int_equal(t.r.nlinks, 4);
    assert_int_equal(count_true(&t), 4);
    assert_true(isnan(t.r.links[0].probability));
    assert_true(t.r.strength[0][t.r.links[0].row_a] > .99f); /* the score */
    close_trial(&t);
}

static void
empty_sources_and_empty_records_link_to_nothing(void **state)
{
    static const struct people_source people[] = {
        {.name = "police", .first = 0, .n = 300, .empty = 50},
        {.name = "health", .first = 0, .n = 0, .empty = 40},
        {.name = "school", .first = 0, .n = 0}};
    struct trial t;

    (void)state;
    open_trial(&t, people, 3);
    run_trial(&t);
    assert_sound(&t);
    assert_int_equal(t.r.nlinks, 0);
    assert_int_equal(t.r.nclusters, 390);
    assert_int_equal(t.r.ncalibrations, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(t.r.calibrations[i].how, TALLY_THRESHOLD_FALLBACK);
        assert_non_null(strstr(t.r.calibrations[i].note, "no usable record"));
    }
    close_trial(&t);
}

static void
one_record_alone_is_a_cluster(void **state)
{
    static const struct people_source people[] = {{.name = "police", .first = 0, .n = 1}};
    struct trial t;

    (void)state;
    open_trial(&t, people, 1);
    run_trial(&t);
    assert_int_equal(t.r.nclusters, 1);
    assert_int_equal(t.r.nlinks, 0);
    close_trial(&t);
}

static void
the_precision_comes_with_an_interval_and_bands(void **state)
{
    static const struct people_source people[] = {
        {.name = "police", .first = 0, .n = 1500, .errors_percent = 10},
        {.name = "health", .first = 750, .n = 1500, .errors_percent = 10}};
    struct trial t;
    const struct tally_calibration *c;
    double precision;

    (void)state;
    open_trial(&t, people, 2);
    run_trial(&t);
    c = &t.r.calibrations[0];
    precision = (double)count_true(&t) / (double)t.r.nlinks;
    assert_true(c->precision_low <= c->estimated_precision);
    assert_true(c->precision_high >= c->estimated_precision);
    /* Some keys in twenty miss it, but not by much. */
    assert_true(c->precision_low - .01 <= precision);
    assert_true(precision <= c->precision_high + .01);
    assert_true(c->precision_low > .9 && c->precision_high <= 1);
    assert_true(c->sensitivity >= 0 && c->sensitivity <= 1);
    assert_true(c->matches > 0 && c->matches + c->possible >= t.r.nlinks);
    close_trial(&t);
}

/* Under the high threshold links are fewer and truer, and the low one would add some: a
 * range with something on both sides. */
static void
the_high_and_the_low_threshold_make_a_range(void **state)
{
    static const struct people_source people[] = {
        {.name = "police", .first = 0, .n = 1500, .errors_percent = 60},
        {.name = "health", .first = 750, .n = 1500, .errors_percent = 60}};
    struct trial t;
    size_t matches = 0;
    size_t wrong = 0;

    (void)state;
    open_trial(&t, people, 2);
    run_trial(&t);
    assert_sound(&t);
    for (size_t i = 0; i < t.r.nlinks; i++) {
        bool match = t.r.links[i].band == TALLY_BAND_IS_MATCH;

        matches += match;
        wrong += match && !is_true(&t, &t.r.links[i]);
    }
    assert_in_range(matches, 1, t.r.nlinks - 1);
    assert_true(wrong * 20 <= matches);
    assert_true(t.r.nfurther > 0);
    assert_int_equal(t.r.calibrations[0].further, t.r.nfurther);
    close_trial(&t);
}

static void
one_source_is_searched_for_people_who_stand_twice(void **state)
{
    static const struct people_source people[] = {
        {.name = "police", .first = 0, .n = 2500, .twice = 400, .errors_percent = 10}};
    struct trial t;

    (void)state;
    open_trial(&t, people, 1);
    run_trial(&t);
    assert_sound(&t);
    assert_int_equal(t.r.calibrations[0].how, TALLY_THRESHOLD_DECOYS);
    assert_true(t.r.calibrations[0].low_confidence);
    assert_true(count_true(&t) >= 360);
    assert_true(t.r.nlinks - count_true(&t) <= 40);
    assert_true(t.r.links[0].probability > .9f);
    close_trial(&t);
}

static void
several_sources_make_clusters_with_one_record_of_each(void **state)
{
    static const struct people_source people[] = {
        {.name = "police", .first = 0, .n = 500, .errors_percent = 15},
        {.name = "health", .first = 200, .n = 600, .errors_percent = 15},
        {.name = "school", .first = 100, .n = 500, .errors_percent = 15}};
    static uint8_t held[1600][3];
    struct trial t;
    size_t of_three = 0;

    (void)state;
    open_trial(&t, people, 3);
    run_trial(&t);
    assert_sound(&t);
    assert_int_equal(t.r.ncalibrations, 3);
    /* 300 in police and health, 400 in police and school, 400 in health and school. */
    assert_true(count_true(&t) >= 1040);
    assert_true(t.r.nlinks - count_true(&t) <= 40);
    memset(held, 0, sizeof held);
    for (size_t s = 0; s < 3; s++) {
        for (size_t row = 0; row < t.r.nrecords[s]; row++) {
            assert_int_equal(held[t.r.cluster[s][row]][s]++, 0);
        }
    }
    /* Links are the pairs of the clusters, all of them. */
    for (size_t i = 0; i < t.r.nclusters; i++) {
        unsigned n = (unsigned)held[i][0] + held[i][1] + held[i][2];

        of_three += n * (n - 1) / 2;
    }
    assert_int_equal(of_three, t.r.nlinks);
    close_trial(&t);
}

static void
small_sources_among_several_are_set_together(void **state)
{
    static const struct people_source people[] = {
        {.name = "police", .first = 0, .n = 90, .errors_percent = 10},
        {.name = "health", .first = 0, .n = 900, .errors_percent = 10},
        {.name = "school", .first = 450, .n = 900, .errors_percent = 10}};
    struct trial t;

    (void)state;
    open_trial(&t, people, 3);
    run_trial(&t);
    assert_sound(&t);
    assert_int_equal(t.r.calibrations[0].how, TALLY_THRESHOLD_DECOYS);
    assert_non_null(strstr(t.r.calibrations[0].note, "taken together"));
    assert_true(t.r.calibrations[0].links >= 80);
    assert_int_equal(t.r.calibrations[2].note[0], '\0');
    close_trial(&t);
}

static void
a_declared_source_may_hold_a_person_twice(void **state)
{
    static const struct people_source people[] = {
        {.name = "health", .first = 0, .n = 800, .errors_percent = 10},
        {.name = "police",
         .first = 300,
         .n = 800,
         .twice = 200,
         .errors_percent = 10,
         .duplicates_possible = 1}};
    struct trial t;
    unsigned twice = 0;
    unsigned links[800] = {0};

    (void)state;
    open_trial(&t, people, 2);
    run_trial(&t);
    assert_sound(&t);
    assert_int_equal(t.r.calibrations[0].how, TALLY_THRESHOLD_DECOYS);
    assert_non_null(strstr(t.r.calibrations[0].note, "the other alone"));
    for (size_t i = 0; i < t.r.nlinks; i++) {
        twice += ++links[t.r.links[i].row_a] == 2;
    }
    /* 500 in both, 200 of them twice in police. */
    assert_true(count_true(&t) >= 660);
    assert_true(t.r.nlinks - count_true(&t) <= 30);
    assert_true(twice >= 180);
    close_trial(&t);
}

static void
a_bound_for_false_links_is_stricter_over_many_sources(void **state)
{
    struct tally_link_job job = {.nsources = 1};

    (void)state;
    assert_true(tally_link_fdr(&job) == TALLY_FDR_ALONE);
    job.nsources = 2;
    assert_true(tally_link_fdr(&job) == TALLY_FDR_DEFAULT);
    job.nsources = 3;
    assert_true(tally_link_fdr(&job) == TALLY_FDR_SEVERAL);
    job.fdr = .1;
    assert_true(tally_link_fdr(&job) == .1);
}

static void
two_declared_sources_are_judged_by_groups(void **state)
{
    struct people_source people[] = {halves[0], halves[1]};
    struct trial t;

    (void)state;
    people[0].duplicates_possible = 1;
    people[1].duplicates_possible = 1;
    open_trial(&t, people, 2);
    run_trial(&t);
    assert_sound(&t);
    assert_int_equal(t.r.calibrations[0].how, TALLY_THRESHOLD_GROUPS);
    assert_true(count_true(&t) >= 420);
    assert_true(t.r.nlinks - count_true(&t) <= 60);
    close_trial(&t);
}

static void
a_given_threshold_is_kept_to_and_still_judged(void **state)
{
    struct trial t;
    const struct tally_calibration *c;

    (void)state;
    open_trial(&t, halves, 2);
    t.job.threshold_ppm = 700000;
    run_trial(&t);
    assert_sound(&t);
    c = &t.r.calibrations[0];
    assert_int_equal(c->how, TALLY_THRESHOLD_GIVEN);
    assert_int_equal(c->threshold_ppm, 700000);
    assert_true(c->floor_ppm < 700000 && c->floor_ppm >= 600000);
    assert_true(c->estimated_precision > .9);
    assert_true(isnan(c->estimated_recall));
    assert_true(t.r.nlinks > 300);
    for (size_t i = 0; i < t.r.nlinks; i++) {
        assert_true(2000000ull * t.r.links[i].common >= 700000ull * t.r.links[i].total);
        assert_true(t.r.links[i].probability >= 0);
    }
    t.job.threshold_ppm = TALLY_PPM;
    run_trial(&t);
    for (size_t i = 0; i < t.r.nlinks; i++) {
        assert_int_equal(2 * t.r.links[i].common, t.r.links[i].total);
    }
    close_trial(&t);
}

/* All pairs of ${nsources} sources: 1000 links each, right by .98 more or less .01. */
static void
make_calibrations(struct tally_calibration *c, uint32_t nsources)
{
    for (uint32_t a = 0; a < nsources; a++) {
        for (uint32_t b = a + 1; b < nsources; b++) {
            *c++ = (struct tally_calibration){.source_a = a,
                                              .source_b = b,
                                              .links = 1000,
                                              .false_links = 20,
                                              .estimated_precision = .98,
                                              .precision_low = .97,
                                              .precision_high = .99};
        }
    }
}

static void
intervals_of_pairs_are_put_together(void **state)
{
    static struct tally_calibration c[10];
    struct tally_precision p;

    (void)state;
    make_calibrations(c, 5);
    p = tally_link_precision(c, 1);
    assert_true(fabs(p.estimate - .98) < 1e-9);
    assert_true(fabs(p.low - .97) < 1e-9 && fabs(p.high - .99) < 1e-9);
    /* Each of ten pairs shares a source with six: 10 (1 + 6 / 2 + 3 / 4). */
    p = tally_link_precision(c, 10);
    assert_true(fabs(p.estimate - .98) < 1e-9);
    assert_true(fabs(p.estimate - p.low - .01 * sqrt(47.5) / 10) < 1e-9);
    assert_true(fabs(p.high - p.estimate - .01 * sqrt(47.5) / 10) < 1e-9);
    make_calibrations(c, 3);
    p = tally_link_precision(c, 3);
    assert_true(fabs(p.estimate - p.low - .01 * sqrt(6) / 3) < 1e-9);
    /* A side that is cut off at 1 is as wide as the other. */
    c[0].precision_high = .985;
    assert_true(tally_link_precision(c, 1).high >= .99 - 1e-9);
    /* A pair without links does not count; one of which nothing is known does. */
    c[0].links = 0;
    c[0].precision_low = c[0].precision_high = c[0].estimated_precision = (double)NAN;
    assert_true(fabs(tally_link_precision(c, 3).estimate - .98) < 1e-9);
    c[0].links = 1000;
    assert_true(isnan(tally_link_precision(c, 3).estimate));
    assert_true(isnan(tally_link_precision(c, 3).low));
    assert_true(isnan(tally_link_precision(c, 0).low));
    /* Few links are in doubt, and do not hide what is known of many. */
    c[0].links = 9;
    c[0].precision_low = .6;
    c[0].precision_high = 1;
    p = tally_link_precision(c, 3);
    assert_true(fabs(p.estimate - (1 - (40 + 9 * .2) / 2009)) < 1e-9);
    p = tally_link_precision(c, 1);
    assert_true(isnan(p.estimate));
    assert_true(fabs(p.low - .6) < 1e-9 && fabs(p.high - 1) < 1e-9);
}

/* Of ${shared} people in common. */
static void
link_few(struct trial *t, uint32_t shared)
{
    struct people_source sources[] = {halves[0], halves[1]};

    sources[1].first = 900 - shared;
    open_trial(t, sources, 2);
    t->job.threshold_ppm = 750000;
    run_trial(t);
    assert_sound(t);
}

static void
a_handful_of_links_is_not_judged(void **state)
{
    struct trial t;
    unsigned met = 0;

    (void)state;
    for (uint32_t shared = 0; shared <= 20; shared += 4) {
        const struct tally_calibration *c;

        link_few(&t, shared);
        c = &t.r.calibrations[0];
        assert_true(isnan(c->estimated_precision) == (c->links < TALLY_LINKS_FEW));
        assert_true(isnan(c->false_links) == (c->links < TALLY_LINKS_FEW));
        if (c->links > 0 && c->links < TALLY_LINKS_FEW) {
            assert_true(c->precision_high - c->precision_low > .15);
            assert_true(isnan(c->sensitivity) && isnan(c->estimated_recall));
            assert_true(c->low_confidence);
            assert_non_null(strstr(c->note, "too few links to say"));
            met++;
        }
        close_trial(&t);
    }
    assert_true(met >= 2);
}

/* With decoys the range goes down to what may be true, but no further than a tenth. */
static void
a_given_threshold_has_a_range_below(void **state)
{
    struct trial t;
    const struct tally_calibration *c;

    (void)state;
    for (unsigned duplicates = 0; duplicates < 2; duplicates++) {
        struct people_source sources[] = {halves[0], halves[1]};
        size_t nwider = 0;

        sources[0].duplicates_possible = duplicates > 0;
        sources[1].duplicates_possible = duplicates > 0;
        open_trial(&t, sources, 2);
        t.job.threshold_ppm = 800000;
        run_trial(&t);
        assert_sound(&t);
        c = &t.r.calibrations[0];
        assert_true(c->low_ppm < 800000);
        assert_true(c->low_ppm >= c->floor_ppm);
        assert_true(t.r.nfurther > 0);
        assert_int_equal(c->further, t.r.nfurther);
        for (size_t i = 0; i < t.r.nfurther; i++) {
            const struct tally_link *l = &t.r.further[i];

            assert_true(1000000ull * 2 * l->common < 800000ull * l->total);
            assert_true(1000000ull * 2 * l->common >= (c->low_ppm - 1ull) * l->total);
        }
        for (size_t row = 0; row < t.r.nrecords[1]; row++) {
            nwider += t.r.wider[1][row] != t.r.cluster[1][row];
        }
        assert_true(nwider > 0);
        close_trial(&t);
    }
}

static void
many_keeps_every_pair_at_the_threshold(void **state)
{
    struct trial t;
    size_t pairs = 0;

    (void)state;
    open_trial(&t, halves, 2);
    t.job.threshold_ppm = 440000;
    t.job.assign = TALLY_ASSIGN_MANY;
    run_trial(&t);
    assert_sound(&t);
    for (size_t a = 0; a < 900; a++) {
        for (size_t b = 0; b < 900; b++) {
            const struct tally_kernel *k = tally_kernel_best();
            uint32_t stride = tally_encfile_info(t.enc[0])->stride;
            uint32_t common =
                k->and_popcount(tally_encfile_matrix(t.enc[0]) + a * stride,
                                tally_encfile_matrix(t.enc[1]) + b * stride, stride);
            uint32_t total = tally_encfile_popcounts(t.enc[0])[a] +
                             tally_encfile_popcounts(t.enc[1])[b];

            pairs += (size_t)(2000000ull * common >= 440000ull * total);
        }
    }
    assert_int_equal(t.r.nlinks, pairs);
    t.job.assign = TALLY_ASSIGN_ONE_TO_ONE;
    run_trial(&t);
    assert_true(t.r.nlinks < pairs);
    close_trial(&t);
}

/* Every other field carries a slip: some people are lost among strangers. */
static const struct people_source slips[] = {
    {.name = "police", .first = 0, .n = 900, .errors_percent = 65},
    {.name = "health", .first = 450, .n = 900, .errors_percent = 65}};

/* Where record ${i} of a source stands: rows are in an order of their own. */
static uint32_t
row_of(const struct trial *t, size_t source, uint32_t person)
{
    uint32_t row = 0;

    while (people_person(t->enc[source], row) != person) {
        row++;
    }
    return row;
}

static bool
are_linked(const struct trial *t, uint32_t row_a, uint32_t row_b)
{
    for (size_t i = 0; i < t->r.nlinks; i++) {
        if (t->r.links[i].row_a == row_a && t->r.links[i].row_b == row_b) {
            return true;
        }
    }
    return false;
}

static void
lists_of_pairs_are_obeyed(void **state)
{
    struct trial t;
    struct tally_forced must;
    struct tally_forced must_not;
    struct tally_err err = TALLY_ERR_INIT;
    bool told = false;

    (void)state;
    open_trial(&t, halves, 2);
    /* Two strangers, and a person who stands in both. */
    must = (struct tally_forced){0, row_of(&t, 0, 3), 1, row_of(&t, 1, 1300), 2, false};
    must_not =
        (struct tally_forced){0, row_of(&t, 0, 600), 1, row_of(&t, 1, 600), 2, false};
    run_trial(&t);
    assert_true(are_linked(&t, must_not.row_a, must_not.row_b));
    assert_false(are_linked(&t, must.row_a, must.row_b));
    t.job.must = &must;
    t.job.nmust = 1;
    t.job.must_not = &must_not;
    t.job.nmust_not = 1;
    run_trial(&t);
    assert_sound(&t);
    assert_false(are_linked(&t, must_not.row_a, must_not.row_b));
    assert_true(are_linked(&t, must.row_a, must.row_b));
    for (size_t i = 0; i < t.r.nlinks; i++) {
        if (t.r.reasons[i].by == TALLY_LINKED_BY_MUST) {
            assert_int_equal(t.r.links[i].row_a, must.row_a);
            assert_true(t.r.links[i].probability == 1);
            assert_int_equal(t.r.links[i].band, TALLY_BAND_IS_MATCH);
            told = true;
        }
    }
    assert_true(told);
    t.job.must_not = &must;
    tally_link_result_free(&t.r);
    assert_int_equal(tally_link_run(&t.job, &t.r, &err), -1);
    assert_int_equal(err.code, TALLY_E_DATA);
    close_trial(&t);
}

/* Every link says by what rule it came, and what came second. */
static void
links_say_what_they_rest_on(void **state)
{
    struct trial t;
    size_t best = 0;

    (void)state;
    open_trial(&t, halves, 2);
    run_trial(&t);
    assert_int_equal(t.r.nviews, 1);
    for (size_t i = 0; i < t.r.nlinks; i++) {
        const struct tally_link *l = &t.r.links[i];
        const struct tally_link_reason *why = &t.r.reasons[i];
        uint32_t ppm = (uint32_t)(2000000ull * l->common / l->total);

        assert_in_range(t.r.views[i].dice_ppm, ppm - 1, ppm + 1);
        assert_int_not_equal(why->second_a.row, l->row_b);
        assert_int_not_equal(why->second_b.row, l->row_a);
        if (why->by == TALLY_LINKED_BY_BEST) {
            assert_true(why->second_a.row == UINT32_MAX || why->second_a.score_ppm <= ppm);
            assert_true(why->second_b.row == UINT32_MAX || why->second_b.score_ppm <= ppm);
            best++;
        }
        assert_int_equal((why->flags & TALLY_FLAG_RIVAL) != 0,
                         (why->second_a.row != UINT32_MAX &&
                          why->second_a.score_ppm >= t.r.calibrations[0].threshold_ppm) ||
                             (why->second_b.row != UINT32_MAX &&
                              why->second_b.score_ppm >=
                                  t.r.calibrations[0].threshold_ppm));
        assert_true(why->weight > 0);
    }
    assert_true(best * 10 >= t.r.nlinks * 9);
    for (size_t i = 0; i < t.r.nfurther; i++) {
        assert_int_equal(t.r.reasons[t.r.nlinks + i].by, TALLY_LINKED_BY_LOW);
    }
    close_trial(&t);
}

static void
links_below_the_probability_asked_for_are_dropped(void **state)
{
    struct trial t;
    size_t all;

    (void)state;
    open_trial(&t, slips, 2);
    t.job.fdr = .2;
    run_trial(&t);
    all = t.r.nlinks;
    t.job.min_probability = .99;
    run_trial(&t);
    assert_sound(&t);
    assert_true(t.r.nlinks > 0 && t.r.nlinks < all);
    for (size_t i = 0; i < t.r.nlinks; i++) {
        assert_true(t.r.links[i].probability >= .99f);
    }
    close_trial(&t);
}

static void
a_lower_share_of_false_links_means_fewer_links(void **state)
{
    struct trial t;
    size_t generous;

    (void)state;
    open_trial(&t, slips, 2);
    t.job.fdr = .2;
    run_trial(&t);
    generous = t.r.nlinks;
    t.job.fdr = .002;
    run_trial(&t);
    assert_true(t.r.nlinks < generous);
    assert_true(t.r.calibrations[0].estimated_precision >= .998);
    close_trial(&t);
}

static void
nonsense_is_refused(void **state)
{
    struct tally_link_result r;
    struct tally_err err = TALLY_ERR_INIT;
    struct trial t;

    (void)state;
    open_trial(&t, halves, 2);
    t.sources[1].name = "police";
    assert_int_equal(tally_link_run(&t.job, &r, &err), -1);
    assert_int_equal(err.code, TALLY_E_USAGE);
    t.sources[1].name = "health";
    t.job.nsources = 0;
    assert_int_equal(tally_link_run(&t.job, &r, &err), -1);
    assert_int_equal(err.code, TALLY_E_USAGE);
    t.job.nsources = TALLY_SOURCES_MAX + 1;
    assert_int_equal(tally_link_run(&t.job, &r, &err), -1);
    t.job.nsources = 2;
    t.job.threshold_ppm = TALLY_PPM + 1;
    assert_int_equal(tally_link_run(&t.job, &r, &err), -1);
    t.job.threshold_ppm = 0;
    t.job.fdr = 1;
    assert_int_equal(tally_link_run(&t.job, &r, &err), -1);
    t.job.fdr = NAN;
    assert_int_equal(tally_link_run(&t.job, &r, &err), -1);
    t.job.fdr = 0;
    t.job.min_probability = 1.5;
    assert_int_equal(tally_link_run(&t.job, &r, &err), -1);
    assert_int_equal(err.code, TALLY_E_USAGE);
    close_trial(&t);
}

static void
sources_of_different_keys_or_schemas_are_refused(void **state)
{
    static const uint8_t row[PEOPLE_BITS / 8] = {0xff};
    struct tally_enc_info info = tally_encbuild_info("school", 1, PEOPLE_BITS);
    struct tally_link_result r;
    struct tally_err err = TALLY_ERR_INIT;
    struct trial t;

    (void)state;
    open_trial(&t, halves, 2);
    tally_encfile_close(t.enc[1]);
    t.enc[1] = NULL;
    info.key_check[0] ^= 1;
    tally_encbuild("other.enc", &info, row, NULL, NULL);
    assert_int_equal(tally_encfile_open(&t.enc[1], "other.enc", &err), 0);
    t.sources[1].enc = t.enc[1];
    assert_int_equal(tally_link_run(&t.job, &r, &err), -1);
    assert_int_equal(err.code, TALLY_E_KEY_MISMATCH);
    tally_encfile_close(t.enc[1]);
    t.enc[1] = NULL;
    info.key_check[0] ^= 1;
    info.schema_digest[0] ^= 1;
    tally_encbuild("other.enc", &info, row, NULL, NULL);
    assert_int_equal(tally_encfile_open(&t.enc[1], "other.enc", &err), 0);
    t.sources[1].enc = t.enc[1];
    assert_int_equal(tally_link_run(&t.job, &r, &err), -1);
    assert_int_equal(err.code, TALLY_E_SCHEMA_MISMATCH);
    close_trial(&t);
}

static void
an_interrupt_ends_the_run(void **state)
{
    struct tally_link_result r;
    struct tally_err err = TALLY_ERR_INIT;
    struct trial t;

    (void)state;
    open_trial(&t, halves, 2);
    tally_interrupt_set(true);
    assert_int_equal(tally_link_run(&t.job, &r, &err), -1);
    tally_interrupt_set(false);
    assert_int_equal(err.code, TALLY_E_INTERRUPTED);
    close_trial(&t);
}

static void
every_way_to_a_threshold_has_a_name(void **state)
{
    (void)state;
    assert_string_equal(tally_threshold_how_name(TALLY_THRESHOLD_GIVEN), "given");
    assert_string_equal(tally_threshold_how_name(TALLY_THRESHOLD_DECOYS), "decoys");
    assert_string_equal(tally_threshold_how_name(TALLY_THRESHOLD_VALLEY), "valley");
    assert_string_equal(tally_threshold_how_name(TALLY_THRESHOLD_GROUPS), "groups");
    assert_string_equal(tally_threshold_how_name(TALLY_THRESHOLD_FALLBACK), "fallback");
    tally_link_result_free(NULL);
}

#define TRIAL(f)                                                                         \
    cmocka_unit_test_setup_teardown(f, tally_scratch_enter, tally_scratch_leave)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TRIAL(two_sources_find_their_people_at_a_threshold_of_their_own),
        TRIAL(a_record_has_one_link_at_most_to_another_clean_source),
        TRIAL(the_result_is_the_same_on_any_number_of_threads),
        TRIAL(strangers_are_left_alone),
        TRIAL(a_handful_of_records_falls_back_to_a_cautious_threshold),
        TRIAL(empty_sources_and_empty_records_link_to_nothing),
        TRIAL(one_record_alone_is_a_cluster),
        TRIAL(the_high_and_the_low_threshold_make_a_range),
        TRIAL(one_source_is_searched_for_people_who_stand_twice),
        TRIAL(several_sources_make_clusters_with_one_record_of_each),
        TRIAL(small_sources_among_several_are_set_together),
        TRIAL(a_declared_source_may_hold_a_person_twice),
        TRIAL(a_bound_for_false_links_is_stricter_over_many_sources),
        TRIAL(two_declared_sources_are_judged_by_groups),
        TRIAL(a_given_threshold_is_kept_to_and_still_judged),
        TRIAL(intervals_of_pairs_are_put_together),
        TRIAL(a_handful_of_links_is_not_judged),
        TRIAL(a_given_threshold_has_a_range_below),
        TRIAL(many_keeps_every_pair_at_the_threshold),
        TRIAL(lists_of_pairs_are_obeyed),
        TRIAL(links_say_what_they_rest_on),
        TRIAL(links_below_the_probability_asked_for_are_dropped),
        TRIAL(a_lower_share_of_false_links_means_fewer_links),
        TRIAL(nonsense_is_refused),
        TRIAL(sources_of_different_keys_or_schemas_are_refused),
        TRIAL(an_interrupt_ends_the_run),
        cmocka_unit_test(every_way_to_a_threshold_has_a_name),
        TRIAL(the_precision_comes_with_an_interval_and_bands),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * What is known of pairs, by lists or second rounds: links go by it, and nothing is learnt
 * from it, for such pairs were chosen.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/link.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/people.h"
#include "tests/support/scratch.h"

#define SOURCES_MAX 3
#define KNOWN       40

/* Every third field carries a slip, so that many links are uncertain. */
static const struct people_source three[] = {
    {.name = "police", .first = 0, .n = 1200, .errors_percent = 35},
    {.name = "health", .first = 500, .n = 1200, .errors_percent = 35},
    {.name = "education", .first = 900, .n = 900, .errors_percent = 35}};
static const struct people_source alone[] = {
    {.name = "police", .first = 0, .n = 2500, .twice = 500, .errors_percent = 35}};

struct trial {
    struct tally_encfile *enc[SOURCES_MAX];
    struct tally_link_source sources[SOURCES_MAX];
    struct tally_link_job job;
    struct tally_forced must[KNOWN];
    struct tally_forced must_not[KNOWN];
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
close_trial(struct trial *t)
{
    tally_pool_free(t->job.pool);
    for (size_t i = 0; i < SOURCES_MAX; i++) {
        tally_encfile_close(t->enc[i]);
    }
}

static struct tally_link_result
run(const struct trial *t)
{
    struct tally_link_result r;
    struct tally_err err = TALLY_ERR_INIT;

    if (tally_link_run(&t->job, &r, &err) != 0) {
        fail_msg("%s", err.text);
    }
    return r;
}

static struct tally_forced
as_known(const struct tally_link *l)
{
    return (struct tally_forced){l->source_a, l->row_a, l->source_b, l->row_b, 2, false};
}

static bool
are_together(const struct tally_link_result *r, const struct tally_forced *f)
{
    return r->cluster[f->source_a][f->row_a] == r->cluster[f->source_b][f->row_b];
}

/* The weakest links are none, and those that came too late for the threshold are: of three
 * sources they might contradict each other. */
static void
know(struct trial *t, const struct tally_link_result *r)
{
    t->job.must = t->must;
    t->job.must_not = t->must_not;
    for (size_t i = 0; i < KNOWN && i < r->nlinks; i++) {
        t->must_not[t->job.nmust_not++] = as_known(&r->links[r->nlinks - 1 - i]);
    }
    for (size_t i = 0; i < KNOWN && i < r->nfurther && t->job.nsources < 3; i++) {
        t->must[t->job.nmust++] = as_known(&r->further[i]);
    }
}

/* All that was learnt is what it was; how many links came of it may differ. */
static void
assert_learnt_alike(const struct tally_link_result *r, const struct tally_link_result *s)
{
    struct tally_calibration c[2];

    assert_int_equal(r->ncalibrations, s->ncalibrations);
    for (size_t i = 0; i < r->ncalibrations; i++) {
        memcpy(&c[0], &r->calibrations[i], sizeof c[0]);
        memcpy(&c[1], &s->calibrations[i], sizeof c[1]);
        for (size_t k = 0; k < 2; k++) {
            c[k].links = c[k].rivals = c[k].twins = c[k].household = c[k].further = 0;
            c[k].false_links = 0;
            memset(c[k].note, 0, sizeof c[k].note);
        }
        assert_memory_equal(&c[0], &c[1], sizeof c[0]);
    }
}

static void
nothing_is_learnt_from(const struct people_source *people, size_t n,
                       enum tally_assign assign)
{
    struct trial t;
    struct tally_link_result before, after;

    open_trial(&t, people, n);
    t.job.assign = assign;
    before = run(&t);
    know(&t, &before);
    assert_int_equal(t.job.nmust_not, KNOWN);
    assert_true(t.job.nmust > 0 || n == 3);
    after = run(&t);
    assert_learnt_alike(&before, &after);
    for (size_t i = 0; i < t.job.nmust_not; i++) {
        assert_false(are_together(&after, &t.must_not[i]));
    }
    for (size_t i = 0; i < t.job.nmust; i++) {
        assert_true(are_together(&after, &t.must[i]));
    }
    tally_link_result_free(&before);
    tally_link_result_free(&after);
    close_trial(&t);
}

static void
nothing_is_learnt_from_what_is_known(void **state)
{
    (void)state;
    nothing_is_learnt_from(three, 2, TALLY_ASSIGN_ONE_TO_ONE);
    nothing_is_learnt_from(three, 2, TALLY_ASSIGN_OPTIMAL);
    nothing_is_learnt_from(three, 3, TALLY_ASSIGN_ONE_TO_ONE);
    nothing_is_learnt_from(alone, 1, TALLY_ASSIGN_ONE_TO_ONE);
}

static void
nothing_is_learnt_where_links_are_many(void **state)
{
    (void)state;
    nothing_is_learnt_from(three, 2, TALLY_ASSIGN_MANY);
}

static bool
has_link(const struct tally_link_result *r, const struct tally_link *l)
{
    size_t i = 0;

    while (i < r->nlinks &&
           (r->links[i].row_a != l->row_a || r->links[i].row_b != l->row_b)) {
        i++;
    }
    return i < r->nlinks;
}

/* A record that loses its partner may get the next, which may have been another's. */
static void
other_links_stay_as_they_are(void **state)
{
    struct trial t;
    struct tally_link_result before, after;
    size_t gone = 0;

    (void)state;
    open_trial(&t, three, 2);
    before = run(&t);
    know(&t, &before);
    t.job.nmust = 0;
    after = run(&t);
    for (size_t i = 0; i < before.nlinks; i++) {
        gone += !has_link(&after, &before.links[i]);
    }
    assert_in_range(gone, KNOWN, KNOWN + 2);
    assert_true(after.nlinks <= before.nlinks);
    tally_link_result_free(&before);
    tally_link_result_free(&after);
    close_trial(&t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_learnt_from_what_is_known),
        cmocka_unit_test(nothing_is_learnt_where_links_are_many),
        cmocka_unit_test(other_links_stay_as_they_are),
    };

    return cmocka_run_group_tests_name("link known", tests, tally_scratch_enter,
                                       tally_scratch_leave);
}

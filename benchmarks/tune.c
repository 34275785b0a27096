/*
 * A tuning run: populations, a search on two of them, and everything that is reported
 * measured on the others, which the search has not seen.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "benchmarks/tune.h"
#include "benchmarks/tune_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define T_QUANTILE 2.365 /* Student's t, 7 degrees of freedom, 95 % between both ends */
_Static_assert(TALLY_TUNE_HELD_OUT == 8, "the quantile is for eight populations");

/* Most schemas measured at a time: one without each field. */
#define MEASURED_MAX TALLY_SCHEMA_FIELDS_MAX

static int
check_job(const struct tally_tune_job *job, struct tally_err *err)
{
    if (job->nsources < 2 || job->nsources > TALLY_TUNE_SOURCES_MAX) {
        tally_err_set(err, TALLY_E_USAGE, "tuning takes 2 to %d sources, not %zu",
                      TALLY_TUNE_SOURCES_MAX, job->nsources);
        return tally_err_hint(err, "name the kinds of partners: police,health,education, "
                                   "or other names");
    }
    if (job->people < TALLY_TUNE_PEOPLE_MIN || job->people > TALLY_TUNE_PEOPLE_MAX) {
        return tally_err_set(err, TALLY_E_USAGE, "tuning takes %d to %d people",
                             TALLY_TUNE_PEOPLE_MIN, TALLY_TUNE_PEOPLE_MAX);
    }
    return 0;
}

static int
make_pools(struct tally_tune_run *run, struct tally_err *err)
{
    unsigned n = tally_pool_threads(run->job->pool);

    run->single = calloc(n, sizeof(struct tally_pool *));
    if (run->single == NULL) {
        return tally_err_nomem(err);
    }
    for (; run->nsingle < n; run->nsingle++) {
        if (tally_pool_create(&run->single[run->nsingle], 1, err) != 0) {
            return -1;
        }
    }
    return 0;
}

static void
end_run(struct tally_tune_run *run)
{
    for (unsigned i = 0; i < run->nsingle; i++) {
        tally_pool_free(run->single[i]);
    }
    free(run->single);
    tally_tune_people_remove(&run->people);
}

/* Which sources hold each field. One that nobody holds cannot be tuned. */
static int
find_fields(const struct tally_tune_run *run, struct tally_tune_result *out,
            struct tally_err *err)
{
    const struct tally_schema *s = out->starter;
    struct tally_mapping mapping;
    struct tally_csv *csv;

    out->fields = calloc(s->nfields, sizeof *out->fields);
    if (out->fields == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t i = 0; i < run->people.nsources; i++) {
        if (tally_tune_people_open(&run->people, 0, i, s, &csv, &mapping, err) != 0) {
            return -1;
        }
        tally_csv_free(csv);
        for (size_t f = 0; f < s->nfields; f++) {
            out->fields[f].sources += mapping.nparts[f] > 0;
        }
    }
    for (size_t f = 0; f < s->nfields; f++) {
        out->fields[f].starter_weight = s->fields[f].weight;
        if (out->fields[f].sources == 0) {
            tally_err_set(err, TALLY_E_USAGE, "synthetic people have no field '%s'",
                          s->fields[f].name);
            return tally_err_hint(
                err,
                "they have forename, surname, date_of_birth, sex, postcode, address, "
                "and nhs_number in health; tune without the field, then add it by "
                "hand at a weight you can defend");
        }
    }
    return 0;
}

static double
seconds_since(const struct timespec *start)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - start->tv_sec) +
           1e-9 * (double)(now.tv_nsec - start->tv_nsec);
}

/* Runs that do not depend on what the search finds: starter, each field left out, other
 * diffusion. */
static uint64_t
measuring_runs(const struct tally_schema *starter)
{
    uint64_t n = 1 + (starter->nfields > 1 ? starter->nfields : 0);

    return TALLY_TUNE_HELD_OUT *
           (n + (tally_tune_diffusion(starter) > 0 ? TALLY_TUNE_HARDENING_MAX - 1 : 0));
}

/* Time one run, and say what all will take. */
static int
announce(struct tally_tune_run *run, const struct tally_tune_result *out,
         struct tally_err *err)
{
    const struct tally_schema *starter = out->starter;
    struct tally_tune_trial trial = {.schema = starter};
    struct tally_tune_cost cost = {.records = out->records};
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned threads = run->nsingle;
    struct timespec start;

    (void)clock_gettime(CLOCK_MONOTONIC, &start);
    if (tally_tune_trials(run, &trial, 1, err) != 0) {
        return -1;
    }
    if (processors > 0 && threads > (unsigned long)processors) {
        threads = (unsigned)processors;
    }
    cost.seconds_of_run = seconds_since(&start) / threads;
    for (size_t i = 0; i < TALLY_TUNE_SEARCHED; i++) {
        cost.pairs += run->people.populations[i].pairs;
    }
    cost.runs_least =
        1 + tally_tune_search_least(starter->nfields) + measuring_runs(starter);
    cost.runs_most = 1 + tally_tune_search_most(starter->nfields) +
                     measuring_runs(starter) + TALLY_TUNE_HELD_OUT;
    if (run->job->announce != NULL) {
        run->job->announce(run->job->announce_ctx, &cost);
    }
    return 0;
}

/* A value into a range, as number ${n} of those that could be said. */
static void
widen(struct tally_tune_range *r, double value, size_t n)
{
    r->low = n == 0 || value < r->low ? value : r->low;
    r->high = n == 0 || value > r->high ? value : r->high;
    r->mean = n == 0 ? value : r->mean + (value - r->mean) / ((double)n + 1);
}

static void
measure_quality(const struct tally_tune_counts *counts, struct tally_tune_quality *out)
{
    size_t linked = 0;

    out->precision = (struct tally_tune_range){NAN, NAN, NAN};
    for (size_t i = 0; i < TALLY_TUNE_HELD_OUT; i++) {
        const struct tally_tune_counts *c = &counts[i];

        if (c->tp + c->fp > 0) {
            widen(&out->precision, (double)c->tp / (double)(c->tp + c->fp), linked++);
        }
        widen(&out->recall,
              c->tp + c->fn == 0 ? 0 : (double)c->tp / (double)(c->tp + c->fn), i);
        widen(&out->f1, tally_tune_f1(c), i);
    }
}

/* F1 of ${a} minus F1 of ${b}, population by population. */
static struct tally_tune_gain
compare(const struct tally_tune_counts *a, const struct tally_tune_counts *b)
{
    double d[TALLY_TUNE_HELD_OUT];
    double sum = 0;
    double squares = 0;
    struct tally_tune_gain g;
    double half;

    for (size_t i = 0; i < TALLY_TUNE_HELD_OUT; i++) {
        d[i] = tally_tune_f1(&a[i]) - tally_tune_f1(&b[i]);
        sum += d[i];
    }
    g.mean = sum / TALLY_TUNE_HELD_OUT;
    for (size_t i = 0; i < TALLY_TUNE_HELD_OUT; i++) {
        squares += (d[i] - g.mean) * (d[i] - g.mean);
    }
    half = T_QUANTILE *
           sqrt(squares / ((TALLY_TUNE_HELD_OUT - 1) * (double)TALLY_TUNE_HELD_OUT));
    g.low = fmax(g.mean - half, -1); /* no difference is greater than that */
    g.high = fmin(g.mean + half, 1);
    return g;
}

/* Try ${n} schemas on the held-out populations, each with a key of its own. */
static int
hold_out(struct tally_tune_run *run, struct tally_schema *const *schemas, size_t n,
         struct tally_tune_counts (*counts)[TALLY_TUNE_HELD_OUT], struct tally_err *err)
{
    struct tally_tune_trial *trials = calloc(n * TALLY_TUNE_HELD_OUT, sizeof *trials);
    int rc;

    if (trials == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t i = 0; i < n * TALLY_TUNE_HELD_OUT; i++) {
        size_t draw = i % TALLY_TUNE_HELD_OUT;

        trials[i] = (struct tally_tune_trial){.schema = schemas[i / TALLY_TUNE_HELD_OUT],
                                              .population = TALLY_TUNE_SEARCHED + draw,
                                              .key = TALLY_TUNE_KEYS + draw};
    }
    rc = tally_tune_trials(run, trials, n * TALLY_TUNE_HELD_OUT, err);
    for (size_t i = 0; i < n * TALLY_TUNE_HELD_OUT && rc == 0; i++) {
        counts[i / TALLY_TUNE_HELD_OUT][i % TALLY_TUNE_HELD_OUT] = trials[i].counts;
    }
    free(trials);
    return rc;
}

/* Starter and candidate on fresh people; ${at} and ${kept} end with the one to use. */
static int
confirm(struct tally_tune_run *run, bool moved, struct tally_tune_point *at,
        struct tally_tune_counts *kept, struct tally_tune_result *out,
        struct tally_err *err)
{
    struct tally_schema *both[2] = {out->starter, NULL};
    struct tally_tune_counts counts[2][TALLY_TUNE_HELD_OUT];

    if (tally_tune_schema_at(out->starter, at, &both[1], err) != 0) {
        return -1;
    }
    out->schema = both[1];
    if (hold_out(run, both, moved ? 2 : 1, counts, err) != 0) {
        return -1;
    }
    if (!moved) {
        memcpy(counts[1], counts[0], sizeof counts[0]);
    }
    measure_quality(counts[0], &out->before);
    measure_quality(counts[1], &out->found);
    out->gain = compare(counts[1], counts[0]);
    out->outcome = !moved               ? TALLY_TUNE_NOTHING
                   : out->gain.low <= 0 ? TALLY_TUNE_UNCONFIRMED
                                        : TALLY_TUNE_BETTER;
    memcpy(kept, counts[out->outcome == TALLY_TUNE_BETTER], sizeof counts[0]);
    if (out->outcome == TALLY_TUNE_BETTER) {
        return 0;
    }
    tally_schema_free(out->schema);
    out->schema = NULL;
    tally_tune_point_of(out->starter, at);
    return tally_schema_new(&out->schema, run->job->fields, run->job->profile, NULL, err);
}

/* What each field is worth: the same schema without it. */
static int
leave_out(struct tally_tune_run *run, const struct tally_tune_point *at,
          const struct tally_tune_counts *with, struct tally_tune_result *out,
          struct tally_err *err)
{
    struct tally_tune_counts(*counts)[TALLY_TUNE_HELD_OUT];
    struct tally_schema *schemas[MEASURED_MAX] = {NULL};
    size_t n = out->starter->nfields;
    int rc = 0;

    if (n == 1) {
        return 0;
    }
    counts = calloc(n, sizeof *counts);
    if (counts == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t f = 0; f < n && rc == 0; f++) {
        struct tally_tune_point without = *at;

        without.weight[f] = 0;
        rc = tally_tune_schema_at(out->starter, &without, &schemas[f], err);
    }
    if (rc == 0) {
        rc = hold_out(run, schemas, n, counts, err);
    }
    for (size_t f = 0; f < n; f++) {
        if (rc == 0) {
            out->fields[f].measured = true;
            measure_quality(counts[f], &out->fields[f].without);
            out->fields[f].worth = compare(with, counts[f]);
        }
        tally_schema_free(schemas[f]);
    }
    free(counts);
    return rc;
}

/* The chosen weights with none, less and more diffusion. */
static int
vary_hardening(struct tally_tune_run *run, const struct tally_tune_point *at,
               struct tally_tune_result *out, struct tally_err *err)
{
    struct tally_tune_counts counts[TALLY_TUNE_HARDENING_MAX][TALLY_TUNE_HELD_OUT];
    struct tally_schema *schemas[TALLY_TUNE_HARDENING_MAX] = {NULL};
    uint32_t ts[TALLY_TUNE_HARDENING_MAX] = {0};
    size_t n = 1;
    int rc = 0;

    if (at->t == 0) {
        return 0;
    }
    if (at->t >= 4) { /* the least diffusion there is takes 2 */
        ts[n++] = at->t - 2;
    }
    ts[n++] = at->t + 2;
    for (size_t i = 0; i < n && rc == 0; i++) {
        struct tally_tune_point other = *at;

        other.t = ts[i];
        rc = tally_tune_schema_at(out->starter, &other, &schemas[i], err);
    }
    if (rc == 0) {
        rc = hold_out(run, schemas, n, counts, err);
    }
    for (size_t i = 0; i < n; i++) {
        if (rc == 0) {
            struct tally_tune_hardening *h = &out->hardening[out->nhardening++];

            h->t = ts[i];
            measure_quality(counts[i], &h->quality);
        }
        tally_schema_free(schemas[i]);
    }
    return rc;
}

/* Encodings of the largest source of the first held-out population. */
static int
expose(struct tally_tune_run *run, struct tally_tune_result *out, struct tally_err *err)
{
    const struct tally_synth_summary *made =
        &run->people.populations[TALLY_TUNE_SEARCHED].made;
    size_t largest = 0;

    for (size_t s = 1; s < run->people.nsources; s++) {
        if (made->records[s] > made->records[largest]) {
            largest = s;
        }
    }
    out->exposed_source = run->job->sources[largest];
    if (tally_tune_expose(run, TALLY_TUNE_SEARCHED, largest, out->starter,
                          &out->exposure_before, err) != 0) {
        return -1;
    }
    return tally_tune_expose(run, TALLY_TUNE_SEARCHED, largest, out->schema,
                             &out->exposure, err);
}

static int
measure_all(struct tally_tune_run *run, bool moved, struct tally_tune_point *at,
            struct tally_tune_result *out, struct tally_err *err)
{
    struct tally_tune_counts kept[TALLY_TUNE_HELD_OUT];
    int rc = -1;

    tally_progress_begin(run->job->progress, "measuring on fresh people", "runs",
                         measuring_runs(out->starter) +
                             (moved ? TALLY_TUNE_HELD_OUT : 0));
    if (confirm(run, moved, at, kept, out, err) == 0 &&
        leave_out(run, at, kept, out, err) == 0 &&
        vary_hardening(run, at, out, err) == 0) {
        rc = expose(run, out, err);
    }
    tally_progress_end(run->job->progress);
    return rc;
}

/* Views have weights of their own, of which nothing is known here. */
static int
make_starter(const struct tally_tune_job *job, struct tally_schema **out,
             struct tally_err *err)
{
    if (tally_schema_new(out, job->fields, job->profile, NULL, err) != 0) {
        return -1;
    }
    if ((*out)->views_implied) {
        return 0;
    }
    tally_schema_free(*out);
    *out = NULL;
    tally_err_set(err, TALLY_E_USAGE, "schemas of profile '%s' have views: no tuning",
                  job->profile);
    return tally_err_hint(err, "use standard, strict or plain");
}

/* Populations, and what can be said of them before any is encoded. */
static int
begin_run(struct tally_tune_run *run, struct tally_tune_result *out,
          struct tally_err *err)
{
    const struct tally_tune_job *job = run->job;

    if (tally_tune_people_make(&run->people, job->sources, job->nsources, job->people,
                               job->seed, TALLY_TUNE_SEARCHED + TALLY_TUNE_HELD_OUT,
                               job->progress, err) != 0 ||
        find_fields(run, out, err) != 0) {
        return -1;
    }
    for (size_t s = 0; s < job->nsources; s++) {
        out->records += run->people.populations[0].made.records[s];
    }
    for (size_t i = 0; i < run->people.npopulations; i++) {
        uint64_t pairs = run->people.populations[i].pairs;

        out->pairs_held_out += i < TALLY_TUNE_SEARCHED ? 0 : pairs;
        if (pairs == 0) {
            tally_err_set(err, TALLY_E_DATA,
                          "no synthetic person stands in two of the sources");
            return tally_err_hint(err, "take more --people or other --sources");
        }
    }
    return make_pools(run, err);
}

int
tally_tune(const struct tally_tune_job *job, struct tally_tune_result *out,
           struct tally_err *err)
{
    struct tally_tune_run run = {.job = job};
    struct tally_tune_result r = {0};
    struct tally_tune_point at;
    bool moved = false;
    int rc = -1;

    if (check_job(job, err) != 0 || make_starter(job, &r.starter, err) != 0) {
        return -1;
    }
    tally_tune_point_of(r.starter, &at);
    if (begin_run(&run, &r, err) == 0 && announce(&run, &r, err) == 0 &&
        tally_tune_search(&run, r.starter, &at, &moved, &r, err) == 0 &&
        measure_all(&run, moved, &at, &r, err) == 0) {
        r.runs = run.runs;
        *out = r;
        rc = 0;
    } else {
        tally_tune_result_free(&r);
    }
    end_run(&run);
    return rc;
}

void
tally_tune_result_free(struct tally_tune_result *r)
{
    tally_schema_free(r->schema);
    tally_schema_free(r->starter);
    free(r->fields);
    memset(r, 0, sizeof *r);
}

uint32_t
tally_tune_diffusion(const struct tally_schema *s)
{
    const struct tally_harden_step *step =
        tally_hardening_find(&s->hardening, TALLY_HARDEN_DIFFUSION);

    return step != NULL ? step->t : 0;
}

const char *
tally_tune_outcome_name(enum tally_tune_outcome outcome)
{
    static const char *const names[] = {"nothing", "unconfirmed", "better"};

    return names[outcome];
}

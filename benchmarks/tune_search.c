/*
 * The search: one field at a time is given more and less weight, and what gains most is
 * kept if it gains more than a new key would by luck. Candidates and incumbent are tried
 * on the same people with the same keys. Now and then a threshold fails and a run finds
 * hardly a link; so that one such run decides nothing, means over keys leave out the best
 * and the worst key, and noise is that of such trimmed means (Tukey and McLaughlin 1963).
 * SPDX-License-Identifier: Apache-2.0
 */
#include "benchmarks/tune_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WEIGHT_LOW    0.05
#define WEIGHT_HIGH   20.0
#define GAIN_IN_NOISE 2.0 /* standard errors a gain must have */
#define KEPT          ((TALLY_TUNE_KEYS - 2.0) / TALLY_TUNE_KEYS) /* after trimming */
#define PER_CANDIDATE (TALLY_TUNE_SEARCHED * TALLY_TUNE_KEYS)

static const double STEPS[TALLY_TUNE_STEPS] = {0.5, 0.7, 1.4, 2};
/* Well below .30: fuller filters are not diffused, and rounding moves the fill. */
static const double FILLS[] = {0.10, 0.13, 0.16, 0.25};
_Static_assert(sizeof FILLS / sizeof FILLS[0] == TALLY_TUNE_STEPS, "as many as weights");

/* A schema that is tried, and the counts of its trials by population and key. */
struct candidate {
    struct tally_tune_point at;
    struct tally_schema *schema;
    struct tally_tune_counts counts[TALLY_TUNE_SEARCHED][TALLY_TUNE_KEYS];
    double f1; /* over the keys tried so far */
};

/* What the search goes by. The pools are those of one step. */
struct search {
    struct tally_tune_run *run;
    const struct tally_schema *starter;
    struct candidate best;
    struct candidate tried[TALLY_TUNE_STEPS];
    size_t ntried;
    double least_gain;
};

double
tally_tune_f1(const struct tally_tune_counts *c)
{
    uint64_t below = 2 * c->tp + c->fp + c->fn;

    return below == 0 ? 0 : 2.0 * (double)c->tp / (double)below;
}

void
tally_tune_point_of(const struct tally_schema *starter, struct tally_tune_point *at)
{
    memset(at, 0, sizeof *at);
    for (size_t f = 0; f < starter->nfields; f++) {
        at->weight[f] = starter->fields[f].weight;
    }
    at->fill = starter->fill;
    at->t = tally_tune_diffusion(starter);
}

uint32_t
tally_tune_t_of(const struct tally_schema *starter, double fill)
{
    double t = tally_tune_diffusion(starter);
    /* A hair less, so that .30 / .15 is 2 and not 3. */
    double needed = ceil(t * starter->fill / fill - 1e-9);

    return (uint32_t)(needed > t ? needed : t);
}

int
tally_tune_schema_at(const struct tally_schema *starter,
                     const struct tally_tune_point *at, struct tally_schema **out,
                     struct tally_err *err)
{
    return tally_schema_reweigh(out, starter, at->weight, at->fill, at->t, err);
}

uint64_t
tally_tune_search_least(size_t nfields)
{
    return PER_CANDIDATE + (uint64_t)(nfields + 1) * TALLY_TUNE_STEPS *
                               TALLY_TUNE_SEARCHED * TALLY_TUNE_SCREEN;
}

uint64_t
tally_tune_search_most(size_t nfields)
{
    return PER_CANDIDATE +
           (uint64_t)TALLY_TUNE_ROUNDS * (nfields + 1) * TALLY_TUNE_STEPS * PER_CANDIDATE;
}

/* F1 with key ${k}, over the populations together. */
static double
f1_of_key(const struct candidate *c, size_t k)
{
    struct tally_tune_counts sum = {0, 0, 0};

    for (size_t p = 0; p < TALLY_TUNE_SEARCHED; p++) {
        sum.tp += c->counts[p][k].tp;
        sum.fp += c->counts[p][k].fp;
        sum.fn += c->counts[p][k].fn;
    }
    return tally_tune_f1(&sum);
}

static int
compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;

    return (x > y) - (x < y);
}

/* F1 with each of the first ${n} keys, ascending. */
static void
sorted_f1(const struct candidate *c, size_t n, double out[TALLY_TUNE_KEYS])
{
    for (size_t k = 0; k < n; k++) {
        out[k] = f1_of_key(c, k);
    }
    qsort(out, n, sizeof *out, compare_doubles);
}

/* Mean over the first ${n} keys, all of them with less than four. */
static double
mean_f1(const struct candidate *c, size_t n)
{
    double f1[TALLY_TUNE_KEYS];
    size_t cut = n < 4 ? 0 : 1;
    double sum = 0;

    sorted_f1(c, n, f1);
    for (size_t k = cut; k < n - cut; k++) {
        sum += f1[k];
    }
    return sum / (double)(n - 2 * cut);
}

/* Try ${n} candidates with keys ${first} to ${end}-1. */
static int
try_keys(struct tally_tune_run *run, struct candidate **list, size_t n, size_t first,
         size_t end, struct tally_err *err)
{
    struct tally_tune_trial trials[TALLY_TUNE_STEPS * PER_CANDIDATE];
    struct tally_tune_counts *to[TALLY_TUNE_STEPS * PER_CANDIDATE];
    size_t m = 0;

    for (size_t i = 0; i < n; i++) {
        for (size_t p = 0; p < TALLY_TUNE_SEARCHED; p++) {
            for (size_t k = first; k < end; k++) {
                to[m] = &list[i]->counts[p][k];
                trials[m++] = (struct tally_tune_trial){
                    .schema = list[i]->schema, .population = p, .key = k};
            }
        }
    }
    if (tally_tune_trials(run, trials, m, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < m; i++) {
        *to[i] = trials[i].counts;
    }
    for (size_t i = 0; i < n; i++) {
        list[i]->f1 = mean_f1(list[i], end);
    }
    return 0;
}

/* True when both schemas would set the same bits. */
static bool
same_bits(const struct tally_schema *a, const struct tally_schema *b)
{
    for (size_t f = 0; f < a->nfields; f++) {
        if (a->fields[f].bits_per_token != b->fields[f].bits_per_token) {
            return false;
        }
    }
    return tally_tune_diffusion(a) == tally_tune_diffusion(b);
}

/* The point ${step} steps along ${axis}, which is a field or, behind the last, fill.
 * False when there is none. */
static bool
step_along(const struct search *s, size_t axis, size_t step, struct tally_tune_point *to)
{
    *to = s->best.at;
    if (axis == s->starter->nfields) {
        to->fill = FILLS[step];
        if (fabs(to->fill - s->best.at.fill) < 1e-9) {
            to->fill = s->starter->fill; /* the one the list leaves out */
        }
        to->t = tally_tune_t_of(s->starter, to->fill);
        return fabs(to->fill - s->best.at.fill) > 1e-9;
    }
    to->weight[axis] = round(100 * to->weight[axis] * STEPS[step]) / 100;
    return to->weight[axis] >= WEIGHT_LOW && to->weight[axis] <= WEIGHT_HIGH;
}

static void
drop_tried(struct search *s)
{
    for (size_t i = 0; i < s->ntried; i++) {
        tally_schema_free(s->tried[i].schema);
    }
    s->ntried = 0;
}

/* The candidates along ${axis} that set other bits than the incumbent and each other. */
static int
propose(struct search *s, size_t axis, struct tally_err *err)
{
    for (size_t step = 0; step < TALLY_TUNE_STEPS; step++) {
        struct candidate *c = &s->tried[s->ntried];
        struct tally_err refused = TALLY_ERR_INIT;
        bool new = true;

        memset(c, 0, sizeof *c);
        if (!step_along(s, axis, step, &c->at)) {
            continue;
        }
        if (tally_tune_schema_at(s->starter, &c->at, &c->schema, &refused) != 0) {
            if (refused.code == TALLY_E_SCHEMA) {
                continue; /* a step too far: too full to diffuse, or the like */
            }
            *err = refused;
            return -1;
        }
        for (size_t i = 0; i < s->ntried; i++) {
            new = new && !same_bits(c->schema, s->tried[i].schema);
        }
        if (new && !same_bits(c->schema, s->best.schema)) {
            s->ntried++;
        } else {
            tally_schema_free(c->schema);
        }
    }
    return 0;
}

/* Try what was proposed: all with few keys, what then looks promising with the rest. */
static int
weigh_tried(struct search *s, struct candidate **winner, struct tally_err *err)
{
    struct candidate *list[TALLY_TUNE_STEPS];
    size_t n = 0;

    *winner = NULL;
    for (size_t i = 0; i < s->ntried; i++) {
        list[i] = &s->tried[i];
    }
    if (try_keys(s->run, list, s->ntried, 0, TALLY_TUNE_SCREEN, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < s->ntried; i++) {
        if (s->tried[i].f1 > s->best.f1) {
            list[n++] = &s->tried[i];
        }
    }
    if (try_keys(s->run, list, n, TALLY_TUNE_SCREEN, TALLY_TUNE_KEYS, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < n; i++) {
        if (*winner == NULL || list[i]->f1 > (*winner)->f1) {
            *winner = list[i];
        }
    }
    if (*winner != NULL && (*winner)->f1 < s->best.f1 + s->least_gain) {
        *winner = NULL;
    }
    /* Progress counts on the most there can be. */
    tally_progress_add(s->run->job->progress,
                       TALLY_TUNE_STEPS * PER_CANDIDATE -
                           TALLY_TUNE_SEARCHED *
                               (s->ntried * TALLY_TUNE_SCREEN +
                                n * (TALLY_TUNE_KEYS - TALLY_TUNE_SCREEN)));
    return 0;
}

/* One axis: 1 when the incumbent changed. */
static int
try_axis(struct search *s, size_t axis, struct tally_err *err)
{
    struct candidate *winner = NULL;
    int rc = -1;

    if (propose(s, axis, err) == 0 && weigh_tried(s, &winner, err) == 0) {
        rc = winner != NULL;
    }
    if (winner != NULL) {
        tally_schema_free(s->best.schema);
        s->best = *winner;
        winner->schema = NULL;
    }
    drop_tried(s);
    return rc;
}

/* How much F1 varies from key to key, and what the mean over keys must gain. Where every
 * key gives the same, a gain must be a whole pair. */
static void
estimate_noise(struct search *s, struct tally_tune_result *out)
{
    double f1[TALLY_TUNE_KEYS];
    double mean = 0;
    double squares = 0;
    uint64_t pairs = 0;
    double least;

    sorted_f1(&s->best, TALLY_TUNE_KEYS, f1);
    f1[0] = f1[1]; /* winsorised: the ends count as their neighbours */
    f1[TALLY_TUNE_KEYS - 1] = f1[TALLY_TUNE_KEYS - 2];
    for (size_t k = 0; k < TALLY_TUNE_KEYS; k++) {
        mean += f1[k] / TALLY_TUNE_KEYS;
    }
    for (size_t k = 0; k < TALLY_TUNE_KEYS; k++) {
        squares += (f1[k] - mean) * (f1[k] - mean);
    }
    for (size_t p = 0; p < TALLY_TUNE_SEARCHED; p++) {
        pairs += s->run->people.populations[p].pairs;
    }
    least = 0.5 / (double)pairs; /* of F1, for a pair found that was missed before */
    /* Standard error of a trimmed mean; then of the difference of two. */
    out->noise =
        sqrt(squares / (TALLY_TUNE_KEYS - 1)) / (KEPT * sqrt((double)TALLY_TUNE_KEYS));
    out->least_gain = GAIN_IN_NOISE * sqrt(2) * out->noise;
    if (out->least_gain < least) {
        out->least_gain = least;
    }
    s->least_gain = out->least_gain;
}

static int
search_rounds(struct search *s, bool *moved, struct tally_err *err)
{
    static const char *const phases[TALLY_TUNE_ROUNDS] = {
        "trying weights", "trying weights again", "trying weights a third time"};
    struct tally_progress *progress = s->run->job->progress;
    size_t naxes = s->starter->nfields + 1;
    size_t idle = 0; /* axes since the incumbent last changed */

    for (size_t round = 0; round < TALLY_TUNE_ROUNDS && idle < naxes; round++) {
        tally_progress_begin(progress, phases[round], "runs",
                             naxes * TALLY_TUNE_STEPS * PER_CANDIDATE);
        for (size_t axis = 0; axis < naxes && idle < naxes; axis++) {
            int changed = try_axis(s, axis, err);

            if (changed < 0) {
                tally_progress_end(progress);
                return -1;
            }
            *moved = *moved || changed == 1;
            idle = changed == 1 ? 0 : idle + 1;
        }
        tally_progress_end(progress);
    }
    return 0;
}

int
tally_tune_search(struct tally_tune_run *run, const struct tally_schema *starter,
                  struct tally_tune_point *at, bool *moved, struct tally_tune_result *out,
                  struct tally_err *err)
{
    struct search *s = calloc(1, sizeof *s);
    struct candidate *first[1];
    int rc = -1;

    if (s == NULL) {
        return tally_err_nomem(err);
    }
    s->run = run;
    s->starter = starter;
    s->best.at = *at;
    first[0] = &s->best;
    *moved = false;
    if (tally_tune_schema_at(starter, at, &s->best.schema, err) != 0 ||
        try_keys(run, first, 1, 0, TALLY_TUNE_KEYS, err) != 0) {
        goto done;
    }
    estimate_noise(s, out);
    if (search_rounds(s, moved, err) == 0) {
        *at = s->best.at;
        rc = 0;
    }
done:
    tally_schema_free(s->best.schema);
    free(s);
    return rc;
}

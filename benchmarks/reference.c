/*
 * The model of the plaintext reference linker: Fellegi and Sunter (1969) over four levels
 * a field. u is counted in random pairs, and for an exact value it is the value's own
 * frequency, or how often strangers agree who agree on another field; m starts at usual
 * shares and is learnt from the links, weighed by their probability, in three rounds.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "benchmarks/reference_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "benchmarks/likeness.h"
#include "benchmarks/synth_rng.h"
#include "bloom/base/interrupt.h"

#define RANDOM_PAIRS 200000u
#define ROUNDS       3
#define KEPT         .1 /* probability below which a pair is of no interest */

struct model {
    double m[TALLY_SCHEMA_FIELDS_MAX][TALLY_LEVELS];
    double u[TALLY_SCHEMA_FIELDS_MAX][TALLY_LEVELS];
    double prior; /* share of matches among all pairs */
};

/* Two sources, or one with itself, while they are linked. */
struct matching {
    const struct tally_reference *r;
    size_t a;
    size_t b;
    uint64_t pairs; /* all there are */
    const uint64_t *candidates;
    size_t ncandidates;
    struct model model;
    struct tally_reference_link *links; /* room for one a candidate */
    size_t nlinks;
    bool *taken; /* by record: it has its one link */
};

/* The level at which a field of two records agrees, or -1 where one of them has none. */
static int
level_of(const struct tally_reference *r, uint32_t x, uint32_t y, size_t f)
{
    const char *a = reference_text(r, x, f);
    const char *b = reference_text(r, y, f);

    if (a[0] == '\0' || b[0] == '\0') {
        return -1;
    }
    return (int)tally_likeness_level(r->schema->fields[f].type, a, b);
}

static void
count_random_pairs(struct matching *k)
{
    const uint32_t *start = k->r->start;
    uint32_t na = start[k->a + 1] - start[k->a];
    uint32_t nb = start[k->b + 1] - start[k->b];
    struct tally_synth_rng rng;

    tally_synth_seed(&rng, 1, k->a, k->b);
    for (size_t f = 0; f < k->r->schema->nfields; f++) {
        for (int level = 0; level < TALLY_LEVELS; level++) {
            k->model.u[f][level] = .5;
        }
    }
    for (uint32_t i = 0; i < RANDOM_PAIRS; i++) {
        uint32_t x = start[k->a] + tally_synth_below(&rng, na);
        uint32_t y = start[k->b] + tally_synth_below(&rng, nb);

        for (size_t f = 0; f < k->r->schema->nfields && x != y; f++) {
            int level = level_of(k->r, x, y, f);

            if (level >= 0) {
                k->model.u[f][level] += 1;
            }
        }
    }
}

static void
make_shares(double shares[TALLY_LEVELS])
{
    double sum = 0;

    for (int level = 0; level < TALLY_LEVELS; level++) {
        sum += shares[level];
    }
    for (int level = 0; level < TALLY_LEVELS; level++) {
        shares[level] /= sum;
    }
}

static void
start_model(struct matching *k)
{
    static const double usual[TALLY_LEVELS] = {.75, .13, .06, .06};
    const uint32_t *start = k->r->start;
    double na = start[k->a + 1] - start[k->a];
    double nb = start[k->b + 1] - start[k->b];

    count_random_pairs(k);
    for (size_t f = 0; f < k->r->schema->nfields; f++) {
        make_shares(k->model.u[f]);
        memcpy(k->model.m[f], usual, sizeof usual);
    }
    k->model.prior = fmin(.5, fmin(na, nb) / 2 / (double)k->pairs);
}

/* How often strangers agree exactly on field ${f} as ${x} and ${y} do: the frequency of
 * the value, but no less than they do who agree on an earlier field as these two do. */
static double
chance_of_exact(const struct tally_reference *r, uint32_t x, const int *levels, size_t f)
{
    double u = (double)r->count[(size_t)x * r->schema->nfields + f] / r->filled[f];

    for (size_t g = 0; g < f; g++) {
        if (levels[g] == TALLY_LEVEL_EXACT) {
            u = fmax(u, r->given[f][g]);
        }
    }
    return u;
}

/* The odds of a match, as a logarithm. */
static double
log_odds(const struct matching *k, uint32_t x, uint32_t y)
{
    const struct tally_reference *r = k->r;
    const struct model *model = &k->model;
    double sum = log(model->prior / (1 - model->prior));
    int levels[TALLY_SCHEMA_FIELDS_MAX];

    for (size_t f = 0; f < r->schema->nfields; f++) {
        int level = level_of(r, x, y, f);

        levels[f] = level;
        if (level >= 0) {
            double u = level == TALLY_LEVEL_EXACT ? chance_of_exact(r, x, levels, f)
                                                  : model->u[f][level];

            sum += log(model->m[f][level] / u);
        }
    }
    return sum;
}

static int
compare_links(const void *p, const void *q)
{
    const struct tally_reference_link *a = p;
    const struct tally_reference_link *b = q;

    if (a->probability != b->probability) {
        return a->probability > b->probability ? -1 : 1;
    }
    if (a->x != b->x) {
        return a->x < b->x ? -1 : 1;
    }
    return (a->y > b->y) - (a->y < b->y);
}

/* The best first, each record once: between sources only. */
static void
assign(struct matching *k)
{
    size_t n = 0;

    if (k->nlinks > 0) {
        qsort(k->links, k->nlinks, sizeof *k->links, compare_links);
    }
    if (k->a == k->b) {
        return;
    }
    memset(k->taken, 0, reference_records(k->r) * sizeof *k->taken);
    for (size_t i = 0; i < k->nlinks; i++) {
        const struct tally_reference_link *l = &k->links[i];

        if (!k->taken[l->x] && !k->taken[l->y]) {
            k->taken[l->x] = true;
            k->taken[l->y] = true;
            k->links[n++] = *l;
        }
    }
    k->nlinks = n;
}

static int
score(struct matching *k, struct tally_err *err)
{
    k->nlinks = 0;
    for (size_t i = 0; i < k->ncandidates; i++) {
        uint32_t x = (uint32_t)(k->candidates[i] >> 32);
        uint32_t y = (uint32_t)k->candidates[i];
        double p = 1 / (1 + exp(-log_odds(k, x, y)));

        if (p >= KEPT) {
            k->links[k->nlinks++] = (struct tally_reference_link){x, y, p};
        }
        if ((i & 0xffff) == 0 && tally_interrupt_check(err) != 0) {
            return -1;
        }
    }
    assign(k);
    return 0;
}

/* m from the links, each as much as it is probable; a little of every level is taken for
 * granted. */
static void
learn(struct matching *k)
{
    double matches = 1;

    for (size_t f = 0; f < k->r->schema->nfields; f++) {
        for (int level = 0; level < TALLY_LEVELS; level++) {
            k->model.m[f][level] = 1;
        }
    }
    for (size_t i = 0; i < k->nlinks; i++) {
        const struct tally_reference_link *l = &k->links[i];

        matches += l->probability;
        for (size_t f = 0; f < k->r->schema->nfields; f++) {
            int level = level_of(k->r, l->x, l->y, f);

            if (level >= 0) {
                k->model.m[f][level] += l->probability;
            }
        }
    }
    for (size_t f = 0; f < k->r->schema->nfields; f++) {
        make_shares(k->model.m[f]);
    }
    k->model.prior = fmin(.5, matches / (double)k->pairs);
}

static int
match(struct matching *k, struct tally_err *err)
{
    start_model(k);
    for (int round = 0; round < ROUNDS; round++) {
        if (score(k, err) != 0) {
            return -1;
        }
        learn(k);
    }
    return score(k, err);
}

static int
append(struct tally_reference_links *out, const struct matching *k, struct tally_err *err)
{
    struct tally_reference_link *links =
        realloc(out->links, (out->n + k->nlinks + 1) * sizeof *links);
    uint64_t *candidates = realloc(
        out->candidates, (out->ncandidates + k->ncandidates + 1) * sizeof *candidates);

    out->links = links == NULL ? out->links : links;
    out->candidates = candidates == NULL ? out->candidates : candidates;
    if (links == NULL || candidates == NULL) {
        return tally_err_nomem(err);
    }
    if (k->nlinks > 0) {
        memcpy(out->links + out->n, k->links, k->nlinks * sizeof *links);
    }
    if (k->ncandidates > 0) {
        memcpy(out->candidates + out->ncandidates, k->candidates,
               k->ncandidates * sizeof *candidates);
    }
    out->n += k->nlinks;
    out->ncandidates += k->ncandidates;
    out->pairs += k->pairs;
    return 0;
}

static int
link_pair(const struct tally_reference *r, size_t a, size_t b,
          struct tally_reference_links *out, struct tally_err *err)
{
    uint64_t na = r->start[a + 1] - r->start[a];
    uint64_t nb = r->start[b + 1] - r->start[b];
    struct matching k = {.r = r, .a = a, .b = b};
    uint64_t *candidates = NULL;
    int rc = -1;

    k.pairs = a == b ? na * (na - (na > 0)) / 2 : na * nb;
    if (k.pairs == 0) {
        return 0;
    }
    if (reference_candidates(r, a, b, &candidates, &k.ncandidates, err) != 0) {
        return -1;
    }
    k.candidates = candidates;
    k.links = calloc(k.ncandidates + 1, sizeof *k.links);
    k.taken = calloc((size_t)reference_records(r) + 1, sizeof *k.taken);
    if (k.links == NULL || k.taken == NULL) {
        tally_err_nomem(err);
    } else if (match(&k, err) == 0) {
        rc = append(out, &k, err);
    }
    free(candidates);
    free(k.links);
    free(k.taken);
    return rc;
}

int
tally_reference_link(struct tally_reference *r, struct tally_reference_links *out,
                     struct tally_err *err)
{
    memset(out, 0, sizeof *out);
    if (reference_count(r, err) != 0) {
        return -1;
    }
    for (size_t a = 0; a < r->nsources; a++) {
        for (size_t b = r->nsources == 1 ? a : a + 1; b < r->nsources; b++) {
            if (link_pair(r, a, b, out, err) != 0) {
                tally_reference_links_free(out);
                return -1;
            }
        }
    }
    if (out->n > 0) {
        qsort(out->links, out->n, sizeof *out->links, compare_links);
    }
    return 0;
}

void
tally_reference_links_free(struct tally_reference_links *l)
{
    free(l->links);
    free(l->candidates);
    memset(l, 0, sizeof *l);
}

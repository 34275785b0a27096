/*
 * A3: graph matching. Starts by the spread of similarities and by embedding; refinement
 * by similarities to anchors; and a check of each run by itself: two halves of the
 * anchors must name the same person.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/audit/audit_attack.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bloom/kernels/kernels.h"

#define SPREAD_RANKS   64
#define SPREAD_BINS    8192
#define SPREAD_CHUNK   16
#define ANCHORS_FIRST  200
#define ANCHORS_GROWTH 1.1
#define ROUNDS_MOST    16
#define ROUNDS_LOOK    8   /* after which a run is given up when */
#define HOPELESS       200 /* it is sure of fewer than one in so many */
#define SEEDS          3
#define ANCHOR_CHUNK   128

/* Dice of two rows; of rows without any bit 0. */
static float
dice(const struct tally_kernel *k, const struct tally_audit_rows *a, size_t i,
     const struct tally_audit_rows *b, size_t j)
{
    uint32_t both = a->ones[i] + b->ones[j];
    uint32_t common =
        k->and_popcount(tally_audit_row(a, i), tally_audit_row(b, j), a->stride);

    return both > 0 ? 2.0f * (float)common / (float)both : 0;
}

/* Similarities to anchors. */

struct anchoring {
    const struct tally_audit_rows *rows;
    const struct tally_audit_pair *anchors;
    bool people;
    const struct tally_kernel *kernel;
    struct tally_features *out;
};

static int
anchor_chunk(void *ctx, size_t chunk, unsigned worker, struct tally_err *err)
{
    struct anchoring *a = ctx;
    size_t first = chunk * ANCHOR_CHUNK;
    size_t last = first + ANCHOR_CHUNK < a->rows->n ? first + ANCHOR_CHUNK : a->rows->n;

    (void)worker;
    (void)err;
    for (size_t i = first; i < last; i++) {
        for (size_t k = 0; k < a->out->k; k++) {
            size_t at = a->people ? a->anchors[k].person : a->anchors[k].victim;

            a->out->v[i * a->out->k + k] =
                at != i ? dice(a->kernel, a->rows, i, a->rows, at) : 0;
        }
    }
    return 0;
}

/* Rows of unit length: how each record stands to the ${k} anchors. */
static int
anchor_features(const struct tally_audit_scene *s, bool people,
                const struct tally_audit_pair *anchors, size_t k,
                struct tally_features *out, struct tally_err *err)
{
    const struct tally_audit_rows *rows = people ? s->people : s->victims;
    struct anchoring a = {rows, anchors, people, tally_kernel_best(), out};

    if (tally_features_create(out, rows->n, k, err) != 0 ||
        tally_pool_run(s->pool, (rows->n + ANCHOR_CHUNK - 1) / ANCHOR_CHUNK, anchor_chunk,
                       &a, err) != 0 ||
        tally_features_standardise(out, err) != 0) {
        return -1;
    }
    /* An anchor is like itself under any guess: that must not speak for the guess. */
    for (size_t c = 0; c < k; c++) {
        size_t self = people ? anchors[c].person : anchors[c].victim;

        out->v[self * k + c] = 0;
    }
    tally_features_unit_rows(out);
    return 0;
}

/* One run of the refinement. */
struct run {
    const struct tally_audit_scene *scene;
    const struct tally_audit_pair *fixed; /* known to be right: always anchors */
    size_t nfixed;
    struct tally_audit_pair *pairs;
    size_t npairs;
};

/* The surest ${k} pairs as anchors, after the fixed ones. Malloced; ${k} becomes their
 * number. */
static struct tally_audit_pair *
take_anchors(const struct run *r, size_t *k)
{
    size_t more = *k < r->npairs ? *k : r->npairs;
    struct tally_audit_pair *a = malloc((r->nfixed + more + 1) * sizeof *a);

    if (a == NULL) {
        return NULL;
    }
    if (r->nfixed > 0) {
        memcpy(a, r->fixed, r->nfixed * sizeof *a);
    }
    if (more > 0) {
        memcpy(a + r->nfixed, r->pairs, more * sizeof *a);
    }
    *k = r->nfixed + more;
    return a;
}

/* How all records stand to ${k} anchors; and who is nearest to whom by them. */
static int
compare_by_anchors(struct run *r, size_t k, struct tally_features *x,
                   struct tally_features *y, struct tally_err *err)
{
    struct tally_audit_pair *anchors = take_anchors(r, &k);
    int rc = -1;

    if (anchors == NULL) {
        return tally_err_nomem(err);
    }
    if (anchor_features(r->scene, false, anchors, k, x, err) == 0 &&
        anchor_features(r->scene, true, anchors, k, y, err) == 0) {
        rc = 0;
    }
    free(anchors);
    return rc;
}

static int
refine_round(struct run *r, size_t k, struct tally_err *err)
{
    struct tally_features x = {0};
    struct tally_features y = {0};
    struct tally_nearest near = {0};
    struct tally_audit_pair *pairs;
    int rc = -1;

    if (compare_by_anchors(r, k, &x, &y, err) == 0 &&
        tally_nearest_find(&near, &x, &y, 0, 1, r->scene->pool, r->scene->progress,
                           err) == 0) {
        pairs = tally_nearest_mutual(&near, &r->npairs);
        if (pairs == NULL) {
            tally_err_nomem(err);
        } else {
            free(r->pairs);
            r->pairs = pairs;
            rc = 0;
        }
    }
    tally_nearest_free(&near);
    tally_features_free(&x);
    tally_features_free(&y);
    return rc;
}

/* The pairs of the last round become claims; those in which two halves of the anchors
 * agree are sure. */
static int
check_by_halves(struct run *r, size_t k, struct tally_audit_claims *out,
                struct tally_err *err)
{
    struct tally_features x = {0};
    struct tally_features y = {0};
    struct tally_nearest half[2] = {{0}};
    int rc = -1;

    if (compare_by_anchors(r, k, &x, &y, err) == 0 &&
        tally_nearest_find(&half[0], &x, &y, 0, 2, r->scene->pool, r->scene->progress,
                           err) == 0 &&
        tally_nearest_find(&half[1], &x, &y, 1, 2, r->scene->pool, r->scene->progress,
                           err) == 0) {
        rc = 0;
    }
    for (size_t v = 0; v < out->n; v++) {
        out->person[v] = TALLY_AUDIT_NONE;
        out->sure[v] = false;
    }
    for (size_t i = 0; rc == 0 && i < r->npairs; i++) {
        uint32_t v = r->pairs[i].victim;

        out->person[v] = r->pairs[i].person;
        out->sure[v] = x.k >= 2 && half[0].at[v] == out->person[v] &&
                       half[1].at[v] == out->person[v];
    }
    tally_nearest_free(&half[0]);
    tally_nearest_free(&half[1]);
    tally_features_free(&x);
    tally_features_free(&y);
    return rc;
}

static int
refine(struct run *r, struct tally_audit_claims *out, struct tally_err *err)
{
    double k = ANCHORS_FIRST;

    for (int round = 0; round < ROUNDS_MOST; round++) {
        if (refine_round(r, (size_t)k, err) != 0) {
            return -1;
        }
        if (r->npairs == r->scene->victims->n || r->npairs == r->scene->people->n) {
            break; /* nobody is left over */
        }
        if (round == ROUNDS_LOOK) {
            if (check_by_halves(r, (size_t)k, out, err) != 0) {
                return -1;
            }
            if (tally_audit_claims_sure(out) < r->scene->victims->n / HOPELESS) {
                return 0;
            }
        }
        k *= ANCHORS_GROWTH;
    }
    return check_by_halves(r, (size_t)k, out, err);
}

int
tally_graph_refine(const struct tally_audit_scene *s,
                   const struct tally_audit_pair *pairs, size_t npairs, size_t fixed,
                   struct tally_audit_claims *out, struct tally_err *err)
{
    struct run r = {s, pairs, fixed, NULL, npairs - fixed};
    int rc;

    if (tally_audit_claims_create(out, s->victims->n, err) != 0) {
        return -1;
    }
    r.pairs = malloc((r.npairs + 1) * sizeof *r.pairs);
    if (r.pairs == NULL) {
        return tally_err_nomem(err);
    }
    memcpy(r.pairs, pairs + fixed, r.npairs * sizeof *r.pairs);
    rc = refine(&r, out, err);
    free(r.pairs);
    return rc;
}

/* Starts by the spread of similarities: what a record's similarities to all others of its
 * file are at some ranks. */

struct spread {
    const struct tally_audit_rows *rows;
    bool quantiles; /* ranks are shares of the file, else counts from the top */
    size_t shorter; /* records in the smaller file */
    const struct tally_kernel *kernel;
    struct tally_features *out;
};

/* Rank ${r} of SPREAD_RANKS, from 0. */
static size_t
rank_at(const struct spread *s, size_t r)
{
    size_t others = s->rows->n - 1;
    size_t top = (s->quantiles ? others : s->shorter - 1) - 1;
    double share = (double)r / (SPREAD_RANKS - 1);
    double rank = s->quantiles ? share * (double)top : pow((double)top + 1, share) - 1;

    return (size_t)rank < others ? (size_t)rank : others - 1;
}

static void
spread_row(const struct spread *s, size_t i)
{
    uint32_t bins[SPREAD_BINS + 1] = {0};
    float *out = s->out->v + i * SPREAD_RANKS;
    size_t above = 0;
    size_t r = 0;

    for (size_t j = 0; j < s->rows->n; j++) {
        if (j != i) {
            bins[(size_t)(dice(s->kernel, s->rows, i, s->rows, j) * SPREAD_BINS)]++;
        }
    }
    for (size_t b = SPREAD_BINS + 1; b-- > 0 && r < SPREAD_RANKS;) {
        above += bins[b];
        while (r < SPREAD_RANKS && rank_at(s, r) < above) {
            out[r++] = (float)b;
        }
    }
}

static int
spread_chunk(void *ctx, size_t chunk, unsigned worker, struct tally_err *err)
{
    const struct spread *s = ctx;
    size_t first = chunk * SPREAD_CHUNK;
    size_t last = first + SPREAD_CHUNK < s->rows->n ? first + SPREAD_CHUNK : s->rows->n;

    (void)worker;
    (void)err;
    for (size_t i = first; i < last; i++) {
        spread_row(s, i);
    }
    return 0;
}

static int
spread_features(const struct tally_audit_scene *s, bool people, bool quantiles,
                struct tally_features *out, struct tally_err *err)
{
    const struct tally_audit_rows *rows = people ? s->people : s->victims;
    size_t shorter = s->people->n < s->victims->n ? s->people->n : s->victims->n;
    struct spread t = {rows, quantiles, shorter, tally_kernel_best(), out};

    if (tally_features_create(out, rows->n, SPREAD_RANKS, err) != 0 ||
        tally_pool_run(s->pool, (rows->n + SPREAD_CHUNK - 1) / SPREAD_CHUNK, spread_chunk,
                       &t, err) != 0) {
        return -1;
    }
    return tally_features_standardise(out, err);
}

static int
spread_start(const struct tally_audit_scene *s, bool quantiles,
             struct tally_audit_pair **out, size_t *n, struct tally_err *err)
{
    struct tally_features x = {0};
    struct tally_features y = {0};
    struct tally_nearest near = {0};
    int rc = -1;

    if (spread_features(s, false, quantiles, &x, err) == 0 &&
        spread_features(s, true, quantiles, &y, err) == 0 &&
        tally_nearest_find(&near, &x, &y, 0, 1, s->pool, s->progress, err) == 0) {
        *out = tally_nearest_mutual(&near, n);
        rc = *out != NULL ? 0 : tally_err_nomem(err);
    }
    tally_nearest_free(&near);
    tally_features_free(&x);
    tally_features_free(&y);
    return rc;
}

/* Another choice among the surest pairs: twice as many, thinned at random. Returns how
 * many are in ${out}. */
static size_t
thin(const struct tally_audit_pair *pairs, size_t n, uint64_t seed,
     struct tally_audit_pair out[2 * ANCHORS_FIRST])
{
    uint64_t state = seed;
    size_t kept = 0;

    for (size_t i = 0; i < n && i < 2 * ANCHORS_FIRST; i++) {
        if (tally_audit_below(&state, 2) == 0) {
            out[kept++] = pairs[i];
        }
    }
    return kept;
}

enum { START_RANKS, START_EMBEDDING, START_QUANTILES, STARTS };

static int
start(const struct tally_audit_scene *s, int kind, struct tally_audit_pair **pairs,
      size_t *n, struct tally_err *err)
{
    return kind == START_EMBEDDING
               ? tally_graph_embed(s, pairs, n, err)
               : spread_start(s, kind == START_QUANTILES, pairs, n, err);
}

/* Take the claims of a run if it is surer of itself than the best so far. */
static void
keep_surer(struct tally_audit_claims *best, struct tally_audit_claims *run)
{
    if (best->person == NULL ||
        tally_audit_claims_sure(run) > tally_audit_claims_sure(best)) {
        struct tally_audit_claims worse = *best;

        *best = *run;
        *run = worse;
    }
    tally_audit_claims_free(run);
}

/* A run that is sure of this share of the smaller file has solved it. */
static bool
solved(const struct tally_audit_scene *s, const struct tally_audit_claims *c)
{
    size_t shorter = s->people->n < s->victims->n ? s->people->n : s->victims->n;

    return tally_audit_claims_sure(c) >= shorter / 8;
}

static int
attack_from(const struct tally_audit_scene *s, int kind, struct tally_audit_claims *best,
            struct tally_err *err)
{
    struct tally_audit_pair *pairs = NULL;
    struct tally_audit_pair thinned[2 * ANCHORS_FIRST];
    size_t n = 0;
    int rc = start(s, kind, &pairs, &n, err);

    for (uint64_t seed = 0; rc == 0 && seed < SEEDS; seed++) {
        struct tally_audit_claims run = {0};

        if (best->person != NULL && solved(s, best)) {
            break;
        }
        rc = seed == 0
                 ? tally_graph_refine(s, pairs, n, 0, &run, err)
                 : tally_graph_refine(s, thinned, thin(pairs, n, s->seed + seed, thinned),
                                      0, &run, err);
        if (rc == 0) {
            keep_surer(best, &run);
        } else {
            tally_audit_claims_free(&run);
        }
    }
    free(pairs);
    return rc;
}

int
tally_attack_graph(const struct tally_audit_scene *s, struct tally_audit_claims *out,
                   struct tally_err *err)
{
    struct tally_audit_claims best = {0};

    for (int kind = 0; kind < STARTS; kind++) {
        if (best.person != NULL && solved(s, &best)) {
            break;
        }
        if (attack_from(s, kind, &best, err) != 0) {
            tally_audit_claims_free(&best);
            return -1;
        }
    }
    *out = best;
    return 0;
}

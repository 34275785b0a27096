/*
 * Nearest rows: every row of A against every row of B, by products of whole numbers.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/audit/audit_math.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bloom/base/size.h"
#include "bloom/kernels/kernels.h"

#define CHUNK   64  /* rows of A a chunk */
#define BLOCK   256 /* rows of B at a time */
#define LONGEST 16384.0

/* A matrix as whole numbers, and the squares of its rows. */
struct whole {
    size_t n;
    size_t k;
    const int16_t *v;
    int32_t *squares; /* NULL: only products count */
};

/* What one thread has: a tile of products, and the nearest of A so far. */
struct worker {
    int32_t *tile;
    int32_t *distance; /* of each row of B */
    uint32_t *at;
};

struct search {
    const struct whole *a;
    const struct whole *b;
    const struct tally_kernel *kernel;
    struct tally_nearest *out;
    struct worker *workers;
    size_t nworkers;
    struct tally_progress *progress;
};

static void
consider(struct tally_nearest *out, size_t i, size_t j, int32_t d)
{
    if (d < out->first[i]) {
        out->second[i] = out->first[i];
        out->first[i] = d;
        out->at[i] = (uint32_t)j;
    } else if (d < out->second[i]) {
        out->second[i] = d;
    }
}

/* Rows come to a worker in no fixed order: of equals the first row wins all the same. */
static void
consider_back(struct worker *w, size_t i, size_t j, int32_t d)
{
    if (d < w->distance[j] || (d == w->distance[j] && i < w->at[j])) {
        w->distance[j] = d;
        w->at[j] = (uint32_t)i;
    }
}

static void
take_tile(struct search *s, struct worker *w, size_t i0, size_t ni, size_t j0, size_t nj)
{
    for (size_t i = 0; i < ni; i++) {
        const int32_t *products = w->tile + i * nj;
        int32_t mine = s->a->squares != NULL ? s->a->squares[i0 + i] : 0;

        for (size_t j = 0; j < nj; j++) {
            int32_t d = s->a->squares != NULL
                            ? mine + s->b->squares[j0 + j] - 2 * products[j]
                            : -products[j];

            consider(s->out, i0 + i, j0 + j, d);
            consider_back(w, i0 + i, j0 + j, d);
        }
    }
}

static int
search_chunk(void *ctx, size_t chunk, unsigned worker, struct tally_err *err)
{
    struct search *s = ctx;
    struct worker *w = &s->workers[worker];
    size_t i0 = chunk * CHUNK;
    size_t ni = s->a->n - i0 < CHUNK ? s->a->n - i0 : CHUNK;

    (void)err;
    for (size_t j0 = 0; j0 < s->b->n; j0 += BLOCK) {
        size_t nj = s->b->n - j0 < BLOCK ? s->b->n - j0 : BLOCK;

        s->kernel->products(s->a->v + i0 * s->a->k, ni, s->b->v + j0 * s->b->k, nj,
                            s->a->k, w->tile);
        take_tile(s, w, i0, ni, j0, nj);
    }
    tally_progress_add(s->progress, ni);
    return 0;
}

static int
make_workers(struct search *s, unsigned n, struct tally_err *err)
{
    s->workers = calloc(n, sizeof *s->workers);
    if (s->workers == NULL) {
        return tally_err_nomem(err);
    }
    s->nworkers = n;
    for (size_t i = 0; i < n; i++) {
        struct worker *w = &s->workers[i];

        w->tile = malloc(sizeof *w->tile * CHUNK * BLOCK);
        w->distance = malloc((s->b->n + 1) * sizeof *w->distance);
        w->at = malloc((s->b->n + 1) * sizeof *w->at);
        if (w->tile == NULL || w->distance == NULL || w->at == NULL) {
            return tally_err_nomem(err);
        }
        for (size_t j = 0; j < s->b->n; j++) {
            w->distance[j] = INT32_MAX;
            w->at[j] = TALLY_AUDIT_NONE;
        }
    }
    return 0;
}

static void
merge_and_free(struct search *s, bool merge)
{
    for (size_t i = 0; i < s->nworkers; i++) {
        struct worker *w = &s->workers[i];

        for (size_t j = 0; merge && i > 0 && j < s->b->n; j++) {
            consider_back(&s->workers[0], w->at[j], j, w->distance[j]);
        }
        if (i > 0 || !merge) {
            free(w->at);
            free(w->distance);
        }
        free(w->tile);
    }
    if (merge) {
        memcpy(s->out->back, s->workers[0].at, s->b->n * sizeof *s->out->back);
        free(s->workers[0].at);
        free(s->workers[0].distance);
    }
    free(s->workers);
}

static int
make_out(struct tally_nearest *out, size_t na, size_t nb, struct tally_err *err)
{
    memset(out, 0, sizeof *out);
    out->na = na;
    out->nb = nb;
    out->at = malloc((na + 1) * sizeof *out->at);
    out->first = malloc((na + 1) * sizeof *out->first);
    out->second = malloc((na + 1) * sizeof *out->second);
    out->back = malloc((nb + 1) * sizeof *out->back);
    if (out->at == NULL || out->first == NULL || out->second == NULL ||
        out->back == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t i = 0; i < na; i++) {
        out->at[i] = TALLY_AUDIT_NONE;
        out->first[i] = INT32_MAX;
        out->second[i] = INT32_MAX;
    }
    return 0;
}

static int
search(struct tally_nearest *out, const struct whole *a, const struct whole *b,
       struct tally_pool *pool, struct tally_progress *progress, struct tally_err *err)
{
    struct tally_nearest found;
    struct search s = {a, b, tally_kernel_best(), &found, NULL, 0, progress};
    int rc = -1;

    if (make_out(&found, a->n, b->n, err) == 0 &&
        make_workers(&s, tally_pool_threads(pool), err) == 0) {
        rc = tally_pool_run(pool, (a->n + CHUNK - 1) / CHUNK, search_chunk, &s, err);
    }
    merge_and_free(&s, rc == 0);
    if (rc != 0) {
        tally_nearest_free(&found);
        return -1;
    }
    *out = found;
    return 0;
}

void
tally_nearest_free(struct tally_nearest *n)
{
    free(n->at);
    free(n->first);
    free(n->second);
    free(n->back);
    memset(n, 0, sizeof *n);
}

/* The longest row, of the columns that count. */
static double
longest(const struct tally_features *f, size_t from, size_t step)
{
    double most = 0;

    for (size_t i = 0; i < f->n; i++) {
        double squares = 0;

        for (size_t c = from; c < f->k; c += step) {
            squares += (double)f->v[i * f->k + c] * f->v[i * f->k + c];
        }
        most = squares > most ? squares : most;
    }
    return sqrt(most);
}

static int
to_whole(const struct tally_features *f, size_t from, size_t step, double scale,
         struct whole *out, struct tally_err *err)
{
    size_t used = from < f->k ? (f->k - from + step - 1) / step : 0;
    int16_t *v;

    out->n = f->n;
    out->k = tally_size_align(used > 0 ? used : 1, TALLY_PRODUCTS_ALIGN);
    v = calloc(out->n * out->k + 1, sizeof *v);
    out->v = v;
    out->squares = calloc(out->n + 1, sizeof *out->squares);
    if (v == NULL || out->squares == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t i = 0; i < f->n; i++) {
        int16_t *row = v + i * out->k;

        for (size_t c = 0; c < used; c++) {
            row[c] = (int16_t)lrint(f->v[i * f->k + from + c * step] * scale);
            out->squares[i] += row[c] * row[c];
        }
    }
    return 0;
}

int
tally_nearest_find(struct tally_nearest *out, const struct tally_features *a,
                   const struct tally_features *b, size_t from, size_t step,
                   struct tally_pool *pool, struct tally_progress *progress,
                   struct tally_err *err)
{
    struct whole x = {0};
    struct whole y = {0};
    double most = fmax(longest(a, from, step), longest(b, from, step));
    double scale = most > 0 ? (LONGEST - 64) / most : 0;
    int rc = -1;

    TALLY_INVARIANT(a->k == b->k);
    if (to_whole(a, from, step, scale, &x, err) == 0 &&
        to_whole(b, from, step, scale, &y, err) == 0) {
        rc = search(out, &x, &y, pool, progress, err);
    }
    free((void *)x.v);
    free((void *)y.v);
    free(x.squares);
    free(y.squares);
    return rc;
}

int
tally_nearest_product(struct tally_nearest *out, const int16_t *a, size_t na,
                      const int16_t *b, size_t nb, size_t k, struct tally_pool *pool,
                      struct tally_progress *progress, struct tally_err *err)
{
    struct whole x = {na, k, a, NULL};
    struct whole y = {nb, k, b, NULL};

    return search(out, &x, &y, pool, progress, err);
}

static int
by_margin(const void *a, const void *b)
{
    const struct tally_audit_pair *x = a;
    const struct tally_audit_pair *y = b;

    if (x->margin != y->margin) {
        return x->margin > y->margin ? -1 : 1;
    }
    return (x->victim > y->victim) - (x->victim < y->victim);
}

struct tally_audit_pair *
tally_nearest_mutual(const struct tally_nearest *near, size_t *n)
{
    struct tally_audit_pair *pairs = malloc((near->na + 1) * sizeof *pairs);

    *n = 0;
    for (size_t i = 0; pairs != NULL && i < near->na; i++) {
        uint32_t j = near->at[i];

        if (j != TALLY_AUDIT_NONE && near->back[j] == i) {
            pairs[(*n)++] = (struct tally_audit_pair){
                (uint32_t)i, j, (double)near->second[i] - near->first[i]};
        }
    }
    if (pairs != NULL) {
        qsort(pairs, *n, sizeof *pairs, by_margin);
    }
    return pairs;
}

/*
 * Nearest rows: every row of A against every row of B, by products of whole numbers.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/audit/audit_math.h"

#include <math.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "bloom/base/size.h"
#include "bloom/kernels/kernels.h"

#define ROWS     TALLY_PRODUCTS_ROWS
#define GROUPS   4 /* of rows of A a chunk */
#define CHUNK    (GROUPS * ROWS)
#define LONGEST  16384.0
#define FAR_AWAY (INT32_C(1) << 30) /* above the square of any row */

/* A matrix as whole numbers, in groups (tally_products_at), and the squares of its rows;
 * rows that only fill a group are far away. */
struct whole {
    size_t n;
    size_t k;
    int16_t *v;
    int32_t *squares;
};

/* What one thread has: the nearest of A so far, for each row of B. */
struct worker {
    int32_t *distance;
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

/* Row ${i} of A against a group of B from row ${j0}: products become distances, and few
 * groups have one that is worth a look. */
static void
take_row(struct search *s, struct worker *w, size_t i, size_t j0, const int32_t *products)
{
    const int32_t *squares = s->b->squares + j0;
    const int32_t *back = w->distance + j0;
    int32_t mine = s->a->squares[i];
    int32_t least = s->out->second[i];
    int32_t d[ROWS];
    int32_t any = 0;

    for (size_t j = 0; j < ROWS; j++) {
        d[j] = mine + squares[j] - 2 * products[j];
        any |= (d[j] < least) | (d[j] <= back[j]);
    }
    for (size_t j = 0; any != 0 && j < ROWS && j0 + j < s->b->n; j++) {
        consider(s->out, i, j0 + j, d[j]);
        consider_back(w, i, j0 + j, d[j]);
    }
}

static int
search_chunk(void *ctx, size_t chunk, unsigned worker, struct tally_err *err)
{
    struct search *s = ctx;
    struct worker *w = &s->workers[worker];
    size_t first = chunk * CHUNK;
    size_t last = first + CHUNK < s->a->n ? first + CHUNK : s->a->n;
    alignas(TALLY_ROW_ALIGN) int32_t products[ROWS * ROWS];

    (void)err;
    for (size_t j = 0; j < s->b->n; j += ROWS) {
        for (size_t i = first; i < last; i += ROWS) {
            s->kernel->products(s->a->v + i * s->a->k, s->b->v + j * s->b->k, s->a->k,
                                products);
            for (size_t r = 0; r < ROWS && i + r < last; r++) {
                take_row(s, w, i + r, j, products + r * ROWS);
            }
        }
    }
    tally_progress_add(s->progress, last - first);
    return 0;
}

static int
make_workers(struct search *s, unsigned n, struct tally_err *err)
{
    size_t padded = tally_size_align(s->b->n, ROWS) + 1;

    s->workers = calloc(n, sizeof *s->workers);
    if (s->workers == NULL) {
        return tally_err_nomem(err);
    }
    s->nworkers = n;
    for (size_t i = 0; i < n; i++) {
        struct worker *w = &s->workers[i];

        w->distance = malloc(padded * sizeof *w->distance);
        w->at = malloc(padded * sizeof *w->at);
        if (w->distance == NULL || w->at == NULL) {
            return tally_err_nomem(err);
        }
        for (size_t j = 0; j < padded; j++) {
            w->distance[j] = j < s->b->n ? INT32_MAX : INT32_MIN;
            w->at[j] = TALLY_AUDIT_NONE;
        }
    }
    return 0;
}

static void
merge_and_free(struct search *s, bool merge)
{
    struct worker *all = s->workers;

    for (size_t i = 1; merge && i < s->nworkers; i++) {
        for (size_t j = 0; j < s->b->n; j++) {
            consider_back(all, s->workers[i].at[j], j, s->workers[i].distance[j]);
        }
    }
    if (merge) {
        memcpy(s->out->back, all->at, s->b->n * sizeof *s->out->back);
    }
    for (size_t i = 0; i < s->nworkers; i++) {
        free(s->workers[i].at);
        free(s->workers[i].distance);
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
    size_t padded = tally_size_align(f->n, ROWS) + ROWS;
    size_t bytes;

    out->n = f->n;
    out->k = tally_size_align(used > 0 ? used : 1, 2);
    bytes = padded * out->k * sizeof *out->v;
    out->v = aligned_alloc(TALLY_ROW_ALIGN, bytes);
    out->squares = malloc(padded * sizeof *out->squares);
    if (out->v == NULL || out->squares == NULL) {
        return tally_err_nomem(err);
    }
    memset(out->v, 0, bytes);
    for (size_t i = 0; i < padded; i++) {
        out->squares[i] = i < f->n ? 0 : FAR_AWAY;
        for (size_t c = 0; i < f->n && c < used; c++) {
            int32_t x = (int32_t)lrint(f->v[i * f->k + from + c * step] * scale);

            out->v[tally_products_at(out->k, i, c)] = (int16_t)x;
            out->squares[i] += x * x;
        }
    }
    return 0;
}

static void
free_whole(struct whole *w)
{
    free(w->v);
    free(w->squares);
}

int
tally_nearest_find(struct tally_nearest *out, const struct tally_features *a,
                   const struct tally_features *b, size_t from, size_t step,
                   struct tally_pool *pool, struct tally_progress *progress,
                   struct tally_err *err)
{
    struct whole x = {0}, y = {0};
    double most = fmax(longest(a, from, step), longest(b, from, step));
    double scale = most > 0 ? (LONGEST - 64) / most : 0;
    int rc = -1;

    TALLY_INVARIANT(a->k == b->k);
    if (to_whole(a, from, step, scale, &x, err) == 0 &&
        to_whole(b, from, step, scale, &y, err) == 0) {
        rc = search(out, &x, &y, pool, progress, err);
    }
    free_whole(&x);
    free_whole(&y);
    return rc;
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

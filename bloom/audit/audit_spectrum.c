/*
 * Covariance of bits and its leading eigenvectors.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/audit/audit_spectrum.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bloom/base/interrupt.h"
#include "bloom/kernels/kernels.h"

#define ROUNDS 20
#define D      TALLY_DIRECTIONS
#define CHUNK  32

struct counting {
    const uint8_t *columns;
    size_t stride;
    size_t bits;
    const struct tally_kernel *kernel;
    uint32_t *out;
};

/* Common bits of two columns, which may be longer than a kernel takes at once. */
static uint32_t
common(const struct counting *c, size_t i, size_t j)
{
    const uint8_t *x = c->columns + i * c->stride;
    const uint8_t *y = c->columns + j * c->stride;
    uint32_t n = 0;

    for (size_t at = 0; at < c->stride; at += TALLY_ROW_BYTES_MAX) {
        size_t len = c->stride - at;

        n += c->kernel->and_popcount(
            x + at, y + at, len < TALLY_ROW_BYTES_MAX ? len : TALLY_ROW_BYTES_MAX);
    }
    return n;
}

static int
count_chunk(void *ctx, size_t chunk, unsigned worker, struct tally_err *err)
{
    struct counting *c = ctx;
    size_t last = (chunk + 1) * CHUNK < c->bits ? (chunk + 1) * CHUNK : c->bits;

    (void)worker;
    (void)err;
    for (size_t i = chunk * CHUNK; i < last; i++) {
        for (size_t j = 0; j < c->bits; j++) {
            c->out[i * c->bits + j] = common(c, i, j);
        }
    }
    return 0;
}

int
tally_audit_cooccurrence(const struct tally_audit_rows *r, uint32_t **out,
                         struct tally_pool *pool, struct tally_err *err)
{
    struct counting c = {.bits = r->bits, .kernel = tally_kernel_best()};
    uint8_t *columns = tally_audit_rows_transpose(r, &c.stride);
    int rc;

    c.columns = columns;
    c.out = malloc(c.bits * c.bits * sizeof *c.out);
    if (columns == NULL || c.out == NULL) {
        free(columns);
        free(c.out);
        return tally_err_nomem(err);
    }
    rc = tally_pool_run(pool, (c.bits + CHUNK - 1) / CHUNK, count_chunk, &c, err);
    free(columns);
    if (rc != 0) {
        free(c.out);
        return -1;
    }
    *out = c.out;
    return 0;
}

/* One product of the covariance with all directions. */
struct product {
    const uint32_t *together;
    const struct tally_audit_rows *rows;
    size_t bits;
    const double *x; /* bits by D */
    double *y;
    double *mean; /* of x, weighted by how often bits are set */
};

static int
product_chunk(void *ctx, size_t chunk, unsigned worker, struct tally_err *err)
{
    struct product *p = ctx;
    size_t last = (chunk + 1) * CHUNK < p->bits ? (chunk + 1) * CHUNK : p->bits;
    double n = (double)p->rows->n;

    (void)worker;
    (void)err;
    for (size_t i = chunk * CHUNK; i < last; i++) {
        const uint32_t *row = p->together + i * p->bits;
        double *y = p->y + i * D;
        double share = row[i] / n;

        for (size_t c = 0; c < D; c++) {
            y[c] = -share * p->mean[c];
        }
        for (size_t j = 0; j < p->bits; j++) {
            double w = row[j] / n;

            for (size_t c = 0; c < D; c++) {
                y[c] += w * p->x[j * D + c];
            }
        }
    }
    return 0;
}

static int
multiply(struct product *p, struct tally_pool *pool, struct tally_err *err)
{
    memset(p->mean, 0, D * sizeof *p->mean);
    for (size_t j = 0; j < p->bits; j++) {
        double share = p->together[j * p->bits + j] / (double)p->rows->n;

        for (size_t c = 0; c < D; c++) {
            p->mean[c] += share * p->x[j * D + c];
        }
    }
    return tally_pool_run(pool, (p->bits + CHUNK - 1) / CHUNK, product_chunk, p, err);
}

/* Columns of ${y} made orthonormal, one after the other (twice, against rounding). */
static void
orthonormalise(double *y, size_t n)
{
    const size_t d = D;

    for (size_t c = 0; c < d; c++) {
        double length = 0;

        for (size_t b = 0; b < 2 * c; b++) {
            size_t earlier = b % c;
            double along = 0;

            for (size_t i = 0; i < n; i++) {
                along += y[i * d + c] * y[i * d + earlier];
            }
            for (size_t i = 0; i < n; i++) {
                y[i * d + c] -= along * y[i * d + earlier];
            }
        }
        for (size_t i = 0; i < n; i++) {
            length += y[i * d + c] * y[i * d + c];
        }
        length = length > 1e-200 ? 1 / sqrt(length) : 0;
        for (size_t i = 0; i < n; i++) {
            y[i * d + c] *= length;
        }
    }
}

/* Turn ${x}, orthonormal, so that its columns are eigenvectors, given the product ${y} of
 * the covariance with it. */
static int
turn_to_eigenvectors(double *x, const double *y, size_t n, struct tally_err *err)
{
    const size_t d = D;
    double *small = calloc(2 * d * d + 2 * d, sizeof *small);
    double *vectors, *values, *row;

    if (small == NULL) {
        return tally_err_nomem(err);
    }
    vectors = small + d * d;
    values = vectors + d * d;
    row = values + d;
    for (size_t a = 0; a < d; a++) {
        for (size_t b = 0; b < d; b++) {
            for (size_t i = 0; i < n; i++) {
                small[a * d + b] += x[i * d + a] * y[i * d + b];
            }
        }
    }
    for (size_t a = 0; a < d; a++) {
        for (size_t b = 0; b < a; b++) {
            small[a * d + b] = small[b * d + a];
        }
    }
    tally_eigen_small(small, d, values, vectors);
    for (size_t i = 0; i < n; i++) {
        for (size_t c = 0; c < d; c++) {
            row[c] = 0;
            for (size_t a = 0; a < d; a++) {
                row[c] += x[i * d + a] * vectors[a * d + c];
            }
        }
        memcpy(x + i * d, row, d * sizeof *row);
    }
    free(small);
    return 0;
}

static int
iterate(struct product *p, double *x, uint64_t seed, struct tally_pool *pool,
        struct tally_err *err)
{
    uint64_t state = seed;

    for (size_t i = 0; i < p->bits * D; i++) {
        x[i] = (double)tally_audit_below(&state, 2001) / 1000 - 1;
    }
    orthonormalise(x, p->bits);
    p->x = x;
    for (int round = 0; round < ROUNDS; round++) {
        if (tally_interrupt_check(err) != 0 || multiply(p, pool, err) != 0) {
            return -1;
        }
        if (round + 1 == ROUNDS) {
            return turn_to_eigenvectors(x, p->y, p->bits, err);
        }
        memcpy(x, p->y, p->bits * D * sizeof *x);
        orthonormalise(x, p->bits);
    }
    return 0;
}

/* Where each record lies: the sum of its bits' rows of ${x}, less the mean. */
static void
project(const struct tally_audit_rows *r, const double *x, struct tally_features *out)
{
    const size_t d = D;

    for (size_t i = 0; i < r->n; i++) {
        for (uint32_t b = 0; b < r->bits; b++) {
            for (size_t c = 0; tally_audit_bit(r, i, b) && c < d; c++) {
                out->v[i * d + c] += (float)x[b * d + c];
            }
        }
    }
    for (size_t c = 0; c < d; c++) {
        double mean = 0;

        for (size_t i = 0; i < r->n; i++) {
            mean += out->v[i * d + c];
        }
        mean /= (double)r->n;
        for (size_t i = 0; i < r->n; i++) {
            out->v[i * d + c] -= (float)mean;
        }
    }
}

int
tally_audit_spectrum(const struct tally_audit_rows *r, uint64_t seed,
                     struct tally_pool *pool, struct tally_features *out,
                     struct tally_err *err)
{
    struct product p = {.rows = r, .bits = r->bits};
    uint32_t *together = NULL;
    double *work = calloc(2 * p.bits * D + D, sizeof *work);
    int rc = -1;

    if (work == NULL) {
        return tally_err_nomem(err);
    }
    p.y = work + p.bits * D;
    p.mean = p.y + p.bits * D;
    if (tally_features_create(out, r->n, D, err) == 0 &&
        tally_audit_cooccurrence(r, &together, pool, err) == 0) {
        p.together = together;
        rc = iterate(&p, work, seed, pool, err);
    }
    if (rc == 0) {
        project(r, work, out);
    }
    free(together);
    free(work);
    return rc;
}

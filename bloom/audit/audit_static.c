/*
 * Static measures of one view.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/audit/audit_static.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bloom/audit/audit_spectrum.h"
#include "bloom/kernels/kernels.h"

#define COMPARED_ROWS 20000u
#define PROBES        1000u /* of these compared with all, for neighbours */
#define PROBE_CHUNK   8

/* Rows in order of their bytes: equal ones stand together. */
static int
measure_groups(const struct tally_audit_rows *r, struct tally_audit_static *out,
               struct tally_err *err)
{
    uint32_t *order = tally_audit_rows_order(r);
    uint64_t alone = 0, frequent = 0;

    if (order == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t i = 0, next; i < r->n; i = next) {
        for (next = i + 1;
             next < r->n && tally_audit_rows_equal(r, order[i], order[next]); next++) {
        }
        if (r->ones[order[i]] == 0) {
            continue; /* nothing is encoded in them */
        }
        alone += next - i == 1;
        frequent += next - i >= TALLY_FREQUENT ? next - i : 0;
        out->largest_group =
            next - i > out->largest_group ? next - i : out->largest_group;
    }
    free(order);
    out->unique = out->rows > 0 ? (double)alone / (double)out->rows : 0;
    out->frequent = out->rows > 0 ? (double)frequent / (double)out->rows : 0;
    return 0;
}

static int
compare_counts(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

/* From ascending counts: sum of (2 i - n - 1) x_i over n * sum of x_i, i from 1. */
static double
gini(const uint64_t *counts, size_t n)
{
    double weighted = 0;
    double sum = 0;

    for (size_t i = 0; i < n; i++) {
        weighted += (2.0 * (double)i + 1.0 - (double)n) * (double)counts[i];
        sum += (double)counts[i];
    }
    return sum > 0 ? weighted / ((double)n * sum) : 0;
}

static double
entropy(double p)
{
    return p <= 0 || p >= 1 ? 0 : -(p * log2(p) + (1 - p) * log2(1 - p));
}

static int
measure_bits(const struct tally_audit_rows *r, struct tally_audit_static *out,
             struct tally_err *err)
{
    uint64_t *counts = calloc(r->bits + 1, sizeof *counts);
    double n = out->rows > 0 ? (double)out->rows : 1;

    if (counts == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t i = 0; i < r->n; i++) {
        for (uint32_t b = 0; b < r->bits; b++) {
            counts[b] += tally_audit_bit(r, i, b);
        }
    }
    qsort(counts, r->bits, sizeof *counts, compare_counts);
    out->frequency_low = (double)counts[0] / n;
    out->frequency_high = (double)counts[r->bits - 1] / n;
    out->gini = gini(counts, r->bits);
    for (uint32_t b = 0; b < r->bits; b++) {
        out->entropy += entropy((double)counts[b] / n) / r->bits;
    }
    free(counts);
    return 0;
}

/* Pearson's, from sums of whole numbers, over rows with bits. */
double
tally_audit_token_correlation(const struct tally_audit_rows *r, const uint32_t *tokens)
{
    double n = 0, sa = 0, sb = 0, saa = 0, sbb = 0, sab = 0;
    double va, vb;

    for (size_t i = 0; tokens != NULL && i < r->n; i++) {
        double a = r->ones[i], b = tokens[i];

        if (r->ones[i] > 0 && tokens[i] != TALLY_AUDIT_NONE) {
            n++;
            sa += a;
            sb += b;
            saa += a * a;
            sbb += b * b;
            sab += a * b;
        }
    }
    va = n * saa - sa * sa;
    vb = n * sbb - sb * sb;
    return va > 0 && vb > 0 ? (n * sab - sa * sb) / sqrt(va * vb) : NAN;
}

static void
measure_ones(const struct tally_audit_rows *r, struct tally_audit_static *out)
{
    double sum = 0;

    out->ones_low = r->bits;
    for (size_t i = 0; i < r->n; i++) {
        if (r->ones[i] == 0) {
            out->empty++;
            continue;
        }
        out->rows++;
        sum += r->ones[i];
        out->ones_low = r->ones[i] < out->ones_low ? r->ones[i] : out->ones_low;
        out->ones_high = r->ones[i] > out->ones_high ? r->ones[i] : out->ones_high;
    }
    out->ones_mean = out->rows > 0 ? sum / (double)out->rows : 0;
    out->ones_low = out->rows > 0 ? out->ones_low : 0;
}

static void
compare_columns(const uint32_t *together, size_t bits, double n,
                struct tally_audit_static *out)
{
    for (size_t i = 0; i < bits; i++) {
        double a = together[i * bits + i] / n;

        for (size_t j = 0; j < i; j++) {
            double b = together[j * bits + j] / n;
            double v = a * (1 - a) * b * (1 - b);
            double phi = v > 0 ? (together[i * bits + j] / n - a * b) / sqrt(v) : 0;

            out->linked += phi > TALLY_LINKED_PHI;
            out->largest_phi = phi > out->largest_phi ? phi : out->largest_phi;
        }
    }
}

struct probing {
    const struct tally_audit_rows *rows;
    const struct tally_kernel *kernel;
    size_t probes;
    uint64_t *alike; /* of each probe: other rows that it is alike to */
};

/* Correlation of the bits of two rows, squared, in standard errors of chance. */
static bool
outstands(const struct tally_audit_rows *r, size_t i, size_t j, uint32_t common)
{
    double n = r->bits, a = r->ones[i], b = r->ones[j];
    double excess = n * common - a * b;

    return excess > 0 && excess * excess * n > TALLY_OUTSTANDS * TALLY_OUTSTANDS * a *
                                                   (n - a) * b * (n - b);
}

static int
probe_chunk(void *ctx, size_t chunk, unsigned worker, struct tally_err *err)
{
    const struct probing *p = ctx;
    const struct tally_audit_rows *r = p->rows;
    size_t last = (chunk + 1) * PROBE_CHUNK;

    (void)worker;
    (void)err;
    for (size_t k = chunk * PROBE_CHUNK; k < last && k < p->probes; k++) {
        size_t i = k * r->n / p->probes;

        for (size_t j = 0; j < r->n; j++) {
            p->alike[k] +=
                j != i &&
                outstands(r, i, j,
                          p->kernel->and_popcount(tally_audit_row(r, i),
                                                  tally_audit_row(r, j), r->stride));
        }
    }
    return 0;
}

static int
measure_neighbours(const struct tally_audit_rows *r, struct tally_pool *pool,
                   struct tally_audit_static *out, struct tally_err *err)
{
    size_t probes = r->n < PROBES ? r->n : PROBES;
    uint64_t *alike = calloc(probes, sizeof *alike);
    struct probing p = {r, tally_kernel_best(), probes, alike};
    int rc;

    if (alike == NULL) {
        return tally_err_nomem(err);
    }
    rc = tally_pool_run(pool, (probes + PROBE_CHUNK - 1) / PROBE_CHUNK, probe_chunk, &p,
                        err);
    for (size_t k = 0; rc == 0 && k < probes; k++) {
        out->neighbours += (double)alike[k] / (double)probes;
    }
    out->compared = r->n;
    free(alike);
    return rc;
}

/* Every k-th row, so that no more than COMPARED_ROWS are compared. */
static int
take_some(const struct tally_audit_rows *r, struct tally_audit_rows *some,
          struct tally_err *err)
{
    size_t step = (r->n + COMPARED_ROWS - 1) / COMPARED_ROWS;

    *some = *r;
    some->n = (r->n + step - 1) / step;
    some->matrix = aligned_alloc(TALLY_ROW_ALIGN, some->n * r->stride);
    some->ones = malloc(some->n * sizeof *some->ones);
    if (some->matrix == NULL || some->ones == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t i = 0; i < some->n; i++) {
        memcpy(some->matrix + i * r->stride, tally_audit_row(r, i * step), r->stride);
        some->ones[i] = r->ones[i * step];
    }
    return 0;
}

static int
measure_pairs(const struct tally_audit_rows *r, struct tally_pool *pool,
              struct tally_audit_static *out, struct tally_err *err)
{
    struct tally_audit_rows some = {0};
    uint32_t *together = NULL;
    int rc = -1;

    if (r->n < 2) {
        return 0;
    }
    if (take_some(r, &some, err) == 0 &&
        tally_audit_cooccurrence(&some, &together, pool, err) == 0) {
        compare_columns(together, r->bits, (double)some.n, out);
        rc = measure_neighbours(&some, pool, out, err);
    }
    free(together);
    free(some.matrix);
    free(some.ones);
    return rc;
}

int
tally_audit_static_measure(const struct tally_audit_rows *r, const uint32_t *tokens,
                           struct tally_pool *pool, struct tally_audit_static *out,
                           struct tally_err *err)
{
    struct tally_audit_static m = {0};

    measure_ones(r, &m);
    if (measure_groups(r, &m, err) != 0 || measure_bits(r, &m, err) != 0 ||
        measure_pairs(r, pool, &m, err) != 0) {
        return -1;
    }
    m.token_correlation = tally_audit_token_correlation(r, tokens);
    *out = m;
    return 0;
}

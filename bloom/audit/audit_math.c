/*
 * Features and small matrices.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/audit/audit_math.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bloom/base/size.h"

#define SWEEPS_MAX 40

int
tally_features_create(struct tally_features *f, size_t n, size_t k, struct tally_err *err)
{
    size_t cells;

    memset(f, 0, sizeof *f);
    if (!tally_size_mul(n, k, &cells)) {
        return tally_err_nomem(err);
    }
    f->v = calloc(cells + 1, sizeof *f->v);
    if (f->v == NULL) {
        return tally_err_nomem(err);
    }
    f->n = n;
    f->k = k;
    return 0;
}

void
tally_features_free(struct tally_features *f)
{
    free(f->v);
    memset(f, 0, sizeof *f);
}

/* Sums of columns in ${mean}, and of the squares of what is left of them in ${square}. */
static void
column_moments(const struct tally_features *f, double *mean, double *square)
{
    for (size_t i = 0; i < f->n; i++) {
        for (size_t c = 0; c < f->k; c++) {
            mean[c] += f->v[i * f->k + c];
        }
    }
    for (size_t c = 0; c < f->k; c++) {
        mean[c] /= (double)f->n;
    }
    for (size_t i = 0; i < f->n; i++) {
        for (size_t c = 0; c < f->k; c++) {
            double x = f->v[i * f->k + c] - mean[c];

            square[c] += x * x;
        }
    }
}

int
tally_features_standardise(struct tally_features *f, struct tally_err *err)
{
    double *mean = calloc(2 * f->k + 1, sizeof *mean);
    double *square = mean + f->k;

    if (mean == NULL) {
        return tally_err_nomem(err);
    }
    if (f->n > 0) {
        column_moments(f, mean, square);
    }
    for (size_t c = 0; c < f->k; c++) {
        square[c] = f->n > 0 ? sqrt(square[c] / (double)f->n) : 0;
    }
    for (size_t i = 0; i < f->n; i++) {
        for (size_t c = 0; c < f->k; c++) {
            float *x = &f->v[i * f->k + c];
            double deviation = square[c];

            *x = deviation > 1e-9 ? (float)((*x - mean[c]) / deviation) : 0;
        }
    }
    free(mean);
    return 0;
}

void
tally_features_unit_rows(struct tally_features *f)
{
    for (size_t i = 0; i < f->n; i++) {
        float *row = f->v + i * f->k;
        double squares = 0;
        double scale;

        for (size_t c = 0; c < f->k; c++) {
            squares += (double)row[c] * row[c];
        }
        scale = squares > 0 ? 1 / sqrt(squares) : 0;
        for (size_t c = 0; c < f->k; c++) {
            row[c] = (float)(row[c] * scale);
        }
    }
}

/* Turn rows and columns p and q of ${m} so that m[p][q] becomes 0, and ${vectors} with
 * them. */
static void
rotate(double *m, double *vectors, size_t d, size_t p, size_t q)
{
    double theta, t, c, s;

    if (fabs(m[p * d + q]) < 1e-300) {
        return;
    }
    theta = (m[q * d + q] - m[p * d + p]) / (2 * m[p * d + q]);
    t = (theta >= 0 ? 1 : -1) / (fabs(theta) + sqrt(theta * theta + 1));
    c = 1 / sqrt(t * t + 1);
    s = t * c;
    for (size_t i = 0; i < d; i++) {
        double x = m[i * d + p], y = m[i * d + q];

        m[i * d + p] = c * x - s * y;
        m[i * d + q] = s * x + c * y;
    }
    for (size_t i = 0; i < d; i++) {
        double x = m[p * d + i], y = m[q * d + i];
        double v = vectors[i * d + p], w = vectors[i * d + q];

        m[p * d + i] = c * x - s * y;
        m[q * d + i] = s * x + c * y;
        vectors[i * d + p] = c * v - s * w;
        vectors[i * d + q] = s * v + c * w;
    }
}

static double
off_diagonal(const double *m, size_t d, double *all)
{
    double off = 0;

    *all = 0;
    for (size_t i = 0; i < d; i++) {
        for (size_t j = 0; j < d; j++) {
            double x = m[i * d + j] * m[i * d + j];

            *all += x;
            off += i != j ? x : 0;
        }
    }
    return off;
}

static void
sort_descending(double *values, double *vectors, size_t d)
{
    for (size_t i = 0; i < d; i++) {
        size_t best = i;

        for (size_t j = i + 1; j < d; j++) {
            best = values[j] > values[best] ? j : best;
        }
        if (best != i) {
            double x = values[i];

            values[i] = values[best];
            values[best] = x;
            for (size_t r = 0; r < d; r++) {
                x = vectors[r * d + i];
                vectors[r * d + i] = vectors[r * d + best];
                vectors[r * d + best] = x;
            }
        }
    }
}

void
tally_eigen_small(double *m, size_t d, double *values, double *vectors)
{
    double all;

    memset(vectors, 0, d * d * sizeof *vectors);
    for (size_t i = 0; i < d; i++) {
        vectors[i * d + i] = 1;
    }
    for (int sweep = 0; sweep < SWEEPS_MAX && off_diagonal(m, d, &all) > 1e-24 * all;
         sweep++) {
        for (size_t p = 0; p + 1 < d; p++) {
            for (size_t q = p + 1; q < d; q++) {
                rotate(m, vectors, d, p, q);
            }
        }
    }
    for (size_t i = 0; i < d; i++) {
        values[i] = m[i * d + i];
    }
    sort_descending(values, vectors, d);
}

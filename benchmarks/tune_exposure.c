/*
 * Static measures of one encodings file.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "benchmarks/tune_exposure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct order {
    const uint8_t *matrix;
    size_t stride;
};

static int
compare_rows(const void *a, const void *b, void *ctx)
{
    const struct order *o = ctx;
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;

    return memcmp(o->matrix + x * o->stride, o->matrix + y * o->stride, o->stride);
}

/* Rows in order of their bytes: equal ones stand together. */
static void
count_groups(const struct order *o, const uint32_t *rows, uint64_t n,
             struct tally_exposure *out)
{
    uint64_t alone = 0;

    for (uint64_t i = 0, next; i < n; i = next) {
        for (next = i + 1;
             next < n && compare_rows(&rows[i], &rows[next], (void *)o) == 0; next++) {
        }
        alone += next - i == 1;
        if (next - i > out->largest_group) {
            out->largest_group = next - i;
        }
    }
    out->unique = n == 0 ? 0 : (double)alone / (double)n;
}

static int
measure_groups(const struct order *o, uint64_t n, struct tally_exposure *out,
               struct tally_err *err)
{
    uint32_t *rows = calloc(n + 1, sizeof *rows);

    if (rows == NULL) {
        return tally_err_nomem(err);
    }
    for (uint64_t i = 0; i < n; i++) {
        rows[i] = (uint32_t)i;
    }
    qsort_r(rows, n, sizeof *rows, compare_rows, (void *)o);
    count_groups(o, rows, n, out);
    free(rows);
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

static int
measure_bits(const struct order *o, uint64_t n, uint32_t bits, struct tally_exposure *out,
             struct tally_err *err)
{
    uint64_t *counts = calloc(bits, sizeof *counts);

    if (counts == NULL) {
        return tally_err_nomem(err);
    }
    for (uint64_t i = 0; i < n; i++) {
        const uint8_t *row = o->matrix + i * o->stride;

        for (uint32_t b = 0; b < bits; b++) {
            counts[b] += row[b / 8] >> (7 - b % 8) & 1;
        }
    }
    qsort(counts, bits, sizeof *counts, compare_counts);
    out->frequency_low = n == 0 ? 0 : (double)counts[0] / (double)n;
    out->frequency_high = n == 0 ? 0 : (double)counts[bits - 1] / (double)n;
    out->gini = gini(counts, bits);
    free(counts);
    return 0;
}

/* Pearson's, from sums of whole numbers. */
static double
correlation(const uint32_t *a, const uint32_t *b, uint64_t n)
{
    double sa = 0, sb = 0, saa = 0, sbb = 0, sab = 0;
    double va, vb;

    for (uint64_t i = 0; i < n; i++) {
        sa += a[i];
        sb += b[i];
        saa += (double)a[i] * a[i];
        sbb += (double)b[i] * b[i];
        sab += (double)a[i] * b[i];
    }
    va = (double)n * saa - sa * sa;
    vb = (double)n * sbb - sb * sb;
    return va > 0 && vb > 0 ? ((double)n * sab - sa * sb) / sqrt(va * vb) : NAN;
}

int
tally_exposure_measure(const struct tally_encfile *enc, const uint32_t *tokens,
                       struct tally_exposure *out, struct tally_err *err)
{
    const struct tally_enc_info *info = tally_encfile_info(enc);
    struct order o = {tally_encfile_matrix(enc), info->stride};
    struct tally_exposure e = {.records = info->records};

    if (measure_groups(&o, info->records, &e, err) != 0 ||
        measure_bits(&o, info->records, info->bits, &e, err) != 0) {
        return -1;
    }
    e.token_correlation =
        correlation(tally_encfile_popcounts(enc), tokens, info->records);
    *out = e;
    return 0;
}

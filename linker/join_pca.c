/*
 * PCA sketches of rows, and their needs.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/join_pca.h"

#include <math.h>

/* Sketches of shorter rows are hardly narrower; for longer ones learning takes longer
 * than it saves. */
#define BITS_LEAST 256
#define BITS_MOST  4096

/* Below this threshold many pairs are alike, and it takes more to tell them apart. */
#define WIDE_BELOW_PPM 780000

static const struct tally_scan *
pca_scan(const struct tally_kernel *k)
{
    return k->dot;
}

size_t
tally_pca_widths(uint32_t bits, uint32_t threshold_ppm,
                 size_t widths[TALLY_SKETCH_WIDTHS])
{
    static const size_t some[TALLY_PCA_WIDTHS] = {64, 128, 192, 256, 384};
    size_t n = 0;

    if (bits < BITS_LEAST || bits > BITS_MOST) {
        return 0;
    }
    for (size_t i = 0; i < TALLY_PCA_WIDTHS; i++) {
        if (some[i] * 2 <= bits && (some[i] <= 256 || threshold_ppm < WIDE_BELOW_PPM)) {
            widths[n++] = some[i];
        }
    }
    return n;
}

/* Counting the sample, and covariances times directions over and over. */
static double
pca_learn_ns(uint32_t bits, size_t widest)
{
    return 5e7 + 1.2 * bits * bits * (double)widest;
}

static const struct tally_pca_basis *
basis_of(const struct tally_join_sketch *s)
{
    const struct tally_pca_model *m = s->model;
    size_t at = 0;

    while (at < m->n && m->bases[at].projection.width != s->width) {
        at++;
    }
    TALLY_INVARIANT(at < m->n);
    return &m->bases[at];
}

/* The term of a row: see join_pca.h. Scores are less than a tenth of TALLY_NEED_MAX, so
 * that a need far below them may as well be higher. */
static int32_t
need_of(const struct tally_join_sketch *s, const struct tally_pca_basis *basis,
        uint32_t popcount, const struct tally_projected *made)
{
    const struct tally_pca_model *m = s->model;
    double step2 = (double)basis->projection.step * basis->projection.step;
    double apart = (double)(TALLY_PPM - s->threshold_ppm) / TALLY_PPM;
    double error2 = (double)made->error2;
    double need = step2 * (double)made->norm2 - basis->norm2 * apart * popcount -
                  2 * sqrt(basis->norm2 * apart * m->most * error2) - 2 * error2;

    return (int32_t)fmax(floor(need / (2 * step2)) - 1, -TALLY_NEED_MAX / 2);
}

static void
pca_make(const struct tally_join_sketch *s, const uint8_t *rows,
         const uint32_t *popcounts, size_t n, uint8_t *out, int32_t *need)
{
    const struct tally_pca_basis *basis = basis_of(s);
    const struct tally_kernel *k = tally_kernel_best();
    struct tally_projected made[TALLY_SKETCH_BATCH];

    TALLY_INVARIANT(n <= TALLY_SKETCH_BATCH);
    (k->project != NULL ? k->project : tally_project_reference)(&basis->projection, rows,
                                                                n, out, made);
    for (size_t i = 0; i < n; i++) {
        need[i] = need_of(s, basis, popcounts[i], &made[i]);
    }
}

/* A bit more in common is two bits less of difference. */
static uint64_t
pca_per_bit_ppm(const struct tally_join_sketch *s)
{
    const struct tally_pca_basis *basis = basis_of(s);
    double step2 = (double)basis->projection.step * basis->projection.step;

    return (uint64_t)(basis->norm2 / step2 * TALLY_PPM * .999999);
}

const struct tally_sketch_kind tally_sketch_pca = {
    .name = "pca",
    .sort_by_need = true,
    .learn_ns = pca_learn_ns,
    .scan = pca_scan,
    .widths = tally_pca_widths,
    .learn = tally_pca_learn,
    .forget = tally_pca_forget,
    .make = pca_make,
    .per_bit_ppm = pca_per_bit_ppm,
};

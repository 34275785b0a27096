/*
 * The sketch that is the row itself, the list of kinds, and the sample they learn from.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/join_sketch.h"

#include "linker/join_need.h"
#include "linker/join_random.h"

#include <string.h>

const struct tally_sketch_kind *const tally_sketch_kinds[] = {
    &tally_sketch_whole, &tally_sketch_fold, &tally_sketch_pca, NULL};

static const struct tally_scan *
whole_scan(const struct tally_kernel *k)
{
    return &k->common;
}

static size_t
whole_widths(uint32_t bits, uint32_t threshold_ppm, size_t widths[TALLY_SKETCH_WIDTHS])
{
    (void)threshold_ppm;
    widths[0] = ((size_t)bits + 63) / 64 * 8;
    return 1;
}

static void
whole_make(const struct tally_join_sketch *s, const uint8_t *rows,
           const uint32_t *popcounts, size_t n, uint8_t *out, int32_t *need)
{
    for (size_t i = 0; i < n; i++) {
        memcpy(out + i * s->width, rows + i * s->stride, s->width);
        need[i] = tally_join_need(s->threshold_ppm, popcounts[i], popcounts[i]);
    }
}

static uint64_t
whole_per_bit_ppm(const struct tally_join_sketch *s)
{
    (void)s;
    return TALLY_PPM;
}

const struct tally_sketch_kind tally_sketch_whole = {
    .name = "whole",
    .decides = true,
    .scan = whole_scan,
    .widths = whole_widths,
    .make = whole_make,
    .per_bit_ppm = whole_per_bit_ppm,
};

struct tally_join_sketch
tally_sketch_whole_of(const struct tally_matrix *m, uint32_t threshold_ppm)
{
    size_t widths[TALLY_SKETCH_WIDTHS];

    (void)whole_widths(m->bits, threshold_ppm, widths);
    return (struct tally_join_sketch){.kind = &tally_sketch_whole,
                                      .bits = m->bits,
                                      .stride = m->stride,
                                      .width = widths[0],
                                      .threshold_ppm = threshold_ppm};
}

void
tally_sketch_sample(const struct tally_matrix *a, const struct tally_matrix *b, size_t n,
                    uint64_t seed, uint8_t *out)
{
    for (size_t i = 0; i < n; i++) {
        const struct tally_matrix *m = i % 2 == 0 ? a : b;

        memcpy(out + i * m->stride, m->rows + tally_join_random(&seed, m->n) * m->stride,
               m->stride);
    }
}

/*
 * Sketches by XOR of pieces, and the choice of their width by sampling.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/join_sketch.h"
#include "linker/join_random.h"

#include <stdalign.h>
#include <string.h>

/* Pairs that a width is judged by, and the size of a join below which judging is not
 * worth it. */
#define SAMPLE_PAIRS 16384
#define SMALL_JOIN   (1u << 22)

/* Verifying a candidate costs about as much as scanning this many pieces of
 * TALLY_ROW_ALIGN bytes: two rows from far away against vectors in the cache. */
#define VERIFY_COST 64

void
tally_join_sketch_fold(const struct tally_join_sketch *s, const uint8_t *row,
                       uint8_t *out)
{
    memcpy(out, row, s->width);
    for (size_t piece = s->width; piece < s->stride; piece += s->width) {
        for (size_t at = 0; at < s->width; at += sizeof(uint64_t)) {
            uint64_t x;
            uint64_t y;

            memcpy(&x, out + at, sizeof x);
            memcpy(&y, row + piece + at, sizeof y);
            x ^= y;
            memcpy(out + at, &x, sizeof x);
        }
    }
}

int32_t
tally_join_sketch_need(const struct tally_join_sketch *s, uint32_t popcount,
                       uint32_t folded)
{
    const int64_t unit = 2 * (int64_t)TALLY_PPM;
    int64_t twice = (int64_t)TALLY_PPM * folded -
                    (int64_t)(TALLY_PPM - s->threshold_ppm) * (int64_t)popcount;

    /* C rounds towards zero; below zero this rounds down all the same. */
    return (int32_t)(twice >= 0 ? twice / unit : -((-twice + unit - 1) / unit));
}

/* How many of SAMPLE_PAIRS random pairs a scan of sketches would hand on to be verified.
 */
static size_t
count_candidates(const struct tally_join_sketch *s, const struct tally_matrix *a,
                 const struct tally_matrix *b, const struct tally_kernel *kernel)
{
    alignas(TALLY_ROW_ALIGN) uint8_t x[TALLY_ROW_BYTES_MAX];
    alignas(TALLY_ROW_ALIGN) uint8_t y[TALLY_ROW_BYTES_MAX];
    uint64_t random = 0;
    size_t candidates = 0;

    for (size_t i = 0; i < SAMPLE_PAIRS; i++) {
        size_t ra = tally_join_random(&random, a->n);
        size_t rb = tally_join_random(&random, b->n);

        tally_join_sketch_fold(s, a->rows + ra * a->stride, x);
        tally_join_sketch_fold(s, b->rows + rb * b->stride, y);
        int32_t need = tally_join_sketch_need(s, a->popcounts[ra],
                                              kernel->and_popcount(x, x, s->width)) +
                       tally_join_sketch_need(s, b->popcounts[rb],
                                              kernel->and_popcount(y, y, s->width));

        candidates += (int32_t)kernel->and_popcount(x, y, s->width) >= need;
    }
    return candidates;
}

void
tally_join_sketch_choose(const struct tally_matrix *a, const struct tally_matrix *b,
                         uint32_t threshold_ppm, const struct tally_kernel *kernel,
                         struct tally_join_sketch *out)
{
    struct tally_join_sketch s = {a->stride, a->stride, threshold_ppm};
    size_t least = s.stride / TALLY_ROW_ALIGN * SAMPLE_PAIRS;

    *out = s;
    if ((double)a->n * (double)b->n < SMALL_JOIN) {
        return;
    }
    for (s.width = TALLY_ROW_ALIGN; s.width < s.stride; s.width += TALLY_ROW_ALIGN) {
        if (s.stride % s.width != 0) {
            continue;
        }
        size_t cost = s.width / TALLY_ROW_ALIGN * SAMPLE_PAIRS +
                      count_candidates(&s, a, b, kernel) * VERIFY_COST;

        if (cost < least) {
            least = cost;
            *out = s;
        }
    }
}

/*
 * The exact join: every pair of two matrices (or within one) at or above a Dice
 * threshold. Tiles over threads and runtime-dispatched kernels; memory bounded by tiles
 * and by what is kept.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_JOIN_H
#define TALLY_JOIN_H

#include <stddef.h>
#include <stdint.h>

#include "bloom/base/err.h"
#include "bloom/base/pool.h"
#include "bloom/base/progress.h"
#include "bloom/kernels/kernels.h"

/** Dice thresholds and scores in parts per million: 0.8 is 800000. */
#define TALLY_PPM 1000000u

/** A bit matrix: ${n} rows of ${stride} bytes (a multiple of 64, 64-byte aligned, zero
 * padded) and their popcounts. */
struct tally_matrix {
    const uint8_t *rows;
    const uint32_t *popcounts;
    size_t n;
    size_t stride;
    uint32_t bits;
};

/** A candidate pair. Dice = 2 * common / (popcount a + popcount b). */
struct tally_pair {
    uint32_t a; /* row of the first matrix */
    uint32_t b; /* row of the second; in a self-join a < b */
    uint32_t common;
};

struct tally_sketch_kind; /* linker/join_sketch.h */

struct tally_join_options {
    uint32_t threshold_ppm;  /* 1 to TALLY_PPM: pairs with 2e6 * common >= ppm * (pa + pb)
                                are found, all of them */
    uint32_t k;              /* keep pairs among the k best of either row (ties: lower
                                partner; in a self-join of all other rows); 0: all */
    size_t max_pairs;        /* TALLY_E_LIMIT when more are kept or a sample says so, at
                                most 1,000 million, in tally_join_each without k 2^40 (0:
                                500 million) */
    struct tally_pool *pool; /* required */
    struct tally_progress *progress;   /* may be NULL; counts pairs compared */
    const struct tally_kernel *kernel; /* NULL: the best */
    /* NULL: the plan. For tests and benchmarks: this kind of sketch, of this width (0:
     * the best of the kind). No bearing on what is found. */
    const struct tally_sketch_kind *sketch;
    size_t width;
    /* 0: exact. Else the greatest chance at which a pair at the threshold may be missed,
     * in 1e-12: pairs of diffused filters are given up early (linker/join_prefix.h). */
    uint32_t miss_e12;
    /* tally_join_each without k: bytes of pairs held, the others go to files beside
     * ${beside} (0: 512 MB; NULL: the usual folder, see tally_tmpfile). */
    size_t memory;
    const char *beside;
};

struct tally_join_stats {
    uint64_t compared; /* pairs decided, by whatever means: all there are */
    uint64_t scanned;  /* pairs a kernel looked at, some in a self-join twice */
    uint64_t verified; /* candidates looked at whole */
    double seconds;
    double set_up_seconds;   /* of these, before the scan */
    double set_up_cpu;       /* likewise, processor seconds of the process */
    const char *sketch;      /* what was scanned */
    size_t width;            /* bytes of it */
    double amx_of_full;      /* part of its full rate that AMX had before the scan, which
                                then was by AMX; 0: it was not */
    uint32_t prefix_bits;    /* looked at before giving up, 0: nothing was given up */
    double miss_probability; /* of a pair at the threshold; 0: exact */
};

/** Pairs in ascending (a, b). Caller frees list; without pairs it may be NULL. */
struct tally_pairs {
    struct tally_pair *list;
    size_t n;
};

/** Join ${a} with ${b}, or ${a} with itself when ${b} is NULL. A row without set bits
 * matches nothing. The result does not depend on threads or kernel. ${stats} may be NULL.
 * Errors: TALLY_E_NOMEM, TALLY_E_LIMIT, TALLY_E_INTERRUPTED. */
TALLY_NODISCARD int tally_join(const struct tally_matrix *a, const struct tally_matrix *b,
                               const struct tally_join_options *options,
                               struct tally_pairs *out, struct tally_join_stats *stats,
                               struct tally_err *err);

/** Takes ${n} (at least one) pairs. Returns 0, or -1 with ${err} set, which ends the
 * join.
 */
typedef int tally_pairs_fn(void *ctx, const struct tally_pair *pairs, size_t n,
                           struct tally_err *err);

/** As tally_join, but the pairs are given to ${take} in ascending (a, b), some at a time,
 * once all are known: memory is bounded however many there are. Errors: as tally_join,
 * TALLY_E_IO, TALLY_E_CORRUPT, and those of ${take}. */
TALLY_NODISCARD int
tally_join_each(const struct tally_matrix *a, const struct tally_matrix *b,
                const struct tally_join_options *options, tally_pairs_fn *take, void *ctx,
                struct tally_join_stats *stats, struct tally_err *err);

/** The Dice score in ppm, rounded down; 0 when both are empty. */
static inline uint32_t
tally_dice_ppm(uint32_t common, uint32_t pa, uint32_t pb)
{
    uint64_t total = (uint64_t)pa + pb;

    return total == 0 ? 0 : (uint32_t)(2ull * TALLY_PPM * common / total);
}

/** Takes a pair drawn at random. */
typedef void tally_sample_fn(void *ctx, uint32_t common, uint32_t pa, uint32_t pb);
/** Give ${npairs} pairs drawn at random (seeded, the same everywhere) to ${take}; none
 * when there are none. Errors: TALLY_E_LIMIT. */
TALLY_NODISCARD int tally_join_sample_each(const struct tally_matrix *a,
                                           const struct tally_matrix *b, size_t npairs,
                                           uint64_t seed, tally_sample_fn *take,
                                           void *ctx, struct tally_err *err);

#define TALLY_HISTOGRAM_BINS 1001
/** Scores of pairs drawn likewise as counts by Dice in thousandths. */
TALLY_NODISCARD int tally_join_sample(const struct tally_matrix *a,
                                      const struct tally_matrix *b, size_t npairs,
                                      uint64_t seed,
                                      uint64_t histogram[TALLY_HISTOGRAM_BINS],
                                      struct tally_err *err);

#endif

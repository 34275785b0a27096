/*
 * Giving up early on pairs of diffused filters, at a stated chance of missing one.
 *
 * After diffusion the bits of a filter look independent: sketches find no structure, and
 * a full comparison is all that is exact. But which bits of a pair differ is then as good
 * as drawn: with D of ${bits} bits different, the first n of them hold a number H of
 * differences that is hypergeometric(bits, D, n). For every D there is a cut that H
 * exceeds with a probability of at most ${miss}; a straight line over these cuts,
 *
 *     cut = level + slope * (pa + pb),
 *
 * with D = (1 - t) (pa + pb) for a pair at the threshold t, makes the linear test that
 * scans need. A pair above the threshold differs in fewer bits and is missed less often.
 * A pair is missed or not by its filters alone: the plan follows from length, threshold
 * and ${miss}, never from a clock or the data, so that every machine misses the same.
 *
 * This is for linking, where a chance of 1e-9 drowns in that of a misspelt name; lists of
 * pairs are always exact.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_JOIN_PREFIX_H
#define TALLY_JOIN_PREFIX_H

#include "linker/join_sketch.h"

/** The usual chance of missing a pair at the threshold, in 1e-12. */
#define TALLY_MISS_DEFAULT_E12 1000u

struct tally_prefix_plan {
    uint32_t prefix_bits; /* a multiple of 64; 0: giving up would not pay */
    int64_t level_e6;     /* millionths of a bit */
    int64_t slope_e6;     /* and for each set bit of the pair */
    double miss;          /* the greatest chance of a miss at the threshold, over all
                             numbers of set bits: at most what was asked for */
};

/** The plan for filters of ${bits} at ${threshold_ppm}. Errors: TALLY_E_NOMEM. */
TALLY_NODISCARD int tally_prefix_plan_make(struct tally_prefix_plan *out, uint32_t bits,
                                           uint32_t threshold_ppm, uint32_t miss_e12,
                                           struct tally_err *err);

/** The first bits, whose model is a struct tally_prefix_plan. Not among
 * tally_sketch_kinds. */
extern const struct tally_sketch_kind tally_sketch_prefix;

/** The sketch of a plan with prefix_bits, which must outlive it. */
struct tally_join_sketch tally_prefix_sketch(const struct tally_prefix_plan *plan,
                                             const struct tally_matrix *m,
                                             uint32_t threshold_ppm);

#endif

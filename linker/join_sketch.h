/*
 * Sketches: what the scan of a join looks at in place of whole rows. A sketch of a row is
 * its pieces of
 * ${width} bytes XORed together; with one piece it is the row.
 *
 * Why no pair is lost: XORing pieces can only let differences cancel, so two sketches
 * differ in at most as many bits as their rows do. With p set bits of a row and q of its
 * sketch, c bits in common of two rows and s of their sketches, qa + qb - 2s <= pa + pb -
 * 2c. Dice >= t means 2c >= t (pa + pb), hence s >= (qa - (1 - t) pa) / 2 + (qb - (1 - t)
 * pb) / 2, one term a row, which is what kernels test. Candidates are then verified on
 * whole rows.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_JOIN_SKETCH_H
#define TALLY_JOIN_SKETCH_H

#include "linker/join.h"

struct tally_join_sketch {
    size_t stride; /* bytes of a row */
    size_t width;  /* bytes of its sketch: a multiple of TALLY_ROW_ALIGN that divides
                      stride */
    uint32_t threshold_ppm;
};

/** The width that is likely to be fastest for ${a} against ${b}, from a fixed sample of
 * pairs. It has no bearing on what the join finds. */
void tally_join_sketch_choose(const struct tally_matrix *a, const struct tally_matrix *b,
                              uint32_t threshold_ppm, const struct tally_kernel *kernel,
                              struct tally_join_sketch *out);

/** The sketch of ${row} into ${out}, both TALLY_ROW_ALIGN aligned. */
void tally_join_sketch_fold(const struct tally_join_sketch *s, const uint8_t *row,
                            uint8_t *out);

/** The row's term of the test, rounded down: its ${popcount}, and ${folded} set bits in
 * its sketch. */
int32_t tally_join_sketch_need(const struct tally_join_sketch *s, uint32_t popcount,
                               uint32_t folded);

#endif

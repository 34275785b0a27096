/*
 * What chance alone does: from the scores of random pairs, the lowest score worth looking
 * at, and a cautious threshold for data too small to learn one from.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_CHANCE_H
#define TALLY_CHANCE_H

#include <stddef.h>
#include <stdint.h>

#include "bloom/harden_steps.h"
#include "linker/join.h"

/** Scores of random pairs, as tally_join_sample counts them. All zero: nothing to sample.
 */
struct tally_chance {
    uint64_t histogram[TALLY_HISTOGRAM_BINS];
};

/** How many random pairs to draw for sources whose greater one has ${n} records. */
size_t tally_chance_pairs(size_t n);

/** The middle score of the random pairs, in ppm. */
uint32_t tally_chance_median_ppm(const struct tally_chance *c);

/**
 * The score, in ppm, at which about ${wanted} of ${n} unrelated records reach a record: a
 * pair below it is not better than the chance neighbours around it. Whole thousandths,
 * 1000 at least. Many identical records do not lift it over the true pairs.
 */
uint32_t tally_chance_floor_ppm(const struct tally_chance *c, size_t n, double wanted);

/**
 * A threshold for ${npairs} pairs of which nothing else is known, in ppm: where a bell
 * curve through the lower half of the random scores leaves under .02 pairs, and at least
 * what a plain filter of Dice .80 comes to after hardening ${h} at a fill of ${fill}.
 */
uint32_t tally_chance_threshold_ppm(const struct tally_chance *c, double npairs,
                                    double fill, const struct tally_hardening *h);

/**
 * Where the bins of scores stand on the scale of plain filters: ${axis}[i] is the plain
 * Dice score, in thousandths, that hardening ${h} at a fill of ${fill} takes to i
 * thousandths; i itself without steps. Never falls. The tail of chance falls evenly on
 * this scale, where diffusion stretches it on its own.
 */
void tally_chance_axis(double fill, const struct tally_hardening *h,
                       double axis[TALLY_HISTOGRAM_BINS + 1]);

#endif

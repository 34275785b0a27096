/*
 * A curve: by score, how many links there are and how many of them are expected to be
 * false. What follows from one: where to cut, how good the cut is, how likely a link is
 * to be true.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_CURVE_H
#define TALLY_CURVE_H

#include <stdbool.h>
#include <stdint.h>

#include "linker/join.h"

/** By Dice in thousandths: links (or candidate pairs) and the false ones expected among
 * them. */
struct tally_curve {
    double links[TALLY_HISTOGRAM_BINS];
    double expected_false[TALLY_HISTOGRAM_BINS];
};

/** Add ${other} to ${curve}, to pool what small sources say. */
void tally_curve_add(struct tally_curve *curve, const struct tally_curve *other);

/**
 * The curve of candidate pairs without decoys: the steep fall of the counts from
 * ${floor_bin} up is what chance makes; above the valley where it ends it is continued as
 * an exponential.
 * ${pairs} are counts by bin, ${axis} (see tally_chance_axis) is where bins stand on a
 * scale on which chance falls evenly. False, and no expectation, when no fall can be made
 * out.
 */
bool tally_curve_from_valley(const double pairs[TALLY_HISTOGRAM_BINS], uint32_t floor_bin,
                             const double axis[TALLY_HISTOGRAM_BINS + 1],
                             struct tally_curve *curve);

/** Where to cut, and what is expected of the cut. */
struct tally_cut {
    uint32_t bin; /* links in it and above are accepted; TALLY_HISTOGRAM_BINS: none */
    double false_share; /* expected among those; NAN when there are none */
    double recall; /* they hold this share of the true links expected at any score looked
                      at; NAN when there are none */
};

/**
 * The cut that finds most at an expected share of false links of at most ${fdr}: among
 * those that keep to it, the one with the best expected F1. Small expectations are raised
 * by half their own uncertainty. In small sets a lower cut must be better by more than half
 * the uncertainty of the false links that it adds, less two in a thousand links: what
 * decoys cannot tell from chance is not linked. Nothing below ${floor_bin} was looked at.
 */
struct tally_cut tally_curve_learn_cut(const struct tally_curve *curve,
                                       uint32_t floor_bin, double fdr);

/** The same facts of a cut that is given. */
struct tally_cut tally_curve_cut_at(const struct tally_curve *curve, uint32_t floor_bin,
                                    uint32_t bin);

/**
 * The probability that a link is true, by bin: one minus the local share of false links,
 * which is made to fall with the score over groups of ten links or more. 0 to 1.
 */
void tally_curve_probability(const struct tally_curve *curve, uint32_t floor_bin,
                             double probability[TALLY_HISTOGRAM_BINS]);

/**
 * Counts run out before links do: continue ${at}, what is expected at and above each bin,
 * as an exponential on ${axis} from where it comes to a few, wherever that is more than
 * what was counted. Nothing was counted from bin ${top} up.
 */
void tally_curve_continue(double at[TALLY_HISTOGRAM_BINS],
                          const double axis[TALLY_HISTOGRAM_BINS + 1], uint32_t top);

#endif

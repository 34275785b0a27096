/*
 * The need of a sketch that is made of bits, in integers.
 *
 * Let x and y be the sketches of rows a and b, such that x and y differ in at most as
 * many bits as a and b do: |x| + |y| - 2 |x & y| <= |a| + |b| - 2 |a & b|. Dice >= t
 * means 2 |a & b| >= t (|a| + |b|), hence
 *
 *     |x & y| >= (|x| - (1 - t) |a|) / 2 + (|y| - (1 - t) |b|) / 2,
 *
 * one term a row. Each is rounded down on its own, so the sum is never too high: a pair
 * exactly at the threshold always passes. With x = a the term is t |a| / 2.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_JOIN_NEED_H
#define TALLY_JOIN_NEED_H

#include <stdint.h>

#include "linker/join.h"

/** floor(n / d), d > 0: C rounds towards zero. */
static inline int64_t
tally_join_floor_div(int64_t n, int64_t d)
{
    return n >= 0 ? n / d : -((-n + d - 1) / d);
}

/** The term of a row with ${popcount} set bits, ${sketched} in its sketch. */
static inline int32_t
tally_join_need(uint32_t threshold_ppm, uint32_t popcount, uint32_t sketched)
{
    int64_t twice = (int64_t)TALLY_PPM * sketched -
                    (int64_t)(TALLY_PPM - threshold_ppm) * (int64_t)popcount;

    return (int32_t)tally_join_floor_div(twice, 2 * (int64_t)TALLY_PPM);
}

#endif

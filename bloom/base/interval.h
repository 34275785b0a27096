/*
 * Confidence intervals of shares that were counted.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_BASE_INTERVAL_H
#define TALLY_BASE_INTERVAL_H

#include <stdint.h>

/** ${share} and its bounds, 0 to 1 (of a difference: -1 to 1); all NAN where nothing was
 * counted. */
struct tally_interval {
    double share;
    double low;
    double high;
};

/** ${part} of ${whole} with the 95 % score interval (Wilson 1927), which holds for small
 * counts and for shares near 0 and 1. ${part} <= ${whole}. */
struct tally_interval tally_interval_share(uint64_t part, uint64_t whole);

/** ${a} minus ${b} of two counts apart from each other, with the 95 % interval made of
 * theirs (Newcombe 1998, method 10). */
struct tally_interval tally_interval_difference(const struct tally_interval *a,
                                                const struct tally_interval *b);

#endif

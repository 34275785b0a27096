/*
 * Disclosure control of counts: nothing under the threshold is shown, the rest is
 * rounded. A count about people reaches a page only as a struct tally_count.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_DISCLOSE_H
#define TALLY_DISCLOSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/base/err.h"

#define TALLY_DISCLOSE_MIN   10 /* counts of 0 to 9 are suppressed, zero included */
#define TALLY_DISCLOSE_ROUND 5

/** A count that may be shown: text is "[c]" when suppressed, else the count rounded to 5
 * with thousands separated. */
struct tally_count {
    bool suppressed;
    uint64_t value; /* rounded; 0 when suppressed */
    char text[32];
};
struct tally_count tally_disclose(uint64_t n);

/** ${v}, which may be shown, with a comma between thousands. */
void tally_disclose_thousands(uint64_t v, char out[32]);

/**
 * The same, coarser: two figures, or the nearest 50 below 1,000, and nothing under 50.
 * For counts of links: they are sums of counts of people that stand elsewhere, and finer
 * ones would give small people counts away.
 */
struct tally_count tally_disclose_coarse(uint64_t n);

/** A percentage of two counts, to one decimal, computed from the rounded values; "[c]"
 * when either, or the remainder, is suppressed. The value is in tenths of a per cent. */
struct tally_count tally_disclose_share(uint64_t part, uint64_t whole);

/**
 * Secondary suppression in a list that adds up to a total that is also shown: when
 * exactly one of ${n} counts is suppressed, the smallest other is suppressed as well, so
 * that it cannot be got by subtraction. ${counts} come from tally_disclose(${raw}).
 */
void tally_disclose_list(const uint64_t *raw, struct tally_count *counts, size_t n);

/** Counts, by their index, of which one can be worked out once all the others are known:
 * the parts and their total. */
struct tally_disclose_sum {
    const size_t *cells;
    size_t n;
};

/**
 * The same across ${n} figures that are tied together by several sums. While a sum has
 * exactly one suppressed count, one more is suppressed: the one that leaves the fewest
 * such sums, the smallest of those. What several sums say together is left to rounding:
 * each count shown is off by up to 2. TALLY_E_NOMEM.
 */
TALLY_NODISCARD int tally_disclose_sums(const uint64_t *raw, struct tally_count *counts,
                                        size_t n, const struct tally_disclose_sum *sums,
                                        size_t nsums, struct tally_err *err);

#endif

/*
 * Counts by unordered pair of numbers: a hash table that only grows.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_PAIR_COUNT_H
#define TALLY_PAIR_COUNT_H

#include <stddef.h>
#include <stdint.h>

#include "bloom/base/err.h"

/** Zeroed means empty. */
struct tally_pair_count {
    struct tally_pair_count_slot *slots;
    size_t nslots; /* a power of two, or 0 */
    size_t used;
};

/** The count of ${x} and ${y}, which differ; 0 when it is new. The pointer is good until
 * the next call. NULL: TALLY_E_NOMEM. */
uint64_t *tally_pair_count_at(struct tally_pair_count *c, uint32_t x, uint32_t y,
                              struct tally_err *err);
void tally_pair_count_free(struct tally_pair_count *c);

#endif

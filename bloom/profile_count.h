/*
 * How often each value of a column occurs, in bounded memory. Values come as keyed 64-bit
 * hashes; up to a limit of distinct ones everything is exact, beyond it the counter keeps
 * a sample of the distinct values with their exact counts, and a list of frequent ones.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_PROFILE_COUNT_H
#define TALLY_PROFILE_COUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/base/err.h"

/** SipHash-2-4 (Aumasson and Bernstein 2012) of ${len} bytes. The key is two words. */
uint64_t tally_siphash(const uint64_t key[2], const void *p, size_t len);

struct tally_counter;

/** A counter that is exact up to at least ${limit} distinct values, 1 to 2^24. It takes
 * memory as values come, about 43 bytes for each of the limit. */
TALLY_NODISCARD int tally_counter_create(struct tally_counter **out, size_t limit,
                                         struct tally_err *err);

/** Count a value by its hash. */
TALLY_NODISCARD int tally_counter_add(struct tally_counter *c, uint64_t hash,
                                      struct tally_err *err);

/** What was counted. */
struct tally_frequency {
    bool exact;        /* false: over the limit, and the next three are estimates */
    uint64_t distinct; /* distinct values; standard error below 0.5 % at 2^16 and more */
    uint64_t once;     /* values that occur exactly once */
    double entropy_bits; /* of the distribution of values; 0 for none */
    uint64_t values;     /* values added: always exact */
    uint64_t top; /* how often the most frequent occurs; at least, beyond the limit:
                     short by at most values / 256 */
};
void tally_counter_read(const struct tally_counter *c, struct tally_frequency *out);

/** Wipe and release; NULL is no-op. */
void tally_counter_free(struct tally_counter *c);

#endif

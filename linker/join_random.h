/*
 * Seeded numbers for sampling pairs, the same everywhere. Not for keys.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_JOIN_RANDOM_H
#define TALLY_JOIN_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/** The next number below ${n} (1 to 2^32) from ${state}: splitmix64, scaled. */
static inline size_t
tally_join_random(uint64_t *state, size_t n)
{
    uint64_t x = *state += 0x9e3779b97f4a7c15u;

    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    x ^= x >> 31;
    return (size_t)((x >> 32) * n >> 32);
}

#endif

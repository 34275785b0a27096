/*
 * The generator behind synthetic people: xoshiro256** (Blackman, Vigna 2018) seeded
 * through splitmix64. Repeatable on purpose, hence never for keys, tokens or anything
 * secret. Whole numbers only, so that every machine draws the same. Private to
 * benchmarks/synth*.c.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_SYNTH_RNG_H
#define TALLY_SYNTH_RNG_H

#include <stdbool.h>
#include <stdint.h>

struct tally_synth_rng {
    uint64_t s[4];
};

/** One step of splitmix64: also a hash of ${x}. */
static inline uint64_t
tally_synth_mix(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

/** A generator of its own for each (${seed}, ${stream}, ${item}). */
static inline void
tally_synth_seed(struct tally_synth_rng *r, uint64_t seed, uint64_t stream, uint64_t item)
{
    uint64_t x = tally_synth_mix(tally_synth_mix(tally_synth_mix(seed) ^ stream) ^ item);

    for (int i = 0; i < 4; i++) {
        x = tally_synth_mix(x);
        r->s[i] = x;
    }
}

static inline uint64_t
tally_synth_next(struct tally_synth_rng *r)
{
    uint64_t *s = r->s;
    uint64_t out = s[1] * 5;
    uint64_t t = s[1] << 17;

    out = (out << 7 | out >> 57) * 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = s[3] << 45 | s[3] >> 19;
    return out;
}

/** A number from 0 to ${n}-1, 1 <= ${n}. The bias of at most n/2^32 does not matter here.
 */
static inline uint32_t
tally_synth_below(struct tally_synth_rng *r, uint32_t n)
{
    return (uint32_t)((tally_synth_next(r) >> 32) * n >> 32);
}

/** True ${ppm} times in a million. */
static inline bool
tally_synth_chance(struct tally_synth_rng *r, uint32_t ppm)
{
    return tally_synth_below(r, 1000000) < ppm;
}

/** True ${percent} times in a hundred. */
static inline bool
tally_synth_percent(struct tally_synth_rng *r, uint32_t percent)
{
    return tally_synth_below(r, 100) < percent;
}

#endif

/*
 * Numbers drawn from a key, the same for every owner of it: what keyed hardening chooses
 * its bits with. Never for secrets or tokens.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_KEYSTREAM_H
#define TALLY_KEYSTREAM_H

#include <stddef.h>
#include <stdint.h>

#include "bloom/base/err.h"
#include "bloom/base/secret.h"

#define TALLY_KEYSTREAM_BYTES 4096u

/** The ChaCha20 key stream of a 32-byte key, nonce zero, read as LE32 words. */
struct tally_keystream {
    struct tally_secret *seed; /* open from start to end */
    const uint8_t *key;
    uint64_t block; /* counter of the next block to generate */
    size_t used;
    uint8_t bytes[TALLY_KEYSTREAM_BYTES];
};

/** Begin at block 0; ${seed} stays the caller's and must outlive ${s}. */
void tally_keystream_start(struct tally_keystream *s, struct tally_secret *seed);
/** Close the seed and wipe. */
void tally_keystream_end(struct tally_keystream *s);

/** A number below ${n}, each equally likely: w mod n of the next word w that is below
 * the greatest multiple of n in 32 bits. */
uint32_t tally_keystream_below(struct tally_keystream *s, uint32_t n);

/** Shuffle ${items}: place i = n - 1 down to 1 changes with a place below i + 1. */
void tally_keystream_shuffle(struct tally_keystream *s, uint32_t *items, uint32_t n);

/** ${perm} becomes a permutation of 0 .. n - 1: in order at first, then shuffled. */
void tally_keystream_permutation(struct tally_keystream *s, uint32_t *perm, uint32_t n);

#endif

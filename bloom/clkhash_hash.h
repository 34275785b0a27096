/*
 * The keys of the features and the positions of tokens: HKDF, then double hashing or
 * BLAKE2b.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_CLKHASH_HASH_H
#define TALLY_CLKHASH_HASH_H

#include <stddef.h>
#include <stdint.h>

#include "bloom/base/err.h"
#include "bloom/base/secret.h"
#include "bloom/clkhash_schema.h"

/** The keys of all features of ${s}, two each of s->key_size bytes, one after the other:
 * HKDF (RFC 5869) of ${secret}, which may be empty (NULL). Caller frees ${out}. */
TALLY_NODISCARD int tally_clkhash_keys(const struct tally_clkhash_schema *s,
                                       struct tally_secret *secret,
                                       struct tally_secret **out, struct tally_err *err);

/** The hash of one feature, with a cache of what it gave. Not thread-safe. */
struct tally_clkhash_hasher;

/** For hashing ${h} into ${bits} bits, under two keys of ${key_size} bytes each. */
TALLY_NODISCARD int tally_clkhash_hasher_create(struct tally_clkhash_hasher **out,
                                                const struct tally_clkhash_hashing *h,
                                                uint32_t bits, const uint8_t *keys,
                                                size_t key_size, struct tally_err *err);

/** Set in ${filter} the ${k} bits of a token. Bit 0 is the most significant of byte 0. */
void tally_clkhash_hasher_add(struct tally_clkhash_hasher *h, const uint8_t *token,
                              size_t len, size_t k, uint8_t *filter);

/** The same as a list of positions, for vectors: ${k} of them, repeats included. */
void tally_clkhash_hasher_positions(struct tally_clkhash_hasher *h, const uint8_t *token,
                                    size_t len, size_t k, uint32_t *out);

/** Wipe and release; NULL is no-op. */
void tally_clkhash_hasher_free(struct tally_clkhash_hasher *h);

#endif

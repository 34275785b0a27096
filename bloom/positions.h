/*
 * The positions of tokens: each field's key, the keyed hash and salts. Most tokens come
 * again and again, so that their positions are remembered: a few nanoseconds where
 * BLAKE2b takes hundreds.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_POSITIONS_H
#define TALLY_POSITIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/harden_salt.h"
#include "bloom/normalise.h"
#include "bloom/schema.h"

/** Derived keys in guarded memory, and a bounded memory of positions. One thread's. */
struct tally_positions;

/** The salt of a record. Zeroed: none. */
struct tally_positions_salt {
    uint32_t id;    /* stands for it where results are remembered: 16 bits, 0: none */
    bool forgotten; /* too many were seen: results under this one are not remembered */
    uint8_t bytes[TALLY_SALT_BYTES];
};

/** For view ${view} of ${s} under ${key}, as tally_clk_create has them. */
TALLY_NODISCARD int tally_positions_create(struct tally_positions **out,
                                           const struct tally_schema *s, const char *view,
                                           struct tally_secret *key,
                                           struct tally_err *err);
void tally_positions_free(struct tally_positions *p);

/** The salt that the values of a record give it, one a field; the schema is salted. */
void tally_positions_salt(struct tally_positions *p, const struct tally_value *values,
                          struct tally_positions_salt *out);

/** The first bits_per_token positions of a token of 0 to 255 bytes, in ${out}: hashed. */
void tally_positions_hash(const struct tally_positions *p,
                          const struct tally_positions_salt *salt, size_t field,
                          const uint8_t *token, size_t len, uint32_t occurrence,
                          uint32_t *out);

/** That is asked for soon: begins to fetch it. */
void tally_positions_expect(const struct tally_positions *p,
                            const struct tally_positions_salt *salt, size_t field,
                            const uint8_t *token, size_t len, uint32_t occurrence);

/** The same, remembered; valid until the next call. */
const uint16_t *tally_positions_of(struct tally_positions *p,
                                   const struct tally_positions_salt *salt, size_t field,
                                   const uint8_t *token, size_t len, uint32_t occurrence);

#endif

/*
 * The cryptographic long-term key: one Bloom filter a record, each field hashed under its
 * own key (Schnell, Bachteler, Reiher 2011), positions drawn independently ("random
 * hashing", Schnell and Borgs 2016).
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_CLK_H
#define TALLY_CLK_H

#include <stddef.h>
#include <stdint.h>

#include "bloom/normalise.h"
#include "bloom/schema.h"

/** The hashing state of one thread: derived keys in guarded memory, and a cache of
 * positions. */
struct tally_clk;

/** For view ${view} under ${key}; ${s} has the view's bits_per_token
 * (tally_schema_of_view), and fields with 0 of them are passed over. Keeps ${s}. One a
 * thread: its cache is not shared. */
TALLY_NODISCARD int tally_clk_create(struct tally_clk **out, const struct tally_schema *s,
                                     const char *view, struct tally_secret *key,
                                     struct tally_err *err);

/**
 * Set in ${filter} (tally_schema_filter_bits(s) / 8 bytes, zeroed by the caller) the bits
 * of ${values}[0 .. s->nfields - 1]. token -> BLAKE2b-512 keyed with HKDF(key, "field",
 * view, domain) over token bytes, LE32 occurrence, LE32 block; successive LE32 words mod
 * l are the positions, k of them, block = 0, 1, ... as words run out (16 a block). Bit p
 * is bit 7 - p%8 of byte p/8 (most significant first, as clkhash has them). With a salted
 * schema tally_salt of the salt field's value is BLAKE2b's salt parameter, under
 * HKDF(key, "salt", view); without a usable value there is none.
 */
void tally_clk_add(struct tally_clk *c, const struct tally_value *values,
                   uint8_t *filter);

/** The same in two halves, so that memory answers while the caller works on the next
 * record: ${filter} is complete after tally_clk_finish or the next tally_clk_begin, and
 * ${values} and ${filter} must stay until then. */
void tally_clk_begin(struct tally_clk *c, const struct tally_value *values,
                     uint8_t *filter);
void tally_clk_finish(struct tally_clk *c);

/** The positions of one token, uncached: for vectors. ${out} has k entries. */
void tally_clk_positions(struct tally_clk *c, size_t field, const uint8_t *token,
                         size_t len, uint32_t occurrence, uint32_t *out);

void tally_clk_free(struct tally_clk *c);

#endif

/*
 * Tokens: the pieces of a normalised value that are hashed into the filter.
 * Their exact bytes are part of the format: docs/protocols/schema.md.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_TOKENS_H
#define TALLY_TOKENS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/normalise.h"
#include "bloom/schema.h"

#define TALLY_TOKENS_MAX          512
#define TALLY_NEIGHBOURHOOD_STEPS 32 /* most tokens of a neighbourhood */

/** Spacing of the tokens of a neighbourhood that ends at ${distance} >= 1: 1 up to
 * TALLY_NEIGHBOURHOOD_STEPS. */
int64_t tally_neighbourhood_step(int64_t distance);

#define TALLY_PIECES_MAX 128

/** One token: ${len} bytes at ${bytes}[${at}] of its list, which occurrence of them in
 * the value (0, 1, ...), and the piece of the value it is of. */
struct tally_token {
    uint16_t at;
    uint8_t len;
    uint8_t occurrence;
    uint8_t piece;
};

/** A piece of a value: ${len} >= 1 characters from ${at} on, all of whose tokens are
 * known from them and ${beside}; but when it is ${alone}, the rest of the value counts
 * too. */
struct tally_piece {
    uint8_t at;
    uint8_t len;
    bool alone;
    uint16_t most_tokens; /* it has no more than these */
    uint32_t beside;
};

/** The tokens of one value. Lives in memory the caller wipes. */
struct tally_tokens {
    size_t n;
    size_t nbytes;
    struct tally_token list[TALLY_TOKENS_MAX];
    uint8_t bytes[TALLY_TOKENS_MAX * 24];
};

/** The tokens of ${v} under ${f}, in a fixed order; none for a value without text. Cannot
 * fail: a value has at most TALLY_VALUE_MAX bytes, and neighbourhoods at most
 * TALLY_NEIGHBOURHOOD_STEPS tokens. */
void tally_tokenise(const struct tally_field *f, const struct tally_value *v,
                    struct tally_tokens *out);

/** The pieces of ${v} under ${f}: every token is of one of them, and pieces of one field
 * that are alike have the same tokens, so that values may share what was worked out for
 * a word of a street, the year of a date or two digits of a number. Returns how many,
 * none for a value without text. */
size_t tally_cut(const struct tally_field *f, const struct tally_value *v,
                 struct tally_piece out[TALLY_PIECES_MAX]);

#endif

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

/** One token: ${len} bytes at ${bytes}[${at}] of its list, which occurrence of them in
 * the value (0, 1, ...), and the piece of the value it is of. */
struct tally_token {
    uint16_t at;
    uint8_t len;
    uint8_t occurrence;
    uint16_t piece;
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

/* Every token is of a piece of its value, and pieces of one field that are alike have the
 * same tokens: so values may share what was worked out for a bigram, the year of a date
 * or two digits of a number. Pieces are numbered 0, 1, ... as in struct tally_token. */
#define TALLY_PIECES_MAX 256 /* of a value */

/** Most pieces have a code below this, which says all about them within their field. */
#define TALLY_CODE_BITS 14
#define TALLY_CODES     (8u << TALLY_CODE_BITS)

/** How often each bigram of the value at work came so far: all zeros between values. */
struct tally_bigram_counts {
    uint8_t of[1u << TALLY_CODE_BITS];
};

/** The codes of the pieces of ${v} under ${f}. Returns how many; 0 when there is a piece
 * that has none, as in postcodes and whole values, or no text. */
size_t tally_code(const struct tally_field *f, const struct tally_value *v,
                  struct tally_bigram_counts *counts, uint32_t out[TALLY_PIECES_MAX]);

/** A piece without a code: ${len} >= 1 characters from ${at} on, which say all about it
 * together with ${beside}. */
struct tally_piece {
    uint8_t at;
    uint8_t len;
    uint8_t beside;
};

/** The pieces of ${v} under ${f}, where those of a field have no codes: one or two, none
 * for a value without text. */
#define TALLY_CUT_MAX 2
size_t tally_cut(const struct tally_field *f, const struct tally_value *v,
                 struct tally_piece out[TALLY_CUT_MAX]);

/** Whether values of ${f} have codes, but for the odd one. */
bool tally_has_codes(const struct tally_field *f);

#endif

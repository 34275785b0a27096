/*
 * From a value to the tokens that are hashed: n-grams, the whole of it, or the neighbours
 * of a number, in the encoding of the column.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_CLKHASH_TOKENS_H
#define TALLY_CLKHASH_TOKENS_H

#include <stddef.h>
#include <stdint.h>

#include "bloom/base/csv.h"
#include "bloom/base/err.h"
#include "bloom/clkhash_schema.h"

/** The tokens of one feature's values, in wiped memory. Not thread-safe. */
struct tally_clkhash_tokens;

/** For ${f}, which is kept. */
TALLY_NODISCARD int tally_clkhash_tokens_create(struct tally_clkhash_tokens **out,
                                                const struct tally_clkhash_feature *f,
                                                struct tally_err *err);

/** Take ${value} (valid UTF-8 of at most TALLY_CLKHASH_CELL_MAX characters, kept until
 * the last token is taken) and say how many tokens
 * it has; none when it is empty. TALLY_E_DATA when the comparison needs a number and it
 * is not one, or when it cannot be written in the encoding. */
TALLY_NODISCARD int tally_clkhash_tokens_begin(struct tally_clkhash_tokens *t,
                                               struct tally_cell value, size_t *n,
                                               struct tally_err *err);

/** The next token, in order: called once for each. Valid until the next call. */
struct tally_cell tally_clkhash_tokens_next(struct tally_clkhash_tokens *t);

void tally_clkhash_tokens_free(struct tally_clkhash_tokens *t);

#endif

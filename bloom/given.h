/*
 * Tokens that records have from an earlier delivery: for encoding again just the records
 * that were asked for, under the tokens by which they are known. Ids are kept as keyed
 * hashes, in memory that is wiped.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_GIVEN_H
#define TALLY_GIVEN_H

#include <stddef.h>
#include <stdint.h>

#include "bloom/base/err.h"
#include "bloom/encfile.h"

struct tally_given;

/** Read the token map ${path} (CSV with the columns id and token, as the encoder wrote
 * it) for the ${n} ${tokens}, which ascend. Tokens that are not in it are left out: see
 * tally_given_count. TALLY_E_DATA with the row for a line that is none of a token map or
 * an id that stands twice; errors of tally_csv_open and tally_csv_next. */
TALLY_NODISCARD int tally_given_read(struct tally_given **out, const char *path,
                                     const uint8_t *tokens, size_t n,
                                     struct tally_err *err);

/** The same from an encodings file that kept its ids. TALLY_E_DATA for one without. */
TALLY_NODISCARD int tally_given_take(struct tally_given **out, const char *path,
                                     const struct tally_encfile *enc,
                                     const uint8_t *tokens, size_t n,
                                     struct tally_err *err);

/** How many of the tokens are in the map. */
size_t tally_given_count(const struct tally_given *g);

/** The token of the record with this id; NULL when it was not asked for. Any thread. */
const uint8_t *tally_given_token(const struct tally_given *g, const void *id, size_t len);

/** Wipe and release; NULL is no-op. */
void tally_given_free(struct tally_given *g);

#endif

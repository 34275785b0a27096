/*
 * Cells of a clkhash column: checked against the column's format and brought to the text
 * that is hashed.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_CLKHASH_FORMAT_H
#define TALLY_CLKHASH_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/base/csv.h"
#include "bloom/base/err.h"
#include "bloom/clkhash_schema.h"

/** One column that is not ignored. */
struct tally_clkhash_column;

/** For ${f}, which is kept. ${validate} false: only what cannot be read is an error. Not
 * thread-safe. */
TALLY_NODISCARD int tally_clkhash_column_create(struct tally_clkhash_column **out,
                                                const struct tally_clkhash_feature *f,
                                                bool validate, struct tally_err *err);

/**
 * The value of ${cell} (valid UTF-8, at most TALLY_CLKHASH_CELL_BYTES): a missing value
 * is replaced, a whole number and a date get their one form, other text stays as it is.
 * It is the cell's, the schema's or in ${scratch}, which has TALLY_CLKHASH_CELL_BYTES +
 * 16 bytes. TALLY_E_DATA tells the rule that is broken, and neither column nor row.
 */
TALLY_NODISCARD int tally_clkhash_column_read(struct tally_clkhash_column *c,
                                              struct tally_cell cell, char *scratch,
                                              struct tally_cell *value,
                                              struct tally_err *err);

void tally_clkhash_column_free(struct tally_clkhash_column *c);

/** True when upper (or else lower) casing would leave valid UTF-8 as it is. */
bool tally_clkhash_has_case(const uint8_t *text, size_t len, bool upper);

#endif

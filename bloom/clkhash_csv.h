/*
 * CSV as Python's csv.reader takes it by default: every line end ends a row, blank lines
 * are rows without cells, nothing is trimmed.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_CLKHASH_CSV_H
#define TALLY_CLKHASH_CSV_H

#include <stddef.h>
#include <stdint.h>

#include "bloom/base/csv.h"
#include "bloom/base/err.h"

struct tally_clkhash_csv;

/** Open ${path} ("-" is standard input). Nothing is read yet. */
TALLY_NODISCARD int tally_clkhash_csv_open(struct tally_clkhash_csv **out,
                                           const char *path, struct tally_err *err);

/**
 * The next row: the first ${max} of its ${n} cells into ${cells}. Returns 1, 0 at the
 * end, -1 on error. A blank line has 0 cells. A quote that does not begin a cell is taken
 * as it is; what follows a closing quote belongs to the cell; a line end in quotes
 * becomes \n. Errors name file and row: TALLY_E_TEXT for what is not UTF-8, TALLY_E_CSV
 * for a NUL and for a quote that is never closed (which Python would take to the end of
 * the file), TALLY_E_LIMIT for a cell of over TALLY_CLKHASH_CELL_MAX characters or a row
 * of over TALLY_CSV_ROW_MAX bytes. Cells are valid until the next call, in wiped memory.
 */
TALLY_NODISCARD int tally_clkhash_csv_next(struct tally_clkhash_csv *c,
                                           struct tally_cell *cells, size_t max,
                                           size_t *n, struct tally_err *err);

/** The row last read, counted from 1; quoted line ends do not count. */
uint64_t tally_clkhash_csv_row(const struct tally_clkhash_csv *c);
/** The path as messages show it. */
const char *tally_clkhash_csv_name(const struct tally_clkhash_csv *c);

/** Wipe and close; NULL is no-op. */
void tally_clkhash_csv_free(struct tally_clkhash_csv *c);

#endif

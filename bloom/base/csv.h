/*
 * CSV: streaming reader and writer (RFC 4180, tolerant of BOM, LF, CRLF and CR line
 * ends). The reader takes a sheet of an .xlsx workbook in the same way (xlsx.h).
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_BASE_CSV_H
#define TALLY_BASE_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/base/err.h"
#include "bloom/base/file.h"

#define TALLY_CSV_FIELD_MAX   (1u << 20) /* bytes in one cell, as in the file */
#define TALLY_CSV_COLUMNS_MAX 4096u
#define TALLY_CSV_ROW_MAX     (8u << 20) /* bytes in one row */

enum tally_text_encoding { TALLY_TEXT_UTF8, TALLY_TEXT_WINDOWS_1252 };

/** How to read. Zeroed: comma, UTF-8, a header row, the first sheet. */
struct tally_csv_options {
    char delimiter; /* 0: comma, or tab when the path ends in .tsv; or what is found */
    enum tally_text_encoding encoding;
    bool no_header;      /* columns are then called "1", "2", ... */
    uint64_t header_row; /* what stands above it is passed over; 0: the first */
    const char *sheet;   /* of a workbook; NULL: the first that is not hidden */
};

/** What a person should know of a file that was read; most of it of workbooks. */
struct tally_csv_notes {
    char delimiter;        /* found instead of the usual one; 0: the usual one */
    const char *sheet;     /* read, fit to be displayed; NULL: not a workbook */
    size_t sheets;         /* in the workbook */
    const char *names;     /* of all its sheets, in quotes, as far as they can be shown */
    uint64_t error_cells;  /* #N/A and the like, and dates that are none: empty */
    uint64_t long_numbers; /* over 15 digits: the spreadsheet rounded them */
    uint64_t hidden_rows;  /* by a filter or by hand: read as any other */
};

/** One cell: not NUL-terminated UTF-8, valid until the next read. */
struct tally_cell {
    const uint8_t *data;
    size_t len;
};

struct tally_csv;

/**
 * Open ${path} ("-" is standard input) and read its header. Errors: TALLY_E_NO_FILE;
 * TALLY_E_CSV for an empty file, a repeated column name, or when half of the columns or
 * more have none (fewer are called "(column 7)"); TALLY_E_LIMIT for too many columns; TALLY_E_TEXT for UTF-16 (recognised by its byte order mark or its NULs);
 * TALLY_E_DATA for an .xls file or a password; TALLY_E_USAGE for a sheet of what is no
 * workbook; each with the way out as the hint. A header without the delimiter that holds
 * a tab, a semicolon, a bar, ~, ^ or a comma says that cells are separated so, unless the
 * caller gave one. An .xlsx file is recognised by its content, from a regular file only;
 * its errors are in xlsx.h.
 */
TALLY_NODISCARD int tally_csv_open(struct tally_csv **out, const char *path,
                                   const struct tally_csv_options *options,
                                   struct tally_err *err);

/** Columns, and the name of column ${i} as NUL-terminated UTF-8 (surrounding blanks
 * removed). */
size_t tally_csv_columns(const struct tally_csv *c);
const char *tally_csv_column(const struct tally_csv *c, size_t i);
/** The index of the column called ${name} exactly, or -1. */
ptrdiff_t tally_csv_find(const struct tally_csv *c, const char *name);

/**
 * The next row into ${cells} (tally_csv_columns() of them). Returns 1, 0 at the end, -1
 * on error. Blank lines (nothing, or only blanks) are skipped when there is more than one
 * column. A quote inside a cell that does not begin with one is taken as it is.
 *
 * Errors name file, row (the first data row is row 2 when there is a header, as a
 * spreadsheet counts; quoted newlines do not count), column and rule: TALLY_E_CSV for a
 * ragged row (how many cells, how many wanted), a quote out of place, a quote never
 * closed, a NUL; TALLY_E_TEXT for invalid UTF-8, or a byte Windows-1252 does not define;
 * TALLY_E_LIMIT for a cell or row over the limits. After an error nothing more may be
 * read. Cell bytes are in a wiped arena (pii.h).
 */
TALLY_NODISCARD int tally_csv_next(struct tally_csv *c, struct tally_cell *cells,
                                   struct tally_err *err);

/** Row number (as in errors) of the row last read; bytes consumed; size of the file or 0
 * (it has none, or is a workbook). */
uint64_t tally_csv_row(const struct tally_csv *c);
uint64_t tally_csv_bytes(const struct tally_csv *c);
uint64_t tally_csv_size(const struct tally_csv *c);
const char *tally_csv_path(const struct tally_csv *c);

/** Belongs to ${c}. Counts run ahead of the row last read, as reading does; they are
 * complete once tally_csv_next has returned 0. */
const struct tally_csv_notes *tally_csv_notes(const struct tally_csv *c);

/** Wipe and close; NULL is no-op. */
void tally_csv_free(struct tally_csv *c);

/** Write one cell, quoted where RFC 4180 needs it; ${last} ends the row with LF. Text is
 * written as is. */
TALLY_NODISCARD int tally_csv_write(struct tally_outfile *f, const void *p, size_t len,
                                    bool last, struct tally_err *err);
/** The same for text that a person may open in a spreadsheet: a cell that would be taken
 * for a formula (first byte = + - @ tab or CR, and not a plain number) gets an apostrophe
 * in front. */
TALLY_NODISCARD int tally_csv_write_safe(struct tally_outfile *f, const void *p,
                                         size_t len, bool last, struct tally_err *err);

#endif

/*
 * Cutting rows out of a CSV file: the block of the file in memory and the scan over it.
 * Private to the csv module; csv.h is its contract.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_BASE_CSV_ROWS_H
#define TALLY_BASE_CSV_ROWS_H

#include "bloom/base/csv.h"
#include "bloom/base/pii.h"
#include "bloom/base/xlsx.h"

/* Bytes of a column name, of a path, and of a path with a sheet, shown in a message. */
#define TALLY_CSV_SHOWN_NAME 64
#define TALLY_CSV_SHOWN_FILE 256
#define TALLY_CSV_SHOWN_PATH 352

struct tally_csv {
    int fd;
    char *path;
    enum tally_text_encoding encoding;
    uint8_t delimiter;
    bool delimiter_given;
    bool eof;
    uint8_t stop[256]; /* non-zero for a byte that may end a cell without quotes */
    struct tally_pii *block_mem;
    uint8_t *block; /* cap + 1 bytes; block[len] is a NUL that stops every scan */
    size_t cap;
    size_t len;
    size_t pos;      /* start of the next row */
    uint64_t passed; /* bytes of the file before the block */
    uint64_t size;   /* of a regular file, else 0 */
    uint64_t row;    /* row last read */
    struct tally_pii *decoded_mem;
    uint8_t *decoded; /* cells of this row that came from Windows-1252 */
    size_t decoded_cap;
    size_t decoded_len;
    char **names;
    size_t ncols;
    bool no_header;
    struct tally_csv_source book; /* self is NULL unless the file is a workbook */
    struct tally_csv_notes notes;
};

/* A row being cut: where its cells go, and how far the scan came. */
struct tally_csv_scan {
    struct tally_cell *cells; /* of the first max columns */
    size_t max;
    size_t ncells;
    const uint8_t *start;
    const uint8_t *p;
};

/** What a scan found; a row is cut also when the file ends without a line end. */
enum tally_csv_found {
    TALLY_CSV_ERROR = -1,
    TALLY_CSV_END,
    TALLY_CSV_CUT,
    TALLY_CSV_MORE
};

/** The path as messages show it, or "standard input"; and the sheet. Returns ${out}. */
const char *tally_csv_shown_path(const struct tally_csv *c,
                                 char out[TALLY_CSV_SHOWN_PATH]);

/** Set ${err} for column ${col} (from 0) of the row being read. Returns -1. */
int tally_csv_cell_error(const struct tally_csv *c, struct tally_err *err,
                         enum tally_code code, size_t col, const char *fmt, ...)
    TALLY_PRINTF(5, 6);

/** Open the path, or standard input. */
TALLY_NODISCARD int tally_csv_open_input(struct tally_csv *c, struct tally_err *err);

/** Go by the first bytes, which are in the block: step over a UTF-8 mark, refuse what is
 * not text, and in a workbook go on with the text of its sheet. */
TALLY_NODISCARD int tally_csv_check_start(struct tally_csv *c,
                                          const struct tally_csv_options *options,
                                          struct tally_err *err);

/** At most ${cap} bytes of the text into ${to}; 0 at its end, -1 on error. */
ptrdiff_t tally_csv_read(struct tally_csv *c, uint8_t *to, size_t cap,
                         struct tally_err *err);

void tally_csv_close_input(struct tally_csv *c);

/** Read until the block is full or the file ends; what was read before is wiped. */
TALLY_NODISCARD int tally_csv_fill(struct tally_csv *c, struct tally_err *err);

/** Cut the next row, reading on as needed. TALLY_CSV_END when the file has no more;
 * never TALLY_CSV_MORE. Until it is passed, a row may be cut again. */
enum tally_csv_found tally_csv_cut_row(struct tally_csv *c, struct tally_csv_scan *s,
                                       struct tally_err *err);

/** Step over the row just cut and its line end. */
void tally_csv_pass_row(struct tally_csv *c, const struct tally_csv_scan *s);

#endif

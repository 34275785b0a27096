/*
 * The payload part (.pay): record token and payload columns, for the analyst.
 * docs/protocols/payload.md.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_PAYLOAD_H
#define TALLY_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/base/csv.h"
#include "bloom/base/err.h"
#include "bloom/base/file.h"
#include "bloom/container.h"
#include "bloom/encfile.h"

#define TALLY_PAYLOAD_VERSION     1
#define TALLY_PAYLOAD_COLUMNS_MAX 1024
#define TALLY_PAYLOAD_NAME_MAX    255 /* bytes in a column name: printable UTF-8 */
#define TALLY_PAYLOAD_ROW_MAX     (15u << 20) /* bytes in a row */

struct tally_payload;

TALLY_NODISCARD int tally_payload_open(struct tally_payload **out, const char *path,
                                       struct tally_err *err);
const char *tally_payload_source(const struct tally_payload *p);
const uint8_t *tally_payload_delivery(const struct tally_payload *p);
uint64_t tally_payload_records(const struct tally_payload *p);
size_t tally_payload_columns(const struct tally_payload *p);
const char *tally_payload_column(const struct tally_payload *p, size_t i);
/** records * 16 bytes, strictly ascending. */
const uint8_t *tally_payload_tokens(const struct tally_payload *p);
/** The cells of record ${i}: tally_payload_columns() of them, valid UTF-8 without NULs,
 * pointing into the mapping. TALLY_E_CORRUPT where the row is not what it should be. */
TALLY_NODISCARD int tally_payload_row(const struct tally_payload *p, uint64_t i,
                                      struct tally_cell *cells, struct tally_err *err);
void tally_payload_close(struct tally_payload *p);

/** Facts of a payload part to be written. Pointers are the caller's and not kept. */
struct tally_payload_info {
    const char *source; /* tally_source_valid */
    const char *tool;
    uint8_t delivery[TALLY_DELIVERY_BYTES];
    uint64_t records;
    size_t ncolumns; /* 0 to TALLY_PAYLOAD_COLUMNS_MAX: with 0 a row says no more than
                      * that the record is there */
    const char *const *columns;
};

/** Writing: records in ascending order of token. */
struct tally_payload_writer;

/** True for 1 to TALLY_PAYLOAD_NAME_MAX bytes of printable UTF-8: what a column may be
 * called. */
bool tally_payload_name_valid(const char *name);

/** Begin a file of ${info}->records rows of ${row_bytes} bytes together in ${f}, which
 * stays the caller's and is not committed here. Errors as tally_encfile_begin. */
TALLY_NODISCARD int tally_payload_begin(struct tally_payload_writer **out,
                                        struct tally_outfile *f,
                                        const struct tally_payload_info *info,
                                        uint64_t row_bytes, struct tally_err *err);
/** The next record: for each column LE32 length and bytes, ${len} bytes together. */
TALLY_NODISCARD int tally_payload_add(struct tally_payload_writer *w,
                                      const uint8_t token[TALLY_TOKEN_BYTES],
                                      const void *row, size_t len, struct tally_err *err);
/** What ${w} appends to, which stays its own: for its length, and to write in pieces. */
struct tally_container_writer *
tally_payload_container(const struct tally_payload_writer *w);
/** All records are in: complete the file. */
TALLY_NODISCARD int tally_payload_end(struct tally_payload_writer *w,
                                      struct tally_err *err);
void tally_payload_writer_free(struct tally_payload_writer *w);

#endif

/*
 * Dates by a strptime format, read as Python's datetime.strptime reads them in the C
 * locale.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_CLKHASH_DATE_H
#define TALLY_CLKHASH_DATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/base/err.h"

/** Bytes of "%Y%m%d" and a NUL. */
#define TALLY_CLKHASH_DATE_BYTES 12

struct tally_clkhash_date;

/** Prepare ${format}. TALLY_E_SCHEMA names a directive that is unknown, stands twice, or
 * does not go with the others. */
TALLY_NODISCARD int tally_clkhash_date_create(struct tally_clkhash_date **out,
                                              const char *format, struct tally_err *err);

/**
 * Read ${len} bytes of valid UTF-8 and write the date as %Y%m%d, of which the year is not
 * padded with zeros, with a NUL to ${out}. What the format leaves open is 1 January 1900.
 * Returns the length, 0 when the text is not such a date, -1 out of memory. Not
 * thread-safe.
 */
int tally_clkhash_date_read(struct tally_clkhash_date *d, const uint8_t *text,
                               size_t len, char out[TALLY_CLKHASH_DATE_BYTES]);

void tally_clkhash_date_free(struct tally_clkhash_date *d);

#endif

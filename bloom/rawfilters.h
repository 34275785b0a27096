/*
 * Raw filters: a file of records of whole bytes and nothing else, as other tools write
 * them and as programs that are to be timed on one input can all read.
 * docs/protocols/pairs.md.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_RAWFILTERS_H
#define TALLY_RAWFILTERS_H

#include <stddef.h>
#include <stdint.h>

#include "bloom/base/err.h"

/** Filters in memory: ${n} rows of ${stride} bytes (a multiple of 64, 64-byte aligned,
 * zero padded) and their set bits. Zeroed means empty. */
struct tally_rawfilters {
    uint8_t *rows;
    uint32_t *popcounts;
    size_t n;
    size_t stride;
    uint32_t bits;
};

/**
 * Read ${path}, filters of ${bits} (1 to TALLY_BITS_MAX) in ceil(bits / 8) bytes each; an
 * empty file holds none. Free with tally_rawfilters_free.
 *
 * Errors: TALLY_E_USAGE for ${bits} out of range; TALLY_E_NO_FILE; TALLY_E_DATA when the
 * file is not a whole number of records, is plainly something else, or a record has a bit
 * set behind its last; TALLY_E_LIMIT above UINT32_MAX records; TALLY_E_IO,
 * TALLY_E_NOMEM, TALLY_E_INTERRUPTED.
 */
TALLY_NODISCARD int tally_rawfilters_read(struct tally_rawfilters *out, const char *path,
                                          uint32_t bits, struct tally_err *err);
void tally_rawfilters_free(struct tally_rawfilters *f);

#endif

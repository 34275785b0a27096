/*
 * The JSON of clkhash and anonlink: {"clks": ["base64", ...]}, filters in row order and
 * nothing else. Written a filter at a time; read whole, as an encodings file in memory.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_CLKS_H
#define TALLY_CLKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/base/err.h"
#include "bloom/encfile.h"

/** Longest filter that is read, in bytes. */
#define TALLY_CLKS_BYTES_MAX (TALLY_BITS_MAX / 8)

struct tally_clks;

/** Begin ${path} (see file.h on ${force}) for filters of ${filter_bytes} bytes each. */
TALLY_NODISCARD int tally_clks_open(struct tally_clks **out, const char *path,
                                    size_t filter_bytes, bool force,
                                    struct tally_err *err);
/** Write the next filter. */
TALLY_NODISCARD int tally_clks_add(struct tally_clks *c, const uint8_t *filter,
                                   struct tally_err *err);
/** End the list and make the file appear. Must still be freed. */
TALLY_NODISCARD int tally_clks_commit(struct tally_clks *c, struct tally_err *err);

/** Release; an uncommitted file leaves nothing behind. NULL is no-op. */
void tally_clks_free(struct tally_clks *c);

/** True when a file that begins with ${len} bytes at ${head} is meant to hold filters as
 * JSON, with or without blocks. */
bool tally_clks_begins(const void *head, size_t len);

/**
 * Read ${path}: filters of one length, whole bytes, 1 to TALLY_CLKS_BYTES_MAX of them.
 * They are one view in the order of the file; tokens are row numbers as 16 decimal
 * digits, ids the same without leading zeros. The source is named after the file, with
 * '_' for characters that a source's name cannot have, and free of duplicates; the digest
 * is that of the file's bytes, and the delivery its beginning. Memory is that of the
 * matrix, of 20 bytes a row, and a fixed buffer.
 *
 * Errors: TALLY_E_NO_FILE, TALLY_E_IO, TALLY_E_NOMEM, TALLY_E_INTERRUPTED;
 * TALLY_E_CORRUPT when the text ends too soon; TALLY_E_JSON when it is not such a list,
 * TALLY_E_FORMAT when it is the list with blocks, TALLY_E_DATA for a filter that is not
 * one, is of another length, or when there is none, TALLY_E_LIMIT.
 */
TALLY_NODISCARD int tally_clks_read(struct tally_encfile **out, const char *path,
                                    struct tally_err *err);

/** Open the encodings in ${path}: as tally_clks_read when the first character that is not
 * blank is a '{', else as tally_encfile_open. */
TALLY_NODISCARD int tally_encodings_open(struct tally_encfile **out, const char *path,
                                         struct tally_err *err);

#endif

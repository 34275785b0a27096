/*
 * An open encodings file from inside, for its two readers: encfile.c, which maps a .enc,
 * and clks_read.c, which makes one in memory from the JSON of clkhash; and what reader
 * and writer of descriptions share.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_ENCFILE_PRIVATE_H
#define TALLY_ENCFILE_PRIVATE_H

#include <stdint.h>

#include "bloom/base/json.h"
#include "bloom/container.h"
#include "bloom/encfile.h"

struct tally_encfile_view {
    const uint8_t *matrix;
    const uint32_t *popcounts;
    const uint8_t *records; /* NULL when rows are the records in order */
};

struct tally_encfile_keys {
    const uint8_t *keys;
    const uint8_t *records;
};

struct tally_encfile {
    struct tally_container *container; /* NULL when legacy */
    struct tally_enc_info info;
    const uint8_t *tokens;
    struct tally_encfile_view views[TALLY_VIEWS_MAX];
    struct tally_encfile_keys match_keys[TALLY_MATCH_KEYS_MAX];
    const uint8_t *offsets; /* NULL without ids, and when legacy */
    const uint8_t *ids;
    /* Only when legacy. A token is then the number of the row in decimal digits, and the
     * id of a record is its token without leading zeros. */
    void *memory;
    uint8_t digest[TALLY_DIGEST_BYTES];
};

/** Whether the rows of view ${v} are the records in order, each once: then nothing more
 * is said of them in the file. */
static inline bool
tally_enc_rows_are_records(const struct tally_enc_info *info, size_t v)
{
    return info->views[v].rows == info->records &&
           info->views[v].records == info->records;
}

/** The description ${root} of ${path}. */
TALLY_NODISCARD int tally_encfile_read_meta(const struct tally_json *root,
                                            const char *path, struct tally_enc_info *info,
                                            struct tally_err *err);

#endif

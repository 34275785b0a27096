/*
 * An open encodings file from inside, for its two readers: encfile.c, which maps a .enc,
 * and clks_read.c, which makes one in memory from the JSON of clkhash.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_ENCFILE_PRIVATE_H
#define TALLY_ENCFILE_PRIVATE_H

#include <stdint.h>

#include "bloom/container.h"
#include "bloom/encfile.h"

struct tally_encfile_view {
    const uint8_t *matrix;
    const uint32_t *popcounts;
    const uint8_t *records; /* NULL when rows are the records in order */
};

struct tally_encfile {
    struct tally_container *container; /* NULL when legacy */
    struct tally_enc_info info;
    const uint8_t *tokens;
    struct tally_encfile_view views[TALLY_VIEWS_MAX];
    const uint8_t *offsets; /* NULL without ids, and when legacy */
    const uint8_t *ids;
    /* Only when legacy. A token is then the number of the row in decimal digits, and the
     * id of a record is its token without leading zeros. */
    void *memory;
    uint8_t digest[TALLY_DIGEST_BYTES];
};

#endif

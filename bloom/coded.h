/*
 * Filter rows by number: for every code (bloom/tokens.h) that a field has met, the bits
 * that its tokens set, found without a search.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_CODED_H
#define TALLY_CODED_H

#include <stddef.h>
#include <stdint.h>

#include "bloom/base/err.h"
#include "bloom/base/pii.h"

/** One field's rows, at most 4095: odd text may find it full. They are filled once each
 * and never moved or dropped. Which of them there are is personal data, in wiped memory.
 */
struct tally_coded {
    struct tally_pii *arena;
    uint16_t *slots; /* number of a row by code, 0: none */
    uint8_t *rows;
    size_t row_bytes;
    size_t nrows;
};

/** An empty table in ${c}. Free with tally_coded_free, which is a no-op on a zeroed one.
 */
TALLY_NODISCARD int tally_coded_create(struct tally_coded *c, size_t row_bytes,
                                       struct tally_err *err);
void tally_coded_free(struct tally_coded *c);

/** A row of zeros for ${code}, which has none yet, to be filled at once; NULL when the
 * table is full. */
uint8_t *tally_coded_add(struct tally_coded *c, uint32_t code);

/** The row of ${code}, or NULL. */
static inline const uint8_t *
tally_coded_row(const struct tally_coded *c, uint32_t code)
{
    size_t slot = c->slots[code];

    return slot > 0 ? c->rows + slot * c->row_bytes : NULL;
}

#endif

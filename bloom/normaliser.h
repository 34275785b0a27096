/*
 * Normalisation for one thread that remembers: the cells of names, dates and postcodes
 * come again and again. What it gives is what tally_normalise gives.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_NORMALISER_H
#define TALLY_NORMALISER_H

#include <stddef.h>
#include <stdint.h>

#include "bloom/memo.h"
#include "bloom/normalise.h"
#include "bloom/schema.h"

/** Cells and values are kept in wiped memory (memo.h). Free with tally_normaliser_free,
 * which is a no-op on a zeroed one. */
struct tally_normaliser {
    const struct tally_schema *schema;
    const struct tally_date_reading *readings;
    struct tally_memo memo;
};

/** For the fields of ${s}, whose dates are written as ${readings} (one a field) say;
 * keeps both. */
TALLY_NODISCARD int tally_normaliser_create(struct tally_normaliser *n,
                                            const struct tally_schema *s,
                                            const struct tally_date_reading *readings,
                                            struct tally_err *err);
void tally_normaliser_free(struct tally_normaliser *n);

/** ${len} bytes for field ${f} will be taken soon: begins to fetch what became of them.
 */
void tally_normaliser_expect(const struct tally_normaliser *n, size_t f,
                             const uint8_t *in, size_t len);

/** tally_normalise of ${len} bytes for field ${f} of the schema. */
void tally_normaliser_take(struct tally_normaliser *n, size_t f, const uint8_t *in,
                           size_t len, struct tally_value *out);

#endif

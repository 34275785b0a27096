/*
 * The encodings that an attack works on: one row a record, all of one length.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_AUDIT_ROWS_H
#define TALLY_AUDIT_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/base/err.h"
#include "bloom/encfile.h"

/** Rows of ${stride} bytes, 64-byte aligned and zero padded, and their set bits. */
struct tally_audit_rows {
    size_t n;
    uint32_t bits;
    size_t stride;
    uint8_t *matrix;
    uint32_t *ones;
};

/** A copy of the first row in view ${v} of each of the ${n} records ${records}
 * (ascending) of ${e}. Records without one get a row of zeros. Free with
 * tally_audit_rows_free, which takes a zeroed struct too. */
TALLY_NODISCARD int tally_audit_rows_take(struct tally_audit_rows *out,
                                          const struct tally_encfile *e, size_t v,
                                          const uint32_t *records, size_t n,
                                          struct tally_err *err);
void tally_audit_rows_free(struct tally_audit_rows *r);

static inline const uint8_t *
tally_audit_row(const struct tally_audit_rows *r, size_t i)
{
    return r->matrix + i * r->stride;
}

static inline bool
tally_audit_bit(const struct tally_audit_rows *r, size_t i, uint32_t bit)
{
    return (tally_audit_row(r, i)[bit / 8] >> (7 - bit % 8) & 1) != 0;
}

/** True when rows ${i} and ${j} hold the same bits. */
bool tally_audit_rows_equal(const struct tally_audit_rows *r, size_t i, size_t j);

/** Row numbers in the order of their bytes: equal rows stand together, lowest first.
 * Malloced; NULL without memory. */
uint32_t *tally_audit_rows_order(const struct tally_audit_rows *r);

/** Row bits as columns: ${out} has bits rows of ${r}->n rounded up to 512 bits. Malloced,
 * 64-byte aligned; NULL without memory. */
uint8_t *tally_audit_rows_transpose(const struct tally_audit_rows *r, size_t *stride);

#endif

/*
 * The payload part (.pay): record token and payload columns, for the analyst. docs/protocols/payload.md.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_PAYLOAD_H
#define TALLY_PAYLOAD_H

#include <stddef.h>
#include <stdint.h>

#include "bloom/base/csv.h"
#include "bloom/base/err.h"
#include "bloom/encfile.h"

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
/** The cells of record ${i}: tally_payload_columns() of them, pointing into the mapping. */
TALLY_NODISCARD int tally_payload_row(const struct tally_payload *p, uint64_t i,
                                      struct tally_cell *cells, struct tally_err *err);
void tally_payload_close(struct tally_payload *p);

#endif

/*
 * The fields of a row as the encoder takes them, for what looks at values beside
 * encodings: counts of tokens, and the plaintext linker that encodings are held against.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_FIELDS_H
#define TALLY_FIELDS_H

#include <stddef.h>

#include "bloom/base/csv.h"
#include "bloom/mapping.h"
#include "bloom/normalise.h"

/** The first value of field ${f} of a row, normalised. Of a joined value at most 4,096
 * bytes are looked at, which is more than any type keeps. The caller wipes ${out}. */
void tally_fields_value(const struct tally_schema *schema,
                        const struct tally_mapping *mapping, size_t f,
                        const struct tally_cell *cells, struct tally_value *out);

#endif

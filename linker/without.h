/*
 * Encodings without those of withdrawn records.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_WITHOUT_H
#define TALLY_WITHOUT_H

#include <stddef.h>
#include <stdint.h>

#include "bloom/base/err.h"
#include "bloom/encfile.h"

/** How many of the ${n} ascending ${tokens} (TALLY_TOKEN_BYTES each) are in ${e}. */
size_t tally_without_count(const struct tally_encfile *e, const uint8_t *tokens,
                           size_t n);

/** ${e} without the records of those tokens, through a temporary file that has no name
 * once this returns, in the folder of ${beside} (NULL: TMPDIR). Its digest differs; all
 * else it states is the same, but the number of records. Close ${out} with
 * tally_encfile_close. TALLY_E_USAGE for legacy filters, whose tokens are row numbers. */
TALLY_NODISCARD int tally_without(struct tally_encfile **out,
                                  const struct tally_encfile *e, const uint8_t *tokens,
                                  size_t n, const char *beside, struct tally_err *err);

#endif

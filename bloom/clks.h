/*
 * The JSON of clkhash and anonlink: {"clks": ["base64", ...]}, filters in row order and
 * nothing else.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_CLKS_H
#define TALLY_CLKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/base/err.h"

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

#endif

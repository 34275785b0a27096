/*
 * Pairs beyond memory: what a worker keeps goes to disk in sorted runs, and all of it
 * comes back as one stream in ascending (a, b).
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_JOIN_SPILL_H
#define TALLY_JOIN_SPILL_H

#include "linker/join_collect.h"

/** Move the pairs of ${keep} to its sorter, which holds ${memory} bytes of them and lays
 * files beside ${beside} (see tally_sorter_create). Errors: TALLY_E_NOMEM, TALLY_E_IO. */
TALLY_NODISCARD int tally_spill(struct tally_keep *keep, size_t memory,
                                const char *beside, struct tally_err *err);

/** Give all that ${nkeeps} workers spilt, and what they still hold, to ${take} in order.
 * Errors: as tally_spill, TALLY_E_CORRUPT, and those of ${take}. */
TALLY_NODISCARD int tally_spill_stream(const struct tally_collect *c,
                                       struct tally_keep *keeps, size_t nkeeps,
                                       struct tally_pool *pool, tally_pairs_fn *take,
                                       void *ctx, struct tally_err *err);

#endif

/*
 * How much each view counts: weights of single views take views for independent, and
 * strangers for what false links look like. Neither holds: views repeat fields, and false
 * links are of neighbours and relatives. Logistic regression on links and decoys finds
 * the balance.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_BALANCE_H
#define TALLY_BALANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "linker/evidence.h"

/** Fewer links or decoys than this leave views as they are. */
#define TALLY_BALANCE_MIN 50

/**
 * Find ${share}[v], 0 or more and e->nviews in sum, of the weights of each view that tell
 * ${nlinks} sure links best from ${ndecoys} decoys; ${links} and ${decoys} hold their
 * keys, one a view. Shares are held towards being equal. Where there are too few of
 * either,
 * ${enough} is false and there are no shares. Errors: TALLY_E_NOMEM.
 */
TALLY_NODISCARD int tally_balance(const struct tally_evidence *e, const uint32_t *links,
                                  size_t nlinks, const uint32_t *decoys, size_t ndecoys,
                                  double *share, bool *enough, struct tally_err *err);

#endif

/*
 * What an encodings file gives away by itself: counts anyone who holds it can make. Not
 * an attack and no verdict: a file that looks well here may still be open to graph
 * matching.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_TUNE_EXPOSURE_H
#define TALLY_TUNE_EXPOSURE_H

#include <stdint.h>

#include "bloom/base/err.h"
#include "bloom/base/pool.h"
#include "bloom/encfile.h"

struct tally_exposure {
    uint64_t records;
    double unique;          /* share of records whose encoding no other record has */
    uint64_t largest_group; /* records that share the commonest encoding */
    double frequency_low;   /* share of records that set the rarest and commonest bit */
    double frequency_high;
    double gini; /* of bit frequencies: 0 when all are equal, near 1 when few bits
                    are set by all */
    double token_correlation; /* of set bits with tokens of the record; NAN when either
                                 never varies */
    double t_fill;            /* diffusion t times expected fill; 0 without diffusion */
};

/** Measure view 0 of ${enc}; ${tokens} holds the number of tokens of each record, in the
 * order of the file. t_fill is left 0. Measured as the audit does (audit_static.h). */
TALLY_NODISCARD int tally_exposure_measure(const struct tally_encfile *enc,
                                           const uint32_t *tokens,
                                           struct tally_pool *pool,
                                           struct tally_exposure *out,
                                           struct tally_err *err);

#endif

/*
 * The leading directions in which the bits of a file vary: eigenvectors of their
 * covariance, and where each record lies along them.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_AUDIT_SPECTRUM_H
#define TALLY_AUDIT_SPECTRUM_H

#include "bloom/audit/audit_math.h"
#include "bloom/audit/audit_rows.h"

/** Counts of bits set together: ${out}[i * bits + j] for bits i and j, malloced. */
TALLY_NODISCARD int tally_audit_cooccurrence(const struct tally_audit_rows *r,
                                             uint32_t **out, struct tally_pool *pool,
                                             struct tally_err *err);

/** Directions that are found: fixed, so that sums over them are vectors. */
#define TALLY_DIRECTIONS 32

/** Each record's place along the TALLY_DIRECTIONS leading directions, greatest variance
 * first: ${out} has r->n rows of as many columns. Signs, and turns among directions of
 * like variance, are arbitrary. By subspace iteration from directions that ${seed} draws.
 */
TALLY_NODISCARD int tally_audit_spectrum(const struct tally_audit_rows *r, uint64_t seed,
                                         struct tally_pool *pool,
                                         struct tally_features *out,
                                         struct tally_err *err);

#endif

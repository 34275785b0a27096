/*
 * Static leakage: what an encodings file gives away by itself, in counts that anyone who
 * holds it can make. Not an attack and no verdict: a file that looks well here may still
 * fall to graph matching.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_AUDIT_STATIC_H
#define TALLY_AUDIT_STATIC_H

#include "bloom/audit/audit_math.h"
#include "bloom/audit/audit_rows.h"
#include "bloom/base/pool.h"

#define TALLY_LINKED_PHI .95 /* two columns that move together */
#define TALLY_FREQUENT   3   /* equal encodings from which a value counts as frequent */
#define TALLY_OUTSTANDS                                                                  \
    5 /* standard errors from which two rows are alike beyond chance */

/** Counts are of rows that have at least one bit set. */
struct tally_audit_static {
    uint64_t rows;
    uint64_t empty;         /* rows without any bit */
    double unique;          /* share of rows whose encoding no other row has */
    uint64_t largest_group; /* rows that share the commonest encoding */
    double frequent;        /* share of rows in groups of TALLY_FREQUENT or more */
    double frequency_low;   /* share of rows that set the rarest and commonest bit */
    double frequency_high;
    double gini;        /* of bit frequencies: 0 when all are equal */
    double entropy;     /* mean binary entropy of the bits, 0 to 1 */
    double largest_phi; /* greatest correlation of two columns that vary */
    uint64_t linked;    /* pairs of columns with phi above TALLY_LINKED_PHI */
    /* Other rows that a row is alike to beyond chance (TALLY_OUTSTANDS), on average: what
     * graph matching feeds on. Of ${compared} rows. */
    double neighbours;
    uint64_t compared;
    double ones_low; /* set bits: fewest, mean, most */
    double ones_mean;
    double ones_high;
    /* Correlation of set bits with tokens of the record; NAN when it is not known or
     * either never varies. */
    double token_correlation;
};

/** Correlation of set bits with tokens, over rows that have bits and of which the number
 * of tokens is known; TALLY_AUDIT_NONE stands for one that is not. NAN as above. */
double tally_audit_token_correlation(const struct tally_audit_rows *r,
                                     const uint32_t *tokens);

/** Measure ${r}. ${tokens} holds the number of tokens of each row, or is NULL. Shares of
 * no rows are 0. Columns are compared in at most 20,000 rows, evenly taken, and of these
 * at most 1,000 with all. */
TALLY_NODISCARD int tally_audit_static_measure(const struct tally_audit_rows *r,
                                               const uint32_t *tokens,
                                               struct tally_pool *pool,
                                               struct tally_audit_static *out,
                                               struct tally_err *err);

#endif

/*
 * Candidate pairs by locality-sensitive hashing, for sources so large that comparing all
 * with all takes too long: not exact, but the chance of finding a pair is computed.
 *
 * A table takes a few bit positions at random; two records meet in it when their filters
 * agree in all of them. Of n positions of which h differ, r drawn without replacement all
 * agree with the probability p = (n-h)/n * (n-h-1)/(n-1) * ... (r factors), so one of L
 * tables with positions of their own brings the pair together with 1 - (1 - p)^L (Indyk
 * and Motwani 1998, bit sampling). A pair of Dice t and a set bits in both together
 * differs in at most (1 - t) a positions; with the greatest numbers of set bits that
 * there are, this bounds the chance for every pair at or above the threshold. Pairs that
 * meet are verified on whole rows, so nothing below the threshold is found.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_LSH_H
#define TALLY_LSH_H

#include "linker/join.h"

#define TALLY_LSH_TABLES_MAX 4096
#define TALLY_LSH_BITS_MAX   64

struct tally_lsh_plan {
    uint32_t bits;   /* positions a table */
    uint32_t tables; /* 1 to TALLY_LSH_TABLES_MAX */
    uint32_t
        differing;  /* positions in which a pair at or above the threshold can differ */
    double recall;  /* chance that any such pair is found, at least; 0 to 1 */
    double meeting; /* pairs expected to be verified, by a sample */
};

/** The chance that ${tables} tables of ${bits} positions out of ${n} bring a pair
 * together that differs in ${differing}. */
double tally_lsh_recall(uint32_t n, uint32_t differing, uint32_t bits, uint32_t tables);

/** The tables that find pairs of ${a} and ${b} (NULL: within ${a}) at or above
 * ${threshold_ppm} with a chance of ${recall} (above 0, below 1) at least, as cheaply as
 * a seeded sample of pairs suggests. TALLY_E_LIMIT when TALLY_LSH_TABLES_MAX tables are
 * not enough. */
TALLY_NODISCARD int tally_lsh_choose(struct tally_lsh_plan *out,
                                     const struct tally_matrix *a,
                                     const struct tally_matrix *b, uint32_t threshold_ppm,
                                     double recall, struct tally_err *err);

/** Give the pairs that ${plan} finds to ${take}, each once, in no particular order but
 * the same ones whatever threads and kernel. Of the options threshold_ppm, max_pairs,
 * pool, progress and kernel count. ${stats}->compared are the pairs that met. Errors: as
 * tally_join_each. */
TALLY_NODISCARD int tally_lsh_each(const struct tally_lsh_plan *plan,
                                   const struct tally_matrix *a,
                                   const struct tally_matrix *b,
                                   const struct tally_join_options *options,
                                   tally_pairs_fn *take, void *ctx,
                                   struct tally_join_stats *stats, struct tally_err *err);

#endif

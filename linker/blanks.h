/*
 * Scores with an allowance for blanks. A record with blank fields is short of set bits,
 * and Dice counts against it what the other record has in those fields, though nothing
 * disagrees there. How short a record is shows in its popcount, beside those of its
 * source.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_BLANKS_H
#define TALLY_BLANKS_H

#include <stdint.h>

#include "bloom/base/err.h"
#include "bloom/harden_steps.h"
#include "linker/join.h"

/** What the popcounts of one source say. Zeroed: nothing. */
struct tally_blanks {
    uint32_t *filled;    /* by popcount: how much is set before hardening */
    uint32_t *lacking;   /* likewise: how far that is below the usual */
    uint32_t *differing; /* by bits that differ: how much did before hardening; NULL
                            without hardening that mixes bits */
    uint32_t bits;
    uint32_t usual;    /* the middle popcount */
    double blank_rich; /* share of the rows that lack a quarter and more */
};

/** Learn ${out} from the popcounts of ${m}, hardened by ${h}. Where hardening leaves
 * nothing of them, ${out} is zeroed. Errors: TALLY_E_NOMEM. */
TALLY_NODISCARD int tally_blanks_learn(struct tally_blanks *out,
                                       const struct tally_matrix *m,
                                       const struct tally_hardening *h,
                                       struct tally_err *err);
void tally_blanks_free(struct tally_blanks *b);

/**
 * The score of a row of ${a} and one of ${b}, neither zeroed, of ${pa} and ${pb} set bits
 * of which they share ${common}, as a fraction: 2 * what is returned / ${total}. It is
 * the Dice score that two full records of as much agreement have, half of what one of
 * them lacks beside the other being left out of account. With plain filters, two records
 * that are not short score exactly their Dice; hardened, what theirs would be at the
 * usual popcounts.
 */
uint32_t tally_blanks_score(const struct tally_blanks *a, const struct tally_blanks *b,
                            uint32_t common, uint32_t pa, uint32_t pb, uint32_t *total);

#endif

/*
 * Private to reviews: pairs and how they are weighed.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_LINKER_REVIEW_IMPL_H
#define TALLY_LINKER_REVIEW_IMPL_H

#include "linker/review_store.h"

/** A pair asked about. */
struct review_pair {
    size_t a; /* lists */
    size_t b;
    uint8_t token_a[TALLY_TOKEN_BYTES];
    uint8_t token_b[TALLY_TOKEN_BYTES];
    double before;    /* probability by the run; NAN */
    bool accepted;    /* it was a link */
    bool answered;    /* both records */
    uint64_t row_a;   /* in the answers */
    uint64_t row_b;
    uint16_t score[TALLY_VIEWS_MAX]; /* Dice in thousandths; REVIEW_MISSING */
    double weight;                   /* in bits */
    double after;                    /* probability by the answers; NAN */
    int decision;                    /* 1 match, 0 no match, -1 undecided */
};
#define REVIEW_MISSING UINT16_MAX

/** Answers in the order of lists. */
struct review_answers {
    const struct tally_encfile *enc[TALLY_REVIEW_SOURCES_MAX];
    size_t n;
    size_t nviews;
    /* How many true pairs there are to a pair of strangers, of two whole sources, the
     * first of lower number: above 0. */
    double odds[TALLY_REVIEW_SOURCES_MAX][TALLY_REVIEW_SOURCES_MAX];
};

/** Scores, weights and probabilities of the ${n} ${pairs} from ${x}; ${strangers} gets the
 * number of random pairs behind them. Deterministic. */
TALLY_NODISCARD int review_weigh(const struct review_answers *x,
                                 struct review_pair *pairs, size_t n, size_t *strangers,
                                 struct tally_err *err);

#endif

/*
 * Private to reviews: pairs and how they are weighed.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_LINKER_REVIEW_IMPL_H
#define TALLY_LINKER_REVIEW_IMPL_H

#include "linker/review_store.h"

/** Why a pair is looked at. Pinned: stored. */
enum review_why {
    REVIEW_UNCERTAIN = 1, /* it is asked about, and decided */
    REVIEW_SAMPLED = 2,   /* a link drawn by chance, asked about to judge all links by */
    REVIEW_MET = 3 /* a link whose records happen to stand in the lists: as good a sample */
};

/** A pair that answers may say something of. */
struct review_pair {
    enum review_why why;
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

/** Where ${token} stands in ${enc}; false when it does not. */
bool review_find_row(const struct tally_encfile *enc, const uint8_t *token, uint64_t *row);

/** Answers in the order of lists. */
struct review_answers {
    const struct tally_encfile *enc[TALLY_REVIEW_SOURCES_MAX];
    size_t n;
    size_t nviews;
    /* How many true pairs there are to a pair of strangers, of two whole sources, the
     * first of lower number: above 0. */
    double odds[TALLY_REVIEW_SOURCES_MAX][TALLY_REVIEW_SOURCES_MAX];
};

/** Pairs of ${n} sources: of one source it is the pair with itself. */
static inline size_t
review_npairs(size_t n)
{
    return n == 1 ? 1 : n * (n - 1) / 2;
}

/** Scores, weights and probabilities of the ${n} ${pairs} from ${x}; ${strangers} gets the
 * number of random pairs behind them. Deterministic. */
TALLY_NODISCARD int review_weigh(const struct review_answers *x,
                                 struct review_pair *pairs, size_t n, size_t *strangers,
                                 struct tally_err *err);

/** Raise the probability of pairs that follow from others, of ${n}: two records that a
 * third is linked to are one person as surely as both of these links are true. */
TALLY_NODISCARD int review_follow(struct review_pair *pairs, size_t n,
                                  struct tally_err *err);

/** Append to the ${n} ${pairs} of ${review}, which are in ascending order and malloced,
 * the links of its run of which both records were answered for by chance. */
TALLY_NODISCARD int review_meet(struct tally_store *s, int64_t review,
                                const struct review_answers *x,
                                struct review_pair **pairs, size_t *n,
                                struct tally_err *err);

/** Both tokens of a pair, whichever stands first in it. */
struct review_tokens {
    uint8_t low[TALLY_TOKEN_BYTES];
    uint8_t high[TALLY_TOKEN_BYTES];
};
void review_tokens_set(struct review_tokens *t, const uint8_t *a, const uint8_t *b);

/** A pair that answers say something of, as a run has it. */
struct review_evidence {
    struct review_tokens tokens;
    int64_t review;
    uint32_t source_a; /* positions in the run, a <= b */
    uint32_t source_b;
    bool asked;    /* because it was uncertain */
    bool accepted; /* it was a link of the run about which was asked; */
    bool due;      /* that is this one, which has not gone by what was decided */
    bool linked;   /* for the caller; false */
    double before;
    double after;
    int decision; /* 1 match, 0 none, -1 open */
};

/** What all second rounds that hold say of a run. */
struct review_said {
    struct review_evidence *list; /* ascending by tokens; of two reviews the later */
    size_t n;
    int64_t latest; /* review that is among them */
    bool due;       /* one of them is about this very run */
    struct review_tokens *links; /* of the others' runs, ascending */
    size_t nlinks;
};

/** Read it, of sources that ${run} has, under the tokens that records have now. */
TALLY_NODISCARD int review_evidence_read(struct tally_store *s,
                                         const struct tally_store_run *run,
                                         struct review_said *out, struct tally_err *err);
void review_said_free(struct review_said *x);

/** What is said of a pair, or NULL. */
struct review_evidence *review_evidence_find(const struct review_said *x,
                                             const struct review_tokens *tokens);

/** Whether the pair was a link of a run about which was asked. */
bool review_was_link(const struct review_said *x, const struct review_tokens *tokens);

#endif

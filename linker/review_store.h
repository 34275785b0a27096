/*
 * The linker's half of a second round: which pairs are uncertain, whom to ask about which
 * records so that nobody can tell those from chance ones, and what the answers say. Kept
 * in the store with its evidence; docs/protocols/review.md.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_LINKER_REVIEW_STORE_H
#define TALLY_LINKER_REVIEW_STORE_H

#include "bloom/encfile.h"
#include "linker/link.h"
#include "linker/store.h"
#include "protocols/review.h"

/** On what terms owners are asked. */
struct tally_review_terms {
    const uint8_t *agreement; /* its digest, or NULL */
    uint64_t number;          /* of the request under it */
    uint64_t records_max;     /* in a list */
    uint64_t sample; /* matches drawn by chance to ask about too, to judge all links by */
};

/** What is asked of the owners. Free with tally_review_plan_free. */
struct tally_review_plan {
    struct tally_review request; /* common to all; ${own} and ${tokens} vary */
    uint8_t *tokens[TALLY_REVIEW_SOURCES_MAX]; /* of each list, ascending */
    uint64_t uncertain[TALLY_REVIEW_SOURCES_MAX]; /* records in it that are not chance */
    size_t npairs;     /* uncertain ones that are asked about */
    size_t nuncertain; /* that there are */
    size_t nsampled;   /* matches that are */
    int64_t review;    /* its number in the store */
};

/**
 * Choose from the latest run of ${s} the links that are possible, not matches, the least
 * certain first, as long as nine times as many records of each source can stand beside
 * theirs in a list; before them a sample of the matches, where one is wanted; draw the
 * others; and record all of it in a transaction that stays open until tally_store_commit.
 * Errors: TALLY_E_USAGE (no run, nothing uncertain, or sources too small to hide
 * anything).
 */
TALLY_NODISCARD int tally_review_choose(struct tally_store *s,
                                        const struct tally_review_terms *terms,
                                        struct tally_review_plan *out,
                                        struct tally_err *err);
void tally_review_plan_free(struct tally_review_plan *p);

/** What came of it. */
struct tally_review_result {
    int64_t review;
    int64_t run;
    size_t npairs;  /* asked about because they are uncertain */
    size_t beside;  /* other links that the answers say something of */
    size_t missing; /* a record of theirs was not answered for */
    size_t matches;
    size_t no_matches;
    size_t undecided; /* they contradict surer ones */
    double expected_before; /* true ones among the pairs by the run; NAN where it did not
                               say */
    double expected_after;  /* the same by the answers */
    double precision;       /* expected of those that match now; NAN without any */
    size_t strangers;       /* random pairs behind the weights */
    struct tally_precision links_before; /* of all links of the run, as it said, */
    struct tally_precision links_after;  /* and with what the answers say; NAN likewise */
    double share_checked; /* of the links: how many answers say something of */
};

/** The number of the request that waits for answers. TALLY_E_USAGE when none does. */
TALLY_NODISCARD int tally_review_waiting(struct tally_store *s, uint64_t *number,
                                         struct tally_err *err);

/**
 * Score the pairs of the last review of ${s} that has not been answered by the ${n}
 * ${answers}, one of each source asked, decide each pair, and record decisions and
 * evidence in a transaction as above. Errors: TALLY_E_USAGE (no review waits; an answer
 * is missing or twice), TALLY_E_POLICY (records that were not asked for, an answer to
 * another request), TALLY_E_SCHEMA_MISMATCH, TALLY_E_KEY_MISMATCH.
 */
TALLY_NODISCARD int tally_review_score(struct tally_store *s,
                                       const struct tally_encfile *const *answers,
                                       size_t n, struct tally_review_result *out,
                                       struct tally_err *err);

/**
 * Judge the links of ${run} by all reviews that hold, beside what the run expected of them:
 * see struct tally_store_reviewed. Nothing happens where no review says anything of them.
 * In the transaction that is open, or one of its own. tally_review_score does it for the
 * run that it is about.
 */
TALLY_NODISCARD int tally_review_calibrate(struct tally_store *s, int64_t run,
                                           struct tally_err *err);

/** Take back the last review whose answers were scored: its decisions hold no more.
 * ${review} gets its number. TALLY_E_USAGE where there is none. */
TALLY_NODISCARD int tally_review_undo(struct tally_store *s, int64_t *review,
                                      struct tally_err *err);

/** Whether any review that was answered holds. */
TALLY_NODISCARD int tally_review_any(struct tally_store *s, bool *any,
                                     struct tally_err *err);

/** Decisions of reviews that hold, the latest review first: of two of one pair it is the
 * one that counts. Malloced. */
TALLY_NODISCARD int tally_review_decisions(struct tally_store *s,
                                           struct tally_store_known **out, size_t *n,
                                           struct tally_err *err);

#endif

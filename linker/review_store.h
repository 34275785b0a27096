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

/** What is asked of the owners. Free with tally_review_plan_free. */
struct tally_review_plan {
    struct tally_review request; /* common to all; ${own} and ${tokens} vary */
    uint8_t *tokens[TALLY_REVIEW_SOURCES_MAX]; /* of each list, ascending */
    uint64_t uncertain[TALLY_REVIEW_SOURCES_MAX]; /* records in it that are not chance */
    size_t npairs;     /* that are asked about */
    size_t nuncertain; /* that there are */
    int64_t review;    /* its number in the store */
};

/**
 * Choose from the latest run of ${s} the links that are possible, not matches, the least
 * certain first, as long as nine times as many records of each source can stand beside
 * theirs in a list of at most ${records_max}; draw those; and record all of it in a
 * transaction that stays open until tally_store_commit. ${agreement} is its digest, or
 * NULL, and ${number} that of the request under it. Errors: TALLY_E_USAGE (no run, one source alone, nothing uncertain, or sources
 * too small to hide anything).
 */
TALLY_NODISCARD int tally_review_choose(struct tally_store *s, const uint8_t *agreement,
                                        uint64_t number, uint64_t records_max,
                                        struct tally_review_plan *out,
                                        struct tally_err *err);
void tally_review_plan_free(struct tally_review_plan *p);

/** What came of it. */
struct tally_review_result {
    int64_t review;
    int64_t run;
    size_t npairs;  /* asked about */
    size_t missing; /* a record of theirs was not answered for */
    size_t matches;
    size_t no_matches;
    size_t undecided; /* they contradict surer ones */
    double expected_before; /* true ones among the pairs by the run; NAN where it did not
                               say */
    double expected_after;  /* the same by the answers */
    double precision;       /* expected of those that match now; NAN without any */
    size_t strangers;       /* random pairs behind the weights */
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

/** Take back the last review whose answers were scored: its decisions hold no more.
 * ${review} gets its number. TALLY_E_USAGE where there is none. */
TALLY_NODISCARD int tally_review_undo(struct tally_store *s, int64_t *review,
                                      struct tally_err *err);

/** Decisions that hold, malloced. */
TALLY_NODISCARD int tally_review_decisions(struct tally_store *s,
                                           struct tally_store_known **out, size_t *n,
                                           struct tally_err *err);

#endif

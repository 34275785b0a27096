/*
 * Links held against a loaded truth: what an evaluation is made of, wherever the links
 * come from.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_EVALUATE_LINKS_H
#define TALLY_EVALUATE_LINKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "benchmarks/evaluate.h"
#include "benchmarks/evaluate_truth.h"
#include "bloom/base/bytes.h"

/** A link between records of the truth; a record that it does not know has a number from
 * tally_truth_records on. */
struct tally_judged_link {
    uint32_t a;
    uint32_t b;
    uint32_t score_ppm;
    bool match;
};

/** Links while they are gathered. Zeroed: none. Free with tally_judged_free. */
struct tally_judged {
    struct tally_judged_link *items;
    size_t n;
    size_t cap;
    uint64_t ignored;              /* between sources of which the truth knows nothing */
    struct tally_truth_scope seen; /* sources that occur, and those linked inside */
    struct tally_buf strangers;    /* "source byte, id" of records unknown to the truth */
    size_t *stranger_at;           /* where each begins; a mention each, until settled */
    size_t nstrangers;
    size_t strangers_cap;
};

/** Add the link of record ${id_a} of source ${a} with ${id_b} of ${b} (as
 * tally_truth_source has them; a negative one: ignored). TALLY_E_DATA for a record linked
 * with itself. */
TALLY_NODISCARD int tally_judged_add(struct tally_judged *j, const struct tally_truth *t,
                                     int a, const struct tally_cell *id_a, int b,
                                     const struct tally_cell *id_b, uint32_t score_ppm,
                                     struct tally_err *err);
void tally_judged_free(struct tally_judged *j);

/** Evaluate all of them: a pair that was added twice counts once, at its higher score.
 * ${j} is put in another order. */
TALLY_NODISCARD int tally_evaluate_judged(struct tally_judged *j,
                                          const struct tally_truth *t,
                                          struct tally_evaluation *out,
                                          struct tally_err *err);

/** Which pairs count: see tally_evaluate. */
void tally_judged_scope(const struct tally_judged *j, const struct tally_truth *t,
                        struct tally_truth_scope *scope);

/** The measures of clusters of ${j}, which is settled: items are pairs of different
 * records, each once. */
TALLY_NODISCARD int tally_evaluate_clusters(const struct tally_judged *j,
                                            const struct tally_truth *t,
                                            const struct tally_truth_scope *scope,
                                            struct tally_cluster_measures *out,
                                            struct tally_err *err);

#endif

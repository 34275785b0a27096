/*
 * How many pairs a join would find, foretold from rows drawn from both sides, so that a
 * threshold which would give an absurd number of them is told at once and not after an
 * hour.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_JOIN_PREDICT_H
#define TALLY_JOIN_PREDICT_H

#include "linker/join.h"

/** What was seen among the pairs of a sample, the same on every machine. */
struct tally_join_forecast {
    uint64_t sampled; /* pairs looked at */
    uint64_t found;   /* of which reach the threshold */
    double pairs;     /* hence about so many in the join, before k */
};

/** Look at four million pairs of ${a} with ${b} (NULL: within ${a}). Of the options
 * threshold_ppm, pool and kernel count. Errors: TALLY_E_NOMEM. */
TALLY_NODISCARD int tally_join_predict(const struct tally_matrix *a,
                                       const struct tally_matrix *b,
                                       const struct tally_join_options *o,
                                       struct tally_join_forecast *out,
                                       struct tally_err *err);

/** TALLY_E_LIMIT when clearly more than ${max_pairs} would be kept. Small joins, and
 * those that cannot keep so many, are not looked at. */
TALLY_NODISCARD int tally_join_predict_check(const struct tally_matrix *a,
                                             const struct tally_matrix *b,
                                             const struct tally_join_options *o,
                                             uint64_t max_pairs, struct tally_err *err);

#endif

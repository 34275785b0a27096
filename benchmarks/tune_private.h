/*
 * What the files of the tuning module share: trials, points of the search, and the state
 * of a run. Private to benchmarks/tune*.c.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_TUNE_PRIVATE_H
#define TALLY_TUNE_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "benchmarks/tune.h"
#include "benchmarks/tune_people.h"

#define TALLY_TUNE_ROUNDS 3 /* through all fields, at most */
#define TALLY_TUNE_STEPS  4 /* candidates of a field at a time */
#define TALLY_TUNE_SCREEN                                                                \
    2 /* keys after which a candidate that gains nothing is dropped */

/** A run of the tuner. */
struct tally_tune_run {
    const struct tally_tune_job *job;
    struct tally_tune_people people; /* TALLY_TUNE_SEARCHED populations, then held-out */
    struct tally_pool **single;      /* a pool of one thread for each worker */
    unsigned nsingle;
    uint64_t runs; /* trials so far */
};

struct tally_tune_counts {
    uint64_t tp;
    uint64_t fp;
    uint64_t fn;
};

/** One encoding and linkage of a population under a schema and a key. */
struct tally_tune_trial {
    const struct tally_schema *schema;
    size_t population;
    uint64_t key;                    /* its number, which with the seed is the key */
    struct tally_tune_counts counts; /* OUT */
};

/** A place in the search. Weights are by field of the starter; 0: left out. */
struct tally_tune_point {
    double weight[TALLY_SCHEMA_FIELDS_MAX];
    double fill;
    uint32_t t;
};

/** Run ${n} trials, several at a time. */
TALLY_NODISCARD int tally_tune_trials(struct tally_tune_run *run,
                                      struct tally_tune_trial *trials, size_t n,
                                      struct tally_err *err);

/** Measure the encodings of source ${s} in population ${i} under ${schema}. */
TALLY_NODISCARD int tally_tune_expose(struct tally_tune_run *run, size_t i, size_t s,
                                      const struct tally_schema *schema,
                                      struct tally_exposure *out, struct tally_err *err);

/** The number of tokens of each record of source ${s} in population ${i}, in the order in
 * which ${enc} has them. */
TALLY_NODISCARD int tally_tune_count_tokens(const struct tally_tune_people *p, size_t i,
                                            size_t s, const struct tally_schema *schema,
                                            const struct tally_encfile *enc,
                                            uint32_t *tokens, struct tally_err *err);

/** 2 tp / (2 tp + fp + fn); 0 when all are 0. */
double tally_tune_f1(const struct tally_tune_counts *c);

/** The schema at ${at}. */
TALLY_NODISCARD int tally_tune_schema_at(const struct tally_schema *starter,
                                         const struct tally_tune_point *at,
                                         struct tally_schema **out,
                                         struct tally_err *err);
/** Where ${starter} is. */
void tally_tune_point_of(const struct tally_schema *starter, struct tally_tune_point *at);

/** The diffusion that goes with ${fill}: no less than the starter's, and no less times
 * fill than the starter's. */
uint32_t tally_tune_t_of(const struct tally_schema *starter, double fill);

/** Search from ${at} (the starter) for better weights and fill: ${at} ends where nothing
 * gains ${out}->least_gain. Sets noise and least_gain of ${out}; true in ${moved} when it
 * ends elsewhere. */
TALLY_NODISCARD int tally_tune_search(struct tally_tune_run *run,
                                      const struct tally_schema *starter,
                                      struct tally_tune_point *at, bool *moved,
                                      struct tally_tune_result *out,
                                      struct tally_err *err);
/** Trials of a search over ${nfields} fields: the fewest and the most. */
uint64_t tally_tune_search_least(size_t nfields);
uint64_t tally_tune_search_most(size_t nfields);

#endif

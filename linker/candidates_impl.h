/*
 * Private to candidates: a source from inside, and the rule for the k best.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_CANDIDATES_IMPL_H
#define TALLY_CANDIDATES_IMPL_H

#include <stdbool.h>

#include "bloom/encfile.h"
#include "bloom/rawfilters.h"
#include "linker/candidates.h"
#include "linker/join.h"

struct tally_candidate_source {
    char *path;
    struct tally_encfile *enc; /* NULL when raw */
    struct tally_rawfilters raw;
    struct tally_matrix matrix;
    size_t nrecords;
    bool rows_are_records;
};

/** The record that row ${row} is of. */
uint32_t candidates_record(const struct tally_candidate_source *s, uint32_t row);

/** 0 when pairs of ${a} and ${b} mean something, as far as they say. */
TALLY_NODISCARD int candidates_compatible(const struct tally_candidate_source *a,
                                          const struct tally_candidate_source *b,
                                          struct tally_err *err);

/**
 * Each row of ${m} with its complement behind it, into ${out}, whose rows and popcounts
 * are malloced. Of two such rows of length 2n, n set bits each, 2 * common / total is the
 * share of bits that agree: simple matching becomes Dice, and the join need know of one
 * similarity only. ${m}->bits is at most TALLY_SMC_BITS_MAX.
 */
TALLY_NODISCARD int candidates_with_complement(struct tally_matrix *out,
                                               const struct tally_matrix *m,
                                               struct tally_err *err);

/** Make ${n} pairs of rows pairs of records: each once, with its best score, and none of
 * a record with itself. Returns how many are left, ascending by record. */
size_t candidates_of_records(const struct tally_candidate_source *a,
                             const struct tally_candidate_source *b,
                             struct tally_candidate *list, size_t n);

/** What is compared: the matrices of two sources, the same within one. */
struct candidates_sides {
    const struct tally_matrix *a;
    const struct tally_matrix *b;
    uint32_t threshold_ppm;
};

/** Give pairs of rows of records of ${a} and ${b} that hold an equal match key, and reach
 * the threshold, to ${take}: some several times. ${compared} grows by what was compared.
 * TALLY_E_USAGE when the sources have no match keys. */
TALLY_NODISCARD int candidates_by_keys(const struct tally_candidate_source *a,
                                       const struct tally_candidate_source *b,
                                       const struct candidates_sides *sides,
                                       tally_pairs_fn *take, void *ctx,
                                       uint64_t *compared, struct tally_err *err);

/** Count in ${stats} what the ${n} pairs of records of ${list} (each once, ascending by
 * record) hold of all pairs of some rows drawn from the first source. */
TALLY_NODISCARD int candidates_measure(const struct tally_candidate_source *a,
                                       const struct tally_candidate_source *b,
                                       const struct candidates_sides *sides,
                                       const struct tally_join_options *o,
                                       const struct tally_candidate *list, size_t n,
                                       struct tally_candidates_stats *stats,
                                       struct tally_err *err);

/** Keep of ${n} pairs what the rule of struct tally_candidates_job says for ${k}, in
 * descending order. The sources have ${na} and ${nb} records; ${self}: they are one. */
TALLY_NODISCARD int candidates_keep_best(struct tally_candidate *list, size_t *n,
                                         uint32_t k, size_t na, size_t nb, bool self,
                                         struct tally_err *err);

#endif

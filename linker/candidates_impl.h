/*
 * Private to candidates: a source from inside, keyed blocks, and thinning.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_CANDIDATES_IMPL_H
#define TALLY_CANDIDATES_IMPL_H

#include <stdbool.h>

#include "bloom/base/sorter.h"
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

/** Exact pairs of records drawn from a first source, ascending by record, against which
 * what keys found is held. */
struct candidates_sample {
    struct tally_pair *list; /* of records */
    size_t n;
    size_t at;
    uint64_t found;
};

/** Join rows drawn from ${a} with all of ${b}. Caller frees list. Errors: as tally_join.
 */
TALLY_NODISCARD int candidates_sample_draw(struct candidates_sample *out,
                                           const struct tally_candidate_source *a,
                                           const struct tally_candidate_source *b,
                                           const struct candidates_sides *sides,
                                           const struct tally_join_options *o,
                                           struct tally_err *err);

/** Count ${c} where it is of the sample. Pairs of records come in ascending order, each
 * once. */
void candidates_sample_found(struct candidates_sample *s,
                             const struct tally_candidate *c);

/** Candidates of two sources on their way through the rules of struct
 * tally_candidates_job, in bounded memory. */
struct candidates_thin;

/** Takes a candidate. Returns 0, or -1 with ${err} set, which ends it. */
typedef int candidates_take_fn(void *ctx, const struct tally_candidate *c,
                               struct tally_err *err);

/**
 * Thin candidates of ${a} and ${b}, the same within one source. ${by_record}: those that
 * are added are of rows, and come out as pairs of records, each once with its best score,
 * none of a record with itself. ${k} not 0: what the rule leaves, in descending order.
 * One of the two at least. Two sorters of ${memory} bytes lie ${beside}. Errors:
 * TALLY_E_NOMEM, as tally_sorter.
 */
TALLY_NODISCARD int candidates_thin_begin(struct candidates_thin **out,
                                          const struct tally_candidate_source *a,
                                          const struct tally_candidate_source *b,
                                          bool by_record, uint32_t k, size_t memory,
                                          const char *beside, struct tally_err *err);
TALLY_NODISCARD int candidates_thin_add(struct candidates_thin *t,
                                        const struct tally_candidate *rows,
                                        struct tally_err *err);
/** Give what is left, as of the sources numbered ${source_a} and ${source_b}, to ${take},
 * once; on the way pairs of records are counted in ${sample}, which may be NULL. */
TALLY_NODISCARD int candidates_thin_give(struct candidates_thin *t, uint32_t source_a,
                                         uint32_t source_b,
                                         struct candidates_sample *sample,
                                         candidates_take_fn *take, void *ctx,
                                         struct tally_err *err);
/** NULL is no-op. */
void candidates_thin_end(struct candidates_thin *t);

#endif

/*
 * The truth and the groups of an evaluation, held so that a link can be looked up fast.
 * Private to benchmarks/evaluate*.c.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_EVALUATE_TRUTH_H
#define TALLY_EVALUATE_TRUTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/base/csv.h"
#include "bloom/base/err.h"

#define TALLY_TRUTH_ID_MAX      1024u      /* bytes in an id */
#define TALLY_TRUTH_SOURCES_MAX 250u       /* sources in a truth */
#define TALLY_TRUTH_COLUMNS_MAX 16u        /* group columns */
#define TALLY_TRUTH_GROUPS_MAX  250u       /* different values of one group column */
#define TALLY_TRUTH_NONE        UINT32_MAX /* no such record, or no such person */

struct tally_truth;

/** Which pairs count: sources that take part, and sources whose inside pairs count too.
 */
struct tally_truth_scope {
    bool used[TALLY_TRUTH_SOURCES_MAX];
    bool inside[TALLY_TRUTH_SOURCES_MAX];
};

/** Load ${truth} and ${groups} (may be NULL), in the shapes that tally_evaluate takes.
 * Errors name file and row: TALLY_E_DATA for an id given twice, TALLY_E_LIMIT for the
 * limits above. */
TALLY_NODISCARD int tally_truth_load(struct tally_truth **out, const char *truth,
                                     const char *groups, struct tally_err *err);
void tally_truth_free(struct tally_truth *t);

/** True for the shape source,id,ent_id: only then do sources matter. */
bool tally_truth_has_sources(const struct tally_truth *t);
size_t tally_truth_sources(const struct tally_truth *t);
/** The number of the source called ${name}, or -1. Always 0 when sources do not matter.
 */
int tally_truth_source(const struct tally_truth *t, const struct tally_cell *name);

/** Records that the truth or the groups file names. */
size_t tally_truth_records(const struct tally_truth *t);
/** True when record ${x} is of a source in ${scope}, and of a person the truth names. */
bool tally_truth_in_scope(const struct tally_truth *t,
                          const struct tally_truth_scope *scope, uint32_t x);
/** Whose each record is: for each a number that two records share when they are one
 * person's, or in a truth of pairs, hang together by pairs. */
void tally_truth_people(const struct tally_truth *t, uint32_t *of);

/** The record ${id} of source number ${source}, or TALLY_TRUTH_NONE. */
uint32_t tally_truth_find(const struct tally_truth *t, int source,
                          const struct tally_cell *id);
/** True when the truth holds the pair. A number that is not a record's has no pair. */
bool tally_truth_match(const struct tally_truth *t, uint32_t a, uint32_t b);

/** Group columns: their names, how many values each has, the values, and the value of a
 * record (0 to count-1, or -1 when the record has none). */
size_t tally_truth_columns(const struct tally_truth *t);
const char *tally_truth_column(const struct tally_truth *t, size_t column);
size_t tally_truth_groups(const struct tally_truth *t, size_t column);
const char *tally_truth_group(const struct tally_truth *t, size_t column, size_t group);
int tally_truth_group_of(const struct tally_truth *t, size_t column, uint32_t record);

/** All pairs of records in ${scope}, true or not; 0 for a truth of pairs, which does not
 * name every record. */
uint64_t tally_truth_all_pairs(const struct tally_truth *t,
                               const struct tally_truth_scope *scope);
/** True pairs in ${scope}. */
uint64_t tally_truth_pairs(const struct tally_truth *t,
                           const struct tally_truth_scope *scope);
/** The same, of pairs with a record of ${group} on either side. */
uint64_t tally_truth_group_pairs(const struct tally_truth *t,
                                 const struct tally_truth_scope *scope, size_t column,
                                 size_t group);

#endif

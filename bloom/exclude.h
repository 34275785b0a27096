/*
 * Who stays at home: people on lists (opt-outs, people who must not be shared) and people
 * whom a column of the export marks. The lists are personal data: kept as keyed hashes in
 * wiped memory, and never told.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_EXCLUDE_H
#define TALLY_EXCLUDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/base/csv.h"
#include "bloom/base/err.h"
#include "bloom/mapping.h"
#include "bloom/normalise.h"
#include "bloom/schema.h"

#define TALLY_EXCLUDE_RULES_MAX 64
#define TALLY_EXCLUDE_LIST_MAX  50000000u /* values in a list */

/** Whether a record leaves, and if not, why. A record with several reasons has the first
 * of them. */
enum tally_stay {
    TALLY_LEAVES = 0,
    TALLY_STAYS_OPT_OUT, /* on the list of people who opted out */
    TALLY_STAYS_LISTED,  /* on the list of people to exclude */
    TALLY_STAYS_MARKED,  /* a column says so */
    TALLY_STAY_REASONS
};
const char *tally_stay_name(enum tally_stay s); /* "leaves", "opt_out", "exclude", ... */

struct tally_exclude;

/** Nobody stays, so far. For the export ${csv} under ${s} and ${m}, with ids in column
 * ${id_column} or, when that is -1, nowhere. All are kept. */
TALLY_NODISCARD int tally_exclude_create(struct tally_exclude **out,
                                         const struct tally_csv *csv,
                                         const struct tally_schema *s,
                                         const struct tally_mapping *m,
                                         ptrdiff_t id_column, struct tally_err *err);

/**
 * Read a list for reason ${why}, opt-out or listed, one list each. It is a CSV file. A
 * column called like a field of the schema is compared by normalised value, with any
 * value that the record has; only fields that point to one person by themselves are
 * taken. A column called like the id column is compared with the ids. A file of one
 * column whose first line is neither holds ids, the first line included. TALLY_E_USAGE
 * when the list cannot be compared with this export; TALLY_E_LIMIT; errors of
 * tally_csv_open and tally_csv_next.
 */
TALLY_NODISCARD int tally_exclude_list(struct tally_exclude *x, enum tally_stay why,
                                       const char *path,
                                       const struct tally_csv_options *options,
                                       struct tally_err *err);

/** Records stay that have ${value} in ${column}; "*" is any value. Case and surrounding
 * blanks do not count. With ${aliases_only} the record leaves, but without what is
 * marked: an alias row, or all aliases of a main row. TALLY_E_MAPPING, TALLY_E_LIMIT. */
TALLY_NODISCARD int tally_exclude_rule(struct tally_exclude *x, const char *column,
                                       const char *value, bool aliases_only,
                                       struct tally_err *err);

/* Asking: from any thread, once all lists and rules are in. */

/** The reason why the record with this id stays. */
enum tally_stay tally_exclude_by_id(struct tally_exclude *x, const void *id, size_t len);
/** Whether a list names field ${f}, and the reason why a record with ${v} in it stays. */
bool tally_exclude_wants_field(const struct tally_exclude *x, size_t f);
enum tally_stay tally_exclude_by_value(struct tally_exclude *x, size_t f,
                                       const struct tally_value *v);

/** The columns that rules look at, and what they say of a row with these ${cells}, one a
 * column. */
size_t tally_exclude_columns(const struct tally_exclude *x);
size_t tally_exclude_column(const struct tally_exclude *x, size_t i);
struct tally_mark {
    bool stays;
    bool aliases_stay;
};
struct tally_mark tally_exclude_by_cells(struct tally_exclude *x,
                                         const struct tally_cell *cells);

/** What came of list ${why}: people in it, how many of them were met, and values that
 * could not be read and so keep nobody at home. */
struct tally_exclude_counts {
    bool given;
    uint64_t people;
    uint64_t met;
    uint64_t unreadable;
};
struct tally_exclude_counts tally_exclude_counts(const struct tally_exclude *x,
                                                 enum tally_stay why);
/** Rows that have a value in column ${i} which no rule names and which is no usual "no":
 * an unforeseen way of writing a mark. */
uint64_t tally_exclude_other_values(const struct tally_exclude *x, size_t i);

/** Wipe and release; NULL is no-op. */
void tally_exclude_free(struct tally_exclude *x);

#endif

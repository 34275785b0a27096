/*
 * What is asked of a cohort: events (records of a source that meet conditions), groups of
 * people (rules across sources), dimensions and tables. A JSON file that people write;
 * docs/release.md has every member. Nothing of it becomes SQL: tables_count.h holds the
 * records of each person against it.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_TABLES_H
#define TALLY_TABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/base/err.h"
#include "bloom/base/json.h"

#define TALLY_TABLES_MAX        64 /* tables, events, groups, dimensions of a file each */
#define TALLY_TABLES_DIMS_MAX   4  /* dimensions of a table */
#define TALLY_TABLES_LEVELS_MAX 500   /* of a dimension */
#define TALLY_TABLES_CELLS_MAX  20000 /* of a table, totals included */
#define TALLY_TABLES_VALUES_MAX 1000  /* in a list of a condition */
#define TALLY_TABLES_RULES_MAX  500   /* in a file */
#define TALLY_TABLES_DEPTH_MAX  8     /* of rules within rules */
#define TALLY_TABLES_NAME_MAX   63
#define TALLY_TABLES_TEXT_MAX   200
#define TALLY_NONE              SIZE_MAX

/** A condition on a column of a record. */
struct tally_condition {
    char *column;
    size_t nvalues; /* one of these, or none of them */
    char **values;
    bool not_in;
    bool range; /* from ${from} to ${to}, either may be NULL */
    bool numeric;
    char *from; /* compared as text (days, months), or as whole numbers */
    char *to;
    int64_t low;
    int64_t high;
};

/** Records of one source. */
struct tally_event {
    char *name;
    char *source;
    char *date; /* a column of months or days, ISO 8601; NULL: none */
    size_t nconditions;
    struct tally_condition *conditions;
};

enum tally_rule_kind {
    TALLY_RULE_ALL,
    TALLY_RULE_ANY,
    TALLY_RULE_NOT,
    TALLY_RULE_SEEN,    /* so many records of an event */
    TALLY_RULE_SOURCES, /* seen by so many sources */
    TALLY_RULE_GROUP
};
/** A rule on a person. Children are a list: the first, then each one's next. */
struct tally_rule {
    enum tally_rule_kind kind;
    size_t child;
    size_t next;
    size_t event;
    size_t group;
    size_t before; /* only records dated before the first of this event; TALLY_NONE */
    uint64_t at_least;
    uint64_t at_most;
};

struct tally_group {
    char *name;
    size_t rule;
};

enum tally_dimension_kind {
    TALLY_DIM_LEVELS, /* a column's values, as listed */
    TALLY_DIM_FOUND,  /* as found in enough people */
    TALLY_DIM_BANDS,  /* of a column of whole numbers */
    TALLY_DIM_GROUPS  /* the first group that the person is in */
};
struct tally_dimension {
    char *name;
    enum tally_dimension_kind kind;
    char *column;
    size_t characters; /* only so many of the value count; 0: all */
    size_t nlevels;    /* without the last, for others, which is ${other} */
    char **levels;
    size_t *groups; /* TALLY_DIM_GROUPS: of each level */
    int64_t *cuts;  /* TALLY_DIM_BANDS: where each level begins */
    char *other;    /* NULL: whoever has none of the levels is in no table by it */
};

enum tally_measure { TALLY_COUNT_PEOPLE, TALLY_COUNT_RECORDS, TALLY_COUNT_SUM };
struct tally_table {
    char *name; /* lower-case letters, digits and -: files are called so */
    char *title;
    enum tally_measure measure;
    size_t event; /* of which records; of people: who have one; TALLY_NONE: all people */
    size_t rule;  /* who, besides; TALLY_NONE: everybody */
    char *column; /* TALLY_COUNT_SUM */
    bool rows;    /* a row a person, not a count: of people, by dimensions */
    size_t ndims;
    size_t dims[TALLY_TABLES_DIMS_MAX];
};

struct tally_tables {
    char *name;
    char *title;
    struct tally_json_doc *doc;
    size_t cohort; /* rule: who is in any table; TALLY_NONE */
    size_t nevents;
    struct tally_event *events;
    size_t ngroups;
    struct tally_group *groups;
    size_t nrules;
    struct tally_rule *rules;
    size_t ndims;
    struct tally_dimension *dims;
    size_t ntables;
    struct tally_table *tables;
};

/** Read the spec in ${text}, which errors call ${name}. Errors: TALLY_E_JSON,
 * TALLY_E_DATA and TALLY_E_LIMIT with line and path. Caller frees. */
TALLY_NODISCARD int tally_tables_read(struct tally_tables **out, const char *name,
                                      const void *text, size_t len,
                                      struct tally_err *err);
/** The spec at ${path}, or the one that comes with the program under that name. */
TALLY_NODISCARD int tally_tables_load(struct tally_tables **out, const char *path,
                                      struct tally_err *err);
void tally_tables_free(struct tally_tables *t);

/** A spec that comes with the program. */
struct tally_tables_ready {
    const char *name;
    const char *what; /* one line */
    const char *text; /* JSON */
};
/** Number ${i}, from 0; NULL after the last. */
const struct tally_tables_ready *tally_tables_ready(size_t i);

#endif

/*
 * The profile of an export before anything is encoded: how complete, valid, repeated and
 * plausible each field is, as counts with a verdict and what to do. Never a value.
 * docs/profile.md describes every check and its thresholds.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_PROFILE_H
#define TALLY_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/base/csv.h"
#include "bloom/base/err.h"
#include "bloom/base/file.h"
#include "bloom/base/json.h"
#include "bloom/base/pool.h"
#include "bloom/base/progress.h"
#include "bloom/mapping.h"
#include "bloom/normalise.h"
#include "bloom/profile_count.h"
#include "bloom/schema.h"

#define TALLY_PROFILE_NAME       64 /* bytes of a field's name kept, with the NUL */
#define TALLY_PROFILE_TEXT       256 /* bytes of a list of column names kept, with the NUL */
#define TALLY_PROFILE_SHOWN_FILE 128

enum tally_verdict { TALLY_VERDICT_GOOD, TALLY_VERDICT_LOOK, TALLY_VERDICT_FIX };
#define TALLY_VERDICTS 3
const char *tally_verdict_name(enum tally_verdict v); /* "good", "look at this", ... */

/** What is looked for: in each field, then in the file as a whole. */
enum tally_check {
    TALLY_CHECK_MISSING,
    TALLY_CHECK_PLACEHOLDER,
    TALLY_CHECK_DEFAULT_DATE,
    TALLY_CHECK_INVALID,
    TALLY_CHECK_IMPOSSIBLE,
    TALLY_CHECK_CHECK_DIGIT,
    TALLY_CHECK_REPAIRED,
    TALLY_CHECK_ALPHABET, /* characters that no rule folds to a-z, 0-9 or punctuation */
    TALLY_CHECK_TOP,      /* the most frequent value */
    TALLY_CHECK_CONSTANT,
    TALLY_CHECK_JANUARY,     /* dates on 1 January */
    TALLY_CHECK_MONTH_START, /* dates on the first of a month */
    TALLY_CHECK_YEAR,        /* dates in a year far above the years around it */
    TALLY_CHECK_STYLE,       /* dates not written in the column's commonest style */
    TALLY_CHECK_DAY_MONTH,   /* dates whose day and month could be mistaken */
    TALLY_CHECK_CONTENT,     /* content of another type than the field's */
    TALLY_CHECK_LENGTH,
    TALLY_CHECK_BLANKS,
    TALLY_CHECK_CASE,
    TALLY_CHECK_SEVERAL, /* cells that seem to hold several values */
    TALLY_FIELD_CHECKS,
    TALLY_CHECK_DUPLICATES = TALLY_FIELD_CHECKS, /* records like an earlier one */
    TALLY_CHECK_NOTHING_USABLE,
    TALLY_CHECK_SWAPPED_NAMES,
    TALLY_CHECK_ID_REPEATED,
    TALLY_CHECK_ID_EMPTY,
    TALLY_CHECK_ALIAS_ORPHAN, /* alias rows of nobody */
    TALLY_CHECKS
};
#define TALLY_FILE_CHECKS (TALLY_CHECKS - TALLY_FIELD_CHECKS)
const char *tally_check_name(enum tally_check c);  /* for JSON: "missing", ... */
const char *tally_check_label(enum tally_check c); /* for people */

/** One finding. ${label} and ${action} are static: what was counted, and what to do. */
struct tally_finding {
    enum tally_check check;
    enum tally_verdict verdict;
    uint64_t count;
    uint64_t of;   /* what the share is taken of: records, or values of the field */
    bool estimate; /* the count is an estimate, or a count of a sample */
    const char *action;
};

/** Where the type of a field comes from. */
enum tally_type_source {
    TALLY_TYPE_FROM_SCHEMA,
    TALLY_TYPE_FROM_NAME,
    TALLY_TYPE_FROM_CONTENT
};

/** A field. Counts are of records unless said otherwise. */
struct tally_profile_field {
    char name[TALLY_PROFILE_NAME];
    char columns[TALLY_PROFILE_TEXT]; /* the columns it is made of, "+" between them */
    enum tally_field_type type;
    enum tally_type_source type_source;
    /* Counts towards duplicates: the first value of a field of the schema, or a column
     * known by its name. */
    bool identifying;
    uint64_t reasons[TALLY_REASONS];
    uint64_t rules[TALLY_RULES]; /* that decided, as encode counts them */
    uint64_t usable;             /* ok or repaired */
    struct tally_frequency frequency;
    enum tally_verdict verdict; /* the worst of the findings */
    size_t nfindings;
    struct tally_finding findings[TALLY_FIELD_CHECKS];
};

/** A profile. Freed with tally_profile_free; read-only. */
struct tally_profile {
    char file[TALLY_PROFILE_SHOWN_FILE];
    char schema[TALLY_NAME_MAX + 1]; /* name of the schema; "" when types were guessed */
    uint8_t digest[TALLY_DIGEST_BYTES]; /* its digest; zeros without one */
    char id_column[TALLY_PROFILE_NAME]; /* "" without one */
    uint64_t records;                   /* main rows, where there are rows of aliases */
    uint64_t alias_rows;                /* counted, and not looked at further */
    bool has_aliases;
    uint64_t compared;  /* records with enough to be compared for duplicates */
    uint64_t in_groups; /* records that have a duplicate, themselves included */
    uint64_t largest;   /* records in the largest group of duplicates */
    size_t nfields;
    struct tally_profile_field *fields;
    size_t nfindings;
    struct tally_finding findings[TALLY_FILE_CHECKS];
};

/** What to do. Pointers are the caller's. */
struct tally_profile_job {
    struct tally_csv *csv;               /* opened, nothing read yet */
    const struct tally_schema *schema;   /* NULL: every column, its type guessed */
    const struct tally_mapping *mapping; /* with a schema */
    ptrdiff_t id_column;                 /* -1: none */
    /* NULL, or the column that holds, for an alias of a person, the id of the person's
     * main row, as for tally_encode. Needs an id column. */
    const size_t *alias_column;
    size_t distinct_limit; /* distinct values a field counted exactly; 0: by memory */
    struct tally_pool *pool;
    struct tally_progress *progress; /* may be NULL */
};

/**
 * Read the file once and profile it. Memory: about 150 MB at most, whatever the rows, and
 * temporary files of 16 bytes a record. TALLY_E_DATA when there are no data rows, or when
 * the first row looks like a record instead of column names. The same file gives the same
 * profile, whatever the number of threads.
 */
TALLY_NODISCARD int tally_profile_run(struct tally_profile **out,
                                      const struct tally_profile_job *job,
                                      struct tally_err *err);
void tally_profile_free(struct tally_profile *p);

/** How many findings of the file and of all fields have ${v}. */
size_t tally_profile_count(const struct tally_profile *p, enum tally_verdict v);

/** The profile as one HTML page into ${f}, which is not committed. */
TALLY_NODISCARD int tally_profile_html(struct tally_outfile *f,
                                       const struct tally_profile *p,
                                       struct tally_err *err);

/** The profile as JSON; NULL when out of memory, as tally_json_text accepts. */
struct tally_jnode *tally_profile_json(const struct tally_profile *p);

/** "12.3%" of ${count} in ${of}: "0%" only for none, "100%" only for all, "under 0.1%"
 * and "over 99.9%" for what would round to them. "-" when ${of} is 0. */
#define TALLY_SHARE_TEXT 16
void tally_share_text(uint64_t count, uint64_t of, char out[TALLY_SHARE_TEXT]);

#endif

/*
 * What the files of the profile module share, and nobody else includes.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_PROFILE_PRIVATE_H
#define TALLY_PROFILE_PRIVATE_H

#include "bloom/base/pii.h"
#include "bloom/base/sorter.h"
#include "bloom/profile.h"

#define TALLY_LENGTHS     257 /* characters of a value; the last counts all longer ones */
#define TALLY_YEAR_FIRST  1850
#define TALLY_YEARS       251
#define TALLY_FOLD_ROOM   4096
#define TALLY_LOOK_EVERY  16 /* beyond the first rows, what each such row looks like */
#define TALLY_LOOK_FIRST  4096
#define TALLY_PIECES      4 /* values of one cell that are profiled */
#define TALLY_IDENTIFYING 2 /* usable fields that a record needs to be compared */

/** What a value looks like by itself, whatever its column says. */
enum tally_look {
    TALLY_LOOK_NOTHING, /* empty, or a placeholder */
    TALLY_LOOK_SEX,
    TALLY_LOOK_EMAIL,
    TALLY_LOOK_NHS,
    TALLY_LOOK_DATE,
    TALLY_LOOK_POSTCODE,
    TALLY_LOOK_NUMBER,
    TALLY_LOOK_WORDS, /* letters and what stands between them in names */
    TALLY_LOOK_TEXT,  /* anything else */
    TALLY_LOOKS
};

enum tally_date_style {
    TALLY_STYLE_YEAR_FIRST, /* 1984-07-31 */
    TALLY_STYLE_COMPACT,    /* 19840731 */
    TALLY_STYLE_YEAR_LAST,  /* two numbers, then the year */
    TALLY_STYLE_SHORT_YEAR,
    TALLY_STYLE_MONTH_NAME,
    TALLY_STYLE_OTHER,
    TALLY_STYLES
};

/** What the two numbers before a year say about which is the day. */
enum tally_date_order {
    TALLY_ORDER_NONE, /* not of that shape, or both the same */
    TALLY_ORDER_DAY_FIRST,
    TALLY_ORDER_MONTH_FIRST,
    TALLY_ORDER_EITHER,
    TALLY_ORDERS
};

enum tally_letter_case {
    TALLY_CASE_NONE,
    TALLY_CASE_UPPER,
    TALLY_CASE_LOWER,
    TALLY_CASE_MIXED
};
#define TALLY_CASES 4

/** Flags of a value for the checks that compare the fields of a record. */
#define TALLY_MARK_USABLE   1u
#define TALLY_MARK_FORENAME 2u /* a usual forename that is no usual surname */
#define TALLY_MARK_SURNAME  4u

/** Values under work; in a wiped arena. */
struct tally_value_scratch {
    struct tally_value value;
    uint8_t folded[TALLY_FOLD_ROOM];
};

/** What is counted of a field while rows go by. */
struct tally_field_state {
    struct tally_field field;
    size_t nparts;
    size_t parts[TALLY_MAPPING_PARTS];
    struct tally_date_reading reading; /* of dates */
    char split;   /* the cell holds several values with this between them; 0: one */
    size_t piece; /* which of them, from 0 */
    const struct tally_mapping *mapping; /* NULL without a schema */
    size_t mapped;                       /* the field's place in it */
    bool extra; /* not the first value of its field: told only when there is one */
    struct tally_counter *counter;
    uint64_t outside; /* values with characters outside the alphabet */
    uint64_t blanks;  /* values with blanks in front or behind */
    uint64_t several; /* values with a mark in them that seems to stand between values */
    uint64_t january;
    uint64_t month_start;
    uint64_t full_dates; /* usable, with all three parts */
    uint64_t cases[TALLY_CASES];
    uint64_t styles[TALLY_STYLES];
    uint64_t orders[TALLY_ORDERS];
    uint64_t looks[TALLY_LOOKS];
    uint64_t lengths[TALLY_LENGTHS];
    uint64_t years[TALLY_YEARS];
};

/** What is counted of records. */
struct tally_record_state {
    uint64_t nothing_usable;
    uint64_t duplicates; /* records identical to an earlier one */
    uint64_t names_straight;
    uint64_t names_swapped;
    uint64_t ids;
    uint64_t ids_empty;
    uint64_t ids_repeated;
    uint64_t orphans; /* alias rows whose main row is not there */
};

/** A profile being made. */
struct tally_profiler {
    const struct tally_profile_job *job;
    struct tally_profile *out;
    struct tally_field_state *fields;
    size_t nfields;
    struct tally_record_state records;
    struct tally_sorter *people; /* hashes of identifying fields */
    struct tally_sorter *ids;
    ptrdiff_t forename; /* the fields compared for swapped names, or -1 */
    ptrdiff_t surname;
    uint64_t key[2];
    bool keyed;
    bool ended;
    uint64_t rows_before; /* rows of the batches before this one */
    /* The batch. */
    size_t max_rows;
    size_t nrows;
    struct tally_pii *arena;     /* what cells point to */
    struct tally_cell *row;      /* as read */
    struct tally_cell *values;   /* of row r, field f: [r * nfields + f] */
    struct tally_cell *id_cells; /* of an alias row: that of its main row */
    bool *aliases;               /* rows of aliases */
    uint64_t
        *hashes; /* of field f, row r: [f * max_rows + r]; what is not usable has 0 */
    uint8_t *marks;
    struct tally_pii *scratch_arena;
    struct tally_value_scratch *scratch; /* one a thread */
};

/* profile_batch.c */

/** Fill the batch; ${pending} says that a row is read and not taken. */
TALLY_NODISCARD int tally_profile_fill(struct tally_profiler *p, bool *pending,
                                       struct tally_err *err);

/* profile_look.c */

/** Count the value of field ${f} in row ${r} of the batch; leaves its hash and marks. */
TALLY_NODISCARD int tally_profile_look(struct tally_profiler *p, size_t f, size_t r,
                                       struct tally_value_scratch *scratch,
                                       struct tally_err *err);

/* profile_value.c */
enum tally_look tally_look_of(const uint8_t *p, size_t len,
                              struct tally_value_scratch *s);
void tally_date_shape(const uint8_t *p, size_t len, enum tally_date_style *style,
                      enum tally_date_order *order);
enum tally_letter_case tally_case_of(const uint8_t *p, size_t len);
bool tally_outside_alphabet(const uint8_t *p, size_t len, struct tally_value_scratch *s);
/** Characters (code points) of UTF-8. */
size_t tally_characters(const uint8_t *p, size_t len);
/** ${cell} without blanks in front and behind. */
struct tally_cell tally_trimmed(struct tally_cell cell);
/** TALLY_MARK_FORENAME, TALLY_MARK_SURNAME or 0 for a normalised name. */
unsigned tally_name_mark(const char *text);

/* profile_guess.c */

/** Fields for every column of ${job}, but for those of ids: states in malloced ${states},
 * what is told of them in malloced ${fields}. Types are as the names say; the others are
 * text until tally_profile_guess_content. */
TALLY_NODISCARD int tally_profile_guess(const struct tally_profile_job *job,
                                        struct tally_field_state **states,
                                        struct tally_profile_field **fields, size_t *n,
                                        struct tally_err *err);

/** The same for a schema and its mapping. */
TALLY_NODISCARD int tally_profile_of_schema(const struct tally_csv *csv,
                                            const struct tally_schema *schema,
                                            const struct tally_mapping *mapping,
                                            struct tally_field_state **states,
                                            struct tally_profile_field **fields,
                                            size_t *n, struct tally_err *err);

/** Set the type of a field that its name did not tell, from what ${looks} counted. */
void tally_profile_guess_content(struct tally_field_state *state,
                                 struct tally_profile_field *field,
                                 const uint64_t looks[TALLY_LOOKS]);

/* profile_rules.c */

/** Shares in a million. */
#define TALLY_SHARE_NEVER   1000001 /* no share is as large */
#define TALLY_SHARE_PERCENT 10000
#define TALLY_SHARE_TENTH   1000 /* of a per cent */

/** A finding is worth a look, or a repair, from ${least} records and that share on. */
struct tally_profile_rule {
    const char *name;  /* in JSON */
    const char *label; /* for people */
    uint32_t look;     /* in a million */
    uint32_t fix;
    uint64_t least;
    const char *actions[TALLY_VERDICTS];
};
extern const struct tally_profile_rule tally_profile_rules[TALLY_CHECKS];

/* profile_checks.c */

/** From counts to findings and verdicts. */
void tally_profile_judge_field(const struct tally_field_state *s, uint64_t records,
                               struct tally_profile_field *f);
void tally_profile_judge_file(const struct tally_record_state *s,
                              struct tally_profile *p);

#endif

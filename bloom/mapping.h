/*
 * From the columns of an export to the fields of a schema: read from a file, or guessed
 * from header names. Format in docs/mapping.md: lines "field = column"; "+" joins columns
 * to one value, "|" stands between values, "[split ;]" cuts a cell into values, "[before
 * ,]" and "[after ,]" take a part of a cell, "[mdy]" says how dates are written; "#"
 * comments; "-" for a field the file does not have.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_MAPPING_H
#define TALLY_MAPPING_H

#include <stdbool.h>
#include <stddef.h>

#include "bloom/base/csv.h"
#include "bloom/base/err.h"
#include "bloom/normalise.h"
#include "bloom/schema.h"

#define TALLY_MAPPING_PARTS   8  /* columns joined to one value */
#define TALLY_MAPPING_COLUMNS 16 /* of a field, in all its values */

/** For each field of the schema the columns it is made of, in order; none means always
 * missing. Parts of a date are joined with '/', others with a space. */
struct tally_mapping {
    size_t nparts[TALLY_SCHEMA_FIELDS_MAX];
    size_t parts[TALLY_SCHEMA_FIELDS_MAX][TALLY_MAPPING_COLUMNS];
    /* The part begins another value of the field. */
    bool another[TALLY_SCHEMA_FIELDS_MAX][TALLY_MAPPING_COLUMNS];
    /* Cells hold several values with this character between them; 0: one. */
    char split[TALLY_SCHEMA_FIELDS_MAX];
    /* Of a value only what stands before this character, or after it; 0: all of it. */
    char before[TALLY_SCHEMA_FIELDS_MAX];
    char after[TALLY_SCHEMA_FIELDS_MAX];
    struct tally_date_reading
        readings[TALLY_SCHEMA_FIELDS_MAX]; /* of dates; else zeros */
};

/** Read ${path} for ${s} and the columns of ${csv}. TALLY_E_MAPPING names file, line and
 * what is wrong: an unknown field or column (with the nearest name as a hint), a field
 * twice or not mentioned. */
TALLY_NODISCARD int tally_mapping_load(struct tally_mapping *m, const char *path,
                                       const struct tally_schema *s,
                                       const struct tally_csv *csv,
                                       struct tally_err *err);

/** Guess from header names (exact field name first, then a table of usual names, case,
 * blanks and punctuation ignored; dob_day/dob_month/dob_year style split dates).
 * TALLY_E_MAPPING naming every field that found no column or more than one, and as hint
 * how to write a mapping file ("-" for a field the file does not have). */
TALLY_NODISCARD int tally_mapping_guess(struct tally_mapping *m,
                                        const struct tally_schema *s,
                                        const struct tally_csv *csv,
                                        struct tally_err *err);

/** The part of ${value} that counts for ${field}: before or after the first mark. A value
 * without one is all before it. */
struct tally_cell tally_mapping_part(const struct tally_mapping *m, size_t field,
                                     struct tally_cell value);

/** How many fields of ${s} find at least one column of ${csv} with a usual name. */
size_t tally_mapping_known(const struct tally_schema *s, const struct tally_csv *csv);

/** A mapping file to begin with: a line for each field, with the columns that can be
 * guessed, and the names of those that are left over as comments. Malloced, NULL when out
 * of memory. */
char *tally_mapping_draft(const struct tally_schema *s, const struct tally_csv *csv);

/** Whether a column called ${name} usually holds what points to one person: names, birth
 * dates, addresses, numbers. Sex and town do not count. */
bool tally_mapping_identifies(const char *name);

/** The mapping as the text of a mapping file, for showing the guess. Malloced, NULL when
 * out of memory. */
char *tally_mapping_text(const struct tally_mapping *m, const struct tally_schema *s,
                         const struct tally_csv *csv);

/** The line of ${field} alone, without its line end, as if its dates were of ${reading}.
 */
char *tally_mapping_line(const struct tally_mapping *m, size_t field,
                         const struct tally_date_reading *reading,
                         const struct tally_schema *s, const struct tally_csv *csv);

#endif

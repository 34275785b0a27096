/*
 * How the table of the quality suite lies in memory. Private to
 * benchmarks/quality_table.c and quality_page.c.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_QUALITY_TABLE_PRIVATE_H
#define TALLY_QUALITY_TABLE_PRIVATE_H

#include "benchmarks/quality_table.h"

#define QUALITY_CELL      64
#define QUALITY_REFERENCE "reference" /* where a profile stands in other rows */

enum quality_column {
    COL_SET,
    COL_PROFILE,
    COL_KEYS,
    COL_PRECISION,
    COL_RECALL,
    COL_F1,
    COL_F_STAR,
    COL_F1_LOW,
    COL_F1_HIGH,
    COL_F1_BEST,
    COL_F1_TENTH,
    COL_THRESHOLD,
    COL_HOW,
    COL_LINKS,
    COL_ESTIMATED,
    COL_ESTIMATED_LOW,
    COL_ESTIMATED_HIGH,
    COL_B3,
    COL_EXACT,
    COL_COMPLETENESS,
    COL_REDUCTION,
    COL_POPULATIONS,
    COL_GAP_NAMES,
    COL_GAP_NAMES_LOW,
    COL_GAP_NAMES_HIGH,
    COL_GAP_NAMES_WHO,
    COL_GAP_SEX,
    COL_GAP_AGE,
    COL_GAP_MOVED,
    COL_GAP_RENAMED,
    COL_GAP_MISSING,
    COL_GAP_HOUSEHOLD,
    COL_CPU,
    QUALITY_COLUMNS
};

extern const char *const quality_columns[QUALITY_COLUMNS];

struct quality_cells {
    char cell[QUALITY_COLUMNS][QUALITY_CELL];
};

struct tally_quality_table {
    struct quality_cells *rows;
    size_t n;
};

/** The row of ${set} and ${profile}, or NULL. */
const struct quality_cells *quality_find(const struct tally_quality_table *t,
                                         const char *set, const char *profile);
/** The row of highest F1, where all profiles of the set are there; else NULL. */
const struct quality_cells *quality_best(const struct tally_quality_table *t,
                                         const char *set);
/** A cell as a number; NAN for an empty one, or without a row. */
double quality_number(const struct quality_cells *row, enum quality_column c);

#endif

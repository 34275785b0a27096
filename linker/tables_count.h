/*
 * The tables of one or more specs counted over a cohort, and the atoms they are made of:
 * the smallest groups that any of the tables tell apart. The records of each person are
 * held against the rules one person at a time, in memory that does not grow with the
 * cohort.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_TABLES_COUNT_H
#define TALLY_TABLES_COUNT_H

#include "linker/cohort.h"
#include "linker/people.h"
#include "linker/tables.h"

#define TALLY_COUNT_ATOMS_MAX 200000

/** Levels of a dimension as they were in an earlier release. */
struct tally_counted_dim {
    size_t nlevels;
    char **labels;
    bool others; /* the last level is for others */
};

/** A spec to be counted. ${fixed}: the dimensions of each of its tables as they were
 * (ndims each, in order), so that levels that were found are not looked for again; NULL
 * for a new one. */
struct tally_asked {
    const struct tally_tables *spec;
    const struct tally_counted_dim *const *fixed;
};

struct tally_counting_job {
    const char *cohort;
    const struct tally_asked *asked;
    size_t nasked;
    uint32_t threshold; /* people that a level must be found in */
    struct tally_withdrawn withdrawn;
};

/** A figure. */
struct tally_counted_cell {
    uint64_t value;
    uint64_t people;
    uint64_t first; /* contributed by the one who contributes most, and the next */
    uint64_t second;
    uint64_t high; /* the value under the high thresholds of linkage, and the low ones */
    uint64_t low;
    uint64_t pending; /* private */
    uint64_t stamp;   /* private */
};

/** A table: cells by level, the last of each dimension being its total; the first
 * dimension varies slowest. */
struct tally_counted {
    size_t asked; /* of which spec */
    size_t table; /* which of it */
    size_t universe;
    size_t population;                    /* private */
    size_t coords[TALLY_TABLES_DIMS_MAX]; /* in its universe */
    struct tally_counted_dim dims[TALLY_TABLES_DIMS_MAX];
    size_t ndims;
    size_t ncells;
    struct tally_counted_cell *cells;
};

/** Units that tables count in common: people, records of a source, or a column's sum. */
struct tally_universe {
    enum tally_measure measure;
    char *source; /* NULL for people */
    char *column;
    size_t npopulations;
    size_t ncoords;
    struct tally_counted_dim *levels; /* of each coordinate */
    size_t natoms;
    int16_t *keys; /* of each atom: 1 for the populations it is in, then its levels; -1:
                      no matter */
    double *x;
    uint64_t *people;
};

struct tally_counts {
    uint64_t people; /* in the cohort, without those withdrawn */
    size_t ntables;
    struct tally_counted *tables;
    size_t nuniverses;
    struct tally_universe *universes;
};

/** Count. Errors: of the cohort (TALLY_E_FORMAT, TALLY_E_CORRUPT); TALLY_E_DATA for a
 * source or column that the cohort has not; TALLY_E_LIMIT; TALLY_E_NOMEM. Caller frees.
 */
TALLY_NODISCARD int tally_count_tables(struct tally_counts **out,
                                       const struct tally_counting_job *job,
                                       struct tally_err *err);
void tally_counts_free(struct tally_counts *c);

/** Cells of ${t} by the levels in ${at} (dims[d].nlevels for the total). */
size_t tally_counted_index(const struct tally_counted *t, const size_t *at);
/** The levels of cell ${i}. */
void tally_counted_levels(const struct tally_counted *t, size_t i, size_t *at);
/** Whether atom ${key} of ${u} is in ${t}: of its population, with a level in each of its
 * dimensions. */
bool tally_counted_in(const struct tally_counted *t, const struct tally_universe *u,
                      const int16_t *key);

#endif

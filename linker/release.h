/*
 * A release: the tables of a spec counted over a cohort, put through disclosure control
 * together with all that was released before, and written as CSV, JSON and one HTML page.
 * docs/release.md.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_RELEASE_H
#define TALLY_RELEASE_H

#include "linker/profiles.h"
#include "linker/protect.h"
#include "linker/tables_count.h"

/** A table of an earlier release: what was shown. */
struct tally_earlier_table {
    struct tally_counted_dim dims[TALLY_TABLES_DIMS_MAX];
    size_t ncells;
    int64_t *shown; /* of each cell; -1 where nothing was */
};
/** An earlier release. */
struct tally_earlier {
    uint64_t number; /* in the ledger */
    struct tally_tables *spec;
    bool sums_of_shown; /* its totals were added up from what was shown */
    struct tally_earlier_table *tables; /* one for each of the spec */
};

struct tally_release_job {
    const char *cohort;
    const struct tally_tables *spec;
    struct tally_profile_rules rules; /* as they are to be kept */
    struct tally_withdrawn withdrawn;
    const struct tally_earlier *earlier;
    size_t nearlier;
};

/** A figure as it may be shown. */
struct tally_released_cell {
    bool shown;
    uint64_t value; /* rounded */
    uint64_t low;   /* its range under the high and the low thresholds */
    uint64_t high;
};
struct tally_released_table {
    const struct tally_table *table;
    const struct tally_counted *counted; /* its levels; its counts are not for show */
    struct tally_released_cell *cells;
    size_t nshown;
};

struct tally_release {
    const struct tally_release_job *job;
    struct tally_counts *counts;
    size_t ntables;
    struct tally_released_table *tables;
    uint64_t people; /* in the cohort, rounded; 0 when too few to tell */
};

/** Work out what may be shown. TALLY_E_POLICY when that would, with earlier releases,
 * give a small group away: it names the tables. Other errors: as tally_count_tables and
 * tally_protect. ${job} must live as long; caller frees. */
TALLY_NODISCARD int tally_release_make(struct tally_release **out,
                                       const struct tally_release_job *job,
                                       struct tally_err *err);
void tally_release_free(struct tally_release *r);

#endif

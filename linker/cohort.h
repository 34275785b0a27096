/*
 * The cohort: link map and payload parts joined into one SQLite file, a table by source keyed by
 * pseudonym and a person table. No token, id or encoding in it. Tables in docs/protocols/cohort.md.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_COHORT_H
#define TALLY_COHORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/base/err.h"
#include "bloom/base/progress.h"
#include "linker/link.h" /* TALLY_SOURCES_MAX */

struct tally_cohort_job {
    const char *linkmap;
    const char *const *payloads; /* files; each must belong to a source of the link map, by delivery number */
    size_t npayloads;
    const char *out;     /* the .db: whole or not at all, no WAL or journal beside it */
    const char *csv_dir; /* NULL, or a folder (made when absent) for person.csv and SOURCE.csv */
    const char *canaries; /* NULL, or a list (canaries.h) that the link map is held
                             against; these records do not enter the cohort */
    bool force;
    struct tally_progress *progress;
};

struct tally_cohort_summary {
    uint64_t people;
    uint64_t linked_people; /* seen by two sources or more */
    uint64_t canaries; /* records of them, left out */
    size_t nsources; /* those with a payload, in the order of the link map */
    struct {
        char name[TALLY_NAME_MAX + 1];
        uint64_t rows;       /* rows in its table */
        uint64_t no_payload; /* tokens of the link map without payload: dropped */
        uint64_t no_link;    /* payload rows whose token the link map lacks: dropped */
    } sources[TALLY_SOURCES_MAX];
};

/**
 * Build. Rows stand in pseudonym order, so that nothing of the order of input or tokens is left; the same link map
 * and payloads give the same bytes. Encodings files are refused by what they are (TALLY_E_POLICY); two payloads of
 * one source are TALLY_E_USAGE, a payload that the link map does not know is TALLY_E_DATA; canaries that are not
 * linked as they must be are TALLY_E_ANSWER_NO.
 */
TALLY_NODISCARD int tally_cohort_build(const struct tally_cohort_job *job,
                                       struct tally_cohort_summary *summary,
                                       struct tally_err *err);

/** A payload column of a source as groups of its rows, by value: at least two values, at most
 * TALLY_COHORT_VALUES_MAX, none longer than TALLY_COHORT_VALUE_MAX bytes. Linked rows are those of people whom
 * another source of the cohort has seen. */
#define TALLY_COHORT_VALUES_MAX 16
#define TALLY_COHORT_VALUE_MAX  60
#define TALLY_COHORT_GROUPS_MAX 64 /* columns that are read; further ones are not */
struct tally_cohort_value {
    char text[TALLY_COHORT_VALUE_MAX + 1];
    uint64_t rows;
    uint64_t linked;
};
struct tally_cohort_group {
    size_t source;
    char column[280];
    size_t nvalues;
    struct tally_cohort_value values[TALLY_COHORT_VALUES_MAX];
};

/** What a report needs of a cohort: people by combination of sources. Free with tally_cohort_facts_free. */
struct tally_cohort_facts {
    uint64_t people;
    size_t nsources;
    char names[TALLY_SOURCES_MAX][TALLY_NAME_MAX + 1];
    uint64_t rows[TALLY_SOURCES_MAX];
    uint64_t linked_rows[TALLY_SOURCES_MAX];
    size_t ngroups;
    struct tally_cohort_group *groups; /* by source, in the order of columns */
    size_t noverlaps;
    uint64_t *overlap_masks;
    uint64_t *overlap_people;
};
/** TALLY_E_FORMAT when ${path} is no cohort, TALLY_E_CORRUPT when what stands there cannot be one. */
TALLY_NODISCARD int tally_cohort_read(const char *path, struct tally_cohort_facts *out,
                                      struct tally_err *err);
void tally_cohort_facts_free(struct tally_cohort_facts *f);

#endif

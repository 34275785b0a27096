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
#include "linker/link.h"

struct tally_cohort_job {
    const char *linkmap;
    const char *const *payloads; /* files; each must belong to a source of the link map, by delivery number */
    size_t npayloads;
    const char *out;     /* the .db: whole or not at all, no WAL or journal beside it */
    const char *csv_dir; /* NULL, or a folder (made when absent) for person.csv and SOURCE.csv */
    bool force;
    struct tally_progress *progress;
};

struct tally_cohort_summary {
    uint64_t people;
    uint64_t linked_people; /* seen by two sources or more */
    size_t nsources;
    struct {
        char name[TALLY_NAME_MAX + 1];
        uint64_t rows;       /* rows in its table */
        uint64_t no_payload; /* tokens of the link map without payload: dropped */
        uint64_t no_link;    /* payload rows whose token the link map lacks: dropped */
    } sources[TALLY_SOURCES_MAX];
};

/** Build. Encodings files are refused by what they are (TALLY_E_POLICY). Rows stand in pseudonym order. */
TALLY_NODISCARD int tally_cohort_build(const struct tally_cohort_job *job,
                                       struct tally_cohort_summary *summary,
                                       struct tally_err *err);

/** What a report needs of a cohort: people by combination of sources. Free the arrays. */
struct tally_cohort_facts {
    uint64_t people;
    size_t nsources;
    char names[TALLY_SOURCES_MAX][TALLY_NAME_MAX + 1];
    uint64_t rows[TALLY_SOURCES_MAX];
    size_t noverlaps;
    uint64_t *overlap_masks;
    uint64_t *overlap_people;
};
TALLY_NODISCARD int tally_cohort_read(const char *path, struct tally_cohort_facts *out,
                                      struct tally_err *err);

#endif

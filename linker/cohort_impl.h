/*
 * What the parts of the cohort share: linker/cohort.c joins, linker/cohort_tables.c lays
 * out tables and names, linker/cohort_csv.c exports, linker/cohort_read.c reads back.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_COHORT_IMPL_H
#define TALLY_COHORT_IMPL_H

#include "bloom/base/csv.h"
#include "bloom/base/sorter.h"
#include "bloom/payload.h"
#include "linker/canaries.h"
#include "linker/cohort.h"
#include "linker/db.h"
#include "protocols/linkmap.h"

#define TALLY_COHORT_APPLICATION 0x544c5943u /* "TLYC" */
#define TALLY_COHORT_VERSION     2
#define TALLY_COHORT_PART        "record_part" /* column of every source */
#define TALLY_COHORT_COLUMN_NAME                                                         \
    (TALLY_PAYLOAD_NAME_MAX + 12) /* with a number behind                                \
                                   */
#define TALLY_COHORT_QUOTED (2 * (TALLY_COHORT_COLUMN_NAME + 16) + 3)

/** Match strength of a person: NULL, because there is nothing to match. */
#define TALLY_COHORT_NO_STRENGTH UINT32_MAX

/** One source on its way into the cohort. */
struct cohort_source {
    const struct tally_linkmap_source *map;
    struct tally_payload *payload;
    struct tally_sorter
        *rows; /* pseudonym -> LE32 part, cells: each LE32 length, bytes */
    size_t ncolumns;
    char **columns; /* as they are called in the cohort */
    struct tally_cell *cells;
    uint32_t part; /* of the row in cells */
    uint64_t nrows;
    uint64_t no_payload;
    uint64_t no_link;
    uint64_t canaries; /* left out */
    struct tally_stmt *insert;
    struct tally_outfile *csv; /* or NULL */
};

/** A cohort being built. Sources stand in the order of the link map. */
struct cohort {
    const struct tally_cohort_job *job;
    struct tally_linkmap *map;
    struct tally_canaries *canaries; /* or NULL */
    size_t nsources;
    struct cohort_source sources[TALLY_SOURCES_MAX];
    struct tally_sorter *people; /* pseudonym -> source number, LE32 strength, wider */
    struct tally_db *db;
    struct tally_outfile *out;
    struct tally_outfile *person_csv; /* or NULL */
    struct tally_stmt *insert_person;
    bool made_csv_dir;
    uint64_t npeople;
    uint64_t nlinked;
};

/** A person: which sources have seen them (bits by source number), and the weakest of
 * their records. */
struct cohort_person {
    char pseudonym[2 * TALLY_PSEUDONYM_BYTES + 1];
    char wider[2 * TALLY_PSEUDONYM_BYTES + 1];
    uint64_t seen;
    uint32_t strength_ppm; /* or TALLY_COHORT_NO_STRENGTH */
};

/* cohort_tables.c */

/** Settle what tables and columns are called: TALLY_E_USAGE for sources whose names
 * differ in case only. */
TALLY_NODISCARD int tally_cohort_name_columns(struct cohort *c, struct tally_err *err);
/** Make all tables in c->db and say in them what they are. */
TALLY_NODISCARD int tally_cohort_create_tables(struct cohort *c, struct tally_err *err);
/** Prepare c->insert_person and every insert. */
TALLY_NODISCARD int tally_cohort_prepare(struct cohort *c, struct tally_err *err);
TALLY_NODISCARD int tally_cohort_insert_person(struct cohort *c,
                                               const struct cohort_person *p,
                                               struct tally_err *err);
/** Insert s->cells under ${pseudonym}. */
TALLY_NODISCARD int tally_cohort_insert_row(struct cohort_source *s,
                                            const char *pseudonym, struct tally_err *err);
/** How many rows each source has, once that is known. */
TALLY_NODISCARD int tally_cohort_insert_sources(struct cohort *c, struct tally_err *err);

/* cohort_groups.c */

/** Read the groups and linked rows of an open cohort into ${f}, whose sources are read
 * already. */
TALLY_NODISCARD int tally_cohort_read_groups(struct tally_db *db, const char *path,
                                             struct tally_cohort_facts *f,
                                             struct tally_err *err);

/* cohort_csv.c */

/** Make the folder and the files, with their headers; nothing without csv_dir. */
TALLY_NODISCARD int tally_cohort_csv_open(struct cohort *c, struct tally_err *err);
TALLY_NODISCARD int tally_cohort_csv_person(struct cohort *c,
                                            const struct cohort_person *p,
                                            struct tally_err *err);
TALLY_NODISCARD int tally_cohort_csv_row(struct cohort_source *s, const char *pseudonym,
                                         struct tally_err *err);

#endif

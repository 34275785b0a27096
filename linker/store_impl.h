/*
 * What the two halves of the store share: linker/store.c writes, linker/store_read.c
 * reads.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_STORE_IMPL_H
#define TALLY_STORE_IMPL_H

#include "linker/db.h"
#include "linker/store.h"

struct tally_store {
    struct tally_db *db;
    char *path;
    bool pending; /* a run is recorded but not committed */
    bool written; /* a run was recorded through this connection */
};

/** The time ${ago} seconds before now as UTC, ISO 8601: for people, not part of any
 * result. */
void store_time_text(double ago, char *out, size_t cap);

/** TALLY_E_CORRUPT unless ${s} has the tables that the statements ${tables} make, nothing
 * else, and names that are some. */
TALLY_NODISCARD int store_check_shape(struct tally_store *s, const char *tables,
                                      struct tally_err *err);

/** Give ids to the clusters of ${r}, which is ${run} of the store and whose sources are
 * recorded there, and record what merged and split since the run that it continues. */
TALLY_NODISCARD int store_carry(struct tally_store *s, const struct tally_link_job *job,
                                const struct tally_link_result *r, int64_t run,
                                const struct tally_store_how *how, int64_t *ids,
                                struct tally_err *err);

/** Record of the sources of ${run} that take others' places which of their records were
 * there and which are gone, and what is withdrawn by it. Records of the run are in. */
TALLY_NODISCARD int store_succession_write(struct tally_store *s,
                                           const struct tally_store_how *how,
                                           size_t nsources, int64_t run,
                                           struct tally_err *err);

/** The runs that run ?1 continues, and itself: begins a query. */
#define STORE_CHAIN                                                                      \
    "WITH RECURSIVE chain(run) AS (VALUES (?1) UNION ALL"                                \
    " SELECT previous FROM run JOIN chain ON run.id = chain.run"                         \
    " WHERE previous IS NOT NULL)"

/** The rows of ${q}, finalised here: names and tokens of both records, and whether they
 * match. */
TALLY_NODISCARD int store_known_rows(struct tally_store *s, struct tally_stmt *q,
                                     struct tally_store_known **out, size_t *n,
                                     struct tally_err *err);
/** Record the lists of ${job} with ${run}, whose sources are recorded there. */
TALLY_NODISCARD int store_known_write(struct tally_store *s,
                                      const struct tally_link_job *job, int64_t run,
                                      struct tally_err *err);

#define TALLY_STORE_HISTOGRAM_BYTES (8 * (1 + TALLY_HISTOGRAM_BINS))
/** Of a view of a link: LE32 score in ppm, level and weight as IEEE 754 singles. */
#define TALLY_STORE_VIEW_BYTES 12

#endif

/*
 * The linker's store: sources, runs, calibrations, links and clusters in SQLite (WAL,
 * STRICT). Tables in docs/protocols/store.md. It holds tokens and scores, no identifiers
 * and no key.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_STORE_H
#define TALLY_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "bloom/base/err.h"
#include "linker/link.h"

struct tally_store;

/** Open, or make when absent and ${write}. TALLY_E_FORMAT for another kind of database,
 * or one of an unknown version. A store that was made here and closed before it got a run
 * is removed again. */
TALLY_NODISCARD int tally_store_open(struct tally_store **out, const char *path,
                                     bool write, struct tally_err *err);
void tally_store_close(struct tally_store *s);

/** Record a finished run in a transaction that stays open until tally_store_commit
 * (closing the store drops it); ${run_id} is its number. Cluster ids (internal, never
 * exported) are store-wide and start after the greatest there is; ${base} gets the one of
 * cluster 0. On error nothing is recorded. */
TALLY_NODISCARD int tally_store_add_run(struct tally_store *s,
                                        const struct tally_link_job *job,
                                        const struct tally_link_result *r,
                                        int64_t *run_id, int64_t *base,
                                        struct tally_err *err);
TALLY_NODISCARD int tally_store_commit(struct tally_store *s, struct tally_err *err);

/** Links by how sure they are: bands of calibrated probability, from above; the last is
 * for links without one. */
#define TALLY_STORE_BANDS 5

/** What a report needs of one run: plain values, read back. run_id 0: the latest. Free
 * with tally_store_run_free. */
struct tally_store_source {
    char name[TALLY_NAME_MAX + 1];
    uint64_t records;
    bool duplicates_possible;
    uint64_t linked; /* records in a cluster with a record of another source
                        (deduplication: of size > 1) */
};
struct tally_store_run {
    int64_t id;
    char started[32]; /* UTC, ISO 8601 */
    char version[32];
    char schema_name[TALLY_NAME_MAX + 1];
    char profile[TALLY_NAME_MAX + 1];
    char schema_digest[65];
    uint32_t bits;                        /* length of an encoding */
    char hardening[TALLY_HARDENING_TEXT]; /* in words */
    char assign[16];                      /* "one-to-one" or "many" */
    double fdr;             /* target share of false links when a threshold was learnt */
    double min_probability; /* NAN: not asked for */
    double seconds;
    uint64_t compared;
    uint64_t nlinks;
    uint64_t bands[TALLY_STORE_BANDS]; /* links of probability >= .99, >= .95, >= .8,
                                          below, unknown */
    size_t nsources;
    struct tally_store_source sources[TALLY_SOURCES_MAX];
    size_t ncalibrations;
    struct tally_calibration *calibrations;
    uint64_t nclusters;
    size_t noverlaps; /* combinations of sources: people seen in exactly those */
    uint64_t *overlap_masks;
    uint64_t *overlap_people;
    size_t nsizes; /* clusters by number of records: sizes[i] clusters of i + 1 records */
    uint64_t sizes[65]; /* the last: of 65 records or more */
};
/** TALLY_E_USAGE when there is no such run, TALLY_E_CORRUPT when what stands there cannot
 * be a run. */
TALLY_NODISCARD int tally_store_read_run(struct tally_store *s, int64_t run_id,
                                         struct tally_store_run *out,
                                         struct tally_err *err);
void tally_store_run_free(struct tally_store_run *r);

#endif

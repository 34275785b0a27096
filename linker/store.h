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
#include "linker/succession.h"

struct tally_store;

/** Open, or make when absent and ${write}. TALLY_E_FORMAT for another kind of database,
 * or one of an unknown version. A store that was made here and closed before it got a run
 * is removed again. */
TALLY_NODISCARD int tally_store_open(struct tally_store **out, const char *path,
                                     bool write, struct tally_err *err);
void tally_store_close(struct tally_store *s);

/** Where an encodings file was, and what it was before withdrawn records were taken out.
 */
struct tally_store_file {
    const char *path;
    const uint8_t *digest; /* of the whole file, TALLY_DIGEST_BYTES */
    uint64_t records;
    int64_t replaces; /* the source of the run before whose place it takes; 0: none */
    const struct tally_successor *successors; /* its records that were there before, where */
    size_t nsuccessors;                       /* tokens do not say so */
};

/** How a run stands to those before it. */
struct tally_store_how {
    int64_t previous; /* the run it continues: see tally_store_series; 0: none */
    const struct tally_store_file *files; /* one a source, or NULL: as in the job */
    const uint8_t *withdrawn; /* tokens left out, for what was withdrawn under others */
    size_t nwithdrawn;
    const uint8_t *agreement; /* its digest, TALLY_DIGEST_BYTES, or NULL */
};

/** Record a finished run in a transaction that stays open until tally_store_commit
 * (closing the store drops it); ${run_id} is its number. ${how} NULL: a run of its own.
 * ${ids} gets the id of each cluster of the result (internal, never exported): a new one,
 * or where the run continues another, the one that most of its records had there. Merges
 * and splits are recorded. On error nothing is recorded. */
TALLY_NODISCARD int
tally_store_add_run(struct tally_store *s, const struct tally_link_job *job,
                    const struct tally_link_result *r, const struct tally_store_how *how,
                    int64_t *run_id, int64_t *ids, struct tally_err *err);
TALLY_NODISCARD int tally_store_commit(struct tally_store *s, struct tally_err *err);

/** A source of a series: what its next run needs. */
struct tally_store_member {
    int64_t id;
    char name[TALLY_NAME_MAX + 1];
    char path[4096]; /* empty: not known */
    uint8_t digest[TALLY_DIGEST_BYTES];
};

/** The series of a store: its latest run that was not undone, with what it was asked. */
struct tally_store_series {
    int64_t run;      /* 0: none */
    int64_t previous; /* the run before it; 0: none */
    enum tally_assign assign;
    uint32_t threshold_ppm; /* 0: learnt */
    double min_probability; /* 0: not asked for */
    double fdr;
    bool agreed; /* made under an agreement: */
    uint8_t agreement[TALLY_DIGEST_BYTES];
    size_t nsources;
    struct tally_store_member sources[TALLY_SOURCES_MAX];
};
TALLY_NODISCARD int tally_store_series(struct tally_store *s,
                                       struct tally_store_series *out,
                                       struct tally_err *err);

/** Two records of which it is known that they are one person, or that they are not. */
struct tally_store_known {
    char source_a[TALLY_NAME_MAX + 1];
    char source_b[TALLY_NAME_MAX + 1];
    uint8_t token_a[TALLY_TOKEN_BYTES];
    uint8_t token_b[TALLY_TOKEN_BYTES];
    bool match; /* they are */
};

/** What the lists of ${run} said, those of the runs it continues included, without what
 * was withdrawn. Malloced. */
TALLY_NODISCARD int tally_store_known(struct tally_store *s, int64_t run,
                                      struct tally_store_known **out, size_t *n,
                                      struct tally_err *err);

/** What became of a source whose delivery was replaced in ${run}: records that are in both
 * deliveries, that are new, and that are gone. ${source} is a position. */
struct tally_store_replaced {
    uint64_t kept;
    uint64_t fresh;
    uint64_t gone;
};
TALLY_NODISCARD int tally_store_replaced(struct tally_store *s, int64_t run,
                                         uint32_t source,
                                         struct tally_store_replaced *out,
                                         struct tally_err *err);

/** Which records of replaced deliveries are which of later ones, in ${run} and the runs it
 * continues. Malloced. */
TALLY_NODISCARD int tally_store_successions(struct tally_store *s, int64_t run,
                                            struct tally_successor **out, size_t *n,
                                            struct tally_err *err);

/** Merges and splits of ${run} against the run it continues: how many, and how many
 * records changed cluster by them. */
struct tally_store_changes {
    uint64_t merges;
    uint64_t splits;
    uint64_t records;
};
TALLY_NODISCARD int tally_store_changes(struct tally_store *s, int64_t run,
                                        struct tally_store_changes *out,
                                        struct tally_err *err);

/** Undo the latest run of a series: the one before it is the latest again, with its
 * clusters and their ids. ${run} gets its number. TALLY_E_USAGE where the latest run does
 * not continue another. What was withdrawn stays so. */
TALLY_NODISCARD int tally_store_undo(struct tally_store *s, int64_t *run,
                                     struct tally_err *err);

/** What a withdrawal takes out of a store. */
struct tally_store_withdrawal {
    uint64_t tokens;  /* asked for and not withdrawn before */
    uint64_t unknown; /* of these, in no run: noted, for files still to come */
    uint64_t records; /* in all runs together */
    uint64_t links;
};

/** Withdraw the records of ${n} ${tokens} (TALLY_TOKEN_BYTES each): they and their links
 * go from every run, and their tokens are noted so that tally_store_withdrawn finds
 * them. All or nothing; with ${dry_run} nothing, and counted all the same. */
TALLY_NODISCARD int tally_store_withdraw(struct tally_store *s, const uint8_t *tokens,
                                         size_t n, bool dry_run,
                                         struct tally_store_withdrawal *out,
                                         struct tally_err *err);

/** All tokens that were withdrawn, ascending. Malloced. */
TALLY_NODISCARD int tally_store_withdrawn(struct tally_store *s, uint8_t **tokens,
                                          size_t *n, struct tally_err *err);

/** A link of a run with what it rests on. Pointers last until the next link. */
struct tally_store_explained {
    const char *source_a;
    const char *source_b;
    const uint8_t *token_a;
    const uint8_t *token_b;
    const uint8_t *token_second_a; /* of why.second_a.row; NULL: none, or withdrawn */
    const uint8_t *token_second_b;
    struct tally_link link;
    bool accepted; /* false: it would come under the low threshold */
    struct tally_link_reason why;
    const struct tally_view_score *views; /* nviews */
    size_t nviews;
    const char *view_names[TALLY_VIEWS_MAX];
};
typedef int tally_store_explain_fn(void *ctx, const struct tally_store_explained *x,
                                   struct tally_err *err);

/** Call ${fn} for each link of ${run} (0: the latest that was not undone), the accepted
 * ones first, then those that the low threshold would add, each kind from the best. Stops
 * where ${fn} fails. TALLY_E_USAGE when there is no such run, TALLY_E_CORRUPT when what
 * stands there cannot be a link. */
TALLY_NODISCARD int tally_store_explain(struct tally_store *s, int64_t run,
                                        tally_store_explain_fn *fn, void *ctx,
                                        struct tally_err *err);

/** Links by how sure they are: bands of calibrated probability, from above; the last is
 * for links without one. */
#define TALLY_STORE_BANDS 5

/** What a report needs of one run: plain values, read back. run_id 0: the latest. Free
 * with tally_store_run_free. */
struct tally_store_source {
    char name[TALLY_NAME_MAX + 1];
    uint8_t delivery[TALLY_DELIVERY_BYTES];
    uint64_t records;
    bool duplicates_possible;
    uint64_t linked; /* records in a cluster with a record of another source
                        (deduplication: of size > 1) */
};
/** What second rounds that hold say of the links between two sources of a run. */
struct tally_store_reviewed {
    int64_t review;   /* the latest of them; 0: none says anything, all else is empty */
    uint64_t checked; /* links that answers say something of */
    uint64_t links;   /* that there are once its decisions are gone by */
    double false_links; /* expected among the links of the run; NAN when it cannot be said, */
    double precision;   /* and so are these */
    double precision_low;
    double precision_high;
    double recall;
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
    char assign[16];                      /* see tally_assign_name */
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
    struct tally_store_reviewed *reviewed; /* one a calibration; NULL: no review */
    uint64_t nclusters;
    size_t noverlaps; /* combinations of sources: people seen in exactly those */
    uint64_t *overlap_masks;
    uint64_t *overlap_people;
    size_t nsizes; /* clusters by number of records: sizes[i] clusters of i + 1 records */
    uint64_t sizes[65]; /* the last: of 65 records or more */
};
/** The precision of all links of ${r} with what second rounds say; NAN where none does. */
struct tally_precision tally_store_reviewed_precision(const struct tally_store_run *r);

/** TALLY_E_USAGE when there is no such run, TALLY_E_CORRUPT when what stands there cannot
 * be a run. */
TALLY_NODISCARD int tally_store_read_run(struct tally_store *s, int64_t run_id,
                                         struct tally_store_run *out,
                                         struct tally_err *err);
void tally_store_run_free(struct tally_store_run *r);

#endif

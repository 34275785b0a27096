/*
 * What 'tally link' is asked for, and the files it writes.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_CLI_CMD_LINK_H
#define TALLY_CLI_CMD_LINK_H

#include "cli/cli.h"

#include "bloom/base/bytes.h"
#include "bloom/base/file.h"
#include "bloom/base/secret.h"
#include "linker/link.h"
#include "linker/store.h"

struct tally_link_request {
    const char *assign;
    const char *links;
    const char *clusters;
    const char *linkmap;
    const char *store;
    const char *release_key;
    const char *explain;
    const char *must;     /* lists of pairs */
    const char *must_not;
    bool add;             /* the run continues the series of the store */
    bool replace;         /* a file of a source that is there takes the place of its delivery */
    const uint8_t *agreement; /* digest of the agreement linked under, or NULL */
    bool undo;            /* nothing is linked: the series' last run is taken back */
    bool links_to_stdout; /* no output was named */
    bool force;
    bool json;
    struct tally_work work;
};

/** Open sources, under the names they go by in this run. Zeroed: none. */
struct tally_link_files {
    struct tally_link_source list[TALLY_SOURCES_MAX];
    struct tally_store_file stored[TALLY_SOURCES_MAX]; /* what the store is to note */
    struct tally_encfile *files[TALLY_SOURCES_MAX];
    struct tally_encfile *whole[TALLY_SOURCES_MAX]; /* before records were left out */
    char *paths[TALLY_SOURCES_MAX];
    char names[TALLY_SOURCES_MAX][TALLY_NAME_MAX + 1];
    size_t n;
    struct tally_encfile *old[TALLY_SOURCES_MAX]; /* the delivery that it replaces */
    struct tally_successor *successors[TALLY_SOURCES_MAX];
    struct tally_buf withdrawn; /* tokens that are to be left out, ascending */
    struct tally_buf again; /* those of them that are withdrawn records under new tokens */
    uint64_t left_out;                /* records that were withdrawn from the store */
    struct tally_store_series series; /* that this run continues; run 0: none */
};

/** Open ${files}, which may be none with --add, and what the series of the store has
 * besides. TALLY_E_USAGE for two sources of one name; TALLY_E_NO_FILE, TALLY_E_DATA for a
 * file of the series that is not where it was. Close in any case. */
TALLY_NODISCARD int tally_link_files_open(struct tally_link_files *s,
                                          const struct tally_link_request *q,
                                          const struct tally_operands *files,
                                          struct tally_err *err);
void tally_link_files_close(struct tally_link_files *s);

/** Tell which records of deliveries that take others' places were there before, and leave
 * out those that were withdrawn, under whatever token; ${s} is then ready to be linked. */
TALLY_NODISCARD int tally_link_files_settle(struct tally_link_files *s,
                                            const struct tally_link_request *q,
                                            struct tally_err *err);

/** Add to the lists of ${job}, which are malloced, what the store ${q} names knows: what
 * the lists of the run that ${files} continue said, then what reviews have decided. Pairs
 * of records that are all here, if under another token, and that contradict nothing before
 * them; of others how many there are is told. */
TALLY_NODISCARD int tally_link_add_known(const struct tally_link_request *q,
                                         const struct tally_link_job *job,
                                         const struct tally_link_files *files,
                                         struct tally_forced **must,
                                         size_t *nmust, struct tally_forced **must_not,
                                         size_t *nmust_not, struct tally_err *err);

/** Output files, NULL where not asked for. Opened before the work, so that a bad name is
 * told at once. */
struct tally_link_outputs {
    struct tally_outfile *links;
    struct tally_outfile *clusters;
    struct tally_outfile *linkmap;
    struct tally_outfile *explain;
};

TALLY_NODISCARD int tally_link_outputs_open(struct tally_link_outputs *o,
                                            const struct tally_link_request *q,
                                            const struct tally_operands *inputs,
                                            struct tally_err *err);

/** Write to the disk, not yet visible. ${key} is the release key (used for a link map),
 * ${ids} the id of each cluster. */
TALLY_NODISCARD int tally_link_outputs_write(struct tally_link_outputs *o,
                                             const struct tally_link_request *q,
                                             const struct tally_link_job *job,
                                             const struct tally_link_result *r,
                                             struct tally_secret *key, const int64_t *ids,
                                             struct tally_err *err);

/** Make the files appear, all or none. */
TALLY_NODISCARD int tally_link_outputs_commit(struct tally_link_outputs *o,
                                              struct tally_err *err);

void tally_link_outputs_free(struct tally_link_outputs *o);

/** Read the list ${path} of pairs, a CSV file with source_a, id_a, source_b, id_b (ids as
 * kept in the encodings, or tokens), into ${out} (malloced). TALLY_E_DATA with the row for
 * a source or a record that is not there, and a pair of one record. */
TALLY_NODISCARD int tally_link_list_read(const char *path, const struct tally_link_job *job,
                                         struct tally_forced **out, size_t *n,
                                         struct tally_err *err);

/** A run on its way out, and what the store made of it. */
struct tally_link_outcome {
    const struct tally_link_request *q;
    const struct tally_link_job *job;
    const struct tally_link_files *files;
    const struct tally_link_result *r;
    int64_t run;
    struct tally_store_changes changes;
    struct tally_store_replaced replaced[TALLY_SOURCES_MAX]; /* where they are */
    struct tally_precision after; /* what second rounds say of its links; NAN: nothing, */
    bool unsaid;                  /* though there are some that hold */
};

/** Say what came of a run; print it as JSON where that was asked for. */
TALLY_NODISCARD int tally_link_tell(const struct tally_link_outcome *d,
                                    struct tally_err *err);

/** Write into ${f} what each link of ${r} rests on; as JSON if ${path} ends in .json. */
TALLY_NODISCARD int tally_link_explain(struct tally_outfile *f, const char *path,
                                       const struct tally_link_job *job,
                                       const struct tally_link_result *r,
                                       struct tally_err *err);
/** The same of the latest run of the store ${store}, by tokens, into the file ${path}. */
TALLY_NODISCARD int tally_link_explain_stored(const char *store, const char *path,
                                              bool force, struct tally_err *err);

#endif

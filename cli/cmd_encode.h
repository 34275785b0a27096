/*
 * What the files of tally encode share: what was asked for, what is opened for it, and
 * telling what came of it.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_CLI_CMD_ENCODE_H
#define TALLY_CLI_CMD_ENCODE_H

#include <stdbool.h>

#include "bloom/encode.h"
#include "cli/cli.h"
#include "cli/cmd_encode_clkhash.h"
#include "cli/export.h"
#include "cli/governed.h"
#include "protocols/review.h"

#define TALLY_ENCODE_PAYLOAD_MAX 256

/** What the command line said. Texts may be NULL where not given. */
struct tally_encode_request {
    struct tally_export_request export; /* its id is that of --id or --record-id */
    const char *schema;
    bool dummies_given; /* else the schema's profile says how many */
    const struct tally_schema *agreed; /* instead of ${schema}: an agreement's */
    const char *key;
    const char *id;
    const char *record_id;
    const char *opt_out;
    const char *exclude;
    const char *exclude_where;
    const char *exclude_aliases_where;
    const char *map;
    const char *payload;
    const char *source;
    const char *duplicates;
    const char *format;
    const char *review; /* request to answer, with the tokens that its records have */
    const char *tokens;
    const char *sheet; /* provider sheet to write */
    const char *about; /* texts for it */
    bool json;
    struct tally_clkhash_request clkhash; /* options that only its schemas take */
    struct tally_work work;
};

/** What is opened for a run, all of it released by tally_encode_close. */
struct tally_encode_inputs {
    struct tally_schema *schema;
    struct tally_csv *csv;
    struct tally_secret *key;
    struct tally_mapping mapping;
    struct tally_exclude *exclude;
    struct tally_review_file *review;
    struct tally_given *given;
    size_t alias_column;
    size_t payload[TALLY_ENCODE_PAYLOAD_MAX];
    char source[TALLY_NAME_MAX + 1];
};

/** Open all that ${q} names and point ${job} at it. */
TALLY_NODISCARD int tally_encode_open(const struct tally_encode_request *q,
                                      struct tally_encode_inputs *in,
                                      struct tally_encode_job *job,
                                      struct tally_err *err);
void tally_encode_close(struct tally_encode_inputs *in);

/** For a request: check that it is of the schema and the source, and turn the job into
 * its answer, under schema, key and tokens of its own. Part of tally_encode_open. */
TALLY_NODISCARD int tally_encode_take_review(const struct tally_encode_request *q,
                                             struct tally_encode_inputs *in,
                                             struct tally_encode_job *job,
                                             struct tally_err *err);
/** Tell how much of the request is answered. */
void tally_encode_say_review(const struct tally_encode_inputs *in,
                             const struct tally_encode_summary *sum);

/** Tell a person what was done and which files were written, or what would be. */
void tally_encode_say(const struct tally_encode_job *job,
                      const struct tally_encode_summary *sum);
void tally_encode_say_files(const struct tally_encode_job *job);
void tally_encode_say_dry_run(const struct tally_encode_job *job,
                              const struct tally_encode_summary *sum);
/** Either as JSON. */
TALLY_NODISCARD int tally_encode_print_json(const struct tally_encode_job *job,
                                            const struct tally_encode_summary *sum,
                                            struct tally_err *err);

/** Whether the provider sheet can be written, and its texts be read: before anything
 * else is done. */
TALLY_NODISCARD int tally_encode_check_sheet(const struct tally_encode_request *q,
                                             const struct tally_encode_job *job,
                                             struct tally_err *err);
/** Write the provider sheet of a run that is done to ${path}; under an agreement (${g}
 * not NULL) it is signed and says which. */
TALLY_NODISCARD int tally_encode_write_sheet(const struct tally_encode_request *q,
                                             const struct tally_encode_job *job,
                                             const struct tally_encode_summary *sum,
                                             const struct tally_governed *g,
                                             uint64_t delivery, const char *path,
                                             struct tally_err *err);

/** True when a column of the export is in the encodings: by a field, or as kept id. */
bool tally_encode_column_leaves(const struct tally_encode_job *job, size_t column);

#endif

/*
 * What 'tally link' is asked for, and the files it writes.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_CLI_CMD_LINK_H
#define TALLY_CLI_CMD_LINK_H

#include "cli/cli.h"

#include "bloom/base/file.h"
#include "bloom/base/secret.h"
#include "linker/link.h"

struct tally_link_request {
    const char *assign;
    const char *links;
    const char *clusters;
    const char *linkmap;
    const char *store;
    const char *release_key;
    bool links_to_stdout; /* no output was named */
    bool force;
    bool json;
    struct tally_work work;
};

/** Output files, NULL where not asked for. Opened before the work, so that a bad name is
 * told at once. */
struct tally_link_outputs {
    struct tally_outfile *links;
    struct tally_outfile *clusters;
    struct tally_outfile *linkmap;
};

TALLY_NODISCARD int tally_link_outputs_open(struct tally_link_outputs *o,
                                            const struct tally_link_request *q,
                                            const struct tally_operands *inputs,
                                            struct tally_err *err);

/** Write, not yet visible. ${key} is the release key (used for a link map),
 * ${base} the cluster id of cluster 0. */
TALLY_NODISCARD int tally_link_outputs_write(struct tally_link_outputs *o,
                                             const struct tally_link_job *job,
                                             const struct tally_link_result *r,
                                             struct tally_secret *key, uint64_t base,
                                             struct tally_err *err);

/** Make the files appear, all or none. */
TALLY_NODISCARD int tally_link_outputs_commit(struct tally_link_outputs *o,
                                              struct tally_err *err);

void tally_link_outputs_free(struct tally_link_outputs *o);

#endif

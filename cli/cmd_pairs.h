/*
 * What 'tally pairs' is asked for, what it found, and the files it writes.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_CLI_CMD_PAIRS_H
#define TALLY_CLI_CMD_PAIRS_H

#include "cli/cli.h"

#include "bloom/base/file.h"
#include "linker/candidates.h"
#include "linker/groups.h"

struct tally_pairs_request {
    const char *similarity;
    const char *pairs;
    const char *groups;
    uint64_t bits;
    uint64_t k;
    struct tally_groups_rule rule;
    bool convert;
    bool stats;
    bool force;
    bool json;
    struct tally_work work;
};

/** Output files, NULL where not asked for. Opened before the work, so that a bad name is
 * told at once. */
struct tally_pairs_outputs {
    struct tally_outfile *pairs;
    struct tally_outfile *groups;
};

/** What a run took and found. */
struct tally_pairs_summary {
    uint64_t pairs;
    uint64_t groups; /* 0 when not asked for */
    struct tally_candidates_stats find;
    double load_seconds;
    double write_seconds;
};

TALLY_NODISCARD int tally_pairs_outputs_open(struct tally_pairs_outputs *o,
                                             const struct tally_pairs_request *q,
                                             const struct tally_operands *inputs,
                                             struct tally_err *err);

/** Write what ${found} holds of the sources of ${job}, and make the files appear, all or
 * none. */
TALLY_NODISCARD int tally_pairs_outputs_write(struct tally_pairs_outputs *o,
                                              const struct tally_pairs_request *q,
                                              const struct tally_candidates_job *job,
                                              struct tally_candidates *found,
                                              struct tally_pairs_summary *s,
                                              struct tally_err *err);
void tally_pairs_outputs_free(struct tally_pairs_outputs *o);

/** Say what a run did: to the person, as --json and --stats ask. */
TALLY_NODISCARD int tally_pairs_tell(const struct tally_pairs_request *q,
                                     const struct tally_candidates_job *job,
                                     const struct tally_pairs_summary *s,
                                     struct tally_err *err);

#endif

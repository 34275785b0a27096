/*
 * What the files of tally review share.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_CLI_CMD_REVIEW_H
#define TALLY_CLI_CMD_REVIEW_H

#include "cli/cli.h"
#include "cli/governed.h"
#include "linker/review_store.h"

/** What the command line says. */
struct tally_review_request {
    struct tally_governed governed; /* as asked for: path NULL without an agreement */
    const char *store;
    const char *out;
    uint64_t records_max;
    uint64_t sample;
    bool dry_run;
    bool force;
    bool json;
};

/** Write the request of each list to its path, record the review, and only then let the
 * files appear. */
TALLY_NODISCARD int tally_review_write_all(const struct tally_review_plan *p,
                                           char (*paths)[4096], bool force,
                                           struct tally_store *store,
                                           struct tally_err *err);

/** Record what came of answers that were scored, unless it is a dry run, and tell. */
TALLY_NODISCARD int tally_review_keep(const struct tally_review_request *q,
                                      struct tally_store *store,
                                      const struct tally_review_result *r,
                                      struct tally_err *err);

/* Under an agreement. */

/** Open ${g} as the linker's; ${terms} get what the agreement allows, and the number of
 * the next request. Errors: of tally_governed_open and tally_governed_next. */
TALLY_NODISCARD int tally_review_begin_governed(struct tally_governed *g,
                                                struct tally_review_terms *terms,
                                                struct tally_err *err);
/** Seal a request for each owner asked in the folder q->out, which is there. */
TALLY_NODISCARD int tally_review_export_governed(const struct tally_review_request *q,
                                                 const struct tally_governed *g,
                                                 const struct tally_review_plan *p,
                                                 uint64_t number,
                                                 struct tally_store *store,
                                                 struct tally_err *err);
/** Take the sealed answers in ${paths}. */
TALLY_NODISCARD int tally_review_import_governed(const struct tally_review_request *q,
                                                 struct tally_store *store,
                                                 char *const *paths, size_t n,
                                                 struct tally_err *err);

#endif

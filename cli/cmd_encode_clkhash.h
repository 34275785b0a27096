/*
 * tally encode with a clkhash schema.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_CLI_CMD_ENCODE_CLKHASH_H
#define TALLY_CLI_CMD_ENCODE_CLKHASH_H

#include <stdbool.h>

#include "bloom/base/err.h"
#include "bloom/base/progress.h"

/** What the command line said. Texts may be NULL where not given. */
struct tally_clkhash_request {
    const char *input;
    const char *schema;
    const char *secret_file;
    const char *header; /* yes, no or ignore */
    bool no_validate;
    const char *out;
    bool force;
    bool json;
    struct tally_progress *progress;
};

/** Encode, and say so. TALLY_E_USAGE for what does not make sense; in a build without the
 * legacy encoder always TALLY_E_SCHEMA. */
TALLY_NODISCARD int tally_encode_clkhash(const struct tally_clkhash_request *q,
                                         struct tally_err *err);

#endif

/*
 * tally agreement draft: from cards, roles and a schema to a draft.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_CLI_CMD_AGREEMENT_DRAFT_H
#define TALLY_CLI_CMD_AGREEMENT_DRAFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/base/err.h"

/** What the options say; NULL where nothing was said. */
struct tally_draft_request {
    char **parties; /* CARD=ROLE[+ROLE][:SOURCE] */
    size_t nparties;
    const char *schema;
    const char *framework;
    const char *purpose;
    const char *reference;
    const char *title;
    const char *starts;
    uint64_t months;
    const char *payload; /* SOURCE:COLUMN,COLUMN;SOURCE:COLUMN */
    const char *out;
    bool force;
};

/** Write the draft. */
TALLY_NODISCARD int tally_draft_run(const struct tally_draft_request *q,
                                    struct tally_err *err);

#endif

/*
 * tally inspect for audit logs, release ledgers, token maps and releases.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_CLI_CMD_INSPECT_LINES_H
#define TALLY_CLI_CMD_INSPECT_LINES_H

#include "cli/cmd_inspect_facts.h"

/** Whether a file that begins with ${head} may be one of them. */
bool tally_inspect_is_lines(const uint8_t *head, size_t len);

/** Tell what it is, and hold a chain together; no value of it is told. ${card}, a path or
 * NULL: of whoever signs a log or ledger. */
TALLY_NODISCARD int tally_inspect_lines(const char *path, const uint8_t *head,
                                        const char *card, struct tally_facts *f,
                                        struct tally_err *err);

#endif

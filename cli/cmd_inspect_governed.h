/*
 * tally inspect for the files of the governed flow.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_CLI_CMD_INSPECT_GOVERNED_H
#define TALLY_CLI_CMD_INSPECT_GOVERNED_H

#include "cli/cmd_inspect_facts.h"

/** Whether a file that begins with ${head} is one of them. */
bool tally_inspect_is_governed(const uint8_t *head, size_t len);

/** Tell what it is, and check its signature where it has one. */
TALLY_NODISCARD int tally_inspect_governed(const char *path, const uint8_t *head,
                                           size_t len, struct tally_facts *f,
                                           struct tally_err *err);

#endif

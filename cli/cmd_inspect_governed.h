/*
 * tally inspect for the files of the governed flow.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_CLI_CMD_INSPECT_GOVERNED_H
#define TALLY_CLI_CMD_INSPECT_GOVERNED_H

#include "cli/cmd_inspect_facts.h"

/** Whether a file that begins with ${head} is one of them. */
bool tally_inspect_is_governed(const uint8_t *head, size_t len);

/** The error of a card for what none signs alone. Returns -1. */
int tally_inspect_no_card(const char *path, struct tally_err *err);

/** Tell what it is, and check its signature where it has one: with ${card}, a path or
 * NULL, a paper must be signed by it. */
TALLY_NODISCARD int tally_inspect_governed(const char *path, const uint8_t *head,
                                           size_t len, const char *card,
                                           struct tally_facts *f, struct tally_err *err);

#endif

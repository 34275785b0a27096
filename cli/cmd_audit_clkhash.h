/*
 * tally audit with a clkhash schema.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_CLI_CMD_AUDIT_CLKHASH_H
#define TALLY_CLI_CMD_AUDIT_CLKHASH_H

#include "bloom/audit/audit_people.h"
#include "bloom/clkhash_schema.h"

/** The schema in ${path} and the population encoded by it. In a build without the legacy
 * encoder always TALLY_E_SCHEMA. */
TALLY_NODISCARD int tally_audit_open_clkhash(const char *path,
                                             struct tally_clkhash_schema **out,
                                             struct tally_audit_other *other,
                                             struct tally_err *err);
void tally_audit_close_clkhash(struct tally_clkhash_schema *s); /* NULL is no-op */

#endif

/*
 * tally schema with clkhash schemas.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_CLI_CMD_SCHEMA_CLKHASH_H
#define TALLY_CLI_CMD_SCHEMA_CLKHASH_H

#include <stdbool.h>

#include "bloom/base/err.h"

/** ${given}: ${path} is a JSON file with a "clkConfig", whatever else is wrong with it;
 * not standard input, which can be read but once. Fails when the file could not be looked
 * at: TALLY_E_NOMEM, TALLY_E_IO, TALLY_E_NO_FILE, TALLY_E_INTERRUPTED. */
TALLY_NODISCARD int tally_clkhash_given(const char *path, bool *given,
                                        struct tally_err *err);

/** schema check, and schema show: as text, or as JSON of version 3. */
TALLY_NODISCARD int tally_schema_check_clkhash(const char *path, bool json,
                                               struct tally_err *err);
TALLY_NODISCARD int tally_schema_show_clkhash(const char *path, bool json,
                                              struct tally_err *err);

/** schema new: a starter schema for ${fields} to ${out} (NULL: standard output). */
TALLY_NODISCARD int tally_schema_new_clkhash(const char *fields, const char *out,
                                             bool force, struct tally_err *err);

/** schema convert: version 3 of a clkhash schema to ${out} (NULL: standard output). */
TALLY_NODISCARD int tally_schema_convert(const char *path, const char *out, bool force,
                                         struct tally_err *err);

/** Say what is legal but works differently from what one might think. */
struct tally_clkhash_schema;
void tally_clkhash_say_warnings(const struct tally_clkhash_schema *s);

/** TALLY_E_SCHEMA: this build has no legacy encoder. */
int tally_clkhash_left_out(const char *path, struct tally_err *err);

#endif

/*
 * tally schema tune: weights from synthetic people.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_CLI_CMD_SCHEMA_TUNE_H
#define TALLY_CLI_CMD_SCHEMA_TUNE_H

#include <stdbool.h>

#include "bloom/base/err.h"

/** The action with options of its own; ${argv}[0] is "tune". In a build without the
 * linker TALLY_E_USAGE. */
TALLY_NODISCARD int tally_schema_tune(int argc, char **argv, struct tally_err *err);

struct tally_tune_job;
struct tally_tune_result;

/** Print what was found to standard output, as text or as JSON. */
TALLY_NODISCARD int tally_schema_tune_print(const struct tally_tune_job *job,
                                            const struct tally_tune_result *r, bool json,
                                            struct tally_err *err);

#endif

/*
 * A first look at an export that could not be taken as it is, so that one message says
 * all that it needs.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_CLI_EXPORT_LOOK_H
#define TALLY_CLI_EXPORT_LOOK_H

#include "cli/export.h"

/**
 * After ${err} said why ${q} cannot be taken: look for the row that names its columns and
 * for an older encoding, tell what a mapping file could begin with, and put the options
 * to give into the hint of ${err}. ${s} may be NULL; ${csv} has its header read, or is
 * NULL when it could not be opened.
 */
void tally_export_look(const struct tally_export_request *q, const struct tally_schema *s,
                       const struct tally_csv *csv, struct tally_err *err);

#endif

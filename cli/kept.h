/*
 * The token map, which stays with its owner: it bears no signature, so the owner's log
 * remembers its digest.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_CLI_KEPT_H
#define TALLY_CLI_KEPT_H

#include "cli/governed.h"

/** Note in the log that ${path} is the token map of ${delivery}. */
TALLY_NODISCARD int tally_kept_note(const struct tally_governed *g, const char *path,
                                    uint64_t delivery, struct tally_err *err);

/** That ${path} is a token map which the log tells of, to the last byte. Errors:
 * TALLY_E_CORRUPT, TALLY_E_NO_FILE, TALLY_E_IO. */
TALLY_NODISCARD int tally_kept_check(const struct tally_governed *g, const char *path,
                                     struct tally_err *err);

#endif

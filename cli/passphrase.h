/*
 * Passphrases: from a file descriptor that --passphrase-fd names, or from the terminal
 * with its echo off. Never from the arguments or the environment.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_CLI_PASSPHRASE_H
#define TALLY_CLI_PASSPHRASE_H

#include <stdint.h>

#include "bloom/base/secret.h"
#include "cli/opt.h"

/** No --passphrase-fd was given: the value to start from. */
#define TALLY_PASSPHRASE_ASK UINT64_MAX

/** The table entry for the option. */
#define TALLY_OPT_PASSPHRASE(n)                                                          \
    TALLY_OPT_NUMBER("passphrase-fd", "N", n, 0, 1023,                                   \
                     "read the passphrase from this open file, not the terminal")

/** The first line of file descriptor ${fd}, or what is typed at the terminal; asked for
 * twice when it is ${fresh}. ${what} says for what. Caller frees ${out}. Errors:
 * TALLY_E_USAGE (no terminal, no such descriptor, empty, two that differ),
 * TALLY_E_INTERRUPTED, TALLY_E_IO. */
TALLY_NODISCARD int tally_passphrase(uint64_t fd, const char *what, bool fresh,
                                     struct tally_secret **out, struct tally_err *err);

#endif

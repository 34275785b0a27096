/*
 * From error codes to exit codes: the one table. The numbers are part of the command line
 * contract.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_CLI_EXIT_H
#define TALLY_CLI_EXIT_H

#include "bloom/base/err.h"

enum tally_exit {
    TALLY_EXIT_DONE = 0,
    TALLY_EXIT_NO = 1,           /* ran to the end, and the answer is no */
    TALLY_EXIT_USAGE = 2,        /* the command line, existing output included */
    TALLY_EXIT_DATA = 3,         /* bad input data or schema, schema mismatch */
    TALLY_EXIT_KEY = 4,          /* key or signature failure, corrupt or tampered file */
    TALLY_EXIT_POLICY = 5,       /* refused by policy */
    TALLY_EXIT_IO = 6,           /* input, output or memory; safe to retry */
    TALLY_EXIT_BUG = 70,         /* a bug of ours */
    TALLY_EXIT_INTERRUPTED = 130 /* Ctrl-C */
};

/** The exit code for ${code}; TALLY_EXIT_BUG for a number that is not a code. */
enum tally_exit tally_exit_code(enum tally_code code);

#endif

/*
 * From error codes to exit codes.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/exit.h"

enum tally_exit
tally_exit_code(enum tally_code code)
{
    switch (code) {
    case TALLY_OK:
        return TALLY_EXIT_DONE;
    case TALLY_E_ANSWER_NO:
        return TALLY_EXIT_NO;
    case TALLY_E_EXISTS:
    case TALLY_E_USAGE:
        return TALLY_EXIT_USAGE;
    case TALLY_E_CSV:
    case TALLY_E_TEXT:
    case TALLY_E_LIMIT:
    case TALLY_E_JSON:
    case TALLY_E_SCHEMA:
    case TALLY_E_MAPPING:
    case TALLY_E_DATA:
    case TALLY_E_SCHEMA_MISMATCH:
    case TALLY_E_FORMAT:
        return TALLY_EXIT_DATA;
    case TALLY_E_CORRUPT:
    case TALLY_E_KEY:
    case TALLY_E_KEY_MISMATCH:
        return TALLY_EXIT_KEY;
    case TALLY_E_POLICY:
        return TALLY_EXIT_POLICY;
    case TALLY_E_NOMEM:
    case TALLY_E_IO:
    case TALLY_E_NO_FILE:
        return TALLY_EXIT_IO;
    case TALLY_E_INTERRUPTED:
        return TALLY_EXIT_INTERRUPTED;
    case TALLY_E_BUG:
        break;
    }
    return TALLY_EXIT_BUG;
}

/*
 * tally encode under an agreement.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_CLI_CMD_ENCODE_GOVERNED_H
#define TALLY_CLI_CMD_ENCODE_GOVERNED_H

#include "cli/cmd_encode.h"
#include "cli/governed.h"

/** Encode ${q}'s export as data owner of ${g}'s agreement into the folder job->out:
 * linkage part and payload part, sealed, and the token map that stays. */
TALLY_NODISCARD int tally_encode_governed(struct tally_encode_request *q,
                                          struct tally_encode_job *job,
                                          struct tally_governed *g, uint64_t part_size,
                                          struct tally_err *err);

#endif

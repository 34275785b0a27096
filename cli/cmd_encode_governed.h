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

/** Answer the package of a linker's request, q->review, with one to the linker in the
 * folder job->out. Errors as above. */
TALLY_NODISCARD int tally_encode_answer(struct tally_encode_request *q,
                                        struct tally_encode_job *job,
                                        struct tally_governed *g, struct tally_err *err);

/* For both. */

/** That every owner holds the key q->key. */
TALLY_NODISCARD int tally_encode_check_key(const struct tally_encode_request *q,
                                           const struct tally_governed *g,
                                           struct tally_err *err);
/** Make the folder ${dir}, and clear from it what a run for ${source} that was killed
 * left unsealed. ${made}: it was not there. */
TALLY_NODISCARD int tally_encode_folder(const char *dir, const char *source, bool *made,
                                        struct tally_err *err);

#endif

/*
 * tally link under an agreement.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_CLI_CMD_LINK_GOVERNED_H
#define TALLY_CLI_CMD_LINK_GOVERNED_H

#include "cli/cmd_link.h"
#include "cli/governed.h"

/** What links files as the plain verb does. */
typedef int tally_link_files_fn(struct tally_link_request *q, struct tally_link_job *job,
                                const struct tally_operands *files,
                                struct tally_err *err);

/** Link the latest delivery of every data owner of ${g}'s agreement, beside q->store, by
 * its policy, and seal the link map to the analyst into q->links (-o). */
TALLY_NODISCARD int tally_link_governed(struct tally_link_request *q,
                                        struct tally_link_job *job,
                                        struct tally_governed *g,
                                        tally_link_files_fn *link_files,
                                        struct tally_err *err);

#endif

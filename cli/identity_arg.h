/*
 * --identity DIR of the governed verbs: an identity opened with its passphrase.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_CLI_IDENTITY_ARG_H
#define TALLY_CLI_IDENTITY_ARG_H

#include "cli/passphrase.h"
#include "protocols/identity.h"

/** Table entry. */
#define TALLY_OPT_IDENTITY(dir)                                                          \
    TALLY_OPT_TEXT("identity", "DIR", dir, "your identity's folder")

/** Open the identity in ${dir}, with its passphrase from ${fd} or the terminal. Caller
 * closes. */
TALLY_NODISCARD int tally_identity_arg(const char *dir, uint64_t fd,
                                       struct tally_identity *out, struct tally_err *err);

/** Read the card at ${path}: a card, or the folder of an identity. */
TALLY_NODISCARD int tally_card_arg(const char *path, struct tally_card *out,
                                   struct tally_err *err);

#endif

/*
 * What becomes of a card: rotation (another takes over, by the word of the old key) and
 * revocation (it holds no more, by its own word). docs/protocols/identity.md.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_PROTOCOLS_STANDING_H
#define TALLY_PROTOCOLS_STANDING_H

#include <stdbool.h>

#include "protocols/identity.h"

/** State at ${path} that ${next} takes over from ${old}: the same name and kind, new
 * keys. Errors: TALLY_E_USAGE (another name or kind, the same keys), as
 * tally_outfile_open. */
TALLY_NODISCARD int tally_rotation_write(const char *path, bool force,
                                         const struct tally_identity *old,
                                         const struct tally_card *next,
                                         struct tally_err *err);

/** Check that the rotation at ${path} hands over from ${old} to ${next}. Errors: as
 * tally_paper_read; TALLY_E_KEY when it speaks of another card. */
TALLY_NODISCARD int tally_rotation_check(const char *path, const struct tally_card *old,
                                         const struct tally_card *next,
                                         struct tally_err *err);

/** State at ${path} that the card of ${id} holds no more from today. */
TALLY_NODISCARD int tally_revocation_write(const char *path, bool force,
                                           const struct tally_identity *id,
                                           struct tally_err *err);

/** Check that the revocation at ${path} is of ${card}; the day goes to ${from}
 * (2026-11-22). Errors: as tally_rotation_check. */
TALLY_NODISCARD int tally_revocation_check(const char *path,
                                           const struct tally_card *card, char from[11],
                                           struct tally_err *err);

#endif

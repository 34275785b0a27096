/*
 * Signing an agreement, and opening one for use: all have signed, nobody's card has been
 * revoked, and today is a day it runs. Beside the agreement FILE stand, for its party
 * number N (01 for the first): FILE.N.sig, its signature, with the key to seal to it
 * under this agreement alone; FILE.N.unseal, the secret to that, which stays with the
 * party and is destroyed at the end; FILE.N.revoked, if its card was revoked;
 * FILE.N.rotation and FILE.N.card, if another card took over.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_PROTOCOLS_AGREEMENT_SIGN_H
#define TALLY_PROTOCOLS_AGREEMENT_SIGN_H

#include "protocols/agreement.h"
#include "protocols/identity.h"

/** Sign the agreement ${a} at ${path} for ${id}: FILE.N.sig and FILE.N.unseal, the latter
 * under ${passphrase} at ${cost}. The name of the signature goes to ${written}, malloced.
 * Errors: TALLY_E_POLICY (not a party; the check refuses it; over already),
 * TALLY_E_EXISTS, TALLY_E_IO. */
TALLY_NODISCARD int
tally_agreement_sign(const struct tally_agreement *a, const char *path,
                     const struct tally_identity *id, struct tally_secret *passphrase,
                     const struct tally_passbox_cost *cost, bool force, char **written,
                     struct tally_err *err);

/** The secret that opens what is sealed to party ${i} under ${a}. Caller frees. Errors:
 * TALLY_E_KEY, TALLY_E_CORRUPT, TALLY_E_NO_FILE. */
TALLY_NODISCARD int tally_agreement_unseal(const struct tally_agreement *a,
                                           const char *path, size_t i,
                                           struct tally_secret *passphrase,
                                           struct tally_secret **out,
                                           struct tally_err *err);

/** Put what party ${i} keeps beside the agreement under the passphrase ${next}: in ${f}, a
 * file the caller commits and frees. Errors: as tally_agreement_unseal. */
TALLY_NODISCARD int tally_agreement_relock(struct tally_outfile **f,
                                           const struct tally_agreement *a,
                                           const char *path, size_t i,
                                           struct tally_secret *passphrase,
                                           struct tally_secret *next,
                                           const struct tally_passbox_cost *cost,
                                           struct tally_err *err);

/** How a party stands to the agreement. */
enum tally_standing {
    TALLY_STANDING_UNSIGNED,
    TALLY_STANDING_SIGNED,
    TALLY_STANDING_INVALID, /* the file is there, and is not its signature of this */
    TALLY_STANDING_REVOKED
};
/** Of party ${i}; ${why} says what is wrong, if anything. */
enum tally_standing tally_agreement_standing(const struct tally_agreement *a,
                                             const char *path, size_t i,
                                             struct tally_err *why);

/**
 * Open the agreement at ${path} for use on ${today}: read, checked, signed by every party
 * and in force. Cards that others took over from are replaced in it. Errors: as
 * tally_agreement_read, but TALLY_E_CORRUPT for what is not the text that was signed;
 * TALLY_E_POLICY (not signed by all, refused by the check, not yet or no longer in force,
 * a card revoked); TALLY_E_CORRUPT, TALLY_E_KEY (a signature).
 */
TALLY_NODISCARD int tally_agreement_open(struct tally_agreement **out, const char *path,
                                         const char *today, struct tally_err *err);

#endif

/*
 * Identities: the signing and sealing keys of an organisation under a passphrase, and the
 * public card it hands out. docs/protocols/identity.md.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_PROTOCOLS_IDENTITY_H
#define TALLY_PROTOCOLS_IDENTITY_H

#include "bloom/base/err.h"
#include "bloom/base/file.h"
#include "bloom/base/json.h"
#include "bloom/base/secret.h"
#include "protocols/party.h"
#include "protocols/passbox.h"
#include "protocols/seal.h"
#include "protocols/sign.h"
#include "protocols/words.h"

/** Names of the two files in an identity's folder. */
#define TALLY_IDENTITY_CARD "identity.card"
#define TALLY_IDENTITY_KEY  "identity.key"

/** What a card says. The fingerprint is the digest of the card's exact bytes: it pins
 * name, kind and both keys, and is what people compare in words. */
struct tally_card {
    char name[TALLY_PARTY_NAME_MAX + 1];
    enum tally_party_kind kind;
    char made[11]; /* 2026-11-22 */
    uint8_t sign[TALLY_SIGN_PUBLIC_BYTES];
    uint8_t seal[TALLY_SEAL_PUBLIC_BYTES];
    uint8_t fingerprint[TALLY_DIGEST_BYTES];
};

/** Read and check the card at ${path}: signed by its own key, with a name and a kind that
 * may be. Errors: as tally_paper_read. */
TALLY_NODISCARD int tally_card_read(struct tally_card *out, const char *path,
                                    struct tally_err *err);

/** Whether two cards are one. */
bool tally_card_same(const struct tally_card *a, const struct tally_card *b);

/** A card with its secrets, which open for one call at a time. */
struct tally_identity {
    struct tally_card card;
    struct tally_secret *sign; /* Ed25519 seed */
    struct tally_secret *seal; /* X25519 secret key */
};

/**
 * Make an identity in the new or empty folder ${dir} (0700): card and keys, both or
 * neither. Errors: TALLY_E_USAGE (name; passphrase shorter than TALLY_PASSPHRASE_MIN),
 * TALLY_E_EXISTS (an identity is there: it is never replaced), TALLY_E_IO, TALLY_E_NOMEM.
 */
TALLY_NODISCARD int tally_identity_create(const char *dir, const char *name,
                                          enum tally_party_kind kind,
                                          struct tally_secret *passphrase,
                                          const struct tally_passbox_cost *cost,
                                          struct tally_card *out, struct tally_err *err);

/** Open the identity in ${dir}. Errors: TALLY_E_KEY (passphrase, permissions, keys that
 * are not the card's), TALLY_E_CORRUPT, TALLY_E_NO_FILE, TALLY_E_NOMEM. Caller closes. */
TALLY_NODISCARD int tally_identity_open(struct tally_identity *out, const char *dir,
                                        struct tally_secret *passphrase,
                                        struct tally_err *err);
/** Put the keys in ${dir} under the passphrase ${next} in ${f}, which the caller commits
 * and frees. Errors: as tally_identity_open; TALLY_E_USAGE (${next} is too short). */
TALLY_NODISCARD int tally_identity_relock(struct tally_outfile **f, const char *dir,
                                          struct tally_secret *passphrase,
                                          struct tally_secret *next,
                                          const struct tally_passbox_cost *cost,
                                          struct tally_err *err);
/** Wipes. Safe on a zeroed identity. */
void tally_identity_close(struct tally_identity *id);

#endif

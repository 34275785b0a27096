/*
 * Private to the ceremony: its papers, and what an owner keeps between steps.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_PROTOCOLS_CEREMONY_IMPL_H
#define TALLY_PROTOCOLS_CEREMONY_IMPL_H

#include "protocols/ceremony.h"

#define TALLY_CONTRIBUTION_BYTES 32
#define TALLY_BLIND_BYTES        32
/** What is committed to and later opened: the contribution and its blind. */
#define TALLY_OPENING_BYTES (TALLY_CONTRIBUTION_BYTES + TALLY_BLIND_BYTES)
#define TALLY_ANSWER_BYTES  32 /* X25519 keys */
/** An opening as sealed: nonce, cipher text, tag. */
#define TALLY_SEALED_BYTES (24 + TALLY_OPENING_BYTES + 16)
/** FILE.NN.secret: opening, then the secret of the answer key. */
#define TALLY_CEREMONY_SECRET (TALLY_OPENING_BYTES + TALLY_ANSWER_BYTES)

/** An owner's commitment as read. */
struct tally_commitment {
    uint8_t digest[TALLY_DIGEST_BYTES]; /* of the paper's body */
    uint8_t value[TALLY_DIGEST_BYTES];
    uint8_t answer[TALLY_ANSWER_BYTES]; /* public key to seal openings to */
};

/** The owners of an agreement, in its order, and their commitments. */
struct tally_commitments {
    size_t n;
    size_t party[TALLY_AGREEMENT_PARTIES_MAX]; /* number in the agreement */
    struct tally_commitment of[TALLY_AGREEMENT_PARTIES_MAX];
    uint8_t transcript[TALLY_DIGEST_BYTES]; /* of all digests in order */
};

/** FILE.NN.KIND for party ${party}. Malloced. */
TALLY_NODISCARD int tally_ceremony_path(const char *path, size_t party, const char *kind,
                                        char **out, struct tally_err *err);

/** The number of ${self} among the parties; TALLY_E_POLICY unless a data owner. */
TALLY_NODISCARD int tally_ceremony_self(const struct tally_ceremony *c, size_t *party,
                                        struct tally_err *err);

/** The public part of an answer key. */
void tally_answer_public(const uint8_t secret[TALLY_ANSWER_BYTES],
                         uint8_t out[TALLY_ANSWER_BYTES]);

/** What is committed to for ${opening}. */
void tally_commitment_value(const struct tally_agreement *a,
                            const struct tally_card *card,
                            const uint8_t opening[TALLY_OPENING_BYTES],
                            uint8_t out[TALLY_DIGEST_BYTES]);

/** Read every owner's commitment. */
TALLY_NODISCARD int tally_commitments_read(const struct tally_agreement *a,
                                           const char *path,
                                           struct tally_commitments *out,
                                           struct tally_err *err);

/** The owner's FILE.NN.secret. */
TALLY_NODISCARD int tally_ceremony_secret_read(const struct tally_ceremony *c,
                                               size_t party, struct tally_secret **out,
                                               struct tally_err *err);
/** Overwrite and remove it. */
TALLY_NODISCARD int tally_ceremony_secret_wipe(const struct tally_ceremony *c,
                                               size_t party, struct tally_err *err);

#endif

/*
 * The key ceremony: the data owners make the linkage key together, without the linker.
 * Commit, sign the complete set, contribute (sealed to each other), combine, wipe.
 * docs/protocols/ceremony.md has the steps and what each protects against.
 *
 * All papers lie beside the agreement FILE under a party's number: FILE.01.commitment,
 * FILE.01.contribution, FILE.01.ceremony; FILE.01.secret is the owner's own, and gone
 * after the key is made.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_PROTOCOLS_CEREMONY_H
#define TALLY_PROTOCOLS_CEREMONY_H

#include "bloom/kdf.h"
#include "protocols/agreement.h"
#include "protocols/identity.h"

/** One owner at work. */
struct tally_ceremony {
    const struct tally_agreement *agreement; /* opened for use */
    const char *path;                        /* of its file */
    const struct tally_identity *self;       /* a data owner's */
    struct tally_secret *passphrase;         /* of the identity: keeps FILE.NN.secret */
    const struct tally_passbox_cost *cost;
    bool force; /* start anew: what stands of the owner's own is replaced */
};

/** Step 1: draw a contribution and a key to answer to, keep both in FILE.NN.secret, and
 * write the signed commitment. Errors: TALLY_E_POLICY (not a data owner), TALLY_E_EXISTS,
 * TALLY_E_IO. */
TALLY_NODISCARD int tally_ceremony_commit(const struct tally_ceremony *c,
                                          struct tally_err *err);

/** Step 2: check that every owner has committed, and write one paper that signs the
 * complete set and holds the opening sealed to each other owner. Errors: TALLY_E_POLICY
 * (an owner's commitment is missing: says whose), TALLY_E_CORRUPT, TALLY_E_KEY (a paper
 * that is not what it should be). */
TALLY_NODISCARD int tally_ceremony_contribute(const struct tally_ceremony *c,
                                              struct tally_err *err);

/**
 * Step 3: check that all signed one and the same set, open what is sealed to this owner,
 * check each opening against its commitment, derive the key from all of them and write it
 * to ${out}, with a signed record for comparing in FILE.NN.ceremony; then wipe and remove
 * FILE.NN.secret. The check value goes to ${check}. Errors: TALLY_E_POLICY (missing or
 * late: whose), TALLY_E_KEY (an owner showed different commitments to others, or opened
 * another value than committed to: whose; the ceremony is to be started anew),
 * TALLY_E_CORRUPT.
 */
TALLY_NODISCARD int tally_ceremony_combine(const struct tally_ceremony *c,
                                           const char *out,
                                           uint8_t check[TALLY_KEY_CHECK_BYTES],
                                           struct tally_err *err);

/** Compare ${check} with the records of all owners beside the agreement. TALLY_E_POLICY
 * names an owner without one, TALLY_E_KEY_MISMATCH one whose key is another. */
TALLY_NODISCARD int tally_ceremony_compare(const struct tally_agreement *a,
                                           const char *path,
                                           const uint8_t check[TALLY_KEY_CHECK_BYTES],
                                           struct tally_err *err);

/** Put FILE.NN.secret of party ${party} under the passphrase ${next}, if there is one:
 * in ${f}, which the caller commits and frees. */
TALLY_NODISCARD int tally_ceremony_relock(struct tally_outfile **f,
                                          const struct tally_agreement *a,
                                          const char *path, size_t party,
                                          struct tally_secret *passphrase,
                                          struct tally_secret *next,
                                          const struct tally_passbox_cost *cost,
                                          struct tally_err *err);

#endif

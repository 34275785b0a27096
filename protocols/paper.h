/*
 * Papers: short signed statements (cards, commitments, receipts, certificates). A paper
 * is the text of one JSON object and a last line "signature KEY SIGNATURE" over the exact
 * bytes before it. docs/protocols/paper.md.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_PROTOCOLS_PAPER_H
#define TALLY_PROTOCOLS_PAPER_H

#include "bloom/base/err.h"
#include "bloom/base/file.h"
#include "bloom/base/json.h"
#include "bloom/base/secret.h"
#include "protocols/sign.h"

#define TALLY_PAPER_BYTES_MAX (1u << 20)

/** What kinds of paper there are: what they are called, and what is signed with them. */
enum tally_paper_kind {
    TALLY_PAPER_CARD,         /* an identity's public keys, by itself */
    TALLY_PAPER_ROTATION,     /* one card takes over from another, by the old key */
    TALLY_PAPER_REVOCATION,   /* a card holds no more, by its own key */
    TALLY_PAPER_AGREEMENT,    /* a party agrees to an agreement's exact bytes */
    TALLY_PAPER_COMMITMENT,   /* ceremony: to a contribution, with a key to answer to */
    TALLY_PAPER_CONTRIBUTION, /* ceremony: the opening, sealed to each other owner */
    TALLY_PAPER_CEREMONY,     /* ceremony: what came of it, for comparing */
    TALLY_PAPER_SHARE,        /* a share of a key in escrow */
    TALLY_PAPER_DESTRUCTION,  /* what was destroyed, and when */
    TALLY_PAPER_RECEIPT,      /* a package has arrived, and what its sender's log said */
    TALLY_PAPER_SHEET,        /* what a data owner says of a delivery */
    TALLY_PAPER_REQUEST,      /* an analyst asks to release records */
    TALLY_PAPER_APPROVAL,     /* an output checker lets what was asked for leave */
    TALLY_PAPER_KINDS
};

/** "card", "rotation"... as errors and the papers themselves say. */
const char *tally_paper_kind_name(enum tally_paper_kind kind);

/** The body of a new paper: an object that says its kind and version. Add to it, then
 * tally_paper_write frees it. NULL when out of memory, which all takers accept. */
struct tally_jnode *tally_paper_body(enum tally_paper_kind kind);

/** Sign ${body} with ${seed} and append the paper to ${f}, which is not committed. Frees
 * ${body}. Errors: TALLY_E_NOMEM, TALLY_E_IO. */
TALLY_NODISCARD int tally_paper_write(struct tally_outfile *f, enum tally_paper_kind kind,
                                      struct tally_jnode *body, struct tally_secret *seed,
                                      struct tally_err *err);

/** A paper that was read. Its signature holds, which says that the holder of ${key} wrote
 * it: who that is, the caller must know. */
struct tally_paper {
    uint8_t key[TALLY_SIGN_PUBLIC_BYTES];
    uint8_t digest[TALLY_DIGEST_BYTES]; /* of the exact bytes of the body */
    struct tally_json_doc *doc;
};

/** Whether the file at ${path} ends as papers do: one that does and begins as nothing that
 * is known was changed. */
bool tally_paper_at_end(const char *path);

/**
 * Read the paper of ${kind} at ${path}, which must be signed by ${key} (NULL: by
 * whomever). The signature is checked before anything is parsed. Free with
 * tally_paper_free. Errors: TALLY_E_CORRUPT (cut, changed, not a paper, another kind or
 * version), TALLY_E_KEY (signed by another), TALLY_E_NO_FILE, TALLY_E_NOMEM.
 */
TALLY_NODISCARD int tally_paper_read(struct tally_paper *out, const char *path,
                                     enum tally_paper_kind kind,
                                     const uint8_t key[TALLY_SIGN_PUBLIC_BYTES],
                                     struct tally_err *err);
/** Safe on a zeroed paper. */
void tally_paper_free(struct tally_paper *p);

#endif

/*
 * Signatures of agreements.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "protocols/agreement_sign.h"

#include "bloom/base/bytes.h"
#include "bloom/base/file.h"
#include "bloom/meta.h"
#include "protocols/boxfile.h"
#include "protocols/calendar.h"
#include "protocols/paper.h"
#include "protocols/seal.h"
#include "protocols/standing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* FILE.NN.KIND, malloced. */
static int
beside(const char *path, size_t party, const char *kind, char **out,
       struct tally_err *err)
{
    size_t cap = strlen(path) + strlen(kind) + 8;

    *out = malloc(cap);
    if (*out == NULL) {
        return tally_err_nomem(err);
    }
    (void)snprintf(*out, cap, "%s.%02zu.%s", path, (party + 1) % 1000, kind);
    return 0;
}

/* The first thing that stands against ${a}. */
static int
must_pass(const struct tally_agreement *a, const char *path, struct tally_err *err)
{
    struct tally_findings found;
    int rc = 0;

    if (tally_agreement_check(a, &found, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < found.n && rc == 0; i++) {
        if (found.list[i].refused) {
            tally_err_set(err, TALLY_E_POLICY, "%s: %s", path, found.list[i].text);
            rc = tally_err_hint(err, "%s", found.list[i].advice);
        }
    }
    tally_findings_free(&found);
    return rc;
}

static const struct tally_boxfile unseal_file = {
    .title = "tallystick unsealing key 1",
    .comment =
        "# Keep this file secret: it opens what is sealed to you under one agreement. "
        "Destroy it at the end.",
    .what = "the unsealing key of an agreement",
    .secret_len = TALLY_SEAL_SECRET_BYTES,
};

/* A key of one agreement does not open under another. */
static void
unseal_context(const struct tally_agreement *a, char out[64])
{
    char hex[33];

    tally_hex_encode(a->digest, 16, hex);
    (void)snprintf(out, 64, "tally/v1/unseal %s", hex);
}

static int
write_signature(struct tally_outfile *f, const struct tally_agreement *a,
                const struct tally_identity *id,
                const uint8_t seal[TALLY_SEAL_PUBLIC_BYTES], struct tally_err *err)
{
    struct tally_jnode *body = tally_paper_body(TALLY_PAPER_AGREEMENT);
    char today[TALLY_DAY];

    tally_today(today);
    tally_meta_set_hex(body, "agreement", a->digest, sizeof a->digest);
    tally_jset_str(body, "reference", a->reference);
    tally_jset_str(body, "party", id->card.name);
    tally_meta_set_hex(body, "card", id->card.fingerprint, sizeof id->card.fingerprint);
    tally_meta_set_hex(body, "seal", seal, TALLY_SEAL_PUBLIC_BYTES);
    tally_jset_str(body, "signed", today);
    return tally_paper_write(f, TALLY_PAPER_AGREEMENT, body, id->sign, err);
}

/* Both files of a signature, or neither. */
static int
write_both(const char *const names[2], const struct tally_agreement *a,
           const struct tally_identity *id, struct tally_secret *passphrase,
           const struct tally_passbox_cost *cost, bool force, struct tally_err *err)
{
    struct tally_outfile *files[2] = {NULL, NULL};
    struct tally_secret *secret = NULL;
    uint8_t seal[TALLY_SEAL_PUBLIC_BYTES];
    char context[64];
    int rc = -1;

    unseal_context(a, context);
    if (tally_seal_create(&secret, seal, err) == 0 &&
        tally_outfile_open(&files[0], names[0], 0644, force, err) == 0 &&
        tally_outfile_open(&files[1], names[1], 0600, force, err) == 0 &&
        write_signature(files[0], a, id, seal, err) == 0 &&
        tally_boxfile_write(files[1], &unseal_file, secret, passphrase, context, cost,
                            err) == 0) {
        rc = tally_outfile_commit(files, 2, err);
    }
    tally_outfile_free(files[0]);
    tally_outfile_free(files[1]);
    tally_secret_free(secret);
    return rc;
}

/* That ${id} may sign today. */
static int
may_sign(const struct tally_agreement *a, const char *path,
         const struct tally_identity *id, size_t *party, struct tally_err *err)
{
    const struct tally_agreed_party *p = tally_agreement_party(a, &id->card);
    char today[TALLY_DAY];

    if (p == NULL) {
        tally_err_set(err, TALLY_E_POLICY, "%s: %s is not a party by this card", path,
                      id->card.name);
        return tally_err_hint(err, "the convenor puts the card into the draft");
    }
    *party = (size_t)(p - a->parties);
    tally_today(today);
    if (strcmp(today, a->dates.expires) > 0) {
        return tally_err_set(err, TALLY_E_POLICY, "%s: the agreement ended on %s", path,
                             a->dates.expires);
    }
    return must_pass(a, path, err);
}

int
tally_agreement_sign(const struct tally_agreement *a, const char *path,
                     const struct tally_identity *id, struct tally_secret *passphrase,
                     const struct tally_passbox_cost *cost, bool force, char **written,
                     struct tally_err *err)
{
    char *names[2] = {NULL, NULL};
    size_t party = 0;
    int rc = -1;

    if (may_sign(a, path, id, &party, err) != 0) {
        return -1;
    }
    if (beside(path, party, "sig", &names[0], err) == 0 &&
        beside(path, party, "unseal", &names[1], err) == 0) {
        rc = write_both((const char *const *)names, a, id, passphrase, cost, force, err);
    }
    if (rc == 0) {
        *written = names[0];
        names[0] = NULL;
    }
    free(names[0]);
    free(names[1]);
    return rc;
}

int
tally_agreement_unseal(const struct tally_agreement *a, const char *path, size_t i,
                       struct tally_secret *passphrase, struct tally_secret **out,
                       struct tally_err *err)
{
    uint8_t seal[TALLY_SEAL_PUBLIC_BYTES];
    char context[64];
    char *name = NULL;
    int rc;

    if (beside(path, i, "unseal", &name, err) != 0) {
        return -1;
    }
    unseal_context(a, context);
    rc = tally_boxfile_read(name, &unseal_file, passphrase, context, out, err);
    if (rc != 0 && err->code == TALLY_E_KEY && err->hint[0] == '\0') {
        tally_err_hint(err, "if the passphrase is that of the identity, the file is under "
                            "an earlier one: 'identity passphrase' takes it along");
    }
    if (rc == 0) {
        tally_seal_public(*out, seal);
        if (memcmp(seal, a->parties[i].seal, sizeof seal) != 0) {
            tally_secret_free(*out);
            *out = NULL;
            rc = tally_err_set(err, TALLY_E_KEY,
                               "%s: not the key of the signature beside it", name);
        }
    }
    free(name);
    return rc;
}

int
tally_agreement_relock(struct tally_outfile **f, const struct tally_agreement *a,
                       const char *path, size_t i, struct tally_secret *passphrase,
                       struct tally_secret *next, const struct tally_passbox_cost *cost,
                       struct tally_err *err)
{
    char context[64];
    char *name = NULL;
    int rc;

    if (beside(path, i, "unseal", &name, err) != 0) {
        return -1;
    }
    unseal_context(a, context);
    rc = tally_boxfile_relock(f, name, &unseal_file, passphrase, next, context, cost,
                              err);
    free(name);
    return rc;
}

/* That ${p} is of this agreement and this card. */
static int
speaks_of(const struct tally_paper *p, const char *name, const struct tally_agreement *a,
          const struct tally_card *card, uint8_t seal[TALLY_SEAL_PUBLIC_BYTES],
          struct tally_err *err)
{
    struct tally_json root = tally_json_root(p->doc);
    uint8_t agreement[TALLY_DIGEST_BYTES], fingerprint[TALLY_DIGEST_BYTES];

    if (tally_meta_hex(&root, "agreement", agreement, sizeof agreement, err) != 0 ||
        tally_meta_hex(&root, "card", fingerprint, sizeof fingerprint, err) != 0 ||
        tally_meta_hex(&root, "seal", seal, TALLY_SEAL_PUBLIC_BYTES, err) != 0) {
        return tally_meta_failed(err);
    }
    if (memcmp(agreement, a->digest, sizeof agreement) != 0) {
        tally_err_set(err, TALLY_E_CORRUPT,
                      "%s: signs another text than that of the agreement", name);
        return tally_err_hint(err,
                              "the agreement was changed after it was signed, or the "
                              "signature belongs to another: ask the convenor which "
                              "text all have signed");
    }
    return memcmp(fingerprint, card->fingerprint, sizeof fingerprint) == 0
               ? 0
               : tally_err_set(err, TALLY_E_KEY, "%s: signed by another card of %s", name,
                               card->name);
}

/* The signature of ${card} in the file ${name}. */
static int
check_signature(const char *name, const struct tally_agreement *a,
                const struct tally_card *card, uint8_t seal[TALLY_SEAL_PUBLIC_BYTES],
                struct tally_err *err)
{
    struct tally_paper p;
    int rc;

    if (tally_paper_read(&p, name, TALLY_PAPER_AGREEMENT, card->sign, err) != 0) {
        return -1;
    }
    rc = speaks_of(&p, name, a, card, seal, err);
    tally_paper_free(&p);
    return rc;
}

/* Whether the party's card is revoked, by a file that may lie beside. */
static int
check_revoked(const char *path, size_t i, const struct tally_card *card, bool *revoked,
              struct tally_err *err)
{
    char *name = NULL;
    char from[TALLY_DAY];
    int rc = 0;

    *revoked = false;
    if (beside(path, i, "revoked", &name, err) != 0) {
        return -1;
    }
    if (access(name, F_OK) == 0) {
        rc = tally_revocation_check(name, card, from, err);
        *revoked = rc == 0;
        if (*revoked) {
            rc = tally_err_set(err, TALLY_E_POLICY, "%s revoked its card on %s",
                               card->name, from);
            tally_err_hint(err, "agree anew with its next card");
        }
    }
    free(name);
    return rc;
}

/* The standing of party ${i}, and the key to seal to it. */
static enum tally_standing
standing_of(const struct tally_agreement *a, const char *path, size_t i,
            uint8_t seal[TALLY_SEAL_PUBLIC_BYTES], struct tally_err *why)
{
    const struct tally_card *card = &a->parties[i].card;
    enum tally_standing standing = TALLY_STANDING_SIGNED;
    char *name = NULL;
    bool revoked;

    if (check_revoked(path, i, card, &revoked, why) != 0) {
        return revoked ? TALLY_STANDING_REVOKED : TALLY_STANDING_INVALID;
    }
    if (beside(path, i, "sig", &name, why) != 0) {
        return TALLY_STANDING_INVALID;
    }
    if (access(name, F_OK) != 0) {
        tally_err_set(why, TALLY_E_POLICY, "%s: not signed by %s", path, card->name);
        tally_err_hint(why, "its signature belongs into %s", name);
        standing = TALLY_STANDING_UNSIGNED;
    } else if (check_signature(name, a, card, seal, why) != 0) {
        standing = TALLY_STANDING_INVALID;
    }
    free(name);
    return standing;
}

enum tally_standing
tally_agreement_standing(const struct tally_agreement *a, const char *path, size_t i,
                         struct tally_err *why)
{
    uint8_t seal[TALLY_SEAL_PUBLIC_BYTES];

    return standing_of(a, path, i, seal, why);
}

/* Put the card that took over in the place of party ${i}'s, where there is one. */
static int
follow_rotation(struct tally_agreement *a, const char *path, size_t i,
                struct tally_err *err)
{
    char *rotation = NULL, *card = NULL;
    struct tally_card next;
    int rc = -1;

    if (beside(path, i, "rotation", &rotation, err) == 0 &&
        beside(path, i, "card", &card, err) == 0) {
        rc = 0;
    }
    if (rc == 0 && access(rotation, F_OK) == 0) {
        rc = tally_card_read(&next, card, err) == 0
                 ? tally_rotation_check(rotation, &a->parties[i].card, &next, err)
                 : -1;
        if (rc == 0) {
            a->parties[i].card = next;
        }
    }
    free(rotation);
    free(card);
    return rc;
}

static int
in_force(const struct tally_agreement *a, const char *path, const char *today,
         struct tally_err *err)
{
    if (strcmp(today, a->dates.starts) < 0) {
        tally_err_set(err, TALLY_E_POLICY, "%s: in force from %s; today is %s", path,
                      a->dates.starts, today);
        return tally_err_hint(err, "wait until then; or is this machine's clock wrong?");
    }
    if (strcmp(today, a->dates.expires) > 0) {
        tally_err_set(err, TALLY_E_POLICY, "%s: the agreement ended on %s", path,
                      a->dates.expires);
        return tally_err_hint(err, "agree anew before anything more is sent or linked");
    }
    return 0;
}

/* Every party signed a text that can be read: what cannot is not that text. */
static int
unreadable(struct tally_err *err)
{
    switch (err->code) {
    case TALLY_E_JSON:
    case TALLY_E_SCHEMA:
    case TALLY_E_DATA:
    case TALLY_E_LIMIT:
        err->code = TALLY_E_CORRUPT;
        break;
    default:
        break;
    }
    return -1;
}

int
tally_agreement_open(struct tally_agreement **out, const char *path, const char *today,
                     struct tally_err *err)
{
    struct tally_agreement *a = NULL;
    int rc = tally_agreement_read(&a, path, err);

    if (rc != 0) {
        return unreadable(err);
    }
    for (size_t i = 0; i < a->nparties && rc == 0; i++) {
        rc = standing_of(a, path, i, a->parties[i].seal, err) == TALLY_STANDING_SIGNED
                 ? 0
                 : -1;
    }
    if (rc == 0) {
        rc = must_pass(a, path, err);
    }
    if (rc == 0) {
        rc = in_force(a, path, today, err);
    }
    for (size_t i = 0; i < a->nparties && rc == 0; i++) {
        rc = follow_rotation(a, path, i, err);
    }
    if (rc != 0) {
        tally_agreement_free(a);
        return -1;
    }
    *out = a;
    return 0;
}

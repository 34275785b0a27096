/*
 * The papers of a ceremony and what an owner keeps between its steps.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "protocols/ceremony_impl.h"

#include "bloom/base/bytes.h"
#include "bloom/base/domains.h"
#include "bloom/base/file.h"
#include "bloom/meta.h"
#include "protocols/boxfile.h"
#include "protocols/paper.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct tally_boxfile secret_file = {
    .title = "tallystick ceremony 1",
    .comment = "# Keep this file until the key is made. It never leaves your building.",
    .what = "the secret of a key ceremony",
    .secret_len = TALLY_CEREMONY_SECRET,
};

int
tally_ceremony_path(const char *path, size_t party, const char *kind, char **out,
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

int
tally_ceremony_self(const struct tally_ceremony *c, size_t *party, struct tally_err *err)
{
    const struct tally_agreed_party *p =
        tally_agreement_party(c->agreement, &c->self->card);

    if (p == NULL || (p->roles & TALLY_AS_OWNER) == 0) {
        tally_err_set(err, TALLY_E_POLICY, "%s is not a data owner in this agreement",
                      c->self->card.name);
        return tally_err_hint(err,
                              "the data owners make the key among themselves; nobody "
                              "else may hold it");
    }
    *party = (size_t)(p - c->agreement->parties);
    return 0;
}

void
tally_commitment_value(const struct tally_agreement *a, const struct tally_card *card,
                       const uint8_t opening[TALLY_OPENING_BYTES],
                       uint8_t out[TALLY_DIGEST_BYTES])
{
    static const char domain[] = TALLY_DOMAIN_CEREMONY_COMMIT;
    struct tally_digest_state st;
    uint8_t len[4];

    tally_le32_store(len, (uint32_t)sizeof domain - 1);
    tally_digest_init(&st);
    tally_digest_update(&st, len, sizeof len);
    tally_digest_update(&st, domain, sizeof domain - 1);
    tally_digest_update(&st, a->digest, sizeof a->digest);
    tally_digest_update(&st, card->fingerprint, sizeof card->fingerprint);
    tally_digest_update(&st, opening, TALLY_OPENING_BYTES);
    tally_digest_final(&st, out);
    tally_wipe(&st, sizeof st);
}

static int
parse_commitment(const struct tally_paper *p, const struct tally_agreement *a,
                 const char *name, struct tally_commitment *out, struct tally_err *err)
{
    struct tally_json root = tally_json_root(p->doc);
    uint8_t agreement[TALLY_DIGEST_BYTES];

    if (tally_meta_hex(&root, "agreement", agreement, sizeof agreement, err) != 0 ||
        tally_meta_hex(&root, "value", out->value, sizeof out->value, err) != 0 ||
        tally_meta_hex(&root, "answer", out->answer, sizeof out->answer, err) != 0) {
        return tally_meta_failed(err);
    }
    if (memcmp(agreement, a->digest, sizeof agreement) != 0) {
        return tally_err_set(err, TALLY_E_KEY, "%s: belongs to another agreement", name);
    }
    memcpy(out->digest, p->digest, sizeof out->digest);
    return 0;
}

static int
read_commitment(const struct tally_agreement *a, const char *path, size_t party,
                struct tally_commitment *out, struct tally_err *err)
{
    const struct tally_card *card = &a->parties[party].card;
    struct tally_paper p;
    char *name = NULL;
    int rc = -1;

    if (tally_ceremony_path(path, party, "commitment", &name, err) != 0) {
        return -1;
    }
    if (access(name, F_OK) != 0) {
        tally_err_set(err, TALLY_E_POLICY, "%s has not committed", card->name);
        tally_err_hint(err, "its commitment belongs into %s", name);
    } else if (tally_paper_read(&p, name, TALLY_PAPER_COMMITMENT, card->sign, err) == 0) {
        rc = parse_commitment(&p, a, name, out, err);
        tally_paper_free(&p);
    }
    free(name);
    return rc;
}

int
tally_commitments_read(const struct tally_agreement *a, const char *path,
                       struct tally_commitments *out, struct tally_err *err)
{
    struct tally_digest_state st;

    out->n = 0;
    tally_digest_init(&st);
    for (size_t i = 0; i < a->nparties; i++) {
        if ((a->parties[i].roles & TALLY_AS_OWNER) == 0) {
            continue;
        }
        out->party[out->n] = i;
        if (read_commitment(a, path, i, &out->of[out->n], err) != 0) {
            return -1;
        }
        tally_digest_update(&st, out->of[out->n].digest, TALLY_DIGEST_BYTES);
        out->n++;
    }
    tally_digest_final(&st, out->transcript);
    return 0;
}

/* A secret of one agreement does not open under another. */
static void
secret_context(const struct tally_agreement *a, char out[64])
{
    char hex[33];

    tally_hex_encode(a->digest, 16, hex);
    (void)snprintf(out, 64, "tally/v1/ceremony %s", hex);
}

int
tally_ceremony_secret_read(const struct tally_ceremony *c, size_t party,
                           struct tally_secret **out, struct tally_err *err)
{
    char context[64];
    char *name = NULL;
    int rc;

    if (tally_ceremony_path(c->path, party, "secret", &name, err) != 0) {
        return -1;
    }
    secret_context(c->agreement, context);
    if (access(name, F_OK) != 0) {
        rc = tally_err_set(err, TALLY_E_POLICY, "you have not committed: there is no %s",
                           name);
        tally_err_hint(err,
                       "run 'key commit' first; after 'key combine' the file is gone "
                       "for good");
    } else {
        rc = tally_boxfile_read(name, &secret_file, c->passphrase, context, out, err);
    }
    free(name);
    return rc;
}

int
tally_ceremony_secret_wipe(const struct tally_ceremony *c, size_t party,
                           struct tally_err *err)
{
    char *name = NULL;
    int rc;

    if (tally_ceremony_path(c->path, party, "secret", &name, err) != 0) {
        return -1;
    }
    rc = tally_file_destroy(name, err);
    free(name);
    return rc;
}

int
tally_ceremony_relock(struct tally_outfile **f, const struct tally_agreement *a,
                      const char *path, size_t party, struct tally_secret *passphrase,
                      struct tally_secret *next, const struct tally_passbox_cost *cost,
                      struct tally_err *err)
{
    char context[64];
    char *name = NULL;
    int rc;

    if (tally_ceremony_path(path, party, "secret", &name, err) != 0) {
        return -1;
    }
    secret_context(a, context);
    rc = access(name, F_OK) == 0 ? tally_boxfile_relock(f, name, &secret_file, passphrase,
                                                        next, context, cost, err)
                                 : 0;
    free(name);
    return rc;
}

/* Append the signed commitment to ${f}. */
static int
write_commitment(struct tally_outfile *f, const struct tally_ceremony *c,
                 const uint8_t value[TALLY_DIGEST_BYTES],
                 const uint8_t answer[TALLY_ANSWER_BYTES], struct tally_err *err)
{
    struct tally_jnode *body = tally_paper_body(TALLY_PAPER_COMMITMENT);

    tally_meta_set_hex(body, "agreement", c->agreement->digest, TALLY_DIGEST_BYTES);
    tally_jset_str(body, "party", c->self->card.name);
    tally_meta_set_hex(body, "value", value, TALLY_DIGEST_BYTES);
    tally_meta_set_hex(body, "answer", answer, TALLY_ANSWER_BYTES);
    return tally_paper_write(f, TALLY_PAPER_COMMITMENT, body, c->self->sign, err);
}

/* Both files or neither. */
static int
write_step(const struct tally_ceremony *c, size_t party, struct tally_secret *secret,
           const uint8_t value[TALLY_DIGEST_BYTES],
           const uint8_t answer[TALLY_ANSWER_BYTES], struct tally_err *err)
{
    struct tally_outfile *files[2] = {NULL, NULL};
    char *commitment = NULL, *own = NULL;
    char context[64];
    int rc = -1;

    secret_context(c->agreement, context);
    if (tally_ceremony_path(c->path, party, "commitment", &commitment, err) == 0 &&
        tally_ceremony_path(c->path, party, "secret", &own, err) == 0 &&
        tally_outfile_open(&files[0], commitment, 0644, c->force, err) == 0 &&
        tally_outfile_open(&files[1], own, 0600, c->force, err) == 0 &&
        write_commitment(files[0], c, value, answer, err) == 0 &&
        tally_boxfile_write(files[1], &secret_file, secret, c->passphrase, context,
                            c->cost, err) == 0) {
        rc = tally_outfile_commit(files, 2, err);
    }
    tally_outfile_free(files[0]);
    tally_outfile_free(files[1]);
    free(commitment);
    free(own);
    return rc;
}

int
tally_ceremony_commit(const struct tally_ceremony *c, struct tally_err *err)
{
    uint8_t value[TALLY_DIGEST_BYTES], answer[TALLY_ANSWER_BYTES];
    struct tally_secret *secret = NULL;
    uint8_t *bytes;
    size_t party;
    int rc;

    if (tally_ceremony_self(c, &party, err) != 0 ||
        tally_secret_create(&secret, TALLY_CEREMONY_SECRET, err) != 0) {
        return -1;
    }
    bytes = tally_secret_open(secret);
    tally_random(bytes, TALLY_CEREMONY_SECRET);
    tally_commitment_value(c->agreement, &c->agreement->parties[party].card, bytes,
                           value);
    tally_answer_public(bytes + TALLY_OPENING_BYTES, answer);
    tally_secret_close(secret);
    rc = write_step(c, party, secret, value, answer, err);
    tally_secret_free(secret);
    return rc;
}

/*
 * Identities. The two secrets lie in one box, so that one passphrase and one look at the
 * disc give both or none.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "protocols/identity.h"

#include "bloom/base/file.h"
#include "bloom/meta.h"
#include "protocols/boxfile.h"
#include "protocols/calendar.h"
#include "protocols/paper.h"
#include "protocols/seal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECRET_BYTES (TALLY_SIGN_SEED_BYTES + TALLY_SEAL_SECRET_BYTES)

static const struct tally_boxfile key_file = {
    .title = "tallystick identity 1",
    .comment = "# Keep this file and its passphrase secret: whoever holds both can sign "
               "and open files in your organisation's name.",
    .what = "the keys of a Tallystick identity",
    .secret_len = SECRET_BYTES,
};
static const char key_context[] = "tally/v1/identity box";

bool
tally_card_same(const struct tally_card *a, const struct tally_card *b)
{
    return memcmp(a->fingerprint, b->fingerprint, sizeof a->fingerprint) == 0;
}

/* What a card must say, beyond being signed by its key. */
static int
parse_card(const struct tally_paper *p, struct tally_card *out, struct tally_err *err)
{
    static const char *const known[] = {"tallystick", "version", "name", "kind",
                                        "made",       "sign",    "seal", NULL};
    struct tally_json root = tally_json_root(p->doc);
    char kind[40];

    if (tally_json_only(&root, known, err) != 0 ||
        tally_meta_text(&root, "name", TALLY_PARTY_NAME_MAX, out->name, err) != 0 ||
        tally_meta_text(&root, "kind", sizeof kind - 1, kind, err) != 0 ||
        tally_meta_text(&root, "made", 10, out->made, err) != 0 ||
        tally_meta_hex(&root, "sign", out->sign, sizeof out->sign, err) != 0 ||
        tally_meta_hex(&root, "seal", out->seal, sizeof out->seal, err) != 0) {
        return tally_meta_failed(err);
    }
    if (!tally_party_name_valid(out->name)) {
        return tally_err_set(err, TALLY_E_CORRUPT, "the name on the card may not be one");
    }
    if (tally_party_kind(kind, &out->kind, err) != 0) {
        return tally_err_set(err, TALLY_E_CORRUPT, "the card is of an unknown kind");
    }
    if (memcmp(out->sign, p->key, sizeof p->key) != 0) {
        return tally_err_set(err, TALLY_E_CORRUPT, "the card is signed by another key");
    }
    memcpy(out->fingerprint, p->digest, sizeof out->fingerprint);
    return 0;
}

int
tally_card_read(struct tally_card *out, const char *path, struct tally_err *err)
{
    struct tally_paper p;
    int rc;

    if (tally_paper_read(&p, path, TALLY_PAPER_CARD, NULL, err) != 0) {
        return -1;
    }
    rc = parse_card(&p, out, err);
    tally_paper_free(&p);
    return rc == 0 ? 0 : tally_err_wrap(err, "%s", path);
}

/* DIR/NAME, malloced. */
static int
path_in(const char *dir, const char *name, char **out, struct tally_err *err)
{
    size_t cap = strlen(dir) + strlen(name) + 2;

    *out = malloc(cap);
    if (*out == NULL) {
        return tally_err_nomem(err);
    }
    (void)snprintf(*out, cap, "%s/%s", dir, name);
    return 0;
}

/* New random secrets in ${id}, and what is public of them on its card. */
static int
make_keys(struct tally_identity *id, struct tally_err *err)
{
    if (tally_secret_create(&id->sign, TALLY_SIGN_SEED_BYTES, err) != 0 ||
        tally_seal_create(&id->seal, id->card.seal, err) != 0) {
        return -1;
    }
    tally_random(tally_secret_open(id->sign), TALLY_SIGN_SEED_BYTES);
    tally_secret_close(id->sign);
    return tally_sign_public(id->sign, id->card.sign, err);
}

static int
write_card(struct tally_outfile *f, const struct tally_identity *id,
           struct tally_err *err)
{
    const struct tally_card *c = &id->card;
    struct tally_jnode *body = tally_paper_body(TALLY_PAPER_CARD);

    tally_jset_str(body, "name", c->name);
    tally_jset_str(body, "kind", tally_party_rules(c->kind)->code);
    tally_jset_str(body, "made", c->made);
    tally_meta_set_hex(body, "sign", c->sign, sizeof c->sign);
    tally_meta_set_hex(body, "seal", c->seal, sizeof c->seal);
    return tally_paper_write(f, TALLY_PAPER_CARD, body, id->sign, err);
}

/* Both secrets, one after the other. */
static int
join_secrets(const struct tally_identity *id, struct tally_secret **out,
             struct tally_err *err)
{
    uint8_t *both;

    if (tally_secret_create(out, SECRET_BYTES, err) != 0) {
        return -1;
    }
    both = tally_secret_open(*out);
    memcpy(both, tally_secret_open(id->sign), TALLY_SIGN_SEED_BYTES);
    memcpy(both + TALLY_SIGN_SEED_BYTES, tally_secret_open(id->seal),
           TALLY_SEAL_SECRET_BYTES);
    tally_secret_close(id->sign);
    tally_secret_close(id->seal);
    tally_secret_close(*out);
    return 0;
}

static int
split_secrets(struct tally_secret *joined, struct tally_identity *id,
              struct tally_err *err)
{
    const uint8_t *both;

    if (tally_secret_create(&id->sign, TALLY_SIGN_SEED_BYTES, err) != 0 ||
        tally_secret_create(&id->seal, TALLY_SEAL_SECRET_BYTES, err) != 0) {
        return -1;
    }
    both = tally_secret_open(joined);
    memcpy(tally_secret_open(id->sign), both, TALLY_SIGN_SEED_BYTES);
    memcpy(tally_secret_open(id->seal), both + TALLY_SIGN_SEED_BYTES,
           TALLY_SEAL_SECRET_BYTES);
    tally_secret_close(id->sign);
    tally_secret_close(id->seal);
    tally_secret_close(joined);
    return 0;
}

static int
write_key(struct tally_outfile *f, const struct tally_identity *id,
          struct tally_secret *passphrase, const struct tally_passbox_cost *cost,
          struct tally_err *err)
{
    struct tally_secret *both = NULL;
    int rc = -1;

    if (join_secrets(id, &both, err) == 0) {
        rc = tally_boxfile_write(f, &key_file, both, passphrase, key_context, cost, err);
    }
    tally_secret_free(both);
    return rc;
}

/* Write card and keys into ${dir}. */
static int
write_files(const char *dir, const struct tally_identity *id,
            struct tally_secret *passphrase, const struct tally_passbox_cost *cost,
            struct tally_err *err)
{
    struct tally_outfile *files[2] = {NULL, NULL};
    char *card = NULL, *key = NULL;
    int rc = -1;

    if (path_in(dir, TALLY_IDENTITY_CARD, &card, err) == 0 &&
        path_in(dir, TALLY_IDENTITY_KEY, &key, err) == 0 &&
        tally_outfile_open(&files[0], card, 0644, false, err) == 0 &&
        tally_outfile_open(&files[1], key, 0600, false, err) == 0 &&
        write_card(files[0], id, err) == 0 &&
        write_key(files[1], id, passphrase, cost, err) == 0) {
        rc = tally_outfile_commit(files, 2, err);
    }
    if (rc != 0 && err->code == TALLY_E_EXISTS) {
        tally_err_hint(err, "an identity is never replaced: give another folder");
    }
    tally_outfile_free(files[0]);
    tally_outfile_free(files[1]);
    free(card);
    free(key);
    return rc;
}

static int
check_passphrase(const struct tally_secret *passphrase, struct tally_err *err)
{
    if (tally_secret_len(passphrase) < TALLY_PASSPHRASE_MIN) {
        tally_err_set(err, TALLY_E_USAGE, "the passphrase is shorter than %d characters",
                      TALLY_PASSPHRASE_MIN);
        return tally_err_hint(err, "four or five words drawn at random make a good one");
    }
    return 0;
}

static int
check_new(const char *name, struct tally_secret *passphrase, struct tally_err *err)
{
    if (!tally_party_name_valid(name)) {
        tally_err_set(err, TALLY_E_USAGE, "this may not be the name of a party");
        return tally_err_hint(err,
                              "2 to %d Latin letters, figures, single blanks and "
                              "& ' ( ) , - . between them",
                              TALLY_PARTY_NAME_MAX);
    }
    return check_passphrase(passphrase, err);
}

int
tally_identity_create(const char *dir, const char *name, enum tally_party_kind kind,
                      struct tally_secret *passphrase,
                      const struct tally_passbox_cost *cost, struct tally_card *out,
                      struct tally_err *err)
{
    struct tally_identity id = {.sign = NULL};
    bool made = false;
    char *card = NULL, *key = NULL;
    int rc = -1;

    if (check_new(name, passphrase, err) != 0) {
        return -1;
    }
    (void)snprintf(id.card.name, sizeof id.card.name, "%s", name);
    id.card.kind = kind;
    tally_today(id.card.made);
    if (mkdir(dir, 0700) == 0) {
        made = true;
    } else if (errno != EEXIST) {
        return tally_err_errno(err, TALLY_E_IO, "cannot make the folder %s", dir);
    }
    if (path_in(dir, TALLY_IDENTITY_CARD, &card, err) == 0 &&
        path_in(dir, TALLY_IDENTITY_KEY, &key, err) == 0 && make_keys(&id, err) == 0 &&
        write_files(dir, &id, passphrase, cost, err) == 0) {
        rc = tally_card_read(out, card, err);
        if (rc != 0) {
            (void)unlink(card);
            (void)unlink(key);
        }
    }
    if (rc != 0 && made) {
        (void)rmdir(dir);
    }
    free(card);
    free(key);
    tally_identity_close(&id);
    return rc;
}

/* That the secrets belong to the card. */
static int
check_keys(const struct tally_identity *id, const char *path, struct tally_err *err)
{
    uint8_t sign[TALLY_SIGN_PUBLIC_BYTES], seal[TALLY_SEAL_PUBLIC_BYTES];

    if (tally_sign_public(id->sign, sign, err) != 0) {
        return -1;
    }
    tally_seal_public(id->seal, seal);
    if (memcmp(sign, id->card.sign, sizeof sign) != 0 ||
        memcmp(seal, id->card.seal, sizeof seal) != 0) {
        return tally_err_set(err, TALLY_E_KEY, "%s: not the keys of the card beside it",
                             path);
    }
    return 0;
}

static int
open_key(struct tally_identity *id, const char *path, struct tally_secret *passphrase,
         struct tally_err *err)
{
    struct tally_secret *both = NULL;
    int rc;

    if (tally_boxfile_read(path, &key_file, passphrase, key_context, &both, err) != 0) {
        return -1;
    }
    rc = split_secrets(both, id, err);
    tally_secret_free(both);
    return rc == 0 ? check_keys(id, path, err) : -1;
}

int
tally_identity_open(struct tally_identity *out, const char *dir,
                    struct tally_secret *passphrase, struct tally_err *err)
{
    struct tally_identity id = {.sign = NULL};
    char *card = NULL, *key = NULL;
    int rc = -1;

    if (path_in(dir, TALLY_IDENTITY_CARD, &card, err) == 0 &&
        path_in(dir, TALLY_IDENTITY_KEY, &key, err) == 0 &&
        tally_card_read(&id.card, card, err) == 0) {
        rc = open_key(&id, key, passphrase, err);
    }
    free(card);
    free(key);
    if (rc != 0) {
        tally_identity_close(&id);
        return -1;
    }
    *out = id;
    return 0;
}

int
tally_identity_relock(struct tally_outfile **f, const char *dir,
                      struct tally_secret *passphrase, struct tally_secret *next,
                      const struct tally_passbox_cost *cost, struct tally_err *err)
{
    char *key = NULL;
    int rc = -1;

    if (check_passphrase(next, err) == 0 &&
        path_in(dir, TALLY_IDENTITY_KEY, &key, err) == 0) {
        rc = tally_boxfile_relock(f, key, &key_file, passphrase, next, key_context, cost,
                                  err);
    }
    free(key);
    return rc;
}

void
tally_identity_close(struct tally_identity *id)
{
    tally_secret_free(id->sign);
    tally_secret_free(id->seal);
    id->sign = NULL;
    id->seal = NULL;
}

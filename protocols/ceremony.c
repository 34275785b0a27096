/*
 * Contributing and combining.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "protocols/ceremony.h"

#include "bloom/base/bytes.h"
#include "bloom/base/domains.h"
#include "bloom/base/file.h"
#include "bloom/keyfile.h"
#include "bloom/meta.h"
#include "protocols/ceremony_impl.h"
#include "protocols/paper.h"

#include <sodium.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

_Static_assert(TALLY_ANSWER_BYTES == crypto_box_SECRETKEYBYTES, "X25519");
_Static_assert(TALLY_SEALED_BYTES ==
                   crypto_box_NONCEBYTES + TALLY_OPENING_BYTES + crypto_box_MACBYTES,
               "crypto_box");

void
tally_answer_public(const uint8_t secret[TALLY_ANSWER_BYTES],
                    uint8_t out[TALLY_ANSWER_BYTES])
{
    (void)crypto_scalarmult_base(out, secret);
}

/* The opening sealed from one answer key to another: both are wiped after combining, so
 * that what was sent cannot be opened later. */
static int
seal_opening(const uint8_t *own, const uint8_t to[TALLY_ANSWER_BYTES],
             uint8_t out[TALLY_SEALED_BYTES])
{
    tally_random(out, crypto_box_NONCEBYTES);
    return crypto_box_easy(out + crypto_box_NONCEBYTES, own, TALLY_OPENING_BYTES, out, to,
                           own + TALLY_OPENING_BYTES);
}

/* Whose commitments the writer saw, and for each other owner the opening. */
static int
contribution_body(const struct tally_ceremony *c, const struct tally_commitments *all,
                  size_t self, const uint8_t *own, struct tally_jnode *body,
                  struct tally_err *err)
{
    struct tally_jnode *list = tally_jarray();
    int rc = 0;

    for (size_t i = 0; i < all->n; i++) {
        const struct tally_card *card = &c->agreement->parties[all->party[i]].card;
        struct tally_jnode *one = tally_jobject();
        uint8_t sealed[TALLY_SEALED_BYTES];

        tally_meta_set_hex(one, "card", card->fingerprint, sizeof card->fingerprint);
        tally_meta_set_hex(one, "commitment", all->of[i].digest, TALLY_DIGEST_BYTES);
        if (all->party[i] != self) {
            if (seal_opening(own, all->of[i].answer, sealed) != 0) {
                rc = tally_err_set(err, TALLY_E_KEY, "%s: its answer key cannot be used",
                                   card->name);
            }
            tally_meta_set_hex(one, "sealed", sealed, sizeof sealed);
        }
        tally_jpush(list, one);
    }
    tally_jset(body, "owners", list);
    return rc;
}

/* That the commitment of ${self} is that of its secret: another would never open. */
static int
check_own(const struct tally_ceremony *c, const struct tally_commitments *all,
          size_t self, const uint8_t *own, struct tally_err *err)
{
    uint8_t value[TALLY_DIGEST_BYTES];

    tally_commitment_value(c->agreement, &c->agreement->parties[self].card, own, value);
    for (size_t i = 0; i < all->n; i++) {
        if (all->party[i] == self && memcmp(all->of[i].value, value, sizeof value) != 0) {
            tally_err_set(
                err, TALLY_E_KEY,
                "the commitment beside the agreement is not that of your secret");
            return tally_err_hint(err, "it was made anew: start the ceremony again with "
                                       "'key commit --force' and tell the others");
        }
    }
    return 0;
}

static int
write_contribution(const struct tally_ceremony *c, const struct tally_commitments *all,
                   size_t self, const uint8_t *own, struct tally_err *err)
{
    struct tally_jnode *body = tally_paper_body(TALLY_PAPER_CONTRIBUTION);
    struct tally_outfile *f = NULL;
    char *name = NULL;
    int rc;

    tally_meta_set_hex(body, "agreement", c->agreement->digest, TALLY_DIGEST_BYTES);
    tally_jset_str(body, "party", c->self->card.name);
    rc = contribution_body(c, all, self, own, body, err);
    if (rc != 0 || tally_ceremony_path(c->path, self, "contribution", &name, err) != 0 ||
        tally_outfile_open(&f, name, 0644, c->force, err) != 0) {
        tally_jfree(body);
        rc = -1;
    } else {
        rc = tally_paper_write(f, TALLY_PAPER_CONTRIBUTION, body, c->self->sign, err);
        rc = rc == 0 ? tally_outfile_commit(&f, 1, err) : -1;
    }
    tally_outfile_free(f);
    free(name);
    return rc;
}

int
tally_ceremony_contribute(const struct tally_ceremony *c, struct tally_err *err)
{
    struct tally_commitments all;
    struct tally_secret *secret = NULL;
    const uint8_t *own;
    size_t self;
    int rc;

    if (tally_ceremony_self(c, &self, err) != 0 ||
        tally_commitments_read(c->agreement, c->path, &all, err) != 0 ||
        tally_ceremony_secret_read(c, self, &secret, err) != 0) {
        return -1;
    }
    own = tally_secret_open(secret);
    rc = check_own(c, &all, self, own, err);
    if (rc == 0) {
        rc = write_contribution(c, &all, self, own, err);
    }
    tally_secret_close(secret);
    tally_secret_free(secret);
    return rc;
}

/* Combining. */

struct combining {
    const struct tally_ceremony *c;
    struct tally_commitments all;
    size_t self;        /* party */
    const uint8_t *own; /* opened secret */
    uint8_t *joined;    /* all contributions in order of owners, opened */
};

/* Element ${i} of the owners in a contribution: the commitment its writer saw must be the
 * one that is here. */
static int
check_seen(const struct combining *k, const struct tally_json *one, size_t i,
           const char *writer, struct tally_err *err)
{
    const struct tally_card *card = &k->c->agreement->parties[k->all.party[i]].card;
    uint8_t who[TALLY_DIGEST_BYTES], seen[TALLY_DIGEST_BYTES];

    if (tally_meta_hex(one, "card", who, sizeof who, err) != 0 ||
        tally_meta_hex(one, "commitment", seen, sizeof seen, err) != 0) {
        return tally_meta_failed(err);
    }
    if (memcmp(who, card->fingerprint, sizeof who) == 0 &&
        memcmp(seen, k->all.of[i].digest, sizeof seen) == 0) {
        return 0;
    }
    tally_err_set(err, TALLY_E_KEY,
                  "%s signed another commitment of %s than the one beside the agreement",
                  writer, card->name);
    return tally_err_hint(err,
                          "%s gave different ones out, or gave a new one late: ask all "
                          "owners which they have, and start the ceremony again",
                          card->name);
}

/* Open what ${writer} (owner ${w}) sealed to this owner, and hold it to the commitment.
 */
static int
open_sealed(struct combining *k, const struct tally_json *one, size_t w,
            struct tally_err *err)
{
    const struct tally_card *card = &k->c->agreement->parties[k->all.party[w]].card;
    uint8_t sealed[TALLY_SEALED_BYTES], opening[TALLY_OPENING_BYTES];
    uint8_t value[TALLY_DIGEST_BYTES];
    int rc;

    if (tally_meta_hex(one, "sealed", sealed, sizeof sealed, err) != 0) {
        return tally_meta_failed(err);
    }
    rc = crypto_box_open_easy(opening, sealed + crypto_box_NONCEBYTES,
                              sizeof sealed - crypto_box_NONCEBYTES, sealed,
                              k->all.of[w].answer, k->own + TALLY_OPENING_BYTES);
    if (rc == 0) {
        tally_commitment_value(k->c->agreement, card, opening, value);
        rc = memcmp(value, k->all.of[w].value, sizeof value) != 0;
    }
    if (rc == 0) {
        memcpy(k->joined + w * TALLY_CONTRIBUTION_BYTES, opening,
               TALLY_CONTRIBUTION_BYTES);
    } else {
        tally_err_set(err, TALLY_E_KEY, "%s opened another value than it committed to",
                      card->name);
        tally_err_hint(err, "start the ceremony again, and ask %s what happened",
                       card->name);
    }
    tally_wipe(opening, sizeof opening);
    return rc == 0 ? 0 : -1;
}

static int
take_contribution(struct combining *k, const struct tally_paper *p, size_t w,
                  bool opening, struct tally_err *err)
{
    const struct tally_card *card = &k->c->agreement->parties[k->all.party[w]].card;
    struct tally_json root = tally_json_root(p->doc), list, one;
    uint8_t agreement[TALLY_DIGEST_BYTES];
    size_t n;

    if (tally_meta_hex(&root, "agreement", agreement, sizeof agreement, err) != 0 ||
        tally_json_need(&root, "owners", &list, err) != 0 ||
        tally_json_length(&list, &n, err) != 0) {
        return tally_meta_failed(err);
    }
    if (memcmp(agreement, k->c->agreement->digest, sizeof agreement) != 0 ||
        n != k->all.n) {
        return tally_err_set(err, TALLY_E_KEY,
                             "the contribution of %s belongs to another agreement",
                             card->name);
    }
    for (size_t i = 0; i < n; i++) {
        if (tally_json_at(&list, i, &one, err) != 0) {
            return tally_meta_failed(err);
        }
        if (check_seen(k, &one, i, card->name, err) != 0 ||
            (opening && k->all.party[i] == k->self &&
             open_sealed(k, &one, w, err) != 0)) {
            return -1;
        }
    }
    return 0;
}

/* Read the contribution of owner ${w}: first only what set it signs, then open it. */
static int
read_contribution(struct combining *k, size_t w, bool opening, struct tally_err *err)
{
    size_t party = k->all.party[w];
    const struct tally_card *card = &k->c->agreement->parties[party].card;
    struct tally_paper p;
    char *name = NULL;
    int rc = -1;

    if (tally_ceremony_path(k->c->path, party, "contribution", &name, err) != 0) {
        return -1;
    }
    if (access(name, F_OK) != 0) {
        tally_err_set(err, TALLY_E_POLICY, "%s has not contributed", card->name);
        tally_err_hint(err, "its contribution belongs into %s", name);
    } else if (tally_paper_read(&p, name, TALLY_PAPER_CONTRIBUTION, card->sign, err) ==
               0) {
        rc = take_contribution(k, &p, w, opening && party != k->self, err);
        tally_paper_free(&p);
    }
    free(name);
    return rc;
}

/* All signed one set; only then is anything opened. */
static int
gather(struct combining *k, struct tally_err *err)
{
    for (size_t pass = 0; pass < 2; pass++) {
        for (size_t w = 0; w < k->all.n; w++) {
            if (read_contribution(k, w, pass == 1, err) != 0) {
                return -1;
            }
            if (k->all.party[w] == k->self) {
                memcpy(k->joined + w * TALLY_CONTRIBUTION_BYTES, k->own,
                       TALLY_CONTRIBUTION_BYTES);
            }
        }
    }
    return 0;
}

static int
derive(const struct combining *k, struct tally_secret *joined, struct tally_secret **key,
       struct tally_err *err)
{
    char agreement[2 * TALLY_DIGEST_BYTES + 1], transcript[2 * TALLY_DIGEST_BYTES + 1];
    const char *parts[] = {TALLY_DOMAIN_CEREMONY_KEY, agreement, transcript};

    tally_hex_encode(k->c->agreement->digest, TALLY_DIGEST_BYTES, agreement);
    tally_hex_encode(k->all.transcript, TALLY_DIGEST_BYTES, transcript);
    return tally_kdf(joined, parts, 3, key, err);
}

/* The signed record, by which owners compare what they got. */
static int
write_record(const struct combining *k, const uint8_t check[TALLY_KEY_CHECK_BYTES],
             struct tally_err *err)
{
    struct tally_jnode *body = tally_paper_body(TALLY_PAPER_CEREMONY);
    struct tally_outfile *f = NULL;
    char *name = NULL;
    int rc = -1;

    tally_meta_set_hex(body, "agreement", k->c->agreement->digest, TALLY_DIGEST_BYTES);
    tally_jset_str(body, "party", k->c->self->card.name);
    tally_meta_set_hex(body, "transcript", k->all.transcript, TALLY_DIGEST_BYTES);
    tally_meta_set_hex(body, "check", check, TALLY_KEY_CHECK_BYTES);
    if (tally_ceremony_path(k->c->path, k->self, "ceremony", &name, err) != 0 ||
        tally_outfile_open(&f, name, 0644, k->c->force, err) != 0) {
        tally_jfree(body);
    } else if (tally_paper_write(f, TALLY_PAPER_CEREMONY, body, k->c->self->sign, err) ==
               0) {
        rc = tally_outfile_commit(&f, 1, err);
    }
    tally_outfile_free(f);
    free(name);
    return rc;
}

static int
combine(struct combining *k, struct tally_secret *joined, const char *out,
        uint8_t check[TALLY_KEY_CHECK_BYTES], struct tally_err *err)
{
    struct tally_secret *key = NULL;
    int rc = -1;

    k->joined = tally_secret_open(joined);
    rc = gather(k, err);
    tally_secret_close(joined);
    if (rc == 0 && (rc = derive(k, joined, &key, err)) == 0 &&
        (rc = tally_key_check(key, check, err)) == 0 &&
        (rc = tally_keyfile_write(out, TALLY_KEY_LINKAGE, k->c->force, key, err)) == 0) {
        rc = write_record(k, check, err);
        if (rc != 0) { /* a key without its record would make a second run refuse */
            struct tally_err ignored = TALLY_ERR_INIT;

            (void)!tally_file_destroy(out, &ignored);
        }
    }
    tally_secret_free(key);
    return rc;
}

int
tally_ceremony_combine(const struct tally_ceremony *c, const char *out,
                       uint8_t check[TALLY_KEY_CHECK_BYTES], struct tally_err *err)
{
    struct combining k = {.c = c};
    struct tally_secret *secret = NULL, *joined = NULL;
    int rc = -1;

    if (tally_ceremony_self(c, &k.self, err) != 0 ||
        tally_commitments_read(c->agreement, c->path, &k.all, err) != 0 ||
        tally_ceremony_secret_read(c, k.self, &secret, err) != 0) {
        return -1;
    }
    k.own = tally_secret_open(secret);
    if (check_own(c, &k.all, k.self, k.own, err) == 0 &&
        tally_secret_create(&joined, k.all.n * TALLY_CONTRIBUTION_BYTES, err) == 0) {
        rc = combine(&k, joined, out, check, err);
    }
    tally_secret_close(secret);
    tally_secret_free(secret);
    tally_secret_free(joined);
    if (rc == 0 && tally_ceremony_secret_wipe(c, k.self, err) != 0) {
        return tally_err_hint(err, "the key is made, in %s: remove your .secret by hand",
                              out);
    }
    return rc;
}

/* A record holds on when another card takes over: a card whose key was lost is revoked,
 * and then nothing runs. */
static int
read_record(struct tally_paper *p, const char *name, const struct tally_agreed_party *by,
            struct tally_err *err)
{
    if (tally_paper_read(p, name, TALLY_PAPER_CEREMONY, NULL, err) != 0) {
        return -1;
    }
    if (memcmp(p->key, by->card.sign, sizeof p->key) == 0 ||
        memcmp(p->key, by->first.sign, sizeof p->key) == 0) {
        return 0;
    }
    tally_paper_free(p);
    return tally_err_set(err, TALLY_E_KEY, "%s: signed by another party", name);
}

static int
compare_record(const struct tally_paper *p, const char *name,
               const struct tally_agreement *a, const struct tally_card *card,
               const uint8_t check[TALLY_KEY_CHECK_BYTES], struct tally_err *err)
{
    struct tally_json root = tally_json_root(p->doc);
    uint8_t agreement[TALLY_DIGEST_BYTES], said[TALLY_KEY_CHECK_BYTES];

    if (tally_meta_hex(&root, "agreement", agreement, sizeof agreement, err) != 0 ||
        tally_meta_hex(&root, "check", said, sizeof said, err) != 0) {
        return tally_meta_failed(err);
    }
    if (memcmp(agreement, a->digest, sizeof agreement) != 0) {
        return tally_err_set(err, TALLY_E_KEY, "%s: belongs to another agreement", name);
    }
    if (memcmp(said, check, sizeof said) != 0) {
        tally_err_set(err, TALLY_E_KEY_MISMATCH, "%s has another key", card->name);
        return tally_err_hint(err, "do not encode: start the ceremony again");
    }
    return 0;
}

int
tally_ceremony_compare(const struct tally_agreement *a, const char *path,
                       const uint8_t check[TALLY_KEY_CHECK_BYTES], struct tally_err *err)
{
    for (size_t i = 0; i < a->nparties; i++) {
        const struct tally_card *card = &a->parties[i].card;
        struct tally_paper p;
        char *name = NULL;
        int rc = -1;

        if ((a->parties[i].roles & TALLY_AS_OWNER) == 0) {
            continue;
        }
        if (tally_ceremony_path(path, i, "ceremony", &name, err) != 0) {
            return -1;
        }
        if (access(name, F_OK) != 0) {
            tally_err_set(err, TALLY_E_POLICY, "%s has not said what key it has",
                          card->name);
            tally_err_hint(err, "its record belongs into %s", name);
        } else if (read_record(&p, name, &a->parties[i], err) == 0) {
            rc = compare_record(&p, name, a, card, check, err);
            tally_paper_free(&p);
        }
        free(name);
        if (rc != 0) {
            return -1;
        }
    }
    return 0;
}

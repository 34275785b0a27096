/*
 * tally identity new, show, rotate, revoke: the keys an organisation signs and opens
 * files with, and the card it hands out.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bloom/base/file.h"
#include "bloom/meta.h"
#include "cli/identity_arg.h"
#include "protocols/agreement_sign.h"
#include "protocols/auditlog.h"
#include "protocols/calendar.h"
#include "protocols/ceremony.h"
#include "protocols/standing.h"

/* What the options say. */
struct asked {
    const char *kind;
    const char *out;
    uint64_t passphrase;
    uint64_t next; /* new passphrase */
    bool force;
    bool json;
};

static int
print_card_json(const struct tally_card *c, struct tally_err *err)
{
    struct tally_jnode *n = tally_jobject();
    char words[TALLY_WORDS_TEXT];

    tally_words(c->fingerprint, words);
    tally_jset_str(n, "name", c->name);
    tally_jset_str(n, "kind", tally_party_rules(c->kind)->code);
    tally_jset_str(n, "made", c->made);
    tally_meta_set_hex(n, "fingerprint", c->fingerprint, sizeof c->fingerprint);
    tally_jset_str(n, "words", words);
    return tally_print_json(n, err);
}

/* The fingerprint as four lines of four words. */
static void
print_card(const struct tally_card *c)
{
    char words[TALLY_WORDS_TEXT];
    unsigned nth = 0;

    printf("%s, %s; card made %s\nFingerprint:\n  ", c->name,
           tally_party_rules(c->kind)->label, c->made);
    tally_words(c->fingerprint, words);
    for (const char *p = words; *p != '\0'; p++) {
        if (*p == ' ' && ++nth % 4 == 0) {
            printf("\n  ");
        } else {
            putchar(*p);
        }
    }
    putchar('\n');
}

static int
show_card(const struct tally_card *c, bool json, struct tally_err *err)
{
    if (json) {
        return print_card_json(c, err);
    }
    print_card(c);
    return 0;
}

static int
make(const char *name, const struct asked *a, struct tally_err *err)
{
    struct tally_secret *passphrase = NULL;
    enum tally_party_kind kind;
    struct tally_card card;
    int rc = -1;

    if (tally_opt_need(a->kind, "--kind KIND", err) != 0 ||
        tally_opt_need(a->out, "-o DIR", err) != 0) {
        return -1;
    }
    if (tally_party_kind(a->kind, &kind, err) != 0) {
        return tally_err_wrap(err, "--kind");
    }
    if (tally_passphrase(a->passphrase, name, true, &passphrase, err) == 0 &&
        tally_identity_create(a->out, name, kind, passphrase, &tally_passbox_cost_usual,
                              &card, err) == 0) {
        tally_say("Made %s/%s, to hand out, and %s/%s, to keep.", a->out,
                  TALLY_IDENTITY_CARD, a->out, TALLY_IDENTITY_KEY);
        tally_say("Compare the fingerprint by telephone with whoever gets the card.");
        rc = show_card(&card, a->json, err);
    }
    tally_secret_free(passphrase);
    return rc;
}

/* The log of a new identity goes on from the old one's. A card by itself has none. */
static int
hand_over_log(const char *dir, const char *next, struct tally_err *err)
{
    struct stat st;

    if (stat(next, &st) == 0 && S_ISDIR(st.st_mode)) {
        return tally_log_hand_over(dir, next, err);
    }
    tally_say("Its log is not with it: give the folder of the new identity, or no "
              "delivery can be counted on from here.");
    return 0;
}

/* The agreements whose files go along to another passphrase: each with two. */
struct relocked {
    struct tally_outfile *files[1 + 2 * 32];
    size_t n;
};

static void
relocked_free(struct relocked *r)
{
    for (size_t i = 0; i < r->n; i++) {
        tally_outfile_free(r->files[i]);
    }
}

/* The agreement at ${path} and the number of ${card}'s party in it. What stands beside it
 * matters only when ${card} is one that took over. */
static int
find_party(const char *path, const struct tally_card *card, struct tally_agreement **a,
           size_t *party, struct tally_err *err)
{
    const struct tally_agreed_party *p;
    char today[TALLY_DAY];

    tally_today(today);
    if (tally_agreement_read(a, path, err) != 0) {
        return -1;
    }
    p = tally_agreement_party(*a, card);
    if (p == NULL) {
        tally_agreement_free(*a);
        *a = NULL;
        if (tally_agreement_open(a, path, today, err) != 0) {
            return -1;
        }
        p = tally_agreement_party(*a, card);
    }
    if (p == NULL) {
        return tally_err_set(err, TALLY_E_POLICY, "%s: %s is not a party by this card",
                             path, card->name);
    }
    *party = (size_t)(p - (*a)->parties);
    return 0;
}

/* What the party of ${card} keeps beside the agreement ${path}. */
static int
relock_agreement(struct relocked *r, const char *path, const struct tally_card *card,
                 struct tally_secret *old, struct tally_secret *next,
                 struct tally_err *err)
{
    const struct tally_passbox_cost *cost = &tally_passbox_cost_usual;
    struct tally_agreement *a = NULL;
    size_t party = 0;
    int rc = -1;

    if (find_party(path, card, &a, &party, err) == 0 &&
        tally_agreement_relock(&r->files[r->n++], a, path, party, old, next, cost, err) ==
            0) {
        rc = tally_ceremony_relock(&r->files[r->n], a, path, party, old, next, cost, err);
        r->n += r->files[r->n] != NULL;
    }
    tally_agreement_free(a);
    return rc;
}

static int
relock_agreements(struct relocked *r, char **list, size_t n,
                  const struct tally_card *card, struct tally_secret *old,
                  struct tally_secret *next, struct tally_err *err)
{
    if (n > 32) {
        return tally_err_set(err, TALLY_E_USAGE, "32 agreements at most in one call");
    }
    for (size_t i = 0; i < n; i++) {
        if (relock_agreement(r, list[i], card, old, next, err) != 0) {
            return -1;
        }
    }
    return 0;
}

/* Keys, and what stands beside agreements, all under the new passphrase or none. */
static int
change_passphrase(const char *dir, char **agreements, size_t n, const struct asked *a,
                  struct tally_err *err)
{
    struct tally_secret *old = NULL, *next = NULL;
    struct tally_identity id = {.sign = NULL};
    struct relocked r = {.n = 0};
    int rc = -1;

    if (tally_passphrase(a->passphrase, dir, false, &old, err) == 0 &&
        tally_identity_open(&id, dir, old, err) == 0 &&
        tally_passphrase(a->next, "the new passphrase", true, &next, err) == 0 &&
        tally_identity_relock(&r.files[r.n++], dir, old, next, &tally_passbox_cost_usual,
                              err) == 0 &&
        relock_agreements(&r, agreements, n, &id.card, old, next, err) == 0) {
        rc = tally_outfile_commit(r.files, r.n, err);
    }
    if (rc == 0) {
        tally_say("%s/%s is under the new passphrase, and so is what it keeps beside %zu "
                  "agreement%s.",
                  dir, TALLY_IDENTITY_KEY, n, n == 1 ? "" : "s");
    }
    relocked_free(&r);
    tally_identity_close(&id);
    tally_secret_free(old);
    tally_secret_free(next);
    return rc;
}

/* What the old identity keeps beside agreements, under the passphrase of the new one. */
static int
hand_over_agreements(const char *next_dir, char **agreements, size_t n,
                     const struct tally_card *old_card, struct tally_secret *old,
                     const struct asked *a, struct tally_err *err)
{
    struct tally_secret *next = NULL;
    struct tally_identity id = {.sign = NULL};
    struct relocked r = {.n = 0};
    int rc = -1;

    if (n == 0) {
        return 0;
    }
    if (tally_passphrase(a->next, next_dir, false, &next, err) == 0 &&
        tally_identity_open(&id, next_dir, next, err) == 0 &&
        relock_agreements(&r, agreements, n, old_card, old, next, err) == 0) {
        rc = tally_outfile_commit(r.files, r.n, err);
    }
    relocked_free(&r);
    tally_identity_close(&id);
    tally_secret_free(next);
    return rc;
}

static int
rotate(char **list, size_t n, const struct asked *a, struct tally_err *err)
{
    const char *dir = list[0], *next = list[1];
    struct tally_secret *passphrase = NULL;
    struct tally_identity id = {.sign = NULL};
    struct tally_card card;
    int rc = -1;

    if (tally_opt_need(a->out, "-o FILE", err) == 0 &&
        tally_card_arg(next, &card, err) == 0 &&
        tally_passphrase(a->passphrase, dir, false, &passphrase, err) == 0 &&
        tally_identity_open(&id, dir, passphrase, err) == 0 &&
        tally_rotation_write(a->out, a->force, &id, &card, err) == 0) {
        rc = hand_over_agreements(next, list + 2, n - 2, &id.card, passphrase, a, err);
    }
    if (rc == 0) {
        tally_say("Wrote %s: the new card takes over from the old one. Send it out with "
                  "the new card.",
                  a->out);
        rc = hand_over_log(dir, next, err);
    }
    if (rc == 0 && n == 2) {
        tally_say("If the new identity has another passphrase, name the agreements it is "
                  "to open packages of.");
    }
    tally_identity_close(&id);
    tally_secret_free(passphrase);
    return rc;
}

static int
revoke(const char *dir, const struct asked *a, struct tally_err *err)
{
    struct tally_identity id;
    int rc;

    if (tally_opt_need(a->out, "-o FILE", err) != 0 ||
        tally_identity_arg(dir, a->passphrase, &id, err) != 0) {
        return -1;
    }
    rc = tally_revocation_write(a->out, a->force, &id, err);
    if (rc == 0) {
        tally_say("Wrote %s: this card holds no more. Send it to every other party.",
                  a->out);
    }
    tally_identity_close(&id);
    return rc;
}

static int
act(const struct tally_operands *files, const struct asked *a, struct tally_err *err)
{
    char **list = files->list;
    struct tally_card card;

    if (files->n == 2 && strcmp(list[0], "new") == 0) {
        return make(list[1], a, err);
    }
    if (files->n == 2 && strcmp(list[0], "show") == 0) {
        return tally_card_arg(list[1], &card, err) == 0 ? show_card(&card, a->json, err)
                                                        : -1;
    }
    if (files->n >= 3 && strcmp(list[0], "rotate") == 0) {
        return rotate(list + 1, files->n - 1, a, err);
    }
    if (files->n >= 2 && strcmp(list[0], "passphrase") == 0) {
        return change_passphrase(list[1], list + 2, files->n - 2, a, err);
    }
    if (files->n == 2 && strcmp(list[0], "revoke") == 0) {
        return revoke(list[1], a, err);
    }
    (void)tally_err_set(err, TALLY_E_USAGE,
                        "say 'identity new NAME', 'identity show CARD', 'identity rotate "
                        "DIR NEW-DIR', 'identity passphrase DIR' or 'identity revoke "
                        "DIR'");
    return tally_err_hint(err, "'%s identity --help' shows an example", tally_program());
}

static int
run(const struct tally_verb *v, int argc, char **argv, struct tally_err *err)
{
    struct asked a = {.passphrase = TALLY_PASSPHRASE_ASK, .next = TALLY_PASSPHRASE_ASK};
    struct tally_operands files;
    const struct tally_opt opts[] = {
        TALLY_OPT_TEXT("kind", "KIND", a.kind,
                       "new: police, health, local-authority, linker, analyst ..."),
        TALLY_OPT_OUTPUT("PATH", a.out,
                         "new: folder to make; rotate, revoke: file to write"),
        TALLY_OPT_PASSPHRASE(a.passphrase),
        TALLY_OPT_NUMBER("new-passphrase-fd", "N", a.next, 0, 1023,
                         "passphrase, rotate: the same for the new one"),
        TALLY_OPT_FORCE(a.force),
        TALLY_OPT_JSON(a.json),
        TALLY_OPT_END};

    if (tally_opt_parse(v, opts, argc, argv, &files, err) != 0) {
        return -1;
    }
    return files.help ? 0 : act(&files, &a, err);
}

const struct tally_verb tally_verb_identity = {
    "identity", "make an organisation's keys and its card; rotate or revoke them",
    "new NAME --kind K -o DIR | show CARD | revoke DIR -o F |\n"
    "       rotate DIR NEW-DIR [AGREEMENT ...] -o F | passphrase DIR [AGREEMENT ...]",
    "  tally identity new 'Northshire Police' --kind police -o police-id\n"
    "  tally identity show police-id/identity.card\n"
    "  Hand out the card. Keep identity.key and its passphrase: they sign and open\n"
    "  files in your organisation's name.\n",
    run};

/*
 * tally identity new, show, rotate, revoke: the keys an organisation signs and opens
 * files with, and the card it hands out.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bloom/meta.h"
#include "cli/identity_arg.h"
#include "protocols/standing.h"

/* What the options say. */
struct asked {
    const char *kind;
    const char *out;
    uint64_t passphrase;
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

static int
rotate(const char *dir, const char *next, const struct asked *a, struct tally_err *err)
{
    struct tally_identity id;
    struct tally_card card;
    int rc = -1;

    if (tally_opt_need(a->out, "-o FILE", err) != 0 || tally_card_arg(next, &card, err) != 0 ||
        tally_identity_arg(dir, a->passphrase, &id, err) != 0) {
        return -1;
    }
    rc = tally_rotation_write(a->out, a->force, &id, &card, err);
    if (rc == 0) {
        tally_say("Wrote %s: the new card takes over from the old one. Send it out with "
                  "the new card.",
                  a->out);
    }
    tally_identity_close(&id);
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
        return tally_card_arg(list[1], &card, err) == 0 ? show_card(&card, a->json, err) : -1;
    }
    if (files->n == 3 && strcmp(list[0], "rotate") == 0) {
        return rotate(list[1], list[2], a, err);
    }
    if (files->n == 2 && strcmp(list[0], "revoke") == 0) {
        return revoke(list[1], a, err);
    }
    (void)tally_err_set(err, TALLY_E_USAGE,
                        "say 'identity new NAME', 'identity show CARD', 'identity rotate "
                        "DIR NEW-CARD' or 'identity revoke DIR'");
    return tally_err_hint(err, "'%s identity --help' shows an example", tally_program());
}

static int
run(const struct tally_verb *v, int argc, char **argv, struct tally_err *err)
{
    struct asked a = {.passphrase = TALLY_PASSPHRASE_ASK};
    struct tally_operands files;
    const struct tally_opt opts[] = {
        {.name = "kind",
         .arg = "KIND",
         .text = &a.kind,
         .help = "new: police, health, local-authority, linker, analyst ..."},
        {.name = "output",
         .letter = 'o',
         .arg = "PATH",
         .text = &a.out,
         .help = "new: folder to make; rotate, revoke: file to write"},
        TALLY_OPT_PASSPHRASE(a.passphrase),
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
    "new NAME --kind K -o DIR | show CARD | rotate DIR CARD -o F | revoke DIR -o F",
    "  tally identity new 'Northshire Police' --kind police -o police-id\n"
    "  tally identity show police-id/identity.card\n"
    "  Hand out the card. Keep identity.key and its passphrase: they sign and open\n"
    "  files in your organisation's name.\n",
    run};

/*
 * tally key commit, contribute, combine, check, split, restore, destroy: how the data
 * owners make the linkage key together, keep it safe, and end it.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bloom/keyfile.h"
#include "cli/identity_arg.h"
#include "protocols/agreement_sign.h"
#include "protocols/calendar.h"
#include "protocols/ceremony.h"
#include "protocols/destruction.h"
#include "protocols/escrow.h"

struct asked {
    const char *agreement;
    const char *identity;
    const char *dealer;
    const char *out;
    const char *why;
    uint64_t passphrase;
    uint64_t needed;
    bool force;
};

static void
say_check(const uint8_t check[TALLY_KEY_CHECK_BYTES])
{
    char hex[2 * TALLY_KEY_CHECK_BYTES + 1];

    tally_hex_encode(check, TALLY_KEY_CHECK_BYTES, hex);
    tally_say("Key check value: %s", hex);
}

static int
open_agreement(const struct asked *a, struct tally_agreement **out, struct tally_err *err)
{
    char today[TALLY_DAY];

    tally_today(today);
    return tally_opt_need(a->agreement, "--agreement A", err) == 0
               ? tally_agreement_open(out, a->agreement, today, err)
               : -1;
}

/* The steps of the ceremony. */

static int
commit(const struct tally_ceremony *c, const struct asked *a, struct tally_err *err)
{
    (void)a;
    if (tally_ceremony_commit(c, err) != 0) {
        return -1;
    }
    tally_say("Committed. Send the .commitment beside %s to every other data owner, and "
              "put theirs there. The .secret stays with you.",
              c->path);
    return 0;
}

static int
contribute(const struct tally_ceremony *c, const struct asked *a, struct tally_err *err)
{
    (void)a;
    if (tally_ceremony_contribute(c, err) != 0) {
        return -1;
    }
    tally_say("Contributed. Send the .contribution beside %s to every other data owner, "
              "and put theirs there.",
              c->path);
    return 0;
}

static int
combine(const struct tally_ceremony *c, const struct asked *a, struct tally_err *err)
{
    uint8_t check[TALLY_KEY_CHECK_BYTES];

    if (tally_opt_need(a->out, "-o KEY", err) != 0 ||
        tally_ceremony_combine(c, a->out, check, err) != 0) {
        return -1;
    }
    tally_say("Wrote the linkage key %s, readable by you alone; your .secret is wiped.",
              a->out);
    say_check(check);
    tally_say("Send the .ceremony beside %s to every other data owner, and compare with "
              "'%s key check'.",
              c->path, tally_program());
    return 0;
}

typedef int step_fn(const struct tally_ceremony *c, const struct asked *a,
                    struct tally_err *err);

static int
ceremony(step_fn *step, const struct asked *a, struct tally_err *err)
{
    struct tally_agreement *agreement = NULL;
    struct tally_secret *passphrase = NULL;
    struct tally_identity id = {.sign = NULL};
    struct tally_ceremony c = {.path = a->agreement,
                               .self = &id,
                               .cost = &tally_passbox_cost_usual,
                               .force = a->force};
    int rc = -1;

    if (open_agreement(a, &agreement, err) == 0 &&
        tally_opt_need(a->identity, "--identity DIR", err) == 0 &&
        tally_passphrase(a->passphrase, a->identity, false, &passphrase, err) == 0 &&
        tally_identity_open(&id, a->identity, passphrase, err) == 0) {
        c.agreement = agreement;
        c.passphrase = passphrase;
        rc = step(&c, a, err);
    }
    tally_identity_close(&id);
    tally_secret_free(passphrase);
    tally_agreement_free(agreement);
    return rc;
}

static int
check(const char *path, const struct asked *a, struct tally_err *err)
{
    struct tally_agreement *agreement = NULL;
    struct tally_secret *key = NULL;
    uint8_t value[TALLY_KEY_CHECK_BYTES];
    int rc = -1;

    if (tally_keyfile_read(path, TALLY_KEY_LINKAGE, &key, err) == 0 &&
        tally_key_check(key, value, err) == 0) {
        say_check(value);
        rc = 0;
    }
    if (rc == 0 && a->agreement != NULL) {
        rc = open_agreement(a, &agreement, err) == 0
                 ? tally_ceremony_compare(agreement, a->agreement, value, err)
                 : -1;
        if (rc == 0) {
            tally_say("Every data owner has this key.");
        }
    }
    tally_agreement_free(agreement);
    tally_secret_free(key);
    return rc;
}

/* Under an agreement a data owner deals the key that all have, and not to linker or
 * analyst, whatever else they are. */
static int
check_dealing(const struct asked *a, const struct tally_identity *id,
              struct tally_secret *key, const struct tally_card *holders, size_t n,
              struct tally_err *err)
{
    struct tally_agreement *ag = NULL;
    uint8_t check[TALLY_KEY_CHECK_BYTES];
    const struct tally_agreed_party *p;
    int rc = -1;

    if (a->agreement == NULL) {
        return 0;
    }
    if (open_agreement(a, &ag, err) != 0) {
        return -1;
    }
    p = tally_agreement_party(ag, &id->card);
    if (p == NULL || (p->roles & TALLY_AS_OWNER) == 0) {
        tally_err_set(err, TALLY_E_POLICY, "%s is not a data owner in this agreement",
                      id->card.name);
        tally_err_hint(err, "a data owner splits the key: nobody else may hold it");
    } else if (tally_key_check(key, check, err) == 0) {
        rc = tally_ceremony_compare(ag, a->agreement, check, err);
    }
    for (size_t i = 0; i < n && rc == 0; i++) {
        p = tally_agreement_party(ag, &holders[i]);
        if (p != NULL && (p->roles & (TALLY_AS_LINKER | TALLY_AS_ANALYST)) != 0) {
            rc = tally_err_set(err, TALLY_E_POLICY,
                               "%s is linker or analyst in this agreement and may never "
                               "hold a share of its key",
                               holders[i].name);
        }
    }
    tally_agreement_free(ag);
    return rc;
}

static int
split(char **list, size_t n, const struct asked *a, struct tally_err *err)
{
    struct tally_card holders[TALLY_SHARES_MAX];
    struct tally_identity id = {.sign = NULL};
    struct tally_secret *key = NULL;
    int rc = -1;

    if (n > TALLY_SHARES_MAX) {
        return tally_err_set(err, TALLY_E_USAGE, "more than %d shares", TALLY_SHARES_MAX);
    }
    for (size_t i = 0; i < n; i++) {
        if (tally_card_arg(list[1 + i], &holders[i], err) != 0) {
            return -1;
        }
    }
    if (tally_opt_need(a->out, "-o DIR", err) == 0 &&
        tally_keyfile_read(list[0], TALLY_KEY_LINKAGE, &key, err) == 0 &&
        tally_identity_arg(a->identity, a->passphrase, &id, err) == 0 &&
        check_dealing(a, &id, key, holders, n, err) == 0) {
        rc = tally_escrow_split(key, &id, holders, (unsigned)n, (unsigned)a->needed,
                                a->out, a->force, err);
    }
    if (rc == 0) {
        tally_say(
            "Wrote %zu shares to %s, of which %u give the key back. Hand each to its "
            "holder by a safe way, and destroy your copies.",
            n, a->out, (unsigned)a->needed);
    }
    tally_identity_close(&id);
    tally_secret_free(key);
    return rc;
}

static int
restore(char **list, size_t n, const struct asked *a, struct tally_err *err)
{
    struct tally_secret *key = NULL;
    uint8_t value[TALLY_KEY_CHECK_BYTES];
    struct tally_card dealer;
    int rc = -1;

    if (tally_opt_need(a->dealer, "--dealer CARD", err) == 0 &&
        tally_opt_need(a->out, "-o KEY", err) == 0 &&
        tally_card_arg(a->dealer, &dealer, err) == 0 &&
        tally_escrow_join((const char *const *)list, n, &dealer, &key, err) == 0 &&
        tally_key_check(key, value, err) == 0 &&
        tally_keyfile_write(a->out, TALLY_KEY_LINKAGE, a->force, key, err) == 0) {
        tally_say("Wrote the linkage key %s from %zu shares.", a->out, n);
        say_check(value);
        rc = 0;
    }
    tally_secret_free(key);
    return rc;
}

static int
destroy(const char *path, const struct asked *a, struct tally_err *err)
{
    struct tally_identity id = {.sign = NULL};
    struct tally_secret *key = NULL;
    int rc = -1;

    if (tally_opt_need(a->out, "-o CERTIFICATE", err) == 0 &&
        tally_opt_spare(a->out, &path, 1, err) == 0 &&
        tally_keyfile_read(path, TALLY_KEY_LINKAGE, &key, err) == 0 &&
        tally_identity_arg(a->identity, a->passphrase, &id, err) == 0) {
        rc = tally_destroy(&path, 1, a->why != NULL ? a->why : "end of the agreement",
                           &id, a->out, a->force, err);
    }
    if (rc == 0) {
        tally_say(
            "Destroyed %s; %s says so. Copies in backups and escrow are yours to find.",
            path, a->out);
    }
    tally_identity_close(&id);
    tally_secret_free(key);
    return rc;
}

static int
act(const struct tally_operands *files, const struct asked *a, struct tally_err *err)
{
    char **list = files->list;
    const char *what = files->n > 0 ? list[0] : "";

    if (files->n == 1 && strcmp(what, "commit") == 0) {
        return ceremony(commit, a, err);
    }
    if (files->n == 1 && strcmp(what, "contribute") == 0) {
        return ceremony(contribute, a, err);
    }
    if (files->n == 1 && strcmp(what, "combine") == 0) {
        return ceremony(combine, a, err);
    }
    if (files->n == 2 && strcmp(what, "check") == 0) {
        return check(list[1], a, err);
    }
    if (files->n >= 4 && strcmp(what, "split") == 0) {
        return split(list + 1, files->n - 2, a, err);
    }
    if (files->n >= 3 && strcmp(what, "restore") == 0) {
        return restore(list + 1, files->n - 1, a, err);
    }
    if (files->n == 2 && strcmp(what, "destroy") == 0) {
        return destroy(list[1], a, err);
    }
    (void)tally_err_set(
        err, TALLY_E_USAGE,
        "say 'key commit', 'key contribute', 'key combine', 'key check KEY', "
        "'key split KEY CARD CARD ...', 'key restore SHARE SHARE ...' or "
        "'key destroy KEY'");
    return tally_err_hint(err, "'%s key --help' shows an example", tally_program());
}

static int
run(const struct tally_verb *v, int argc, char **argv, struct tally_err *err)
{
    struct asked a = {.passphrase = TALLY_PASSPHRASE_ASK, .needed = 2};
    struct tally_operands files;
    const struct tally_opt opts[] = {
        TALLY_OPT_TEXT("agreement", "A", a.agreement,
                       "the signed agreement; the ceremony's papers lie beside it"),
        TALLY_OPT_IDENTITY(a.identity),
        TALLY_OPT_PASSPHRASE(a.passphrase),
        TALLY_OPT_NUMBER("needed", "M", a.needed, 2, TALLY_SHARES_MAX,
                         "split: shares that give the key back (default: 2)"),
        TALLY_OPT_TEXT("dealer", "CARD", a.dealer,
                       "restore: card of whoever split the key"),
        TALLY_OPT_TEXT("why", "TEXT", a.why, "destroy: the reason"),
        TALLY_OPT_OUTPUT("PATH", a.out, "key, folder of shares, or certificate to write"),
        TALLY_OPT_FORCE(a.force),
        TALLY_OPT_END};

    if (tally_opt_parse(v, opts, argc, argv, &files, err) != 0) {
        return -1;
    }
    return files.help ? 0 : act(&files, &a, err);
}

const struct tally_verb tally_verb_key = {
    "key", "make the linkage key together; escrow, restore, destroy it",
    "commit|contribute|combine | check KEY | split KEY CARD ... | restore SHARE ...",
    "  tally key commit --agreement a.json --identity me       (then send .commitment)\n"
    "  tally key contribute --agreement a.json --identity me   (then send "
    ".contribution)\n"
    "  tally key combine --agreement a.json --identity me -o project.key\n"
    "  tally key check project.key --agreement a.json\n",
    run};

/*
 * tally agreement draft, check, sign, show.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bloom/base/file.h"
#include "bloom/meta.h"
#include "cli/cmd_agreement_draft.h"
#include "cli/identity_arg.h"
#include "protocols/agreement.h"
#include "protocols/agreement_sign.h"
#include "protocols/agreement_words.h"

struct asked {
    struct tally_draft_request draft;
    const char *identity;
    const char *export;
    uint64_t passphrase;
    bool json;
};

static const char *const standings[] = {
    [TALLY_STANDING_UNSIGNED] = "not signed",
    [TALLY_STANDING_SIGNED] = "signed",
    [TALLY_STANDING_INVALID] = "its signature does not hold",
    [TALLY_STANDING_REVOKED] = "its card is revoked",
};

static int
draft(const struct tally_operands *files, struct asked *a, struct tally_err *err)
{
    a->draft.parties = files->list + 1;
    a->draft.nparties = files->n - 1;
    if (tally_draft_run(&a->draft, err) != 0) {
        return -1;
    }
    if (a->draft.out != NULL) {
        tally_say("Wrote the draft %s. State what it leaves open (\"STATE ...\"), then "
                  "run '%s agreement check %s'.",
                  a->draft.out, tally_program(), a->draft.out);
    }
    return 0;
}

static struct tally_jnode *
findings_json(const struct tally_findings *f)
{
    struct tally_jnode *list = tally_jarray();

    for (size_t i = 0; i < f->n; i++) {
        struct tally_jnode *n = tally_jobject();

        tally_jset_bool(n, "refused", f->list[i].refused);
        tally_jset_str(n, "text", f->list[i].text);
        tally_jset_str(n, "advice", f->list[i].advice);
        tally_jpush(list, n);
    }
    return list;
}

/* How every party stands. What could not be looked at is not told as invalid. */
static int
look_at_standings(const struct tally_agreement *a, const char *path,
                  enum tally_standing out[TALLY_AGREEMENT_PARTIES_MAX],
                  struct tally_err *err)
{
    for (size_t i = 0; i < a->nparties; i++) {
        struct tally_err why = TALLY_ERR_INIT;

        out[i] = tally_agreement_standing(a, path, i, &why);
        if (why.code == TALLY_E_NOMEM || why.code == TALLY_E_IO) {
            *err = why;
            return -1;
        }
    }
    return 0;
}

static struct tally_jnode *
parties_json(const struct tally_agreement *a,
             const enum tally_standing stand[TALLY_AGREEMENT_PARTIES_MAX])
{
    struct tally_jnode *list = tally_jarray();

    for (size_t i = 0; i < a->nparties; i++) {
        struct tally_jnode *n = tally_jobject();

        tally_jset_str(n, "name", a->parties[i].card.name);
        tally_jset_str(n, "kind", tally_party_rules(a->parties[i].card.kind)->code);
        tally_jset_str(n, "standing", standings[stand[i]]);
        tally_jpush(list, n);
    }
    return list;
}

static int
print_json(const struct tally_agreement *a,
           const enum tally_standing stand[TALLY_AGREEMENT_PARTIES_MAX],
           const struct tally_findings *f, struct tally_err *err)
{
    struct tally_jnode *n = tally_jobject();

    tally_jset_str(n, "reference", a->reference);
    tally_jset_str(n, "title", a->title);
    tally_jset_str(n, "purpose", tally_purpose_code(a->purpose));
    tally_jset_str(n, "starts", a->dates.starts);
    tally_jset_str(n, "expires", a->dates.expires);
    tally_meta_set_hex(n, "digest", a->digest, sizeof a->digest);
    tally_jset(n, "parties", parties_json(a, stand));
    tally_jset_int(n, "refused", (int64_t)f->nrefused);
    tally_jset(n, "findings", findings_json(f));
    return tally_print_json(n, err);
}

static void
print_standings(const struct tally_agreement *a,
                const enum tally_standing stand[TALLY_AGREEMENT_PARTIES_MAX])
{
    printf("\nSignatures:\n");
    for (size_t i = 0; i < a->nparties; i++) {
        printf("  %02zu %s: %s\n", i + 1, a->parties[i].card.name, standings[stand[i]]);
    }
}

static void
print_findings(const struct tally_findings *f)
{
    if (f->n == 0) {
        printf(
            "\nNothing stands against it. Compare every party's fingerprint by telephone "
            "before you sign.\n");
        return;
    }
    printf("\n");
    for (size_t i = 0; i < f->n; i++) {
        printf("%s: %s.\n", f->list[i].refused ? "REFUSED" : "Look again",
               f->list[i].text);
        if (f->list[i].advice[0] != '\0') {
            printf("  What to do: %s.\n", f->list[i].advice);
        }
    }
}

static int
print_words(const struct tally_agreement *a, struct tally_err *err)
{
    struct tally_buf text = {NULL, 0, 0};
    int rc = tally_agreement_words(a, &text, err);

    if (rc == 0) {
        (void)fwrite(text.data, 1, text.len, stdout);
    }
    tally_buf_free(&text);
    return rc;
}

/* What the agreement is, who has signed, and, when it is to be ${judged}, what stands
 * against it. */
static int
look(const char *path, const struct asked *q, bool judged, struct tally_err *err)
{
    struct tally_agreement *a = NULL;
    struct tally_findings f = {NULL, 0, 0};
    enum tally_standing stand[TALLY_AGREEMENT_PARTIES_MAX];
    int rc = -1;

    if (tally_agreement_read(&a, path, err) == 0 &&
        tally_agreement_check(a, &f, err) == 0 &&
        look_at_standings(a, path, stand, err) == 0) {
        if (q->json) {
            rc = print_json(a, stand, &f, err);
        } else {
            rc = print_words(a, err);
            print_standings(a, stand);
            if (judged) {
                print_findings(&f);
            }
        }
    }
    if (rc == 0 && judged && f.nrefused > 0) {
        rc = tally_err_set(err, TALLY_E_POLICY,
                           f.nrefused == 1 ? "%s: %zu rule stands against it"
                                           : "%s: %zu rules stand against it",
                           path, f.nrefused);
        tally_err_hint(err, "mend the draft and check it again; nobody can sign it so");
    }
    tally_findings_free(&f);
    tally_agreement_free(a);
    return rc;
}

static int export(const char *path, const struct asked *q, struct tally_err *err)
{
    struct tally_agreement *a = NULL;
    struct tally_buf text = {NULL, 0, 0};
    struct tally_outfile *f = NULL;
    enum tally_agreement_export what;
    int rc = -1;

    if (!tally_agreement_export_find(q->export, &what)) {
        return tally_err_set(err, TALLY_E_USAGE, "--export is dpia, waspi or atrs");
    }
    if (tally_agreement_read(&a, path, err) == 0 &&
        tally_agreement_export(a, what, &text, err) == 0 &&
        tally_outfile_open(&f, q->draft.out, 0644, q->draft.force, err) == 0 &&
        tally_outfile_write(f, text.data, text.len, err) == 0) {
        rc = tally_outfile_commit(&f, 1, err);
    }
    tally_outfile_free(f);
    tally_buf_free(&text);
    tally_agreement_free(a);
    return rc;
}

static int
sign(const char *path, const struct asked *q, struct tally_err *err)
{
    struct tally_agreement *a = NULL;
    struct tally_secret *passphrase = NULL;
    struct tally_identity id = {.sign = NULL};
    char *written = NULL;
    int rc = -1;

    if (tally_agreement_read(&a, path, err) == 0 &&
        tally_opt_need(q->identity, "--identity DIR", err) == 0 &&
        tally_passphrase(q->passphrase, q->identity, false, &passphrase, err) == 0 &&
        tally_identity_open(&id, q->identity, passphrase, err) == 0) {
        rc = tally_agreement_sign(a, path, &id, passphrase, &tally_passbox_cost_usual,
                                  q->draft.force, &written, err);
    }
    if (rc == 0) {
        tally_say("Signed %s for %s: wrote %s. Send it to every other party. The .unseal "
                  "beside it stays with you.",
                  path, id.card.name, written);
    }
    free(written);
    tally_identity_close(&id);
    tally_secret_free(passphrase);
    tally_agreement_free(a);
    return rc;
}

static int
act(const struct tally_operands *files, struct asked *a, struct tally_err *err)
{
    char **list = files->list;

    if (files->n >= 2 && strcmp(list[0], "draft") == 0) {
        return draft(files, a, err);
    }
    if (files->n == 2 && strcmp(list[0], "check") == 0) {
        return look(list[1], a, true, err);
    }
    if (files->n == 2 && strcmp(list[0], "sign") == 0) {
        return sign(list[1], a, err);
    }
    if (files->n == 2 && strcmp(list[0], "show") == 0) {
        return a->export != NULL ? export(list[1], a, err) : look(list[1], a, false, err);
    }
    (void)tally_err_set(err, TALLY_E_USAGE,
                        "say 'agreement draft CARD=ROLE ...', 'agreement check A', "
                        "'agreement sign A' or 'agreement show A'");
    return tally_err_hint(err, "'%s agreement --help' shows an example", tally_program());
}

static int
run(const struct tally_verb *v, int argc, char **argv, struct tally_err *err)
{
    struct asked a = {.passphrase = TALLY_PASSPHRASE_ASK};
    struct tally_draft_request *d = &a.draft;
    struct tally_operands files;
    const struct tally_opt opts[] = {
        TALLY_OPT_TEXT("schema", "S", d->schema, "draft: linkage schema"),
        TALLY_OPT_TEXT("reference", "NAME", d->reference,
                       "draft: what the agreement is called in files"),
        TALLY_OPT_TEXT("payload", "LIST", d->payload,
                       "draft: columns for the analyst, SOURCE:COL,COL;SOURCE:COL"),
        TALLY_OPT_TEXT("purpose", "P", d->purpose,
                       "strategic-needs-assessment (default), early-intervention-cohort"),
        TALLY_OPT_TEXT("framework", "F", d->framework,
                       "draft: serious-violence-duty (default), waspi"),
        TALLY_OPT_TEXT("title", "T", d->title, "draft: its title"),
        TALLY_OPT_TEXT("starts", "DAY", d->starts, "draft: first day"),
        TALLY_OPT_NUMBER("months", "N", d->months, 1, 120,
                         "draft: how long it runs (default: 12)"),
        TALLY_OPT_TEXT("export", "E", a.export,
                       "show: as evidence for dpia, waspi or atrs"),
        TALLY_OPT_IDENTITY(a.identity),
        TALLY_OPT_PASSPHRASE(a.passphrase),
        TALLY_OPT_OUTPUT("A", d->out, "the file"),
        TALLY_OPT_FORCE(d->force),
        TALLY_OPT_JSON(a.json),
        TALLY_OPT_END};

    if (tally_opt_parse(v, opts, argc, argv, &files, err) != 0) {
        return -1;
    }
    return files.help ? 0 : act(&files, &a, err);
}

const struct tally_verb tally_verb_agreement = {
    "agreement", "draft, check, sign or show a linkage agreement",
    "draft CARD=ROLE ... | check A | sign A --identity DIR | show A",
    "  tally agreement draft police.card=data-owner health.card=data-owner \\\n"
    "      ttp.card=linker unit.card=analyst pcc.card=convenor \\\n"
    "      --schema schema.json --reference northshire-2027 -o agreement.json\n",
    run};

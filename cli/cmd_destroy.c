/*
 * tally destroy: end files whose day has come, with a certificate.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/cli.h"

#include <stdio.h>

#include "cli/governed.h"
#include "protocols/destruction.h"

static int
destroy(const struct tally_operands *files, const char *identity, uint64_t passphrase,
        const char *why, const char *out, bool force, struct tally_err *err)
{
    struct tally_identity id = {.sign = NULL};
    int rc = -1;

    if (tally_identity_arg(identity, passphrase, &id, err) == 0) {
        rc = tally_destroy((const char *const *)files->list, files->n, why, &id, out,
                           force, err);
    }
    if (rc == 0) {
        tally_say(
            "Destroyed %zu files; %s says which. Copies in backups are yours to find.",
            files->n, out);
    }
    tally_identity_close(&id);
    return rc;
}

/* What the agreement says of today. It may be over, and need not be signed. */
static int
say_due(const char *path, struct tally_err *err)
{
    struct tally_agreement *a = NULL;

    if (path == NULL) {
        return 0;
    }
    if (tally_agreement_read(&a, path, err) != 0) {
        return -1;
    }
    if (tally_say_due(a, ~0u) == 0) {
        tally_say("  nothing is due yet under %s", a->reference);
    }
    tally_agreement_free(a);
    return 0;
}

static int
run(const struct tally_verb *v, int argc, char **argv, struct tally_err *err)
{
    const char *identity = NULL, *why = NULL, *out = NULL, *agreement = NULL;
    uint64_t passphrase = TALLY_PASSPHRASE_ASK;
    bool force = false, dry_run = false;
    struct tally_operands files;
    const struct tally_opt opts[] = {
        TALLY_OPT_IDENTITY(identity),
        TALLY_OPT_PASSPHRASE(passphrase),
        TALLY_OPT_TEXT("why", "TEXT", why, "the reason, for the record"),
        TALLY_OPT_OUTPUT("CERT", out, "the certificate to write"),
        TALLY_OPT_TEXT("agreement", "A", agreement,
                       "tell what of this agreement has run past its day"),
        TALLY_OPT_FLAG("dry-run", dry_run, "say what would be destroyed"),
        TALLY_OPT_FORCE(force),
        TALLY_OPT_END};

    if (tally_opt_parse(v, opts, argc, argv, &files, err) != 0) {
        return -1;
    }
    if (files.help) {
        return 0;
    }
    if (say_due(agreement, err) != 0) {
        return -1;
    }
    if (files.n == 0 && dry_run && agreement != NULL) {
        return 0;
    }
    if (files.n == 0) {
        return tally_err_set(err, TALLY_E_USAGE, "say which files to destroy");
    }
    if (dry_run) {
        for (size_t i = 0; i < files.n; i++) {
            printf("would destroy %s\n", files.list[i]);
        }
        return 0;
    }
    if (tally_opt_need(out, "-o CERT", err) != 0 ||
        tally_opt_spare(out, (const char *const *)files.list, files.n, err) != 0) {
        return -1;
    }
    return destroy(&files, identity, passphrase,
                   why != NULL ? why : "retention has ended", out, force, err);
}

const struct tally_verb tally_verb_destroy = {
    "destroy", "end keys, encodings and maps whose day has come, with a certificate",
    "FILE ... --identity DIR -o CERT",
    "  tally destroy police.enc links.map --identity linker-id -o destroyed-2027.cert\n"
    "  The files are overwritten and removed. Copies that a backup or a drive keeps\n"
    "  are out of reach of any program.\n",
    run};

/*
 * The command: finds the verb, runs it, prints its error and gives its exit code. Built
 * four times; a restricted build's table holds its role's verbs and no other code is in
 * it.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

#include "bloom/base/interrupt.h"
#include "bloom/base/log.h"
#include "bloom/base/secret.h"
#include "bloom/base/text.h"
#include "cli/exit.h"

#if defined(TALLY_ROLE_AGENCY)
static const char program[] = "tally-agency";
static const char about[] = "encode an agency's records, inside the agency";
static const struct tally_verb *const verbs[] = {
    &tally_verb_identity,
    &tally_verb_agreement,
    &tally_verb_key,
    &tally_verb_keygen,
    &tally_verb_schema,
    &tally_verb_profile,
    &tally_verb_encode,
    &tally_verb_audit,
    &tally_verb_log,
    &tally_verb_destroy,
    &tally_verb_inspect,
    &tally_verb_doctor,
    NULL,
};
#elif defined(TALLY_ROLE_LINKER)
static const char program[] = "tally-linker";
static const char about[] = "link encodings, at the trusted third party";
static const struct tally_verb *const verbs[] = {
    &tally_verb_identity, &tally_verb_agreement, &tally_verb_ingest, &tally_verb_link,
    &tally_verb_review,   &tally_verb_withdraw,  &tally_verb_pairs,  &tally_verb_report,
    &tally_verb_log,      &tally_verb_destroy,   &tally_verb_inspect,
    &tally_verb_doctor,   NULL,
};
#elif defined(TALLY_ROLE_ANALYST)
static const char program[] = "tally-analyst";
static const char about[] = "build and report the linked, de-identified cohort";
static const struct tally_verb *const verbs[] = {
    &tally_verb_identity,
    &tally_verb_agreement,
    &tally_verb_cohort,
    &tally_verb_release,
    &tally_verb_approve,
    &tally_verb_report,
    &tally_verb_log,
    &tally_verb_destroy,
    &tally_verb_inspect,
    &tally_verb_doctor,
    NULL,
};
#else
static const char program[] = "tally";
static const char about[] = "privacy-preserving record linkage";
static const struct tally_verb *const verbs[] = {
    &tally_verb_identity, &tally_verb_agreement, &tally_verb_key,
    &tally_verb_synth,    &tally_verb_keygen,    &tally_verb_schema,
    &tally_verb_profile,  &tally_verb_encode,    &tally_verb_audit,
    &tally_verb_ingest,   &tally_verb_link,      &tally_verb_review,
    &tally_verb_withdraw, &tally_verb_pairs,     &tally_verb_cohort,
    &tally_verb_release,  &tally_verb_approve,   &tally_verb_report,
    &tally_verb_evaluate, &tally_verb_bench,     &tally_verb_log,
    &tally_verb_destroy,  &tally_verb_inspect,   &tally_verb_doctor,
    NULL,
};
#endif

const char *
tally_program(void)
{
    return program;
}

static void
usage(FILE *f)
{
    fprintf(f, "%s %s: %s\n\nUsage: %s VERB [options] [files]\n\n", program,
            TALLY_VERSION, about, program);
    for (const struct tally_verb *const *v = verbs; *v != NULL; v++) {
        fprintf(f, "  %-10s %s\n", (*v)->name, (*v)->summary);
    }
    fprintf(f, "\n'%s VERB --help' shows the options of a verb with an example.\n",
            program);
}

static const struct tally_verb *
find_verb(const char *name)
{
    for (const struct tally_verb *const *v = verbs; *v != NULL; v++) {
        if (strcmp((*v)->name, name) == 0) {
            return *v;
        }
    }
    return NULL;
}

static int
run(int argc, char **argv, struct tally_err *err)
{
    const struct tally_verb *v = find_verb(argv[1]);
    char shown[64];

    if (v == NULL) {
        tally_text_printable(argv[1], shown, sizeof shown);
        (void)tally_err_set(err, TALLY_E_USAGE, "there is no verb '%s'", shown);
        return tally_err_hint(err, "'%s --help' lists the verbs", program);
    }
    if (tally_secret_init(err) != 0) {
        return -1;
    }
    return v->run(v, argc - 1, argv + 1, err);
}

static void
print_error(const struct tally_err *err)
{
    tally_log(TALLY_LOG_ERROR, "%s", err->text);
    if (err->hint[0] != '\0') {
        fprintf(stderr, "tally: hint: %s\n", err->hint);
    }
}

int
main(int argc, char **argv)
{
    struct tally_err err = TALLY_ERR_INIT;

    tally_interrupt_install();
    if (argc < 2) {
        usage(stderr);
        return TALLY_EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        usage(stdout);
        return TALLY_EXIT_DONE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("%s %s\n", program, TALLY_VERSION);
        return TALLY_EXIT_DONE;
    }
    if (run(argc, argv, &err) != 0 || tally_flush_output(&err) != 0) {
        print_error(&err);
        return (int)tally_exit_code(err.code);
    }
    return TALLY_EXIT_DONE;
}

/*
 * tally approve: the second person's signature that records may leave.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/cli.h"

#include <stdio.h>

#include "cli/governed.h"
#include "protocols/approval.h"

static void
tell(const struct tally_request *q)
{
    printf("title    %s\n", q->title);
    printf("records  about %s, each of one person\n", tally_thousands(q->records));
    printf("columns  %s\n", q->columns);
    printf("alike    every combination of these is held by %u people or more\n",
           q->alike);
}

/* Ask for a word only where nothing is to be signed: the signature itself is the yes. */
static int
approve(const struct tally_governed *g, const char *request, const char *out,
        bool dry_run, bool force, struct tally_err *err)
{
    struct tally_outfile *f = NULL;
    struct tally_request q;
    int rc = -1;

    if (tally_request_read(&q, request, g->agreement, err) != 0) {
        return -1;
    }
    tell(&q);
    if (dry_run) {
        return 0;
    }
    if (tally_outfile_open(&f, out, 0644, force, err) == 0 &&
        tally_approval_write(f, &q, &g->id, err) == 0 &&
        tally_outfile_commit(&f, 1, err) == 0) {
        tally_say("Approved: %s goes to the analyst.", out);
        rc = 0;
    }
    tally_outfile_free(f);
    return rc;
}

static int
run(const struct tally_verb *v, int argc, char **argv, struct tally_err *err)
{
    struct tally_governed g = TALLY_GOVERNED_INIT;
    struct tally_operands files;
    const char *out = NULL;
    bool dry_run = false, force = false;
    int rc = -1;
    const struct tally_opt opts[] = {
        TALLY_OPTS_GOVERNED(g), TALLY_OPT_OUTPUT("FILE", out, "the approval to write"),
        TALLY_OPT_FLAG("dry-run", dry_run, "show what is asked for, and sign nothing"),
        TALLY_OPT_FORCE(force), TALLY_OPT_END};

    if (tally_opt_parse(v, opts, argc, argv, &files, err) != 0) {
        return -1;
    }
    if (files.help) {
        return 0;
    }
    if (files.n != 1) {
        return tally_err_set(err, TALLY_E_USAGE, "approve takes one request");
    }
    if (tally_opt_need(dry_run ? "" : out, "-o FILE", err) == 0 &&
        tally_governed_open(&g, TALLY_AS_CHECKER, err) == 0) {
        if ((g.self->roles & TALLY_AS_ANALYST) != 0) {
            tally_err_set(err, TALLY_E_POLICY, "%s is the analyst: another must approve",
                          g.id.card.name);
        } else {
            rc = approve(&g, files.list[0], out, dry_run, force, err);
        }
    }
    tally_governed_close(&g);
    return rc;
}

const struct tally_verb tally_verb_approve = {
    "approve", "sign that records may be released",
    "REQUEST --agreement A --identity ID -o FILE [--dry-run]",
    "  tally approve rows.request --agreement a.json --identity checker-id "
    "-o rows.approval\n",
    run};

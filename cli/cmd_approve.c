/*
 * tally approve: the second person's signature that a release may leave.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bloom/base/file.h"
#include "bloom/base/json.h"
#include "bloom/base/text.h"
#include "cli/governed.h"
#include "protocols/approval.h"

#define TEXT 512

struct approval {
    const char *request;
    const char *draft;
    const char *out;
    bool dry_run;
    bool force;
};

static void
tell(const struct tally_request *q)
{
    printf("title    %s\n", q->title);
    printf("tables   %u, in which counts under %u are hidden\n", q->tables, q->alike);
    if (q->records > 0) {
        printf("records  about %s, each of one person\n", tally_thousands(q->records));
        printf("columns  %s\n", q->columns);
        printf("alike    every combination of these is held by %u people or more\n",
               q->alike);
    }
}

/* Text of the draft, which must not play tricks on a terminal. */
static int
print_text(const struct tally_json *j, const char *before, struct tally_err *err)
{
    char printable[TEXT];
    const char *text;

    if (tally_json_str(j, TEXT - 1, &text, err) != 0) {
        return -1;
    }
    tally_text_printable(text, printable, sizeof printable);
    printf("%s%s", before, printable);
    return 0;
}

/* "  male, 10-17: 230 (220 to 240)" */
static int
print_cell(const struct tally_json *cell, struct tally_err *err)
{
    struct tally_json levels, j;
    int64_t n[3];
    static const char *const members[] = {"value", "low", "high"};
    size_t nlevels;

    if (tally_json_need(cell, "levels", &levels, err) != 0 ||
        tally_json_length(&levels, &nlevels, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < nlevels; i++) {
        if (tally_json_at(&levels, i, &j, err) != 0 ||
            print_text(&j, i > 0 ? ", " : "  ", err) != 0) {
            return -1;
        }
    }
    for (size_t i = 0; i < 3; i++) {
        if (tally_json_need(cell, members[i], &j, err) != 0) {
            return -1;
        }
        if (tally_json_is_null(&j)) {
            printf(": [c]\n");
            return 0;
        }
        if (tally_json_int(&j, 0, INT64_MAX, &n[i], err) != 0) {
            return -1;
        }
    }
    printf(n[1] == n[2] ? ": %lld\n" : ": %lld (%lld to %lld)\n", (long long)n[0],
           (long long)n[1], (long long)n[2]);
    return 0;
}

static int
print_table(const struct tally_json *table, struct tally_err *err)
{
    struct tally_json title, counts, cells, cell;
    size_t n;

    if (tally_json_need(table, "title", &title, err) != 0 ||
        tally_json_need(table, "counts", &counts, err) != 0 ||
        tally_json_need(table, "cells", &cells, err) != 0 ||
        tally_json_length(&cells, &n, err) != 0 || print_text(&title, "\n", err) != 0 ||
        print_text(&counts, ", counts of ", err) != 0) {
        return -1;
    }
    printf("\n");
    for (size_t i = 0; i < n; i++) {
        if (tally_json_at(&cells, i, &cell, err) != 0 || print_cell(&cell, err) != 0) {
            return -1;
        }
    }
    return 0;
}

static int
print_draft(const struct tally_json *root, struct tally_err *err)
{
    struct tally_json release, tables, table;
    size_t n;

    if (tally_json_need(root, "release", &release, err) != 0 ||
        tally_json_need(&release, "tables", &tables, err) != 0 ||
        tally_json_length(&tables, &n, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < n; i++) {
        if (tally_json_at(&tables, i, &table, err) != 0 ||
            print_table(&table, err) != 0) {
            return -1;
        }
    }
    return 0;
}

/* Show the draft at ${path}, once it is what ${q} asks for. */
static int
show_draft(const struct tally_request *q, const char *path, struct tally_err *err)
{
    struct tally_json_doc *doc = NULL;
    struct tally_json root;
    uint8_t digest[TALLY_DIGEST_BYTES], *text = NULL;
    size_t len;
    int rc = -1;

    if (tally_file_read(path, TALLY_JSON_BYTES_MAX, &text, &len, err) != 0) {
        return -1;
    }
    tally_digest(text, len, digest);
    if (memcmp(digest, q->release, sizeof digest) != 0) {
        tally_err_set(err, TALLY_E_POLICY, "%s is not the draft that the request is for",
                      path);
        tally_err_hint(err, "ask the analyst for draft.json as 'tally release --request' "
                            "wrote it, and for its request");
    } else if (tally_json_parse(&doc, path, text, len, err) == 0) {
        root = tally_json_root(doc);
        rc = print_draft(&root, err);
    }
    tally_json_doc_free(doc);
    free(text);
    return rc;
}

/* Ask for a word only where nothing is to be signed: the signature itself is the yes. */
static int
approve(const struct tally_governed *g, const struct approval *a, struct tally_err *err)
{
    struct tally_outfile *f = NULL;
    struct tally_request q;
    int rc = -1;

    if (tally_request_read(&q, a->request, g->agreement, err) != 0) {
        return -1;
    }
    tell(&q);
    if (a->draft != NULL && show_draft(&q, a->draft, err) != 0) {
        return -1;
    }
    if (a->dry_run) {
        return 0;
    }
    if (tally_outfile_open(&f, a->out, 0644, a->force, err) == 0 &&
        tally_approval_write(f, &q, &g->id, err) == 0 &&
        tally_outfile_commit(&f, 1, err) == 0) {
        tally_say("Approved: %s goes to the analyst.", a->out);
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
    struct approval a = {.dry_run = false};
    int rc = -1;
    const struct tally_opt opts[] = {
        TALLY_OPTS_GOVERNED(g),
        TALLY_OPT_TEXT("draft", "FILE", a.draft,
                       "draft.json: show all of it, if it is what the request is for"),
        TALLY_OPT_OUTPUT("FILE", a.out, "the approval to write"),
        TALLY_OPT_FLAG("dry-run", a.dry_run, "show what is asked for, and sign nothing"),
        TALLY_OPT_FORCE(a.force),
        TALLY_OPT_END};

    if (tally_opt_parse(v, opts, argc, argv, &files, err) != 0) {
        return -1;
    }
    if (files.help) {
        return 0;
    }
    if (files.n != 1) {
        return tally_err_set(err, TALLY_E_USAGE, "approve takes one request");
    }
    a.request = files.list[0];
    if (tally_opt_need(a.dry_run ? "" : a.draft, "--draft FILE", err) == 0 &&
        tally_opt_need(a.dry_run ? "" : a.out, "-o FILE", err) == 0 &&
        tally_governed_open(&g, TALLY_AS_CHECKER, err) == 0) {
        if ((g.self->roles & TALLY_AS_ANALYST) != 0) {
            tally_err_set(err, TALLY_E_POLICY, "%s is the analyst: another must approve",
                          g.id.card.name);
        } else {
            rc = approve(&g, &a, err);
        }
    }
    tally_governed_close(&g);
    return rc;
}

const struct tally_verb tally_verb_approve = {
    "approve", "sign that a release may leave",
    "REQUEST --draft FILE --agreement A --identity ID -o FILE [--dry-run]",
    "  tally approve 1.request --draft draft-1/draft.json --agreement a.json \\\n"
    "      --identity checker-id -o 1.approval\n",
    run};

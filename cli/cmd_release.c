/*
 * tally release: tables of a cohort through disclosure control.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bloom/base/file.h"
#include "cli/cmd_release_governed.h"

#define WITHDRAWN_MAX    (256u << 20) /* bytes of the list */
#define PSEUDONYM_DIGITS 32

struct request {
    const char *cohort;
    const char *tables;
    const char *profile;
    const char *show;
    const char *request;
    const char *approval;
    const char *withdrawn;
    const char *out;
    uint64_t threshold;
    bool list;
    bool dry_run;
    bool force;
    bool json;
};

static int
list_specs(void)
{
    const struct tally_tables_ready *r;

    for (size_t i = 0; (r = tally_tables_ready(i)) != NULL; i++) {
        printf("%-20s %s\n", r->name, r->what);
    }
    return 0;
}

static int
show_spec(const char *name, struct tally_err *err)
{
    const struct tally_tables_ready *r;

    for (size_t i = 0; (r = tally_tables_ready(i)) != NULL; i++) {
        if (strcmp(r->name, name) == 0) {
            printf("%s", r->text);
            return 0;
        }
    }
    (void)tally_err_set(err, TALLY_E_USAGE, "there is no spec '%s'", name);
    return tally_err_hint(err, "'tally release --list' names them");
}

/* Pseudonyms that are left out: a line each, put in order. */
struct withdrawn {
    char *text;
    const char **list;
    size_t n;
};

static int
compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int
read_withdrawn(const char *path, struct withdrawn *w, struct tally_err *err)
{
    uint8_t *data = NULL;
    size_t len, line = 0;
    char *at, *save = NULL;

    if (path == NULL) {
        return 0;
    }
    if (tally_file_read(path, WITHDRAWN_MAX, &data, &len, err) != 0) {
        return -1;
    }
    w->text = (char *)data;
    w->list = calloc(len / (PSEUDONYM_DIGITS + 1) + 2, sizeof *w->list);
    if (w->list == NULL) {
        return tally_err_nomem(err);
    }
    for (at = strtok_r(w->text, "\r\n", &save); at != NULL;
         at = strtok_r(NULL, "\r\n", &save)) {
        line++;
        if (strlen(at) != PSEUDONYM_DIGITS ||
            strspn(at, "0123456789abcdef") != PSEUDONYM_DIGITS) {
            return tally_err_set(err, TALLY_E_DATA,
                                 "%s: line %zu is no pseudonym of %d hexadecimal digits",
                                 path, line, PSEUDONYM_DIGITS);
        }
        w->list[w->n++] = at;
    }
    qsort(w->list, w->n, sizeof *w->list, compare_texts);
    return 0;
}

static void
tell(const struct request *q, const struct tally_release *r)
{
    tally_say("%s %zu tables under profile %s, threshold %u, rounding %u.",
              q->dry_run ? "Would release" : "Released", r->ntables, r->job->rules.name,
              r->job->rules.threshold, r->job->rules.rounding);
    for (size_t i = 0; i < r->ntables; i++) {
        const struct tally_released_table *t = &r->tables[i];

        tally_say("  %s: %zu of %zu figures shown", t->table->name, t->nshown,
                  t->counted->ncells);
    }
    if (!q->dry_run) {
        tally_say("Read %s/release.html.", q->out);
    }
}

/* Files appear once ledger and log know of them. */
static int
write_files(const struct request *q, struct tally_release_under *u,
            const struct tally_release *r, const struct tally_release_head *head,
            struct tally_err *err)
{
    struct tally_release_files files = {.n = 0};
    int rc = -1;

    if (tally_release_files(&files, r, head, q->out, q->force, err) == 0 &&
        tally_release_note(u, r, err) == 0) {
        rc = tally_release_files_commit(&files, err);
    }
    tally_release_files_end(&files);
    return rc;
}

/* Request and draft appear together; ledger and log hear of neither. */
static int
ask(const struct request *q, const struct tally_release_under *u,
    const struct tally_release *r, struct tally_release_head *head, struct tally_err *err)
{
    struct tally_release_files files = {.n = 0};
    struct tally_outfile *request = NULL;
    int rc = -1;

    head->draft = true;
    if (tally_outfile_open(&request, q->request, 0644, q->force, err) == 0 &&
        tally_release_request(u, r, head, request, err) == 0 &&
        tally_release_draft(&files, r, head, q->out, q->force, err) == 0) {
        files.list[files.n++] = request;
        request = NULL;
        rc = tally_release_files_commit(&files, err);
    }
    tally_outfile_free(request);
    tally_release_files_end(&files);
    if (rc == 0) {
        tally_say("Wrote the request %s and the draft %s/draft.html. The output checker "
                  "signs with 'tally approve'; nothing has left yet.",
                  q->request, q->out);
    }
    return rc;
}

static int
put_out(const struct request *q, struct tally_release_under *u,
        const struct tally_release *r, struct tally_release_head *head,
        struct tally_err *err)
{
    if (!q->dry_run && (tally_release_allowed(u, r, q->approval, head, err) != 0 ||
                        write_files(q, u, r, head, err) != 0)) {
        return -1;
    }
    if (q->json) {
        return tally_print_json(tally_release_json(r, head), err);
    }
    tell(q, r);
    return 0;
}

static int
release(const struct request *q, struct tally_release_under *u,
        const struct tally_tables *spec, const struct withdrawn *w, struct tally_err *err)
{
    struct tally_release_job job = {
        .cohort = q->cohort, .spec = spec, .withdrawn = {w->list, w->n}};
    struct tally_release_head head = {.number = 0};
    struct tally_release *r = NULL;
    int rc = -1;

    if (u->ledger != NULL) {
        job.earlier = tally_ledger_releases(u->ledger, &job.nearlier);
    }
    tally_release_fill(u, &head);
    if (tally_release_rules(u, q->profile, (uint32_t)q->threshold, &job.rules, err) ==
            0 &&
        tally_release_make(&r, &job, err) == 0) {
        rc = q->request != NULL && !q->dry_run ? ask(q, u, r, &head, err)
                                               : put_out(q, u, r, &head, err);
    }
    tally_release_free(r);
    return rc;
}

static int
run_release(const struct request *q, struct tally_release_under *u, struct tally_err *err)
{
    struct tally_tables *spec = NULL;
    struct withdrawn w = {.n = 0};
    int rc = -1;

    if (q->list) {
        return list_specs();
    }
    if (q->show != NULL) {
        return show_spec(q->show, err);
    }
    if (tally_opt_need(q->cohort, "--cohort FILE", err) != 0 ||
        tally_opt_need(q->tables, "--tables SPEC", err) != 0 ||
        tally_opt_need(q->dry_run ? "" : q->out, "-o DIR", err) != 0 ||
        tally_tables_load(&spec, q->tables, err) != 0) {
        return -1;
    }
    if (read_withdrawn(q->withdrawn, &w, err) == 0 && tally_release_open(u, err) == 0) {
        rc = release(q, u, spec, &w, err);
    }
    tally_release_close(u);
    tally_tables_free(spec);
    free(w.list);
    free(w.text);
    return rc;
}

static int
run(const struct tally_verb *v, int argc, char **argv, struct tally_err *err)
{
    struct request q = {.list = false};
    struct tally_release_under u = {.g = TALLY_GOVERNED_INIT};
    struct tally_operands files;
    const struct tally_opt opts[] = {
        TALLY_OPT_TEXT("cohort", "FILE", q.cohort, "the cohort of 'tally cohort'"),
        TALLY_OPT_TEXT("tables", "SPEC", q.tables,
                       "what to count: a file, or a name of --list"),
        TALLY_OPT_FLAG("list", q.list, "name the specs that come with this"),
        TALLY_OPT_TEXT("show", "NAME", q.show, "print one of them"),
        TALLY_OPT_TEXT("ledger", "FILE", u.ledger_path,
                       "what was released before; needed with --agreement"),
        TALLY_OPT_TEXT("request", "FILE", q.request,
                       "write a request, and into -o DIR the draft it is for"),
        TALLY_OPT_TEXT("approval", "FILE", q.approval,
                       "the output checker's signature of 'tally approve'"),
        TALLY_OPT_TEXT("withdrawn", "FILE", q.withdrawn,
                       "pseudonyms to leave out, one a line"),
        TALLY_OPT_TEXT("profile", "NAME", q.profile,
                       "ons (default), nhs-hes, opensafely, ukllc, acro"),
        TALLY_OPT_NUMBER("threshold", "N", q.threshold, 1, 1000,
                         "hide counts under N; never less than the profile's"),
        TALLY_OPT_OUTPUT("DIR", q.out,
                         "folder for tables, release.html and release.json"),
        TALLY_OPT_FLAG("dry-run", q.dry_run, "say what would be shown"),
        TALLY_OPTS_GOVERNED(u.g),
        TALLY_OPT_FORCE(q.force),
        TALLY_OPT_JSON(q.json),
        TALLY_OPT_END};

    if (tally_opt_parse(v, opts, argc, argv, &files, err) != 0) {
        return -1;
    }
    if (files.help) {
        return 0;
    }
    if (files.n != 0) {
        return tally_err_set(err, TALLY_E_USAGE, "release takes --cohort, not files");
    }
    return run_release(&q, &u, err);
}

const struct tally_verb tally_verb_release = {
    "release", "release tables through disclosure control",
    "--cohort cohort.db --tables SPEC --agreement A --identity ID --ledger L -o DIR",
    "  tally release --cohort cohort.db --tables strategic-needs -o release-1\n", run};

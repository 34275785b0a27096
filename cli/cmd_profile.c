/*
 * tally profile: what an export is like, before anything is encoded.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bloom/profile.h"
#include "cli/export.h"

#define LINE       88
#define INDENT     6
#define FIELDS_MAX 16 /* with more fields, plain columns are only counted */
#define SHOWN_MAX  12 /* findings of a verdict in the summary; the page has all */

struct request {
    struct tally_export_request export;
    const char *schema;
    const char *map;
    const char *out;
    bool force;
    bool json;
    struct tally_work work;
};

struct inputs {
    struct tally_schema *schema;
    struct tally_csv *csv;
    struct tally_mapping mapping;
};

static int
open_inputs(const struct request *q, struct inputs *in, struct tally_err *err)
{
    if ((q->schema != NULL && tally_schema_load(&in->schema, q->schema, err) != 0) ||
        tally_export_open(&in->csv, &q->export, in->schema, err) != 0) {
        return -1;
    }
    if (q->schema == NULL) {
        return 0;
    }
    return q->map != NULL
               ? tally_mapping_load(&in->mapping, q->map, in->schema, in->csv, err)
               : tally_export_guess(&in->mapping, in->schema, in->csv, &q->export, err);
}

static const char *
distinct_text(const struct tally_frequency *f, char out[40])
{
    (void)snprintf(out, 40, "%s%s", f->exact ? "" : "about ",
                   tally_thousands(f->distinct));
    return out;
}

static void
print_fields(const struct tally_profile *p)
{
    size_t others = 0;

    printf("  %-22.22s %-12s %10s %10s %14s  %s\n", "field", "type", "usable", "missing",
           "distinct", "verdict");
    for (size_t i = 0; i < p->nfields; i++) {
        const struct tally_profile_field *f = &p->fields[i];
        char usable[TALLY_SHARE_TEXT], missing[TALLY_SHARE_TEXT], distinct[40];

        if (!f->identifying && f->verdict == TALLY_VERDICT_GOOD &&
            p->nfields > FIELDS_MAX) {
            others++;
            continue;
        }
        tally_share_text(f->usable, p->records, usable);
        tally_share_text(f->reasons[TALLY_VALUE_MISSING] +
                             f->reasons[TALLY_VALUE_PLACEHOLDER],
                         p->records, missing);
        printf("  %-22.22s %-12s %10s %10s %14s  %s\n", f->name,
               tally_field_type_name(f->type), usable, missing,
               distinct_text(&f->frequency, distinct), tally_verdict_name(f->verdict));
    }
    if (others > 0) {
        printf("  and %zu other columns in which nothing stands out\n", others);
    }
}

/* ${text} indented, in lines of at most LINE characters. */
static void
print_wrapped(const char *text)
{
    size_t at = INDENT;

    printf("%*s", INDENT, "");
    while (*text != '\0') {
        size_t word = strcspn(text, " ");

        if (at > INDENT && at + 1 + word > LINE) {
            printf("\n%*s", INDENT, "");
            at = INDENT;
        }
        at += (size_t)printf("%s%.*s", at > INDENT ? " " : "", (int)word, text);
        text += word + strspn(text + word, " ");
    }
    putchar('\n');
}

/* One finding in a few lines; past SHOWN_MAX only counted. */
static void
print_finding(const char *field, const struct tally_finding *f, const uint64_t *rules,
              size_t *shown)
{
    char share[TALLY_SHARE_TEXT], text[TALLY_RULES_TEXT];

    if ((*shown)++ >= SHOWN_MAX) {
        return;
    }
    tally_share_text(f->count, f->of, share);
    printf("  %s: %s: %s%s of %s (%s)\n", field, tally_check_label(f->check),
           f->estimate ? "at least " : "", tally_thousands(f->count),
           tally_thousands(f->of), share);
    if (f->check == TALLY_CHECK_PLACEHOLDER && tally_rules_text(rules, text) > 0) {
        print_wrapped(text);
    }
    print_wrapped(f->action);
}

static void
print_verdict(const struct tally_profile *p, enum tally_verdict v, const char *heading,
              bool has_page)
{
    size_t shown = 0;

    if (tally_profile_count(p, v) == 0) {
        return;
    }
    printf("\n%s\n", heading);
    for (size_t i = 0; i < p->nfindings; i++) {
        if (p->findings[i].verdict == v) {
            print_finding("whole file", &p->findings[i], NULL, &shown);
        }
    }
    for (size_t f = 0; f < p->nfields; f++) {
        for (size_t i = 0; i < p->fields[f].nfindings; i++) {
            if (p->fields[f].findings[i].verdict == v) {
                print_finding(p->fields[f].name, &p->fields[f].findings[i],
                              p->fields[f].rules, &shown);
            }
        }
    }
    if (shown > SHOWN_MAX) {
        printf("  and %zu more%s\n", shown - SHOWN_MAX,
               has_page ? " in the report" : ": -o report.html shows all");
    }
}

static void
print_summary(const struct tally_profile *p, bool has_page)
{
    printf("Profile of %s: %s records, %zu fields, %s%s.\n", p->file,
           tally_thousands(p->records), p->nfields,
           p->schema[0] != '\0' ? "schema " : "types guessed", p->schema);
    if (p->has_aliases) {
        printf("Main rows are counted; %s rows of aliases are not looked at.\n",
               tally_thousands(p->alias_rows));
    }
    printf(
        "Exact counts about personal data, without any value: for the data owner.\n\n");
    print_fields(p);
    print_verdict(p, TALLY_VERDICT_FIX, "Fix before encoding", has_page);
    print_verdict(p, TALLY_VERDICT_LOOK, "Look at this", has_page);
    if (tally_profile_count(p, TALLY_VERDICT_FIX) == 0) {
        printf("\nNothing needs fixing before encoding.\n");
    }
}

static int
write_page(const struct request *q, const struct tally_profile *p, struct tally_err *err)
{
    struct tally_outfile *f = NULL;
    int status = -1;

    if (q->out == NULL) {
        return 0;
    }
    if (tally_outfile_open(&f, q->out, 0600, q->force, err) == 0 &&
        tally_profile_html(f, p, err) == 0 && tally_outfile_commit(&f, 1, err) == 0) {
        tally_say("Wrote %s: aggregate about personal data; for the data owner.", q->out);
        status = 0;
    }
    tally_outfile_free(f);
    return status;
}

static int
show(const struct request *q, const struct tally_profile *p, struct tally_err *err)
{
    if (write_page(q, p, err) != 0) {
        return -1;
    }
    if (q->json) {
        return tally_print_json(tally_profile_json(p), err);
    }
    print_summary(p, q->out != NULL);
    return 0;
}

static int
profile(struct request *q, struct tally_err *err)
{
    struct inputs in = {0};
    struct tally_profile_job job = {.id_column = -1};
    struct tally_profile *p = NULL;
    size_t alias;
    bool has_aliases;
    int status = -1;

    if (open_inputs(q, &in, err) == 0 &&
        tally_export_ids(in.csv, &q->export, "--id", &job.id_column, &alias, &has_aliases,
                         err) == 0 &&
        tally_work_begin(&q->work, err) == 0) {
        job.csv = in.csv;
        job.alias_column = has_aliases ? &alias : NULL;
        job.schema = in.schema;
        job.mapping = &in.mapping;
        job.pool = q->work.pool;
        job.progress = &q->work.progress;
        status = tally_profile_run(&p, &job, err);
        if (status == 0) {
            tally_export_say_notes(in.csv);
            status = show(q, p, err);
        }
    }
    tally_work_end(&q->work);
    tally_profile_free(p);
    tally_csv_free(in.csv);
    tally_schema_free(in.schema);
    return status;
}

/* A page that exists is refused before the file is read, which may take a while. */
static int
check_request(const struct request *q, const struct tally_operands *files,
              struct tally_err *err)
{
    struct tally_outfile *f = NULL;

    if (files->n != 1) {
        (void)tally_err_set(err, TALLY_E_USAGE, "profile takes one file, not %zu",
                            files->n);
        return tally_err_hint(err, "'-' reads standard input");
    }
    if (q->map != NULL && q->schema == NULL) {
        return tally_err_set(err, TALLY_E_USAGE,
                             "--map says which columns the fields of --schema are in");
    }
    if (q->out == NULL) {
        return 0;
    }
    if (tally_opt_spare(q->out, (const char *const[]){files->list[0], q->schema, q->map},
                        3, err) != 0 ||
        tally_outfile_open(&f, q->out, 0600, q->force, err) != 0) {
        return -1;
    }
    tally_outfile_free(f);
    return 0;
}

static int
run(const struct tally_verb *v, int argc, char **argv, struct tally_err *err)
{
    struct request q = {0};
    struct tally_operands files;
    const struct tally_opt opts[] = {
        TALLY_OPT_TEXT("schema", "S", q.schema,
                       "profile the fields of this schema (default: all)"),
        TALLY_OPT_TEXT("map", "MAP", q.map, "lines 'field = column' (default: guessed)"),
        TALLY_OPT_TEXT("id", "COLUMN", q.export.id,
                       "check that this id is there and unique"),
        TALLY_OPT_TEXT("alias-of", "COLUMN", q.export.alias_of,
                       "in rows of aliases: the id of the main row"),
        TALLY_OPT_TEXT("sheet", "NAME", q.export.sheet,
                       "sheet of a workbook (default: the first)"),
        TALLY_OPT_NUMBER("header-row", "N", q.export.header_row, 1,
                         TALLY_EXPORT_HEADER_ROW_MAX,
                         "the row of column names (default: the first)"),
        TALLY_OPT_TEXT("input-encoding", "E", q.export.encoding,
                       "utf-8 (default) or windows-1252"),
        TALLY_OPT_OUTPUT("FILE", q.out, "the HTML page to write"),
        TALLY_OPT_FORCE(q.force),
        TALLY_OPT_JSON(q.json),
        TALLY_OPT_THREADS(q.work),
        TALLY_OPT_PROGRESS(q.work),
        TALLY_OPT_END};

    if (tally_opt_parse(v, opts, argc, argv, &files, err) != 0) {
        return -1;
    }
    if (files.help) {
        return 0;
    }
    if (check_request(&q, &files, err) != 0) {
        return -1;
    }
    q.export.input = files.list[0];
    return profile(&q, err);
}

const struct tally_verb tally_verb_profile = {
    "profile", "check an export before it is encoded",
    "FILE.csv|.tsv|.xlsx|- [--schema S] [-o report.html]",
    "  tally profile police.csv --schema schema.json --id id -o police-profile.html\n",
    run};

/*
 * Telling what tally encode did, or in a dry run would do, in words. No value of the
 * export is ever told.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/cmd_encode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bloom/base/bytes.h"
#include "bloom/encfile.h"
#include "protocols/sheet.h"

/* A bar is how this tool's own documents part several values: where the mapping does not
 * say so, they are taken for one, which matches nobody. */
static void
say_bars(const struct tally_encode_job *job, const struct tally_encode_summary *sum)
{
    for (size_t f = 0; f < job->schema->nfields; f++) {
        uint64_t n = sum->rules[f][TALLY_RULE_BAR];

        if (n > 0) {
            tally_say("  warning: a | stands in values of %s: %s. If they are several "
                      "values, say so in a mapping file: '%s = %s [split |]'",
                      job->schema->fields[f].name, tally_thousands(n),
                      job->schema->fields[f].name,
                      tally_csv_column(job->csv, job->mapping->parts[f][0]));
        }
    }
}

static void
say_fields(const struct tally_schema *s, const struct tally_encode_summary *sum)
{
    tally_say("  %-16s %12s %12s %12s %12s", "field", "usable", "repaired", "missing",
              "unusable");
    for (size_t f = 0; f < s->nfields; f++) {
        const uint64_t *r = sum->reasons[f];

        tally_say("  %-16s %12s %12s %12s %12s", s->fields[f].name,
                  tally_thousands(r[TALLY_VALUE_OK] + r[TALLY_VALUE_REPAIRED]),
                  tally_thousands(r[TALLY_VALUE_REPAIRED]),
                  tally_thousands(r[TALLY_VALUE_MISSING] + r[TALLY_VALUE_PLACEHOLDER]),
                  tally_thousands(r[TALLY_VALUE_INVALID] + r[TALLY_VALUE_IMPOSSIBLE] +
                                  r[TALLY_VALUE_CHECK_DIGIT]));
    }
    for (size_t f = 0; f < s->nfields; f++) {
        char rules[TALLY_RULES_TEXT];

        if (tally_rules_text(sum->rules[f], rules) > 0) {
            tally_say("  not encoded of %s: %s", s->fields[f].name, rules);
        }
    }
}

static void
say_list(const struct tally_exclude *x, enum tally_stay why, const char *what)
{
    struct tally_exclude_counts c = tally_exclude_counts(x, why);

    if (!c.given) {
        return;
    }
    tally_say("  people on the %s: %s, of whom in this export %s and not in it %s", what,
              tally_thousands(c.people), tally_thousands(c.met),
              tally_thousands(c.people - c.met));
    if (c.unreadable > 0) {
        tally_say(
            "  warning: %s values of the list could not be read, and keep nobody at "
            "home: correct them",
            tally_thousands(c.unreadable));
    }
}

/* Who stays, and what might be wrong with how that is said. */
static void
say_stays(const struct tally_encode_job *job, const struct tally_encode_summary *sum)
{
    const struct tally_exclude *x = job->exclude;

    if (x == NULL) {
        return;
    }
    tally_say("  records that stay here: %s by opt-out, %s by exclusion list, %s marked",
              tally_thousands(sum->stayed[TALLY_STAYS_OPT_OUT]),
              tally_thousands(sum->stayed[TALLY_STAYS_LISTED]),
              tally_thousands(sum->stayed[TALLY_STAYS_MARKED]));
    if (sum->records_bare > 0 || sum->alias_rows_stayed > 0) {
        tally_say(
            "  records that leave without their aliases: %s; alias rows that stay: %s",
            tally_thousands(sum->records_bare), tally_thousands(sum->alias_rows_stayed));
    }
    say_list(x, TALLY_STAYS_OPT_OUT, "opt-out list");
    say_list(x, TALLY_STAYS_LISTED, "exclusion list");
    for (size_t i = 0; i < tally_exclude_columns(x); i++) {
        uint64_t others = tally_exclude_other_values(x, i);

        if (others > 0) {
            tally_say(
                "  warning: column '%s' holds another value in %s rows, which leave: "
                "is one of them a mark too?",
                tally_csv_column(job->csv, tally_exclude_column(x, i)),
                tally_thousands(others));
        }
    }
}

static void
say_values(const struct tally_schema *s, const struct tally_encode_summary *sum)
{
    if (sum->alias_rows > 0) {
        tally_say("  alias rows under their main rows: %s",
                  tally_thousands(sum->alias_rows));
    }
    for (size_t f = 0; f < s->nfields; f++) {
        if (sum->more_values[f] > 0) {
            tally_say("  further values of %s: %s", s->fields[f].name,
                      tally_thousands(sum->more_values[f]));
        }
    }
    if (sum->records_cut > 0) {
        tally_say(
            "  records with more combinations than are carried (%d): %s; values and "
            "alias rows left out: %s",
            TALLY_ENCODE_VALUES_MAX, tally_thousands(sum->records_cut),
            tally_thousands(sum->values_cut));
    }
}

static void
say_match_keys(const struct tally_schema *s, const struct tally_encode_summary *sum)
{
    for (size_t k = 0; k < sum->nmatch_keys; k++) {
        tally_say("  match key '%s': %s keys of %s records", s->match_keys[k].name,
                  tally_thousands(sum->match_keys[k].rows),
                  tally_thousands(sum->match_keys[k].records));
    }
}

static void
say_views(const struct tally_schema *s, const struct tally_encode_summary *sum)
{
    if (s->views_implied && sum->views[0].rows == sum->records + sum->dummies) {
        return;
    }
    tally_say("  %-16s %12s %12s", "view", "encodings", "records");
    for (size_t v = 0; v < sum->nviews; v++) {
        tally_say("  %-16s %12s %12s", s->views[v].name,
                  tally_thousands(sum->views[v].rows),
                  tally_thousands(sum->views[v].records));
    }
}

/* Counts, for a run and a dry run alike. */
static void
say_counts(const struct tally_encode_job *job, const struct tally_encode_summary *sum)
{
    char hex[2 * TALLY_KEY_CHECK_BYTES + 1];

    tally_hex_encode(sum->key_check, TALLY_KEY_CHECK_BYTES, hex);
    tally_export_say_notes(job->csv);
    say_fields(job->schema, sum);
    say_bars(job, sum);
    if (job->dummies > 0) {
        tally_say("  %s dummies stand among them: the file says that there are some, and "
                  "%s records in all",
                  tally_thousands(sum->dummies),
                  tally_thousands(sum->records + sum->dummies));
    }
    if (sum->empty_records > 0 && sum->empty_records == sum->records) {
        tally_say(
            "  warning: no record has a usable field, so that none can match: check "
            "that the right columns were exported and mapped");
    } else if (sum->empty_records > 0) {
        tally_say("  records without a usable field, which are in the file but match "
                  "nobody: %s",
                  tally_thousands(sum->empty_records));
    }
    if (sum->unsalted > 0) {
        tally_say("  records without a usable %s to salt with, which are like those of "
                  "other sources only where it is missing too: %s",
                  job->schema->fields[job->schema->salt_field].name,
                  tally_thousands(sum->unsalted));
    }
    say_values(job->schema, sum);
    say_views(job->schema, sum);
    say_match_keys(job->schema, sum);
    say_stays(job, sum);
    tally_say("Key check value: %s (the other owners must see the same)", hex);
}

void
tally_encode_say(const struct tally_encode_job *job,
                 const struct tally_encode_summary *sum)
{
    tally_say("Encoded %s records of source '%s'.", tally_thousands(sum->records),
              job->source);
    say_counts(job, sum);
}

void
tally_encode_say_files(const struct tally_encode_job *job)
{
    if (job->clks) {
        tally_say("Wrote %s: pseudonymised; filters in the order of the rows, without "
                  "tokens: whoever has the export can tell them apart.",
                  job->out);
        return;
    }
    tally_say("Wrote %s: pseudonymised; for the linker.%s", job->out,
              job->id_column >= 0 && !job->ids_stay
                  ? " It holds the record ids (--id): for pilots only."
                  : "");
    if (job->payload_out != NULL && job->npayload == 0) {
        tally_say("Wrote %s: random tokens without columns; for the analyst.",
                  job->payload_out);
    } else if (job->payload_out != NULL) {
        tally_say("Wrote %s: %zu payload columns under random tokens; for the analyst.",
                  job->payload_out, job->npayload);
    }
}

int
tally_encode_check_sheet(const struct tally_encode_request *q,
                         const struct tally_encode_job *job, struct tally_err *err)
{
    struct tally_sheet *s = calloc(1, sizeof *s);
    struct tally_outfile *f = NULL;
    int rc = s != NULL ? 0 : tally_err_nomem(err);

    if (rc == 0 && q->about != NULL) {
        rc = tally_sheet_read_texts(s, q->about, err);
    }
    if (rc == 0 && q->sheet != NULL && !job->dry_run) {
        rc = tally_outfile_open(&f, q->sheet, 0644, job->force, err);
    }
    tally_outfile_free(f);
    free(s);
    return rc;
}

int
tally_encode_write_sheet(const struct tally_encode_request *q,
                         const struct tally_encode_job *job,
                         const struct tally_encode_summary *sum,
                         const struct tally_governed *g, uint64_t delivery,
                         const char *path, struct tally_err *err)
{
    struct tally_sheet *s = calloc(1, sizeof *s);
    struct tally_outfile *f = NULL;
    int rc = -1;

    if (s == NULL) {
        return tally_err_nomem(err);
    }
    tally_sheet_make(s, job, sum);
    if (g != NULL) {
        memcpy(s->agreement, g->agreement->digest, sizeof s->agreement);
        (void)snprintf(s->texts[TALLY_SHEET_POPULATION], TALLY_SHEET_TEXT_MAX + 1, "%s",
                       q->about == NULL ? g->self->sends.people : "");
        s->delivery = delivery;
    }
    if ((q->about == NULL || tally_sheet_read_texts(s, q->about, err) == 0) &&
        tally_outfile_open(&f, path, 0644, job->force, err) == 0 &&
        tally_sheet_write(f, s, g != NULL ? g->id.sign : NULL, err) == 0) {
        rc = tally_outfile_commit(&f, 1, err);
    }
    tally_outfile_free(f);
    free(s);
    return rc;
}

/* The dry run. */

/* Names with commas between them, and a line's end. */
static void
print_names(const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        printf("%s%s", i > 0 ? ", " : "", names[i]);
    }
    printf("%s\n", n == 0 ? "none" : "");
}

static void
print_fields(const struct tally_encode_job *job)
{
    const char *names[TALLY_SCHEMA_FIELDS_MAX];
    size_t n = 0;

    for (size_t f = 0; f < job->schema->nfields; f++) {
        if (job->mapping->nparts[f] > 0) {
            names[n++] = job->schema->fields[f].name;
        }
    }
    printf("    encodings of %s bits, made from: ",
           tally_thousands(tally_schema_output_bits(job->schema)));
    print_names(names, n);
}

static void
print_encodings_file(const struct tally_encode_job *job,
                     const struct tally_encode_summary *sum)
{
    char hex[2 * TALLY_DIGEST_BYTES + 1];

    tally_hex_encode(job->schema->digest, TALLY_DIGEST_BYTES, hex);
    if (job->clks) {
        printf("  %s, to the linker: %s filters in the order of the rows\n", job->out,
               tally_thousands(sum->records));
        print_fields(job);
        return;
    }
    printf("  %s, to the linker: %s bytes\n", job->out, tally_thousands(sum->enc_bytes));
    printf("    %s records, each under a random token that is new in every run, in the "
           "order of the tokens\n",
           tally_thousands(sum->records + sum->dummies));
    if (sum->dummies > 0) {
        printf("    %s of them are dummies, and the file says that there are some\n",
               tally_thousands(sum->dummies));
    }
    print_fields(job);
    for (size_t v = 0; v < sum->nviews; v++) {
        printf("    view '%s': %s encodings of %s records\n", job->schema->views[v].name,
               tally_thousands(sum->views[v].rows),
               tally_thousands(sum->views[v].records));
    }
    for (size_t k = 0; k < sum->nmatch_keys; k++) {
        printf("    match key '%s': %s keys of %s records, equal wherever the values "
               "are\n",
               job->schema->match_keys[k].name, tally_thousands(sum->match_keys[k].rows),
               tally_thousands(sum->match_keys[k].records));
    }
    if (job->id_column >= 0 && !job->ids_stay) {
        printf("    the ids of column '%s', for anyone to read: for pilots only\n",
               tally_csv_column(job->csv, (size_t)job->id_column));
    }
    printf("    about the file: source '%s', people may stand twice: %s, schema '%s' "
           "(%.16s...), the key check value, and the release of the program\n",
           job->source, job->duplicates_possible ? "yes" : "no", job->schema->name, hex);
}

static void
print_payload_file(const struct tally_encode_job *job,
                   const struct tally_encode_summary *sum)
{
    const char *names[TALLY_ENCODE_PAYLOAD_MAX];

    if (job->payload_out == NULL) {
        return;
    }
    for (size_t i = 0; i < job->npayload; i++) {
        names[i] = tally_csv_column(job->csv, job->payload_columns[i]);
    }
    printf("  %s, to the analyst: %s bytes\n", job->payload_out,
           tally_thousands(sum->payload_bytes));
    printf("    %s rows under the same tokens; columns, as they stand in the export: ",
           tally_thousands(sum->records));
    print_names(names, job->npayload);
}

static bool
is_payload(const struct tally_encode_job *job, size_t column)
{
    for (size_t i = 0; i < job->npayload; i++) {
        if (job->payload_columns[i] == column) {
            return true;
        }
    }
    return false;
}

static void
print_stays(const struct tally_encode_job *job, const struct tally_encode_summary *sum)
{
    size_t n = 0;

    printf("  the export, the mapping and the key\n  columns that go nowhere: ");
    for (size_t c = 0; c < tally_csv_columns(job->csv); c++) {
        if (!tally_encode_column_leaves(job, c) && !is_payload(job, c)) {
            printf("%s%s", n++ > 0 ? ", " : "", tally_csv_column(job->csv, c));
        }
    }
    printf("%s\n", n == 0 ? "none" : "");
    printf("  records: %s by opt-out, %s by exclusion list, %s marked\n",
           tally_thousands(sum->stayed[TALLY_STAYS_OPT_OUT]),
           tally_thousands(sum->stayed[TALLY_STAYS_LISTED]),
           tally_thousands(sum->stayed[TALLY_STAYS_MARKED]));
    if (job->token_map != NULL) {
        printf("  whose token is whose: %s\n", job->token_map);
    }
    if (sum->alias_rows_stayed + sum->values_cut > 0) {
        printf("  aliases: %s rows marked, %s values and rows beyond the limit\n",
               tally_thousands(sum->alias_rows_stayed), tally_thousands(sum->values_cut));
    }
}

void
tally_encode_say_dry_run(const struct tally_encode_job *job,
                         const struct tally_encode_summary *sum)
{
    printf("Dry run: nothing was written.\n\nWhat would leave\n");
    print_encodings_file(job, sum);
    print_payload_file(job, sum);
    printf("\nWhat stays here\n");
    print_stays(job, sum);
    printf("\nWhat cannot be recovered\n");
    if (job->clks) {
        printf("  names, dates and addresses, from the filters alone\n");
    } else if (job->id_column >= 0 && !job->ids_stay) {
        printf("  the order of the export; but whose token is whose is plain from the "
               "ids\n");
    } else if (job->token_map != NULL) {
        printf("  the order of the export\n");
    } else {
        printf("  whose token is whose: no list of them is kept, here or anywhere\n"
               "  the order of the export\n");
    }
    printf(
        "  Whoever gets hold of the key can try out names, and attacks are known that\n"
        "  need no key. All that leaves is pseudonymised personal data.\n\n");
    say_counts(job, sum);
}

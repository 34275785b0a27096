/*
 * tally encode: an export in, an encodings file (and a payload part) out.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bloom/base/bytes.h"
#include "bloom/encfile.h"
#include "bloom/encode.h"
#include "bloom/keyfile.h"
#include "cli/cmd_encode_clkhash.h"
#include "cli/cmd_schema_clkhash.h"

#define PAYLOAD_COLUMNS_MAX 256

struct request {
    const char *input;
    const char *schema;
    const char *key;
    const char *id;
    const char *map;
    const char *payload;
    const char *source;
    const char *duplicates;
    const char *encoding;
    const char *sheet;
    const char *format;
    bool json;
    struct tally_clkhash_request clkhash; /* options that only its schemas take */
    struct tally_work work;
};

/* What is opened for a run, all of it released by close_all. */
struct inputs {
    struct tally_schema *schema;
    struct tally_csv *csv;
    struct tally_secret *key;
    struct tally_mapping mapping;
    size_t payload[PAYLOAD_COLUMNS_MAX];
    char source[TALLY_NAME_MAX + 1];
};

static void
close_all(struct inputs *in)
{
    tally_secret_free(in->key);
    tally_csv_free(in->csv);
    tally_schema_free(in->schema);
}

static int
text_encoding(const char *name, enum tally_text_encoding *out, struct tally_err *err)
{
    if (name == NULL || strcmp(name, "utf-8") == 0) {
        *out = TALLY_TEXT_UTF8;
        return 0;
    }
    if (strcmp(name, "windows-1252") == 0) {
        *out = TALLY_TEXT_WINDOWS_1252;
        return 0;
    }
    return tally_err_set(err, TALLY_E_USAGE, "--input-encoding is utf-8 or windows-1252");
}

static int
duplicates(const char *word, bool *out, struct tally_err *err)
{
    *out = word != NULL && strcmp(word, "possible") == 0;
    if (word == NULL || *out || strcmp(word, "none") == 0) {
        return 0;
    }
    return tally_err_set(err, TALLY_E_USAGE, "--duplicates is none or possible");
}

static int
output_format(const char *word, bool *clks, struct tally_err *err)
{
    *clks = word != NULL && strcmp(word, "clkhash-json") == 0;
    if (word == NULL || *clks || strcmp(word, "enc") == 0) {
        return 0;
    }
    return tally_err_set(err, TALLY_E_USAGE, "--format is enc or clkhash-json");
}

static int
source_name(const struct request *q, struct inputs *in, struct tally_err *err)
{
    const char *allowed =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";

    if (q->source != NULL) {
        (void)snprintf(in->source, sizeof in->source, "%s", q->source);
    } else {
        tally_path_stem(q->input, in->source, sizeof in->source);
    }
    if (in->source[0] != '\0' && strspn(in->source, allowed) == strlen(in->source) &&
        (q->source == NULL || strlen(q->source) <= TALLY_NAME_MAX)) {
        return 0;
    }
    (void)tally_err_set(err, TALLY_E_USAGE,
                        "the source needs a name of letters, digits and "
                        "_ . - (at most 63)");
    return tally_err_hint(err,
                          "give one with --source NAME, for instance --source police");
}

static int
find_column(const struct tally_csv *csv, const char *name, size_t *out,
            struct tally_err *err)
{
    ptrdiff_t i = tally_csv_find(csv, name);

    if (i < 0) {
        (void)tally_err_set(err, TALLY_E_MAPPING, "%s has no column '%s'",
                            tally_csv_path(csv), name);
        return tally_err_hint(err,
                              "column names are in the first row; spelling and capitals "
                              "must be the same");
    }
    *out = (size_t)i;
    return 0;
}

static bool
is_identifier(const struct inputs *in, size_t column)
{
    for (size_t f = 0; f < in->schema->nfields; f++) {
        for (size_t p = 0; p < in->mapping.nparts[f]; p++) {
            if (in->mapping.parts[f][p] == column) {
                return true;
            }
        }
    }
    return false;
}

/* A payload part goes to the analyst, who must not see identifiers. */
static int
payload_columns(const struct request *q, struct inputs *in, struct tally_encode_job *job,
                struct tally_err *err)
{
    char **names = NULL;
    size_t n;
    int status = 0;

    if (q->payload == NULL) {
        return 0;
    }
    if (tally_opt_list(q->payload, PAYLOAD_COLUMNS_MAX, &names, &n, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < n && status == 0; i++) {
        status = find_column(in->csv, names[i], &in->payload[i], err);
        if (status == 0 && (is_identifier(in, in->payload[i]) ||
                            (ptrdiff_t)in->payload[i] == job->id_column)) {
            (void)tally_err_set(
                err, TALLY_E_POLICY,
                "column '%s' identifies people and cannot go into the payload "
                "part",
                names[i]);
            status =
                tally_err_hint(err, "the analyst joins payload by pseudonym; take the "
                                    "column out of --payload");
        }
    }
    tally_opt_list_free(names, n);
    job->payload_columns = in->payload;
    job->npayload = n;
    return status;
}

static int
columns(const struct request *q, struct inputs *in, struct tally_encode_job *job,
        struct tally_err *err)
{
    size_t id = 0;
    char *shown;

    if (q->map != NULL) {
        if (tally_mapping_load(&in->mapping, q->map, in->schema, in->csv, err) != 0) {
            return -1;
        }
    } else {
        if (tally_mapping_guess(&in->mapping, in->schema, in->csv, err) != 0) {
            return -1;
        }
        shown = tally_mapping_text(&in->mapping, in->schema, in->csv);
        if (shown == NULL) {
            return tally_err_nomem(err);
        }
        tally_say(
            "Columns guessed from their names (give --map FILE to change this):\n%s",
            shown);
        free(shown);
    }
    job->id_column = -1;
    if (q->id != NULL) {
        if (find_column(in->csv, q->id, &id, err) != 0) {
            return -1;
        }
        job->id_column = (ptrdiff_t)id;
    }
    return payload_columns(q, in, job, err);
}

static int
open_all(const struct request *q, struct inputs *in, struct tally_encode_job *job,
         struct tally_err *err)
{
    struct tally_csv_options options = {.sheet = q->sheet};

    if (text_encoding(q->encoding, &options.encoding, err) != 0 ||
        duplicates(q->duplicates, &job->duplicates_possible, err) != 0 ||
        output_format(q->format, &job->clks, err) != 0 || source_name(q, in, err) != 0 ||
        tally_schema_load(&in->schema, q->schema, err) != 0 ||
        tally_keyfile_read(q->key, TALLY_KEY_LINKAGE, &in->key, err) != 0 ||
        tally_csv_open(&in->csv, q->input, &options, err) != 0) {
        return -1;
    }
    job->csv = in->csv;
    job->schema = in->schema;
    job->mapping = &in->mapping;
    job->key = in->key;
    job->source = in->source;
    return columns(q, in, job, err);
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
}

/* What a workbook holds that a person may not have seen in it. */
static void
say_notes(const struct tally_csv_notes *n)
{
    if (n->sheets > 1) {
        tally_say("Read sheet '%s', one of %zu (--sheet NAME reads another).", n->sheet,
                  n->sheets);
    }
    if (n->hidden_rows > 0) {
        tally_say("  rows hidden in the sheet, encoded as any other: %s",
                  tally_thousands(n->hidden_rows));
    }
    if (n->error_cells > 0) {
        tally_say("  cells with an error such as #N/A, taken as missing: %s",
                  tally_thousands(n->error_cells));
    }
    if (n->long_numbers > 0) {
        tally_say(
            "  numbers over 15 digits, which the spreadsheet has rounded: %s (export "
            "such columns as text)",
            tally_thousands(n->long_numbers));
    }
}

static void
say_summary(const struct tally_encode_job *job, const struct tally_encode_summary *sum)
{
    char hex[2 * TALLY_KEY_CHECK_BYTES + 1];

    tally_hex_encode(sum->key_check, TALLY_KEY_CHECK_BYTES, hex);
    tally_say("Encoded %s records of source '%s'.", tally_thousands(sum->records),
              job->source);
    say_notes(tally_csv_notes(job->csv));
    say_fields(job->schema, sum);
    if (sum->empty_records > 0) {
        tally_say(
            "  %s records have no usable field: they are in the file but match nobody",
            tally_thousands(sum->empty_records));
    }
    if (sum->unsalted > 0) {
        tally_say("  %s records have no usable %s to salt with: they are like those of "
                  "other sources only where it is missing too",
                  tally_thousands(sum->unsalted),
                  job->schema->fields[job->schema->salt_field].name);
    }
    tally_say("Key check value: %s (the other owners must see the same)", hex);
    if (job->clks) {
        tally_say("Wrote %s: pseudonymised; filters in the order of the rows, without "
                  "tokens: whoever has the export can tell them apart.",
                  job->out);
        return;
    }
    tally_say("Wrote %s: pseudonymised; for the linker.%s", job->out,
              job->id_column >= 0 ? " It holds the record ids (--id): for pilots only."
                                  : "");
    if (job->payload_out != NULL && job->npayload == 0) {
        tally_say("Wrote %s: random tokens without columns; for the analyst.",
                  job->payload_out);
    } else if (job->payload_out != NULL) {
        tally_say("Wrote %s: %zu payload columns under random tokens; for the analyst.",
                  job->payload_out, job->npayload);
    }
}

/* Counts by rule, of the rules that any value met. */
static struct tally_jnode *
rules_as_json(const uint64_t rules[TALLY_RULES])
{
    struct tally_jnode *o = tally_jobject();

    for (int r = 1; r < TALLY_RULES; r++) {
        if (rules[r] > 0) {
            tally_jset_int(o, tally_rule_name((enum tally_rule)r), (int64_t)rules[r]);
        }
    }
    return o;
}

static int
print_as_json(const struct tally_encode_job *job, const struct tally_encode_summary *sum,
              struct tally_err *err)
{
    const struct tally_csv_notes *notes = tally_csv_notes(job->csv);
    struct tally_jnode *n = tally_jobject();
    struct tally_jnode *fields = tally_jarray();
    char hex[2 * TALLY_KEY_CHECK_BYTES + 1];

    tally_hex_encode(sum->key_check, TALLY_KEY_CHECK_BYTES, hex);
    tally_jset_str(n, "source", job->source);
    tally_jset_int(n, "records", (int64_t)sum->records);
    tally_jset_int(n, "empty_records", (int64_t)sum->empty_records);
    tally_jset_int(n, "unsalted_records", (int64_t)sum->unsalted);
    tally_jset_real(n, "mean_fill", sum->mean_fill);
    tally_jset_int(n, "error_cells", (int64_t)notes->error_cells);
    tally_jset_int(n, "long_numbers", (int64_t)notes->long_numbers);
    tally_jset_int(n, "hidden_rows", (int64_t)notes->hidden_rows);
    tally_jset_str(n, "key_check", hex);
    for (size_t f = 0; f < job->schema->nfields; f++) {
        struct tally_jnode *o = tally_jobject();

        tally_jset_str(o, "field", job->schema->fields[f].name);
        for (int r = 0; r < TALLY_REASONS; r++) {
            tally_jset_int(o, tally_reason_name((enum tally_reason)r),
                           (int64_t)sum->reasons[f][r]);
        }
        tally_jset(o, "rules", rules_as_json(sum->rules[f]));
        tally_jpush(fields, o);
    }
    tally_jset(n, "fields", fields);
    return tally_print_json(n, err);
}

static int
encode(struct request *q, struct tally_encode_job *job, struct tally_err *err)
{
    struct inputs in = {0};
    struct tally_encode_summary sum;
    int status = -1;

    if (open_all(q, &in, job, err) == 0 && tally_work_begin(&q->work, err) == 0) {
        job->pool = q->work.pool;
        job->progress = &q->work.progress;
        status = tally_encode(job, &sum, err);
        if (status == 0 && q->json) {
            status = print_as_json(job, &sum, err);
        } else if (status == 0) {
            say_summary(job, &sum);
        }
    }
    tally_work_end(&q->work);
    close_all(&in);
    return status;
}

/* A clkhash schema brings its own rules for columns, secret and output. */
static int
encode_clkhash(struct request *q, const struct tally_encode_job *job,
               struct tally_err *err)
{
    int status;

    if (q->key != NULL || q->map != NULL || q->payload != NULL || q->id != NULL ||
        q->encoding != NULL || q->sheet != NULL) {
        return tally_err_set(err, TALLY_E_USAGE,
                             "--key, --map, --id, --payload, --input-encoding and "
                             "--sheet do not go with a clkhash schema");
    }
    if (q->format != NULL && strcmp(q->format, "clkhash-json") != 0) {
        return tally_err_set(err, TALLY_E_USAGE,
                             "a clkhash schema gives --format clkhash-json only");
    }
    q->clkhash.input = q->input;
    q->clkhash.schema = q->schema;
    q->clkhash.out = job->out;
    q->clkhash.force = job->force;
    q->clkhash.json = q->json;
    q->clkhash.progress = &q->work.progress;
    status = tally_opt_need(job->out, "-o OUT.json", err);
    if (status == 0) {
        status = tally_work_begin(&q->work, err);
    }
    if (status == 0) {
        status = tally_encode_clkhash(&q->clkhash, err);
    }
    tally_work_end(&q->work);
    return status;
}

static int
check_request(const struct request *q, const struct tally_encode_job *job,
              const struct tally_operands *files, struct tally_err *err)
{
    if (files->n != 1) {
        (void)tally_err_set(err, TALLY_E_USAGE, "encode takes one file, not %zu",
                            files->n);
        return tally_err_hint(err,
                              "encode each source by itself; '-' reads standard input");
    }
    if (tally_opt_need(q->schema, "--schema S", err) != 0 ||
        tally_opt_need(q->key, "--key KEY", err) != 0 ||
        tally_opt_need(job->out, "-o OUT.enc", err) != 0) {
        return -1;
    }
    if (q->clkhash.secret_file != NULL || q->clkhash.header != NULL ||
        q->clkhash.no_validate) {
        return tally_err_set(err, TALLY_E_USAGE,
                             "--secret-file, --header and --no-validate go with a "
                             "clkhash schema, which this is not");
    }
    if (q->payload != NULL && job->payload_out == NULL) {
        return tally_err_set(err, TALLY_E_USAGE,
                             "--payload COL,... needs --payload-out FILE");
    }
    if (tally_path_distinct(files->list[0], job->out, err) != 0 ||
        (job->payload_out != NULL &&
         (tally_path_distinct(files->list[0], job->payload_out, err) != 0 ||
          tally_path_distinct(job->out, job->payload_out, err) != 0))) {
        return -1;
    }
    return 0;
}

static int
run(const struct tally_verb *v, int argc, char **argv, struct tally_err *err)
{
    struct request q = {0};
    struct tally_encode_job job = {0};
    struct tally_operands files;
    const struct tally_opt opts[] = {
        {.name = "schema", .arg = "S", .help = "the agreed schema", .text = &q.schema},
        {.name = "key", .arg = "KEY", .help = "the linkage key file", .text = &q.key},
        {.name = "map",
         .arg = "MAP",
         .text = &q.map,
         .help = "lines 'field = column' (default: guessed)"},
        {.name = "source",
         .arg = "NAME",
         .help = "name of the source (default: the file's)",
         .text = &q.source},
        {.name = "duplicates",
         .arg = "WORD",
         .text = &q.duplicates,
         .help = "can a person be in it twice? none (default), possible"},
        {.name = "id",
         .arg = "COLUMN",
         .help = "keep this id: pilots only",
         .text = &q.id},
        {.name = "payload",
         .arg = "COL,...",
         .help = "columns for the analyst",
         .text = &q.payload},
        {.name = "payload-out",
         .arg = "FILE",
         .help = "the payload part to write",
         .text = &job.payload_out},
        {.name = "input-encoding",
         .arg = "E",
         .help = "utf-8 (default) or windows-1252",
         .text = &q.encoding},
        {.name = "sheet",
         .arg = "NAME",
         .help = "sheet of a workbook (default: the first)",
         .text = &q.sheet},
        {.name = "output",
         .letter = 'o',
         .arg = "OUT",
         .help = "the encodings file to write",
         .text = &job.out},
        {.name = "format", .arg = "F", .text = &q.format},
        {.name = "secret-file", .arg = "FILE", .text = &q.clkhash.secret_file},
        {.name = "header", .arg = "WORD", .text = &q.clkhash.header},
        {.name = "no-validate", .flag = &q.clkhash.no_validate},
        TALLY_OPT_FORCE(job.force),
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
    if (files.n == 1 && q.schema != NULL && tally_clkhash_given(q.schema)) {
        q.input = files.list[0];
        return encode_clkhash(&q, &job, err);
    }
    if (check_request(&q, &job, &files, err) != 0) {
        return -1;
    }
    q.input = files.list[0];
    return encode(&q, &job, err);
}

const struct tally_verb tally_verb_encode = {
    "encode", "encode an export into a file for the linker",
    "FILE.csv|.tsv|.xlsx|- --schema S --key KEY -o OUT.enc",
    "  tally encode police.csv --schema schema.json --key project.key \\\n"
    "      --payload offence_category --payload-out police.pay -o police.enc\n"
    "With a clkhash schema: --secret-file FILE [--header yes|no|ignore] "
    "[--no-validate]\n",
    run};

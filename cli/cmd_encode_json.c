/*
 * What tally encode did, or in a dry run would do, as JSON.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/cmd_encode.h"

#include "bloom/base/bytes.h"

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

/* A file that leaves. */
static struct tally_jnode *
file_as_json(const char *path, const char *recipient, uint64_t bytes, uint64_t records)
{
    struct tally_jnode *o = tally_jobject();

    tally_jset_str(o, "file", path);
    tally_jset_str(o, "recipient", recipient);
    tally_jset_int(o, "bytes", (int64_t)bytes);
    tally_jset_int(o, "records", (int64_t)records);
    return o;
}

static struct tally_jnode *
files_as_json(const struct tally_encode_job *job, const struct tally_encode_summary *sum)
{
    struct tally_jnode *files = tally_jarray();
    struct tally_jnode *o;

    if (job->clks) {
        return files; /* how long JSON of filters gets is not planned */
    }
    o = file_as_json(job->out, "linker", sum->enc_bytes, sum->records + sum->dummies);
    tally_jset_bool(o, "ids", job->id_column >= 0 && !job->ids_stay);
    tally_jpush(files, o);
    if (job->payload_out != NULL) {
        struct tally_jnode *columns = tally_jarray();

        o = file_as_json(job->payload_out, "analyst", sum->payload_bytes, sum->records);
        for (size_t i = 0; i < job->npayload; i++) {
            tally_jpush_str(columns, tally_csv_column(job->csv, job->payload_columns[i]));
        }
        tally_jset(o, "columns", columns);
        tally_jpush(files, o);
    }
    return files;
}

static struct tally_jnode *
views_as_json(const struct tally_schema *s, const struct tally_encode_summary *sum)
{
    struct tally_jnode *views = tally_jarray();

    for (size_t v = 0; v < sum->nviews; v++) {
        struct tally_jnode *o = tally_jobject();

        tally_jset_str(o, "view", s->views[v].name);
        tally_jset_int(o, "encodings", (int64_t)sum->views[v].rows);
        tally_jset_int(o, "records", (int64_t)sum->views[v].records);
        tally_jset_real(o, "mean_fill", sum->views[v].mean_fill);
        tally_jpush(views, o);
    }
    return views;
}

static struct tally_jnode *
match_keys_as_json(const struct tally_schema *s, const struct tally_encode_summary *sum)
{
    struct tally_jnode *keys = tally_jarray();

    for (size_t k = 0; k < sum->nmatch_keys; k++) {
        struct tally_jnode *o = tally_jobject();

        tally_jset_str(o, "match_key", s->match_keys[k].name);
        tally_jset_int(o, "keys", (int64_t)sum->match_keys[k].rows);
        tally_jset_int(o, "records", (int64_t)sum->match_keys[k].records);
        tally_jpush(keys, o);
    }
    return keys;
}

static void
set_list(struct tally_jnode *stayed, const struct tally_exclude *x, enum tally_stay why)
{
    struct tally_exclude_counts c = tally_exclude_counts(x, why);
    struct tally_jnode *o;

    if (!c.given) {
        return;
    }
    o = tally_jobject();
    tally_jset_int(o, "people", (int64_t)c.people);
    tally_jset_int(o, "in_export", (int64_t)c.met);
    tally_jset_int(o, "unreadable", (int64_t)c.unreadable);
    tally_jset(stayed, why == TALLY_STAYS_OPT_OUT ? "opt_out_list" : "exclude_list", o);
}

static struct tally_jnode *
stayed_as_json(const struct tally_encode_job *job, const struct tally_encode_summary *sum)
{
    struct tally_jnode *stayed = tally_jobject();
    struct tally_jnode *others = tally_jobject();

    for (int i = TALLY_STAYS_OPT_OUT; i < TALLY_STAY_REASONS; i++) {
        tally_jset_int(stayed, tally_stay_name((enum tally_stay)i),
                       (int64_t)sum->stayed[i]);
    }
    tally_jset_int(stayed, "alias_rows", (int64_t)sum->alias_rows_stayed);
    tally_jset_int(stayed, "records_without_aliases", (int64_t)sum->records_bare);
    if (job->exclude != NULL) {
        set_list(stayed, job->exclude, TALLY_STAYS_OPT_OUT);
        set_list(stayed, job->exclude, TALLY_STAYS_LISTED);
        for (size_t i = 0; i < tally_exclude_columns(job->exclude); i++) {
            tally_jset_int(
                others, tally_csv_column(job->csv, tally_exclude_column(job->exclude, i)),
                (int64_t)tally_exclude_other_values(job->exclude, i));
        }
    }
    tally_jset(stayed, "other_values", others);
    return stayed;
}

int
tally_encode_print_json(const struct tally_encode_job *job,
                        const struct tally_encode_summary *sum, struct tally_err *err)
{
    const struct tally_csv_notes *notes = tally_csv_notes(job->csv);
    struct tally_jnode *n = tally_jobject();
    struct tally_jnode *fields = tally_jarray();
    char hex[2 * TALLY_KEY_CHECK_BYTES + 1];

    tally_hex_encode(sum->key_check, TALLY_KEY_CHECK_BYTES, hex);
    tally_jset_str(n, "source", job->source);
    tally_jset_bool(n, "dry_run", job->dry_run);
    tally_jset_int(n, "rows_read", (int64_t)sum->rows_read);
    tally_jset_int(n, "records", (int64_t)sum->records);
    tally_jset_int(n, "alias_rows", (int64_t)sum->alias_rows);
    tally_jset_int(n, "records_cut", (int64_t)sum->records_cut);
    tally_jset_int(n, "values_cut", (int64_t)sum->values_cut);
    tally_jset_int(n, "empty_records", (int64_t)sum->empty_records);
    tally_jset_int(n, "dummies", (int64_t)sum->dummies);
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
        tally_jset_int(o, "further_values", (int64_t)sum->more_values[f]);
        tally_jset(o, "rules", rules_as_json(sum->rules[f]));
        tally_jpush(fields, o);
    }
    tally_jset(n, "fields", fields);
    tally_jset(n, "files", files_as_json(job, sum));
    tally_jset(n, "views", views_as_json(job->schema, sum));
    tally_jset(n, "match_keys", match_keys_as_json(job->schema, sum));
    tally_jset(n, "stayed", stayed_as_json(job, sum));
    return tally_print_json(n, err);
}

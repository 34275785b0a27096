/*
 * What tally encode opens: schema, key, export, mapping, columns, and lists of people who
 * stay.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/cmd_encode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bloom/keyfile.h"

void
tally_encode_close(struct tally_encode_inputs *in)
{
    tally_exclude_free(in->exclude);
    tally_given_free(in->given);
    tally_review_close(in->review);
    tally_secret_free(in->key);
    tally_csv_free(in->csv);
    tally_schema_free(in->schema);
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
source_name(const struct tally_encode_request *q, struct tally_encode_inputs *in,
            struct tally_err *err)
{
    const char *allowed =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";

    if (q->source != NULL) {
        (void)snprintf(in->source, sizeof in->source, "%s", q->source);
    } else {
        tally_path_stem(q->export.input, in->source, sizeof in->source);
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

static bool
is_identifier(const struct tally_encode_job *job, size_t column)
{
    if ((ptrdiff_t)column == job->id_column ||
        (job->alias_column != NULL && *job->alias_column == column)) {
        return true;
    }
    for (size_t f = 0; f < job->schema->nfields; f++) {
        for (size_t p = 0; p < job->mapping->nparts[f]; p++) {
            if (job->mapping->parts[f][p] == column) {
                return true;
            }
        }
    }
    return false;
}

bool
tally_encode_column_leaves(const struct tally_encode_job *job, size_t column)
{
    bool id = (ptrdiff_t)column == job->id_column;
    bool alias = job->alias_column != NULL && *job->alias_column == column;

    return id ? !job->ids_stay : !alias && is_identifier(job, column);
}

/* A payload part goes to the analyst, who must not see identifiers. */
static int
payload_columns(const struct tally_encode_request *q, struct tally_encode_inputs *in,
                struct tally_encode_job *job, struct tally_err *err)
{
    char **names = NULL;
    size_t n;
    int status = 0;

    if (q->payload == NULL) {
        return 0;
    }
    if (tally_opt_list(q->payload, TALLY_ENCODE_PAYLOAD_MAX, &names, &n, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < n && status == 0; i++) {
        status = tally_export_column(in->csv, names[i], &in->payload[i], err);
        if (status == 0 && is_identifier(job, in->payload[i])) {
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
take_mapping(const struct tally_encode_request *q, struct tally_encode_inputs *in,
             struct tally_err *err)
{
    char *shown;

    if (q->map != NULL) {
        return tally_mapping_load(&in->mapping, q->map, in->schema, in->csv, err);
    }
    if (tally_export_guess(&in->mapping, in->schema, in->csv, &q->export, err) != 0) {
        return -1;
    }
    shown = tally_mapping_text(&in->mapping, in->schema, in->csv);
    if (shown == NULL) {
        return tally_err_nomem(err);
    }
    tally_say("Columns guessed from their names (give --map FILE to change this):\n%s",
              shown);
    free(shown);
    return 0;
}

/* The column of ids, kept or not, and that of the ids of main rows. */
static int
id_columns(const struct tally_encode_request *q, struct tally_encode_inputs *in,
           struct tally_encode_job *job, struct tally_err *err)
{
    struct tally_export_request export = q->export;
    bool has_aliases;

    if (q->id != NULL && q->record_id != NULL) {
        return tally_err_set(err, TALLY_E_USAGE,
                             "--id keeps the ids in the file and --record-id does not: "
                             "give one of them");
    }
    export.id = q->id != NULL ? q->id : q->record_id;
    job->ids_stay = q->record_id != NULL;
    if (tally_export_ids(in->csv, &export, "--record-id", &job->id_column,
                         &in->alias_column, &has_aliases, err) != 0) {
        return -1;
    }
    job->alias_column = has_aliases ? &in->alias_column : NULL;
    return 0;
}

/* "COLUMN=VALUE,...". */
static int
add_rules(struct tally_exclude *x, const char *list, bool aliases_only,
          struct tally_err *err)
{
    char **items = NULL;
    size_t n = 0;
    int status = 0;

    if (list == NULL) {
        return 0;
    }
    if (tally_opt_list(list, TALLY_EXCLUDE_RULES_MAX, &items, &n, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < n && status == 0; i++) {
        char *value = strchr(items[i], '=');

        if (value == NULL || value == items[i] || value[1] == '\0') {
            status = tally_err_set(err, TALLY_E_USAGE,
                                   "'%s' is not COLUMN=VALUE; VALUE may be * for any",
                                   items[i]);
            break;
        }
        *value = '\0';
        status = tally_exclude_rule(x, items[i], value + 1, aliases_only, err);
    }
    tally_opt_list_free(items, n);
    return status;
}

static int
add_list(struct tally_exclude *x, enum tally_stay why, const char *path,
         const struct tally_encode_request *q, const struct tally_encode_job *job,
         struct tally_err *err)
{
    struct tally_csv_options list = {0};

    if (path == NULL) {
        return 0;
    }
    if (tally_export_encoding(q->export.encoding, &list.encoding, err) != 0 ||
        tally_path_distinct(path, job->out, err) != 0 ||
        (job->payload_out != NULL &&
         tally_path_distinct(path, job->payload_out, err) != 0)) {
        return -1;
    }
    return tally_exclude_list(x, why, path, &list, err);
}

static int
who_stays(const struct tally_encode_request *q, struct tally_encode_inputs *in,
          struct tally_encode_job *job, struct tally_err *err)
{
    if (q->opt_out == NULL && q->exclude == NULL && q->exclude_where == NULL &&
        q->exclude_aliases_where == NULL) {
        return 0;
    }
    if (tally_exclude_create(&in->exclude, in->csv, in->schema, &in->mapping,
                             job->id_column, err) != 0 ||
        add_list(in->exclude, TALLY_STAYS_OPT_OUT, q->opt_out, q, job, err) != 0 ||
        add_list(in->exclude, TALLY_STAYS_LISTED, q->exclude, q, job, err) != 0 ||
        add_rules(in->exclude, q->exclude_where, false, err) != 0 ||
        add_rules(in->exclude, q->exclude_aliases_where, true, err) != 0) {
        return -1;
    }
    job->exclude = in->exclude;
    return 0;
}

/* The schema of a file, or a copy of an agreement's. */
static int
open_schema(const struct tally_encode_request *q, struct tally_encode_inputs *in,
            struct tally_err *err)
{
    char *text;
    int rc;

    if (q->agreed == NULL) {
        return tally_schema_load(&in->schema, q->schema, err);
    }
    text = tally_schema_text(q->agreed, 0);
    if (text == NULL) {
        return tally_err_nomem(err);
    }
    rc = tally_schema_parse(&in->schema, "the agreement's schema", text, strlen(text),
                            err);
    free(text);
    return rc;
}

/* Under the profile strict records stand among dummies wherever the analyst, and nobody
 * else, can tell them. */
static void
hide_among_dummies(const struct tally_encode_request *q, struct tally_encode_job *job)
{
    bool ids_leave = job->id_column >= 0 && !job->ids_stay && job->token_map == NULL;

    if (!q->dummies_given && strcmp(job->schema->profile, "strict") == 0 &&
        job->payload_out != NULL && !job->clks && !ids_leave) {
        job->dummies = TALLY_DUMMIES_STRICT;
    }
}

int
tally_encode_open(const struct tally_encode_request *q, struct tally_encode_inputs *in,
                  struct tally_encode_job *job, struct tally_err *err)
{
    if (duplicates(q->duplicates, &job->duplicates_possible, err) != 0 ||
        output_format(q->format, &job->clks, err) != 0 || source_name(q, in, err) != 0 ||
        open_schema(q, in, err) != 0 ||
        tally_keyfile_read(q->key, TALLY_KEY_LINKAGE, &in->key, err) != 0 ||
        tally_encode_take_review(q, in, job, err) != 0 ||
        tally_export_open(&in->csv, &q->export, in->schema, err) != 0) {
        return -1;
    }
    job->csv = in->csv;
    job->schema = in->schema;
    job->mapping = &in->mapping;
    job->key = in->key;
    job->source = in->source;
    if (take_mapping(q, in, err) != 0 || id_columns(q, in, job, err) != 0 ||
        who_stays(q, in, job, err) != 0 || payload_columns(q, in, job, err) != 0) {
        return -1;
    }
    hide_among_dummies(q, job);
    return 0;
}

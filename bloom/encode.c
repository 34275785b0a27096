/*
 * The encoder: checks the job, sets up its stages and runs them as a pipeline over the
 * pool, several batches at a time. What each stage does is in encode_read.c,
 * encode_slice.c, encode_store.c and encode_write.c.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/encode.h"

#include "bloom/base/pipeline.h"
#include "bloom/base/secret.h"
#include "bloom/base/size.h"
#include "bloom/encode_stages.h"
#include "bloom/matchkey.h"
#include "bloom/payload.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define MIB          ((size_t)1 << 20)
#define ARENA_BYTES  (2 * MIB) /* of a batch: 500 bytes a row */
#define SORT_TOKENS  (32 * MIB)
#define SORT_PAYLOAD (16 * MIB)
#define SORT_IDS     (8 * MIB)

static bool
several_values(const struct tally_mapping *m)
{
    size_t f, i;

    for (f = 0; f < TALLY_SCHEMA_FIELDS_MAX; f++) {
        for (i = 0; i < m->nparts[f]; i++) {
            if (m->another[f][i] || m->split[f] != 0) {
                return true;
            }
        }
    }
    return false;
}

static int
check_payload(const struct tally_encode_job *job, struct tally_err *err)
{
    size_t i, j;

    if (job->npayload > TALLY_PAYLOAD_COLUMNS_MAX) {
        return tally_err_set(err, TALLY_E_LIMIT, "at most %d payload columns",
                             TALLY_PAYLOAD_COLUMNS_MAX);
    }
    for (i = 0; i < job->npayload; i++) {
        size_t column = job->payload_columns[i];
        const char *name = tally_csv_column(job->csv, column);

        for (j = 0; j < i; j++) {
            if (job->payload_columns[j] == column) {
                return tally_err_set(err, TALLY_E_USAGE,
                                     "payload column '%s' is asked for twice", name);
            }
        }
        if (job->id_column == (ptrdiff_t)column) {
            tally_err_set(err, TALLY_E_USAGE,
                          "column '%s' is the id: it cannot be payload", name);
            return tally_err_hint(err, "ids stay away from the analyst");
        }
        if (!tally_payload_name_valid(name)) {
            return tally_err_set(
                err, TALLY_E_DATA,
                "%s: the name of column %zu cannot name a payload column: "
                "it is over %d bytes or not printable",
                tally_csv_path(job->csv), column + 1, TALLY_PAYLOAD_NAME_MAX);
        }
    }
    return 0;
}

/* Filters in row order are found by counting rows: each must give one, and whoever stays
 * would be missed from the count. */
static int
check_clks(const struct tally_encode_job *job, struct tally_err *err)
{
    if (job->payload_out != NULL || job->id_column >= 0) {
        return tally_err_set(err, TALLY_E_USAGE,
                             "filters in row order have neither ids nor payload");
    }
    if (job->exclude != NULL || job->schema->nviews > 1 || job->schema->nmatch_keys > 0 ||
        job->schema->views[0].required != 0 || several_values(job->mapping)) {
        return tally_err_set(
            err, TALLY_E_USAGE,
            "filters in row order are one of each row: nobody can stay, "
            "and there are no views, no match keys and no further values");
    }
    return 0;
}

/* The analyst tells dummies by their having no payload, and nobody else may. */
static int
check_dummies(const struct tally_encode_job *job, struct tally_err *err)
{
    if (job->dummies == 0) {
        return 0;
    }
    if (job->dummies > TALLY_DUMMIES_MAX) {
        return tally_err_set(err, TALLY_E_USAGE, "dummies are at most %d for 100 records",
                             TALLY_DUMMIES_MAX);
    }
    if (job->clks || (job->id_column >= 0 && !job->ids_stay && job->token_map == NULL)) {
        return tally_err_set(err, TALLY_E_USAGE,
                             "a file with ids or in the order of the rows would give "
                             "dummies away");
    }
    if (job->payload_out == NULL) {
        tally_err_set(err, TALLY_E_USAGE,
                      "dummies need a payload file, by which the analyst tells them");
        return tally_err_hint(err, "give --payload-out FILE; it may have no columns");
    }
    return 0;
}

static int
check_job(const struct tally_encode_job *job, struct tally_err *err)
{
    const char *in = tally_csv_path(job->csv);

    if (!tally_source_valid(job->source)) {
        tally_err_set(err, TALLY_E_USAGE, "the name of the source breaks its rules");
        return tally_err_hint(
            err, "use 1 to %d letters, digits, dots, hyphens and underscores",
            TALLY_NAME_MAX);
    }
    if ((job->alias_column != NULL || job->ids_stay || job->token_map != NULL) &&
        job->id_column < 0) {
        return tally_err_set(err, TALLY_E_USAGE,
                             "aliases and a token map need a column of ids");
    }
    if (job->given != NULL && (!job->ids_stay || job->dummies > 0)) {
        return tally_err_set(err, TALLY_E_USAGE,
                             "given tokens go with ids that stay, and without dummies");
    }
    if (job->clks && check_clks(job, err) != 0) {
        return -1;
    }
    if (check_dummies(job, err) != 0) {
        return -1;
    }
    if (job->npayload > 0 && job->payload_out == NULL) {
        return tally_err_set(err, TALLY_E_USAGE, "payload columns need a payload file");
    }
    if (check_payload(job, err) != 0 || tally_path_distinct(in, job->out, err) != 0) {
        return -1;
    }
    return job->payload_out == NULL
               ? 0
               : (tally_path_distinct(in, job->payload_out, err) != 0 ||
                          tally_path_distinct(job->out, job->payload_out, err) != 0
                      ? -1
                      : 0);
}

static size_t
keep_column(struct encoder *e, size_t column)
{
    size_t i;

    for (i = 0; i < e->nkept; i++) {
        if (e->kept[i] == column) {
            return i;
        }
    }
    e->kept[e->nkept] = column;
    return e->nkept++;
}

static int
plan_columns(struct encoder *e, struct tally_err *err)
{
    const struct tally_mapping *m = e->job->mapping;
    const struct tally_exclude *x = e->job->exclude;
    size_t f, i;

    e->kept =
        calloc(TALLY_SCHEMA_FIELDS_MAX * TALLY_MAPPING_COLUMNS + TALLY_EXCLUDE_RULES_MAX,
               sizeof(*e->kept));
    e->cells = calloc(tally_csv_columns(e->job->csv), sizeof(*e->cells));
    if (e->kept == NULL || e->cells == NULL) {
        return tally_err_nomem(err);
    }
    e->max_values = several_values(m) ? ENCODE_VALUES : 1;
    e->one_cell_each = e->max_values == 1 && e->job->alias_column == NULL && x == NULL;
    for (f = 0; f < e->job->schema->nfields; f++) {
        e->one_cell_each = e->one_cell_each && m->nparts[f] <= 1;
        for (i = 0; i < m->nparts[f]; i++) {
            e->slot[f][i] = keep_column(e, m->parts[f][i]);
        }
    }
    for (i = 0; x != NULL && i < tally_exclude_columns(x); i++) {
        e->mark_slot[i] = keep_column(e, tally_exclude_column(x, i));
    }
    return 0;
}

static int
open_files(struct encoder *e, struct tally_err *err)
{
    const struct tally_encode_job *job = e->job;

    bool force = job->force || job->dry_run; /* nothing will be replaced */

    if (job->clks) {
        return tally_clks_open(&e->clks, job->out,
                               tally_schema_output_bits(job->schema) / 8, force, err);
    }
    if (tally_outfile_open(&e->enc_file, job->out, 0600, force, err) != 0) {
        return -1;
    }
    if (job->payload_out != NULL &&
        tally_outfile_open(&e->pay_file, job->payload_out, 0600, force, err) != 0) {
        return -1;
    }
    return job->token_map == NULL ? 0
           : tally_outfile_open(&e->map_file, job->token_map, 0600, force, err) == 0
               ? tally_outfile_printf(e->map_file, err, "id,token\n")
               : -1;
}

static int
create_sorters(struct encoder *e, struct tally_err *err)
{
    const struct tally_encode_job *job = e->job;

    if (job->clks) { /* nothing is sorted */
        return 0;
    }
    if (tally_sorter_create(&e->by_token, SORT_TOKENS, job->out, err) != 0 ||
        (job->payload_out != NULL &&
         tally_sorter_create(&e->payload, SORT_PAYLOAD, job->payload_out, err) != 0)) {
        return -1;
    }
    return encode_ids_ride(job) && job->alias_column == NULL
               ? tally_sorter_create(&e->by_id, SORT_IDS, job->out, err)
               : 0;
}

static int
create_batches(struct encoder *e, struct tally_err *err)
{
    size_t i;

    e->tokens = malloc((size_t)2 * ENCODE_BATCH_ROWS * TALLY_TOKEN_BYTES);
    if (e->tokens == NULL) {
        return tally_err_nomem(err);
    }
    for (i = 0; i < ENCODE_BATCHES; i++) {
        struct encode_batch *b = &e->batches[i];

        if (tally_pii_create(&b->arena, ARENA_BYTES, err) != 0) {
            return -1;
        }
        b->rows = calloc(ENCODE_BATCH_ROWS, sizeof(*b->rows));
        b->dummies = calloc(ENCODE_BATCH_ROWS, sizeof(*b->dummies));
        if (b->rows == NULL || b->dummies == NULL) {
            return tally_err_nomem(err);
        }
    }
    return 0;
}

/* With several views a batch has fewer records, so that it has no more encodings. */
static int
create_views(struct encoder *e, struct tally_err *err)
{
    const struct tally_schema *s = e->job->schema;
    size_t v, f;

    e->nviews = s->nviews;
    e->slice_rows = TALLY_HARDEN_BATCH / s->nviews;
    e->batch_rows = ENCODE_SLICES * e->slice_rows;
    e->kernel = tally_kernel_best();
    e->plain_stride = tally_size_align(tally_schema_filter_bits(s) / 8, 64);
    e->stride = tally_size_align(tally_schema_output_bits(s) / 8, 64);
    e->views = calloc(s->nviews, sizeof(*e->views));
    if (e->views == NULL) {
        return tally_err_nomem(err);
    }
    for (v = 0; v < s->nviews; v++) {
        tally_schema_of_view(s, v, &e->views[v]);
        for (f = 0; f < s->nfields; f++) {
            e->fields_of[v] |= (uint32_t)(s->views[v].bits_per_token[f] > 0) << f;
        }
        if (tally_harden_of_view(&e->harden[v], &e->views[v], s->views[v].name,
                                 e->job->key, err) != 0) {
            return -1;
        }
    }
    return 0;
}

static int
create_workers(struct encoder *e, struct tally_err *err)
{
    size_t i;

    e->workers = calloc(tally_pool_threads(e->job->pool), sizeof(*e->workers));
    if (e->workers == NULL) {
        return tally_err_nomem(err);
    }
    e->nworkers = tally_pool_threads(e->job->pool);
    for (i = 0; i < e->nworkers; i++) {
        if (encode_worker_create(e, &e->workers[i], err) != 0) {
            return -1;
        }
    }
    return 0;
}

static void
draw(const struct tally_encode_job *job, void *p, size_t len)
{
    if (job->random != NULL) {
        job->random(job->random_ctx, p, len);
    } else {
        tally_random(p, len);
    }
}

static int
set_up(struct encoder *e, struct tally_err *err)
{
    const struct tally_encode_job *job = e->job;

    if (check_job(job, err) != 0 || open_files(e, err) != 0 ||
        plan_columns(e, err) != 0 || tally_key_check(job->key, e->key_check, err) != 0 ||
        create_views(e, err) != 0 || encode_keys_create(e, err) != 0 ||
        (job->alias_column != NULL && encode_group_create(e, err) != 0) ||
        create_workers(e, err) != 0 || create_sorters(e, err) != 0 ||
        create_batches(e, err) != 0) {
        return -1;
    }
    draw(job, e->delivery, sizeof(e->delivery));
    if (e->group != NULL) {
        draw(job, e->id_key, sizeof(e->id_key)); /* it orders records */
    } else {
        tally_random(e->id_key, sizeof(e->id_key));
    }
    return 0;
}

/* What a round does with batches. */
struct stages {
    int (*read)(struct encoder *e, struct encode_batch *b, struct tally_err *err);
    int (*slice)(struct encoder *e, struct encode_batch *b, size_t slice,
                 struct encode_worker *w, struct tally_err *err);
    int (*store)(struct encoder *e, struct encode_batch *b, struct tally_err *err);
};

/* A round at work. */
struct round {
    struct encoder *e;
    const struct stages *stages;
};

static int
begin_batch(void *ctx, size_t batch, size_t *parts, struct tally_err *err)
{
    const struct round *r = ctx;
    struct encode_batch *b = &r->e->batches[batch];

    if (r->stages->read(r->e, b, err) != 0) {
        return -1;
    }
    *parts = (b->nrows + r->e->slice_rows - 1) / r->e->slice_rows;
    return 0;
}

static int
work_on_slice(void *ctx, size_t batch, size_t slice, unsigned worker,
              struct tally_err *err)
{
    const struct round *r = ctx;

    return r->stages->slice(r->e, &r->e->batches[batch], slice, &r->e->workers[worker],
                            err);
}

static int
end_batch(void *ctx, size_t batch, struct tally_err *err)
{
    const struct round *r = ctx;

    return r->stages->store(r->e, &r->e->batches[batch], err);
}

static int
run_pipeline(struct encoder *e, const struct stages *stages, struct tally_err *err)
{
    static const struct tally_pipeline pipeline = {ENCODE_BATCHES, begin_batch,
                                                   work_on_slice, end_batch};
    struct round r = {e, stages};

    return tally_pipeline_run(e->job->pool, &pipeline, &r, err);
}

/* Alias rows make a round of their own, after which records are read from the sorter. */
static int
run_rounds(struct encoder *e, struct tally_err *err)
{
    static const struct stages sorting = {encode_read, encode_screen_slice,
                                          encode_group_store};
    static const struct stages from_file = {encode_read, encode_slice, encode_store};
    static const struct stages from_sorter = {encode_group_read, encode_slice,
                                              encode_store};
    const struct stages *stages = &from_file;
    int rc = 0;

    if (e->group != NULL) {
        tally_progress_begin(e->job->progress, "sorting", "rows", 0);
        rc = run_pipeline(e, &sorting, err);
        tally_progress_end(e->job->progress);
        stages = &from_sorter;
    }
    if (rc == 0 && e->group != NULL) {
        rc = encode_group_turn(e, err);
    }
    if (rc == 0) {
        tally_progress_begin(e->job->progress, "encoding", "records", 0);
        rc = run_pipeline(e, stages, err);
        tally_progress_end(e->job->progress);
    }
    return rc == 0 && e->group != NULL ? encode_group_check(e, err) : rc;
}

static int
check_some_rows(const struct encoder *e, struct tally_err *err)
{
    if (e->records > 0 || e->job->allow_empty) {
        return 0;
    }
    if (e->rows_read > 0) {
        tally_err_set(err, TALLY_E_DATA,
                      "%s: every record stays at home: nothing is left to send",
                      tally_csv_path(e->job->csv));
        return tally_err_hint(
            err,
            "%" PRIu64 " stay by opt-out, %" PRIu64 " by exclusion list, %" PRIu64
            " marked: look into what you did not expect",
            e->stayed[TALLY_STAYS_OPT_OUT], e->stayed[TALLY_STAYS_LISTED],
            e->stayed[TALLY_STAYS_MARKED]);
    }
    tally_err_set(err, TALLY_E_DATA, "%s: there are no data rows, only a header",
                  tally_csv_path(e->job->csv));
    return tally_err_hint(err, "check that the export finished");
}

static void
add_worker(struct tally_encode_summary *sum, const struct encode_worker *w)
{
    size_t f, r;

    sum->empty_records += w->empty_records;
    sum->unsalted += w->unsalted;
    sum->values_cut += w->values_cut;
    sum->records_cut += w->records_cut;
    sum->records_bare += w->records_bare;
    for (f = 0; f < TALLY_SCHEMA_FIELDS_MAX; f++) {
        sum->more_values[f] += w->more_values[f];
        for (r = 0; r < TALLY_REASONS; r++) {
            sum->reasons[f][r] += w->reasons[f][r];
        }
        for (r = 1; r < TALLY_RULES; r++) {
            sum->rules[f][r] += w->rules[f][r];
        }
    }
}

/* Bits that an encoding in view ${v} may set before hardening. */
static double
filled_bits(const struct encoder *e, size_t v)
{
    const struct tally_schema *s = &e->views[v];
    uint32_t fields = 0;

    for (size_t f = 0; f < s->nfields; f++) {
        fields += s->fields[f].bits_per_token > 0;
    }
    return s->rbf_bits > 0 ? s->rbf_bits * fields : s->bits;
}

static void
summarise(const struct encoder *e, struct tally_encode_summary *sum)
{
    size_t i, v;

    memset(sum, 0, sizeof(*sum));
    sum->records = e->records - e->dummies;
    sum->dummies = e->dummies;
    sum->rows_read = e->rows_read;
    sum->nviews = e->nviews;
    memcpy(sum->stayed, e->stayed, sizeof(sum->stayed));
    memcpy(sum->key_check, e->key_check, sizeof(sum->key_check));
    memcpy(sum->delivery, e->delivery, sizeof(sum->delivery));
    for (i = 0; i < e->nworkers; i++) {
        add_worker(sum, &e->workers[i]);
    }
    for (v = 0; v < e->nviews; v++) {
        uint64_t ones = 0;

        for (i = 0; i < e->nworkers; i++) {
            ones += e->workers[i].views[v].ones;
        }
        sum->views[v].rows = e->rows[v];
        sum->views[v].records = e->with_rows[v];
        if (e->rows[v] > 0) {
            sum->views[v].mean_fill =
                (double)ones / (double)e->rows[v] / filled_bits(e, v);
        }
    }
    sum->mean_fill = sum->views[0].mean_fill;
    sum->nmatch_keys = e->nkeys;
    for (i = 0; i < e->nkeys; i++) {
        sum->match_keys[i].rows = e->rows[e->nviews + i];
        sum->match_keys[i].records = e->with_rows[e->nviews + i];
    }
    if (e->group != NULL) {
        encode_group_count(e, sum);
    }
}

static int
run(struct encoder *e, struct tally_encode_summary *sum, struct tally_err *err)
{
    struct tally_outfile *files[3];
    size_t n = 0;

    if (run_rounds(e, err) != 0 || check_some_rows(e, err) != 0 ||
        encode_check_ids(e, err) != 0) {
        return -1;
    }
    summarise(e, sum);
    if (encode_check_dates(e, sum, err) != 0) {
        return -1;
    }
    if (e->clks != NULL) {
        return e->job->dry_run ? 0 : tally_clks_commit(e->clks, err);
    }
    if (encode_write(e, err) != 0) {
        return -1;
    }
    sum->enc_bytes = e->enc_len;
    sum->payload_bytes = e->pay_len;
    if (e->job->dry_run) {
        return 0;
    }
    files[n++] = e->enc_file;
    if (e->pay_file != NULL) {
        files[n++] = e->pay_file;
    }
    if (e->map_file != NULL) {
        files[n++] = e->map_file;
    }
    return tally_outfile_commit(files, n, err);
}

static void
free_batch(const struct encoder *e, struct encode_batch *b)
{
    for (size_t i = 0; i < ENCODE_SLICES; i++) {
        encode_filters_free(e, &b->filters[i]);
    }
    free(b->rows);
    free(b->dummies);
    tally_pii_free(b->arena);
}

static void
tear_down(struct encoder *e)
{
    size_t i;

    for (i = 0; i < ENCODE_BATCHES; i++) {
        free_batch(e, &e->batches[i]);
    }
    for (i = 0; i < e->nworkers; i++) {
        encode_worker_free(e, &e->workers[i]);
    }
    free(e->workers);
    for (i = 0; i < e->nviews; i++) {
        tally_harden_free(e->harden[i]);
    }
    free(e->views);
    encode_keys_free(e);
    encode_group_free(e->group);
    free(e->tokens);
    tally_sorter_free(e->by_token);
    tally_sorter_free(e->payload);
    tally_sorter_free(e->by_id);
    free(e->kept);
    free(e->cells);
    tally_outfile_free(e->enc_file);
    tally_clks_free(e->clks);
    tally_outfile_free(e->pay_file);
    tally_outfile_free(e->map_file);
    tally_wipe(e, sizeof(*e));
    free(e);
}

int
tally_encode(const struct tally_encode_job *job, struct tally_encode_summary *summary,
             struct tally_err *err)
{
    struct encoder *e = calloc(1, sizeof(*e));
    struct tally_encode_summary sum;
    int rc;

    if (e == NULL) {
        return tally_err_nomem(err);
    }
    e->job = job;
    rc = set_up(e, err);
    if (rc == 0) {
        rc = run(e, &sum, err);
    }
    if (rc == 0) {
        *summary = sum;
    }
    tear_down(e);
    return rc;
}

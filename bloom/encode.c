/*
 * The encoder: checks the job, sets up its stages and runs them as a pipeline over the
 * pool, three batches at a time. What each stage does is in encode_read.c,
 * encode_slice.c, encode_store.c and encode_write.c.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/encode.h"

#include "bloom/base/secret.h"
#include "bloom/base/size.h"
#include "bloom/encode_stages.h"
#include "bloom/payload.h"

#include <stdlib.h>
#include <string.h>

#define MIB           ((size_t)1 << 20)
#define ARENA_BYTES   (2 * MIB) /* of a batch: 500 bytes a row */
#define SORT_TOKENS   (32 * MIB)
#define SORT_PAYLOAD  (16 * MIB)
#define SORT_IDS      (8 * MIB)
#define STAGES_SERIAL 2 /* chunks before the slices: reading and storing */

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
check_job(const struct tally_encode_job *job, struct tally_err *err)
{
    const char *in = tally_csv_path(job->csv);

    if (!tally_source_valid(job->source)) {
        tally_err_set(err, TALLY_E_USAGE, "the name of the source breaks its rules");
        return tally_err_hint(
            err, "use 1 to %d letters, digits, dots, hyphens and underscores",
            TALLY_NAME_MAX);
    }
    if (!job->schema->views_implied || several_values(job->mapping)) {
        return tally_err_set(err, TALLY_E_SCHEMA,
                             "views and several values are not encoded yet");
    }
    if (job->clks && (job->payload_out != NULL || job->id_column >= 0)) {
        return tally_err_set(err, TALLY_E_USAGE,
                             "filters in row order have neither ids nor payload");
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
    size_t f, i;

    e->kept = calloc(TALLY_SCHEMA_FIELDS_MAX * TALLY_MAPPING_COLUMNS, sizeof(*e->kept));
    e->cells = calloc(tally_csv_columns(e->job->csv), sizeof(*e->cells));
    if (e->kept == NULL || e->cells == NULL) {
        return tally_err_nomem(err);
    }
    for (f = 0; f < e->job->schema->nfields; f++) {
        for (i = 0; i < m->nparts[f]; i++) {
            e->slot[f][i] = keep_column(e, m->parts[f][i]);
        }
    }
    return 0;
}

static int
open_files(struct encoder *e, struct tally_err *err)
{
    const struct tally_encode_job *job = e->job;

    if (job->clks) {
        return tally_clks_open(&e->clks, job->out,
                               tally_schema_output_bits(job->schema) / 8, job->force,
                               err);
    }
    if (tally_outfile_open(&e->enc_file, job->out, 0600, job->force, err) != 0) {
        return -1;
    }
    return job->payload_out != NULL
               ? tally_outfile_open(&e->pay_file, job->payload_out, 0600, job->force, err)
               : 0;
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
    return job->id_column >= 0 ? tally_sorter_create(&e->by_id, SORT_IDS, job->out, err)
                               : 0;
}

static int
create_batches(struct encoder *e, struct tally_err *err)
{
    size_t i;

    e->record = malloc(e->stride + TALLY_ID_MAX);
    e->tokens = malloc(ENCODE_BATCH_ROWS * TALLY_TOKEN_BYTES);
    if (e->record == NULL || e->tokens == NULL) {
        return tally_err_nomem(err);
    }
    for (i = 0; i < ENCODE_BATCHES; i++) {
        struct encode_batch *b = &e->batches[i];

        if (tally_pii_create(&b->arena, ARENA_BYTES, err) != 0) {
            return -1;
        }
        b->rows = calloc(ENCODE_BATCH_ROWS, sizeof(*b->rows));
        b->filters = aligned_alloc(64, ENCODE_BATCH_ROWS * e->stride);
        if (b->rows == NULL || b->filters == NULL) {
            return tally_err_nomem(err);
        }
        memset(b->filters, 0, ENCODE_BATCH_ROWS * e->stride);
    }
    return 0;
}

static int
create_workers(struct encoder *e, struct tally_err *err)
{
    const struct tally_schema *s = e->job->schema;
    size_t i;

    e->plain_stride = tally_size_align(s->bits / 8, 64);
    e->stride = tally_size_align(tally_schema_output_bits(s) / 8, 64);
    if (s->diffusion_t > 0 &&
        tally_diffusion_create(&e->diffusion, s->bits, s->diffusion_bits, s->diffusion_t,
                               TALLY_VIEW_FULL, e->job->key, err) != 0) {
        return -1;
    }
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

static int
set_up(struct encoder *e, struct tally_err *err)
{
    const struct tally_encode_job *job = e->job;

    if (check_job(job, err) != 0 || open_files(e, err) != 0 ||
        plan_columns(e, err) != 0 || tally_key_check(job->key, e->key_check, err) != 0 ||
        create_workers(e, err) != 0 || create_sorters(e, err) != 0 ||
        create_batches(e, err) != 0) {
        return -1;
    }
    tally_random(e->id_key, sizeof(e->id_key));
    if (job->random != NULL) {
        job->random(job->random_ctx, e->delivery, sizeof(e->delivery));
    } else {
        tally_random(e->delivery, sizeof(e->delivery));
    }
    return 0;
}

/* One turn of the pipeline. */
struct turn {
    struct encoder *e;
    struct encode_batch *reading;
    struct encode_batch *encoding;
    struct encode_batch *storing;
};

/* Reading and storing stand first so that they run beside the slices, not after them. */
static int
turn_chunk(void *ctx, size_t chunk, unsigned worker, struct tally_err *err)
{
    struct turn *t = ctx;

    if (chunk == 0) {
        return encode_read(t->e, t->reading, err);
    }
    if (chunk == 1) {
        return encode_store(t->e, t->storing, err);
    }
    return encode_slice(t->e, t->encoding, chunk - STAGES_SERIAL, &t->e->workers[worker],
                        err);
}

static int
run_pipeline(struct encoder *e, struct tally_err *err)
{
    struct turn t = {e, &e->batches[0], &e->batches[1], &e->batches[2]};
    bool more = true;

    while (more) {
        size_t slices = (t.encoding->nrows + ENCODE_SLICE_ROWS - 1) / ENCODE_SLICE_ROWS;
        struct encode_batch *free_again = t.storing;

        if (tally_pool_run(e->job->pool, STAGES_SERIAL + slices, turn_chunk, &t, err) !=
            0) {
            return -1;
        }
        more = t.reading->nrows > 0 || t.encoding->nrows > 0;
        t.storing = t.encoding;
        t.encoding = t.reading;
        t.reading = free_again;
    }
    return 0;
}

static int
check_some_rows(const struct encoder *e, struct tally_err *err)
{
    if (e->records > 0 || e->job->allow_empty) {
        return 0;
    }
    tally_err_set(err, TALLY_E_DATA, "%s: there are no data rows, only a header",
                  tally_csv_path(e->job->csv));
    return tally_err_hint(err, "check that the export finished");
}

static void
summarise(const struct encoder *e, struct tally_encode_summary *sum)
{
    uint64_t ones = 0;
    size_t i, f, r;

    memset(sum, 0, sizeof(*sum));
    sum->records = e->records;
    memcpy(sum->key_check, e->key_check, sizeof(sum->key_check));
    for (i = 0; i < e->nworkers; i++) {
        const struct encode_worker *w = &e->workers[i];

        ones += w->ones;
        sum->empty_records += w->empty_records;
        for (f = 0; f < TALLY_SCHEMA_FIELDS_MAX; f++) {
            for (r = 0; r < TALLY_REASONS; r++) {
                sum->reasons[f][r] += w->reasons[f][r];
            }
            for (r = 0; r < TALLY_RULES; r++) {
                sum->rules[f][r] += r > 0 ? w->rules[f][r] : 0;
            }
        }
    }
    if (e->records > 0) {
        sum->mean_fill = (double)ones / (double)e->records / e->job->schema->bits;
    }
}

static int
run(struct encoder *e, struct tally_encode_summary *sum, struct tally_err *err)
{
    struct tally_outfile *files[2];
    int rc;

    tally_progress_begin(e->job->progress, "encoding", "records", 0);
    rc = run_pipeline(e, err);
    tally_progress_end(e->job->progress);
    if (rc != 0 || check_some_rows(e, err) != 0 || encode_check_ids(e, err) != 0) {
        return -1;
    }
    summarise(e, sum);
    if (encode_check_dates(e, sum, err) != 0) {
        return -1;
    }
    if (e->clks != NULL) {
        return tally_clks_commit(e->clks, err);
    }
    if (encode_write(e, err) != 0) {
        return -1;
    }
    files[0] = e->enc_file;
    files[1] = e->pay_file;
    return tally_outfile_commit(files, e->pay_file != NULL ? 2 : 1, err);
}

static void
free_batch(const struct encoder *e, struct encode_batch *b)
{
    if (b->filters != NULL) {
        tally_wipe(b->filters, ENCODE_BATCH_ROWS * e->stride);
    }
    free(b->filters);
    free(b->rows);
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
    tally_diffusion_free(e->diffusion);
    if (e->record != NULL) {
        tally_wipe(e->record, e->stride + TALLY_ID_MAX);
    }
    free(e->record);
    free(e->tokens);
    tally_sorter_free(e->by_token);
    tally_sorter_free(e->payload);
    tally_sorter_free(e->by_id);
    free(e->kept);
    free(e->cells);
    tally_outfile_free(e->enc_file);
    tally_clks_free(e->clks);
    tally_outfile_free(e->pay_file);
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

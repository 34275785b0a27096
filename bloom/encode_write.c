/*
 * The last stages: rows go to sorters under random tokens, and come out of them in token
 * order, so that nothing of the order of the export is left in what leaves.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/encode_stages.h"

#include "bloom/base/interrupt.h"
#include "bloom/base/secret.h"
#include "bloom/base/text.h"
#include "bloom/payload.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK_EVERY 4096 /* records between looks at the interrupt flag */

static int
store_row(struct encoder *e, const struct encode_row *row, const uint8_t *filter,
          const uint8_t *token, struct tally_err *err)
{
    size_t bytes = tally_schema_output_bits(e->job->schema) / 8;
    uint8_t number[8];

    memcpy(e->record, filter, bytes);
    memcpy(e->record + bytes, row->id, row->id_len);
    if (tally_sorter_add(e->by_token, token, e->record, bytes + row->id_len, err) != 0) {
        return -1;
    }
    e->records++;
    e->id_bytes += row->id_len;
    if (e->by_id != NULL) {
        tally_le64_store(number, row->number);
        if (tally_sorter_add(e->by_id, row->id_hash, number, sizeof(number), err) != 0) {
            return -1;
        }
    }
    if (e->payload == NULL) {
        return 0;
    }
    e->payload_bytes += row->payload_len;
    return tally_sorter_add(e->payload, token, row->payload, row->payload_len, err);
}

int
encode_store(struct encoder *e, struct encode_batch *b, struct tally_err *err)
{
    size_t i;

    if (b->nrows == 0) {
        return 0;
    }
    if (e->records + b->nrows > TALLY_ENC_RECORDS_MAX) {
        return tally_err_set(err, TALLY_E_LIMIT, "%s: over %u rows",
                             tally_csv_path(e->job->csv), TALLY_ENC_RECORDS_MAX);
    }
    if (e->job->random != NULL) {
        e->job->random(e->job->random_ctx, e->tokens, b->nrows * TALLY_TOKEN_BYTES);
    } else {
        tally_random(e->tokens, b->nrows * TALLY_TOKEN_BYTES);
    }
    for (i = 0; i < b->nrows; i++) {
        if (store_row(e, &b->rows[i], b->filters + i * e->stride,
                      e->tokens + i * TALLY_TOKEN_BYTES, err) != 0) {
            return -1;
        }
    }
    tally_progress_add(e->job->progress, b->nrows);
    return 0;
}

/* Equal ids are neighbours under their hash, the earlier row first. */
static int
check_ids(struct encoder *e, struct tally_err *err)
{
    uint8_t last[TALLY_SORT_KEY] = {0};
    uint64_t last_row = 0;
    const uint8_t *key;
    const void *data;
    size_t len;
    int rc;

    if (e->by_id == NULL) {
        return 0;
    }
    if (tally_sorter_finish(e->by_id, err) != 0) {
        return -1;
    }
    while ((rc = tally_sorter_next(e->by_id, &key, &data, &len, err)) > 0) {
        uint64_t row = tally_le64_load(data);

        if (last_row != 0 && memcmp(last, key, sizeof(last)) == 0) {
            tally_err_set(
                err, TALLY_E_DATA,
                "%s: column '%s': rows %" PRIu64 " and %" PRIu64 " have the same id",
                tally_csv_path(e->job->csv),
                tally_csv_column(e->job->csv, (size_t)e->job->id_column), last_row, row);
            return tally_err_hint(err,
                                  "ids must be unique in a file: choose another column "
                                  "or make the rows one");
        }
        memcpy(last, key, sizeof(last));
        last_row = row;
    }
    return rc;
}

static struct tally_enc_info
describe(const struct encoder *e)
{
    const struct tally_schema *s = e->job->schema;
    struct tally_enc_info info;

    memset(&info, 0, sizeof(info));
    snprintf(info.source, sizeof(info.source), "%s", e->job->source);
    snprintf(info.tool, sizeof(info.tool), "%s", TALLY_VERSION);
    snprintf(info.unicode, sizeof(info.unicode), "%s", tally_text_unicode_version());
    memcpy(info.schema_name, s->name, sizeof(info.schema_name));
    memcpy(info.profile, s->profile, sizeof(info.profile));
    memcpy(info.schema_digest, s->digest, sizeof(info.schema_digest));
    memcpy(info.delivery, e->delivery, sizeof(info.delivery));
    memcpy(info.key_check, e->key_check, sizeof(info.key_check));
    tally_normaliser_digest(info.normaliser_digest);
    info.has_key_check = true;
    info.has_ids = e->job->id_column >= 0;
    info.duplicates_possible = e->job->duplicates_possible;
    info.records = e->records;
    info.bits = tally_schema_output_bits(s);
    info.normaliser_version = TALLY_NORMALISER_VERSION;
    info.fold_version = TALLY_FOLD_VERSION;
    info.diffusion_t = s->diffusion_t;
    info.fill = s->fill;
    return info;
}

static int
check_interrupt(uint64_t done, struct tally_err *err)
{
    return done % CHECK_EVERY == 0 ? tally_interrupt_check(err) : 0;
}

static int
copy_encodings(struct encoder *e, struct tally_encfile_writer *w, struct tally_err *err)
{
    size_t bytes = tally_schema_output_bits(e->job->schema) / 8;
    const uint8_t *token;
    const void *data;
    uint64_t done = 0;
    size_t len;
    int rc;

    while ((rc = tally_sorter_next(e->by_token, &token, &data, &len, err)) > 0) {
        const uint8_t *row = data;

        if (check_interrupt(done++, err) != 0 ||
            tally_encfile_add(w, token, row, row + bytes, len - bytes, err) != 0) {
            return -1;
        }
        tally_progress_add(e->job->progress, 1);
    }
    return rc != 0 ? -1 : tally_encfile_end(w, err);
}

static int
write_encodings(struct encoder *e, struct tally_err *err)
{
    struct tally_enc_info info = describe(e);
    struct tally_encfile_writer *w = NULL;
    int rc;

    if (tally_sorter_finish(e->by_token, err) != 0 ||
        tally_encfile_begin(&w, e->enc_file, &info, e->id_bytes, err) != 0) {
        return -1;
    }
    rc = copy_encodings(e, w, err);
    tally_encfile_writer_free(w);
    return rc;
}

static int
begin_payload(struct encoder *e, struct tally_payload_writer **w, struct tally_err *err)
{
    const struct tally_encode_job *job = e->job;
    struct tally_payload_info info = {.source = job->source,
                                      .tool = TALLY_VERSION,
                                      .records = e->records,
                                      .ncolumns = job->npayload};
    const char **names = calloc(job->npayload, sizeof(*names));
    size_t i;
    int rc;

    if (names == NULL) {
        return tally_err_nomem(err);
    }
    for (i = 0; i < job->npayload; i++) {
        names[i] = tally_csv_column(job->csv, job->payload_columns[i]);
    }
    memcpy(info.delivery, e->delivery, sizeof(info.delivery));
    info.columns = names;
    rc = tally_payload_begin(w, e->pay_file, &info, e->payload_bytes, err);
    free(names);
    return rc;
}

static int
copy_payload(struct encoder *e, struct tally_payload_writer *w, struct tally_err *err)
{
    const uint8_t *token;
    const void *data;
    uint64_t done = 0;
    size_t len;
    int rc;

    while ((rc = tally_sorter_next(e->payload, &token, &data, &len, err)) > 0) {
        if (check_interrupt(done++, err) != 0 ||
            tally_payload_add(w, token, data, len, err) != 0) {
            return -1;
        }
    }
    return rc != 0 ? -1 : tally_payload_end(w, err);
}

static int
write_payload(struct encoder *e, struct tally_err *err)
{
    struct tally_payload_writer *w = NULL;
    int rc;

    if (tally_sorter_finish(e->payload, err) != 0 || begin_payload(e, &w, err) != 0) {
        return -1;
    }
    rc = copy_payload(e, w, err);
    tally_payload_writer_free(w);
    return rc;
}

/* The two files have nothing in common but tokens, so each is a chunk of its own. */
static int
write_chunk(void *ctx, size_t chunk, unsigned worker, struct tally_err *err)
{
    (void)worker;
    return chunk == 0 ? write_encodings(ctx, err) : write_payload(ctx, err);
}

int
encode_write(struct encoder *e, struct tally_err *err)
{
    int rc;

    if (check_ids(e, err) != 0) {
        return -1;
    }
    tally_progress_begin(e->job->progress, "writing", "records", e->records);
    rc = tally_pool_run(e->job->pool, e->payload != NULL ? 2 : 1, write_chunk, e, err);
    tally_progress_end(e->job->progress);
    return rc;
}

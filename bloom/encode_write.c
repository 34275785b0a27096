/*
 * The last stage: records come out of the sorters in token order and go into the files.
 * Taking records from a sorter and writing those taken before run side by side, as do the
 * two files.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/encode_stages.h"

#include "bloom/base/bytes.h"
#include "bloom/base/csv.h"
#include "bloom/base/text.h"
#include "bloom/matchkey.h"
#include "bloom/payload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Records on their way from sorter to file: token and data of each, one after another. */
struct stretch {
    struct tally_buf bytes;
    size_t n;
    size_t len[ENCODE_BATCH_ROWS]; /* of data */
};

struct writing {
    struct encoder *e;
    struct tally_encfile_writer *enc;
    struct tally_payload_writer *pay; /* NULL without payload */
    struct stretch *taking;
    struct stretch *putting;
    bool payload_ended;
};

static struct tally_enc_info
describe(const struct encoder *e)
{
    const struct tally_schema *s = e->job->schema;
    struct tally_enc_info info;
    size_t v;

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
    info.has_ids = encode_ids_ride(e->job) && e->map_file == NULL;
    info.duplicates_possible = e->job->duplicates_possible;
    info.records = e->records;
    info.dummies = e->job->dummies > 0;
    info.bits = tally_schema_output_bits(s);
    info.normaliser_version = TALLY_NORMALISER_VERSION;
    info.fold_version = TALLY_FOLD_VERSION;
    info.hardening = s->hardening;
    info.rbf_bits = s->rbf_bits;
    if (s->salted) {
        memcpy(info.salt, s->fields[s->salt_field].name, sizeof(info.salt));
    }
    info.fill = s->fill;
    info.nviews = e->nviews;
    for (v = 0; v < e->nviews; v++) {
        memcpy(info.views[v].name, s->views[v].name, sizeof(info.views[v].name));
        info.views[v].rows = e->rows[v];
        info.views[v].records = e->with_rows[v];
    }
    info.nmatch_keys = e->nkeys;
    for (v = 0; v < e->nkeys; v++) {
        struct tally_enc_view *key = &info.match_keys[v];

        memcpy(key->name, s->match_keys[v].name, sizeof(key->name));
        key->rows = e->rows[e->nviews + v];
        key->records = e->with_rows[e->nviews + v];
    }
    return info;
}

static int
begin_payload(struct encoder *e, struct tally_payload_writer **w, struct tally_err *err)
{
    const struct tally_encode_job *job = e->job;
    struct tally_payload_info info = {.source = job->source,
                                      .tool = TALLY_VERSION,
                                      .records = e->records - e->dummies,
                                      .ncolumns = job->npayload};
    const char **names = calloc(job->npayload + 1, sizeof(*names));
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
begin(struct writing *w, struct tally_err *err)
{
    struct encoder *e = w->e;
    struct tally_enc_info info = describe(e);

    if (tally_sorter_finish(e->by_token, err) != 0 ||
        tally_encfile_begin(&w->enc, e->enc_file, &info, info.has_ids ? e->id_bytes : 0,
                            err) != 0) {
        return -1;
    }
    e->enc_len = tally_encfile_writer_length(w->enc);
    w->payload_ended = e->payload == NULL;
    if (e->payload == NULL) {
        return 0;
    }
    if (tally_sorter_finish(e->payload, err) != 0 ||
        begin_payload(e, &w->pay, err) != 0) {
        return -1;
    }
    e->pay_len = tally_payload_writer_length(w->pay);
    return 0;
}

static int
take_encodings(struct encoder *e, struct stretch *s, struct tally_err *err)
{
    const uint8_t *token;
    const void *data;
    int rc = 1;

    s->n = 0;
    s->bytes.len = 0;
    while (s->n < ENCODE_BATCH_ROWS &&
           (rc = tally_sorter_next(e->by_token, &token, &data, &s->len[s->n], err)) > 0) {
        if (tally_buf_append(&s->bytes, token, TALLY_TOKEN_BYTES, err) != 0 ||
            tally_buf_append(&s->bytes, data, s->len[s->n], err) != 0) {
            return -1;
        }
        s->n++;
    }
    return rc < 0 ? -1 : 0;
}

/* A line of the token map. Dummies have no id. */
static int
put_token(struct tally_outfile *f, const uint8_t *token, const uint8_t *id, size_t len,
          struct tally_err *err)
{
    char hex[2 * TALLY_TOKEN_BYTES + 1];

    tally_hex_encode(token, TALLY_TOKEN_BYTES, hex);
    return len == 0 ? 0
           : tally_csv_write(f, id, len, false, err) == 0
               ? tally_csv_write(f, hex, sizeof hex - 1, true, err)
               : -1;
}

static int
put_encodings(struct writing *w, const struct stretch *s, struct tally_err *err)
{
    const struct encoder *e = w->e;
    const uint8_t *at = s->bytes.data;
    size_t i, v;

    for (i = 0; i < s->n; i++) {
        const uint8_t *counts = at + TALLY_TOKEN_BYTES;
        const uint8_t *rows = counts + e->nviews + e->nkeys;
        const uint8_t *id = rows;
        size_t id_len;

        for (v = 0; v < e->nviews; v++) {
            id += counts[v] * encode_row_bytes(e);
        }
        for (; v < e->nviews + e->nkeys; v++) {
            id += (size_t)counts[v] * TALLY_MATCHKEY_BYTES;
        }
        id_len = s->len[i] - (size_t)(id - counts);
        if (e->map_file != NULL && put_token(e->map_file, at, id, id_len, err) != 0) {
            return -1;
        }
        if (tally_encfile_add_rows(w->enc, at, counts, rows, id,
                                   e->map_file != NULL ? 0 : id_len, err) != 0) {
            return -1;
        }
        at = counts + s->len[i];
    }
    tally_progress_add(w->e->job->progress, s->n);
    return 0;
}

/* Rows of payload differ much in length: they go straight from sorter to file. */
static int
copy_payload(struct writing *w, struct tally_err *err)
{
    const uint8_t *token;
    const void *data;
    size_t len, i;
    int rc = 1;

    for (i = 0; i < ENCODE_BATCH_ROWS && rc > 0; i++) {
        rc = tally_sorter_next(w->e->payload, &token, &data, &len, err);
        if (rc < 0 || (rc > 0 && tally_payload_add(w->pay, token, data, len, err) != 0)) {
            return -1;
        }
    }
    w->payload_ended = rc == 0;
    return 0;
}

static int
write_chunk(void *ctx, size_t chunk, unsigned worker, struct tally_err *err)
{
    struct writing *w = ctx;

    (void)worker;
    if (chunk == 0) {
        return take_encodings(w->e, w->taking, err);
    }
    return chunk == 1 ? put_encodings(w, w->putting, err) : copy_payload(w, err);
}

static int
write_all(struct writing *w, struct tally_err *err)
{
    bool more = true;

    while (more) {
        struct stretch *swap = w->taking;

        if (tally_pool_run(w->e->job->pool, w->payload_ended ? 2 : 3, write_chunk, w,
                           err) != 0) {
            return -1;
        }
        more = w->taking->n > 0 || !w->payload_ended;
        w->taking = w->putting;
        w->putting = swap;
    }
    return tally_encfile_end(w->enc, err) != 0 ||
                   (w->pay != NULL && tally_payload_end(w->pay, err) != 0)
               ? -1
               : 0;
}

int
encode_write(struct encoder *e, struct tally_err *err)
{
    struct stretch *stretches = calloc(2, sizeof(*stretches));
    struct writing w = {.e = e};
    int rc;

    if (stretches == NULL) {
        return tally_err_nomem(err);
    }
    w.taking = &stretches[0];
    w.putting = &stretches[1];
    tally_progress_begin(e->job->progress, "writing", "records", e->records);
    rc = begin(&w, err);
    if (rc == 0 && !e->job->dry_run) {
        rc = write_all(&w, err);
    }
    tally_progress_end(e->job->progress);
    tally_encfile_writer_free(w.enc);
    tally_payload_writer_free(w.pay);
    tally_buf_free(&stretches[0].bytes);
    tally_buf_free(&stretches[1].bytes);
    free(stretches);
    return rc;
}

/*
 * The last stage: records come out of the sorters in token order and go into the files.
 * One thread takes them in order and lays them out, whoever is free puts them in the
 * file, and another takes them into the digests, which are a third of the work.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/encode_stages.h"

#include "bloom/base/bytes.h"
#include "bloom/base/csv.h"
#include "bloom/base/pipeline.h"
#include "bloom/base/text.h"
#include "bloom/container.h"
#include "bloom/matchkey.h"
#include "bloom/payload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PIECES      4
#define PIECE_BYTES ((size_t)256 << 10) /* stays in the cache of a processor */

struct writing {
    struct encoder *e;
    struct tally_encfile_writer *enc;
    struct tally_payload_writer *pay; /* NULL without payload */

    /* The file at work: its next record, of which ${len} gets the length. 1, 0 at the
     * end, -1. */
    int (*take)(struct writing *w, size_t *len, struct tally_err *err);
    struct tally_container_writer *container;
    struct tally_container_piece *pieces[PIECES];
    struct tally_progress *progress; /* counts encodings alone */
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
    e->enc_len = tally_container_writer_length(tally_encfile_container(w->enc));
    if (e->payload == NULL) {
        return 0;
    }
    if (tally_sorter_finish(e->payload, err) != 0 ||
        begin_payload(e, &w->pay, err) != 0) {
        return -1;
    }
    e->pay_len = tally_container_writer_length(tally_payload_container(w->pay));
    return 0;
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

/* The next record as it comes out of its sorter: counts, rows, keys, id. */
static int
take_encodings(struct writing *w, size_t *len, struct tally_err *err)
{
    const struct encoder *e = w->e;
    const uint8_t *token, *counts, *rows, *id;
    const void *data;
    int rc = tally_sorter_next(e->by_token, &token, &data, len, err);
    size_t v, id_len;

    if (rc <= 0) {
        return rc;
    }
    counts = data;
    rows = id = counts + e->nviews + e->nkeys;
    for (v = 0; v < e->nviews; v++) {
        id += counts[v] * encode_row_bytes(e);
    }
    for (; v < e->nviews + e->nkeys; v++) {
        id += (size_t)counts[v] * TALLY_MATCHKEY_BYTES;
    }
    id_len = *len - (size_t)(id - counts);
    if (e->map_file != NULL) {
        if (put_token(e->map_file, token, id, id_len, err) != 0) {
            return -1;
        }
        id_len = 0;
    }
    return tally_encfile_add_rows(w->enc, token, counts, rows, id, id_len, err) != 0 ? -1
                                                                                     : 1;
}

static int
take_payload(struct writing *w, size_t *len, struct tally_err *err)
{
    const uint8_t *token;
    const void *data;
    int rc = tally_sorter_next(w->e->payload, &token, &data, len, err);

    return rc > 0 && tally_payload_add(w->pay, token, data, *len, err) != 0 ? -1 : rc;
}

static int
begin_piece(void *ctx, size_t batch, size_t *parts, struct tally_err *err)
{
    struct writing *w = ctx;
    size_t bytes = 0, n = 0, len;
    int rc = 1;

    while (bytes < PIECE_BYTES && (rc = w->take(w, &len, err)) > 0) {
        bytes += TALLY_TOKEN_BYTES + len;
        n++;
    }
    if (rc < 0) {
        return -1;
    }
    if (n > 0) {
        tally_container_cut(w->container, w->pieces[batch]);
        tally_progress_add(w->progress, n);
        *parts = 1;
    }
    return 0;
}

static int
place_piece(void *ctx, size_t batch, size_t part, unsigned worker, struct tally_err *err)
{
    const struct writing *w = ctx;

    (void)part;
    (void)worker;
    return tally_container_place(w->container, w->pieces[batch], err);
}

static int
end_piece(void *ctx, size_t batch, struct tally_err *err)
{
    const struct writing *w = ctx;

    (void)err;
    tally_container_take_in(w->container, w->pieces[batch]);
    return 0;
}

/* One file, of which ${take} takes a record after the other. */
static int
write_file(struct writing *w, struct tally_container_writer *container,
           int (*take)(struct writing *w, size_t *len, struct tally_err *err),
           struct tally_err *err)
{
    static const struct tally_pipeline pipeline = {PIECES, begin_piece, place_piece,
                                                   end_piece};
    int rc = 0;

    w->container = container;
    w->take = take;
    for (size_t i = 0; i < PIECES && rc == 0; i++) {
        rc = tally_container_piece_create(&w->pieces[i], container, err);
    }
    if (rc == 0) {
        rc = tally_pipeline_run(w->e->job->pool, &pipeline, w, err);
    }
    for (size_t i = 0; i < PIECES; i++) {
        tally_container_piece_free(w->pieces[i]);
        w->pieces[i] = NULL;
    }
    return rc;
}

static int
write_all(struct writing *w, struct tally_err *err)
{
    w->progress = w->e->job->progress;
    if (write_file(w, tally_encfile_container(w->enc), take_encodings, err) != 0 ||
        tally_encfile_end(w->enc, err) != 0) {
        return -1;
    }
    w->progress = NULL;
    return w->pay == NULL || (write_file(w, tally_payload_container(w->pay), take_payload,
                                         err) == 0 &&
                              tally_payload_end(w->pay, err) == 0)
               ? 0
               : -1;
}

int
encode_write(struct encoder *e, struct tally_err *err)
{
    struct writing w = {.e = e};
    int rc;

    tally_progress_begin(e->job->progress, "writing", "records", e->records);
    rc = begin(&w, err);
    if (rc == 0 && !e->job->dry_run) {
        rc = write_all(&w, err);
    }
    tally_progress_end(e->job->progress);
    tally_encfile_writer_free(w.enc);
    tally_payload_writer_free(w.pay);
    return rc;
}

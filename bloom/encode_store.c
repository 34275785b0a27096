/*
 * The stage that forgets the order of the export: every row goes to a sorter under a
 * random token.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/encode_stages.h"

#include "bloom/base/secret.h"
#include "bloom/matchkey.h"

#include <inttypes.h>
#include <string.h>

/* How many encodings of each view of a slice, and bytes of match keys, are stored
 * already. */
struct cursor {
    const struct encode_filters *filters;
    size_t at[TALLY_VIEWS_MAX];
    size_t keys_at;
};

/* The match keys of a record. Returns where they end. */
static uint8_t *
put_keys(struct encoder *e, const struct encode_row *row, struct cursor *c, uint8_t *to)
{
    for (size_t k = e->nviews; k < e->nviews + e->nkeys; k++) {
        size_t len = (size_t)row->nrows[k] * TALLY_MATCHKEY_BYTES;

        if (len > 0) {
            memcpy(to, c->filters->keys.data + c->keys_at, len);
        }
        c->keys_at += len;
        to += len;
        e->rows[k] += row->nrows[k];
        e->with_rows[k] += row->nrows[k] > 0;
    }
    return to;
}

static size_t
id_bytes(const struct encoder *e, const struct encode_row *row)
{
    return encode_ids_ride(e->job) ? row->id_len : 0;
}

static size_t
record_bytes(const struct encoder *e, const struct encode_row *row)
{
    size_t bytes = e->nviews + e->nkeys + id_bytes(e, row);

    for (size_t v = 0; v < e->nviews; v++) {
        bytes += row->nrows[v] * encode_row_bytes(e);
    }
    for (size_t k = e->nviews; k < e->nviews + e->nkeys; k++) {
        bytes += (size_t)row->nrows[k] * TALLY_MATCHKEY_BYTES;
    }
    return bytes;
}

/* Counts, encodings, match keys and id of a record to the sorter. */
static int
put_together(struct encoder *e, const struct encode_row *row, struct cursor *c,
             const uint8_t *token, struct tally_err *err)
{
    size_t bytes = encode_row_bytes(e), id_len = id_bytes(e, row);
    uint8_t *to;

    if (tally_sorter_add_room(e->by_token, token, record_bytes(e, row), &to, err) != 0) {
        return -1;
    }
    memcpy(to, row->nrows, e->nviews + e->nkeys);
    to += e->nviews + e->nkeys;
    for (size_t v = 0; v < e->nviews; v++) {
        for (size_t i = 0; i < row->nrows[v]; i++) {
            memcpy(to, c->filters->data + (c->filters->start[v] + c->at[v]++) * e->stride,
                   bytes);
            to += bytes;
        }
        e->rows[v] += row->nrows[v];
        e->with_rows[v] += row->nrows[v] > 0;
    }
    to = put_keys(e, row, c, to);
    if (id_len > 0) {
        memcpy(to, row->id, id_len);
        e->id_bytes += id_len;
    }
    e->records++;
    return 0;
}

static int
store_row(struct encoder *e, const struct encode_row *row, struct cursor *c,
          const uint8_t *token, struct tally_err *err)
{
    uint8_t number[8];

    if (e->job->given != NULL) {
        token = tally_given_token(e->job->given, row->id, row->id_len);
        TALLY_INVARIANT(token != NULL); /* or it would not have been read */
    }
    if (e->by_id != NULL) {
        tally_le64_store(number, row->number);
        if (tally_sorter_add(e->by_id, row->id_hash, number, sizeof(number), err) != 0) {
            return -1;
        }
    }
    e->stayed[row->stay] += row->stay != TALLY_LEAVES;
    if (row->stay != TALLY_LEAVES) {
        return 0;
    }
    if (put_together(e, row, c, token, err) != 0) {
        return -1;
    }
    if (e->payload == NULL) {
        return 0;
    }
    e->payload_bytes += row->payload_len;
    return tally_sorter_add(e->payload, token, row->payload, row->payload_len, err);
}

/* Filters as they come: batches are stored in the order of their rows. */
static int
store_clks(struct encoder *e, const struct encode_batch *b, struct tally_err *err)
{
    for (size_t i = 0; i < b->nrows; i++) {
        const uint8_t *filters = b->filters[i / e->slice_rows].data;

        if (tally_clks_add(e->clks, filters + i % e->slice_rows * e->stride, err) != 0) {
            return -1;
        }
    }
    e->records += b->nrows;
    tally_progress_add(e->job->progress, b->nrows);
    return 0;
}

/* The dummies of slice ${slice}, behind its records. ${tokens} moves on. */
static int
store_dummies(struct encoder *e, const struct encode_batch *b, size_t slice,
              struct cursor *c, const uint8_t **tokens, struct tally_err *err)
{
    for (size_t i = 0; i < b->ndummies[slice]; i++) {
        const struct encode_row *row = &b->dummies[slice * e->slice_rows + i];

        if (row->stay != TALLY_LEAVES) {
            continue;
        }
        if (put_together(e, row, c, *tokens, err) != 0) {
            return -1;
        }
        *tokens += TALLY_TOKEN_BYTES;
        e->dummies++;
    }
    return 0;
}

static size_t
count_dummies(const struct encoder *e, const struct encode_batch *b)
{
    size_t n = 0;

    for (size_t s = 0; e->job->dummies > 0 && s * e->slice_rows < b->nrows; s++) {
        n += b->ndummies[s];
    }
    return n;
}

int
encode_store(struct encoder *e, struct encode_batch *b, struct tally_err *err)
{
    size_t total = b->nrows + count_dummies(e, b);
    const uint8_t *spare = e->tokens + b->nrows * TALLY_TOKEN_BYTES;
    struct cursor c;
    size_t i;

    if (b->nrows == 0) {
        return 0;
    }
    if (e->records + total > TALLY_ENC_RECORDS_MAX) {
        return tally_err_set(err, TALLY_E_LIMIT, "%s: over %u rows",
                             tally_csv_path(e->job->csv), TALLY_ENC_RECORDS_MAX);
    }
    if (e->clks != NULL) {
        return store_clks(e, b, err);
    }
    if (e->job->random != NULL) {
        e->job->random(e->job->random_ctx, e->tokens, total * TALLY_TOKEN_BYTES);
    } else {
        tally_random(e->tokens, total * TALLY_TOKEN_BYTES);
    }
    for (i = 0; i < b->nrows; i++) {
        if (i % e->slice_rows == 0) {
            memset(&c, 0, sizeof(c));
            c.filters = &b->filters[i / e->slice_rows];
        }
        if (store_row(e, &b->rows[i], &c, e->tokens + i * TALLY_TOKEN_BYTES, err) != 0) {
            return -1;
        }
        if (total > b->nrows && (i + 1 == b->nrows || (i + 1) % e->slice_rows == 0) &&
            store_dummies(e, b, i / e->slice_rows, &c, &spare, err) != 0) {
            return -1;
        }
    }
    tally_progress_add(e->job->progress, b->nrows);
    return 0;
}

/* Equal ids are neighbours under their hash, the earlier row first. */
int
encode_check_ids(struct encoder *e, struct tally_err *err)
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

/*
 * The stage that threads share out: a slice of rows is normalised, cut into tokens,
 * hashed and diffused. Counts are kept by thread and added up at the end, so nothing
 * depends on who did what.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/encode_stages.h"

#include "bloom/base/secret.h"
#include "bloom/base/size.h"
#include "bloom/bits.h"

#include <stdlib.h>
#include <string.h>

/* A part of a value: where it is and how long. */
struct part {
    const uint8_t *data;
    size_t len;
};

/* The cell in slot ${slot} of a row. */
static struct part
cell_at(const struct encoder *e, const struct encode_row *row, const size_t *starts,
        size_t slot)
{
    struct part p = {row->cells + 4 * e->nkept + starts[slot],
                     tally_le32_load(row->cells + 4 * slot)};

    return p;
}

static bool
blank(struct part p)
{
    size_t i;

    for (i = 0; i < p.len; i++) {
        if (p.data[i] != ' ' && p.data[i] != '\t') {
            return false;
        }
    }
    return true;
}

/* Several columns as one value. The parts of a date keep their places, so that one which
 * is empty can be told; of anything else what is there is taken. */
static int
join(const struct encoder *e, struct encode_worker *w, const struct encode_row *row,
     const size_t *starts, size_t f, struct part *out, struct tally_err *err)
{
    bool date = e->job->schema->fields[f].type == TALLY_FIELD_DATE;
    size_t i;

    w->joined.len = 0;
    for (i = 0; i < e->job->mapping->nparts[f]; i++) {
        struct part p = cell_at(e, row, starts, e->slot[f][i]);

        if (blank(p) && !date) {
            continue;
        }
        if (((date ? i : w->joined.len) > 0 &&
             tally_buf_append(&w->joined, date ? "/" : " ", 1, err) != 0) ||
            tally_buf_append(&w->joined, p.data, p.len, err) != 0) {
            return -1;
        }
    }
    out->data = w->joined.data;
    out->len = w->joined.len;
    return 0;
}

static int
normalise_field(const struct encoder *e, struct encode_worker *w,
                const struct encode_row *row, const size_t *starts, size_t f,
                struct tally_err *err)
{
    size_t nparts = e->job->mapping->nparts[f];
    struct part p = {(const uint8_t *)"", 0};

    if (nparts == 1) {
        p = cell_at(e, row, starts, e->slot[f][0]);
    } else if (nparts > 1 && join(e, w, row, starts, f, &p, err) != 0) {
        return -1;
    }
    tally_normalise(&e->job->schema->fields[f], &e->job->mapping->readings[f], p.data,
                    p.len, &w->values[f]);
    w->reasons[f][w->values[f].reason]++;
    w->rules[f][w->values[f].rule]++;
    return 0;
}

/* One row into its filter, and whether anything in it could be used. */
static int
encode_row(const struct encoder *e, struct encode_worker *w, const struct encode_row *row,
           uint8_t *filter, struct tally_err *err)
{
    size_t starts[TALLY_SCHEMA_FIELDS_MAX * TALLY_MAPPING_COLUMNS];
    bool empty = true;
    size_t at = 0, i;

    for (i = 0; i < e->nkept; i++) {
        starts[i] = at;
        at += tally_le32_load(row->cells + 4 * i);
    }
    for (i = 0; i < e->job->schema->nfields; i++) {
        if (normalise_field(e, w, row, starts, i, err) != 0) {
            return -1;
        }
        empty = empty && w->values[i].len == 0;
    }
    w->empty_records += empty;
    tally_clk_add(w->clk, w->values, filter);
    return 0;
}

/* A keyed hash to find equal ids by, without sorting the ids themselves. BLAKE2b over key
 * and id is a keyed function: it has no length extension. */
static void
hash_id(const struct encoder *e, struct encode_row *row)
{
    uint8_t bytes[ENCODE_ID_KEY + TALLY_ID_MAX];
    uint8_t digest[TALLY_DIGEST_BYTES];

    memcpy(bytes, e->id_key, ENCODE_ID_KEY);
    memcpy(bytes + ENCODE_ID_KEY, row->id, row->id_len);
    tally_digest(bytes, ENCODE_ID_KEY + row->id_len, digest);
    memcpy(row->id_hash, digest, ENCODE_ID_HASH);
    tally_wipe(bytes, ENCODE_ID_KEY + row->id_len);
}

int
encode_slice(struct encoder *e, struct encode_batch *b, size_t slice,
             struct encode_worker *w, struct tally_err *err)
{
    size_t first = slice * ENCODE_SLICE_ROWS;
    size_t n =
        b->nrows - first < ENCODE_SLICE_ROWS ? b->nrows - first : ENCODE_SLICE_ROWS;
    uint8_t *out = b->filters + first * e->stride;
    uint8_t *plain = e->diffusion != NULL ? w->plain : out;
    size_t i;

    memset(plain, 0, n * e->plain_stride);
    for (i = 0; i < n; i++) {
        if (encode_row(e, w, &b->rows[first + i], plain + i * e->plain_stride, err) !=
            0) {
            return -1;
        }
        if (e->job->id_column >= 0) {
            hash_id(e, &b->rows[first + i]);
        }
    }
    w->ones += tally_bits_count(plain, n * e->plain_stride);
    if (e->diffusion != NULL) {
        tally_diffusion_apply(e->diffusion, plain, e->plain_stride, n, out, e->stride,
                              w->scratch);
    }
    return 0;
}

int
encode_worker_create(struct encoder *e, struct encode_worker *w, struct tally_err *err)
{
    const struct tally_encode_job *job = e->job;
    size_t values = job->schema->nfields * sizeof(*w->values);

    if (tally_clk_create(&w->clk, job->schema, TALLY_VIEW_FULL, job->key, err) != 0 ||
        tally_pii_create(&w->arena, values, err) != 0) {
        return -1;
    }
    w->values = tally_pii_alloc(w->arena, values);
    TALLY_INVARIANT(w->values != NULL);
    if (e->diffusion != NULL) {
        w->plain = aligned_alloc(64, ENCODE_SLICE_ROWS * e->plain_stride);
        w->scratch = aligned_alloc(64, tally_diffusion_scratch(e->diffusion));
        if (w->plain == NULL || w->scratch == NULL) {
            return tally_err_nomem(err);
        }
    }
    return 0;
}

void
encode_worker_free(struct encoder *e, struct encode_worker *w)
{
    if (w->plain != NULL) {
        tally_wipe(w->plain, ENCODE_SLICE_ROWS * e->plain_stride);
    }
    if (w->scratch != NULL) {
        tally_wipe(w->scratch, tally_diffusion_scratch(e->diffusion));
    }
    free(w->plain);
    free(w->scratch);
    tally_buf_free(&w->joined);
    tally_pii_free(w->arena);
    tally_clk_free(w->clk);
}

/*
 * The stage that threads share out: a slice of records is normalised, cut into tokens,
 * hashed and hardened, once for each view and each choice of values. Counts are kept by
 * thread and added up at the end, so nothing depends on who did what.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/encode_stages.h"

#include "bloom/base/secret.h"
#include "bloom/harden_salt.h"

#include <stdlib.h>
#include <string.h>

/* Rows of ${stride} bytes, 64-byte aligned; what ${p} held is kept and its memory wiped.
 */
static uint8_t *
more_rows(uint8_t *p, size_t n, size_t cap, size_t stride, struct tally_err *err)
{
    uint8_t *more = aligned_alloc(64, cap * stride);

    if (more == NULL) {
        tally_err_nomem(err);
        return NULL;
    }
    if (p != NULL) {
        memcpy(more, p, n * stride);
        tally_wipe(p, n * stride);
        free(p);
    }
    return more;
}

/* A new zeroed row of a view before hardening. The rows before may move. */
static uint8_t *
new_row(const struct encoder *e, struct encode_view *view, struct tally_err *err)
{
    uint8_t *row;

    if (view->n == view->cap) {
        size_t cap = view->cap == 0 ? e->slice_rows : 2 * view->cap;
        uint8_t *more;

        tally_clk_finish(view->clk);
        more = more_rows(view->plain, view->n, cap, e->plain_stride, err);
        if (more == NULL) {
            return NULL;
        }
        view->plain = more;
        view->cap = cap;
    }
    row = view->plain + view->n++ * e->plain_stride;
    memset(row, 0, e->plain_stride);
    return row;
}

/* The chosen values side by side. First values of the main row are that already. */
const struct tally_value *
encode_gather(const struct encoder *e, struct encode_worker *w,
              const struct encode_choice *c)
{
    size_t nfields = e->job->schema->nfields;
    bool first = c->line == 0;

    for (size_t f = 0; f < nfields && first; f++) {
        first = c->value[f] == 0;
    }
    if (first) {
        return w->values.values;
    }
    for (size_t f = 0; f < nfields; f++) {
        size_t from;
        size_t n = encode_usable(&w->values, c->line, f, &from);

        w->chosen[f].len = 0;
        if (n > 0) {
            w->chosen[f] = *encode_value(e, &w->values, from, c->value[f], f);
        }
    }
    return w->chosen;
}

/* Whether the first values of a record have the salt that its schema wants. */
static bool
has_salt(const struct encoder *e, const struct encode_values *v)
{
    const struct tally_schema *s = e->job->schema;
    size_t f = s->salt_field;

    return !s->salted || (v->n[0][f] > 0 &&
                          tally_salt_len(&s->fields[f], encode_value(e, v, 0, 0, f)) > 0);
}

static void
count_values(const struct encoder *e, struct encode_worker *w, bool cut)
{
    const struct encode_values *v = &w->values;
    bool empty = true;

    for (size_t f = 0; f < e->job->schema->nfields; f++) {
        w->reasons[f][v->reason[f]]++;
        w->rules[f][v->rule[f]]++;
        for (size_t l = 0; l < v->nlines; l++) {
            empty = empty && v->n[l][f] == 0;
            w->more_values[f] += v->n[l][f] > 1 ? v->n[l][f] - 1u : 0;
        }
    }
    w->empty_records += empty;
    w->unsalted += !has_salt(e, v);
    w->values_cut += v->cut;
    w->records_cut += cut || v->cut > 0;
}

/* The values of ${c} into a new row. What was gathered for one choice is overwritten for
 * the next; the first values stay as long as the row needs them. */
static int
begin_row(struct encoder *e, struct encode_worker *w, size_t v,
          const struct encode_choice *c, struct tally_err *err)
{
    struct tally_clk *clk = w->views[v].clk;
    uint8_t *filter = new_row(e, &w->views[v], err);
    const struct tally_value *values;

    if (filter == NULL) {
        return -1;
    }
    values = encode_gather(e, w, c);
    tally_clk_begin(clk, values, filter);
    if (values == w->chosen) {
        tally_clk_finish(clk);
    }
    return 0;
}

/* The collected values of a record into its rows; ${more} is set when some combination is
 * left out. */
static int
encode_in_views(struct encoder *e, struct encode_worker *w, struct encode_row *row,
                bool *more, struct tally_err *err)
{
    struct encode_choice choices[ENCODE_VALUES];

    for (size_t v = 0; v < e->nviews; v++) {
        size_t n = encode_choose(e, &w->values, e->fields_of[v],
                                 e->job->schema->views[v].required, choices, more);

        for (size_t i = 0; i < n; i++) {
            if (begin_row(e, w, v, &choices[i], err) != 0) {
                return -1;
            }
        }
        if (n == 0) {
            tally_clk_finish(w->views[v].clk);
        }
        row->nrows[v] = (uint8_t)n;
    }
    return e->nkeys > 0 ? encode_keys(e, w, row, more, err) : 0;
}

/* Complete all rows of all views. */
static void
finish_rows(struct encoder *e, struct encode_worker *w)
{
    for (size_t v = 0; v < e->nviews; v++) {
        tally_clk_finish(w->views[v].clk);
    }
}

/* One record into its rows, unless it stays. Its values must be looked at before those of
 * the record after the next are there. */
static int
encode_record(struct encoder *e, struct encode_worker *w, struct encode_row *row,
              struct tally_err *err)
{
    bool more = false;

    memset(row->nrows, 0, sizeof(row->nrows));
    if (encode_collect(e, w, row, err) != 0) {
        return -1;
    }
    if (!row->screened) {
        encode_screen(e, w, row);
    }
    if (row->stay != TALLY_LEAVES) {
        finish_rows(e, w);
        return 0;
    }
    if (row->aliases_stay) {
        encode_keep_first(e, w);
        w->records_bare++;
    }
    if (encode_in_views(e, w, row, &more, err) != 0) {
        return -1;
    }
    count_values(e, w, more || row->cut);
    return 0;
}

/* Lists of people who stay hold for dummies too, marks in columns do not. */
int
encode_dummy(struct encoder *e, struct encode_worker *w, struct encode_row *row,
             struct tally_err *err)
{
    bool more = false;

    if (encode_collect(e, w, row, err) != 0) {
        return -1;
    }
    row->stay = w->values.stay;
    if (row->stay != TALLY_LEAVES) {
        finish_rows(e, w);
        return 0;
    }
    return encode_in_views(e, w, row, &more, err);
}

/* A keyed hash to find equal ids by, without sorting the ids themselves. BLAKE2b over key
 * and id is a keyed function: it has no length extension. */
static void
hash_id(const struct encoder *e, struct encode_row *row)
{
    uint8_t bytes[ENCODE_ID_KEY + TALLY_ID_MAX];
    uint8_t digest[TALLY_DIGEST_BYTES];

    const uint8_t *id = row->id;
    size_t len = row->id_len;

    /* blanks around an id are nobody's name */
    for (; len > 0 && id[0] == ' '; len--) {
        id++;
    }
    while (len > 0 && id[len - 1] == ' ') {
        len--;
    }
    memcpy(bytes, e->id_key, ENCODE_ID_KEY);
    memcpy(bytes + ENCODE_ID_KEY, id, len);
    tally_digest(bytes, ENCODE_ID_KEY + len, digest);
    memcpy(row->id_hash, digest, ENCODE_ID_HASH);
    tally_wipe(bytes, ENCODE_ID_KEY + len);
}

/* The rows of a view, hardened, behind those of the views before. */
static void
harden(struct encoder *e, struct encode_worker *w, size_t v, struct encode_filters *out)
{
    struct encode_view *view = &w->views[v];
    uint8_t *to = out->data + out->n * e->stride;

    out->start[v] = out->n;
    out->n += view->n;
    for (size_t i = 0; i < view->n; i++) {
        const uint8_t *row = view->plain + i * e->plain_stride;

        view->ones += e->kernel->and_popcount(row, row, e->plain_stride);
    }
    for (size_t i = 0; i < view->n; i += TALLY_HARDEN_BATCH) {
        size_t n = view->n - i < TALLY_HARDEN_BATCH ? view->n - i : TALLY_HARDEN_BATCH;

        tally_harden_apply(e->harden[v], view->plain + i * e->plain_stride,
                           e->plain_stride, n, to + i * e->stride, e->stride, w->scratch);
    }
}

static int
harden_all(struct encoder *e, struct encode_worker *w, struct encode_filters *out,
           struct tally_err *err)
{
    size_t total = 0;

    for (size_t v = 0; v < e->nviews; v++) {
        total += w->views[v].n;
    }
    out->n = 0;
    if (total > out->cap) {
        uint8_t *more = more_rows(out->data, out->cap, total, e->stride, err);

        if (more == NULL) {
            return -1;
        }
        /* what hardening leaves of the stride must be zero */
        memset(more, 0, total * e->stride);
        out->data = more;
        out->cap = total;
    }
    for (size_t v = 0; v < e->nviews; v++) {
        if (w->views[v].n > 0) {
            harden(e, w, v, out);
        }
    }
    return 0;
}

/* The records of slice ${slice}. */
static size_t
slice_of(const struct encoder *e, const struct encode_batch *b, size_t slice,
         struct encode_row **rows)
{
    size_t first = slice * e->slice_rows;

    *rows = b->rows + first;
    return b->nrows - first < e->slice_rows ? b->nrows - first : e->slice_rows;
}

int
encode_slice(struct encoder *e, struct encode_batch *b, size_t slice,
             struct encode_worker *w, struct tally_err *err)
{
    struct encode_row *rows;
    size_t n = slice_of(e, b, slice, &rows);

    for (size_t v = 0; v < e->nviews; v++) {
        w->views[v].n = 0;
    }
    w->keys = &b->filters[slice].keys;
    w->keys->len = 0;
    for (size_t i = 0; i < n; i++) {
        if (encode_record(e, w, &rows[i], err) != 0) {
            return -1;
        }
        if (e->by_id != NULL) {
            hash_id(e, &rows[i]);
        }
    }
    if (e->job->dummies > 0 && encode_dummies(e, b, slice, rows, n, w, err) != 0) {
        return -1;
    }
    finish_rows(e, w);
    return harden_all(e, w, &b->filters[slice], err);
}

int
encode_screen_slice(struct encoder *e, struct encode_batch *b, size_t slice,
                    struct encode_worker *w, struct tally_err *err)
{
    struct encode_row *rows;
    size_t n = slice_of(e, b, slice, &rows);

    for (size_t i = 0; i < n; i++) {
        if (e->job->exclude != NULL) {
            if (encode_collect(e, w, &rows[i], err) != 0) {
                return -1;
            }
            encode_screen(e, w, &rows[i]);
        }
        hash_id(e, &rows[i]);
    }
    return 0;
}

static int
create_values(struct encoder *e, struct encode_worker *w, struct tally_err *err)
{
    size_t lines = e->group != NULL ? ENCODE_VALUES : 1;
    size_t nfields = e->job->schema->nfields;
    size_t values = lines * e->max_values * nfields * sizeof(*w->values.values);
    size_t chosen = nfields * sizeof(*w->chosen);

    if (tally_pii_create(&w->values.arena, 2 * (values + 16) + chosen, err) != 0) {
        return -1;
    }
    w->values.values = tally_pii_alloc(w->values.arena, values);
    w->values.before = tally_pii_alloc(w->values.arena, values);
    w->chosen = tally_pii_alloc(w->values.arena, chosen);
    TALLY_INVARIANT(w->values.values != NULL && w->chosen != NULL);
    return 0;
}

int
encode_worker_create(struct encoder *e, struct encode_worker *w, struct tally_err *err)
{
    const struct tally_schema *s = e->job->schema;

    for (size_t v = 0; v < e->nviews; v++) {
        if (tally_clk_create(&w->views[v].clk, &e->views[v], s->views[v].name,
                             e->job->key, err) != 0) {
            return -1;
        }
    }
    w->scratch = aligned_alloc(64, tally_harden_scratch(e->harden[0]));
    if (w->scratch == NULL) {
        return tally_err_nomem(err);
    }
    return create_values(e, w, err);
}

void
encode_worker_free(struct encoder *e, struct encode_worker *w)
{
    for (size_t v = 0; v < e->nviews; v++) {
        if (w->views[v].plain != NULL) {
            tally_wipe(w->views[v].plain, w->views[v].cap * e->plain_stride);
        }
        free(w->views[v].plain);
        tally_clk_free(w->views[v].clk);
    }
    if (w->scratch != NULL) {
        tally_wipe(w->scratch, tally_harden_scratch(e->harden[0]));
    }
    free(w->scratch);
    tally_buf_free(&w->joined);
    tally_buf_free(&w->composed);
    tally_pii_free(w->values.arena);
}

void
encode_filters_free(const struct encoder *e, struct encode_filters *f)
{
    if (f->data != NULL) {
        tally_wipe(f->data, f->cap * e->stride);
    }
    free(f->data);
    tally_buf_free(&f->keys);
}

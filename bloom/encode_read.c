/*
 * The first stage: rows out of the export into batches. A cell is valid only until the
 * next row is read, so what is wanted of a row is copied to the arena of its batch.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/encode_stages.h"

#include "bloom/payload.h"

#include <inttypes.h>
#include <string.h>

#define ARENA_SPARE ((size_t)64 << 10)

static size_t
cells_len(const struct encoder *e)
{
    size_t len = 4 * e->nkept;
    size_t i;

    for (i = 0; i < e->nkept; i++) {
        len += e->cells[e->kept[i]].len;
    }
    return len;
}

static size_t
payload_len(const struct encoder *e)
{
    size_t len = 4 * e->job->npayload;
    size_t i;

    for (i = 0; i < e->job->npayload; i++) {
        len += e->cells[e->job->payload_columns[i]].len;
    }
    return len;
}

static uint8_t *
put(uint8_t *to, const struct tally_cell *cell)
{
    if (cell->len > 0) {
        memcpy(to, cell->data, cell->len);
    }
    return to + cell->len;
}

static void
copy_cells(const struct encoder *e, uint8_t *to)
{
    uint8_t *at = to + 4 * e->nkept;
    size_t i;

    for (i = 0; i < e->nkept; i++) {
        const struct tally_cell *cell = &e->cells[e->kept[i]];

        tally_le32_store(to + 4 * i, (uint32_t)cell->len);
        at = put(at, cell);
    }
}

static void
copy_payload(const struct encoder *e, uint8_t *to)
{
    size_t i;

    for (i = 0; i < e->job->npayload; i++) {
        const struct tally_cell *cell = &e->cells[e->job->payload_columns[i]];

        tally_le32_store(to, (uint32_t)cell->len);
        to = put(to + 4, cell);
    }
}

static bool
is_blank(const struct tally_cell *cell)
{
    size_t i;

    for (i = 0; i < cell->len; i++) {
        if (cell->data[i] != ' ' && cell->data[i] != '\t') {
            return false;
        }
    }
    return true;
}

static int
bad_id(const struct encoder *e, const struct tally_cell *id, bool is_alias,
       struct tally_err *err)
{
    const struct tally_csv *csv = e->job->csv;
    const char *column = tally_csv_column(csv, is_alias ? *e->job->alias_column
                                                        : (size_t)e->job->id_column);
    uint64_t row = tally_csv_row(csv);

    if (is_blank(id)) {
        tally_err_set(err, TALLY_E_DATA,
                      "%s: row %" PRIu64 ": column '%s': the id is empty",
                      tally_csv_path(csv), row, column);
        return tally_err_hint(err, "give every record an id: by it you find a record "
                                   "again that is to be withdrawn");
    }
    if (id->len > TALLY_ID_MAX) {
        return tally_err_set(err, TALLY_E_DATA,
                             "%s: row %" PRIu64 ": column '%s': the id is over %d bytes",
                             tally_csv_path(csv), row, column, TALLY_ID_MAX);
    }
    return tally_err_set(err, TALLY_E_DATA,
                         "%s: row %" PRIu64
                         ": column '%s': the id has a control character",
                         tally_csv_path(csv), row, column);
}

/* An empty batch grows its arena for a row that is larger. */
uint8_t *
encode_room(struct encode_batch *b, size_t len, struct tally_err *err)
{
    struct tally_pii *larger = NULL;
    uint8_t *p = tally_pii_alloc(b->arena, len);

    if (p != NULL || b->nrows > 0) {
        return p;
    }
    if (tally_pii_create(&larger, len + ARENA_SPARE, err) != 0) {
        return NULL;
    }
    tally_pii_free(b->arena);
    b->arena = larger;
    return tally_pii_alloc(b->arena, len);
}

/* Move the pending row into ${b}: 1, 0 when there is no room for it, -1. */
static int
take_row(struct encoder *e, struct encode_batch *b, struct tally_err *err)
{
    const struct tally_cell none = {NULL, 0};
    const struct tally_cell *id =
        e->job->id_column >= 0 ? &e->cells[e->job->id_column] : &none;
    bool is_alias =
        e->job->alias_column != NULL && !is_blank(&e->cells[*e->job->alias_column]);
    size_t ncells = cells_len(e), npayload = payload_len(e);
    struct encode_row *row = &b->rows[b->nrows];
    uint8_t *p;

    if (is_alias) {
        id = &e->cells[*e->job->alias_column];
    }
    if (e->job->id_column >= 0 && (is_blank(id) || !tally_id_valid(id->data, id->len))) {
        return bad_id(e, id, is_alias, err);
    }
    if (e->job->given != NULL &&
        tally_given_token(e->job->given, id->data, id->len) == NULL) {
        e->rows_read++;
        return 1;
    }
    if (npayload > TALLY_PAYLOAD_ROW_MAX) {
        return tally_err_set(err, TALLY_E_LIMIT,
                             "%s: row %" PRIu64 ": payload columns are over %u bytes",
                             tally_csv_path(e->job->csv), tally_csv_row(e->job->csv),
                             TALLY_PAYLOAD_ROW_MAX);
    }
    p = encode_room(b, ncells + npayload + id->len, err);
    if (p == NULL) {
        return b->nrows > 0 ? 0 : -1;
    }
    copy_cells(e, p);
    copy_payload(e, p + ncells);
    (void)put(p + ncells + npayload, id);
    memset(row, 0, sizeof(*row));
    row->number = tally_csv_row(e->job->csv);
    row->cells = p;
    row->nlines = 1;
    row->is_alias = is_alias;
    row->payload = p + ncells;
    row->payload_len = npayload;
    row->id = p + ncells + npayload;
    row->id_len = id->len;
    b->nrows++;
    e->rows_read++;
    return 1;
}

int
encode_read(struct encoder *e, struct encode_batch *b, struct tally_err *err)
{
    int rc;

    b->nrows = 0;
    tally_pii_reset(b->arena);
    while (b->nrows < e->batch_rows && !e->ended) {
        if (!e->pending) {
            rc = tally_csv_next(e->job->csv, e->cells, err);
            if (rc < 0) {
                return -1;
            }
            e->pending = rc > 0;
            e->ended = rc == 0;
            continue;
        }
        rc = take_row(e, b, err);
        if (rc < 0) {
            return -1;
        }
        if (rc == 0) {
            break;
        }
        e->pending = false;
    }
    return 0;
}

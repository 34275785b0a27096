/*
 * Alias rows brought to their main rows. They may stand anywhere in the export, so all
 * rows go through a sorter, by a keyed hash of the id of their person; the last byte of
 * the key puts the main row first. A record is then read back row by row, and never has
 * more than a few rows in memory however many aliases there are.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/encode_stages.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SORT_ROWS ((size_t)32 << 20)
#define WHO       (TALLY_SORT_KEY - 1) /* bytes of the key that say whose row it is */

/* A row in the sorter begins with this, then cells, payload and id. LE32s but for the
 * first: LE64. */
enum {
    NUMBER = 0,
    ID_LEN = 8,
    PAYLOAD_LEN = 12,
    STAY = 16,
    ALIASES_STAY = 17,
    HEAD = 18,
};

struct encode_group {
    struct tally_sorter *rows;
    struct tally_buf row; /* on its way into the sorter */

    /* Reading back. The next row of the sorter, valid until the one after is asked for.
     */
    const uint8_t *key;
    const uint8_t *data;
    size_t len;
    bool ended;

    /* A record that no batch has taken yet: cells of its rows, payload and id. */
    struct tally_buf record;
    struct encode_row head; /* its pointers are not set */
    size_t cells_len;
    bool pending;

    uint64_t carried; /* alias rows */
    uint64_t stayed;
    uint64_t cut;
    uint64_t orphans;
    uint64_t first_orphan; /* row */
    uint64_t twin[2];      /* rows of the first two main rows that share an id */
};

int
encode_group_create(struct encoder *e, struct tally_err *err)
{
    e->group = calloc(1, sizeof(*e->group));
    if (e->group == NULL) {
        return tally_err_nomem(err);
    }
    return tally_sorter_create(&e->group->rows, SORT_ROWS, e->job->out, err);
}

void
encode_group_free(struct encode_group *g)
{
    if (g == NULL) {
        return;
    }
    tally_sorter_free(g->rows);
    tally_buf_free(&g->row);
    tally_buf_free(&g->record);
    free(g);
}

/* Cells, payload and id of a row lie one after another in its batch. */
static int
store_row(struct encode_group *g, const struct encode_row *row, struct tally_err *err)
{
    uint8_t head[HEAD], key[TALLY_SORT_KEY];
    size_t cells = (size_t)(row->payload - row->cells);
    size_t payload = row->is_alias ? 0 : row->payload_len;

    memcpy(key, row->id_hash, sizeof(key));
    key[WHO] = row->is_alias;
    tally_le64_store(head + NUMBER, row->number);
    tally_le32_store(head + ID_LEN, (uint32_t)row->id_len);
    tally_le32_store(head + PAYLOAD_LEN, (uint32_t)payload);
    head[STAY] = (uint8_t)row->stay;
    head[ALIASES_STAY] = row->aliases_stay;
    g->row.len = 0;
    return tally_buf_append(&g->row, head, sizeof(head), err) != 0 ||
                   tally_buf_append(&g->row, row->cells, cells, err) != 0 ||
                   tally_buf_append(&g->row, row->payload, payload, err) != 0 ||
                   tally_buf_append(&g->row, row->id, row->id_len, err) != 0 ||
                   tally_sorter_add(g->rows, key, g->row.data, g->row.len, err) != 0
               ? -1
               : 0;
}

int
encode_group_store(struct encoder *e, struct encode_batch *b, struct tally_err *err)
{
    for (size_t i = 0; i < b->nrows; i++) {
        if (store_row(e->group, &b->rows[i], err) != 0) {
            return -1;
        }
    }
    tally_progress_add(e->job->progress, b->nrows);
    return 0;
}

/* The row after this one. */
static int
advance(struct encode_group *g, struct tally_err *err)
{
    const void *data;
    int rc = tally_sorter_next(g->rows, &g->key, &data, &g->len, err);

    g->ended = rc == 0;
    g->data = rc > 0 ? data : NULL;
    return rc < 0 ? -1 : 0;
}

int
encode_group_turn(struct encoder *e, struct tally_err *err)
{
    return tally_sorter_finish(e->group->rows, err) != 0 ? -1 : advance(e->group, err);
}

/* The reason that counts of two. */
static enum tally_stay
first_reason(enum tally_stay a, enum tally_stay b)
{
    return a == TALLY_LEAVES || (b != TALLY_LEAVES && b < a) ? b : a;
}

static size_t
cells_len(const struct encode_group *g)
{
    return g->len - HEAD - tally_le32_load(g->data + ID_LEN) -
           tally_le32_load(g->data + PAYLOAD_LEN);
}

static void
count_orphan(struct encode_group *g)
{
    uint64_t number = tally_le64_load(g->data + NUMBER);

    if (g->orphans == 0 || number < g->first_orphan) {
        g->first_orphan = number;
    }
    g->orphans++;
}

static void
count_twin(struct encode_group *g, uint64_t first)
{
    uint64_t second = tally_le64_load(g->data + NUMBER);

    if (g->twin[0] == 0 || first < g->twin[0] ||
        (first == g->twin[0] && second < g->twin[1])) {
        g->twin[0] = first;
        g->twin[1] = second;
    }
}

/* The main row in hand begins a record; payload and id wait in ${rest}. */
static int
begin_record(struct encode_group *g, struct tally_buf *rest, struct tally_err *err)
{
    const uint8_t *data = g->data;

    memset(&g->head, 0, sizeof(g->head));
    g->head.number = tally_le64_load(data + NUMBER);
    g->head.id_len = tally_le32_load(data + ID_LEN);
    g->head.payload_len = tally_le32_load(data + PAYLOAD_LEN);
    g->head.stay = (enum tally_stay)data[STAY];
    g->head.aliases_stay = data[ALIASES_STAY] != 0;
    g->head.screened = true;
    g->head.nlines = 1;
    g->cells_len = cells_len(g);
    g->record.len = 0;
    rest->len = 0;
    return tally_buf_append(&g->record, data + HEAD, g->cells_len, err) != 0 ||
                   tally_buf_append(rest, data + HEAD + g->cells_len,
                                    g->len - HEAD - g->cells_len, err) != 0
               ? -1
               : 0;
}

/* The alias row in hand belongs to the record. */
static int
add_alias(struct encode_group *g, uint64_t *stayed, uint64_t *cut, struct tally_err *err)
{
    size_t len = cells_len(g);

    g->head.stay = first_reason(g->head.stay, (enum tally_stay)g->data[STAY]);
    if (g->data[ALIASES_STAY] != 0 || g->head.aliases_stay) {
        ++*stayed;
        return 0;
    }
    if (g->head.nlines == ENCODE_VALUES) {
        ++*cut;
        return 0;
    }
    g->head.nlines++;
    g->cells_len += len;
    return tally_buf_append(&g->record, g->data + HEAD, len, err);
}

/* Gather the rows of the next record. */
static int
gather(struct encode_group *g, struct tally_buf *rest, struct tally_err *err)
{
    uint8_t who[WHO];
    uint64_t stayed = 0, cut = 0;

    while (!g->ended && g->key[WHO] != 0) {
        count_orphan(g);
        if (advance(g, err) != 0) {
            return -1;
        }
    }
    if (g->ended) {
        return 0;
    }
    memcpy(who, g->key, sizeof(who));
    if (begin_record(g, rest, err) != 0 || advance(g, err) != 0) {
        return -1;
    }
    while (!g->ended && memcmp(who, g->key, sizeof(who)) == 0) {
        if (g->key[WHO] == 0) {
            count_twin(g, g->head.number);
        } else if (add_alias(g, &stayed, &cut, err) != 0) {
            return -1;
        }
        if (advance(g, err) != 0) {
            return -1;
        }
    }
    g->pending = true;
    if (g->head.stay == TALLY_LEAVES) {
        g->carried += g->head.nlines - 1;
        g->stayed += stayed;
        g->cut += cut;
        g->head.cut = cut > 0;
    }
    return tally_buf_append(&g->record, rest->data, rest->len, err);
}

/* Move the pending record into ${b}: 1, 0 when there is no room for it, -1. */
static int
take_record(struct encode_group *g, struct encode_batch *b, struct tally_err *err)
{
    struct encode_row *row = &b->rows[b->nrows];
    uint8_t *p = encode_room(b, g->record.len, err);

    if (p == NULL) {
        return b->nrows > 0 ? 0 : -1;
    }
    memcpy(p, g->record.data, g->record.len);
    *row = g->head;
    row->cells = p;
    row->payload = p + g->cells_len;
    row->id = row->payload + row->payload_len;
    b->nrows++;
    return 1;
}

int
encode_group_read(struct encoder *e, struct encode_batch *b, struct tally_err *err)
{
    struct encode_group *g = e->group;
    int rc = 0;

    b->nrows = 0;
    tally_pii_reset(b->arena);
    while (rc == 0 && b->nrows < e->batch_rows) {
        if (!g->pending && gather(g, &g->row, err) != 0) {
            return -1;
        }
        if (!g->pending) {
            break;
        }
        rc = take_record(g, b, err);
        if (rc <= 0) {
            break;
        }
        g->pending = false;
        rc = 0;
    }
    return rc < 0 ? -1 : 0;
}

int
encode_group_check(const struct encoder *e, struct tally_err *err)
{
    const struct encode_group *g = e->group;
    const struct tally_csv *csv = e->job->csv;

    if (g->twin[0] != 0) {
        tally_err_set(
            err, TALLY_E_DATA,
            "%s: column '%s': rows %" PRIu64 " and %" PRIu64 " have the same id",
            tally_csv_path(csv), tally_csv_column(csv, (size_t)e->job->id_column),
            g->twin[0], g->twin[1]);
        return tally_err_hint(err, "rows that are aliases need the id of their main row "
                                   "in the column of --alias-of");
    }
    if (g->orphans != 0) {
        tally_err_set(err, TALLY_E_DATA,
                      "%s: column '%s': %" PRIu64
                      " alias rows have no main row, the first of them row %" PRIu64,
                      tally_csv_path(csv), tally_csv_column(csv, *e->job->alias_column),
                      g->orphans, g->first_orphan);
        return tally_err_hint(err, "add the main rows, or take these rows out; an alias "
                                   "of an alias must name the main row");
    }
    return 0;
}

void
encode_group_count(const struct encoder *e, struct tally_encode_summary *sum)
{
    const struct encode_group *g = e->group;

    sum->alias_rows = g->carried;
    sum->alias_rows_stayed = g->stayed;
    sum->values_cut += g->cut;
}

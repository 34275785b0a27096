/*
 * Reading for a profile: rows into batches. A cell is valid only until the next row is
 * read, so the values of all fields are copied to the arena of the batch.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/profile_private.h"

#include <string.h>

static bool
is_blank(const struct tally_cell *cell)
{
    return tally_trimmed(*cell).len == 0;
}

/* Bytes that the value of field ${f} takes in this row, at most. */
static size_t
value_room(const struct tally_profiler *p, size_t f)
{
    const struct tally_field_state *s = &p->fields[f];
    size_t len = 0;

    for (size_t i = 0; i < s->nparts; i++) {
        len += p->row[s->parts[i]].len + 1;
    }
    return len;
}

/* Piece ${n} of a cell that holds several values; empty when there are not as many. */
static struct tally_cell
piece_of(struct tally_cell cell, char mark, size_t n)
{
    for (;;) {
        const uint8_t *end =
            cell.len > 0 ? memchr(cell.data, (unsigned char)mark, cell.len) : NULL;
        size_t len = end != NULL ? (size_t)(end - cell.data) : cell.len;

        if (n-- == 0) {
            return (struct tally_cell){cell.data, len};
        }
        if (end == NULL) {
            return (struct tally_cell){cell.data, 0};
        }
        cell.data += len + 1;
        cell.len -= len + 1;
    }
}

/* The value of field ${f}, put together as the encoder does: the parts of a date keep
 * their places, of anything else what is there is taken. */
static struct tally_cell
put_value(const struct tally_profiler *p, size_t f, uint8_t *to)
{
    const struct tally_field_state *s = &p->fields[f];
    bool date = s->field.type == TALLY_FIELD_DATE;
    size_t len = 0;

    for (size_t i = 0; i < s->nparts; i++) {
        struct tally_cell part = p->row[s->parts[i]];

        part = s->split != 0 ? piece_of(part, s->split, s->piece) : part;
        part =
            s->mapping != NULL ? tally_mapping_part(s->mapping, s->mapped, part) : part;
        if (s->nparts > 1 && !date && is_blank(&part)) {
            continue;
        }
        if ((date ? i : len) > 0) {
            to[len++] = date ? '/' : ' ';
        }
        if (part.len > 0) {
            memcpy(to + len, part.data, part.len);
        }
        len += part.len;
    }
    return (struct tally_cell){to, len};
}

/* Room for a row, from a larger arena when the row by itself is larger than the arena.
 * NULL with ${err} unset: the batch is full. */
static uint8_t *
row_room(struct tally_profiler *p, size_t len, struct tally_err *err)
{
    struct tally_pii *larger = NULL;
    uint8_t *room = tally_pii_alloc(p->arena, len);

    if (room != NULL || p->nrows > 0) {
        return room;
    }
    if (tally_pii_create(&larger, len, err) != 0) {
        return NULL;
    }
    tally_pii_free(p->arena);
    p->arena = larger;
    return tally_pii_alloc(p->arena, len);
}

/* Copy the row just read into the batch: 1, 0 when the batch is full, -1. */
static int
take_row(struct tally_profiler *p, struct tally_err *err)
{
    const struct tally_cell none = {(const uint8_t *)"", 0};
    const struct tally_cell *id =
        p->job->id_column >= 0 ? &p->row[p->job->id_column] : &none;
    const struct tally_cell *main_row =
        p->job->alias_column != NULL ? &p->row[*p->job->alias_column] : &none;
    bool alias = !is_blank(main_row);
    size_t room;
    uint8_t *at;

    id = alias ? main_row : id;
    room = id->len + 1;

    for (size_t f = 0; f < p->nfields; f++) {
        room += value_room(p, f);
    }
    at = row_room(p, room, err);
    if (at == NULL) {
        return p->nrows > 0 ? 0 : -1;
    }
    for (size_t f = 0; f < p->nfields; f++) {
        p->values[p->nrows * p->nfields + f] = put_value(p, f, at);
        at += value_room(p, f);
    }
    if (id->len > 0) {
        memcpy(at, id->data, id->len);
    }
    p->aliases[p->nrows] = alias;
    p->id_cells[p->nrows++] = (struct tally_cell){at, id->len};
    return 1;
}

int
tally_profile_fill(struct tally_profiler *p, bool *pending, struct tally_err *err)
{
    p->nrows = 0;
    tally_pii_reset(p->arena);
    while (p->nrows < p->max_rows) {
        int rc = *pending ? 1 : tally_csv_next(p->job->csv, p->row, err);

        if (rc <= 0) {
            p->ended = rc == 0;
            return rc;
        }
        rc = take_row(p, err);
        *pending = rc == 0;
        if (rc <= 0) {
            return rc;
        }
    }
    return 0;
}

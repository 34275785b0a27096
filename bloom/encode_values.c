/*
 * From the cells of a record to its values: several for a field where the mapping says
 * so, for the main row and for each alias row, normalised, each once. On the way the
 * values are held against the lists of people who stay.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/encode_stages.h"

#include "bloom/base/secret.h"

#include <string.h>

/* One row of a record: its cells, and where each begins. */
struct line {
    const uint8_t *cells;
    size_t
        starts[TALLY_SCHEMA_FIELDS_MAX * TALLY_MAPPING_COLUMNS + TALLY_EXCLUDE_RULES_MAX];
};

static const uint8_t *
open_line(const struct encoder *e, const uint8_t *cells, struct line *l)
{
    size_t at = 4 * e->nkept;

    l->cells = cells;
    for (size_t i = 0; i < e->nkept; i++) {
        l->starts[i] = at;
        at += tally_le32_load(cells + 4 * i);
    }
    return cells + at;
}

static struct tally_cell
cell_at(const struct line *l, size_t slot)
{
    return (struct tally_cell){l->cells + l->starts[slot],
                               tally_le32_load(l->cells + 4 * slot)};
}

static bool
blank(struct tally_cell c)
{
    for (size_t i = 0; i < c.len; i++) {
        if (c.data[i] != ' ' && c.data[i] != '\t') {
            return false;
        }
    }
    return true;
}

/* Columns ${first} to ${end} of field ${f} as one value. The parts of a date keep their
 * places, so that one which is empty can be told; of anything else what is there is
 * taken. */
static int
join(const struct encoder *e, struct encode_worker *w, const struct line *l, size_t f,
     size_t first, size_t end, struct tally_cell *out, struct tally_err *err)
{
    bool date = e->job->schema->fields[f].type == TALLY_FIELD_DATE;

    w->joined.len = 0;
    for (size_t i = first; i < end; i++) {
        struct tally_cell p = cell_at(l, e->slot[f][i]);

        if (blank(p) && !date) {
            continue;
        }
        if (((date ? i - first : w->joined.len) > 0 &&
             tally_buf_append(&w->joined, date ? "/" : " ", 1, err) != 0) ||
            tally_buf_append(&w->joined, p.data, p.len, err) != 0) {
            return -1;
        }
    }
    out->data = w->joined.data;
    out->len = w->joined.len;
    return 0;
}

struct tally_value *
encode_value(const struct encoder *e, const struct encode_values *v, size_t line,
             size_t i, size_t f)
{
    return &v->values[(line * e->max_values + i) * e->job->schema->nfields + f];
}

/* Take ${len} bytes as one more value of field ${f} of line ${line}. It is normalised
 * where it will stay, if it is usable and new. */
static void
take(const struct encoder *e, struct encode_worker *w, size_t line, size_t f,
     struct tally_cell whole)
{
    const struct tally_cell cell = tally_mapping_part(e->job->mapping, f, whole);
    struct encode_values *v = &w->values;
    uint8_t *n = &v->n[line][f];
    bool full = *n == e->max_values;
    struct tally_value spare;
    struct tally_value *to = full ? &spare : encode_value(e, v, line, *n, f);

    tally_normalise(&e->job->schema->fields[f], &e->job->mapping->readings[f], cell.data,
                    cell.len, to);
    if (e->job->exclude != NULL && tally_exclude_wants_field(e->job->exclude, f)) {
        enum tally_stay why = tally_exclude_by_value(e->job->exclude, f, to);

        v->stay = v->stay == TALLY_LEAVES || (why != TALLY_LEAVES && why < v->stay)
                      ? why
                      : v->stay;
    }
    if (line == 0 && *n == 0 && (to->len > 0 || v->reason[f] == TALLY_VALUE_MISSING)) {
        v->reason[f] = to->reason;
        v->rule[f] = to->rule;
    }
    if (line == 0 && !v->any[f]) {
        v->any[f] = true;
        v->leading[f] = to->len > 0;
    }
    for (size_t i = 0; i < *n && to->len > 0; i++) {
        const struct tally_value *have = encode_value(e, v, line, i, f);

        if (have->len == to->len && memcmp(have->text, to->text, to->len) == 0) {
            to->len = 0;
        }
    }
    if (to->len > 0) {
        v->cut += full;
        *n = (uint8_t)(*n + !full);
    }
    if (full) {
        tally_wipe(&spare, sizeof(spare));
    }
}

/* A cell of several values with ${mark} between them. */
static void
take_split(const struct encoder *e, struct encode_worker *w, size_t line, size_t f,
           struct tally_cell cell, char mark)
{
    while (true) {
        const uint8_t *end = cell.len > 0 ? memchr(cell.data, mark, cell.len) : NULL;
        struct tally_cell one = cell;

        one.len = end != NULL ? (size_t)(end - cell.data) : cell.len;
        take(e, w, line, f, one);
        if (end == NULL) {
            return;
        }
        cell.data += one.len + 1;
        cell.len -= one.len + 1;
    }
}

/* All values of field ${f}: the mapping says which columns make one. */
static int
collect_field(const struct encoder *e, struct encode_worker *w, const struct line *l,
              size_t line, size_t f, struct tally_err *err)
{
    const struct tally_mapping *m = e->job->mapping;
    const struct tally_cell none = {(const uint8_t *)"", 0};
    size_t first = 0;

    if (m->nparts[f] == 0) {
        take(e, w, line, f, none);
    }
    while (first < m->nparts[f]) {
        size_t end = first + 1;
        struct tally_cell cell = cell_at(l, e->slot[f][first]);

        while (end < m->nparts[f] && !m->another[f][end]) {
            end++;
        }
        if (end - first > 1 && join(e, w, l, f, first, end, &cell, err) != 0) {
            return -1;
        }
        if (m->split[f] != 0) {
            take_split(e, w, line, f, cell, m->split[f]);
        } else {
            take(e, w, line, f, cell);
        }
        first = end;
    }
    return 0;
}

/* A row of an export that has one cell for each value, which nearly all are. */
static void
collect_cells(const struct encoder *e, struct encode_values *v, const struct line *l)
{
    const struct tally_schema *s = e->job->schema;

    for (size_t f = 0; f < s->nfields; f++) {
        struct tally_value *to = &v->values[f];
        struct tally_cell cell = {(const uint8_t *)"", 0};

        if (e->job->mapping->nparts[f] > 0) {
            cell = tally_mapping_part(e->job->mapping, f, cell_at(l, e->slot[f][0]));
        }
        tally_normalise(&s->fields[f], &e->job->mapping->readings[f], cell.data, cell.len,
                        to);
        v->reason[f] = to->reason;
        v->rule[f] = to->rule;
        v->n[0][f] = to->len > 0;
        v->leading[f] = to->len > 0;
    }
}

int
encode_collect(const struct encoder *e, struct encode_worker *w,
               const struct encode_row *row, struct tally_err *err)
{
    struct encode_values *v = &w->values;
    struct tally_value *before = v->before;
    const uint8_t *cells = row->cells;
    size_t nfields = e->job->schema->nfields;

    v->before = v->values;
    v->values = before;
    v->nlines = row->nlines;
    v->cut = 0;
    v->stay = TALLY_LEAVES;
    if (e->one_cell_each) {
        struct line l;

        (void)open_line(e, row->cells, &l);
        collect_cells(e, v, &l);
        return 0;
    }
    for (size_t i = 0; i < row->nlines; i++) {
        struct line l;

        cells = open_line(e, cells, &l);
        for (size_t f = 0; f < nfields; f++) {
            v->n[i][f] = 0;
            if (i == 0) {
                v->reason[f] = TALLY_VALUE_MISSING;
                v->rule[f] = TALLY_RULE_NONE;
                v->any[f] = false;
                v->leading[f] = false;
            }
            if (collect_field(e, w, &l, i, f, err) != 0) {
                return -1;
            }
            /* the first values of a line are read without looking at how many there are
             */
            if (v->n[i][f] == 0) {
                encode_value(e, v, i, 0, f)->len = 0;
            }
        }
    }
    return 0;
}

void
encode_screen(struct encoder *e, struct encode_worker *w, struct encode_row *row)
{
    struct tally_exclude *x = e->job->exclude;
    struct tally_cell cells[TALLY_EXCLUDE_RULES_MAX];
    struct tally_mark mark;
    enum tally_stay why;
    struct line l;

    row->screened = true;
    if (x == NULL) {
        return;
    }
    (void)open_line(e, row->cells, &l);
    for (size_t i = 0; i < tally_exclude_columns(x); i++) {
        cells[i] = cell_at(&l, e->mark_slot[i]);
    }
    mark = tally_exclude_by_cells(x, cells);
    row->stay = w->values.stay;
    if (e->job->id_column >= 0) {
        why = tally_exclude_by_id(x, row->id, row->id_len);
        if (why != TALLY_LEAVES && (row->stay == TALLY_LEAVES || why < row->stay)) {
            row->stay = why;
        }
    }
    if (mark.stays && row->stay == TALLY_LEAVES) {
        row->stay = TALLY_STAYS_MARKED;
    }
    row->aliases_stay = mark.aliases_stay;
}

void
encode_keep_first(const struct encoder *e, struct encode_worker *w)
{
    struct encode_values *v = &w->values;

    v->nlines = 1;
    v->cut = 0;
    for (size_t f = 0; f < e->job->schema->nfields; f++) {
        v->n[0][f] = v->leading[f];
        if (!v->leading[f]) {
            encode_value(e, v, 0, 0, f)->len = 0;
        }
    }
}

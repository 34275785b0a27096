/*
 * Counting one value of a field. What has a value of its own sees normalised text; what
 * concerns how it was typed sees the cell.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/profile_private.h"

#include <string.h>

/* What only dates have, of a value that is neither missing nor a placeholder. */
static void
look_at_date(struct tally_field_state *s, const struct tally_cell *cell,
             const struct tally_value *v)
{
    enum tally_date_style style;
    enum tally_date_order order;

    tally_date_shape(cell->data, cell->len, &style, &order);
    s->styles[style]++;
    s->orders[order]++;
    if (v->len != 8 || memchr(v->text, '-', 8) != NULL) {
        return;
    }
    s->full_dates++;
    s->month_start += memcmp(v->text + 6, "01", 2) == 0;
    s->january += memcmp(v->text + 4, "0101", 4) == 0;
    s->years[((v->text[0] - '0') * 1000 + (v->text[1] - '0') * 100 +
              (v->text[2] - '0') * 10 + (v->text[3] - '0') - TALLY_YEAR_FIRST) %
             TALLY_YEARS]++;
}

/* Whether a value of the field is one, and what stands between two is no part of it. */
static bool
seems_several(const struct tally_field_state *s, const struct tally_cell *cell)
{
    switch (s->field.type) {
    case TALLY_FIELD_ADDRESS:
    case TALLY_FIELD_ENUMERATION:
    case TALLY_FIELD_TEXT:
        return false;
    default:
        return s->split == 0 && (memchr(cell->data, '|', cell->len) != NULL ||
                                 memchr(cell->data, ';', cell->len) != NULL);
    }
}

/* What concerns how a value that is there is written. */
static void
look_at_writing(struct tally_field_state *s, const struct tally_cell *cell,
                const struct tally_cell *trimmed, struct tally_value_scratch *scratch)
{
    size_t characters = tally_characters(trimmed->data, trimmed->len);

    s->blanks += s->nparts == 1 && s->split == 0 && trimmed->len < cell->len;
    s->several += seems_several(s, trimmed);
    s->cases[tally_case_of(trimmed->data, trimmed->len)]++;
    s->outside += tally_outside_alphabet(cell->data, cell->len, scratch);
    s->lengths[characters < TALLY_LENGTHS ? characters : TALLY_LENGTHS - 1]++;
}

int
tally_profile_look(struct tally_profiler *p, size_t f, size_t r,
                   struct tally_value_scratch *scratch, struct tally_err *err)
{
    struct tally_field_state *s = &p->fields[f];
    const struct tally_cell *cell = &p->values[r * p->nfields + f];
    struct tally_cell trimmed = tally_trimmed(*cell);
    struct tally_value *v = &scratch->value;
    uint64_t row = p->rows_before + r;
    uint64_t *hash = &p->hashes[f * p->max_rows + r];
    uint8_t *mark = &p->marks[f * p->max_rows + r];

    *hash = 0;
    *mark = 0;
    if (row < TALLY_LOOK_FIRST || row % TALLY_LOOK_EVERY == 0) {
        s->looks[tally_look_of(cell->data, cell->len, scratch)]++;
    }
    tally_normalise(&s->field, &s->reading, cell->data, cell->len, v);
    p->out->fields[f].reasons[v->reason]++;
    p->out->fields[f].rules[v->rule]++;
    if (v->reason == TALLY_VALUE_PLACEHOLDER || v->reason == TALLY_VALUE_MISSING) {
        return 0;
    }
    look_at_writing(s, cell, &trimmed, scratch);
    if (s->field.type == TALLY_FIELD_DATE) {
        look_at_date(s, cell, v);
    }
    if (v->len == 0) {
        return 0;
    }
    *hash = tally_siphash(p->key, v->text, v->len);
    *mark = TALLY_MARK_USABLE;
    if ((ptrdiff_t)f == p->forename || (ptrdiff_t)f == p->surname) {
        *mark = (uint8_t)(*mark | tally_name_mark(v->text));
    }
    return tally_counter_add(s->counter, *hash, err);
}

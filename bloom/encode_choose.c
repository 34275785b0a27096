/*
 * Which values of a record make its encodings in a view, or a match key. Each row of the
 * record gives the combinations of its values. Combinations are numbered by how far they
 * are from first values, in sum over the fields, and the near ones of all rows come
 * before the far ones: whatever the limit cuts off, every first value and most second
 * values are carried.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/encode_stages.h"

#include <string.h>

/* Going through the combinations of one line. Places are the fields asked for. */
struct search {
    const struct encoder *e;
    const struct encode_values *values;
    size_t nplaces;
    size_t fields[TALLY_SCHEMA_FIELDS_MAX];
    size_t top[TALLY_SCHEMA_FIELDS_MAX];      /* number of the last value */
    size_t room[TALLY_SCHEMA_FIELDS_MAX + 1]; /* sum of tops from here on */
    struct encode_choice choice;
    struct encode_choice *out;
    size_t n;
    bool more;
};

size_t
encode_usable(const struct encode_values *v, size_t line, size_t f, size_t *from)
{
    *from = v->n[line][f] > 0 ? line : 0;
    return v->n[*from][f];
}

static const struct tally_value *
chosen(const struct search *s, const struct encode_choice *c, size_t f)
{
    size_t from;
    size_t n = encode_usable(s->values, c->line, f, &from);

    return n > 0 ? encode_value(s->e, s->values, from, c->value[f], f) : NULL;
}

/* Alias rows often repeat what the main row says. */
static bool
same_values(const struct search *s, const struct encode_choice *a,
            const struct encode_choice *b)
{
    for (size_t i = 0; i < s->nplaces; i++) {
        const struct tally_value *x = chosen(s, a, s->fields[i]);
        const struct tally_value *y = chosen(s, b, s->fields[i]);

        if (x == y) {
            continue;
        }
        if (x == NULL || y == NULL || x->len != y->len ||
            memcmp(x->text, y->text, x->len) != 0) {
            return false;
        }
    }
    return true;
}

/* False when there is no more room. */
static bool
offer(struct search *s)
{
    for (size_t i = 0; i < s->n; i++) {
        if (same_values(s, &s->out[i], &s->choice)) {
            return true;
        }
    }
    if (s->n == ENCODE_VALUES) {
        s->more = true;
        return false;
    }
    s->out[s->n++] = s->choice;
    return true;
}

/* All choices from place ${place} on whose numbers sum to ${left}; early fields depart
 * from their first values first. */
static bool
step(struct search *s, size_t place, size_t left)
{
    size_t least, i;

    if (place == s->nplaces) {
        return offer(s);
    }
    least = left > s->room[place + 1] ? left - s->room[place + 1] : 0;
    i = left < s->top[place] ? left : s->top[place];
    for (i++; i > least; i--) {
        s->choice.value[s->fields[place]] = (uint8_t)(i - 1);
        if (!step(s, place + 1, left - (i - 1))) {
            return false;
        }
    }
    return true;
}

/* False when the line lacks what is required. */
static bool
begin_line(struct search *s, uint32_t required, size_t line)
{
    memset(&s->choice, 0, sizeof(s->choice));
    s->choice.line = (uint8_t)line;
    for (size_t i = s->nplaces; i > 0; i--) {
        size_t f = s->fields[i - 1], from;
        size_t n = encode_usable(s->values, line, f, &from);

        if (n == 0 && (required >> f & 1) != 0) {
            return false;
        }
        s->top[i - 1] = n > 0 ? n - 1 : 0;
        s->room[i - 1] = s->room[i] + s->top[i - 1];
    }
    return true;
}

/* Every combination of every line, near ones first. */
static void
search_all(struct search *s, uint32_t required)
{
    size_t farthest = 0;

    for (size_t far = 0; far <= farthest; far++) {
        for (size_t line = 0; line < s->values->nlines; line++) {
            if (!begin_line(s, required, line)) {
                continue;
            }
            farthest = s->room[0] > farthest ? s->room[0] : farthest;
            if (far <= s->room[0] && !step(s, 0, far)) {
                return;
            }
        }
    }
}

/* Nearly all records have one value of each field. False when this one has not. */
static bool
choose_only(const struct encoder *e, const struct encode_values *v, uint32_t fields,
            uint32_t required, struct encode_choice *out, size_t *n)
{
    bool lacking = false;

    for (size_t f = 0; f < e->job->schema->nfields; f++) {
        if ((fields >> f & 1) != 0 && v->n[0][f] != 1) {
            if (v->n[0][f] > 1) {
                return false;
            }
            lacking = lacking || (required >> f & 1) != 0;
        }
    }
    memset(out, 0, sizeof(*out));
    *n = lacking ? 0 : 1;
    return true;
}

static size_t
choose_among(const struct encoder *e, const struct encode_values *v, uint32_t fields,
             uint32_t required, struct encode_choice *out, bool *more)
{
    struct search s = {.e = e, .values = v, .out = out};

    for (size_t f = 0; f < e->job->schema->nfields; f++) {
        if ((fields >> f & 1) != 0) {
            s.fields[s.nplaces++] = f;
        }
    }
    search_all(&s, required);
    *more = *more || s.more;
    return s.n;
}

size_t
encode_choose(const struct encoder *e, const struct encode_values *v, uint32_t fields,
              uint32_t required, struct encode_choice *out, bool *more)
{
    size_t n;

    return v->nlines == 1 && choose_only(e, v, fields, required, out, &n)
               ? n
               : choose_among(e, v, fields, required, out, more);
}

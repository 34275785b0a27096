/*
 * Normalisation that remembers what short cells became.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/normaliser.h"

#include <string.h>

#define MEMORY      ((size_t)4 << 20)
#define SHORT_VALUE 27 /* characters of a value that a row holds */

/* What became of a cell: half a line of the processor's cache. */
struct result {
    uint8_t reason;
    uint8_t rule;
    uint8_t len;
    char text[SHORT_VALUE + 2]; /* a NUL behind it */
};
_Static_assert(sizeof(struct result) == 32, "rows do not straddle lines");

/* Whether a cell is worth remembering. Numbers that every person has one of would only
 * drive out what comes again. */
static bool
comes_again(const struct tally_field *f, size_t len)
{
    if (len == 0 || len > TALLY_MEMO_KEY_MAX) {
        return false;
    }
    switch (f->type) {
    case TALLY_FIELD_FORENAME:
    case TALLY_FIELD_SURNAME:
    case TALLY_FIELD_DATE:
    case TALLY_FIELD_SEX:
    case TALLY_FIELD_POSTCODE:
    case TALLY_FIELD_INTEGER:
    case TALLY_FIELD_ENUMERATION:
        return true;
    default:
        return false;
    }
}

int
tally_normaliser_create(struct tally_normaliser *n, const struct tally_schema *s,
                        const struct tally_date_reading *readings, struct tally_err *err)
{
    n->schema = s;
    n->readings = readings;
    return tally_memo_create(&n->memo, sizeof(struct result), MEMORY, err);
}

void
tally_normaliser_free(struct tally_normaliser *n)
{
    tally_memo_free(&n->memo);
}

static void
recall(const struct result *r, struct tally_value *out)
{
    out->reason = (enum tally_reason)r->reason;
    out->rule = (enum tally_rule)r->rule;
    out->len = r->len;
    memcpy(out->text, r->text, sizeof(r->text));
}

static void
remember(const struct tally_value *v, struct result *r)
{
    r->reason = (uint8_t)v->reason;
    r->rule = (uint8_t)v->rule;
    r->len = v->len;
    memcpy(r->text, v->text, v->len);
}

void
tally_normaliser_expect(const struct tally_normaliser *n, size_t f, const uint8_t *in,
                        size_t len)
{
    if (comes_again(&n->schema->fields[f], len)) {
        struct tally_memo_key key = tally_memo_key(in, len, f);

        tally_memo_expect(&n->memo, tally_memo_seek(&n->memo, &key));
    }
}

void
tally_normaliser_take(struct tally_normaliser *n, size_t f, const uint8_t *in, size_t len,
                      struct tally_value *out)
{
    const struct tally_field *field = &n->schema->fields[f];
    struct tally_memo_key key;
    uint8_t *row;
    size_t set;

    if (!comes_again(field, len)) {
        tally_normalise(field, &n->readings[f], in, len, out);
        return;
    }
    key = tally_memo_key(in, len, f);
    set = tally_memo_seek(&n->memo, &key);
    row = tally_memo_find(&n->memo, set, &key);
    if (row != NULL) {
        recall((const struct result *)(const void *)row, out);
        return;
    }
    tally_normalise(field, &n->readings[f], in, len, out);
    if (out->len <= SHORT_VALUE) {
        remember(out, (struct result *)(void *)tally_memo_add(&n->memo, set, &key));
    }
}

/*
 * Tokens. They are made one at a time: a value may have as many as it has characters, and
 * each is as long as an n-gram.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/clkhash_tokens.h"

#include "bloom/base/pii.h"
#include "bloom/clkhash_number.h"
#include "bloom/clkhash_text.h"

#include <stdlib.h>
#include <string.h>

#define POSITION_BYTES 24u

struct tally_clkhash_tokens {
    const struct tally_clkhash_hashing *hashing;
    enum tally_clkhash_encoding encoding;
    struct tally_pii *arena;
    struct tally_clkhash_number *number;
    struct tally_cell value;
    uint32_t *points; /* of the value, with the blanks around it */
    size_t npoints;
    size_t next;
    uint8_t *token;
};

int
tally_clkhash_tokens_create(struct tally_clkhash_tokens **out,
                            const struct tally_clkhash_feature *f, struct tally_err *err)
{
    const struct tally_clkhash_hashing *h = &f->hashing;
    struct tally_clkhash_tokens *t = calloc(1, sizeof *t);
    size_t points = (TALLY_CLKHASH_CELL_MAX + 2 * TALLY_CLKHASH_NGRAM_MAX) * 4;
    size_t token =
        4 * (TALLY_CLKHASH_CELL_MAX + TALLY_CLKHASH_PRECISION_MAX + POSITION_BYTES + 64);

    if (t == NULL) {
        return tally_err_nomem(err);
    }
    t->hashing = h;
    t->encoding =
        f->format.type == TALLY_CLKHASH_STRING ? f->format.encoding : TALLY_CLKHASH_UTF8;
    if (tally_pii_create(&t->arena, points + token + 64, err) != 0 ||
        (h->comparison == TALLY_CLKHASH_NUMERIC &&
         tally_clkhash_number_create(&t->number, h->distance, h->resolution, h->precision,
                                     err) != 0)) {
        tally_clkhash_tokens_free(t);
        return -1;
    }
    t->points = tally_pii_alloc(t->arena, points);
    t->token = tally_pii_alloc(t->arena, token);
    TALLY_INVARIANT(t->token != NULL);
    *out = t;
    return 0;
}

static size_t
put_point(uint8_t *out, uint32_t cp, enum tally_clkhash_encoding encoding)
{
    size_t n = 2;

    if (encoding == TALLY_CLKHASH_UTF8 || encoding == TALLY_CLKHASH_ASCII) {
        return tally_clkhash_utf8(cp, out);
    }
    if (encoding == TALLY_CLKHASH_UTF32) {
        n = 4;
    } else if (cp >= 0x10000) { /* a pair of surrogates, the higher first */
        uint32_t low = 0xDC00 | (cp & 0x3FF);

        cp = 0xD800 | (cp - 0x10000) >> 10;
        out[2] = (uint8_t)low;
        out[3] = (uint8_t)(low >> 8);
        out[0] = (uint8_t)cp;
        out[1] = (uint8_t)(cp >> 8);
        return 4;
    }
    for (size_t i = 0; i < n; i++) {
        out[i] = (uint8_t)(cp >> (8 * i));
    }
    return n;
}

/* Wide encodings begin every token with a byte order mark. */
static size_t
put_mark(uint8_t *out, enum tally_clkhash_encoding encoding)
{
    bool wide = encoding == TALLY_CLKHASH_UTF16 || encoding == TALLY_CLKHASH_UTF32;

    return wide ? put_point(out, 0xFEFF, encoding) : 0;
}

static void
decode_value(struct tally_clkhash_tokens *t, size_t pad)
{
    size_t n = 0;

    for (size_t i = 0; i < pad; i++) {
        t->points[n++] = ' ';
    }
    for (size_t i = 0; i < t->value.len;) {
        i += tally_clkhash_decode(t->value.data + i, &t->points[n++]);
    }
    for (size_t i = 0; i < pad; i++) {
        t->points[n++] = ' ';
    }
    t->npoints = n;
}

static int
check_ascii(struct tally_cell value, struct tally_err *err)
{
    for (size_t i = 0; i < value.len; i++) {
        if (value.data[i] >= 0x80) {
            return tally_err_set(err, TALLY_E_DATA, "has a character that is not ASCII");
        }
    }
    return 0;
}

int
tally_clkhash_tokens_begin(struct tally_clkhash_tokens *t, struct tally_cell value,
                           size_t *n, struct tally_err *err)
{
    const struct tally_clkhash_hashing *h = t->hashing;

    t->value = value;
    t->next = 0;
    *n = 0;
    if (value.len == 0) {
        return 0;
    }
    if (h->comparison == TALLY_CLKHASH_NUMERIC) {
        if (!tally_clkhash_number_begin(t->number, value.data, value.len)) {
            return tally_err_set(err, TALLY_E_DATA,
                                 "is not a number, and is compared as one");
        }
        *n = (size_t)(2 * h->resolution + 1);
        return 0;
    }
    if (t->encoding == TALLY_CLKHASH_ASCII && check_ascii(value, err) != 0) {
        return -1;
    }
    decode_value(t, h->comparison == TALLY_CLKHASH_NGRAM ? (size_t)h->n - 1 : 0);
    *n = h->comparison == TALLY_CLKHASH_NGRAM ? t->npoints - (size_t)h->n + 1 : 1;
    return 0;
}

/* "12 " in front of the twelfth n-gram. */
static size_t
put_position(uint8_t *out, size_t position, enum tally_clkhash_encoding encoding)
{
    char digits[POSITION_BYTES];
    size_t first = sizeof digits;
    size_t n = 0;

    do {
        digits[--first] = (char)('0' + position % 10);
        position /= 10;
    } while (position > 0);
    while (first < sizeof digits) {
        n += put_point(out + n, (uint8_t)digits[first++], encoding);
    }
    return n + put_point(out + n, ' ', encoding);
}

/* A number's token: decimal digits in the encoding of the column. */
static struct tally_cell
next_number(struct tally_clkhash_tokens *t)
{
    size_t len;
    const char *text = tally_clkhash_number_next(t->number, &len);
    size_t n;

    if (t->encoding == TALLY_CLKHASH_UTF8 || t->encoding == TALLY_CLKHASH_ASCII) {
        return (struct tally_cell){(const uint8_t *)text, len};
    }
    n = put_mark(t->token, t->encoding);
    for (size_t i = 0; i < len; i++) {
        n += put_point(t->token + n, (uint8_t)text[i], t->encoding);
    }
    return (struct tally_cell){t->token, n};
}

struct tally_cell
tally_clkhash_tokens_next(struct tally_clkhash_tokens *t)
{
    const struct tally_clkhash_hashing *h = t->hashing;
    size_t n, first, end;

    if (h->comparison == TALLY_CLKHASH_NUMERIC) {
        return next_number(t);
    }
    first = t->next++;
    end = h->comparison == TALLY_CLKHASH_NGRAM ? first + (size_t)h->n : t->npoints;
    n = put_mark(t->token, t->encoding);
    if (h->comparison == TALLY_CLKHASH_NGRAM && h->positional) {
        n += put_position(t->token + n, first + 1, t->encoding);
    }
    for (size_t i = first; i < end; i++) {
        n += put_point(t->token + n, t->points[i], t->encoding);
    }
    return (struct tally_cell){t->token, n};
}

void
tally_clkhash_tokens_free(struct tally_clkhash_tokens *t)
{
    if (t == NULL) {
        return;
    }
    tally_clkhash_number_free(t->number);
    tally_pii_free(t->arena);
    free(t);
}

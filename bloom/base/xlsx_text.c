/*
 * Texts of a workbook. Shared texts are copied into blocks that are wiped at the end;
 * a text is known by where it stands, its length in front of it.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/xlsx_private.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK_BITS  20
#define BLOCK_BYTES ((uint32_t)1 << BLOCK_BITS)
#define BLOCKS_MAX  (TALLY_XLSX_TEXT_MAX / BLOCK_BYTES)

struct xlsx_strings {
    struct tally_pii *mem[BLOCKS_MAX];
    uint8_t *block[BLOCKS_MAX];
    uint32_t nblocks;
    uint32_t used; /* of the last block */
    uint32_t *at;  /* block number and place in it, in one number */
    uint32_t count;
    uint32_t cap;
};

/* The table while it is read. */
struct loading {
    struct xlsx_strings *strings;
    struct xlsx_text text;
    bool in_item;
    bool in_phonetic;
    bool collect;
};

int
xlsx_text_open(struct xlsx_text *t, struct tally_err *err)
{
    if (tally_pii_create(&t->mem, TALLY_XLSX_CELL_MAX + 1, err) != 0) {
        return -1;
    }
    t->data = tally_pii_alloc(t->mem, TALLY_XLSX_CELL_MAX + 1);
    TALLY_INVARIANT(t->data != NULL);
    t->len = 0;
    return 0;
}

void
xlsx_text_close(struct xlsx_text *t)
{
    tally_pii_free(t->mem);
    t->mem = NULL;
}

bool
xlsx_text_add(struct xlsx_text *t, const char *p, size_t len)
{
    if (len > TALLY_XLSX_CELL_MAX - t->len) {
        return false;
    }
    memcpy(t->data + t->len, p, len);
    t->len += len;
    return true;
}

static int
hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The character that _xHHHH_ at ${p} stands for, or -1. */
static int
escaped(const uint8_t *p, size_t len)
{
    int c = 0;

    if (len < 7 || p[0] != '_' || p[1] != 'x' || p[6] != '_') {
        return -1;
    }
    for (size_t i = 2; i < 6; i++) {
        int digit = hex_digit(p[i]);

        if (digit < 0) {
            return -1;
        }
        c = c * 16 + digit;
    }
    /* No NUL, and no half of a pair: such text stays as it is. */
    return c == 0 || (c >= 0xD800 && c <= 0xDFFF) ? -1 : c;
}

static size_t
put_utf8(uint8_t *to, unsigned c)
{
    if (c < 0x80) {
        to[0] = (uint8_t)c;
        return 1;
    }
    if (c < 0x800) {
        to[0] = (uint8_t)(0xC0 | c >> 6);
        to[1] = (uint8_t)(0x80 | (c & 0x3F));
        return 2;
    }
    to[0] = (uint8_t)(0xE0 | c >> 12);
    to[1] = (uint8_t)(0x80 | (c >> 6 & 0x3F));
    to[2] = (uint8_t)(0x80 | (c & 0x3F));
    return 3;
}

void
xlsx_text_unescape(struct xlsx_text *t)
{
    size_t n = 0;

    if (t->len < 7 || memchr(t->data, '_', t->len) == NULL) {
        return;
    }
    for (size_t i = 0; i < t->len;) {
        int c = escaped(t->data + i, t->len - i);

        if (c >= 0) {
            n += put_utf8(t->data + n, (unsigned)c);
            i += 7;
        } else {
            t->data[n++] = t->data[i++];
        }
    }
    t->len = n;
}

static int
too_much(struct tally_err *err, const char *what)
{
    tally_err_set(err, TALLY_E_LIMIT, "the workbook's table of texts: %s", what);
    return tally_err_hint(err,
                          "save the sheet as \"CSV UTF-8\", which has no such limit");
}

static int
room_in_index(struct xlsx_strings *s, struct tally_err *err)
{
    uint32_t cap = s->cap == 0 ? 1024 : s->cap * 2;
    uint32_t *at;

    if (s->count < s->cap) {
        return 0;
    }
    if (s->count >= TALLY_XLSX_TEXTS_MAX) {
        return too_much(err, "over 33,554,432 texts");
    }
    at = realloc(s->at, (size_t)cap * sizeof *at);
    if (at == NULL) {
        return tally_err_nomem(err);
    }
    s->at = at;
    s->cap = cap;
    return 0;
}

static int
room_in_block(struct xlsx_strings *s, uint32_t need, struct tally_err *err)
{
    if (s->nblocks > 0 && need <= BLOCK_BYTES - s->used) {
        return 0;
    }
    if (s->nblocks == BLOCKS_MAX) {
        return too_much(err, "over 256 MiB");
    }
    if (tally_pii_create(&s->mem[s->nblocks], BLOCK_BYTES, err) != 0) {
        return -1;
    }
    s->block[s->nblocks] = tally_pii_alloc(s->mem[s->nblocks], BLOCK_BYTES);
    s->nblocks++;
    s->used = 0;
    return 0;
}

static int
append(struct xlsx_strings *s, const struct xlsx_text *t, struct tally_err *err)
{
    uint32_t len = (uint32_t)t->len;
    uint8_t *to;

    if (room_in_index(s, err) != 0 ||
        room_in_block(s, len + (uint32_t)sizeof len, err) != 0) {
        return -1;
    }
    to = s->block[s->nblocks - 1] + s->used;
    memcpy(to, &len, sizeof len);
    memcpy(to + sizeof len, t->data, len);
    s->at[s->count++] = (s->nblocks - 1) << BLOCK_BITS | s->used;
    s->used += (uint32_t)sizeof len + len;
    return 0;
}

static int
on_start(void *ctx, const char *name, const char *const *atts, struct tally_err *err)
{
    struct loading *l = ctx;

    (void)atts;
    (void)err;
    if (strcmp(name, "si") == 0) {
        l->in_item = true;
        l->in_phonetic = false;
        l->text.len = 0;
    } else if (strcmp(name, "rPh") == 0) {
        l->in_phonetic = true;
    }
    l->collect = l->in_item && !l->in_phonetic && strcmp(name, "t") == 0;
    return 0;
}

static int
on_text(void *ctx, const char *p, size_t len, struct tally_err *err)
{
    struct loading *l = ctx;

    if (l->collect && !xlsx_text_add(&l->text, p, len)) {
        return too_much(err, "a text over 131,072 bytes");
    }
    return 0;
}

static int
on_end(void *ctx, const char *name, struct tally_err *err)
{
    struct loading *l = ctx;

    l->collect = false;
    if (strcmp(name, "rPh") == 0) {
        l->in_phonetic = false;
    } else if (strcmp(name, "si") == 0 && l->in_item) {
        l->in_item = false;
        xlsx_text_unescape(&l->text);
        return append(l->strings, &l->text, err);
    }
    return 0;
}

int
xlsx_strings_load(struct xlsx_strings **out, struct xlsx_zip *z, const char *part,
                  struct tally_err *err)
{
    static const struct xlsx_events events = {on_start, on_end, on_text};
    struct loading l = {.strings = calloc(1, sizeof *l.strings)};
    int r = -1;

    if (l.strings == NULL) {
        return tally_err_nomem(err);
    }
    if (xlsx_text_open(&l.text, err) == 0) {
        r = xlsx_xml_run(z, part, TALLY_XLSX_STRINGS_MAX, &events, &l, err);
        xlsx_text_close(&l.text);
    }
    if (r != 0) {
        xlsx_strings_free(l.strings);
        return -1;
    }
    *out = l.strings;
    return 0;
}

bool
xlsx_strings_get(const struct xlsx_strings *s, uint32_t i, struct tally_cell *out)
{
    const uint8_t *p;
    uint32_t len;

    if (s == NULL || i >= s->count) {
        return false;
    }
    p = s->block[s->at[i] >> BLOCK_BITS] + (s->at[i] & (BLOCK_BYTES - 1));
    memcpy(&len, p, sizeof len);
    out->data = p + sizeof len;
    out->len = len;
    return true;
}

void
xlsx_strings_free(struct xlsx_strings *s)
{
    if (s == NULL) {
        return;
    }
    for (uint32_t i = 0; i < s->nblocks; i++) {
        tally_pii_free(s->mem[i]);
    }
    free(s->at);
    free(s);
}

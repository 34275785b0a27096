/*
 * The keyed filter of one record. The bits of each piece of a value are remembered by its
 * exact bytes: as a list of positions when they are few, else as a filter. All of it is
 * personal data and lies in wiped arenas.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/clk.h"

#include "bloom/base/pii.h"
#include "bloom/base/secret.h"
#include "bloom/memo.h"
#include "bloom/positions.h"
#include "bloom/tokens.h"

#include <stdlib.h>
#include <string.h>

#define MIB         ((size_t)1 << 20)
#define FEW         20 /* positions of a list, which then fills a line of the cache */
#define STEP        4u /* positions are set this many at a time */
#define FEW_MEMORY  (2 * MIB)
#define MANY_MEMORY (12 * MIB)

/* A row of the memo of lists: for each position its byte, and the bit in that byte.
 * Unused places set no bit. */
struct list {
    uint32_t n;
    uint16_t bytes[FEW];
    uint8_t bits[FEW];
};
_Static_assert(sizeof(struct list) == 64 && FEW % STEP == 0, "a line, whole steps");

/* A piece of a value of a record. */
struct part {
    struct tally_memo_key key;
    size_t set;
    struct tally_memo *memo; /* NULL: its tokens are looked at each time */
    uint8_t *row;            /* in the memo, NULL when it is not there */
    uint8_t field;
    uint8_t piece;
};

/* A record at work. */
struct record {
    const struct tally_value *values;
    uint8_t *filter;
    struct tally_positions_salt salt;
    struct part *parts;
    size_t nparts;
    bool fetched; /* rows have been asked for */
};

struct tally_clk {
    const struct tally_schema *schema;
    size_t len;          /* bytes of the filter of a field, */
    size_t field_stride; /* and from one to the next: 0 where they share one */
    struct tally_positions *positions;
    struct tally_pii *arena;
    struct tally_tokens *tokens; /* of a value, when they are needed */
    struct tally_piece *pieces;  /* of a value */
    const uint8_t **rows;        /* of pieces of a record */
    struct record *begun;        /* waits for memory; without parts it is none */
    struct record *next;
    struct record records[2];
    struct tally_memo few;  /* lists of positions */
    struct tally_memo many; /* filters */
};

static int
allocate(struct tally_clk *c, struct tally_err *err)
{
    size_t most = c->schema->nfields * TALLY_PIECES_MAX;
    size_t pieces = TALLY_PIECES_MAX * sizeof(*c->pieces);
    size_t parts = most * sizeof(struct part);
    size_t rows = most * sizeof(*c->rows);

    if (tally_pii_create(&c->arena, sizeof(*c->tokens) + pieces + rows + 2 * parts + 128,
                         err) != 0) {
        return -1;
    }
    c->tokens = tally_pii_alloc(c->arena, sizeof(*c->tokens));
    c->pieces = tally_pii_alloc(c->arena, pieces);
    c->rows = tally_pii_alloc(c->arena, rows);
    c->records[0].parts = tally_pii_alloc(c->arena, parts);
    c->records[1].parts = tally_pii_alloc(c->arena, parts);
    TALLY_INVARIANT(c->records[1].parts != NULL);
    c->begun = &c->records[0];
    c->next = &c->records[1];
    return tally_memo_create(&c->few, sizeof(struct list), FEW_MEMORY, err) != 0 ||
                   tally_memo_create(&c->many, c->len, MANY_MEMORY, err) != 0
               ? -1
               : 0;
}

int
tally_clk_create(struct tally_clk **out, const struct tally_schema *s, const char *view,
                 struct tally_secret *key, struct tally_err *err)
{
    struct tally_clk *c = calloc(1, sizeof(*c));

    if (c == NULL) {
        return tally_err_nomem(err);
    }
    c->schema = s;
    c->len = (s->rbf_bits > 0 ? s->rbf_bits : s->bits) / 8;
    c->field_stride = s->rbf_bits / 8;
    if (allocate(c, err) != 0 ||
        tally_positions_create(&c->positions, s, view, key, err) != 0) {
        tally_clk_free(c);
        return -1;
    }
    *out = c;
    return 0;
}

void
tally_clk_free(struct tally_clk *c)
{
    if (c == NULL) {
        return;
    }
    tally_positions_free(c->positions);
    tally_memo_free(&c->few);
    tally_memo_free(&c->many);
    tally_pii_free(c->arena);
    tally_wipe(c, sizeof(*c));
    free(c);
}

void
tally_clk_positions(struct tally_clk *c, size_t field, const uint8_t *token, size_t len,
                    uint32_t occurrence, uint32_t *out)
{
    static const struct tally_positions_salt none;

    tally_positions_hash(c->positions, &none, field, token, len, occurrence, out);
}

/* ${filter} overlaps nothing here, which the compiler cannot know of bytes unless told.
 */
static void
set_list(const struct list *list, uint8_t *restrict filter)
{
    for (size_t i = 0; i < list->n; i += STEP) {
        filter[list->bytes[i]] |= list->bits[i];
        filter[list->bytes[i + 1]] |= list->bits[i + 1];
        filter[list->bytes[i + 2]] |= list->bits[i + 2];
        filter[list->bytes[i + 3]] |= list->bits[i + 3];
    }
}

static void
set_bits(const uint16_t *at, size_t n, uint8_t *filter)
{
    for (size_t i = 0; i < n; i++) {
        filter[at[i] / 8] |= (uint8_t)(0x80u >> at[i] % 8);
    }
}

static void
append(struct list *list, const uint16_t *at, size_t n)
{
    TALLY_INVARIANT(list->n + n <= FEW);
    for (size_t i = 0; i < n; i++) {
        list->bytes[list->n] = at[i] / 8;
        list->bits[list->n++] = (uint8_t)(0x80u >> at[i] % 8);
    }
}

/* 64 bytes at a time stay in registers while all rows pass. Filters have a power of two
 * of bits, 64 at least. */
static void
add_rows(const uint8_t *const *rows, size_t n, size_t len, uint8_t *filter)
{
    typedef uint64_t lanes __attribute__((vector_size(16), aligned(1), may_alias));

    for (size_t at = 0; at + 64 <= len; at += 64) {
        lanes *out = (lanes *)(void *)(filter + at);
        lanes a = out[0], b = out[1], c = out[2], d = out[3];

        for (size_t i = 0; i < n; i++) {
            const lanes *in = (const lanes *)(const void *)(rows[i] + at);

            a |= in[0];
            b |= in[1];
            c |= in[2];
            d |= in[3];
        }
        out[0] = a;
        out[1] = b;
        out[2] = c;
        out[3] = d;
    }
    for (size_t at = len / 64 * 64; at < len; at++) {
        for (size_t i = 0; i < n; i++) {
            filter[at] |= rows[i][at];
        }
    }
}

/* The positions of a piece whose tokens are in ${c}->tokens, into a list that has room
 * for them, or where there is none into a filter. */
static void
add_tokens(struct tally_clk *c, const struct part *p, struct list *list, uint8_t *filter)
{
    size_t k = c->schema->fields[p->field].bits_per_token;

    for (size_t i = 0; i < c->tokens->n; i++) {
        const struct tally_token *t = &c->tokens->list[i];
        const uint16_t *at;

        if (t->piece != p->piece) {
            continue;
        }
        at = tally_positions_of(c->positions, &c->begun->salt, p->field,
                                c->tokens->bytes + t->at, t->len, t->occurrence);
        if (list == NULL) {
            set_bits(at, k, filter);
        } else {
            append(list, at, k);
        }
    }
}

/* The pieces of a field, and where each belongs. */
static void
seek_field(struct tally_clk *c, struct record *r, size_t f)
{
    const struct tally_field *field = &c->schema->fields[f];
    const struct tally_value *v = &r->values[f];
    size_t n = tally_cut(field, v, c->pieces);

    for (size_t i = 0; i < n; i++) {
        const struct tally_piece *p = &c->pieces[i];
        struct part *part = &r->parts[r->nparts++];

        part->field = (uint8_t)f;
        part->piece = (uint8_t)i;
        part->memo = NULL;
        if (!p->alone && p->len <= TALLY_MEMO_KEY_MAX && !r->salt.forgotten) {
            part->memo =
                p->most_tokens * field->bits_per_token <= FEW ? &c->few : &c->many;
            part->key =
                tally_memo_key(v->text + p->at, p->len,
                               f | (uint64_t)p->beside << 8 | (uint64_t)r->salt.id << 40);
            part->set = tally_memo_seek(part->memo, &part->key);
        }
    }
}

/* Where the bits of a part of the record at work go. */
static uint8_t *
filter_of(const struct tally_clk *c, const struct part *p)
{
    return c->begun->filter + p->field * c->field_stride;
}

/* A piece that was not there, or is not remembered. The tokens of its value are those in
 * ${c}->tokens if its field is ${cut}. */
static void
add_new_part(struct tally_clk *c, const struct part *p, size_t *cut)
{
    uint8_t *filter = filter_of(c, p);
    uint8_t *row = p->memo != NULL ? tally_memo_find(p->memo, p->set, &p->key) : NULL;
    bool known = row != NULL;

    if (!known && *cut != p->field) {
        tally_tokenise(&c->schema->fields[p->field], &c->begun->values[p->field],
                       c->tokens);
        *cut = p->field;
    }
    if (!known && p->memo != NULL) {
        row = tally_memo_add(p->memo, p->set, &p->key);
    }
    if (p->memo == &c->few) {
        struct list *list = (struct list *)(void *)row;

        if (!known) {
            add_tokens(c, p, list, NULL);
        }
        set_list(list, filter);
        return;
    }
    if (!known) {
        add_tokens(c, p, NULL, p->memo != NULL ? row : filter);
    }
    if (p->memo != NULL) {
        const uint8_t *rows[] = {row};

        add_rows(rows, 1, c->len, filter);
    }
}

/* Memory answers slowly, but many questions at a time. */
static void
fetch_rows(struct record *r)
{
    for (size_t i = 0; i < r->nparts; i++) {
        struct part *p = &r->parts[i];

        p->row = p->memo != NULL ? tally_memo_fetch(p->memo, p->set, &p->key) : NULL;
    }
    r->fetched = true;
}

/* Rows may go when one is added: those that are there come first. */
void
tally_clk_finish(struct tally_clk *c)
{
    struct record *r = c->begun;
    size_t cut = TALLY_SCHEMA_FIELDS_MAX;
    size_t nrows = 0, nnew = 0;

    if (!r->fetched) {
        fetch_rows(r);
    }
    for (size_t i = 0; i < r->nparts; i++) {
        const struct part *p = &r->parts[i];

        if (p->row == NULL) {
            r->parts[nnew++] = *p;
        } else if (p->memo == &c->few) {
            set_list((const struct list *)(const void *)p->row, filter_of(c, p));
        } else if (c->field_stride > 0) {
            add_rows((const uint8_t *const *)&p->row, 1, c->len, filter_of(c, p));
        } else {
            c->rows[nrows++] = p->row;
        }
    }
    if (nrows > 0) {
        add_rows(c->rows, nrows, c->len, r->filter);
    }
    for (size_t i = 0; i < nnew; i++) {
        add_new_part(c, &r->parts[i], &cut);
    }
    r->nparts = 0;
}

/* Sets are asked for when a record begins, rows when the next one does, and when that has
 * been cut they are there. */
void
tally_clk_begin(struct tally_clk *c, const struct tally_value *values, uint8_t *filter)
{
    struct record *r = c->next;

    fetch_rows(c->begun);
    r->values = values;
    r->filter = filter;
    r->fetched = false;
    if (c->schema->salted) {
        tally_positions_salt(c->positions, values, &r->salt);
    }
    for (size_t f = 0; f < c->schema->nfields; f++) {
        if (values[f].len > 0 && c->schema->fields[f].bits_per_token > 0) {
            seek_field(c, r, f);
        }
    }
    tally_clk_finish(c);
    c->next = c->begun;
    c->begun = r;
}

void
tally_clk_add(struct tally_clk *c, const struct tally_value *values, uint8_t *filter)
{
    tally_clk_begin(c, values, filter);
    tally_clk_finish(c);
}

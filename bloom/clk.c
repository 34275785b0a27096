/*
 * The keyed filter of one record. The bits of each piece of a value are remembered as a
 * filter of their own, by the code of the piece or by its characters, and ORed in; where
 * there is a salt, or no room, those of each token are set one by one. All of it is
 * personal data and lies in wiped arenas.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/clk.h"

#include "bloom/base/pii.h"
#include "bloom/base/secret.h"
#include "bloom/coded.h"
#include "bloom/kernels/kernels.h"
#include "bloom/memo.h"
#include "bloom/positions.h"
#include "bloom/tokens.h"

#include <stdlib.h>
#include <string.h>

#define PIECES_MEMORY ((size_t)10 << 20)

/* A piece without a code of a value of a record. */
struct part {
    struct tally_memo_key key;
    size_t set;
    uint8_t *row; /* in the memo, NULL when it is not there */
    uint8_t field;
    uint8_t piece;
};

/* A record at work. */
struct record {
    const struct tally_value *values;
    uint8_t *filter;
    struct tally_positions_salt salt;
    const uint8_t **rows; /* of pieces with codes, which stay */
    size_t nrows;
    struct part *parts;
    size_t nparts;
    bool fetched; /* rows of ${parts} have been asked for */
};

struct tally_clk {
    const struct tally_schema *schema;
    const struct tally_kernel *kernel;
    size_t len;          /* bytes of the filter of a field, */
    size_t field_stride; /* and from one to the next: 0 where they share one */
    struct tally_positions *positions;
    struct tally_pii *arena;
    struct tally_tokens *tokens; /* of a value, when they are needed */
    struct tally_bigram_counts *counts;
    uint32_t *codes;      /* of a value */
    struct record *begun; /* waits for memory; with nothing to add it is none */
    struct record *next;
    struct record records[2];
    struct tally_coded coded[TALLY_SCHEMA_FIELDS_MAX]; /* of fields that have codes */
    struct tally_memo memo;                            /* of pieces without */
};

static int
allocate(struct tally_clk *c, struct tally_err *err)
{
    const struct tally_schema *s = c->schema;
    size_t codes = TALLY_PIECES_MAX * sizeof(*c->codes);
    size_t parts = s->nfields * TALLY_CUT_MAX * sizeof(struct part);
    size_t rows = s->nfields * TALLY_PIECES_MAX * sizeof(uint8_t *);

    if (tally_pii_create(&c->arena,
                         sizeof(*c->tokens) + sizeof(*c->counts) + codes +
                             2 * (rows + parts) + 128,
                         err) != 0) {
        return -1;
    }
    c->tokens = tally_pii_alloc(c->arena, sizeof(*c->tokens));
    c->counts = tally_pii_alloc(c->arena, sizeof(*c->counts));
    c->codes = tally_pii_alloc(c->arena, codes);
    for (size_t i = 0; i < 2; i++) {
        c->records[i].rows = tally_pii_alloc(c->arena, rows);
        c->records[i].parts = tally_pii_alloc(c->arena, parts);
    }
    TALLY_INVARIANT(c->records[1].parts != NULL);
    c->begun = &c->records[0];
    c->next = &c->records[1];
    for (size_t f = 0; f < s->nfields; f++) {
        if (!s->salted && s->fields[f].bits_per_token > 0 &&
            tally_has_codes(&s->fields[f]) &&
            tally_coded_create(&c->coded[f], c->len, err) != 0) {
            return -1;
        }
    }
    return s->salted ? 0 : tally_memo_create(&c->memo, c->len, PIECES_MEMORY, err);
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
    c->kernel = tally_kernel_best();
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
    for (size_t f = 0; f < TALLY_SCHEMA_FIELDS_MAX; f++) {
        tally_coded_free(&c->coded[f]);
    }
    tally_memo_free(&c->memo);
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

/* Where the bits of field ${f} of a record go. */
static uint8_t *
filter_of(const struct tally_clk *c, const struct record *r, size_t f)
{
    return r->filter + f * c->field_stride;
}

static void
set_token(struct tally_clk *c, const struct record *r, size_t f, const uint8_t *token,
          size_t len, uint32_t occurrence, uint8_t *filter)
{
    const uint16_t *at =
        tally_positions_of(c->positions, &r->salt, f, token, len, occurrence);

    for (size_t i = 0; i < c->schema->fields[f].bits_per_token; i++) {
        filter[at[i] / 8] |= (uint8_t)(0x80u >> at[i] % 8);
    }
}

/* The tokens of field ${f}, one by one. Memory answers slowly, but many questions at a
 * time. */
static void
set_field(struct tally_clk *c, const struct record *r, size_t f)
{
    struct tally_tokens *tokens = c->tokens;

    tally_tokenise(&c->schema->fields[f], &r->values[f], tokens);
    for (size_t i = 0; i < tokens->n; i++) {
        const struct tally_token *t = &tokens->list[i];

        tally_positions_expect(c->positions, &r->salt, f, tokens->bytes + t->at, t->len,
                               t->occurrence);
    }
    for (size_t i = 0; i < tokens->n; i++) {
        const struct tally_token *t = &tokens->list[i];

        set_token(c, r, f, tokens->bytes + t->at, t->len, t->occurrence,
                  filter_of(c, r, f));
    }
}

/* The tokens of piece ${piece} of field ${f}, into ${row}. They are in ${c}->tokens if
 * ${cut} is that field. */
static void
learn(struct tally_clk *c, const struct record *r, size_t f, size_t piece, size_t *cut,
      uint8_t *row)
{
    if (*cut != f) {
        tally_tokenise(&c->schema->fields[f], &r->values[f], c->tokens);
        *cut = f;
    }
    for (size_t i = 0; i < c->tokens->n; i++) {
        const struct tally_token *t = &c->tokens->list[i];

        if (t->piece == piece) {
            set_token(c, r, f, c->tokens->bytes + t->at, t->len, t->occurrence, row);
        }
    }
}

/* The row of a code that has none yet. Where there is no more room, the bits of its piece
 * are set and NULL is the answer. */
static const uint8_t *
learn_code(struct tally_clk *c, const struct record *r, size_t f, size_t piece,
           size_t *cut)
{
    uint8_t *row = tally_coded_add(&c->coded[f], c->codes[piece]);

    learn(c, r, f, piece, cut, row != NULL ? row : filter_of(c, r, f));
    return row;
}

/* The rows of a field whose pieces have codes. */
static void
seek_codes(struct tally_clk *c, struct record *r, size_t f)
{
    const struct tally_coded coded = c->coded[f];
    const uint32_t *codes = c->codes;
    const uint8_t **rows = r->rows + r->nrows;
    size_t cut = TALLY_SCHEMA_FIELDS_MAX;
    size_t n = tally_code(&c->schema->fields[f], &r->values[f], c->counts, c->codes);
    size_t found = 0;

    if (n == 0) {
        set_field(c, r, f);
    }
    for (size_t i = 0; i < n; i++) {
        const uint8_t *row = tally_coded_row(&coded, codes[i]);

        if (row == NULL) {
            row = learn_code(c, r, f, i, &cut);
        }
        rows[found] = row;
        found += row != NULL;
    }
    r->nrows += found;
}

/* The other pieces of a field, and where each belongs. Only a value that is a piece by
 * itself can be too long for that. */
static void
seek_pieces(struct tally_clk *c, struct record *r, size_t f)
{
    const struct tally_value *v = &r->values[f];
    struct tally_piece pieces[TALLY_CUT_MAX];
    size_t n = tally_cut(&c->schema->fields[f], v, pieces);

    if (n == 1 && pieces[0].len > TALLY_MEMO_KEY_MAX) {
        set_field(c, r, f);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        const struct tally_piece *p = &pieces[i];
        struct part *part = &r->parts[r->nparts++];

        part->field = (uint8_t)f;
        part->piece = (uint8_t)i;
        part->key = tally_memo_key(v->text + p->at, p->len, f | (uint64_t)p->beside << 8);
        part->set = tally_memo_seek(&c->memo, &part->key);
    }
}

static void
seek_field(struct tally_clk *c, struct record *r, size_t f)
{
    if (c->schema->salted) {
        set_field(c, r, f);
    } else if (c->coded[f].rows != NULL) {
        seek_codes(c, r, f);
    } else {
        seek_pieces(c, r, f);
    }
}

/* The row of a piece that was not there. */
static const uint8_t *
learn_piece(struct tally_clk *c, const struct record *r, const struct part *p,
            size_t *cut)
{
    uint8_t *row = tally_memo_find(&c->memo, p->set, &p->key);

    if (row == NULL) { /* nor learnt since */
        row = tally_memo_add(&c->memo, p->set, &p->key);
        learn(c, r, p->field, p->piece, cut, row);
    }
    return row;
}

static void
fetch_rows(struct tally_clk *c, struct record *r)
{
    for (size_t i = 0; i < r->nparts; i++) {
        struct part *p = &r->parts[i];

        p->row = tally_memo_fetch(&c->memo, p->set, &p->key);
    }
    r->fetched = true;
}

/* The rows that there are, in one go where all fields share a filter. */
static void
add_rows(const struct tally_clk *c, struct record *r, size_t f)
{
    c->kernel->unite(r->rows, r->nrows, c->len, filter_of(c, r, f));
    r->nrows = 0;
}

/* Rows of pieces may go when one is added: those that are there come first. */
void
tally_clk_finish(struct tally_clk *c)
{
    struct record *r = c->begun;
    size_t cut = TALLY_SCHEMA_FIELDS_MAX;
    size_t nnew = 0;

    if (!r->fetched) {
        fetch_rows(c, r);
    }
    for (size_t i = 0; i < r->nparts; i++) {
        const struct part *p = &r->parts[i];

        if (p->row == NULL) {
            r->parts[nnew++] = *p;
            continue;
        }
        r->rows[r->nrows++] = p->row;
        if (c->field_stride > 0) {
            add_rows(c, r, p->field);
        }
    }
    if (r->nrows > 0) {
        add_rows(c, r, 0);
    }
    for (size_t i = 0; i < nnew; i++) {
        r->rows[r->nrows++] = learn_piece(c, r, &r->parts[i], &cut);
        add_rows(c, r, r->parts[i].field);
    }
    r->nparts = 0;
}

/* Sets are asked for when a record begins, rows when the next one does, and when that has
 * been cut they are there. */
void
tally_clk_begin(struct tally_clk *c, const struct tally_value *values, uint8_t *filter)
{
    struct record *r = c->next;

    fetch_rows(c, c->begun);
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
        if (c->field_stride > 0 && r->nrows > 0) {
            add_rows(c, r, f);
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

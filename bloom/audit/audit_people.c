/*
 * Reading a population: encodings, ids and tokens.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/audit/audit_people.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bloom/base/bytes.h"
#include "bloom/base/interrupt.h"
#include "bloom/base/workdir.h"
#include "bloom/encode.h"
#include "bloom/fields.h"
#include "bloom/tokens.h"

/* An open population. */
struct reader {
    struct tally_csv *csv;
    struct tally_mapping mapping;
};

static int
open_reader(const struct tally_audit_source *p, struct reader *r, struct tally_err *err)
{
    r->csv = NULL;
    if (tally_csv_open(&r->csv, p->path, &p->options, err) != 0) {
        return -1;
    }
    return p->map != NULL
               ? tally_mapping_load(&r->mapping, p->map, p->schema, r->csv, err)
               : tally_mapping_guess(&r->mapping, p->schema, r->csv, err);
}

/* Tokens that count the records: the file then stands in the order of the rows. */
static void
count_up(void *ctx, void *p, size_t len)
{
    uint64_t *next = ctx;
    uint8_t *to = p;

    memset(to, 0, len);
    for (size_t at = 0; at + TALLY_TOKEN_BYTES <= len; at += TALLY_TOKEN_BYTES) {
        tally_be64_store(to + at, (*next)++);
    }
}

int
tally_audit_encode(const struct tally_audit_source *p, struct tally_secret *key,
                   struct tally_encfile **out, struct tally_err *err)
{
    struct reader r;
    struct tally_workdir dir = {{0}};
    char path[TALLY_WORKDIR_PATH_MAX];
    struct tally_encode_summary summary;
    uint64_t next = 1;
    struct tally_encode_job job = {.schema = p->schema,
                                   .mapping = &r.mapping,
                                   .key = key,
                                   .source = "population",
                                   .id_column = -1,
                                   .out = path,
                                   .allow_empty = true,
                                   .pool = p->pool,
                                   .progress = p->progress,
                                   .random = count_up,
                                   .random_ctx = &next};
    int rc = -1;

    if (open_reader(p, &r, err) == 0 &&
        tally_workdir_make(&dir, "tally-audit", err) == 0 &&
        tally_workdir_path(&dir, "population.enc", path, err) == 0) {
        job.csv = r.csv;
        if (tally_encode(&job, &summary, err) == 0) {
            rc = tally_encfile_open(out, path, err);
        }
    }
    tally_workdir_remove(&dir); /* what is mapped stays */
    tally_csv_free(r.csv);
    return rc;
}

void
tally_audit_ids_free(struct tally_audit_ids *ids)
{
    free(ids->at);
    free(ids->text);
    memset(ids, 0, sizeof *ids);
}

/* A growing list of ids. */
struct id_list {
    struct tally_buf text;
    struct tally_buf ends;
};

static int
add_id(struct id_list *l, const struct tally_cell *cell, struct tally_err *err)
{
    size_t end;

    if (tally_buf_append(&l->text, cell->data, cell->len, err) != 0) {
        return -1;
    }
    end = l->text.len;
    return tally_buf_append(&l->ends, &end, sizeof end, err);
}

static int
read_ids(struct reader *r, size_t column, struct id_list *l, struct tally_err *err)
{
    struct tally_cell *cells = calloc(tally_csv_columns(r->csv), sizeof *cells);
    int got;

    if (cells == NULL) {
        return tally_err_nomem(err);
    }
    while ((got = tally_csv_next(r->csv, cells, err)) == 1) {
        if (tally_interrupt_check(err) != 0 || add_id(l, &cells[column], err) != 0) {
            got = -1;
            break;
        }
    }
    free(cells);
    return got;
}

int
tally_audit_read_ids(const struct tally_audit_source *p, const char *column,
                     struct tally_audit_ids *out, struct tally_err *err)
{
    struct reader r;
    struct id_list l = {{0}, {0}};
    const size_t zero = 0;
    ptrdiff_t at;
    int rc = -1;

    memset(out, 0, sizeof *out);
    if (open_reader(p, &r, err) != 0) {
        tally_csv_free(r.csv);
        return -1;
    }
    at = tally_csv_find(r.csv, column);
    if (at < 0) {
        (void)tally_err_set(err, TALLY_E_MAPPING, "%s has no column '%s' of ids", p->path,
                            column);
        (void)tally_err_hint(err, "name the column that the truth goes by with --id");
    } else if (tally_buf_append(&l.ends, &zero, sizeof zero, err) == 0) {
        rc = read_ids(&r, (size_t)at, &l, err);
    }
    tally_csv_free(r.csv);
    if (rc != 0) {
        tally_buf_free(&l.text);
        tally_buf_free(&l.ends);
        return -1;
    }
    out->n = l.ends.len / sizeof zero - 1;
    out->at = (size_t *)(void *)l.ends.data;
    out->text = (char *)l.text.data;
    return 0;
}

/* Tokens are told apart by a hash of domain, bytes and occurrence, which stands for them
 * from then on. */
struct dictionary {
    uint64_t *hash;
    uint32_t *number;
    size_t slots; /* a power of two */
    size_t used;
};

static uint64_t
hash_bytes(uint64_t h, const void *p, size_t len)
{
    const uint8_t *at = p;

    for (size_t i = 0; i < len; i++) {
        h = (h ^ at[i]) * 0x100000001b3u;
    }
    h ^= h >> 29;
    return h * 0x9e3779b97f4a7c15u;
}

static int
grow_dictionary(struct dictionary *d, struct tally_err *err)
{
    struct dictionary bigger = {.slots = d->slots == 0 ? 4096 : 2 * d->slots,
                                .used = d->used};

    bigger.hash = calloc(bigger.slots, sizeof *bigger.hash);
    bigger.number = calloc(bigger.slots, sizeof *bigger.number);
    if (bigger.hash == NULL || bigger.number == NULL) {
        free(bigger.hash);
        free(bigger.number);
        return tally_err_nomem(err);
    }
    for (size_t i = 0; i < d->slots; i++) {
        size_t at = d->hash[i] & (bigger.slots - 1);

        if (d->hash[i] == 0) {
            continue;
        }
        while (bigger.hash[at] != 0) {
            at = (at + 1) & (bigger.slots - 1);
        }
        bigger.hash[at] = d->hash[i];
        bigger.number[at] = d->number[i];
    }
    free(d->hash);
    free(d->number);
    *d = bigger;
    return 0;
}

/* The number of a token; ${is_new} when it has just got it. */
static int
number_of(struct dictionary *d, uint64_t hash, uint32_t *out, bool *is_new,
          struct tally_err *err)
{
    size_t at;

    if (2 * d->used >= d->slots && grow_dictionary(d, err) != 0) {
        return -1;
    }
    hash |= hash == 0;
    at = hash & (d->slots - 1);
    while (d->hash[at] != 0 && d->hash[at] != hash) {
        at = (at + 1) & (d->slots - 1);
    }
    *is_new = d->hash[at] == 0;
    if (*is_new) {
        d->hash[at] = hash;
        d->number[at] = (uint32_t)d->used++;
    }
    *out = d->number[at];
    return 0;
}

/* Cutting rows into tokens. */
struct cutter {
    struct tally_schema view; /* as the view hashes it */
    const struct tally_mapping *mapping;
    struct dictionary dictionary;
    struct tally_value value;
    struct tally_tokens tokens;
    struct tally_buf first;
    struct tally_buf list;
    struct tally_buf k;
};

static int
add_tokens(struct cutter *c, size_t f, struct tally_err *err)
{
    const struct tally_field *field = &c->view.fields[f];
    uint64_t domain = hash_bytes(1, field->domain, strlen(field->domain));

    for (size_t t = 0; t < c->tokens.n; t++) {
        const struct tally_token *token = &c->tokens.list[t];
        uint64_t h = hash_bytes(domain + token->occurrence, c->tokens.bytes + token->at,
                                token->len);
        uint32_t number;
        bool is_new;

        if (number_of(&c->dictionary, h, &number, &is_new, err) != 0 ||
            tally_buf_append(&c->list, &number, sizeof number, err) != 0 ||
            (is_new && tally_buf_append(&c->k, &field->bits_per_token,
                                        sizeof field->bits_per_token, err) != 0)) {
            return -1;
        }
    }
    return 0;
}

static int
cut_row(struct cutter *c, const struct tally_cell *cells, struct tally_err *err)
{
    uint32_t end;

    for (size_t f = 0; f < c->view.nfields; f++) {
        if (c->view.fields[f].bits_per_token == 0) {
            continue;
        }
        tally_fields_value(&c->view, c->mapping, f, cells, &c->value);
        tally_tokenise(&c->view.fields[f], &c->value, &c->tokens);
        if (add_tokens(c, f, err) != 0) {
            return -1;
        }
    }
    end = (uint32_t)(c->list.len / sizeof end);
    return tally_buf_append(&c->first, &end, sizeof end, err);
}

static int
cut_rows(struct cutter *c, struct tally_csv *csv, const uint32_t *rows, size_t n,
         struct tally_err *err)
{
    struct tally_cell *cells = calloc(tally_csv_columns(csv), sizeof *cells);
    size_t next = 0;
    int got = 1;

    if (cells == NULL) {
        return tally_err_nomem(err);
    }
    for (uint32_t row = 0; next < n && got == 1; row++) {
        got = tally_csv_next(csv, cells, err);
        if (got == 1 && rows[next] == row) {
            next++;
            got = cut_row(c, cells, err) == 0 && tally_interrupt_check(err) == 0 ? 1 : -1;
        }
    }
    free(cells);
    return got < 0 ? -1 : 0;
}

int
tally_audit_tokens_of(const struct tally_audit_source *p, size_t view,
                      const uint32_t *rows, size_t n, struct tally_audit_tokens *out,
                      struct tally_err *err)
{
    struct cutter *c = calloc(1, sizeof *c);
    struct reader r = {0};
    const uint32_t zero = 0;
    int rc = -1;

    memset(out, 0, sizeof *out);
    if (c == NULL) {
        return tally_err_nomem(err);
    }
    tally_schema_of_view(p->schema, view, &c->view);
    if (open_reader(p, &r, err) == 0 &&
        tally_buf_append(&c->first, &zero, sizeof zero, err) == 0) {
        c->mapping = &r.mapping;
        rc = cut_rows(c, r.csv, rows, n, err);
        if (rc == 0 && c->first.len / sizeof zero != n + 1) {
            rc =
                tally_err_set(err, TALLY_E_DATA, "%s changed while it was read", p->path);
        }
    }
    tally_csv_free(r.csv);
    if (rc == 0) {
        out->n = n;
        out->ntokens = c->dictionary.used;
        out->first = (uint32_t *)(void *)c->first.data;
        out->list = (uint32_t *)(void *)c->list.data;
        out->k = (uint32_t *)(void *)c->k.data;
    } else {
        tally_buf_free(&c->first);
        tally_buf_free(&c->list);
        tally_buf_free(&c->k);
    }
    free(c->dictionary.hash);
    free(c->dictionary.number);
    tally_wipe(c, sizeof *c);
    free(c);
    return rc;
}

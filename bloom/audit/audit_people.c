/*
 * Reading a population: encodings, ids and tokens.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/audit/audit_people.h"

#include <stdlib.h>
#include <string.h>

#include "bloom/audit/audit_cutter.h"
#include "bloom/base/bytes.h"
#include "bloom/base/interrupt.h"
#include "bloom/base/workdir.h"
#include "bloom/clks.h"
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
    if (p->other != NULL) { /* which reads columns its own way */
        return 0;
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

static int
encode_to(const struct tally_audit_source *p, struct tally_secret *key, const char *path,
          struct tally_err *err)
{
    struct reader r;
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

    if (open_reader(p, &r, err) == 0) {
        job.csv = r.csv;
        rc = tally_encode(&job, &summary, err);
    }
    tally_csv_free(r.csv);
    return rc;
}

int
tally_audit_encode(const struct tally_audit_source *p, struct tally_secret *key,
                   struct tally_encfile **out, struct tally_err *err)
{
    struct tally_workdir dir = {.held = 0};
    char path[TALLY_WORKDIR_PATH_MAX];
    int rc = -1;

    if (tally_workdir_make(&dir, "tally-audit", err) == 0 &&
        tally_workdir_path(&dir, "population.enc", path, err) == 0) {
        rc = p->other != NULL ? p->other->encode(p, key, path, err)
                              : encode_to(p, key, path, err);
        rc = rc == 0 ? tally_encodings_open(out, path, err) : -1;
    }
    tally_workdir_remove(&dir); /* what is mapped stays */
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

/* Cutting rows into tokens. */
struct work {
    struct tally_schema view; /* as the view hashes it */
    const struct tally_mapping *mapping;
    struct tally_audit_cutter *cutter;
    struct tally_value value;
    struct tally_tokens tokens;
};

static int
cut_field(struct work *w, size_t f, struct tally_err *err)
{
    const struct tally_field *field = &w->view.fields[f];
    int rc = 0;

    for (size_t t = 0; t < w->tokens.n && rc == 0; t++) {
        const struct tally_token *token = &w->tokens.list[t];

        rc = tally_audit_cutter_token(w->cutter, field->domain, token->occurrence,
                                      w->tokens.bytes + token->at, token->len,
                                      field->bits_per_token, err);
    }
    return rc;
}

static int
cut_row(struct work *w, const struct tally_cell *cells, struct tally_err *err)
{
    for (size_t f = 0; f < w->view.nfields; f++) {
        if (w->view.fields[f].bits_per_token == 0) {
            continue;
        }
        tally_fields_value(&w->view, w->mapping, f, cells, &w->value);
        tally_tokenise(&w->view.fields[f], &w->value, &w->tokens);
        if (cut_field(w, f, err) != 0) {
            return -1;
        }
    }
    return tally_audit_cutter_end(w->cutter, err);
}

static int
cut_rows(struct work *w, struct tally_csv *csv, const uint32_t *rows, size_t n,
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
            got = cut_row(w, cells, err) == 0 && tally_interrupt_check(err) == 0 ? 1 : -1;
        }
    }
    free(cells);
    return got < 0 ? -1 : 0;
}

/* The rows through ${w}, which is the caller's to wipe. */
static int
cut_file(const struct tally_audit_source *p, struct work *w, const uint32_t *rows,
         size_t n, struct tally_err *err)
{
    struct reader r = {0};
    int rc = -1;

    if (open_reader(p, &r, err) == 0) {
        w->mapping = &r.mapping;
        rc = cut_rows(w, r.csv, rows, n, err);
    }
    tally_csv_free(r.csv);
    return rc;
}

int
tally_audit_tokens_of(const struct tally_audit_source *p, size_t view,
                      const uint32_t *rows, size_t n, struct tally_audit_tokens *out,
                      struct tally_err *err)
{
    struct work *w = calloc(1, sizeof *w);
    int rc = -1;

    memset(out, 0, sizeof *out);
    if (w == NULL) {
        return tally_err_nomem(err);
    }
    if (tally_audit_cutter_create(&w->cutter, err) == 0) {
        if (p->other != NULL) {
            rc = p->other->cut(p, rows, n, w->cutter, err);
        } else {
            tally_schema_of_view(p->schema, view, &w->view);
            rc = cut_file(p, w, rows, n, err);
        }
    }
    if (rc == 0) {
        tally_audit_cutter_take(w->cutter, out);
        rc = out->n == n ? 0
                         : tally_err_set(err, TALLY_E_DATA,
                                         "%s changed while it was read", p->path);
    }
    tally_audit_cutter_free(w->cutter);
    tally_wipe(w, sizeof *w);
    free(w);
    return rc;
}

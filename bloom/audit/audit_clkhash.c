/*
 * Rows of clkhash: encoded by the legacy encoder, cut into the tokens that it hashes.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/audit/audit_clkhash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bloom/audit/audit_cutter.h"
#include "bloom/base/bytes.h"
#include "bloom/base/interrupt.h"
#include "bloom/clkhash_csv.h"
#include "bloom/clkhash_encode.h"
#include "bloom/clkhash_format.h"
#include "bloom/clkhash_text.h"
#include "bloom/clkhash_tokens.h"

static int
encode(const struct tally_audit_source *p, struct tally_secret *secret, const char *path,
       struct tally_err *err)
{
    const struct tally_clkhash_job job = {.schema = p->other->schema,
                                          .secret = secret,
                                          .input = p->path,
                                          .header = TALLY_CLKHASH_HEADER_IGNORE,
                                          .no_validation = true,
                                          .out = path,
                                          .progress = p->progress};
    struct tally_clkhash_summary summary;

    return tally_clkhash_encode(&job, &summary, err);
}

/* A feature whose values are cut. */
struct column {
    size_t at;
    const struct tally_clkhash_feature *feature;
    char domain[24]; /* every feature has a key of its own */
    struct tally_clkhash_column *format;
    struct tally_clkhash_tokens *tokens;
};

struct columns {
    size_t n;
    struct column *list;
    char scratch[TALLY_CLKHASH_CELL_BYTES + 16];
};

static void
columns_free(struct columns *c)
{
    for (size_t i = 0; i < c->n; i++) {
        tally_clkhash_column_free(c->list[i].format);
        tally_clkhash_tokens_free(c->list[i].tokens);
    }
    free(c->list);
    tally_wipe(c->scratch, sizeof c->scratch);
    free(c);
}

static struct columns *
columns_create(const struct tally_clkhash_schema *s, struct tally_err *err)
{
    struct columns *c = calloc(1, sizeof *c);
    int rc = 0;

    if (c == NULL || (c->list = calloc(s->nfeatures + 1, sizeof *c->list)) == NULL) {
        free(c);
        (void)tally_err_nomem(err);
        return NULL;
    }
    for (size_t i = 0; i < s->nfeatures && rc == 0; i++) {
        struct column *column = &c->list[c->n];

        if (s->features[i].ignored) {
            continue;
        }
        c->n++;
        column->at = i;
        column->feature = &s->features[i];
        (void)snprintf(column->domain, sizeof column->domain, "%zu", i);
        rc = tally_clkhash_column_create(&column->format, column->feature, false, err);
        rc = rc == 0 ? tally_clkhash_tokens_create(&column->tokens, column->feature, err)
                     : rc;
    }
    if (rc != 0) {
        columns_free(c);
        return NULL;
    }
    return c;
}

static int
cut_cell(struct columns *c, struct column *column, struct tally_cell cell,
         struct tally_audit_cutter *cutter, struct tally_err *err)
{
    const struct tally_clkhash_hashing *h = &column->feature->hashing;
    struct tally_cell value = {NULL, 0};
    size_t n = 0;
    int rc = 0;

    if (tally_clkhash_column_read(column->format, cell, c->scratch, &value, err) != 0 ||
        tally_clkhash_tokens_begin(column->tokens, value, &n, err) != 0) {
        return tally_err_wrap(err, "column '%s'", column->feature->identifier);
    }
    for (size_t i = 0; i < n && rc == 0; i++) {
        struct tally_cell token = tally_clkhash_tokens_next(column->tokens);
        uint64_t k = (uint64_t)h->bits / (h->per_feature ? n : 1);

        rc = tally_audit_cutter_token(cutter, column->domain, 0, token.data, token.len,
                                      k == 0 ? 1 : (uint32_t)k, err);
    }
    return rc;
}

static int
cut_row(struct columns *c, const struct tally_cell *cells,
        struct tally_audit_cutter *cutter, struct tally_err *err)
{
    for (size_t i = 0; i < c->n; i++) {
        if (cut_cell(c, &c->list[i], cells[c->list[i].at], cutter, err) != 0) {
            return -1;
        }
    }
    return tally_audit_cutter_end(cutter, err);
}

/* Rows that are wanted, of those after the header. */
static int
cut_rows(struct columns *c, struct tally_clkhash_csv *csv, size_t width,
         const uint32_t *rows, size_t n, struct tally_audit_cutter *cutter,
         struct tally_err *err)
{
    struct tally_cell *cells = calloc(width + 1, sizeof *cells);
    size_t next = 0;
    size_t got = 0;
    int more;

    if (cells == NULL) {
        return tally_err_nomem(err);
    }
    more = tally_clkhash_csv_next(csv, cells, width, &got, err);
    for (uint32_t row = 0; next < n && more > 0; row++) {
        more = tally_clkhash_csv_next(csv, cells, width, &got, err);
        if (more > 0 && got != width) { /* it was encoded, so it has changed since */
            more = tally_err_set(err, TALLY_E_CSV, "%s: row %llu has %zu cells",
                                 tally_clkhash_csv_name(csv),
                                 (unsigned long long)tally_clkhash_csv_row(csv), got);
        } else if (more > 0 && rows[next] == row) {
            next++;
            more = cut_row(c, cells, cutter, err) == 0 ? 1 : -1;
        }
        more = more > 0 && tally_interrupt_check(err) != 0 ? -1 : more;
    }
    free(cells);
    return more < 0 ? -1 : 0;
}

static int
cut(const struct tally_audit_source *p, const uint32_t *rows, size_t n,
    struct tally_audit_cutter *cutter, struct tally_err *err)
{
    const struct tally_clkhash_schema *s = p->other->schema;
    struct tally_clkhash_csv *csv = NULL;
    struct columns *c = columns_create(s, err);
    int rc = -1;

    if (c == NULL) {
        return -1;
    }
    if (tally_clkhash_csv_open(&csv, p->path, err) == 0) {
        rc = cut_rows(c, csv, s->nfeatures, rows, n, cutter, err);
    }
    tally_clkhash_csv_free(csv);
    columns_free(c);
    return rc;
}

void
tally_audit_clkhash(const struct tally_clkhash_schema *schema,
                    struct tally_audit_other *out)
{
    *out = (struct tally_audit_other){
        .schema = schema, .bits = schema->bits, .encode = encode, .cut = cut};
}

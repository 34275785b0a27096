/*
 * The legacy encoder. Every column writes into one filter, which is folded at the end.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/clkhash_encode.h"

#include "bloom/base/interrupt.h"
#include "bloom/base/pii.h"
#include "bloom/base/size.h"
#include "bloom/bits.h"
#include "bloom/clkhash_csv.h"
#include "bloom/clkhash_format.h"
#include "bloom/clkhash_hash.h"
#include "bloom/clkhash_text.h"
#include "bloom/clkhash_tokens.h"
#include "bloom/clks.h"

#include <stdlib.h>
#include <string.h>

#define REPORT_ROWS 1024

/* A column that is encoded. */
struct stage {
    size_t column;
    const struct tally_clkhash_hashing *hashing;
    struct tally_clkhash_column *format;
    struct tally_clkhash_tokens *tokens;
    struct tally_clkhash_hasher *hasher;
};

struct tally_clkhash_encoder {
    uint32_t bits; /* of a finished filter */
    uint32_t folds;
    struct tally_pii *arena;
    char *scratch;
    uint8_t *filter; /* before folding */
    size_t nstages;
    struct stage *stages;
};

static size_t
bytes_for(uint32_t bits)
{
    return (bits + 7u) / 8u;
}

static int
create_stage(struct tally_clkhash_encoder *e, const struct tally_clkhash_schema *s,
             size_t column, const uint8_t *keys, bool validate, struct tally_err *err)
{
    const struct tally_clkhash_feature *f = &s->features[column];
    size_t key_size = (size_t)s->key_size;
    struct stage *stage = &e->stages[e->nstages++];

    stage->column = column;
    stage->hashing = &f->hashing;
    if (tally_clkhash_column_create(&stage->format, f, validate, err) != 0 ||
        tally_clkhash_tokens_create(&stage->tokens, f, err) != 0) {
        return -1;
    }
    return tally_clkhash_hasher_create(&stage->hasher, &f->hashing,
                                       tally_clkhash_schema_unfolded(s),
                                       keys + 2 * column * key_size, key_size, err);
}

static int
create_stages(struct tally_clkhash_encoder *e, const struct tally_clkhash_schema *s,
              struct tally_secret *secret, bool validate, struct tally_err *err)
{
    struct tally_secret *keys = NULL;
    int status = 0;

    if (tally_clkhash_keys(s, secret, &keys, err) != 0) {
        return -1;
    }
    e->stages = calloc(s->nfeatures, sizeof *e->stages);
    if (e->stages == NULL) {
        status = tally_err_nomem(err);
    }
    for (size_t i = 0; i < s->nfeatures && status == 0; i++) {
        if (!s->features[i].ignored) {
            status = create_stage(e, s, i, tally_secret_open(keys), validate, err);
            tally_secret_close(keys);
        }
    }
    tally_secret_free(keys);
    return status;
}

int
tally_clkhash_encoder_create(struct tally_clkhash_encoder **out,
                             const struct tally_clkhash_schema *s,
                             struct tally_secret *secret, bool validate,
                             struct tally_err *err)
{
    struct tally_clkhash_encoder *e = calloc(1, sizeof *e);
    size_t scratch = TALLY_CLKHASH_CELL_BYTES + 16;
    size_t filter = bytes_for(tally_clkhash_schema_unfolded(s));

    if (e == NULL) {
        return tally_err_nomem(err);
    }
    e->bits = s->bits;
    e->folds = s->folds;
    if (create_stages(e, s, secret, validate, err) != 0 ||
        tally_pii_create(&e->arena, scratch + filter + 64, err) != 0) {
        tally_clkhash_encoder_free(e);
        return -1;
    }
    e->scratch = tally_pii_alloc(e->arena, scratch);
    e->filter = tally_pii_alloc(e->arena, filter);
    TALLY_INVARIANT(e->filter != NULL);
    *out = e;
    return 0;
}

size_t
tally_clkhash_encoder_bytes(const struct tally_clkhash_encoder *e)
{
    return bytes_for(e->bits);
}

/* Tokens of a cell share out the bits of its feature: the first get one more. */
static int
encode_cell(struct tally_clkhash_encoder *e, struct stage *s, struct tally_cell cell,
            struct tally_err *err)
{
    struct tally_cell value = {NULL, 0};
    size_t bits = (size_t)s->hashing->bits;
    size_t n = 0;

    if (tally_clkhash_column_read(s->format, cell, e->scratch, &value, err) != 0 ||
        tally_clkhash_tokens_begin(s->tokens, value, &n, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < n; i++) {
        struct tally_cell token = tally_clkhash_tokens_next(s->tokens);
        size_t k = s->hashing->per_feature ? bits / n + (i < bits % n) : bits;

        tally_clkhash_hasher_add(s->hasher, token.data, token.len, k, e->filter);
    }
    return 0;
}

static bool
bit_at(const uint8_t *p, size_t i)
{
    return (p[i >> 3] >> (7 - (i & 7)) & 1) != 0;
}

/* The first ${half} bits become their XOR with the ${half} that follow; bits behind them
 * in their last byte become zero. */
static void
fold(uint8_t *p, uint32_t half)
{
    size_t whole = half / 8;

    if (half % 8 == 0) {
        for (size_t i = 0; i < whole; i++) {
            p[i] ^= p[whole + i];
        }
        return;
    }
    for (size_t i = 0; i < half; i++) {
        if (bit_at(p, half + i)) {
            p[i >> 3] ^= (uint8_t)(0x80u >> (i & 7));
        }
    }
    p[whole] &= (uint8_t)(0xFF00u >> (half % 8));
}

int
tally_clkhash_encoder_row(struct tally_clkhash_encoder *e, const struct tally_cell *cells,
                          uint8_t *filter, size_t *column, struct tally_err *err)
{
    memset(e->filter, 0, bytes_for(e->bits << e->folds));
    for (size_t i = 0; i < e->nstages; i++) {
        if (encode_cell(e, &e->stages[i], cells[e->stages[i].column], err) != 0) {
            *column = e->stages[i].column;
            return -1;
        }
    }
    for (uint32_t f = e->folds; f > 0; f--) {
        fold(e->filter, e->bits << (f - 1));
    }
    memcpy(filter, e->filter, bytes_for(e->bits));
    return 0;
}

void
tally_clkhash_encoder_free(struct tally_clkhash_encoder *e)
{
    if (e == NULL) {
        return;
    }
    for (size_t i = 0; i < e->nstages; i++) {
        tally_clkhash_column_free(e->stages[i].format);
        tally_clkhash_tokens_free(e->stages[i].tokens);
        tally_clkhash_hasher_free(e->stages[i].hasher);
    }
    free(e->stages);
    tally_pii_free(e->arena);
    free(e);
}

/* What a run holds. */
struct run {
    const struct tally_clkhash_job *job;
    struct tally_clkhash_csv *csv;
    struct tally_clkhash_encoder *encoder;
    struct tally_clks *out;
    struct tally_cell *cells;
    uint8_t *filter;
    uint64_t records;
    uint64_t ones;
};

static int
row_error(const struct run *r, struct tally_err *err)
{
    return tally_err_wrap(err, "%s: row %llu", tally_clkhash_csv_name(r->csv),
                          (unsigned long long)tally_clkhash_csv_row(r->csv));
}

static int
check_count(const struct run *r, size_t n, const char *what, struct tally_err *err)
{
    if (n == r->job->schema->nfeatures) {
        return 0;
    }
    (void)tally_err_set(err, TALLY_E_CSV, "%zu %s, where the schema has %zu features%s",
                        n, what, r->job->schema->nfeatures,
                        n == 0 ? " (a blank line)" : "");
    return row_error(r, err);
}

static bool
is_name(struct tally_cell cell, const char *name)
{
    return strlen(name) == cell.len &&
           (cell.len == 0 || memcmp(name, cell.data, cell.len) == 0);
}

static int
check_header(const struct run *r, size_t n, struct tally_err *err)
{
    const struct tally_clkhash_schema *s = r->job->schema;

    if (check_count(r, n, "column names", err) != 0) {
        return tally_err_hint(err, "a file without a header row is read with "
                                   "--header no");
    }
    for (size_t i = 0; i < n; i++) {
        if (is_name(r->cells[i], s->features[i].identifier)) {
            continue;
        }
        (void)tally_err_set(err, TALLY_E_CSV,
                            "%s: the header names column %zu differently from the "
                            "schema, which says '%s'",
                            tally_clkhash_csv_name(r->csv), i + 1,
                            s->features[i].identifier);
        if (r->cells[i].len >= 3 && memcmp(r->cells[i].data, "\xEF\xBB\xBF", 3) == 0) {
            return tally_err_hint(err, "the file begins with a byte order mark: save it "
                                       "without, or give --header ignore");
        }
        return tally_err_hint(err, "columns must stand in the schema's order; --header "
                                   "ignore skips the names");
    }
    return 0;
}

static int
read_header(struct run *r, struct tally_err *err)
{
    size_t n = 0;
    int more;

    if (r->job->header == TALLY_CLKHASH_HEADER_NO) {
        return 0;
    }
    more = tally_clkhash_csv_next(r->csv, r->cells, r->job->schema->nfeatures, &n, err);
    if (more == 0) {
        return tally_err_set(err, TALLY_E_CSV, "%s: the file is empty",
                             tally_clkhash_csv_name(r->csv));
    }
    if (more < 0) {
        return -1;
    }
    return r->job->header == TALLY_CLKHASH_HEADER_YES ? check_header(r, n, err) : 0;
}

static int
encode_row(struct run *r, struct tally_err *err)
{
    size_t bytes = tally_clkhash_encoder_bytes(r->encoder);
    size_t column = 0;

    if (tally_clkhash_encoder_row(r->encoder, r->cells, r->filter, &column, err) != 0) {
        (void)tally_err_wrap(err, "column '%s'",
                             r->job->schema->features[column].identifier);
        return row_error(r, err);
    }
    r->records++;
    r->ones += tally_bits_count(r->filter, tally_size_align(bytes, 8));
    return tally_clks_add(r->out, r->filter, err);
}

static int
encode_rows(struct run *r, struct tally_err *err)
{
    size_t n = 0;
    int more;

    while ((more = tally_clkhash_csv_next(r->csv, r->cells, r->job->schema->nfeatures, &n,
                                          err)) > 0) {
        if (check_count(r, n, "cells", err) != 0 || encode_row(r, err) != 0) {
            return -1;
        }
        if (r->records % REPORT_ROWS == 0) {
            tally_progress_add(r->job->progress, REPORT_ROWS);
            if (tally_interrupt_check(err) != 0) {
                return -1;
            }
        }
    }
    return more;
}

static int
encode_file(struct run *r, struct tally_err *err)
{
    const struct tally_clkhash_job *job = r->job;
    size_t bytes;

    if (tally_clkhash_encoder_create(&r->encoder, job->schema, job->secret,
                                     !job->no_validation, err) != 0 ||
        tally_clkhash_csv_open(&r->csv, job->input, err) != 0) {
        return -1;
    }
    bytes = tally_clkhash_encoder_bytes(r->encoder);
    r->cells = calloc(job->schema->nfeatures, sizeof *r->cells);
    r->filter = calloc(1, tally_size_align(bytes, 8)); /* counted in words */
    if (r->cells == NULL || r->filter == NULL) {
        return tally_err_nomem(err);
    }
    if (tally_clks_open(&r->out, job->out, bytes, job->force, err) != 0 ||
        read_header(r, err) != 0 || encode_rows(r, err) != 0) {
        return -1;
    }
    return tally_clks_commit(r->out, err);
}

int
tally_clkhash_encode(const struct tally_clkhash_job *job,
                     struct tally_clkhash_summary *summary, struct tally_err *err)
{
    struct run r = {.job = job};
    int status;

    tally_progress_begin(job->progress, "encoding", "records", 0);
    status = encode_file(&r, err);
    tally_progress_end(job->progress);
    if (status == 0) {
        summary->records = r.records;
        summary->mean_fill =
            r.records == 0 ? 0
                           : (double)r.ones / (double)r.records / (double)r.encoder->bits;
    }
    tally_clks_free(r.out);
    tally_clkhash_csv_free(r.csv);
    tally_clkhash_encoder_free(r.encoder);
    free(r.cells);
    free(r.filter);
    return status;
}

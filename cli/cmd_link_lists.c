/*
 * Lists of pairs for tally link: records that are known to be one person, or not to be.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/cmd_link.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bloom/base/bytes.h"
#include "bloom/base/csv.h"

static const char *const columns[] = {"source_a", "id_a", "source_b", "id_b"};

/* Rows of a source in the order of their ids. */
struct index {
    const struct tally_encfile *enc;
    uint32_t *rows;
};

static int
compare_bytes(const void *p, size_t np, const void *q, size_t nq)
{
    int order = memcmp(p, q, np < nq ? np : nq);

    return order != 0 ? order : (np > nq) - (np < nq);
}

static int
by_id(const void *left, const void *right, void *ctx)
{
    size_t nx = 0;
    size_t ny = 0;
    const char *x = tally_encfile_id(ctx, *(const uint32_t *)left, &nx);
    const char *y = tally_encfile_id(ctx, *(const uint32_t *)right, &ny);

    return compare_bytes(x, nx, y, ny);
}

/* The index is made when the source is first named. Without ids there is none. */
static int
make_index(struct index *x, const struct tally_encfile *enc, struct tally_err *err)
{
    size_t n = tally_encfile_info(enc)->records;
    size_t len;

    if (x->enc != NULL || n == 0 || tally_encfile_id(enc, 0, &len) == NULL) {
        x->enc = enc;
        return 0;
    }
    x->rows = malloc(n * sizeof *x->rows);
    if (x->rows == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t i = 0; i < n; i++) {
        x->rows[i] = (uint32_t)i;
    }
    qsort_r(x->rows, n, sizeof *x->rows, by_id, (void *)(uintptr_t)enc);
    x->enc = enc;
    return 0;
}

static bool
find_id(const struct index *x, const struct tally_cell *id, uint32_t *row)
{
    size_t low = 0;
    size_t high = x->rows == NULL ? 0 : tally_encfile_info(x->enc)->records;

    while (low < high) {
        size_t middle = (low + high) / 2;
        size_t len = 0;
        const char *at = tally_encfile_id(x->enc, x->rows[middle], &len);
        int order = compare_bytes(at, len, id->data, id->len);

        if (order == 0) {
            *row = x->rows[middle];
            return true;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return false;
}

static int
compare_tokens(const void *left, const void *right)
{
    return memcmp(left, right, TALLY_TOKEN_BYTES);
}

static bool
find_token(const struct tally_encfile *enc, const struct tally_cell *id, uint32_t *row)
{
    const uint8_t *tokens = tally_encfile_tokens(enc);
    uint8_t token[TALLY_TOKEN_BYTES];
    const uint8_t *at;

    if (!tally_hex_decode((const char *)id->data, id->len, token, sizeof token)) {
        return false;
    }
    at = bsearch(token, tokens, tally_encfile_info(enc)->records, TALLY_TOKEN_BYTES,
                 compare_tokens);
    if (at != NULL) {
        *row = (uint32_t)((size_t)(at - tokens) / TALLY_TOKEN_BYTES);
    }
    return at != NULL;
}

/* A list being read. */
struct list {
    const struct tally_link_job *job;
    struct tally_csv *csv;
    size_t at[4]; /* of the columns */
    struct index *indexes;
    struct tally_forced *pairs;
    size_t n;
    size_t cap;
};

static int
find_columns(struct list *l, const char *path, struct tally_err *err)
{
    for (size_t i = 0; i < 4; i++) {
        ptrdiff_t at = tally_csv_find(l->csv, columns[i]);

        if (at < 0) {
            (void)tally_err_set(err, TALLY_E_DATA, "%s: there is no column '%s'", path,
                                columns[i]);
            return tally_err_hint(err, "a list of pairs has the columns source_a, id_a, "
                                       "source_b, id_b");
        }
        l->at[i] = (size_t)at;
    }
    return 0;
}

static int
find_record(struct list *l, const struct tally_cell *cells, size_t side, uint32_t *source,
            uint32_t *row, struct tally_err *err)
{
    const struct tally_cell *name = &cells[l->at[2 * side]];
    const struct tally_cell *id = &cells[l->at[2 * side + 1]];
    size_t s = 0;

    while (s < l->job->nsources &&
           compare_bytes(l->job->sources[s].name, strlen(l->job->sources[s].name),
                         name->data, name->len) != 0) {
        s++;
    }
    if (s == l->job->nsources) {
        (void)tally_err_set(err, TALLY_E_DATA, "column '%s': no source has this name",
                            columns[2 * side]);
        return tally_err_hint(err, "sources are called as they are in links.csv");
    }
    if (make_index(&l->indexes[s], l->job->sources[s].enc, err) != 0) {
        return -1;
    }
    if (!find_id(&l->indexes[s], id, row) &&
        !find_token(l->job->sources[s].enc, id, row)) {
        (void)tally_err_set(err, TALLY_E_DATA,
                            "column '%s': '%s' has no record with this id or token",
                            columns[2 * side + 1], l->job->sources[s].name);
        return tally_err_hint(err, "take the row out if the record was withdrawn");
    }
    *source = (uint32_t)s;
    return 0;
}

static int
add_pair(struct list *l, const struct tally_cell *cells, struct tally_err *err)
{
    struct tally_forced f = {.line = tally_csv_row(l->csv)};

    if (find_record(l, cells, 0, &f.source_a, &f.row_a, err) != 0 ||
        find_record(l, cells, 1, &f.source_b, &f.row_b, err) != 0) {
        return -1;
    }
    if (f.source_a == f.source_b && f.row_a == f.row_b) {
        return tally_err_set(err, TALLY_E_DATA, "both sides name the same record");
    }
    if (f.source_a > f.source_b || (f.source_a == f.source_b && f.row_a > f.row_b)) {
        f = (struct tally_forced){f.source_b, f.row_b, f.source_a, f.row_a, f.line, false};
    }
    if (l->n == l->cap) {
        size_t cap = l->cap == 0 ? 64 : 2 * l->cap;
        struct tally_forced *more = realloc(l->pairs, cap * sizeof *more);

        if (more == NULL) {
            return tally_err_nomem(err);
        }
        l->pairs = more;
        l->cap = cap;
    }
    l->pairs[l->n++] = f;
    return 0;
}

static int
read_rows(struct list *l, const char *path, struct tally_err *err)
{
    struct tally_cell *cells = calloc(tally_csv_columns(l->csv) + 1, sizeof *cells);
    int rc = cells == NULL ? tally_err_nomem(err) : 0;

    while (rc == 0 && (rc = tally_csv_next(l->csv, cells, err)) == 1) {
        rc = add_pair(l, cells, err);
        if (rc != 0) {
            tally_err_wrap(err, "%s row %" PRIu64, path, tally_csv_row(l->csv));
        }
    }
    free(cells);
    return rc;
}

int
tally_link_list_read(const char *path, const struct tally_link_job *job,
                     struct tally_forced **out, size_t *n, struct tally_err *err)
{
    static const struct tally_csv_options options = {.delimiter = 0};
    struct list l = {.job = job};
    int rc = -1;

    l.indexes = calloc(job->nsources, sizeof *l.indexes);
    if (l.indexes == NULL) {
        return tally_err_nomem(err);
    }
    if (tally_csv_open(&l.csv, path, &options, err) == 0 &&
        find_columns(&l, path, err) == 0) {
        rc = read_rows(&l, path, err);
    }
    for (size_t i = 0; i < job->nsources; i++) {
        free(l.indexes[i].rows);
    }
    free(l.indexes);
    tally_csv_free(l.csv);
    if (rc != 0) {
        free(l.pairs);
        return -1;
    }
    *out = l.pairs;
    *n = l.n;
    return 0;
}

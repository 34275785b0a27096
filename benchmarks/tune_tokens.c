/*
 * How many tokens each record of a synthetic export is cut into. An encodings file does
 * not say, nor in what order its records stood in the export: the ids lead back.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "benchmarks/tune_private.h"

#include <stdlib.h>
#include <string.h>

#include "bloom/fields.h"
#include "bloom/tokens.h"

struct counted {
    const char *id; /* of the encodings file */
    size_t len;
    uint32_t record;
};

static int
compare_ids(const void *a, const void *b)
{
    const struct counted *x = a;
    const struct counted *y = b;
    int order = memcmp(x->id, y->id, x->len < y->len ? x->len : y->len);

    return order != 0 ? order : (x->len > y->len) - (x->len < y->len);
}

/* What a row is cut into, under one field at a time. */
struct cutter {
    const struct tally_schema *schema;
    struct tally_mapping mapping;
    struct tally_value value;
    struct tally_tokens tokens;
};

static uint32_t
cut_row(struct cutter *c, const struct tally_cell *cells)
{
    uint32_t n = 0;

    for (size_t f = 0; f < c->schema->nfields; f++) {
        tally_fields_value(c->schema, &c->mapping, f, cells, &c->value);
        tally_tokenise(&c->schema->fields[f], &c->value, &c->tokens);
        n += (uint32_t)c->tokens.n;
    }
    return n;
}

/* Tokens of each row of the export, put where its id stands in the encodings file. */
static int
count_rows(struct cutter *c, struct tally_csv *csv, const struct counted *ids, size_t n,
           uint32_t *tokens, struct tally_err *err)
{
    struct tally_cell *cells = calloc(tally_csv_columns(csv), sizeof *cells);
    ptrdiff_t id = tally_csv_find(csv, "id");
    int got;

    if (cells == NULL) {
        return tally_err_nomem(err);
    }
    while ((got = tally_csv_next(csv, cells, err)) == 1) {
        struct counted want = {(const char *)cells[id].data, cells[id].len, 0};
        const struct counted *found = bsearch(&want, ids, n, sizeof *ids, compare_ids);

        TALLY_INVARIANT(found != NULL);
        tokens[found->record] = cut_row(c, cells);
    }
    free(cells);
    return got;
}

int
tally_tune_count_tokens(const struct tally_tune_people *p, size_t i, size_t s,
                        const struct tally_schema *schema,
                        const struct tally_encfile *enc, uint32_t *tokens,
                        struct tally_err *err)
{
    size_t n = (size_t)tally_encfile_info(enc)->records;
    struct counted *ids = calloc(n + 1, sizeof *ids);
    struct cutter *c = calloc(1, sizeof *c);
    struct tally_csv *csv = NULL;
    int rc = -1;

    if (ids == NULL || c == NULL) {
        tally_err_nomem(err);
        goto done;
    }
    for (size_t r = 0; r < n; r++) {
        ids[r].id = tally_encfile_id(enc, r, &ids[r].len);
        ids[r].record = (uint32_t)r;
    }
    qsort(ids, n, sizeof *ids, compare_ids);
    c->schema = schema;
    if (tally_tune_people_open(p, i, s, schema, &csv, &c->mapping, err) == 0) {
        rc = count_rows(c, csv, ids, n, tokens, err);
    }
done:
    tally_csv_free(csv);
    free(c);
    free(ids);
    return rc;
}

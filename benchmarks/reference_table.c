/*
 * The values that the plaintext reference linker compares.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "benchmarks/reference_private.h"

#include <stdlib.h>
#include <string.h>

#include "benchmarks/likeness.h"
#include "bloom/base/interrupt.h"
#include "bloom/base/secret.h"
#include "bloom/fields.h"

#define NEIGHBOURS 4  /* of one value that each holder is compared with */
#define PAIRS_MIN  50 /* of strangers who agree on a field, to say anything */

int
tally_reference_create(struct tally_reference **out, const struct tally_schema *schema,
                       struct tally_err *err)
{
    struct tally_reference *r = calloc(1, sizeof *r);

    if (r == NULL) {
        return tally_err_nomem(err);
    }
    r->schema = schema;
    if (tally_buf_append(&r->texts, "", 1, err) != 0) {
        tally_reference_free(r);
        return -1;
    }
    *out = r;
    return 0;
}

void
tally_reference_free(struct tally_reference *r)
{
    if (r == NULL) {
        return;
    }
    tally_buf_free(&r->texts);
    tally_buf_free(&r->ids);
    free(r->id);
    free(r->text);
    free(r->count);
    free(r);
}

const char *
tally_reference_id(const struct tally_reference *r, uint32_t x)
{
    return (const char *)r->ids.data + r->id[x];
}

size_t
tally_reference_source(const struct tally_reference *r, uint32_t x)
{
    size_t s = 0;

    while (x >= r->start[s + 1]) {
        s++;
    }
    return s;
}

static int
grow(struct tally_reference *r, struct tally_err *err)
{
    size_t cap = r->cap == 0 ? 1024 : 2 * r->cap;
    size_t *id;
    size_t *text;

    if (reference_records(r) < r->cap) {
        return 0;
    }
    id = realloc(r->id, cap * sizeof *id);
    r->id = id == NULL ? r->id : id;
    text = realloc(r->text, cap * r->schema->nfields * sizeof *text);
    r->text = text == NULL ? r->text : text;
    if (id == NULL || text == NULL) {
        return tally_err_nomem(err);
    }
    r->cap = cap;
    return 0;
}

static int
add_row(struct tally_reference *r, const struct tally_mapping *m,
        const struct tally_cell *cells, size_t id_column, struct tally_err *err)
{
    uint32_t x = reference_records(r);
    struct tally_value value;
    int rc = grow(r, err);

    if (rc != 0) {
        return -1;
    }
    r->id[x] = r->ids.len;
    rc = tally_buf_append(&r->ids, cells[id_column].data, cells[id_column].len, err);
    if (rc == 0) {
        rc = tally_buf_append(&r->ids, "", 1, err);
    }
    for (size_t f = 0; f < r->schema->nfields && rc == 0; f++) {
        tally_fields_value(r->schema, m, f, cells, &value);
        r->text[x * r->schema->nfields + f] = value.len == 0 ? 0 : r->texts.len;
        if (value.len > 0) {
            rc = tally_buf_append(&r->texts, value.text, value.len + 1u, err);
        }
    }
    tally_wipe(&value, sizeof value);
    r->start[r->nsources]++;
    return rc;
}

int
tally_reference_add(struct tally_reference *r, struct tally_csv *csv,
                    const struct tally_mapping *mapping, size_t id_column,
                    struct tally_err *err)
{
    struct tally_cell *cells = calloc(tally_csv_columns(csv), sizeof *cells);
    int more = -1;

    if (cells == NULL) {
        return tally_err_nomem(err);
    }
    TALLY_INVARIANT(r->nsources < REFERENCE_SOURCES_MAX);
    r->nsources++;
    r->start[r->nsources] = r->start[r->nsources - 1];
    while ((more = tally_csv_next(csv, cells, err)) > 0) {
        if (add_row(r, mapping, cells, id_column, err) != 0 ||
            tally_interrupt_check(err) != 0) {
            more = -1;
            break;
        }
    }
    free(cells);
    return more;
}

/* A record by its value of one field. */
struct holder {
    const char *text;
    uint32_t x;
};

static int
compare_holders(const void *p, const void *q)
{
    return strcmp(((const struct holder *)p)->text, ((const struct holder *)q)->text);
}

/* Whether two records agree in no field but ${f} and ${g}: then they are strangers. */
static bool
strangers(const struct tally_reference *r, uint32_t x, uint32_t y, size_t f, size_t g)
{
    for (size_t i = 0; i < r->schema->nfields; i++) {
        const char *a = reference_text(r, x, i);
        const char *b = reference_text(r, y, i);

        if (i != f && i != g && r->schema->fields[i].type != TALLY_FIELD_SEX &&
            a[0] != '\0' && b[0] != '\0' &&
            tally_likeness_level(r->schema->fields[i].type, a, b) != TALLY_LEVEL_ELSE) {
            return false;
        }
    }
    return true;
}

/* How the later fields hang together with field ${g}, whose ${n} holders stand by value:
 * from the next few of the same value. */
static void
find_dependence(struct tally_reference *r, size_t g, const struct holder *holders,
                size_t n)
{
    for (size_t f = g + 1; f < r->schema->nfields; f++) {
        uint32_t pairs = 0;
        uint32_t agree = 0;

        for (size_t i = 0; i < n; i++) {
            for (size_t k = i + 1; k < n && k <= i + NEIGHBOURS; k++) {
                const char *a = reference_text(r, holders[i].x, f);
                const char *b = reference_text(r, holders[k].x, f);

                if (strcmp(holders[k].text, holders[i].text) != 0) {
                    break;
                }
                if (a[0] != '\0' && b[0] != '\0' &&
                    strangers(r, holders[i].x, holders[k].x, f, g)) {
                    pairs++;
                    agree += strcmp(a, b) == 0;
                }
            }
        }
        r->given[f][g] = pairs < PAIRS_MIN ? 0 : (double)agree / pairs;
    }
}

static void
count_field(struct tally_reference *r, size_t f, struct holder *holders)
{
    size_t n = 0;

    for (uint32_t x = 0; x < reference_records(r); x++) {
        const char *text = reference_text(r, x, f);

        if (text[0] != '\0') {
            holders[n++] = (struct holder){text, x};
        }
    }
    r->filled[f] = (uint32_t)n;
    if (n > 0) {
        qsort(holders, n, sizeof *holders, compare_holders);
    }
    for (size_t i = 0; i < n;) {
        size_t end = i + 1;

        while (end < n && strcmp(holders[end].text, holders[i].text) == 0) {
            end++;
        }
        for (size_t k = i; k < end; k++) {
            r->count[holders[k].x * r->schema->nfields + f] = (uint32_t)(end - i);
        }
        i = end;
    }
    find_dependence(r, f, holders, n);
}

int
reference_count(struct tally_reference *r, struct tally_err *err)
{
    size_t n = reference_records(r);
    struct holder *holders = calloc(n + 1, sizeof *holders);

    free(r->count);
    r->count = calloc(n * r->schema->nfields + 1, sizeof *r->count);
    if (holders == NULL || r->count == NULL) {
        free(holders);
        return tally_err_nomem(err);
    }
    for (size_t f = 0; f < r->schema->nfields; f++) {
        count_field(r, f, holders);
    }
    free(holders);
    return 0;
}

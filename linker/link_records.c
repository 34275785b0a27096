/*
 * Records that have several rows, one for each alias, or none. Joins find pairs of rows;
 * all that comes after is about records, and a pair of records scores as its best pair of
 * rows does.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/link_impl.h"

#include <stdlib.h>

int
link_records_take(struct link_source *s, const struct tally_encfile *enc,
                  struct tally_err *err)
{
    const struct tally_enc_info *info = tally_encfile_info(enc);
    uint64_t row = 0;

    s->enc = enc;
    s->n = (size_t)info->records;
    s->m = (struct tally_matrix){.rows = tally_encfile_matrix(enc),
                                 .popcounts = tally_encfile_popcounts(enc),
                                 .n = (size_t)info->views[0].rows,
                                 .stride = info->stride,
                                 .bits = info->bits};
    if (!tally_encfile_rows_are_records(enc, 0)) {
        s->first_row = malloc((s->n + 1) * sizeof *s->first_row);
        s->record_of = malloc((s->m.n + 1) * sizeof *s->record_of);
        if (s->first_row == NULL || s->record_of == NULL) {
            return tally_err_nomem(err);
        }
    }
    for (size_t i = 0; i < s->n; i++) {
        bool usable = false;

        if (s->first_row == NULL) {
            s->usable += s->m.popcounts[i] > 0;
            continue;
        }
        s->first_row[i] = (uint32_t)row;
        while (row < s->m.n && tally_encfile_record_of_row(enc, 0, row) == i) {
            usable = usable || s->m.popcounts[row] > 0;
            s->record_of[row++] = (uint32_t)i;
        }
        s->usable += usable;
        s->first_row[i + 1] = (uint32_t)row;
    }
    return 0;
}

static int
by_pair(const void *left, const void *right)
{
    const struct tally_edge *x = left;
    const struct tally_edge *y = right;

    if (x->a != y->a) {
        return x->a < y->a ? -1 : 1;
    }
    if (x->b != y->b) {
        return x->b < y->b ? -1 : 1;
    }
    return x->key > y->key ? -1 : x->key < y->key;
}

static int
by_score(const void *left, const void *right)
{
    const struct tally_edge *x = left;
    const struct tally_edge *y = right;

    if (x->key != y->key) {
        return x->key > y->key ? -1 : 1;
    }
    return by_pair(left, right);
}

size_t
link_records_unique(struct tally_edge *edges, size_t n)
{
    size_t kept = 0;

    qsort(edges, n, sizeof *edges, by_pair);
    for (size_t i = 0; i < n; i++) {
        if (kept == 0 || edges[i].a != edges[kept - 1].a ||
            edges[i].b != edges[kept - 1].b) {
            edges[kept++] = edges[i];
        }
    }
    qsort(edges, kept, sizeof *edges, by_score);
    return kept;
}

size_t
link_records_edges(const struct link_source *a, const struct link_source *b,
                   struct tally_edge *edges, size_t n)
{
    size_t kept = 0;

    if (a->first_row == NULL && b->first_row == NULL) {
        return n;
    }
    for (size_t i = 0; i < n; i++) {
        struct tally_edge e = edges[i];

        e.a = a->record_of != NULL ? a->record_of[e.a] : e.a;
        e.b = b->record_of != NULL ? b->record_of[e.b] : e.b;
        if (a != b || e.a != e.b) { /* rows of one record are one person by definition */
            edges[kept++] = e;
        }
    }
    return link_records_unique(edges, kept);
}

uint32_t
link_records_common(const struct link_source *a, size_t i, const struct link_source *b,
                    size_t j, const struct tally_kernel *kernel, uint32_t *total)
{
    size_t from_a = a->first_row != NULL ? a->first_row[i] : i;
    size_t to_a = a->first_row != NULL ? a->first_row[i + 1] : i + 1;
    size_t from_b = b->first_row != NULL ? b->first_row[j] : j;
    size_t to_b = b->first_row != NULL ? b->first_row[j + 1] : j + 1;
    uint32_t best = 0;
    uint32_t common = 0;

    *total = 0;
    for (size_t x = from_a; x < to_a; x++) {
        for (size_t y = from_b; y < to_b; y++) {
            uint32_t t = a->m.popcounts[x] + b->m.popcounts[y];
            uint32_t c = kernel->and_popcount(a->m.rows + x * a->m.stride,
                                              b->m.rows + y * b->m.stride, a->m.stride);
            uint32_t key = tally_edge_key(c, t);

            if (*total == 0 || key > best) {
                best = key;
                common = c;
                *total = t;
            }
        }
    }
    return common;
}

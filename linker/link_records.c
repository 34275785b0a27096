/*
 * Records that have several rows, one for each alias, or none. Joins find pairs of rows;
 * all that comes after is about records, and a pair of records scores as its best pair of
 * rows does.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/link_impl.h"

#include <stdbool.h>
#include <stdlib.h>

/* Rows of ${enc} in view ${number}. Records that have one are marked in ${seen}. */
static int
take_view(struct link_view *v, const struct tally_encfile *enc, size_t number,
          uint8_t *seen, struct tally_err *err)
{
    const struct tally_enc_info *info = tally_encfile_info(enc);
    size_t n = (size_t)info->records;
    uint64_t row = 0;

    v->m = (struct tally_matrix){.rows = tally_encfile_view_matrix(enc, number),
                                 .popcounts = tally_encfile_view_popcounts(enc, number),
                                 .n = (size_t)info->views[number].rows,
                                 .stride = info->stride,
                                 .bits = info->bits};
    if (!tally_encfile_rows_are_records(enc, number)) {
        v->first_row = malloc((n + 1) * sizeof *v->first_row);
        v->record_of = malloc((v->m.n + 1) * sizeof *v->record_of);
        if (v->first_row == NULL || v->record_of == NULL) {
            return tally_err_nomem(err);
        }
    }
    for (size_t i = 0; i < n; i++) {
        if (v->first_row == NULL) {
            seen[i] |= v->m.popcounts[i] > 0;
            continue;
        }
        v->first_row[i] = (uint32_t)row;
        while (row < v->m.n && tally_encfile_record_of_row(enc, number, row) == i) {
            seen[i] |= v->m.popcounts[row] > 0;
            v->record_of[row++] = (uint32_t)i;
        }
        v->first_row[i + 1] = (uint32_t)row;
    }
    return 0;
}

int
link_records_take(struct link_run *run, struct link_source *s,
                  const struct tally_encfile *enc, struct tally_err *err)
{
    uint8_t *seen;
    int status = 0;

    s->enc = enc;
    s->n = (size_t)tally_encfile_info(enc)->records;
    seen = calloc(s->n + 1, 1);
    if (seen == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t v = 0; v < run->nviews && status == 0; v++) {
        status = take_view(&s->views[v], enc, run->views[v], seen, err);
        if (status == 0 && run->nviews > 1 && s->views[v].first_row == NULL) {
            status = link_rarity_find(&s->views[v], err);
        }
    }
    for (size_t i = 0; i < s->n; i++) {
        s->usable += seen[i];
    }
    free(seen);
    return status;
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

/* Of ${edges} in ascending (a, b) keep each pair once, with its best score. */
static size_t
keep_unique(struct tally_edge *edges, size_t n)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++) {
        if (kept == 0 || edges[i].a != edges[kept - 1].a ||
            edges[i].b != edges[kept - 1].b) {
            edges[kept++] = edges[i];
        }
    }
    return kept;
}

size_t
link_records_unique(struct tally_edge *edges, size_t n)
{
    qsort(edges, n, sizeof *edges, by_pair);
    n = keep_unique(edges, n);
    qsort(edges, n, sizeof *edges, by_score);
    return n;
}

static bool
is_ascending(const struct tally_edge *edges, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        if (by_pair(&edges[i - 1], &edges[i]) > 0) {
            return false;
        }
    }
    return true;
}

size_t
link_records_pairs(const struct link_view *a, const struct link_view *b,
                   struct tally_edge *edges, size_t n)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++) {
        struct tally_edge e = edges[i];

        e.a = a->record_of != NULL ? a->record_of[e.a] : e.a;
        e.b = b->record_of != NULL ? b->record_of[e.b] : e.b;
        if (a != b || e.a != e.b) { /* rows of one record are one person by definition */
            edges[kept++] = e;
        }
    }
    if (!is_ascending(edges, kept)) {
        qsort(edges, kept, sizeof *edges, by_pair);
    }
    return keep_unique(edges, kept);
}

size_t
link_records_edges(const struct link_view *a, const struct link_view *b,
                   struct tally_edge *edges, size_t n)
{
    if (a->first_row == NULL && b->first_row == NULL) {
        return n;
    }
    n = link_records_pairs(a, b, edges, n);
    qsort(edges, n, sizeof *edges, by_score);
    return n;
}

uint32_t
link_rows_score(const struct link_view *a, const struct link_view *b, uint32_t common,
                uint32_t pa, uint32_t pb, uint32_t *total)
{
    if (a->allowing) {
        return tally_blanks_score(&a->blanks, &b->blanks, common, pa, pb, total);
    }
    *total = pa + pb;
    return common;
}

/* The best rows of two records, by Dice or as their score says. */
static uint32_t
best_rows(const struct link_view *a, size_t i, const struct link_view *b, size_t j,
          const struct tally_kernel *kernel, bool dice, uint32_t *total)
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
            if (a->m.popcounts[x] == 0 || b->m.popcounts[y] == 0) {
                continue; /* nothing is known, so nothing disagrees */
            }
            uint32_t pa = a->m.popcounts[x];
            uint32_t pb = b->m.popcounts[y];
            uint32_t t = pa + pb;
            uint32_t c = kernel->and_popcount(a->m.rows + x * a->m.stride,
                                              b->m.rows + y * b->m.stride, a->m.stride);

            c = dice ? c : link_rows_score(a, b, c, pa, pb, &t);
            if (*total == 0 || tally_edge_key(c, t) > best) {
                best = tally_edge_key(c, t);
                common = c;
                *total = t;
            }
        }
    }
    return common;
}

uint32_t
link_records_common(const struct link_view *a, size_t i, const struct link_view *b,
                    size_t j, const struct tally_kernel *kernel, uint32_t *total)
{
    return best_rows(a, i, b, j, kernel, true, total);
}

void
link_records_keys(const struct link_run *run, const struct link_source *a, size_t i,
                  const struct link_source *b, size_t j,
                  const struct tally_kernel *kernel, uint32_t *keys)
{
    for (size_t v = 0; v < run->nviews; v++) {
        uint32_t total;
        uint32_t common =
            link_records_common(&a->views[v], i, &b->views[v], j, kernel, &total);

        keys[v] = total == 0 ? TALLY_EVIDENCE_MISSING : tally_edge_key(common, total);
    }
}

uint32_t
link_records_score(const struct link_run *run, const struct link_source *a, size_t i,
                   const struct link_source *b, size_t j,
                   const struct tally_kernel *kernel, uint32_t *total)
{
    uint32_t keys[TALLY_VIEWS_MAX];
    double more = 0;

    if (run->nviews == 1) {
        return best_rows(&a->views[0], i, &b->views[0], j, kernel, false, total);
    }
    link_records_keys(run, a, i, b, j, kernel, keys);
    *total = 2 * TALLY_PPM;
    for (size_t v = 0; v < run->nviews; v++) {
        more += link_rarity_bits(run, v, a, i, b, j, keys[v]);
    }
    return tally_evidence_ppm(&run->evidence, keys, more);
}

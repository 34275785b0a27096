/*
 * Keeping pairs: growing lists, the k best of every row, and the final order.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/join_collect.h"

#include "linker/join_spill.h"

#include <stdlib.h>
#include <string.h>

/* A list is pruned first at this size, then whenever it has doubled, and never grows past
 * the last: then all pairs of two full lists still have 32-bit numbers. */
#define PRUNE_FIRST ((size_t)1 << 18)
#define PRUNE_LAST  (((size_t)1 << 31) - ((size_t)1 << 20))

/* Pairs of a list that go to disk together. */
#define SPILL_AT ((size_t)1 << 16)

/* The pairs of a list by row: those of row r are items[start[r]] to items[start[r + 1]] -
 * 1, as numbers in the list. Rows of B follow those of A; in a self-join a pair is with
 * both its rows. */
struct by_row {
    const struct tally_collect *collect;
    const struct tally_pair *list;
    size_t nrows;
    size_t *start;
    uint32_t *items;
    uint8_t *kept; /* by number in the list */
};

int
tally_collect_begin(struct tally_collect *c, struct tally_err *err)
{
    if (c->k != 0) {
        c->floors = calloc(c->a->n + c->b->n + 1, sizeof *c->floors);
    }
    return c->k == 0 || c->floors != NULL ? 0 : tally_err_nomem(err);
}

void
tally_collect_end(struct tally_collect *c)
{
    free(c->floors);
    c->floors = NULL;
}

static int
limit_error(const struct tally_collect *c, struct tally_err *err)
{
    tally_err_set(err, TALLY_E_LIMIT, "more than %zu pairs reach the threshold",
                  c->max_pairs);
    return tally_err_hint(err, "raise the threshold");
}

static int
reserve(struct tally_keep *keep, size_t n, struct tally_err *err)
{
    size_t cap = keep->cap != 0 ? keep->cap : 4096;
    struct tally_pair *list;

    if (n <= keep->cap) {
        return 0;
    }
    while (cap < n) {
        cap *= 2;
    }
    list = realloc(keep->list, cap * sizeof *list);
    if (list == NULL) {
        return tally_err_nomem(err);
    }
    keep->list = list;
    keep->cap = cap;
    return 0;
}

static size_t
row_of_b(const struct tally_collect *c, const struct tally_pair *p)
{
    return (c->self ? 0 : c->a->n) + p->b;
}

/* Whether pair ${x} comes before pair ${y} in the order of row ${row}: by score, then by
 * lower partner. Scores are compared as the fractions they are. */
static bool
better(const struct by_row *by, size_t row, uint32_t x, uint32_t y)
{
    const struct tally_collect *c = by->collect;
    const struct tally_pair *p = &by->list[x];
    const struct tally_pair *q = &by->list[y];
    uint64_t p_total = (uint64_t)c->a->popcounts[p->a] + c->b->popcounts[p->b];
    uint64_t q_total = (uint64_t)c->a->popcounts[q->a] + c->b->popcounts[q->b];
    uint64_t p_side = p->common * q_total;
    uint64_t q_side = q->common * p_total;

    if (p_side != q_side) {
        return p_side > q_side;
    }
    /* One of the two rows of each pair is this one, so the sums compare the partners. */
    if (c->self) {
        return (uint64_t)p->a + p->b < (uint64_t)q->a + q->b;
    }
    return row < c->a->n ? p->b < q->b : p->a < q->a;
}

/* Restore the heap below ${at}: the worst of ${n} items on top. */
static void
sift_down(const struct by_row *by, size_t row, uint32_t *heap, size_t n, size_t at)
{
    for (;;) {
        size_t worst = at;

        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < n; child++) {
            if (better(by, row, heap[worst], heap[child])) {
                worst = child;
            }
        }
        if (worst == at) {
            return;
        }
        uint32_t swap = heap[at];

        heap[at] = heap[worst];
        heap[worst] = swap;
        at = worst;
    }
}

/* Rounded down, so that a pair whose own score, rounded down too, is less is truly
 * beaten. */
static void
raise_floor(const struct by_row *by, size_t row, const struct tally_pair *p)
{
    const struct tally_collect *c = by->collect;
    uint32_t ppm =
        tally_dice_ppm(p->common, c->a->popcounts[p->a], c->b->popcounts[p->b]);
    uint32_t known = atomic_load_explicit(&c->floors[row], memory_order_relaxed);

    while (known < ppm && !atomic_compare_exchange_weak_explicit(
                              &c->floors[row], &known, ppm, memory_order_relaxed,
                              memory_order_relaxed)) {
    }
}

/* Mark the k best pairs of ${row} as kept, and raise its floor to the last of them. */
static void
keep_best(struct by_row *by, size_t row)
{
    uint32_t *items = by->items + by->start[row];
    size_t n = by->start[row + 1] - by->start[row];
    size_t k = by->collect->k;

    if (n >= k) {
        for (size_t at = k / 2; at-- > 0;) {
            sift_down(by, row, items, k, at);
        }
        for (size_t i = k; i < n; i++) {
            if (better(by, row, items[i], items[0])) {
                items[0] = items[i];
                sift_down(by, row, items, k, 0);
            }
        }
        n = k;
        raise_floor(by, row, &by->list[items[0]]);
    }
    for (size_t i = 0; i < n; i++) {
        by->kept[items[i]] = 1;
    }
}

/* Sort the numbers of ${n} pairs by row; a pair stands with both its rows. */
static void
fill_by_row(struct by_row *by, size_t n)
{
    const struct tally_collect *c = by->collect;
    size_t *next =
        by->start + 1; /* counts, shifted by one, end up as starts after filling */

    for (size_t i = 0; i < n; i++) {
        next[by->list[i].a + 1]++;
        next[row_of_b(c, &by->list[i]) + 1]++;
    }
    for (size_t row = 1; row <= by->nrows; row++) {
        next[row] += next[row - 1];
    }
    for (size_t i = 0; i < n; i++) {
        by->items[next[by->list[i].a]++] = (uint32_t)i;
        by->items[next[row_of_b(c, &by->list[i])]++] = (uint32_t)i;
    }
}

/* Drop the pairs that are among the k best of neither row. */
static int
prune(const struct tally_collect *c, struct tally_keep *keep, struct tally_err *err)
{
    struct by_row by = {.collect = c, .list = keep->list};
    size_t kept = 0;
    int rc = -1;

    by.nrows = c->a->n + (c->self ? 0 : c->b->n);
    by.start = calloc(by.nrows + 2, sizeof *by.start);
    by.items = malloc((2 * keep->n + 1) * sizeof *by.items);
    by.kept = calloc(keep->n + 1, 1);
    if (by.start == NULL || by.items == NULL || by.kept == NULL) {
        tally_err_nomem(err);
        goto done;
    }
    fill_by_row(&by, keep->n);
    for (size_t row = 0; row < by.nrows; row++) {
        keep_best(&by, row);
    }
    for (size_t i = 0; i < keep->n; i++) {
        if (by.kept[i]) {
            keep->list[kept++] = keep->list[i];
        }
    }
    keep->n = kept;
    rc = 0;

done:
    free(by.start);
    free(by.items);
    free(by.kept);
    return rc;
}

/*
 * Prune a list that has grown enough. The limit can be told here already: each row has
 * its min(k, pairs) best among what is kept in the end, a kept pair counts for at most
 * two rows, and a list never holds more than that for each row; so twice the limit here
 * is over the limit there, whatever the order in which pairs came.
 */
static int
prune_when_due(const struct tally_collect *c, struct tally_keep *keep,
               struct tally_err *err)
{
    if (keep->prune_at == 0) {
        keep->prune_at = PRUNE_FIRST;
    }
    if (keep->n < keep->prune_at) {
        return 0;
    }
    if (prune(c, keep, err) != 0) {
        return -1;
    }
    if (keep->n / 2 > c->max_pairs) {
        return limit_error(c, err);
    }
    keep->prune_at = keep->n > PRUNE_FIRST / 2 ? 2 * keep->n : PRUNE_FIRST;
    if (keep->prune_at > PRUNE_LAST) {
        keep->prune_at = PRUNE_LAST;
    }
    return 0;
}

/* Pairs that fit are never spilt: then no file is made. */
static int
spill_when_due(const struct tally_collect *c, struct tally_keep *keep,
               struct tally_err *err)
{
    size_t fit = keep->spilt != NULL ? SPILL_AT : c->spill_memory / sizeof *keep->list;

    if (c->spill_memory == 0 || keep->n < fit) {
        return 0;
    }
    return tally_spill(keep, c->spill_memory, c->beside, err);
}

int
tally_keep_add(struct tally_collect *c, struct tally_keep *keep,
               const struct tally_pair *pairs, size_t n, struct tally_err *err)
{
    uint64_t found = atomic_fetch_add_explicit(&c->found, n, memory_order_relaxed) + n;

    if (c->k == 0 && found > c->max_pairs) {
        return limit_error(c, err);
    }
    if (n == 0) {
        return 0;
    }
    if (reserve(keep, keep->n + n, err) != 0) {
        return -1;
    }
    memcpy(keep->list + keep->n, pairs, n * sizeof *pairs);
    keep->n += n;
    return c->k == 0 ? spill_when_due(c, keep, err) : prune_when_due(c, keep, err);
}

static int
compare_b(const void *x, const void *y)
{
    uint32_t p = ((const struct tally_pair *)x)->b;
    uint32_t q = ((const struct tally_pair *)y)->b;

    return (p > q) - (p < q);
}

/* Order by (a, b) in place: every pair to the stretch of its a by swaps, then each
 * stretch by b. */
static int
sort_pairs(struct tally_pair *list, size_t n, size_t nrows, struct tally_err *err)
{
    size_t *next = calloc(2 * (nrows + 1), sizeof *next);
    size_t *end;

    if (next == NULL) {
        return tally_err_nomem(err);
    }
    end = next + nrows + 1;
    for (size_t i = 0; i < n; i++) {
        end[list[i].a]++;
    }
    for (size_t row = 0, at = 0; row < nrows; row++) {
        next[row] = at;
        at += end[row];
        end[row] = at;
    }
    for (size_t row = 0; row < nrows; row++) {
        size_t first = row == 0 ? 0 : end[row - 1];

        while (next[row] < end[row]) {
            struct tally_pair p = list[next[row]];

            if (p.a != row) {
                list[next[row]] = list[next[p.a]];
                list[next[p.a]] = p;
            }
            next[p.a]++;
        }
        if (end[row] - first > 1) {
            qsort(list + first, end[row] - first, sizeof *list, compare_b);
        }
    }
    free(next);
    return 0;
}

int
tally_collect_finish(struct tally_collect *c, struct tally_keep *keeps, size_t nkeeps,
                     struct tally_pairs *out, struct tally_err *err)
{
    struct tally_keep all = keeps[0];

    keeps[0] = (struct tally_keep){0};
    c->found = 0;
    for (size_t i = 1; i < nkeeps; i++) {
        if (tally_keep_add(c, &all, keeps[i].list, keeps[i].n, err) != 0) {
            goto fail;
        }
        tally_keep_free(&keeps[i]);
    }
    if (c->k != 0 && prune(c, &all, err) != 0) {
        goto fail;
    }
    if (all.n > c->max_pairs) {
        limit_error(c, err);
        goto fail;
    }
    if (sort_pairs(all.list, all.n, c->a->n, err) != 0) {
        goto fail;
    }
    out->list = all.list;
    out->n = all.n;
    return 0;

fail:
    tally_keep_free(&all);
    return -1;
}

void
tally_keep_free(struct tally_keep *keep)
{
    free(keep->list);
    tally_sorter_free(keep->spilt);
    *keep = (struct tally_keep){0};
}

/*
 * Tables one after the other: the rows of B in buckets by their key, then every row of A
 * against its bucket. A pair counts in the first table that brings it together, which two
 * masked comparisons tell, so that nothing need be remembered from table to table.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/lsh.h"

#include <stdlib.h>
#include <string.h>

#include "bloom/base/interrupt.h"
#include "linker/join_clock.h"
#include "linker/join_random.h"

#define SEED          0x74616c6c79u
#define CHUNK         4096u
#define PAIRS_DEFAULT 500000000u
#define KEEP_FIRST    1024u

/* The positions of a table, and the same as a mask over a row. */
struct table {
    uint16_t at[TALLY_LSH_BITS_MAX];
    uint8_t mask[TALLY_ROW_BYTES_MAX];
};

/* A row of B in its bucket; keys that share a bucket mostly differ in the tag. */
struct item {
    uint32_t row;
    uint32_t tag;
};

struct list {
    struct tally_pair *pairs;
    size_t n;
    size_t cap;
};

struct lsh {
    const struct tally_lsh_plan *plan;
    const struct tally_matrix *a;
    const struct tally_matrix *b;
    bool self;
    uint32_t threshold_ppm;
    const struct tally_kernel *kernel;
    struct tally_progress *progress;
    struct table *tables;
    size_t table;    /* the one at hand */
    uint64_t *keys;  /* of the rows of B */
    uint32_t *start; /* of each bucket in items; one more than there are buckets */
    struct item *items;
    size_t nbuckets;    /* a power of two */
    struct list *found; /* by worker */
    size_t nworkers;
    _Atomic uint64_t met;
};

/* Positions drawn without replacement. Bit 0 is the most significant of byte 0, so that
 * those of a length that is no whole byte are among them. */
static void
draw_table(struct table *t, uint32_t bits, uint32_t n, uint64_t *seed)
{
    for (uint32_t i = 0; i < bits;) {
        uint32_t at = (uint32_t)tally_join_random(seed, n);
        uint8_t bit = (uint8_t)(0x80 >> at % 8);

        if ((t->mask[at / 8] & bit) == 0) {
            t->mask[at / 8] |= bit;
            t->at[i++] = (uint16_t)at;
        }
    }
}

static uint64_t
mix(uint64_t x)
{
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

static uint64_t
key_of(const struct lsh *l, const uint8_t *row)
{
    const struct table *t = &l->tables[l->table];
    uint64_t key = 0;

    for (uint32_t i = 0; i < l->plan->bits; i++) {
        key = key << 1 | (row[t->at[i] / 8] >> (7 - t->at[i] % 8) & 1);
    }
    return mix(key + 1);
}

static int
make_keys(void *ctx, size_t chunk, unsigned worker, struct tally_err *err)
{
    struct lsh *l = ctx;
    size_t last = (chunk + 1) * CHUNK < l->b->n ? (chunk + 1) * CHUNK : l->b->n;

    (void)worker;
    for (size_t i = chunk * CHUNK; i < last; i++) {
        l->keys[i] = key_of(l, l->b->rows + i * l->b->stride);
    }
    return tally_interrupt_check(err);
}

/* Counting sort by bucket; rows without set bits match nothing and stay out. */
static void
fill_buckets(struct lsh *l)
{
    size_t mask = l->nbuckets - 1;

    memset(l->start, 0, (l->nbuckets + 1) * sizeof *l->start);
    for (size_t i = 0; i < l->b->n; i++) {
        l->start[l->keys[i] & mask] += l->b->popcounts[i] != 0;
    }
    for (size_t k = 1; k <= l->nbuckets; k++) {
        l->start[k] += l->start[k - 1];
    }
    /* The starts are ends so far, and buckets are filled from there. */
    for (size_t i = l->b->n; i > 0; i--) {
        uint64_t key = l->keys[i - 1];

        if (l->b->popcounts[i - 1] != 0) {
            l->items[--l->start[key & mask]] =
                (struct item){(uint32_t)(i - 1), (uint32_t)(key >> 32)};
        }
    }
}

static bool
met_before(const struct lsh *l, const uint8_t *x, const uint8_t *y)
{
    for (size_t t = 0; t < l->table; t++) {
        const uint8_t *mask = l->tables[t].mask;
        uint64_t differ = 0;

        for (size_t at = 0; at < l->a->stride && differ == 0; at += sizeof differ) {
            uint64_t p, q, m;

            memcpy(&p, x + at, sizeof p);
            memcpy(&q, y + at, sizeof q);
            memcpy(&m, mask + at, sizeof m);
            differ = (p ^ q) & m;
        }
        if (differ == 0) {
            return true;
        }
    }
    return false;
}

static int
keep(struct list *f, const struct tally_pair *p, struct tally_err *err)
{
    if (f->n == f->cap) {
        size_t cap = f->cap == 0 ? KEEP_FIRST : 2 * f->cap;
        struct tally_pair *grown = realloc(f->pairs, cap * sizeof *grown);

        if (grown == NULL) {
            return tally_err_nomem(err);
        }
        f->pairs = grown;
        f->cap = cap;
    }
    f->pairs[f->n++] = *p;
    return 0;
}

/* Rows ${i} of A and ${j} of B, which met. */
static int
verify(struct lsh *l, uint32_t i, uint32_t j, struct list *found, struct tally_err *err)
{
    const uint8_t *x = l->a->rows + (size_t)i * l->a->stride;
    const uint8_t *y = l->b->rows + (size_t)j * l->b->stride;
    uint32_t common = l->kernel->and_popcount(x, y, l->a->stride);
    uint64_t set = (uint64_t)l->a->popcounts[i] + l->b->popcounts[j];
    const struct tally_pair p = {i, j, common};

    if (2ull * TALLY_PPM * common < l->threshold_ppm * set || met_before(l, x, y)) {
        return 0;
    }
    return keep(found, &p, err);
}

static int
look_up(void *ctx, size_t chunk, unsigned worker, struct tally_err *err)
{
    struct lsh *l = ctx;
    size_t last = (chunk + 1) * CHUNK < l->a->n ? (chunk + 1) * CHUNK : l->a->n;
    uint64_t met = 0;

    for (size_t i = chunk * CHUNK; i < last; i++) {
        uint64_t key;
        size_t bucket;

        if (l->a->popcounts[i] == 0) {
            continue;
        }
        key = key_of(l, l->a->rows + i * l->a->stride);
        bucket = key & (l->nbuckets - 1);
        for (size_t at = l->start[bucket]; at < l->start[bucket + 1]; at++) {
            uint32_t j = l->items[at].row;

            if (l->items[at].tag != key >> 32 || (l->self && j <= i)) {
                continue;
            }
            met++;
            if (verify(l, (uint32_t)i, j, &l->found[worker], err) != 0) {
                return -1;
            }
        }
    }
    l->met += met;
    tally_progress_add(l->progress, last - chunk * CHUNK);
    return tally_interrupt_check(err);
}

static int
prepare(struct lsh *l, struct tally_err *err)
{
    uint64_t seed = SEED;

    l->nbuckets = 1;
    while (l->nbuckets < l->b->n) {
        l->nbuckets *= 2;
    }
    l->tables = calloc(l->plan->tables, sizeof *l->tables);
    l->keys = malloc((l->b->n + 1) * sizeof *l->keys);
    l->start = malloc((l->nbuckets + 1) * sizeof *l->start);
    l->items = malloc((l->b->n + 1) * sizeof *l->items);
    l->found = calloc(l->nworkers, sizeof *l->found);
    if (l->tables == NULL || l->keys == NULL || l->start == NULL || l->items == NULL ||
        l->found == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t t = 0; t < l->plan->tables; t++) {
        draw_table(&l->tables[t], l->plan->bits, l->a->bits, &seed);
    }
    return 0;
}

static void
lsh_free(struct lsh *l)
{
    for (size_t w = 0; l->found != NULL && w < l->nworkers; w++) {
        free(l->found[w].pairs);
    }
    free(l->tables);
    free(l->keys);
    free(l->start);
    free(l->items);
    free(l->found);
}

/* One table, and what it found handed on. */
static int
run_table(struct lsh *l, struct tally_pool *pool, tally_pairs_fn *take, void *ctx,
          uint64_t *left, struct tally_err *err)
{
    if (tally_pool_run(pool, (l->b->n + CHUNK - 1) / CHUNK, make_keys, l, err) != 0) {
        return -1;
    }
    fill_buckets(l);
    if (tally_pool_run(pool, (l->a->n + CHUNK - 1) / CHUNK, look_up, l, err) != 0) {
        return -1;
    }
    for (size_t w = 0; w < l->nworkers; w++) {
        struct list *f = &l->found[w];

        if (f->n > *left) {
            (void)tally_err_set(err, TALLY_E_LIMIT, "too many pairs reach the threshold");
            return tally_err_hint(err, "raise the threshold");
        }
        *left -= f->n;
        if (f->n > 0 && take(ctx, f->pairs, f->n, err) != 0) {
            return -1;
        }
        f->n = 0;
    }
    return 0;
}

int
tally_lsh_each(const struct tally_lsh_plan *plan, const struct tally_matrix *a,
               const struct tally_matrix *b, const struct tally_join_options *options,
               tally_pairs_fn *take, void *ctx, struct tally_join_stats *stats,
               struct tally_err *err)
{
    struct lsh l = {.plan = plan,
                    .a = a,
                    .b = b == NULL ? a : b,
                    .self = b == NULL,
                    .threshold_ppm = options->threshold_ppm,
                    .kernel =
                        options->kernel != NULL ? options->kernel : tally_kernel_best(),
                    .progress = options->progress,
                    .nworkers = tally_pool_threads(options->pool)};
    uint64_t left = options->max_pairs != 0 ? options->max_pairs : PAIRS_DEFAULT;
    double start = tally_join_seconds();
    int status = prepare(&l, err);

    tally_progress_begin(l.progress, "hashing", "records", (uint64_t)plan->tables * a->n);
    for (; status == 0 && l.table < plan->tables; l.table++) {
        status = run_table(&l, options->pool, take, ctx, &left, err);
    }
    tally_progress_end(l.progress);
    *stats = (struct tally_join_stats){.compared = l.met,
                                       .verified = l.met,
                                       .sketch = "lsh",
                                       .width = (plan->bits + 7) / 8,
                                       .seconds = tally_join_seconds() - start};
    lsh_free(&l);
    return status;
}

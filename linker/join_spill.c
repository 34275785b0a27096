/*
 * Spilling by the external sorter: a pair is a key of a and b, big-endian, and what they
 * have in common.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/join_spill.h"

#include "bloom/base/bytes.h"
#include "bloom/base/interrupt.h"

#include <stdlib.h>
#include <string.h>

/* Pairs given to the caller at a time. */
#define BATCH 4096

#define COMMON_BYTES 4

/* Keys are compared as bytes, so numbers in them are big-endian. */
static void
be32_store(uint8_t *p, uint32_t v)
{
    tally_le32_store(p, __builtin_bswap32(v));
}

static uint32_t
be32_load(const uint8_t *p)
{
    return __builtin_bswap32(tally_le32_load(p));
}

int
tally_spill(struct tally_keep *keep, size_t memory, const char *beside,
            struct tally_err *err)
{
    if (keep->spilt == NULL &&
        tally_sorter_create(&keep->spilt, memory, beside, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < keep->n; i++) {
        uint8_t key[TALLY_SORT_KEY] = {0};
        uint8_t common[COMMON_BYTES];

        be32_store(key, keep->list[i].a);
        be32_store(key + 4, keep->list[i].b);
        tally_le32_store(common, keep->list[i].common);
        if (tally_sorter_add(keep->spilt, key, common, sizeof common, err) != 0) {
            return -1;
        }
    }
    keep->n = 0;
    return 0;
}

/* The next pair of each worker, those at the end left out. */
struct heads {
    struct tally_sorter **from;
    struct tally_pair *pair;
    size_t n;
};

/* Read the next pair of head ${at}, or leave the head out. */
static int
advance(struct heads *h, size_t at, struct tally_err *err)
{
    const uint8_t *key;
    const void *data;
    size_t len;
    int got = tally_sorter_next(h->from[at], &key, &data, &len, err);

    if (got < 0) {
        return -1;
    }
    if (got == 0) {
        h->n--;
        h->from[at] = h->from[h->n];
        h->pair[at] = h->pair[h->n];
        return 0;
    }
    if (len != COMMON_BYTES) {
        return tally_err_set(err, TALLY_E_CORRUPT, "a temporary file is damaged");
    }
    h->pair[at] =
        (struct tally_pair){be32_load(key), be32_load(key + 4), tally_le32_load(data)};
    return 0;
}

static bool
before(const struct tally_pair *x, const struct tally_pair *y)
{
    return x->a != y->a ? x->a < y->a : x->b < y->b;
}

/* There are as many heads as threads: few. */
static size_t
first_head(const struct heads *h)
{
    size_t first = 0;

    for (size_t at = 1; at < h->n; at++) {
        if (before(&h->pair[at], &h->pair[first])) {
            first = at;
        }
    }
    return first;
}

static int
merge(struct heads *h, tally_pairs_fn *take, void *ctx, struct tally_err *err)
{
    struct tally_pair batch[BATCH];
    size_t n = 0;

    while (h->n > 0) {
        size_t at = first_head(h);

        batch[n++] = h->pair[at];
        if (advance(h, at, err) != 0) {
            return -1;
        }
        if (n == BATCH) {
            if (tally_interrupt_check(err) != 0 || take(ctx, batch, n, err) != 0) {
                return -1;
            }
            n = 0;
        }
    }
    return n == 0 ? 0 : take(ctx, batch, n, err);
}

/* Spill the rest of worker ${chunk} and sort. */
struct rest {
    const struct tally_collect *collect;
    struct tally_keep *keeps;
};

static int
finish_one(void *ctx, size_t chunk, unsigned worker, struct tally_err *err)
{
    struct rest *r = ctx;
    struct tally_keep *keep = &r->keeps[chunk];

    (void)worker;
    if (tally_spill(keep, r->collect->spill_memory, r->collect->beside, err) != 0) {
        return -1;
    }
    free(keep->list);
    keep->list = NULL;
    keep->cap = 0;
    return tally_sorter_finish(keep->spilt, err);
}

int
tally_spill_stream(const struct tally_collect *c, struct tally_keep *keeps, size_t nkeeps,
                   struct tally_pool *pool, tally_pairs_fn *take, void *ctx,
                   struct tally_err *err)
{
    struct rest rest = {.collect = c, .keeps = keeps};
    struct heads h = {.n = 0};
    int rc = -1;

    h.from = malloc(nkeeps * sizeof *h.from);
    h.pair = malloc(nkeeps * sizeof *h.pair);
    if (h.from == NULL || h.pair == NULL) {
        tally_err_nomem(err);
        goto done;
    }
    if (tally_pool_run(pool, nkeeps, finish_one, &rest, err) != 0) {
        goto done;
    }
    for (size_t i = 0; i < nkeeps; i++) {
        h.from[h.n++] = keeps[i].spilt;
        if (advance(&h, h.n - 1, err) != 0) {
            goto done;
        }
    }
    rc = merge(&h, take, ctx, err);

done:
    free(h.from);
    free(h.pair);
    return rc;
}

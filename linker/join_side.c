/*
 * Making one side of a join ready: order by set bits, sketch, pack. Tile by tile over the
 * pool, so that a packed side is never held twice.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/join_side.h"

#include "bloom/base/size.h"

#include <stdlib.h>
#include <string.h>

/* Rows to ask memory for ahead of the one at hand: order jumps about in the file. */
#define AHEAD 8

static void *
alloc_aligned(size_t bytes)
{
    return aligned_alloc(TALLY_ROW_ALIGN, tally_size_align(bytes, TALLY_ROW_ALIGN));
}

/* Counting sort by set bits; stable, so ascending rows among equals. */
static int
sort_rows(struct tally_join_side *s, struct tally_err *err)
{
    const struct tally_matrix *m = s->matrix;
    size_t most = m->stride * 8;
    size_t *start = calloc(most + 2, sizeof *start);

    s->order = malloc((m->n + 1) * sizeof *s->order);
    if (start == NULL || s->order == NULL) {
        free(start);
        return tally_err_nomem(err);
    }
    for (size_t i = 0; i < m->n; i++) {
        TALLY_INVARIANT(m->popcounts[i] <= most);
        start[m->popcounts[i] + 1]++;
    }
    /* Rows without set bits are left out by starting behind them. */
    start[1] = 0;
    for (size_t p = 1; p <= most; p++) {
        start[p + 1] += start[p];
    }
    for (size_t i = 0; i < m->n; i++) {
        if (m->popcounts[i] != 0) {
            s->order[start[m->popcounts[i]]++] = (uint32_t)i;
        }
    }
    s->n = start[most];
    free(start);
    return 0;
}

/* What a worker makes a tile of sketches in. */
struct bench {
    uint8_t *rows; /* a batch of whole rows, back to back */
    uint32_t popcounts[TALLY_SKETCH_BATCH];
    uint8_t *made;   /* sketches of a tile in order of places */
    uint8_t *sorted; /* and in order of need */
    int32_t need[TALLY_TILE_ROWS];
    uint32_t order[TALLY_TILE_ROWS];
    uint32_t places[TALLY_TILE_ROWS];
};

struct work {
    struct tally_join_side *side;
    const struct tally_join_sketch *sketch;
    const struct tally_scan *scan;
    struct bench *benches; /* one a worker */
};

static void
prefetch_row(const struct tally_join_side *s, size_t at)
{
    const uint8_t *row = s->matrix->rows + s->order[at] * s->matrix->stride;

    for (size_t line = 0; line < s->matrix->stride; line += 64) {
        __builtin_prefetch(row + line);
    }
}

/* Whole rows from place ${first} together. Places from ${end} on are of another tile,
 * which another thread may be putting in order. */
static void
gather(const struct tally_join_side *s, size_t first, size_t n, size_t end,
       struct bench *bench)
{
    size_t stride = s->matrix->stride;

    for (size_t i = 0; i < n; i++) {
        if (first + i + AHEAD < end) {
            prefetch_row(s, first + i + AHEAD);
        }
        memcpy(bench->rows + i * stride, s->matrix->rows + s->order[first + i] * stride,
               stride);
        bench->popcounts[i] = tally_join_popcount(s, first + i);
    }
}

/* Merge the sorted halves of ${places} by need, equals in order. */
static void
merge_places(const int32_t *need, uint32_t *places, size_t half, size_t n, uint32_t *out)
{
    for (size_t x = 0, y = half, at = 0; at < n; at++) {
        bool left = y == n || (x < half && need[places[x]] <= need[places[y]]);

        out[at] = left ? places[x++] : places[y++];
    }
    memcpy(places, out, n * sizeof *places);
}

static void
sort_places(const int32_t *need, uint32_t *places, size_t n, uint32_t *spare)
{
    if (n > 1) {
        sort_places(need, places, n / 2, spare);
        sort_places(need, places + n / 2, n - n / 2, spare);
        merge_places(need, places, n / 2, n, spare);
    }
}

/* Put the ${n} rows of a tile from place ${first} in order of need. */
static void
order_by_need(struct tally_join_side *s, size_t first, size_t n, size_t width,
              struct bench *bench)
{
    uint32_t *places = bench->places;
    uint8_t *swap = bench->made;

    for (size_t i = 0; i < n; i++) {
        places[i] = (uint32_t)i;
    }
    sort_places(s->need + first, places, n, bench->order);
    memcpy(bench->need, s->need + first, n * sizeof *bench->need);
    memcpy(bench->order, s->order + first, n * sizeof *bench->order);
    for (size_t i = 0; i < n; i++) {
        s->need[first + i] = bench->need[places[i]];
        s->order[first + i] = bench->order[places[i]];
        memcpy(bench->sorted + i * width, bench->made + places[i] * width, width);
    }
    bench->made = bench->sorted;
    bench->sorted = swap;
}

static int
sketch_tile(void *ctx, size_t t, unsigned worker, struct tally_err *err)
{
    struct work *w = ctx;
    struct tally_join_side *s = w->side;
    struct bench *bench = &w->benches[worker];
    size_t first = t * s->tile;
    size_t n = tally_join_tile_rows(s, t);
    size_t width = w->sketch->width;
    uint8_t *scan = s->scan + t * s->tile_stride;

    (void)err;
    for (size_t done = 0; done < n; done += TALLY_SKETCH_BATCH) {
        size_t some = n - done < TALLY_SKETCH_BATCH ? n - done : TALLY_SKETCH_BATCH;

        gather(s, first + done, some, first + n, bench);
        w->sketch->kind->make(w->sketch, bench->rows, bench->popcounts, some,
                              bench->made + done * width, s->need + first + done);
    }
    if (w->sketch->kind->sort_by_need) {
        order_by_need(s, first, n, width, bench);
    }
    if (w->scan != NULL) {
        w->scan->pack(bench->made, s->need + first, n, width, scan);
    } else {
        memcpy(scan, bench->made, n * width);
    }
    return 0;
}

static int
keep_rows(struct tally_join_side *s, struct tally_err *err)
{
    const struct tally_matrix *m = s->matrix;

    s->order = malloc((m->n + 1) * sizeof *s->order);
    if (s->order == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t i = 0; i < m->n; i++) {
        if (m->popcounts[i] != 0) {
            s->order[s->n++] = (uint32_t)i;
        }
    }
    return 0;
}

static struct tally_join_span
span_of(const struct tally_join_side *s, size_t first, size_t n)
{
    struct tally_join_span span = {UINT32_MAX, 0};

    for (size_t at = first; at < first + n; at++) {
        uint32_t set = tally_join_popcount(s, at);

        span.low = set < span.low ? set : span.low;
        span.high = set > span.high ? set : span.high;
    }
    return span;
}

int
tally_join_side_order(struct tally_join_side *out, const struct tally_matrix *m,
                      size_t tile, bool by_bits, struct tally_err *err)
{
    struct tally_join_side s = {.matrix = m, .tile = tile};

    TALLY_INVARIANT(tile >= 1 && tile <= TALLY_TILE_ROWS);
    if ((by_bits ? sort_rows(&s, err) : keep_rows(&s, err)) != 0) {
        goto fail;
    }
    s.ntiles = (s.n + tile - 1) / tile;
    s.span = malloc((s.ntiles + 1) * sizeof *s.span);
    if (s.span == NULL) {
        tally_err_nomem(err);
        goto fail;
    }
    for (size_t t = 0; t < s.ntiles; t++) {
        s.span[t] = span_of(&s, t * tile, tally_join_tile_rows(&s, t));
    }
    *out = s;
    return 0;

fail:
    tally_join_side_free(&s);
    return -1;
}

static void
benches_free(struct bench *benches, size_t n)
{
    for (size_t i = 0; benches != NULL && i < n; i++) {
        free(benches[i].rows);
        free(benches[i].made);
        free(benches[i].sorted);
    }
    free(benches);
}

/* NULL without memory. */
static struct bench *
benches_make(size_t n, size_t stride, size_t tile_bytes)
{
    struct bench *benches = calloc(n, sizeof *benches);

    for (size_t i = 0; benches != NULL && i < n; i++) {
        benches[i].rows = alloc_aligned(TALLY_SKETCH_BATCH * stride);
        benches[i].made = alloc_aligned(tile_bytes);
        benches[i].sorted = alloc_aligned(tile_bytes);
        if (benches[i].rows == NULL || benches[i].made == NULL ||
            benches[i].sorted == NULL) {
            benches_free(benches, n);
            return NULL;
        }
    }
    return benches;
}

int
tally_join_side_sketch(struct tally_join_side *s, const struct tally_join_sketch *sketch,
                       const struct tally_scan *scan, struct tally_pool *pool,
                       struct tally_err *err)
{
    size_t nworkers = tally_pool_threads(pool);
    size_t tile_bytes = s->tile * sketch->width;
    struct work w = {.side = s, .sketch = sketch, .scan = scan};
    int rc = -1;

    s->tile_stride = scan != NULL ? scan->pack_size(s->tile, sketch->width)
                                  : tally_size_align(tile_bytes, TALLY_ROW_ALIGN);
    s->need = malloc((s->n + 1) * sizeof *s->need);
    s->scan = alloc_aligned(s->ntiles * s->tile_stride + 1);
    w.benches = benches_make(nworkers, s->matrix->stride, tile_bytes);
    if (s->need == NULL || s->scan == NULL || w.benches == NULL) {
        tally_err_nomem(err);
    } else {
        rc = tally_pool_run(pool, s->ntiles, sketch_tile, &w, err);
    }
    benches_free(w.benches, nworkers);
    return rc;
}

void
tally_join_side_free(struct tally_join_side *s)
{
    free(s->order);
    free(s->need);
    free(s->scan);
    free(s->span);
}

/*
 * Making one side of a join ready: order by set bits, sketch, pack. Tile by tile over the
 * pool, so that a packed side is never held twice.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/join_side.h"

#include "bloom/base/size.h"

#include <stdlib.h>

/* Rows to ask memory for ahead of the one at hand: order jumps about in the file. */
#define AHEAD 8

struct prepare {
    struct tally_join_side *side;
    const struct tally_join_sketch *sketch;
    const struct tally_kernel *kernel;
    uint8_t *
        rows; /* a tile of sketches for each worker, to pack from; NULL when row by row */
    size_t rows_bytes;
};

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

static void
prefetch_row(const struct tally_join_side *s, size_t at)
{
    const uint8_t *row = s->matrix->rows + s->order[at] * s->matrix->stride;

    for (size_t line = 0; line < s->matrix->stride; line += 64) {
        __builtin_prefetch(row + line);
    }
}

/* Sketches and needs of one tile. */
static int
prepare_tile(void *ctx, size_t t, unsigned worker, struct tally_err *err)
{
    struct prepare *p = ctx;
    struct tally_join_side *s = p->side;
    const struct tally_matrix *m = s->matrix;
    size_t first = t * s->tile;
    size_t n = tally_join_tile_rows(s, t);
    size_t width = p->sketch->width;
    uint8_t *scan = s->scan + t * s->tile_stride;
    uint8_t *rows = p->rows != NULL ? p->rows + worker * p->rows_bytes : scan;

    (void)err;
    for (size_t i = 0; i < n; i++) {
        uint8_t *row = rows + i * width;

        if (first + i + AHEAD < s->n) {
            prefetch_row(s, first + i + AHEAD);
        }
        tally_join_sketch_fold(p->sketch, m->rows + s->order[first + i] * m->stride, row);
        s->need[first + i] =
            tally_join_sketch_need(p->sketch, tally_join_popcount(s, first + i),
                                   p->kernel->and_popcount(row, row, width));
    }
    if (p->rows != NULL) {
        p->kernel->pack(rows, n, width, scan);
    }
    return 0;
}

int
tally_join_side_prepare(struct tally_join_side *out, const struct tally_matrix *m,
                        const struct tally_join_sketch *sketch,
                        const struct tally_kernel *kernel, size_t tile, bool packed,
                        struct tally_pool *pool, struct tally_err *err)
{
    struct tally_join_side s = {.matrix = m, .tile = tile};
    struct prepare p = {.side = &s, .sketch = sketch, .kernel = kernel};

    if (sort_rows(&s, err) != 0) {
        goto fail;
    }
    s.ntiles = (s.n + tile - 1) / tile;
    p.rows_bytes = tile * sketch->width;
    s.tile_stride = packed ? kernel->pack_size(tile, sketch->width) : p.rows_bytes;
    s.need = malloc((s.n + 1) * sizeof *s.need);
    s.scan = alloc_aligned(s.ntiles * s.tile_stride + 1);
    if (packed) {
        p.rows = alloc_aligned(tally_pool_threads(pool) * p.rows_bytes);
    }
    if (s.need == NULL || s.scan == NULL || (packed && p.rows == NULL)) {
        tally_err_nomem(err);
        goto fail;
    }
    if (tally_pool_run(pool, s.ntiles, prepare_tile, &p, err) != 0) {
        goto fail;
    }
    free(p.rows);
    *out = s;
    return 0;

fail:
    free(p.rows);
    tally_join_side_free(&s);
    return -1;
}

void
tally_join_side_free(struct tally_join_side *s)
{
    free(s->order);
    free(s->need);
    free(s->scan);
}

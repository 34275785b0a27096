/*
 * One side of a join made ready to scan: rows in order of their set bits, sketched, and
 * either row by row (A) or packed for the kernel in blocks (B).
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_JOIN_SIDE_H
#define TALLY_JOIN_SIDE_H

#include <stdbool.h>

#include "linker/join_sketch.h"

/** Rows of A or B in a tile, at most. A packed block of B stays in the second-level cache
 * while A passes. */
#define TALLY_TILE_ROWS 2048

/** The least and the most set bits of a row in a tile. */
struct tally_join_span {
    uint32_t low;
    uint32_t high;
};

/** Zeroed means empty. */
struct tally_join_side {
    const struct tally_matrix *matrix;
    size_t n;    /* rows that have set bits: the others match nothing */
    size_t tile; /* rows in a tile; the last may have fewer */
    size_t ntiles;
    uint32_t *order;    /* rows of the matrix: by set bits, then row, or as they stand;
                           inside a tile by need where the sketch asks for it */
    int32_t *need;      /* by place in order */
    uint8_t *scan;      /* sketches: row-major, or ntiles packed blocks */
    size_t tile_stride; /* bytes from one tile of scan to the next */
    struct tally_join_span *span; /* of each tile */
};

/** Rows in tile ${t}. */
static inline size_t
tally_join_tile_rows(const struct tally_join_side *s, size_t t)
{
    size_t left = s->n - t * s->tile;

    return left < s->tile ? left : s->tile;
}

/** Set bits of the row in place ${at}. */
static inline uint32_t
tally_join_popcount(const struct tally_join_side *s, size_t at)
{
    return s->matrix->popcounts[s->order[at]];
}

/** Put the rows of ${m} that have set bits in order, in tiles of ${tile}: by set bits, so
 * that whole tiles can be told not to match, or as they stand, so that the rows of a tile
 * lie together. The same on every machine. Sketches come later. Errors: TALLY_E_NOMEM. */
TALLY_NODISCARD int tally_join_side_order(struct tally_join_side *out,
                                          const struct tally_matrix *m, size_t tile,
                                          bool by_bits, struct tally_err *err);

/** Sketch the rows of ${s}, packed for ${scan} or, when that is NULL, row by row. Errors:
 * TALLY_E_NOMEM, TALLY_E_INTERRUPTED. */
TALLY_NODISCARD int tally_join_side_sketch(struct tally_join_side *s,
                                           const struct tally_join_sketch *sketch,
                                           const struct tally_scan *scan,
                                           struct tally_pool *pool,
                                           struct tally_err *err);
void tally_join_side_free(struct tally_join_side *s);

#endif

/*
 * Plans: tiles and shards by arithmetic.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/join_plan.h"

#include "linker/join_side.h"

#include "bloom/base/size.h"

/* Sides are cut into at least so many tiles, so that a small join has work for many
 * threads: A when B is another source, and both in a self-join, where tiles on the
 * diagonal are scanned whole for the sake of half of their pairs. */
#define PARTS_A    16
#define PARTS_SELF 48

static uint64_t
rows_with_bits(const struct tally_matrix *m)
{
    uint64_t n = 0;

    for (size_t i = 0; i < m->n; i++) {
        n += m->popcounts[i] != 0;
    }
    return n;
}

static uint32_t
tile_rows(uint64_t n, uint64_t parts)
{
    uint64_t rows = tally_size_align(n / parts + 1, 64);

    return (uint32_t)(rows < TALLY_TILE_ROWS ? rows : TALLY_TILE_ROWS);
}

static uint64_t
tiles_of(uint64_t rows, uint32_t tile)
{
    return (rows + tile - 1) / tile;
}

int
tally_join_plan_make(struct tally_join_plan *out, const struct tally_matrix *a,
                     const struct tally_matrix *b,
                     const struct tally_join_options *options, uint32_t nshards,
                     struct tally_err *err)
{
    bool self = b == NULL;
    struct tally_join_plan p = {.self = self,
                                .bits = a->bits,
                                .threshold_ppm = options->threshold_ppm,
                                .k = options->k,
                                .miss_e12 = options->miss_e12,
                                .nshards = nshards};

    TALLY_INVARIANT(nshards >= 1 && nshards <= TALLY_SHARDS_MAX);
    b = self ? a : b;
    if (a->n > UINT32_MAX || b->n > UINT32_MAX) {
        return tally_err_set(err, TALLY_E_LIMIT, "more than %u records in a source",
                             UINT32_MAX);
    }
    p.rows_a = rows_with_bits(a);
    p.rows_b = self ? p.rows_a : rows_with_bits(b);
    p.tile_a = tile_rows(p.rows_a, self ? PARTS_SELF : PARTS_A);
    p.tile_b = self ? p.tile_a : TALLY_TILE_ROWS;
    p.tiles = tiles_of(p.rows_a, p.tile_a);
    p.tiles = self ? p.tiles * (p.tiles + 1) / 2 : p.tiles * tiles_of(p.rows_b, p.tile_b);
    *out = p;
    return 0;
}

int
tally_join_plan_check(const struct tally_join_plan *p, const struct tally_matrix *a,
                      const struct tally_matrix *b, struct tally_err *err)
{
    uint64_t rows_a = rows_with_bits(a);

    if (p->self != (b == NULL) || p->bits != a->bits || p->rows_a != rows_a ||
        p->rows_b != (b == NULL ? rows_a : rows_with_bits(b))) {
        return tally_err_set(err, TALLY_E_USAGE,
                             "the plan of the join was made for other sources");
    }
    return 0;
}

void
tally_join_plan_tiles(const struct tally_join_plan *p, uint32_t shard, uint64_t *first,
                      uint64_t *end)
{
    uint64_t each = p->tiles / p->nshards;
    uint64_t more = p->tiles % p->nshards; /* the first so many shards have one more */

    *first = shard * each + (shard < more ? shard : more);
    *end = *first + each + (shard < more);
}

void
tally_join_plan_tile(const struct tally_join_plan *p, uint64_t number, size_t *ta,
                     size_t *tb)
{
    uint64_t across = tiles_of(p->rows_b, p->tile_b);
    uint64_t row = 0;

    if (!p->self) {
        *ta = number / across;
        *tb = number % across;
        return;
    }
    /* Row ${row} of the triangle begins on the diagonal. */
    while (number >= across - row) {
        number -= across - row;
        row++;
    }
    *ta = row;
    *tb = row + number;
}

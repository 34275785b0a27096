/*
 * Dot products of int8_t by AMX: 16 rows of A times 16 of B times 64 bytes in one
 * instruction of 16 cycles, so that a pair of 192 bytes costs .19 cycles of the
 * multiplier. Reaching it is a matter of what surrounds the products:
 *
 *  - rows of A stay in tiles while a strip of B passes that fits the first-level cache;
 *  - accumulators rotate and are stored one or two products late, since a store straight
 *    behind its products waits for them, and cleared straight after the store;
 *  - a stored block of 256 scores is compared as a whole with one coarse need a column:
 *    the least need of its 16 rows. A caller that sorts A by need makes that sharp. Only
 *    a block that passes is looked at row by row.
 *
 * Hits come out strip by strip, and are brought into the order of rows through a buffer.
 * Where there are too many for that, sketches prune nothing, and the tile is left to
 * kernel_vnni.c.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/kernels/kernel_dot.h"
#include "bloom/kernels/kernel_set.h"

#if defined(__x86_64__)

#include <immintrin.h>
#include <stdalign.h>
#include <stdbool.h>

#define TILE_ROWS   16
#define GROUP_ROWS  512 /* of A in one sweep, at most */
#define GROUP_TILES (GROUP_ROWS / TILE_ROWS)
#define GROUP_HITS  4096 /* of one sweep, at most */
#define STRIP_BYTES 32768
#define RING        4 /* blocks of scores on their way */

/* Palette 1, all eight tiles of 16 rows of 64 bytes. Constant, because the compiler does
 * not know that the instruction reads all of it and might leave stores out. */
static const struct {
    alignas(64) uint8_t palette;
    uint8_t start_row;
    uint8_t reserved[14];
    uint16_t row_bytes[16];
    uint8_t rows[16];
} tile_config = {
    1, 0, {0}, {64, 64, 64, 64, 64, 64, 64, 64}, {16, 16, 16, 16, 16, 16, 16, 16}};

/* Where 16 x 16 scores stand: rows of A from ${i} in the group, rows of B from ${j}. */
struct block {
    size_t i;
    size_t j;
};

/* One group of rows of A on its way through packed B. */
struct group {
    const uint8_t *a;
    const uint8_t *packed;
    const int32_t *need_b;
    size_t row_bytes;
    size_t na; /* 1 to GROUP_ROWS */
    size_t nb;
    size_t begun; /* blocks of scores */
    size_t nhits; /* found; more than GROUP_HITS: too many */
    struct block ring[RING];
    int32_t need_a[GROUP_ROWS];     /* padded with DOT_NEED_NEVER */
    int32_t least[GROUP_TILES + 1]; /* of 16 rows; the one past the last is never met */
    int32_t tail_b[DOT_LANES];      /* needs of the last block of B */
    alignas(64) int32_t scores[RING][TILE_ROWS * DOT_LANES];
    alignas(64)
        uint8_t tail_a[TILE_ROWS * TALLY_DOT_BYTES_MAX]; /* the last tile, zero padded */
    struct tally_hit hits[GROUP_HITS];
};

/* Look at a block of scores row by row. Off the hot path: most have no hit. */
static __attribute__((noinline)) void
emit(struct group *g, const int32_t *scores, const struct block *at, __m512i need_b)
{
    for (size_t r = 0; r < TILE_ROWS; r++) {
        const int32_t *row = scores + r * DOT_LANES;
        __m512i need = _mm512_add_epi32(need_b, _mm512_set1_epi32(g->need_a[at->i + r]));
        uint32_t lanes = _mm512_cmpge_epi32_mask(_mm512_load_si512(row), need);

        for (; lanes != 0; lanes &= lanes - 1) {
            uint32_t l = (uint32_t)__builtin_ctz(lanes);

            if (g->nhits < GROUP_HITS) {
                g->hits[g->nhits] = (struct tally_hit){
                    (uint32_t)(at->i + r), (uint32_t)(at->j + l), (uint32_t)row[l]};
            }
            g->nhits++;
        }
    }
}

/* Whether any of 256 scores reaches the coarse need of its column. Eight rows go through
 * the maximum and eight through comparisons, which are done by different ports. */
static inline __attribute__((always_inline)) bool
any_reaches(const int32_t *scores, __m512i need)
{
    __m512i most = _mm512_load_si512(scores);
    __mmask16 below;

#pragma GCC unroll 8
    for (size_t r = 1; r < TILE_ROWS / 2; r++) {
        most = _mm512_max_epi32(most, _mm512_load_si512(scores + r * DOT_LANES));
    }
    below = _mm512_cmplt_epi32_mask(most, need);
#pragma GCC unroll 8
    for (size_t r = TILE_ROWS / 2; r < TILE_ROWS; r++) {
        below = _mm512_mask_cmplt_epi32_mask(
            below, _mm512_load_si512(scores + r * DOT_LANES), need);
    }
    return below != 0xffff;
}

/* Test the scores of block number ${o}. */
static inline __attribute__((always_inline)) void
test_block(struct group *g, size_t o)
{
    const struct block *at = &g->ring[o % RING];
    const int32_t *scores = g->scores[o % RING];
    const int32_t *needs = at->j + DOT_LANES <= g->nb ? g->need_b + at->j : g->tail_b;
    __m512i need = _mm512_loadu_si512(needs);
    __m512i least = _mm512_set1_epi32(g->least[at->i / TILE_ROWS]);

    if (__builtin_expect(any_reaches(scores, _mm512_add_epi32(need, least)), 0)) {
        emit(g, scores, at, need);
    }
}

/* Rows of tile ${tile} of A. */
static inline const uint8_t *
tile_rows(const struct group *g, size_t tile)
{
    return (tile + 1) * TILE_ROWS <= g->na ? g->a + tile * TILE_ROWS * g->row_bytes
                                           : g->tail_a;
}

/* Add to ${acc} tile ${a} of A times the tile of B at ${from}. Numbers of tiles are part
 * of the instruction, hence macros: 0 to 3 hold a row of A, 4 is for B, 5 to 7 are
 * accumulators. */
#define MULTIPLY(acc, a, from)                                                           \
    do {                                                                                 \
        _tile_loadd(4, from, 64);                                                        \
        _tile_dpbssd(acc, a, 4);                                                         \
    } while (0)

#define MULTIPLY_ALL(acc)                                                                \
    do {                                                                                 \
        MULTIPLY(acc, 0, b);                                                             \
        if (width > 64) {                                                                \
            MULTIPLY(acc, 1, b + DOT_TILE_BYTES);                                        \
        }                                                                                \
        if (width > 128) {                                                               \
            MULTIPLY(acc, 2, b + 2 * DOT_TILE_BYTES);                                    \
        }                                                                                \
        if (width > 192) {                                                               \
            MULTIPLY(acc, 3, b + 3 * DOT_TILE_BYTES);                                    \
        }                                                                                \
    } while (0)

/* Store the scores of block number ${o} from ${acc}, and clear it for the next. */
#define STORE(acc, o)                                                                    \
    do {                                                                                 \
        _tile_stored(acc, g->scores[(o) % RING], 64);                                    \
        _tile_zero(acc);                                                                 \
    } while (0)

/* Tile ${tile} of A against rows ${j} to ${j_end} of B, of at most 256 bytes: scores of a
 * block are stored two blocks late and tested three late, across calls. */
static inline __attribute__((always_inline)) void
run_narrow(struct group *g, size_t tile, size_t j, size_t j_end, size_t width)
{
    const uint8_t *a = tile_rows(g, tile);
    const uint8_t *b = g->packed + j * width;
    size_t o = g->begun;

    _tile_loadd(0, a, width);
    if (width > 64) {
        _tile_loadd(1, a + 64, width);
    }
    if (width > 128) {
        _tile_loadd(2, a + 128, width);
    }
    if (width > 192) {
        _tile_loadd(3, a + 192, width);
    }
    for (; j < j_end; j += DOT_LANES, b += DOT_LANES * width, o++) {
        g->ring[o % RING] = (struct block){tile * TILE_ROWS, j};
        switch (o % 3) {
        case 0:
            MULTIPLY_ALL(5);
            STORE(6, o - 2);
            break;
        case 1:
            MULTIPLY_ALL(6);
            STORE(7, o - 2);
            break;
        default:
            MULTIPLY_ALL(7);
            STORE(5, o - 2);
            break;
        }
        if (o >= 3) {
            test_block(g, o - 3);
        }
    }
    g->begun = o;
}

/* Store and test what is still on its way. */
static void
finish_narrow(struct group *g)
{
    size_t o = g->begun;

    if (o >= 2) {
        switch (o % 3) {
        case 0:
            STORE(6, o - 2);
            break;
        case 1:
            STORE(7, o - 2);
            break;
        default:
            STORE(5, o - 2);
            break;
        }
    }
    switch (o % 3) {
    case 0:
        STORE(7, o - 1);
        break;
    case 1:
        STORE(5, o - 1);
        break;
    default:
        STORE(6, o - 1);
        break;
    }
    for (size_t left = o < 3 ? o : 3; left > 0; left--) {
        test_block(g, o - left);
    }
}

/* Narrow sketches past one group. */
static inline __attribute__((always_inline)) void
sweep_narrow(struct group *g, size_t width)
{
    const size_t strip = STRIP_BYTES / (width * DOT_LANES) * DOT_LANES;

    _tile_zero(5);
    _tile_zero(6);
    _tile_zero(7);
    for (size_t j = 0; j < g->nb; j += strip) {
        size_t j_end = g->nb - j < strip ? g->nb : j + strip;

        for (size_t tile = 0; tile * TILE_ROWS < g->na; tile++) {
            run_narrow(g, tile, j, j_end, width);
        }
    }
    finish_narrow(g);
}

/* Two tiles of A, from ${tile}, against two blocks of B, for rows too long to stay in
 * tiles: 0 and 1 are for A, 2 and 3 for B. */
static void
multiply_square(const struct group *g, size_t tile, size_t j)
{
    const size_t width = g->row_bytes;
    const bool single = j + DOT_LANES >= g->nb;
    const uint8_t *a0 = tile_rows(g, tile);
    const uint8_t *a1 = tile_rows(g, tile + 1);
    const uint8_t *b0 = g->packed + j * width;
    const uint8_t *b1 = single ? b0 : b0 + DOT_LANES * width;

    _tile_zero(4);
    _tile_zero(5);
    _tile_zero(6);
    _tile_zero(7);
    for (size_t at = 0; at < width; at += 64) {
        _tile_loadd(0, a0 + at, width);
        _tile_loadd(2, b0 + at * DOT_LANES, 64);
        _tile_dpbssd(4, 0, 2);
        _tile_loadd(1, a1 + at, width);
        _tile_dpbssd(6, 1, 2);
        _tile_loadd(3, b1 + at * DOT_LANES, 64);
        _tile_dpbssd(5, 0, 3);
        _tile_dpbssd(7, 1, 3);
    }
}

/* Wide sketches past one group. The blocks of a square are tested while the next is
 * multiplied. */
static void
sweep_wide(struct group *g)
{
    const size_t strip = STRIP_BYTES / (g->row_bytes * 2 * DOT_LANES) * 2 * DOT_LANES;
    const size_t none = GROUP_ROWS; /* stands where there is no block */

    for (size_t at = 0; at < g->nb; at += strip) {
        size_t end = g->nb - at < strip ? g->nb : at + strip;

        for (size_t i = 0; i < g->na; i += 2 * TILE_ROWS) {
            size_t i1 = i + TILE_ROWS < g->na ? i + TILE_ROWS : none;

            for (size_t j = at; j < end; j += 2 * DOT_LANES) {
                bool single = j + DOT_LANES >= g->nb;

                multiply_square(g, i / TILE_ROWS, j);
                for (size_t o = 0; o < RING && g->begun != 0; o++) {
                    test_block(g, o);
                }
                g->ring[0] = (struct block){i, j};
                g->ring[1] = (struct block){single ? none : i, j + DOT_LANES};
                g->ring[2] = (struct block){i1, j};
                g->ring[3] = (struct block){single ? none : i1, j + DOT_LANES};
                _tile_stored(4, g->scores[0], 64);
                _tile_stored(5, g->scores[1], 64);
                _tile_stored(6, g->scores[2], 64);
                _tile_stored(7, g->scores[3], 64);
                g->begun += RING;
            }
        }
    }
    for (size_t o = 0; o < RING; o++) {
        test_block(g, o);
    }
}

/* Widths are constants in code of their own. */
static void
sweep(struct group *g)
{
    switch (g->row_bytes) {
    case 64:
        sweep_narrow(g, 64);
        break;
    case 128:
        sweep_narrow(g, 128);
        break;
    case 192:
        sweep_narrow(g, 192);
        break;
    case 256:
        sweep_narrow(g, 256);
        break;
    default:
        sweep_wide(g);
        break;
    }
}

/* Take up ${g->na} rows from ${a} with their needs. */
static void
group_begin(struct group *g, const uint8_t *a, const int32_t *need_a)
{
    const size_t full = g->na / TILE_ROWS * TILE_ROWS;

    g->a = a;
    g->nhits = 0;
    g->begun = 0;
    for (size_t i = 0; i < GROUP_ROWS; i++) {
        g->need_a[i] = i < g->na ? need_a[i] : DOT_NEED_NEVER;
    }
    for (size_t tile = 0; tile < GROUP_TILES; tile++) {
        g->least[tile] = DOT_NEED_NEVER;
        for (size_t i = tile * TILE_ROWS; i < (tile + 1) * TILE_ROWS; i++) {
            g->least[tile] =
                g->need_a[i] < g->least[tile] ? g->need_a[i] : g->least[tile];
        }
    }
    g->least[GROUP_TILES] = DOT_NEED_NEVER;
    memset(g->tail_a, 0, sizeof g->tail_a);
    memcpy(g->tail_a, a + full * g->row_bytes, (g->na - full) * g->row_bytes);
    /* Loads of tiles are no reads to the compiler. */
    __asm__ volatile("" ::: "memory");
}

/* Put the hits of the group in the order of rows, which keeps them in the order of B in a
 * row, as they were found. Returns how many rows fit ${room}, each before which a whole
 * row of B would have. */
static size_t
deliver(const struct group *g, size_t first, struct tally_hit *out, size_t room,
        size_t *delivered)
{
    uint16_t start[GROUP_ROWS + 1] = {0};
    size_t rows = 0;
    size_t n = 0;

    for (size_t h = 0; h < g->nhits; h++) {
        start[g->hits[h].i]++;
    }
    for (; rows < g->na && room - n >= g->nb; rows++) {
        size_t count = start[rows];

        start[rows] = (uint16_t)n;
        n += count;
    }
    for (size_t h = 0; h < g->nhits; h++) {
        const struct tally_hit *hit = &g->hits[h];

        if (hit->i < rows) {
            out[start[hit->i]++] =
                (struct tally_hit){(uint32_t)(first + hit->i), hit->j, hit->common};
        }
    }
    *delivered = n;
    return rows;
}

/* Rows of A in the next sweep, after one of ${rows} had too many hits or not. */
static size_t
next_size(size_t rows, bool too_many)
{
    if (too_many) {
        return rows / 4 < TILE_ROWS ? TILE_ROWS : rows / 4;
    }
    return rows * 2 > GROUP_ROWS ? GROUP_ROWS : rows * 2;
}

static size_t
amx_scan(const uint8_t *a, const int32_t *need_a, size_t na, size_t first_row,
         const uint8_t *packed, const int32_t *need_b, size_t nb, size_t row_bytes,
         struct tally_hit *out, size_t cap, size_t *next_row)
{
    struct group g;
    size_t size = GROUP_ROWS;
    size_t hits = 0;
    size_t i = first_row;

    g.packed = packed;
    g.need_b = need_b;
    g.nb = nb;
    g.row_bytes = row_bytes;
    dot_block_needs(need_b, nb, nb / DOT_LANES * DOT_LANES, g.tail_b);
    _tile_loadconfig(&tile_config);
    while (i < na && nb != 0 && cap - hits >= nb) {
        size_t found;

        g.na = na - i < size ? na - i : size;
        group_begin(&g, a + i * row_bytes, need_a + i);
        sweep(&g);
        if (g.nhits <= GROUP_HITS) {
            i += deliver(&g, i, out + hits, cap - hits, &found);
            hits += found;
        } else if (g.na <= TILE_ROWS) {
            hits += tally_vnni_scan(a, need_a, i + g.na, i, packed, need_b, nb, row_bytes,
                                    out + hits, cap - hits, &i);
        }
        size = next_size(size, g.nhits > GROUP_HITS);
    }
    _tile_release();
    *next_row = nb != 0 ? i : na;
    return hits;
}

const struct tally_scan tally_dot_amx = {dot_pack_size, dot_pack, amx_scan};

#endif

/*
 * The column layout, shared by the vector kernels: B in blocks of as many rows as a
 * vector has bits, and a vector for each column of a block. What a row of A has in common
 * with every row of a block is then the sum of the columns that the row has set. Columns
 * are added bit by bit by full adders (the carry-save adders of Harley and Seal's count),
 * sixty-four at a time, into planes: plane p holds bit p of the sum of each lane. No bits
 * are counted, none are masked, and columns that the row has not set cost nothing.
 *
 * Sums start at what the needs of B leave below a power of two, so that a lane reaches
 * its need where its sum reaches a number that is the same for the whole block.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_KERNEL_COLUMNS_H
#define TALLY_KERNEL_COLUMNS_H

#include <stdbool.h>
#include <string.h>

#include "bloom/base/size.h"
#include "bloom/kernels/kernel_blocks.h"

/* Of a vector: what every 64-bit processor has, unless a kernel has more. */
#ifndef COLUMNS_BYTES
#define COLUMNS_BYTES 16
#endif

typedef uint64_t columns_vector __attribute__((vector_size(COLUMNS_BYTES)));

#define COLUMNS_LANES (8 * COLUMNS_BYTES)

/* Rows of A that pass a block before the next, at most. */
#define COLUMNS_ROWS 8

/* Columns of a panel: they stay in the first-level cache while the rows pass. */
#define COLUMNS_PANEL  (32768 / COLUMNS_BYTES)
#define COLUMNS_PANELS ((TALLY_ROW_BYTES_MAX * 8 + COLUMNS_PANEL - 1) / COLUMNS_PANEL)

/* Columns are added so many at a time: lists of them are filled up with one of zeros. */
#define COLUMNS_STEP 16

/* Room for the lists of a group. What is written at once past the end of one comes on
 * top. */
#define COLUMNS_ROOM  (TALLY_ROW_BYTES_MAX * 8 + COLUMNS_PANELS * COLUMNS_STEP + 64)
#define COLUMNS_SLACK 64

/* Planes of needs and of sums. Needs that are further apart are compared one by one. */
#define COLUMNS_NEED_PLANES 14
#define COLUMNS_PLANES      (COLUMNS_NEED_PLANES + 1)

/* The planes that are at hand while columns are added. */
#define COLUMNS_LOW 6

/* What comes before the columns of a block. */
struct columns_head {
    columns_vector zeros;
    /* 2^planes - 1 - (need - least), and nothing above it */
    columns_vector start[COLUMNS_PLANES];
    union {
        columns_vector vector; /* for its size */
        struct {
            int32_t least;   /* need of the block; 0 when apart */
            uint16_t planes; /* of start that are not 0 */
            uint16_t apart;  /* needs are too far apart for planes */
        } needs;
    };
};

#define COLUMNS_HEAD (sizeof(struct columns_head) / COLUMNS_BYTES)

static inline size_t
columns_block_bytes(size_t row_bytes)
{
    return (COLUMNS_HEAD + row_bytes * 8) * COLUMNS_BYTES;
}

static size_t
columns_pack_size(size_t nb, size_t row_bytes)
{
    size_t blocks = (nb + COLUMNS_LANES - 1) / COLUMNS_LANES;

    return tally_size_align(blocks * columns_block_bytes(row_bytes), TALLY_ROW_ALIGN);
}

static unsigned
columns_length(uint64_t number)
{
    return number == 0 ? 0 : 64 - (unsigned)__builtin_clzll(number);
}

/* The head of a block of ${n} rows. Lanes past the last start at 0, as little as can be.
 */
static void
columns_pack_head(const int32_t *need, size_t n, uint8_t *block)
{
    struct columns_head head;
    int32_t least = need[0];
    int32_t most = need[0];
    uint64_t *planes = (uint64_t *)(void *)head.start;

    memset(&head, 0, sizeof head);
    for (size_t j = 1; j < n; j++) {
        least = need[j] < least ? need[j] : least;
        most = need[j] > most ? need[j] : most;
    }
    unsigned length = columns_length((uint64_t)(most - least));

    if (length > COLUMNS_NEED_PLANES) {
        head.needs.apart = 1;
    } else {
        head.needs.least = least;
        head.needs.planes = (uint16_t)length;
    }
    for (size_t j = 0; j < n && head.needs.apart == 0; j++) {
        uint64_t start = ((uint64_t)1 << length) - 1 - (uint64_t)(need[j] - least);

        for (unsigned p = 0; p < length; p++) {
            planes[p * (COLUMNS_BYTES / 8) + j / 64] |= (start >> p & 1) << j % 64;
        }
    }
    memcpy(block, &head, sizeof head);
}

/* Columns of word ${word} of up to 512 rows into as many blocks as they fill. */
static void
columns_pack_word(const uint8_t *rows, size_t n, size_t row_bytes, size_t word,
                  uint8_t *blocks)
{
    bits512 turned[64];

    memset(turned, 0, sizeof turned);
    for (size_t j = 0; j < n; j++) {
        memcpy((uint8_t *)&turned[j % 64] + j / 64 * 8, rows + j * row_bytes + word * 8,
               8);
    }
    blocks_turn(turned);
    for (size_t first = 0; first < n; first += COLUMNS_LANES) {
        uint8_t *to = blocks + first / COLUMNS_LANES * columns_block_bytes(row_bytes) +
                      (COLUMNS_HEAD + word * 64) * COLUMNS_BYTES;

        for (size_t c = 0; c < 64; c++) {
            memcpy(to + c * COLUMNS_BYTES, (uint8_t *)&turned[c] + first / 8,
                   COLUMNS_BYTES);
        }
    }
}

static void
columns_pack(const uint8_t *rows, const int32_t *need, size_t nb, size_t row_bytes,
             uint8_t *packed)
{
    const size_t at_once = 8 * sizeof(bits512);
    const size_t block_bytes = columns_block_bytes(row_bytes);

    for (size_t j = 0; j < nb; j += COLUMNS_LANES) {
        columns_pack_head(need + j, nb - j < COLUMNS_LANES ? nb - j : COLUMNS_LANES,
                          packed + j / COLUMNS_LANES * block_bytes);
    }
    for (size_t j = 0; j < nb; j += at_once) {
        size_t n = nb - j < at_once ? nb - j : at_once;

        for (size_t word = 0; word < row_bytes / 8; word++) {
            columns_pack_word(rows + j * row_bytes, n, row_bytes, word,
                              packed + j / COLUMNS_LANES * block_bytes);
        }
    }
}

/* Up to COLUMNS_ROWS rows of A on their way through packed B. */
struct columns_group {
    size_t first; /* number of the first row in the tile */
    size_t n;
    const int32_t *need; /* of the rows */
    const int32_t *need_b;
    /* Hits of row r from out + r * nb, so that they are left in order of rows. */
    struct tally_hit *out;
    size_t nb;
    size_t row_bytes;
    size_t npanels;
    size_t hits[COLUMNS_ROWS];
    uint32_t set[COLUMNS_ROWS]; /* bits of a row */
    /* Where the columns of a row lie in a block: panel by panel, each list filled up. */
    uint32_t start[COLUMNS_ROWS][COLUMNS_PANELS + 1];
    uint32_t list[COLUMNS_ROOM + COLUMNS_SLACK];
};

#ifndef COLUMNS_LIST_WORD
/* Write where the columns of ${word} lie, the first at ${at}, eight at a time: more than
 * there are, which the next will cover. Returns how many there are. */
static inline size_t
columns_list_word(uint64_t word, uint32_t at, uint32_t *to)
{
    size_t n = (size_t)__builtin_popcountll(word);

    for (size_t done = 0; done < n; done += 8) {
#pragma GCC unroll 8
        for (size_t i = 0; i < 8; i++) {
            /* The bit at the top is for when none is left. */
            unsigned column = (unsigned)__builtin_ctzll(word | 1ull << 63);

            to[done + i] = at + column * COLUMNS_BYTES;
            word &= word - 1;
        }
    }
    return n;
}
#define COLUMNS_LIST_WORD columns_list_word
#endif

/* Words of panel ${panel}: as many as of the others, or fewer at the end. */
static inline size_t
columns_panel_words(const struct columns_group *g)
{
    return (g->row_bytes / 8 + g->npanels - 1) / g->npanels;
}

/* List the columns of ${row}, the ${r}th of the group, from list[${at}]. Returns the end.
 */
static uint32_t
columns_list_row(struct columns_group *g, size_t r, const uint8_t *row, uint32_t at)
{
    const size_t words = g->row_bytes / 8;
    const size_t each = columns_panel_words(g);

    g->set[r] = 0;
    for (size_t panel = 0; panel < g->npanels; panel++) {
        size_t end = (panel + 1) * each < words ? (panel + 1) * each : words;
        uint32_t from = at;

        g->start[r][panel] = at;
        for (size_t w = panel * each; w < end; w++) {
            uint64_t word;

            memcpy(&word, row + w * 8, sizeof word);
            at += (uint32_t)COLUMNS_LIST_WORD(
                word, (uint32_t)((COLUMNS_HEAD + w * 64) * COLUMNS_BYTES), g->list + at);
        }
        g->set[r] += at - from;
        /* The zeros at the head of a block. */
        memset(g->list + at, 0, COLUMNS_STEP * sizeof *g->list);
        at = from + (uint32_t)tally_size_align(at - from, COLUMNS_STEP);
    }
    g->start[r][g->npanels] = at;
    return at;
}

/* Take up the next rows of ${na} from ${first}: no more than the lists have room for, nor
 * than ${room} hits allow (room >= nb). */
static void
columns_begin(struct columns_group *g, const uint8_t *a, size_t na, size_t first,
              size_t room)
{
    size_t most = COLUMNS_ROOM / (g->row_bytes * 8 + g->npanels * COLUMNS_STEP);
    uint32_t at = 0;

    most = most < COLUMNS_ROWS ? most : COLUMNS_ROWS;
    most = most < na - first ? most : na - first;
    most = most * g->nb <= room ? most : room / g->nb;
    g->first = first;
    g->n = most;
    for (size_t r = 0; r < g->n; r++) {
        g->hits[r] = 0;
        at = columns_list_row(g, r, a + (first + r) * g->row_bytes, at);
    }
}

#ifndef COLUMNS_PARITY
/* Of three bits: whether an odd number is set, and whether two or more are. */
#define COLUMNS_PARITY(x, y, z)   ((x) ^ (y) ^ (z))
#define COLUMNS_MAJORITY(x, y, z) ((((x) ^ (y)) & (z)) | (~((x) ^ (y)) & (x)))
#endif

/* Add ${x} and ${y} to plane ${sum}. Returns what is carried to the next. */
static inline __attribute__((always_inline)) columns_vector
columns_add(columns_vector *sum, columns_vector x, columns_vector y)
{
    columns_vector before = *sum;

    *sum = COLUMNS_PARITY(x, y, before);
    return COLUMNS_MAJORITY(x, y, before);
}

static inline __attribute__((always_inline)) columns_vector
columns_load(const uint8_t *block, uint32_t at)
{
    return *(const columns_vector *)(const void *)(block + at);
}

/* Add two columns to plane 0 of ${sum}, and four, eight, ... 64 to as many planes more:
 * each half carries into the plane above it. Returns what is carried out of the last. */
static inline __attribute__((always_inline)) columns_vector
columns_add_2(const uint8_t *block, const uint32_t *at, columns_vector *sum)
{
    return columns_add(&sum[0], columns_load(block, at[0]), columns_load(block, at[1]));
}

#define COLUMNS_ADD_TWICE(both, half, plane)                                             \
    static inline __attribute__((always_inline)) columns_vector columns_add_##both(      \
        const uint8_t *block, const uint32_t *at, columns_vector *sum)                   \
    {                                                                                    \
        columns_vector x = columns_add_##half(block, at, sum);                           \
        columns_vector y = columns_add_##half(block, at + half, sum);                    \
                                                                                         \
        return columns_add(&sum[plane], x, y);                                           \
    }

COLUMNS_ADD_TWICE(4, 2, 1)
COLUMNS_ADD_TWICE(8, 4, 2)
COLUMNS_ADD_TWICE(16, 8, 3)
COLUMNS_ADD_TWICE(32, 16, 4)
COLUMNS_ADD_TWICE(64, 32, 5)

/* Carry ${carried} into planes ${from} to ${end} - 1. */
static inline __attribute__((always_inline)) void
columns_carry(columns_vector *planes, size_t from, size_t end, columns_vector carried)
{
    for (size_t p = from; p < end; p++) {
        columns_vector before = planes[p];

        planes[p] = before ^ carried;
        carried &= before;
    }
}

/* Add the columns listed from ${at} to ${end} to those of ${from}: ${nplanes} planes,
 * COLUMNS_LOW or more. */
static inline __attribute__((always_inline)) void
columns_sum(const uint8_t *block, const uint32_t *at, const uint32_t *end,
            const columns_vector *from, columns_vector *planes, size_t nplanes)
{
    columns_vector low[COLUMNS_LOW];

    for (size_t p = 0; p < COLUMNS_LOW; p++) {
        low[p] = from[p];
    }
    for (size_t p = COLUMNS_LOW; p < nplanes; p++) {
        planes[p] = from[p];
    }
    for (; end - at >= 64; at += 64) {
        columns_carry(planes, COLUMNS_LOW, nplanes, columns_add_64(block, at, low));
    }
    if (end - at >= 32) {
        columns_vector carried = columns_add_32(block, at, low);
        columns_vector before = low[5];

        low[5] ^= carried;
        columns_carry(planes, COLUMNS_LOW, nplanes, before & carried);
        at += 32;
    }
    planes[4] = low[4];
    planes[5] = low[5];
    if (end > at) {
        columns_carry(planes, 4, nplanes, columns_add_16(block, at, low));
    }
    for (size_t p = 0; p < 4; p++) {
        planes[p] = low[p];
    }
}

/* What has to be known of a block while the rows pass. */
struct columns_block {
    const uint8_t *at;
    const struct columns_head *head;
    size_t j; /* its first row */
    size_t nplanes;
};

/* What the sum of a lane must reach for row ${r}: above 0, and no more than ${*most},
 * which is what it can reach. */
static inline int64_t
columns_line(const struct columns_group *g, const struct columns_block *b, size_t r,
             int64_t *most)
{
    int64_t top = (1 << b->head->needs.planes) - 1;

    *most = top + g->set[r];
    return b->head->needs.apart != 0 ? 0 : top + g->need[r] + b->head->needs.least;
}

/* Take the hits among ${lanes} out of the sums of row ${r}. Off the hot path: most blocks
 * have none. */
static __attribute__((noinline)) void
columns_emit(struct columns_group *g, const struct columns_block *b, size_t r,
             const columns_vector *planes, columns_vector lanes)
{
    const uint64_t *words = (const uint64_t *)(const void *)planes;
    uint64_t hits[COLUMNS_BYTES / 8];
    int32_t top = (1 << b->head->needs.planes) - 1;

    memcpy(hits, &lanes, sizeof hits);
    for (size_t w = 0; w < COLUMNS_BYTES / 8; w++) {
        for (; hits[w] != 0; hits[w] &= hits[w] - 1) {
            unsigned bit = (unsigned)__builtin_ctzll(hits[w]);
            size_t j = b->j + w * 64 + bit;
            int32_t common = 0;

            if (j >= g->nb) {
                return;
            }
            for (size_t p = 0; p < b->nplanes; p++) {
                common |= (int32_t)(words[p * (COLUMNS_BYTES / 8) + w] >> bit & 1) << p;
            }
            if (b->head->needs.apart == 0) {
                common += g->need_b[j] - b->head->needs.least - top;
            }
            if (common >= g->need[r] + g->need_b[j]) {
                g->out[r * g->nb + g->hits[r]++] = (struct tally_hit){
                    (uint32_t)(g->first + r), (uint32_t)j, (uint32_t)common};
            }
        }
    }
}

/* The lanes of ${nplanes} planes that reach ${line}: those where the sum with what
 * ${line} leaves below a power of two is carried out of the planes. */
static inline __attribute__((always_inline)) columns_vector
columns_reach(const columns_vector *planes, size_t nplanes, uint64_t line)
{
    columns_vector reach = ~(columns_vector){0};

    for (size_t p = 0; p < nplanes; p++) {
        columns_vector left = (columns_vector){0} + ((line >> p & 1) - 1);

        reach = COLUMNS_MAJORITY(planes[p], reach, left);
    }
    return reach;
}

#ifndef COLUMNS_ANY
static inline bool
columns_any(columns_vector v)
{
    uint64_t any = 0;

    for (size_t w = 0; w < COLUMNS_BYTES / 8; w++) {
        any |= v[w];
    }
    return any != 0;
}
#define COLUMNS_ANY columns_any
#endif

/* A block past one group, a panel at a time. */
static inline __attribute__((always_inline)) void
columns_sweep(struct columns_group *g, const struct columns_block *b)
{
    columns_vector planes[COLUMNS_ROWS][COLUMNS_PLANES];

    for (size_t panel = 0; panel < g->npanels; panel++) {
        for (size_t r = 0; r < g->n; r++) {
            int64_t most;
            int64_t line = columns_line(g, b, r, &most);
            columns_vector reach;

            if (line > most) {
                continue;
            }
            columns_sum(b->at, g->list + g->start[r][panel],
                        g->list + g->start[r][panel + 1],
                        panel == 0 ? b->head->start : planes[r], planes[r], b->nplanes);
            if (panel + 1 < g->npanels) {
                continue;
            }
            reach = columns_reach(planes[r], b->nplanes, line > 0 ? (uint64_t)line : 0);
            if (__builtin_expect(COLUMNS_ANY(reach), 0)) {
                columns_emit(g, b, r, planes[r], reach);
            }
        }
    }
}

/* All of packed B past one group. Returns the hits, gaps between the rows' closed. */
static inline __attribute__((always_inline)) size_t
columns_pass(struct columns_group *g, const uint8_t *packed)
{
    size_t hits;

    for (size_t j = 0; j < g->nb; j += COLUMNS_LANES) {
        struct columns_block b = {.at = packed, .j = j};

        b.head = (const struct columns_head *)(const void *)packed;
        b.nplanes =
            columns_length(((uint64_t)1 << b.head->needs.planes) - 1 + g->row_bytes * 8);
        b.nplanes = b.nplanes < COLUMNS_LOW ? COLUMNS_LOW : b.nplanes;
        columns_sweep(g, &b);
        packed += columns_block_bytes(g->row_bytes);
    }
    hits = g->hits[0];
    for (size_t r = 1; r < g->n; r++) {
        memmove(g->out + hits, g->out + r * g->nb, g->hits[r] * sizeof *g->out);
        hits += g->hits[r];
    }
    return hits;
}

static size_t
columns_scan(const uint8_t *a, const int32_t *need_a, size_t na, size_t first_row,
             const uint8_t *packed, const int32_t *need_b, size_t nb, size_t row_bytes,
             struct tally_hit *out, size_t cap, size_t *next_row)
{
    struct columns_group g;
    size_t hits = 0;
    size_t i = first_row;

    g.need_b = need_b;
    g.nb = nb;
    g.row_bytes = row_bytes;
    g.npanels = (row_bytes * 8 + COLUMNS_PANEL - 1) / COLUMNS_PANEL;
    while (i < na && cap - hits >= nb) {
        g.need = need_a + i;
        g.out = out + hits;
        columns_begin(&g, a, na, i, cap - hits);
        hits += columns_pass(&g, packed);
        i += g.n;
    }
    *next_row = i;
    return hits;
}

#endif

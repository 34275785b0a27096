/*
 * The group layout, shared by the vector kernels: B in blocks of as many rows as a vector
 * has 64-bit lanes, and four rows of A against a block at a time. Here is what they have
 * in common; each brings its own layout of a block and its own sweep.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_KERNEL_GROUP_H
#define TALLY_KERNEL_GROUP_H

#include <string.h>

#include "bloom/kernels/kernels.h"

#define GROUP_ROWS 4

/** Up to four rows of A on their way through packed B. */
struct group {
    const uint8_t *rows[GROUP_ROWS]; /* past the last row, the last again */
    int64_t need[GROUP_ROWS];
    size_t first; /* number of rows[0] in the tile */
    size_t n;     /* rows that count, 1 to 4 */
    /* Hits of row r from out + r * nb, so that a sweep in blocks still leaves them in
     * order of rows. */
    struct tally_hit *out;
    size_t nb;
    size_t hits[GROUP_ROWS];
};

/* Take up the next rows from ${first}: no more than there are, nor than ${room} hits
 * allow (room >= nb). */
static inline void
group_begin(struct group *g, const uint8_t *a, const int32_t *need_a, size_t na,
            size_t first, size_t nb, size_t row_bytes, struct tally_hit *out, size_t room)
{
    size_t n = na - first;

    if (n > GROUP_ROWS) {
        n = GROUP_ROWS;
    }
    if (n * nb > room) {
        n = room / nb;
    }
    for (size_t r = 0; r < GROUP_ROWS; r++) {
        size_t row = first + (r < n ? r : n - 1);

        g->rows[r] = a + row * row_bytes;
        g->need[r] = need_a[row];
        g->hits[r] = 0;
    }
    g->first = first;
    g->n = n;
    g->out = out;
    g->nb = nb;
}

/* Row ${r} of the group has ${over} in common with row ${j} beyond its own need, and that
 * reaches the need of the other. */
static inline void
group_add(struct group *g, size_t r, size_t j, int64_t over)
{
    g->out[r * g->nb + g->hits[r]++] = (struct tally_hit){
        (uint32_t)(g->first + r), (uint32_t)j, (uint32_t)(over + g->need[r])};
}

/* Close the gaps between the rows' hits. Returns how many there are. */
static inline size_t
group_end(const struct group *g)
{
    size_t hits = g->hits[0];

    for (size_t r = 1; r < g->n; r++) {
        memmove(g->out + hits, g->out + r * g->nb, g->hits[r] * sizeof *g->out);
        hits += g->hits[r];
    }
    return hits;
}

/* Take all of packed B past one group, handing every hit to group_add in order of rows of
 * B. */
typedef void group_sweep_fn(struct group *g, const uint8_t *packed, const int32_t *need_b,
                            size_t row_bytes);

/* Call ${sweep}, which must be inlined, with the width as a constant where sketches of
 * that width are common: then the compiler knows how many words there are. */
#define GROUP_WIDTH(sweep, g, packed, need_b, words)                                     \
    case (words)*8:                                                                      \
        sweep(g, packed, need_b, (words)*8);                                             \
        break
#define GROUP_SWEEP_WIDTHS(sweep, g, packed, need_b, row_bytes)                          \
    switch (row_bytes) {                                                                 \
        GROUP_WIDTH(sweep, g, packed, need_b, 3);                                        \
        GROUP_WIDTH(sweep, g, packed, need_b, 4);                                        \
        GROUP_WIDTH(sweep, g, packed, need_b, 5);                                        \
        GROUP_WIDTH(sweep, g, packed, need_b, 6);                                        \
        GROUP_WIDTH(sweep, g, packed, need_b, 7);                                        \
        GROUP_WIDTH(sweep, g, packed, need_b, 8);                                        \
        GROUP_WIDTH(sweep, g, packed, need_b, 9);                                        \
        GROUP_WIDTH(sweep, g, packed, need_b, 10);                                       \
        GROUP_WIDTH(sweep, g, packed, need_b, 11);                                       \
        GROUP_WIDTH(sweep, g, packed, need_b, 12);                                       \
        GROUP_WIDTH(sweep, g, packed, need_b, 14);                                       \
        GROUP_WIDTH(sweep, g, packed, need_b, 16);                                       \
        GROUP_WIDTH(sweep, g, packed, need_b, 18);                                       \
        GROUP_WIDTH(sweep, g, packed, need_b, 20);                                       \
        GROUP_WIDTH(sweep, g, packed, need_b, 24);                                       \
        GROUP_WIDTH(sweep, g, packed, need_b, 28);                                       \
        GROUP_WIDTH(sweep, g, packed, need_b, 32);                                       \
    default:                                                                             \
        sweep(g, packed, need_b, row_bytes);                                             \
        break;                                                                           \
    }

/* tally_kernel.scan by ${sweep}. Inlined for each kernel, so that the sweep is called
 * directly. */
static inline __attribute__((always_inline)) size_t
group_scan(group_sweep_fn *sweep, const uint8_t *a, const int32_t *need_a, size_t na,
           size_t first_row, const uint8_t *packed, const int32_t *need_b, size_t nb,
           size_t row_bytes, struct tally_hit *out, size_t cap, size_t *next_row)
{
    size_t hits = 0;
    size_t i = first_row;

    while (i < na && cap - hits >= nb) {
        struct group g;

        group_begin(&g, a, need_a, na, i, nb, row_bytes, out + hits, cap - hits);
        sweep(&g, packed, need_b, row_bytes);
        hits += group_end(&g);
        i += g.n;
    }
    *next_row = i;
    return hits;
}

#endif

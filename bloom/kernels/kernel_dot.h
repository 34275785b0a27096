/*
 * The dot layout, shared by the kernels that multiply sketches of int8_t: B in blocks of
 * 16 rows, four bytes of each side by side, which is what both VPDPBUSD and the tiles of
 * AMX multiply by (Intel calls it VNNI). A block of rows of 64 * n bytes is n tiles of
 * 1024 bytes; rows past the last are zero.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_KERNEL_DOT_H
#define TALLY_KERNEL_DOT_H

#include <string.h>

#include "bloom/kernels/kernels.h"

#define DOT_LANES      16
#define DOT_STEP       4 /* bytes of a row side by side */
#define DOT_TILE_BYTES 1024

/** A need that no score reaches, whatever the other row's need. */
#define DOT_NEED_NEVER (1 << 29)

static inline size_t
dot_pack_size(size_t nb, size_t row_bytes)
{
    return (nb + DOT_LANES - 1) / DOT_LANES * DOT_LANES * row_bytes;
}

static inline void
dot_pack(const uint8_t *rows, const int32_t *need_b, size_t nb, size_t row_bytes,
         uint8_t *packed)
{
    (void)need_b; /* scan has them */
    for (size_t j = 0; j < nb; j += DOT_LANES) {
        size_t n = nb - j < DOT_LANES ? nb - j : DOT_LANES;

        for (size_t at = 0; at < row_bytes; at += DOT_STEP) {
            uint8_t *step = packed + at * DOT_LANES;

            memset(step, 0, DOT_STEP * DOT_LANES);
            for (size_t l = 0; l < n; l++) {
                memcpy(step + l * DOT_STEP, rows + (j + l) * row_bytes + at, DOT_STEP);
            }
        }
        packed += DOT_LANES * row_bytes;
    }
}

/* The needs of a block from row ${j}, up to 16: where they are when the block is full,
 * else in ${tail}, which has place for 16. */
static inline const int32_t *
dot_block_needs(const int32_t *need_b, size_t nb, size_t j, int32_t *tail)
{
    if (nb - j >= DOT_LANES) {
        return need_b + j;
    }
    for (size_t l = 0; l < DOT_LANES; l++) {
        tail[l] = j + l < nb ? need_b[j + l] : DOT_NEED_NEVER;
    }
    return tail;
}

#endif

/*
 * The portable kernel: with kernel_rows.h the specification of what every kernel
 * computes, for any processor, written to be read.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/kernels/kernel_products.h"
#include "bloom/kernels/kernel_rows.h"
#include "bloom/kernels/kernel_blocks.h"
#include "bloom/kernels/kernel_set.h"

/* Counts of 2, 4, then 8 bits side by side; the product adds the eight bytes up at the
 * top. */
static inline uint32_t
popcount64(uint64_t x)
{
    x -= x >> 1 & 0x5555555555555555u;
    x = (x & 0x3333333333333333u) + (x >> 2 & 0x3333333333333333u);
    x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0fu;
    return (uint32_t)(x * 0x0101010101010101u >> 56);
}

static inline uint32_t
portable_and_popcount(const uint8_t *x, const uint8_t *y, size_t row_bytes)
{
    uint32_t common = 0;

    for (size_t at = 0; at < row_bytes; at += sizeof(uint64_t)) {
        uint64_t u;
        uint64_t v;

        memcpy(&u, x + at, sizeof u);
        memcpy(&v, y + at, sizeof v);
        common += popcount64(u & v);
    }
    return common;
}

static size_t
portable_scan(const uint8_t *a, const int32_t *need_a, size_t na, size_t first_row,
              const uint8_t *packed, const int32_t *need_b, size_t nb, size_t row_bytes,
              struct tally_hit *out, size_t cap, size_t *next_row)
{
    return rows_scan(portable_and_popcount, a, need_a, na, first_row, packed, need_b, nb,
                     row_bytes, out, cap, next_row);
}

const struct tally_kernel tally_kernel_portable = {
    .name = "portable",
    .level = TALLY_CPU_PORTABLE,
    .common = {rows_pack_size, rows_pack, portable_scan},
    .and_popcount = portable_and_popcount,
    .products = products_groups,
    .turn = blocks_turn,
    .sum = blocks_sum,
    .unite = blocks_unite,
};

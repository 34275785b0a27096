/*
 * The NEON kernel, which every 64-bit ARM has: columns of 128 rows. A full adder is three
 * operations, one of them BSL. Single pairs are counted by CNT, a byte at a time.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/kernels/kernel_set.h"

#if defined(__aarch64__)

#include <arm_neon.h>

#include "bloom/kernels/kernel_columns.h"
#include "bloom/kernels/kernel_products.h"

static uint32_t
neon_and_popcount(const uint8_t *x, const uint8_t *y, size_t row_bytes)
{
    uint32_t common = 0;

    for (size_t at = 0; at < row_bytes; at += 16) {
        common += vaddvq_u8(vcntq_u8(vandq_u8(vld1q_u8(x + at), vld1q_u8(y + at))));
    }
    return common;
}

const struct tally_kernel tally_kernel_neon = {
    .name = "neon",
    .level = TALLY_CPU_NEON,
    .common = {columns_pack_size, columns_pack, columns_scan},
    .and_popcount = neon_and_popcount,
    .products = products_groups,
    .turn = blocks_turn,
    .sum = blocks_sum,
    .unite = blocks_unite,
};

#endif

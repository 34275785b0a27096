/*
 * The NEON kernel, which every 64-bit ARM has: CNT counts the bits of bytes. A block of B
 * is four rows, a 64-bit lane each in two vectors, word by word; words of A are broadcast
 * against it, so that bytes add up down a row and are widened once a block. A pair costs
 * three operations for two words.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/kernels/kernel_products.h"
#include "bloom/kernels/kernel_set.h"

#if defined(__aarch64__)

#include <arm_neon.h>
#include <stdbool.h>

#include "bloom/base/size.h"
#include "bloom/kernels/kernel_blocks.h"
#include "bloom/kernels/kernel_group.h"

#define LANES 4
#define PAIRS (LANES / 2) /* vectors of a word of a block */

/* Bytes of a row that are counted before byte counts are widened: 31 words of at most 8 a
 * byte. */
#define RUN_BYTES (31 * 8)

static size_t
neon_pack_size(size_t nb, size_t row_bytes)
{
    return tally_size_align((nb + LANES - 1) / LANES * LANES * row_bytes,
                            TALLY_ROW_ALIGN);
}

static void
neon_pack(const uint8_t *rows, size_t nb, size_t row_bytes, uint8_t *packed)
{
    for (size_t j = 0; j < nb; j += LANES) {
        for (size_t at = 0; at < row_bytes; at += 8) {
            uint64_t words[LANES] = {0};

            for (size_t l = 0; l < LANES && j + l < nb; l++) {
                memcpy(&words[l], rows + (j + l) * row_bytes + at, sizeof words[l]);
            }
            memcpy(packed, words, sizeof words);
            packed += sizeof words;
        }
    }
}

/* Counts of one word of a row against the same word of two rows, by bytes. */
static inline uint8x16_t
word_counts(const uint8_t *a, uint8x16_t b)
{
    uint64_t word;

    memcpy(&word, a, sizeof word);
    return vcntq_u8(vandq_u8(b, vreinterpretq_u8_u64(vdupq_n_u64(word))));
}

static inline int64x2_t
widen(uint8x16_t counts)
{
    return vreinterpretq_s64_u64(vpaddlq_u32(vpaddlq_u16(vpaddlq_u8(counts))));
}

/* Add to ${sum} what the four rows have in common with ${block}, by 64-bit lanes. */
static inline __attribute__((always_inline)) void
add_block(const uint8_t *const rows[GROUP_ROWS], const uint8_t *block, size_t row_bytes,
          int64x2_t sum[GROUP_ROWS][PAIRS])
{
    for (size_t first = 0; first < row_bytes; first += RUN_BYTES) {
        size_t end = first + RUN_BYTES < row_bytes ? first + RUN_BYTES : row_bytes;
        uint8x16_t counts[GROUP_ROWS][PAIRS] = {{{0}}};

#pragma GCC unroll 16
        for (size_t at = first; at < end; at += 8) {
            uint8x16_t low = vld1q_u8(block);
            uint8x16_t high = vld1q_u8(block + 16);

#pragma GCC unroll 4
            for (size_t r = 0; r < GROUP_ROWS; r++) {
                counts[r][0] = vaddq_u8(counts[r][0], word_counts(rows[r] + at, low));
                counts[r][1] = vaddq_u8(counts[r][1], word_counts(rows[r] + at, high));
            }
            block += LANES * 8;
        }
#pragma GCC unroll 4
        for (size_t r = 0; r < GROUP_ROWS; r++) {
            sum[r][0] = vaddq_s64(sum[r][0], widen(counts[r][0]));
            sum[r][1] = vaddq_s64(sum[r][1], widen(counts[r][1]));
        }
    }
}

/* Whether any lane of any row reaches the need of its row of B. */
static inline bool
any_hit(int64x2_t surplus[GROUP_ROWS][PAIRS], const int32_t *need_b)
{
    int32x4_t need = vld1q_s32(need_b);
    int64x2_t low = vmovl_s32(vget_low_s32(need));
    int64x2_t high = vmovl_s32(vget_high_s32(need));
    uint64x2_t hit = vdupq_n_u64(0);

#pragma GCC unroll 4
    for (size_t r = 0; r < GROUP_ROWS; r++) {
        hit = vorrq_u64(hit, vcgeq_s64(surplus[r][0], low));
        hit = vorrq_u64(hit, vcgeq_s64(surplus[r][1], high));
    }
    return vmaxvq_u32(vreinterpretq_u32_u64(hit)) != 0;
}

/* Take the hits out of a block that has any, row by row. Most blocks have none. */
static __attribute__((noinline)) void
take_hits(struct group *g, const int64_t lanes[GROUP_ROWS * LANES], size_t j,
          const int32_t *need_b)
{
    for (size_t r = 0; r < g->n; r++) {
        for (size_t l = 0; l < LANES && j + l < g->nb; l++) {
            if (lanes[r * LANES + l] >= need_b[j + l]) {
                group_add(g, r, j + l, lanes[r * LANES + l]);
            }
        }
    }
}

/* All of packed B past one group. */
static inline __attribute__((always_inline)) void
sweep(struct group *g, const uint8_t *packed, const int32_t *need_b, size_t row_bytes)
{
    const uint8_t *const rows[GROUP_ROWS] = {g->rows[0], g->rows[1], g->rows[2],
                                             g->rows[3]};
    const size_t nb = g->nb;
    const size_t full = nb / LANES * LANES;
    int32_t tail[LANES];

    for (size_t l = 0; l < LANES; l++) {
        tail[l] = full + l < nb ? need_b[full + l] : TALLY_NEED_MAX;
    }
    for (size_t j = 0; j < nb; j += LANES) {
        int64x2_t surplus[GROUP_ROWS][PAIRS];

        for (size_t r = 0; r < GROUP_ROWS; r++) {
            surplus[r][0] = surplus[r][1] = vdupq_n_s64(-g->need[r]);
        }
        add_block(rows, packed, row_bytes, surplus);
        packed += LANES * row_bytes;
        if (__builtin_expect(any_hit(surplus, j < full ? need_b + j : tail), 0)) {
            int64_t lanes[GROUP_ROWS * LANES];

            memcpy(lanes, surplus, sizeof lanes);
            take_hits(g, lanes, j, need_b);
        }
    }
}

static void
sweep_width(struct group *g, const uint8_t *packed, const int32_t *need_b,
            size_t row_bytes)
{
    GROUP_SWEEP_WIDTHS(sweep, g, packed, need_b, row_bytes);
}

static size_t
neon_scan(const uint8_t *a, const int32_t *need_a, size_t na, size_t first_row,
          const uint8_t *packed, const int32_t *need_b, size_t nb, size_t row_bytes,
          struct tally_hit *out, size_t cap, size_t *next_row)
{
    return group_scan(sweep_width, a, need_a, na, first_row, packed, need_b, nb,
                      row_bytes, out, cap, next_row);
}

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
    .common = {neon_pack_size, neon_pack, neon_scan},
    .and_popcount = neon_and_popcount,
    .products = products_rows,
    .turn = blocks_turn,
    .sum = blocks_sum,
};

#endif

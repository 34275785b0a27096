/*
 * The AVX-512 kernel: VPOPCNTQ. A block of B is eight rows, a 64-bit lane each, word by
 * word; rows of A are broadcast against it. A pair costs three operations for eight
 * words, which is all the two ports allow: about 1.5 cycles for 512 bits and 3 for 1024.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/kernels/kernel_set.h"

#if defined(__x86_64__)

#include <immintrin.h>

#include "bloom/kernels/kernel_blocks.h"
#include "bloom/kernels/kernel_group.h"
#define PRODUCTS_VECTOR       __m512i
#define PRODUCTS_STEP         32
#define PRODUCTS_ZERO()       _mm512_setzero_si512()
#define PRODUCTS_LOAD(p)      _mm512_loadu_si512(p)
#define PRODUCTS_ADD(s, x, y) _mm512_add_epi32((s), _mm512_madd_epi16((x), (y)))
#define PRODUCTS_SUM(v)       _mm512_reduce_add_epi32(v)
#include "bloom/kernels/kernel_products.h"

#define LANES 8

static size_t
avx512_pack_size(size_t nb, size_t row_bytes)
{
    return (nb + LANES - 1) / LANES * LANES * row_bytes;
}

static void
avx512_pack(const uint8_t *rows, size_t nb, size_t row_bytes, uint8_t *packed)
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

/* Counts of one word of a row against the same word of a block. */
static inline __m512i
word_counts(const uint8_t *a, __m512i b)
{
    long long word;

    memcpy(&word, a, sizeof word);
    return _mm512_popcnt_epi64(_mm512_and_epi64(b, _mm512_set1_epi64(word)));
}

/* Add to ${sum} what the four rows have in common with ${block}. */
static inline __attribute__((always_inline)) void
add_block(const uint8_t *const rows[GROUP_ROWS], const uint8_t *block, size_t row_bytes,
          __m512i sum[GROUP_ROWS])
{
#pragma GCC unroll 16
    for (size_t at = 0; at < row_bytes; at += 8) {
        __m512i b = _mm512_load_si512(block + at * LANES);

        sum[0] = _mm512_add_epi64(sum[0], word_counts(rows[0] + at, b));
        sum[1] = _mm512_add_epi64(sum[1], word_counts(rows[1] + at, b));
        sum[2] = _mm512_add_epi64(sum[2], word_counts(rows[2] + at, b));
        sum[3] = _mm512_add_epi64(sum[3], word_counts(rows[3] + at, b));
    }
}

/* Whether any lane of any row reaches the need of its row of B. Surpluses and needs fit
 * the low half of a lane. */
static inline int
any_hit(const __m512i surplus[GROUP_ROWS], const int32_t *need_b)
{
    __m512i most = _mm512_max_epi32(_mm512_max_epi32(surplus[0], surplus[1]),
                                    _mm512_max_epi32(surplus[2], surplus[3]));
    __m512i need =
        _mm512_cvtepi32_epi64(_mm256_loadu_si256((const __m256i *)(const void *)need_b));

    return _mm512_mask_cmpge_epi32_mask(0x5555, most, need) != 0;
}

/* Take the hits out of a block from row ${j}. Off the hot path: most blocks have none. */
static __attribute__((noinline)) void
emit(struct group *g, const __m512i surplus[GROUP_ROWS], size_t j, const int32_t *need_b)
{
    __m512i need =
        _mm512_cvtepi32_epi64(_mm256_loadu_si256((const __m256i *)(const void *)need_b));

    for (size_t r = 0; r < g->n; r++) {
        unsigned mask = _mm512_mask_cmpge_epi32_mask(0x5555, surplus[r], need);
        int64_t lanes[LANES];

        if (mask == 0) {
            continue;
        }
        _mm512_storeu_si512(lanes, surplus[r]);
        for (; mask != 0; mask &= mask - 1) {
            size_t l = (size_t)__builtin_ctz(mask) / 2;

            if (j + l < g->nb) {
                group_add(g, r, j + l, lanes[l]);
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
    const __m512i start[GROUP_ROWS] = {
        _mm512_set1_epi64(-g->need[0]), _mm512_set1_epi64(-g->need[1]),
        _mm512_set1_epi64(-g->need[2]), _mm512_set1_epi64(-g->need[3])};
    const size_t nb = g->nb;
    const size_t full = nb / LANES * LANES;
    int32_t tail[LANES];

    for (size_t l = 0; l < LANES; l++) {
        tail[l] = full + l < nb ? need_b[full + l] : TALLY_NEED_MAX;
    }
    for (size_t j = 0; j < nb; j += LANES) {
        __m512i surplus[GROUP_ROWS] = {start[0], start[1], start[2], start[3]};

        add_block(rows, packed, row_bytes, surplus);
        packed += LANES * row_bytes;
        const int32_t *need = j < full ? need_b + j : tail;

        if (__builtin_expect(any_hit(surplus, need), 0)) {
            emit(g, surplus, j, need);
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
avx512_scan(const uint8_t *a, const int32_t *need_a, size_t na, size_t first_row,
            const uint8_t *packed, const int32_t *need_b, size_t nb, size_t row_bytes,
            struct tally_hit *out, size_t cap, size_t *next_row)
{
    return group_scan(sweep_width, a, need_a, na, first_row, packed, need_b, nb,
                      row_bytes, out, cap, next_row);
}

static uint32_t
avx512_and_popcount(const uint8_t *x, const uint8_t *y, size_t row_bytes)
{
    __m512i sum = _mm512_setzero_si512();

    for (size_t at = 0; at < row_bytes; at += 64) {
        __m512i common =
            _mm512_and_si512(_mm512_load_si512(x + at), _mm512_load_si512(y + at));

        sum = _mm512_add_epi64(sum, _mm512_popcnt_epi64(common));
    }
    return (uint32_t)_mm512_reduce_add_epi64(sum);
}

const struct tally_kernel tally_kernel_avx512 = {
    .name = "avx512",
    .level = TALLY_CPU_AVX512,
    .common = {avx512_pack_size, avx512_pack, avx512_scan},
    .and_popcount = avx512_and_popcount,
    .products = products_rows,
    .turn = blocks_turn,
    .sum = blocks_sum,
};

#endif

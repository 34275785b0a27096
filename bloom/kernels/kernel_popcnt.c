/*
 * The POPCNT kernel: columns of 128 rows in the registers that every x86-64 has. Single
 * pairs are counted by one 64-bit popcount instruction a word.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/kernels/kernel_set.h"

#if defined(__x86_64__)

#include <emmintrin.h>

#include "bloom/kernels/kernel_columns.h"

static inline __m128i
spread_pair(const int16_t *p)
{
    int32_t pair;

    memcpy(&pair, p, sizeof pair);
    return _mm_set1_epi32(pair);
}

#define PRODUCTS_VECTOR       __m128i
#define PRODUCTS_LANES        4
#define PRODUCTS_ROWS         2
#define PRODUCTS_ZERO()       _mm_setzero_si128()
#define PRODUCTS_LOAD(p)      _mm_load_si128((const void *)(p))
#define PRODUCTS_SPREAD(p)    spread_pair(p)
#define PRODUCTS_ADD(s, x, y) _mm_add_epi32((s), _mm_madd_epi16((x), (y)))
#define PRODUCTS_STORE(p, s)  _mm_store_si128((void *)(p), (s))
#include "bloom/kernels/kernel_products.h"

static inline uint64_t
and_count(const uint8_t *x, const uint8_t *y)
{
    uint64_t u;
    uint64_t v;

    memcpy(&u, x, sizeof u);
    memcpy(&v, y, sizeof v);
    return (uint64_t)__builtin_popcountll(u & v);
}

/* Four words a turn in two sums, so that the additions do not wait for each other. */
static inline __attribute__((always_inline)) uint32_t
popcnt_and_popcount(const uint8_t *x, const uint8_t *y, size_t row_bytes)
{
    uint64_t even = 0;
    uint64_t odd = 0;
    size_t at = 0;

#pragma GCC unroll 4
    for (; at + 32 <= row_bytes; at += 32) {
        even += and_count(x + at, y + at);
        odd += and_count(x + at + 8, y + at + 8);
        even += and_count(x + at + 16, y + at + 16);
        odd += and_count(x + at + 24, y + at + 24);
    }
    for (; at < row_bytes; at += 8) {
        even += and_count(x + at, y + at);
    }
    return (uint32_t)(even + odd);
}

const struct tally_kernel tally_kernel_popcnt = {
    .name = "popcnt",
    .level = TALLY_CPU_POPCNT,
    .common = {columns_pack_size, columns_pack, columns_scan},
    .and_popcount = popcnt_and_popcount,
    .products = products_groups,
    .turn = blocks_turn,
    .sum = blocks_sum,
    .unite = blocks_unite,
};

#endif

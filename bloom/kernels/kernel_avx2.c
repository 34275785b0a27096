/*
 * The AVX2 kernel: columns of 256 rows. A full adder is five operations, of which three
 * start a cycle. Single pairs are counted by POPCNT.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/kernels/kernel_set.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define COLUMNS_BYTES  32
#define COLUMNS_ANY(v) (_mm256_testz_si256((__m256i)(v), (__m256i)(v)) == 0)
#include "bloom/kernels/kernel_columns.h"

static inline __m256i
spread_pair(const int16_t *p)
{
    int32_t pair;

    memcpy(&pair, p, sizeof pair);
    return _mm256_set1_epi32(pair);
}

#define PRODUCTS_VECTOR       __m256i
#define PRODUCTS_LANES        8
#define PRODUCTS_ROWS         4
#define PRODUCTS_ZERO()       _mm256_setzero_si256()
#define PRODUCTS_LOAD(p)      _mm256_load_si256((const void *)(p))
#define PRODUCTS_SPREAD(p)    spread_pair(p)
#define PRODUCTS_ADD(s, x, y) _mm256_add_epi32((s), _mm256_madd_epi16((x), (y)))
#define PRODUCTS_STORE(p, s)  _mm256_store_si256((void *)(p), (s))
#include "bloom/kernels/kernel_products.h"

static uint32_t
avx2_and_popcount(const uint8_t *x, const uint8_t *y, size_t row_bytes)
{
    uint64_t common = 0;

    for (size_t at = 0; at < row_bytes; at += 8) {
        uint64_t u;
        uint64_t v;

        memcpy(&u, x + at, sizeof u);
        memcpy(&v, y + at, sizeof v);
        common += (uint64_t)__builtin_popcountll(u & v);
    }
    return (uint32_t)common;
}

const struct tally_kernel tally_kernel_avx2 = {
    .name = "avx2",
    .level = TALLY_CPU_AVX2,
    .common = {columns_pack_size, columns_pack, columns_scan},
    .and_popcount = avx2_and_popcount,
    .products = products_groups,
    .turn = blocks_turn,
    .sum = blocks_sum,
    .unite = blocks_unite,
};

#endif

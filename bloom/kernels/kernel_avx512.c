/*
 * The AVX-512 kernel: columns of 512 rows, added by VPTERNLOG, which takes two of them
 * for a full adder. Two start a cycle, so that a column of a row that has it costs a
 * cycle for 512 pairs. Single pairs are counted by VPOPCNTQ.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/kernels/kernel_set.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define COLUMNS_BYTES 64

/* Truth tables: a bit for each of the eight cases of three bits. */
#define COLUMNS_PARITY(x, y, z)                                                          \
    ((columns_vector)_mm512_ternarylogic_epi64((__m512i)(x), (__m512i)(y), (__m512i)(z), \
                                               0x96))
#define COLUMNS_MAJORITY(x, y, z)                                                        \
    ((columns_vector)_mm512_ternarylogic_epi64((__m512i)(x), (__m512i)(y), (__m512i)(z), \
                                               0xe8))

#define COLUMNS_ANY(v) (_mm512_test_epi64_mask((__m512i)(v), (__m512i)(v)) != 0)

/* Sixteen numbers at a time, those of bits that are set moved together. */
static inline size_t
list_word(uint64_t word, uint32_t at, uint32_t *to)
{
    const __m512i steps =
        _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    const uint32_t *from = to;

    for (unsigned shift = 0; shift < 64; shift += 16) {
        __mmask16 set = (__mmask16)(word >> shift);
        __m512i numbers =
            _mm512_add_epi32(_mm512_set1_epi32((int)(at + shift * COLUMNS_BYTES)),
                             _mm512_slli_epi32(steps, 6));

        _mm512_storeu_si512(to, _mm512_maskz_compress_epi32(set, numbers));
        to += __builtin_popcount(set);
    }
    return (size_t)(to - from);
}
#define COLUMNS_LIST_WORD list_word
#include "bloom/kernels/kernel_columns.h"

static inline __m512i
spread_pair(const int16_t *p)
{
    int32_t pair;

    memcpy(&pair, p, sizeof pair);
    return _mm512_set1_epi32(pair);
}

#define PRODUCTS_VECTOR       __m512i
#define PRODUCTS_LANES        16
#define PRODUCTS_ROWS         16
#define PRODUCTS_ZERO()       _mm512_setzero_si512()
#define PRODUCTS_LOAD(p)      _mm512_load_si512(p)
#define PRODUCTS_SPREAD(p)    spread_pair(p)
#define PRODUCTS_ADD(s, x, y) _mm512_dpwssd_epi32((s), (x), (y))
#define PRODUCTS_STORE(p, s)  _mm512_store_si512((p), (s))
#include "bloom/kernels/kernel_products.h"

static uint32_t
avx512_and_popcount(const uint8_t *x, const uint8_t *y, size_t row_bytes)
{
    __m512i sum = _mm512_setzero_si512();

    for (size_t at = 0; at < row_bytes; at += 64) {
        __m512i common =
            _mm512_and_si512(_mm512_loadu_si512(x + at), _mm512_loadu_si512(y + at));

        sum = _mm512_add_epi64(sum, _mm512_popcnt_epi64(common));
    }
    return (uint32_t)_mm512_reduce_add_epi64(sum);
}

const struct tally_kernel tally_kernel_avx512 = {
    .name = "avx512",
    .level = TALLY_CPU_AVX512,
    .common = {columns_pack_size, columns_pack, columns_scan},
    .and_popcount = avx512_and_popcount,
    .products = products_groups,
    .turn = blocks_turn,
    .sum = blocks_sum,
    .unite = blocks_unite,
};

#endif

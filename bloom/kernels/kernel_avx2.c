/*
 * The AVX2 kernel: nibbles through a table of bit counts. A block of B is four rows, a
 * 64-bit lane each, word by word, already split into low and high nibbles; rows of A are
 * broadcast against it, so that no sum runs across lanes.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/kernels/kernel_set.h"

#if defined(__x86_64__)

#include <immintrin.h>

#include "bloom/kernels/kernel_blocks.h"
#include "bloom/kernels/kernel_group.h"
static inline int32_t
sum_lanes(__m256i v)
{
    __m128i w =
        _mm_add_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));

    w = _mm_add_epi32(w, _mm_shuffle_epi32(w, 0x4e));
    w = _mm_add_epi32(w, _mm_shuffle_epi32(w, 0xb1));
    return _mm_cvtsi128_si32(w);
}

#define PRODUCTS_VECTOR       __m256i
#define PRODUCTS_STEP         16
#define PRODUCTS_ZERO()       _mm256_setzero_si256()
#define PRODUCTS_LOAD(p)      _mm256_loadu_si256((const void *)(p))
#define PRODUCTS_ADD(s, x, y) _mm256_add_epi32((s), _mm256_madd_epi16((x), (y)))
#define PRODUCTS_SUM(v)       sum_lanes(v)
#include "bloom/kernels/kernel_products.h"

#define LANES 4

/* The rows of a group shifted right by a nibble, to go with the high nibbles of B. */
struct shifted {
    uint64_t words[GROUP_ROWS][TALLY_ROW_BYTES_MAX / 8];
};

static size_t
avx2_pack_size(size_t nb, size_t row_bytes)
{
    return (nb + LANES - 1) / LANES * LANES * row_bytes * 2;
}

static void
avx2_pack(const uint8_t *rows, size_t nb, size_t row_bytes, uint8_t *packed)
{
    const uint64_t nibbles = 0x0f0f0f0f0f0f0f0fu;

    for (size_t j = 0; j < nb; j += LANES) {
        for (size_t at = 0; at < row_bytes; at += 8) {
            uint64_t low[LANES] = {0};
            uint64_t high[LANES] = {0};

            for (size_t l = 0; l < LANES && j + l < nb; l++) {
                uint64_t word;

                memcpy(&word, rows + (j + l) * row_bytes + at, sizeof word);
                low[l] = word & nibbles;
                high[l] = word >> 4 & nibbles;
            }
            memcpy(packed, low, sizeof low);
            memcpy(packed + sizeof low, high, sizeof high);
            packed += sizeof low + sizeof high;
        }
    }
}

static void
shift_rows(const struct group *g, size_t row_bytes, struct shifted *out)
{
    for (size_t r = 0; r < GROUP_ROWS; r++) {
        for (size_t at = 0; at < row_bytes; at += 8) {
            uint64_t word;

            memcpy(&word, g->rows[r] + at, sizeof word);
            out->words[r][at / 8] = word >> 4;
        }
    }
}

static inline __m256i
broadcast(const void *word)
{
    long long value;

    memcpy(&value, word, sizeof value);
    return _mm256_set1_epi64x(value);
}

/* Counts of one word of a row against the same word of a block, by bytes. The nibble
 * masks of B do for A. */
static inline __m256i
word_counts(const uint8_t *a, const uint64_t *a_shifted, __m256i low, __m256i high)
{
    const __m256i table =
        _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1, 2, 1, 2,
                         2, 3, 1, 2, 2, 3, 2, 3, 3, 4);

    low = _mm256_and_si256(low, broadcast(a));
    high = _mm256_and_si256(high, broadcast(a_shifted));
    return _mm256_add_epi8(_mm256_shuffle_epi8(table, low),
                           _mm256_shuffle_epi8(table, high));
}

/* Bytes of a row that are counted before byte counts are widened: 31 words of at most 8 a
 * byte. */
#define RUN_BYTES (31 * 8)

/* Add to ${sum} what the four rows have in common with ${block}, by 64-bit lanes. */
static inline __attribute__((always_inline)) void
add_block(const uint8_t *const rows[GROUP_ROWS], const struct shifted *s,
          const uint8_t *block, size_t row_bytes, __m256i sum[GROUP_ROWS])
{
    const __m256i zero = _mm256_setzero_si256();

    for (size_t first = 0; first < row_bytes; first += RUN_BYTES) {
        size_t end = first + RUN_BYTES < row_bytes ? first + RUN_BYTES : row_bytes;
        __m256i c0 = zero;
        __m256i c1 = zero;
        __m256i c2 = zero;
        __m256i c3 = zero;

#pragma GCC unroll 16
        for (size_t at = first; at < end; at += 8) {
            __m256i low = _mm256_load_si256((const __m256i *)(const void *)block);
            __m256i high = _mm256_load_si256((const __m256i *)(const void *)(block + 32));

            c0 = _mm256_add_epi8(
                c0, word_counts(rows[0] + at, &s->words[0][at / 8], low, high));
            c1 = _mm256_add_epi8(
                c1, word_counts(rows[1] + at, &s->words[1][at / 8], low, high));
            c2 = _mm256_add_epi8(
                c2, word_counts(rows[2] + at, &s->words[2][at / 8], low, high));
            c3 = _mm256_add_epi8(
                c3, word_counts(rows[3] + at, &s->words[3][at / 8], low, high));
            block += 64;
        }
        sum[0] = _mm256_add_epi64(sum[0], _mm256_sad_epu8(c0, zero));
        sum[1] = _mm256_add_epi64(sum[1], _mm256_sad_epu8(c1, zero));
        sum[2] = _mm256_add_epi64(sum[2], _mm256_sad_epu8(c2, zero));
        sum[3] = _mm256_add_epi64(sum[3], _mm256_sad_epu8(c3, zero));
    }
}

/* Whether any lane of any row reaches the need of its row of B. Surpluses and needs fit
 * the low half of a lane. */
static inline int
any_hit(const __m256i surplus[GROUP_ROWS], const int32_t *need_b)
{
    __m256i most = _mm256_max_epi32(_mm256_max_epi32(surplus[0], surplus[1]),
                                    _mm256_max_epi32(surplus[2], surplus[3]));
    __m256i need =
        _mm256_cvtepi32_epi64(_mm_loadu_si128((const __m128i *)(const void *)need_b));
    int below = _mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpgt_epi32(need, most)));

    return (below & 0x55) != 0x55;
}

/* Take the hits out of a block from row ${j}. Off the hot path: most blocks have none. */
static __attribute__((noinline)) void
emit(struct group *g, const __m256i surplus[GROUP_ROWS], size_t j, const int32_t *need_b)
{
    __m256i need =
        _mm256_cvtepi32_epi64(_mm_loadu_si128((const __m128i *)(const void *)need_b));

    for (size_t r = 0; r < g->n; r++) {
        __m256i below = _mm256_cmpgt_epi32(need, surplus[r]);
        unsigned mask = ~(unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(below)) & 0x55;
        int64_t lanes[LANES];

        if (mask == 0) {
            continue;
        }
        _mm256_storeu_si256((__m256i *)(void *)lanes, surplus[r]);
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
    const __m256i start[GROUP_ROWS] = {
        _mm256_set1_epi64x(-g->need[0]), _mm256_set1_epi64x(-g->need[1]),
        _mm256_set1_epi64x(-g->need[2]), _mm256_set1_epi64x(-g->need[3])};
    const size_t nb = g->nb;
    const size_t full = nb / LANES * LANES;
    int32_t tail[LANES];
    struct shifted s;

    shift_rows(g, row_bytes, &s);
    for (size_t l = 0; l < LANES; l++) {
        tail[l] = full + l < nb ? need_b[full + l] : TALLY_NEED_MAX;
    }
    for (size_t j = 0; j < nb; j += LANES) {
        __m256i surplus[GROUP_ROWS] = {start[0], start[1], start[2], start[3]};

        add_block(rows, &s, packed, row_bytes, surplus);
        packed += LANES * row_bytes * 2;
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
avx2_scan(const uint8_t *a, const int32_t *need_a, size_t na, size_t first_row,
          const uint8_t *packed, const int32_t *need_b, size_t nb, size_t row_bytes,
          struct tally_hit *out, size_t cap, size_t *next_row)
{
    return group_scan(sweep_width, a, need_a, na, first_row, packed, need_b, nb,
                      row_bytes, out, cap, next_row);
}

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
    .common = {avx2_pack_size, avx2_pack, avx2_scan},
    .and_popcount = avx2_and_popcount,
    .products = products_rows,
    .turn = blocks_turn,
    .sum = blocks_sum,
};

#endif

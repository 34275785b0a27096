/*
 * Dot products of int8_t by AVX-512 VNNI: eight rows of A, four bytes of each broadcast,
 * against a block of 16 rows of B. VPDPBUSD takes one side without a sign, so B is moved
 * up by 128 and what that adds, 128 times the sum of the row of A, is taken off the
 * start. Two instructions a cycle, each 64 products: at best 1.5 cycles a pair of 192
 * bytes.
 *
 * That is slower than counting the bits of a fold (measured on CLKs of 1024 and 2048
 * bits), so it is only for what AMX leaves.
 *
 * Projection adds columns up, 64 numbers a set bit, and is bound by loading them.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/kernels/kernel_dot.h"
#include "bloom/kernels/kernel_project.h"
#include "bloom/kernels/kernel_set.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define ROWS 8

struct rows {
    const uint8_t *at[ROWS]; /* past the last row, the last again */
    __m512i start[ROWS];     /* what moving B adds and the need of the row, taken off */
    int32_t need[ROWS];
    size_t first; /* number of at[0] in the tile */
    size_t n;
    struct tally_hit *out; /* hits of row r from out + r * nb */
    size_t hits[ROWS];
};

static int32_t
row_sum(const uint8_t *row, size_t row_bytes)
{
    __m512i sum = _mm512_setzero_si512();

    for (size_t at = 0; at < row_bytes; at += 64) {
        sum = _mm512_dpbusd_epi32(sum, _mm512_set1_epi8(1), _mm512_loadu_si512(row + at));
    }
    return _mm512_reduce_add_epi32(sum);
}

static void
rows_begin(struct rows *r, const uint8_t *a, const int32_t *need_a, size_t row_bytes)
{
    for (size_t x = 0; x < ROWS; x++) {
        size_t row = r->first + (x < r->n ? x : r->n - 1);

        r->at[x] = a + row * row_bytes;
        r->need[x] = need_a[row];
        r->start[x] = _mm512_set1_epi32(-128 * row_sum(r->at[x], row_bytes) - r->need[x]);
        r->hits[x] = 0;
    }
}

/* What the rows score with ${block} beyond their own needs. */
static inline __attribute__((always_inline)) void
score_block(const struct rows *r, const uint8_t *block, size_t row_bytes,
            __m512i over[ROWS])
{
    const __m512i up = _mm512_set1_epi8(-128);

    for (size_t x = 0; x < ROWS; x++) {
        over[x] = r->start[x];
    }
    for (size_t at = 0; at < row_bytes; at += DOT_STEP) {
        __m512i b = _mm512_xor_si512(_mm512_load_si512(block + at * DOT_LANES), up);

#pragma GCC unroll 8
        for (size_t x = 0; x < ROWS; x++) {
            int32_t four;

            memcpy(&four, r->at[x] + at, sizeof four);
            over[x] = _mm512_dpbusd_epi32(over[x], b, _mm512_set1_epi32(four));
        }
    }
}

/* Off the hot path: most blocks have no hit. */
static __attribute__((noinline)) void
emit(struct rows *r, const __m512i over[ROWS], __m512i need, size_t j, size_t nb)
{
    for (size_t x = 0; x < r->n; x++) {
        struct tally_hit *out = r->out + x * nb;
        uint32_t lanes = _mm512_cmpge_epi32_mask(over[x], need);
        int32_t scores[DOT_LANES];

        _mm512_storeu_si512(scores, over[x]);
        for (; lanes != 0; lanes &= lanes - 1) {
            uint32_t l = (uint32_t)__builtin_ctz(lanes);

            out[r->hits[x]++] =
                (struct tally_hit){(uint32_t)(r->first + x), (uint32_t)j + l,
                                   (uint32_t)(scores[l] + r->need[x])};
        }
    }
}

static void
sweep(struct rows *r, const uint8_t *packed, const int32_t *need_b, size_t nb,
      size_t row_bytes)
{
    int32_t tail[DOT_LANES];

    for (size_t j = 0; j < nb; j += DOT_LANES) {
        __m512i over[ROWS];
        __m512i most;
        __m512i need = _mm512_loadu_si512(dot_block_needs(need_b, nb, j, tail));

        score_block(r, packed + j * row_bytes, row_bytes, over);
        most = over[0];
        for (size_t x = 1; x < ROWS; x++) {
            most = _mm512_max_epi32(most, over[x]);
        }
        if (__builtin_expect(_mm512_cmpge_epi32_mask(most, need) != 0, 0)) {
            emit(r, over, need, j, nb);
        }
    }
}

size_t
tally_vnni_scan(const uint8_t *a, const int32_t *need_a, size_t na, size_t first_row,
                const uint8_t *packed, const int32_t *need_b, size_t nb, size_t row_bytes,
                struct tally_hit *out, size_t cap, size_t *next_row)
{
    size_t hits = 0;
    size_t i = first_row;

    while (i < na && cap - hits >= nb) {
        size_t room = nb == 0 ? ROWS : (cap - hits) / nb;
        struct rows r = {.first = i, .n = na - i, .out = out + hits};
        size_t end;

        r.n = r.n < ROWS ? r.n : ROWS;
        r.n = r.n < room ? r.n : room;
        rows_begin(&r, a, need_a, row_bytes);
        sweep(&r, packed, need_b, nb, row_bytes);
        end = r.hits[0];
        for (size_t x = 1; x < r.n; x++) {
            memmove(r.out + end, r.out + x * nb, r.hits[x] * sizeof *out);
            end += r.hits[x];
        }
        hits += end;
        i += r.n;
    }
    *next_row = i;
    return hits;
}

/* The columns of the bits of one word. */
static inline void
add_word(uint64_t word, const int32_t *slab, __m512i sum[4])
{
    for (; word != 0; word &= word - 1) {
        const int32_t *column = slab + (size_t)__builtin_ctzll(word) * PROJECT_PART;

        sum[0] = _mm512_add_epi32(sum[0], _mm512_load_si512(column));
        sum[1] = _mm512_add_epi32(sum[1], _mm512_load_si512(column + 16));
        sum[2] = _mm512_add_epi32(sum[2], _mm512_load_si512(column + 32));
        sum[3] = _mm512_add_epi32(sum[3], _mm512_load_si512(column + 48));
    }
}

static inline __attribute__((always_inline)) void
vnni_add(const uint64_t words[PROJECT_WORDS], const int32_t *slab, int32_t *sums)
{
    __m512i sum[4] = {_mm512_load_si512(sums), _mm512_load_si512(sums + 16),
                      _mm512_load_si512(sums + 32), _mm512_load_si512(sums + 48)};

    for (size_t w = 0; w < PROJECT_WORDS; w++) {
        add_word(words[w], slab + w * 64 * PROJECT_PART, sum);
    }
    _mm512_store_si512(sums, sum[0]);
    _mm512_store_si512(sums + 16, sum[1]);
    _mm512_store_si512(sums + 32, sum[2]);
    _mm512_store_si512(sums + 48, sum[3]);
}

/* Squares of the numbers in 64 bits, two next to each other added. */
static inline __m512i
squares(__m512i x)
{
    __m512i odd = _mm512_srli_epi64(x, 32);

    return _mm512_add_epi64(_mm512_mul_epi32(x, x), _mm512_mul_epi32(odd, odd));
}

static inline __attribute__((always_inline)) void
vnni_round(const int32_t *sums, const struct tally_projection *p, uint8_t *out,
           struct tally_projected *made)
{
    const __m512 per_step = _mm512_set1_ps(1.0f / (float)p->step);
    const __m512i step = _mm512_set1_epi32(p->step);
    __m512i norm2 = _mm512_setzero_si512();
    __m512i error2 = _mm512_setzero_si512();

    for (size_t x = 0; x < PROJECT_PART; x += 16) {
        __m512i sum = _mm512_load_si512(sums + x);
        __m512i q = _mm512_cvtps_epi32(_mm512_mul_ps(_mm512_cvtepi32_ps(sum), per_step));

        q = _mm512_min_epi32(_mm512_max_epi32(q, _mm512_set1_epi32(-127)),
                             _mm512_set1_epi32(127));
        _mm_storeu_si128((__m128i *)(void *)(out + x), _mm512_cvtepi32_epi8(q));
        norm2 = _mm512_add_epi64(norm2, squares(q));
        error2 = _mm512_add_epi64(
            error2, squares(_mm512_sub_epi32(sum, _mm512_mullo_epi32(q, step))));
    }
    made->norm2 += _mm512_reduce_add_epi64(norm2);
    made->error2 += _mm512_reduce_add_epi64(error2);
}

void
tally_vnni_project(const struct tally_projection *p, const uint8_t *rows, size_t n,
                   uint8_t *out, struct tally_projected *made)
{
    project_rows(vnni_add, vnni_round, p, rows, n, out, made);
}

#endif

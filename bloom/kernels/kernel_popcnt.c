/*
 * The POPCNT kernel: one 64-bit popcount instruction a word, 16 cycles a pair of 1024
 * bits, which is all that port allows.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/kernels/kernel_set.h"

#if defined(__x86_64__)

#include "bloom/kernels/kernel_rows.h"

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

static size_t
popcnt_scan(const uint8_t *a, const int32_t *need_a, size_t na, size_t first_row,
            const uint8_t *packed, const int32_t *need_b, size_t nb, size_t row_bytes,
            struct tally_hit *out, size_t cap, size_t *next_row)
{
    return rows_scan(popcnt_and_popcount, a, need_a, na, first_row, packed, need_b, nb,
                     row_bytes, out, cap, next_row);
}

const struct tally_kernel tally_kernel_popcnt = {
    .name = "popcnt",
    .level = TALLY_CPU_POPCNT,
    .common = {rows_pack_size, rows_pack, popcnt_scan},
    .and_popcount = popcnt_and_popcount,
};

#endif

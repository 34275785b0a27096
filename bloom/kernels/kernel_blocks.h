/*
 * Bits of 512 filters at a time, for diffusion (bloom/diffusion.h), and rows of a filter
 * at a time (bloom/clk.h): one source, which every kernel compiles for its own registers.
 * The vector type is an extension of GCC and Clang that lowers to whatever registers the
 * target has.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_KERNEL_BLOCKS_H
#define TALLY_KERNEL_BLOCKS_H

#include "bloom/kernels/kernels.h"

typedef uint64_t bits512 __attribute__((vector_size(TALLY_BLOCK_BYTES)));

/* Halves of blocks are exchanged at distances 32, 16, ... 1, the usual recursion. */
static void
blocks_turn(void *blocks)
{
    static const uint64_t masks[] = {0x00000000ffffffff, 0x0000ffff0000ffff,
                                     0x00ff00ff00ff00ff, 0x0f0f0f0f0f0f0f0f,
                                     0x3333333333333333, 0x5555555555555555};
    bits512 *b = blocks;
    unsigned step, i;
    size_t s;

    for (s = 0, step = 32; step > 0; s++, step /= 2) {
        for (i = 0; i < 64; i = (i + step + 1) & ~step) {
            bits512 x = ((b[i] >> step) ^ b[i + step]) & masks[s];

            b[i] ^= x << step;
            b[i + step] ^= x;
        }
    }
}

static void
blocks_sum(const void *blocks, const uint16_t *sets, size_t t, void *sums)
{
    const bits512 *from = blocks;
    bits512 *to = sums;

    for (size_t i = 0; i < 64; i++, sets += t) {
        bits512 sum = from[sets[0]];

        for (size_t r = 1; r < t; r++) {
            sum ^= from[sets[r]];
        }
        to[i] = sum;
    }
}

/* What fits a register, and the words that fill none. */
#if defined(__AVX512F__)
#define UNITE_VECTOR 64
#elif defined(__AVX2__)
#define UNITE_VECTOR 32
#else
#define UNITE_VECTOR 16
#endif
typedef uint64_t unite_bits
    __attribute__((vector_size(UNITE_VECTOR), aligned(8), may_alias));
typedef uint64_t unite_word __attribute__((may_alias));

/* ${parts}, which the compiler must know, stay in registers while all rows pass. */
static inline __attribute__((always_inline)) void
unite_parts(const uint8_t *const *rows, size_t n, size_t at, uint8_t *to, size_t parts)
{
    unite_bits *out = (unite_bits *)(void *)(to + at);
    unite_bits sums[4];

#pragma GCC unroll 4
    for (size_t p = 0; p < parts; p++) {
        sums[p] = out[p];
    }
    for (size_t i = 0; i < n; i++) {
        const unite_bits *in = (const unite_bits *)(const void *)(rows[i] + at);

#pragma GCC unroll 4
        for (size_t p = 0; p < parts; p++) {
            sums[p] |= in[p];
        }
    }
#pragma GCC unroll 4
    for (size_t p = 0; p < parts; p++) {
        out[p] = sums[p];
    }
}

static void
blocks_unite(const uint8_t *const *rows, size_t n, size_t row_bytes, uint8_t *to)
{
    size_t at = 0;

    for (; at + 4 * UNITE_VECTOR <= row_bytes; at += 4 * UNITE_VECTOR) {
        unite_parts(rows, n, at, to, 4);
    }
    for (; at + UNITE_VECTOR <= row_bytes; at += UNITE_VECTOR) {
        unite_parts(rows, n, at, to, 1);
    }
    for (; at < row_bytes; at += sizeof(unite_word)) {
        unite_word *out = (unite_word *)(void *)(to + at);

        for (size_t i = 0; i < n; i++) {
            *out |= *(const unite_word *)(const void *)(rows[i] + at);
        }
    }
}

#endif

/*
 * Bits of 512 filters at a time, for diffusion (bloom/diffusion.h): one source, which
 * every kernel compiles for its own registers. The vector type is an extension of GCC and
 * Clang that lowers to whatever registers the target has.
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

#endif

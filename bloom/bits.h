/*
 * Counting set bits of filters on any processor. The linker's kernels are faster, and
 * choose instruction sets; this is for the encoder and the file formats, which only count
 * once a row.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_BITS_H
#define TALLY_BITS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/** Set bits of ${len} bytes at ${p}; ${len} is a multiple of 8, ${p} needs no alignment.
 */
static inline uint64_t
tally_bits_count(const uint8_t *p, size_t len)
{
    typedef uint64_t lanes __attribute__((vector_size(32)));
    const uint64_t low = 0x00ff00ff00ff00ff;
    uint64_t total = 0;

    while (len >= sizeof(lanes)) {
        lanes sums = {0}; /* of bytes: at most 8 a round, so 31 rounds fit */
        size_t round;

        for (round = 0; round < 31 && len >= sizeof(lanes); round++) {
            lanes x;

            memcpy(&x, p, sizeof(x));
            x -= (x >> 1) & 0x5555555555555555;
            x = (x & 0x3333333333333333) + ((x >> 2) & 0x3333333333333333);
            sums += (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0f;
            p += sizeof(x);
            len -= sizeof(x);
        }
        sums = (sums & low) + ((sums >> 8) & low);
        sums[0] += sums[1] + sums[2] + sums[3]; /* 16 bits each: at most 4 * 2 * 248 */
        total += (sums[0] * 0x0001000100010001) >> 48;
    }
    for (; len >= 8; p += 8, len -= 8) {
        uint64_t x;

        memcpy(&x, p, sizeof(x));
        total += (uint64_t)__builtin_popcountll(x);
    }
    return total;
}

#endif

/*
 * Sixteen bytes of text at a time, on any processor.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_BASE_SIXTEEN_H
#define TALLY_BASE_SIXTEEN_H

#include <stdint.h>
#include <string.h>

/** Operators work on each byte by itself; a comparison gives 0xff for true. */
typedef uint8_t tally_sixteen __attribute__((vector_size(16), aligned(1), may_alias));
/** The same as two little-endian words. */
typedef uint64_t tally_two_words __attribute__((vector_size(16)));

/** The sixteen bytes at ${p}, all of which must be readable. */
static inline tally_sixteen
tally_sixteen_load(const void *p)
{
    return *(const tally_sixteen *)p;
}

/** Bit i is set where byte i of ${x} is 0xff; each is that or 0. */
static inline uint32_t
tally_sixteen_bits_portable(tally_sixteen x)
{
    tally_two_words tops = (tally_two_words)(x & 0x80);

    /* every product of a byte's top bit lands on a place of its own in the last byte */
    return (uint32_t)(tops[0] * 0x0002040810204081u >> 56) |
           (uint32_t)(tops[1] * 0x0002040810204081u >> 56) << 8;
}

#if defined(__SSE2__)
#include <emmintrin.h>
static inline uint32_t
tally_sixteen_bits(tally_sixteen x)
{
    return (uint32_t)_mm_movemask_epi8((__m128i)x);
}
#else
static inline uint32_t
tally_sixteen_bits(tally_sixteen x)
{
    return tally_sixteen_bits_portable(x);
}
#endif

#endif

/*
 * Checked size arithmetic for lengths that come from outside.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_BASE_SIZE_H
#define TALLY_BASE_SIZE_H

#include <stddef.h>
#include <stdbool.h>

/** ${a} * ${b} into ${out}; false on overflow, ${out} then unchanged. */
static inline bool
tally_size_mul(size_t a, size_t b, size_t *out)
{
    size_t r;

    if (__builtin_mul_overflow(a, b, &r)) {
        return false;
    }
    *out = r;
    return true;
}

/** ${a} + ${b} into ${out}; false on overflow, ${out} then unchanged. */
static inline bool
tally_size_add(size_t a, size_t b, size_t *out)
{
    size_t r;

    if (__builtin_add_overflow(a, b, &r)) {
        return false;
    }
    *out = r;
    return true;
}

/** ${n} rounded up to a multiple of the power of two ${align}. ${n} is below SIZE_MAX - align. */
static inline size_t
tally_size_align(size_t n, size_t align)
{
    return (n + align - 1) & ~(align - 1);
}

#endif

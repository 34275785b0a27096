/*
 * Products of rows of 16-bit numbers, for the kernels to build with their own vectors:
 * the file that includes this defines PRODUCTS_VECTOR, PRODUCTS_ZERO(), PRODUCTS_STEP
 * numbers a vector, PRODUCTS_LOAD(p), PRODUCTS_ADD(sum, x, y) (sums of products of
 * neighbours) and PRODUCTS_SUM(v), or takes plain numbers. Whole numbers, so that every
 * kernel gives the same.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_KERNEL_PRODUCTS_H
#define TALLY_KERNEL_PRODUCTS_H

#include <stddef.h>
#include <stdint.h>

#ifndef PRODUCTS_VECTOR
#define PRODUCTS_VECTOR       int32_t
#define PRODUCTS_STEP         1
#define PRODUCTS_ZERO()       0
#define PRODUCTS_LOAD(p)      (*(p))
#define PRODUCTS_ADD(s, x, y) ((s) + (x) * (y))
#define PRODUCTS_SUM(v)       (v)
#endif

/* Rows of A and of B that are multiplied at once: eight sums stay in registers. */
#define PRODUCTS_A 4
#define PRODUCTS_B 2

static inline __attribute__((always_inline)) void
products_block(const int16_t *a, const int16_t *b, size_t k, int32_t *out, size_t stride)
{
    PRODUCTS_VECTOR sum[PRODUCTS_A][PRODUCTS_B];

#pragma GCC unroll 4
    for (size_t i = 0; i < PRODUCTS_A; i++) {
        sum[i][0] = PRODUCTS_ZERO();
        sum[i][1] = PRODUCTS_ZERO();
    }
    for (size_t at = 0; at < k; at += PRODUCTS_STEP) {
        PRODUCTS_VECTOR y0 = PRODUCTS_LOAD(b + at);
        PRODUCTS_VECTOR y1 = PRODUCTS_LOAD(b + k + at);

#pragma GCC unroll 4
        for (size_t i = 0; i < PRODUCTS_A; i++) {
            PRODUCTS_VECTOR x = PRODUCTS_LOAD(a + i * k + at);

            sum[i][0] = PRODUCTS_ADD(sum[i][0], x, y0);
            sum[i][1] = PRODUCTS_ADD(sum[i][1], x, y1);
        }
    }
    for (size_t i = 0; i < PRODUCTS_A; i++) {
        out[i * stride] = PRODUCTS_SUM(sum[i][0]);
        out[i * stride + 1] = PRODUCTS_SUM(sum[i][1]);
    }
}

static inline int32_t
products_one(const int16_t *a, const int16_t *b, size_t k)
{
    PRODUCTS_VECTOR sum = PRODUCTS_ZERO();

    for (size_t at = 0; at < k; at += PRODUCTS_STEP) {
        sum = PRODUCTS_ADD(sum, PRODUCTS_LOAD(a + at), PRODUCTS_LOAD(b + at));
    }
    return PRODUCTS_SUM(sum);
}

/* tally_kernel.products. */
static inline void
products_rows(const int16_t *a, size_t na, const int16_t *b, size_t nb, size_t k,
              int32_t *out)
{
    const size_t whole_a = na - na % PRODUCTS_A;
    const size_t whole_b = nb - nb % PRODUCTS_B;

    for (size_t i = 0; i < whole_a; i += PRODUCTS_A) {
        for (size_t j = 0; j < whole_b; j += PRODUCTS_B) {
            products_block(a + i * k, b + j * k, k, out + i * nb + j, nb);
        }
    }
    for (size_t i = 0; i < na; i++) {
        for (size_t j = i < whole_a ? whole_b : 0; j < nb; j++) {
            out[i * nb + j] = products_one(a + i * k, b + j * k, k);
        }
    }
}

#endif

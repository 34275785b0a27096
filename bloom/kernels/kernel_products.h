/*
 * Products of sixteen rows of 16-bit numbers with sixteen others, for the kernels to
 * build with their own vectors: the file that includes this defines PRODUCTS_VECTOR,
 * PRODUCTS_LANES sums a vector, PRODUCTS_ROWS rows of A at once (as many sums as
 * registers hold), PRODUCTS_ZERO(), PRODUCTS_LOAD(p) (a pair of neighbours a lane),
 * PRODUCTS_SPREAD(p) (one pair to all lanes), PRODUCTS_ADD(sum, x, y) (the two products
 * of a pair) and PRODUCTS_STORE(p, sum), or takes plain numbers. A row of A meets sixteen
 * of B side by side, so that no sum is ever taken across a vector. Whole numbers: every
 * kernel gives the same.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_KERNEL_PRODUCTS_H
#define TALLY_KERNEL_PRODUCTS_H

#include <string.h>

#include "bloom/kernels/kernels.h"

#define PRODUCTS_PAIRS (2 * TALLY_PRODUCTS_ROWS) /* numbers from one pair to the next */

#ifdef PRODUCTS_VECTOR

#define PRODUCTS_VECTORS (TALLY_PRODUCTS_ROWS / PRODUCTS_LANES)

/* Rows ${first} to ${first} + PRODUCTS_ROWS of ${a}. */
static inline __attribute__((always_inline)) void
products_part(const int16_t *a, const int16_t *b, size_t k, size_t first, int32_t *out)
{
    PRODUCTS_VECTOR sum[PRODUCTS_ROWS][PRODUCTS_VECTORS];

#pragma GCC unroll 16
    for (size_t i = 0; i < PRODUCTS_ROWS; i++) {
#pragma GCC unroll 4
        for (size_t v = 0; v < PRODUCTS_VECTORS; v++) {
            sum[i][v] = PRODUCTS_ZERO();
        }
    }
    for (size_t at = 0; at < k; at += 2, a += PRODUCTS_PAIRS, b += PRODUCTS_PAIRS) {
#pragma GCC unroll 4
        for (size_t v = 0; v < PRODUCTS_VECTORS; v++) {
            PRODUCTS_VECTOR y = PRODUCTS_LOAD(b + 2 * v * PRODUCTS_LANES);

#pragma GCC unroll 16
            for (size_t i = 0; i < PRODUCTS_ROWS; i++) {
                sum[i][v] =
                    PRODUCTS_ADD(sum[i][v], PRODUCTS_SPREAD(a + 2 * (first + i)), y);
            }
        }
    }
#pragma GCC unroll 16
    for (size_t i = 0; i < PRODUCTS_ROWS; i++) {
#pragma GCC unroll 4
        for (size_t v = 0; v < PRODUCTS_VECTORS; v++) {
            PRODUCTS_STORE(out + (first + i) * TALLY_PRODUCTS_ROWS + v * PRODUCTS_LANES,
                           sum[i][v]);
        }
    }
}

/* tally_kernel.products. */
static void
products_groups(const int16_t *a, const int16_t *b, size_t k, int32_t *out)
{
    for (size_t first = 0; first < TALLY_PRODUCTS_ROWS; first += PRODUCTS_ROWS) {
        products_part(a, b, k, first, out);
    }
}

#else

/* tally_kernel.products. */
static void
products_groups(const int16_t *a, const int16_t *b, size_t k, int32_t *out)
{
    memset(out, 0, sizeof *out * TALLY_PRODUCTS_ROWS * TALLY_PRODUCTS_ROWS);
    for (size_t at = 0; at < k; at += 2, a += PRODUCTS_PAIRS, b += PRODUCTS_PAIRS) {
        for (size_t i = 0; i < TALLY_PRODUCTS_ROWS; i++) {
            for (size_t j = 0; j < TALLY_PRODUCTS_ROWS; j++) {
                out[i * TALLY_PRODUCTS_ROWS + j] +=
                    a[2 * i] * b[2 * j] + a[2 * i + 1] * b[2 * j + 1];
            }
        }
    }
}

#endif

#endif

/*
 * The row layout, shared by the kernels that compare one pair at a time: packed rows are
 * the rows themselves. This is the specification of scan; the others must report the same
 * hits.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_KERNEL_ROWS_H
#define TALLY_KERNEL_ROWS_H

#include <string.h>

#include "bloom/base/size.h"
#include "bloom/kernels/kernels.h"

typedef uint32_t tally_and_popcount_fn(const uint8_t *x, const uint8_t *y,
                                       size_t row_bytes);

static size_t
rows_pack_size(size_t nb, size_t row_bytes)
{
    return tally_size_align(nb * row_bytes, 64);
}

static void
rows_pack(const uint8_t *rows, const int32_t *need_b, size_t nb, size_t row_bytes,
          uint8_t *packed)
{
    (void)need_b; /* scan has them */
    memcpy(packed, rows, nb * row_bytes);
}

/* tally_kernel.scan with the count of a pair by ${and_popcount}. Inlined for each kernel,
 * so that the count is too. */
static inline __attribute__((always_inline)) size_t
rows_scan(tally_and_popcount_fn *and_popcount, const uint8_t *a, const int32_t *need_a,
          size_t na, size_t first_row, const uint8_t *packed, const int32_t *need_b,
          size_t nb, size_t row_bytes, struct tally_hit *out, size_t cap,
          size_t *next_row)
{
    size_t hits = 0;
    size_t i = first_row;

    for (; i < na && cap - hits >= nb; i++) {
        const uint8_t *row = a + i * row_bytes;

        for (size_t j = 0; j < nb; j++) {
            uint32_t common = and_popcount(row, packed + j * row_bytes, row_bytes);

            if (__builtin_expect((int32_t)common >= need_a[i] + need_b[j], 0)) {
                out[hits++] = (struct tally_hit){(uint32_t)i, (uint32_t)j, common};
            }
        }
    }
    *next_row = i;
    return hits;
}

#endif

/*
 * The dot product in plain C: the specification of tally_kernel.dot, for tests alone. A
 * processor without instructions for it is better served by counting bits.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/kernels/kernel_dot.h"

/* Of a row of A with lane ${lane} of a block of packed B. */
static int32_t
dot(const uint8_t *a, const uint8_t *block, size_t lane, size_t row_bytes)
{
    int32_t sum = 0;

    for (size_t at = 0; at < row_bytes; at++) {
        size_t step = at / DOT_STEP * DOT_STEP;

        sum += (int8_t)a[at] *
               (int8_t)block[(step * DOT_LANES) + lane * DOT_STEP + at % DOT_STEP];
    }
    return sum;
}

static size_t
reference_scan(const uint8_t *a, const int32_t *need_a, size_t na, size_t first_row,
               const uint8_t *packed, const int32_t *need_b, size_t nb, size_t row_bytes,
               struct tally_hit *out, size_t cap, size_t *next_row)
{
    size_t hits = 0;
    size_t i = first_row;

    for (; i < na && cap - hits >= nb; i++) {
        for (size_t j = 0; j < nb; j++) {
            int32_t score =
                dot(a + i * row_bytes, packed + j / DOT_LANES * DOT_LANES * row_bytes,
                    j % DOT_LANES, row_bytes);

            if (score >= need_a[i] + need_b[j]) {
                out[hits++] =
                    (struct tally_hit){(uint32_t)i, (uint32_t)j, (uint32_t)score};
            }
        }
    }
    *next_row = i;
    return hits;
}

const struct tally_scan tally_dot_reference = {dot_pack_size, dot_pack, reference_scan};

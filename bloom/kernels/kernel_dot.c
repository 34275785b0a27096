/*
 * Dot product and projection in plain C: the specification of what tally_kernel does with
 * int8_t. A processor without instructions for it is better served by counting bits.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/kernels/kernel_dot.h"
#include "bloom/kernels/kernel_project.h"

#include <math.h>

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

static inline void
reference_add(const uint64_t words[PROJECT_WORDS], const int32_t *slab, int32_t *sums)
{
    for (size_t bit = 0; bit < PROJECT_WORDS * 64; bit++) {
        if (words[bit / 64] >> bit % 64 & 1) {
            for (size_t x = 0; x < PROJECT_PART; x++) {
                sums[x] += slab[bit * PROJECT_PART + x];
            }
        }
    }
}

static inline void
reference_round(const int32_t *sums, const struct tally_projection *p, uint8_t *out,
                struct tally_projected *made)
{
    const float per_step = 1.0f / (float)p->step;

    for (size_t x = 0; x < PROJECT_PART; x++) {
        int64_t q = lrintf((float)sums[x] * per_step);
        int64_t error;

        q = q < -127 ? -127 : q > 127 ? 127 : q;
        error = sums[x] - q * p->step;
        out[x] = (uint8_t)q;
        made->norm2 += q * q;
        made->error2 += error * error;
    }
}

void
tally_project_reference(const struct tally_projection *p, const uint8_t *rows, size_t n,
                        uint8_t *out, struct tally_projected *made)
{
    project_rows(reference_add, reference_round, p, rows, n, out, made);
}

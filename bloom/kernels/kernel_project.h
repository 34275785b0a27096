/*
 * Projection, shared by the kernels that do it: rows in batches, 64 numbers of the result
 * at a time, past slabs of columns that stay in the first-level cache. Each kernel brings
 * its own way to add a slab up and to round.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_KERNEL_PROJECT_H
#define TALLY_KERNEL_PROJECT_H

#include <string.h>

#include "bloom/kernels/kernels.h"

#define PROJECT_ROWS  64 /* in a batch */
#define PROJECT_PART  64 /* numbers at a time */
#define PROJECT_WORDS 2  /* of 64 columns in a slab: 32 KiB */

/* Add the columns at ${slab} that the bits of ${words} say to the PROJECT_PART numbers of
 * ${sums}. */
typedef void project_add_fn(const uint64_t words[PROJECT_WORDS], const int32_t *slab,
                            int32_t *sums);

/* Round the PROJECT_PART numbers of ${sums} to steps at ${out}; add to what ${made} has.
 */
typedef void project_round_fn(const int32_t *sums, const struct tally_projection *p,
                              uint8_t *out, struct tally_projected *made);

static inline __attribute__((always_inline)) void
project_batch(project_add_fn *add, project_round_fn *round,
              const struct tally_projection *p, const uint8_t *rows, size_t n,
              uint8_t *out, struct tally_projected *made)
{
    const size_t slabs = p->row_bytes / (8 * PROJECT_WORDS);
    _Alignas(64) int32_t sums[PROJECT_ROWS * PROJECT_PART];

    memset(made, 0, n * sizeof *made);
    for (size_t part = 0; part < p->width; part += PROJECT_PART) {
        const int32_t *slab = p->columns + part * p->row_bytes * 8;

        for (size_t i = 0; i < n; i++) {
            memcpy(sums + i * PROJECT_PART, p->start + part, PROJECT_PART * sizeof *sums);
        }
        for (size_t s = 0; s < slabs; s++) {
            for (size_t i = 0; i < n; i++) {
                uint64_t words[PROJECT_WORDS];

                memcpy(words, rows + i * p->row_bytes + s * sizeof words, sizeof words);
                add(words, slab, sums + i * PROJECT_PART);
            }
            slab += PROJECT_WORDS * 64 * PROJECT_PART;
        }
        for (size_t i = 0; i < n; i++) {
            round(sums + i * PROJECT_PART, p, out + i * p->width + part, &made[i]);
        }
    }
}

static inline __attribute__((always_inline)) void
project_rows(project_add_fn *add, project_round_fn *round,
             const struct tally_projection *p, const uint8_t *rows, size_t n,
             uint8_t *out, struct tally_projected *made)
{
    for (size_t i = 0; i < n; i += PROJECT_ROWS) {
        project_batch(add, round, p, rows + i * p->row_bytes,
                      n - i < PROJECT_ROWS ? n - i : PROJECT_ROWS, out + i * p->width,
                      made + i);
    }
}

#endif

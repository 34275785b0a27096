/*
 * Scores of random pairs: what unrelated records look like.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/join.h"
#include "linker/join_random.h"

#include <stdbool.h>
#include <string.h>

int
tally_join_sample_each(const struct tally_matrix *a, const struct tally_matrix *b,
                       size_t npairs, uint64_t seed, tally_sample_fn *take, void *ctx,
                       struct tally_err *err)
{
    const struct tally_kernel *kernel = tally_kernel_best();
    bool self = b == NULL;

    b = self ? a : b;
    if (a->n > UINT32_MAX || b->n > UINT32_MAX) {
        return tally_err_set(err, TALLY_E_LIMIT, "more than %u records in a source",
                             UINT32_MAX);
    }
    if (a->n == 0 || b->n == 0 || (self && a->n == 1)) {
        return 0;
    }
    for (size_t i = 0; i < npairs; i++) {
        size_t ra = tally_join_random(&seed, a->n);
        size_t rb = tally_join_random(&seed, self ? a->n - 1 : b->n);

        if (self && rb >= ra) {
            rb++; /* any row but its own */
        }
        uint32_t common = kernel->and_popcount(a->rows + ra * a->stride,
                                               b->rows + rb * b->stride, a->stride);

        take(ctx, common, a->popcounts[ra], b->popcounts[rb]);
    }
    return 0;
}

static void
count(void *ctx, uint32_t common, uint32_t pa, uint32_t pb)
{
    uint64_t *histogram = ctx;

    histogram[tally_dice_ppm(common, pa, pb) /
              (TALLY_PPM / (TALLY_HISTOGRAM_BINS - 1))]++;
}

int
tally_join_sample(const struct tally_matrix *a, const struct tally_matrix *b,
                  size_t npairs, uint64_t seed, uint64_t histogram[TALLY_HISTOGRAM_BINS],
                  struct tally_err *err)
{
    memset(histogram, 0, TALLY_HISTOGRAM_BINS * sizeof *histogram);
    return tally_join_sample_each(a, b, npairs, seed, count, histogram, err);
}

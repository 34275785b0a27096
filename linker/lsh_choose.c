/*
 * How many tables of how many bits: the cheapest that keep the promise.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/lsh.h"

#include <math.h>

#include "linker/join_random.h"

#define SAMPLE_PAIRS 32768
#define SAMPLE_SEED  0x6c7368u

/* What things cost, in nanoseconds, roughly: a bit of a key, finding a bucket, a pair
 * that meets in one. Only the choice depends on it. */
#define BIT_NS    1.0
#define BUCKET_NS 60.0
#define PAIR_NS   60.0

/* Chance that one table brings a pair together. */
static double
meets(uint32_t n, uint32_t differing, uint32_t bits)
{
    double p = 1;

    for (uint32_t i = 0; i < bits; i++) {
        if (n < differing + i + 1) {
            return 0;
        }
        p *= (double)(n - differing - i) / (double)(n - i);
    }
    return p;
}

/* 1 - (1 - p)^tables, also where p is tiny. */
static double
found(double p, uint32_t tables)
{
    return p >= 1 ? 1 : -expm1((double)tables * log1p(-p));
}

double
tally_lsh_recall(uint32_t n, uint32_t differing, uint32_t bits, uint32_t tables)
{
    return found(meets(n, differing, bits), tables);
}

/* How many tables ${recall} takes; more than TALLY_LSH_TABLES_MAX when too many. */
static uint32_t
tables_for(double p, double recall)
{
    double tables = p >= 1 ? 1 : log1p(-recall) / log1p(-p);

    if (!(tables <= TALLY_LSH_TABLES_MAX)) {
        return TALLY_LSH_TABLES_MAX + 1;
    }
    return tables < 1 ? 1 : (uint32_t)ceil(tables);
}

static uint32_t
most_bits(const struct tally_matrix *m)
{
    uint32_t most = 0;

    for (size_t i = 0; i < m->n; i++) {
        most = m->popcounts[i] > most ? m->popcounts[i] : most;
    }
    return most;
}

/* Chance that a table of 0, 1, 2 ... bits brings together two records drawn at random. */
static void
sample_meeting(const struct tally_matrix *a, const struct tally_matrix *b,
               double chance[TALLY_LSH_BITS_MAX + 1])
{
    const struct tally_kernel *kernel = tally_kernel_best();
    uint64_t seed = SAMPLE_SEED;

    for (uint32_t r = 0; r <= TALLY_LSH_BITS_MAX; r++) {
        chance[r] = 0;
    }
    for (size_t s = 0; s < SAMPLE_PAIRS && a->n > 0 && b->n > 0; s++) {
        size_t i = tally_join_random(&seed, a->n);
        size_t j = tally_join_random(&seed, b->n);
        uint32_t common = kernel->and_popcount(a->rows + i * a->stride,
                                               b->rows + j * b->stride, a->stride);
        uint32_t differing = a->popcounts[i] + b->popcounts[j] - 2 * common;
        double p = 1;

        for (uint32_t r = 0; r <= TALLY_LSH_BITS_MAX; r++) {
            chance[r] += p / SAMPLE_PAIRS;
            p *= r + differing >= a->bits
                     ? 0
                     : (double)(a->bits - differing - r) / (double)(a->bits - r);
        }
    }
}

int
tally_lsh_choose(struct tally_lsh_plan *out, const struct tally_matrix *a,
                 const struct tally_matrix *b, uint32_t threshold_ppm, double recall,
                 struct tally_err *err)
{
    const struct tally_matrix *other = b == NULL ? a : b;
    uint64_t set = (uint64_t)most_bits(a) + most_bits(other);
    double pairs = (double)a->n * (double)other->n * (b == NULL ? .5 : 1);
    double chance[TALLY_LSH_BITS_MAX + 1];
    double least = INFINITY;

    TALLY_INVARIANT(recall > 0 && recall < 1);
    sample_meeting(a, other, chance);
    out->differing = (uint32_t)((TALLY_PPM - threshold_ppm) * set / TALLY_PPM);
    for (uint32_t r = 1; r <= TALLY_LSH_BITS_MAX && r <= a->bits; r++) {
        double p = meets(a->bits, out->differing, r);
        uint32_t tables = tables_for(p, recall);
        double cost =
            (double)tables * ((double)(a->n + other->n) * (r * BIT_NS + BUCKET_NS) +
                              pairs * chance[r] * PAIR_NS);

        if (tables <= TALLY_LSH_TABLES_MAX && cost < least) {
            least = cost;
            out->bits = r;
            out->tables = tables;
            out->recall = found(p, tables);
            out->meeting = (double)tables * pairs * chance[r];
        }
    }
    if (least < INFINITY) {
        return 0;
    }
    (void)tally_err_set(err, TALLY_E_LIMIT,
                        "%d tables would not find a pair at the threshold so surely",
                        TALLY_LSH_TABLES_MAX);
    return tally_err_hint(err, "raise the threshold, or compare all with all");
}

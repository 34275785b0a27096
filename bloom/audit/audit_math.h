/*
 * The arithmetic that the attacks share: matrices of features, the nearest rows of one in
 * another, and small symmetric eigenproblems. Results do not depend on threads or kernel:
 * features are reduced to whole numbers before anything is summed in parallel.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_AUDIT_MATH_H
#define TALLY_AUDIT_MATH_H

#include <stddef.h>
#include <stdint.h>

#include "bloom/base/err.h"
#include "bloom/base/pool.h"
#include "bloom/base/progress.h"

#define TALLY_AUDIT_NONE UINT32_MAX /* no such row */

/** ${n} rows of ${k} numbers, row after row. */
struct tally_features {
    size_t n;
    size_t k;
    float *v;
};

/** Zeroed. Free with tally_features_free, which takes a zeroed struct too. */
TALLY_NODISCARD int tally_features_create(struct tally_features *f, size_t n, size_t k,
                                          struct tally_err *err);
void tally_features_free(struct tally_features *f);

/** Every column to mean 0 and standard deviation 1; one that never varies becomes 0. */
TALLY_NODISCARD int tally_features_standardise(struct tally_features *f,
                                               struct tally_err *err);
/** Every row to length 1; one of zeros stays. */
void tally_features_unit_rows(struct tally_features *f);

/** For each row of A its nearest row of B by Euclidean distance (of equals the first),
 * and for each row of B its nearest of A. Distances are squared, in units of their own:
 * compare them with each other only. */
struct tally_nearest {
    size_t na;
    size_t nb;
    uint32_t *at;    /* of row i of A: the row of B; TALLY_AUDIT_NONE when B is empty */
    int32_t *first;  /* its distance, */
    int32_t *second; /* and that of the next one; INT32_MAX when there is none */
    uint32_t *back;  /* of row j of B: the row of A */
};

/** ${a} and ${b} have the same number of columns; of these, those from ${from} on in
 * steps of ${step} count. Exact but for rounding to 14 bits of the longest row. Progress
 * is counted in rows of A. */
TALLY_NODISCARD int tally_nearest_find(struct tally_nearest *out,
                                       const struct tally_features *a,
                                       const struct tally_features *b, size_t from,
                                       size_t step, struct tally_pool *pool,
                                       struct tally_progress *progress,
                                       struct tally_err *err);
void tally_nearest_free(struct tally_nearest *n);

/** A guess: row ${victim} of A is who row ${person} of B is. The margin is how much
 * farther the next row of B is. */
struct tally_audit_pair {
    uint32_t victim;
    uint32_t person;
    double margin;
};

/** The pairs that are nearest to each other both ways, widest margin first. Malloced;
 * NULL without memory. */
struct tally_audit_pair *tally_nearest_mutual(const struct tally_nearest *near,
                                              size_t *n);

/** Eigenvalues (descending) and eigenvectors (columns of ${vectors}) of the symmetric
 * ${m}, of ${d} rows and columns, which is destroyed: Jacobi's rotations. For small
 * matrices. */
void tally_eigen_small(double *m, size_t d, double *values, double *vectors);

/** A repeatable generator (splitmix64) for subsamples and starts: never for secrets. */
static inline uint64_t
tally_audit_random(uint64_t *state)
{
    uint64_t x = *state += 0x9e3779b97f4a7c15u;

    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

/** A number below ${n}, 1 <= ${n}. */
static inline uint32_t
tally_audit_below(uint64_t *state, uint32_t n)
{
    return (uint32_t)((tally_audit_random(state) >> 32) * n >> 32);
}

/** Shuffle ${n} items. */
static inline void
tally_audit_shuffle(uint64_t *state, uint32_t *items, size_t n)
{
    for (size_t i = n; i > 1; i--) {
        size_t j = tally_audit_below(state, (uint32_t)i);
        uint32_t x = items[i - 1];

        items[i - 1] = items[j];
        items[j] = x;
    }
}

#endif

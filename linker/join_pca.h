/*
 * PCA sketches: a row seen along the few directions in which rows of this data differ
 * most, rounded to int8_t, for kernels that multiply.
 *
 * Why no pair is lost. Let W be any integer matrix, x = W a for the bits a of a row, and
 * N a number with |W v|^2 <= N |v|^2 for every v. Rows a and b differ in d bits, d = pa +
 * pb - 2 common, so |xa - xb|^2 <= N d, and Dice >= t means d <= (1 - t) (pa + pb) =: D,
 * in units of Da = (1 - t) pa and Db. Rounding makes x = s q + r with |r| = e known
 * exactly, so
 *
 *     s |qa - qb| <= sqrt(N D) + ea + eb,
 *
 * and squared, with 2 ea eb <= ea^2 + eb^2 and M at least D for every two rows there are,
 *
 *     s^2 (|qa|^2 + |qb|^2 - 2 qa.qb) <= N D + 2 sqrt(N M) (ea + eb) + 2 ea^2 + 2 eb^2.
 *
 * Hence qa.qb >= need a + need b, with one term a row:
 *
 *     need = (s^2 |q|^2 - N (1 - t) p - 2 sqrt(N M) e - 2 e^2) / (2 s^2),
 *
 * rounded down and lowered by one for what floating point may be off. A constant taken
 * from x cancels. Where W comes from has no bearing on this: it is 2^20 times an
 * orthonormal basis of the principal subspace of a sample, turned at random so that all
 * coordinates have the same range, and N is a bound by Gershgorin's circles on W W^T,
 * computed in integers.
 *
 * The subspace is found by orthogonal iteration (Golub and Van Loan, Matrix Computations,
 * 4th edition, 8.2.4) from a random start (Halko, Martinsson and Tropp, SIAM Review 53,
 * 2011).
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_JOIN_PCA_H
#define TALLY_JOIN_PCA_H

#include "linker/join_sketch.h"

#define TALLY_PCA_WIDTHS 5

/** Directions for one width. */
struct tally_pca_basis {
    struct tally_projection projection; /* owns columns and start */
    double norm2;                       /* N: the most by which W stretches, squared */
};

/** What the kind tally_sketch_pca learns: tally_join_sketch.model. */
struct tally_pca_model {
    size_t n;
    struct tally_pca_basis bases[TALLY_PCA_WIDTHS]; /* by ascending width */
    uint32_t most; /* set bits of any row of A and any of B together */
};

/** Widths of sketches of ${bits}, ascending; 0 when there are none. */
size_t tally_pca_widths(uint32_t bits, uint32_t threshold_ppm,
                        size_t widths[TALLY_SKETCH_WIDTHS]);

/** tally_sketch_kind.learn; *model is a struct tally_pca_model. */
TALLY_NODISCARD int tally_pca_learn(const struct tally_matrix *a,
                                    const struct tally_matrix *b, uint32_t threshold_ppm,
                                    struct tally_pool *pool, void **model,
                                    struct tally_err *err);
void tally_pca_forget(void *model);

#endif

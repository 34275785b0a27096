/*
 * Sketches: what the scan of a join looks at in place of whole rows, and the interface
 * behind which the kinds of them stand.
 *
 * The contract of every kind is one linear test: a sketch and a need (int32) of each row,
 * made from that row alone and what was learnt beforehand, such that
 *
 *     score(sketch a, sketch b) >= need a + need b
 *
 * holds for every pair with 2e6 * common >= threshold_ppm * (pa + pb), pa and pb being
 * the set bits of the rows. Pairs that pass are candidates and are verified on whole rows
 * in integers, so a sketch decides how long a join takes and nothing else. (One kind
 * breaks the contract at a stated probability and is used only when asked for:
 * join_prefix.h.)
 *
 * All of this is a function of matrices and threshold: no clock, no kernel, no threads.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_JOIN_SKETCH_H
#define TALLY_JOIN_SKETCH_H

#include <stdbool.h>

#include "linker/join.h"

/** Rows that are sketched at a time, at most. */
#define TALLY_SKETCH_BATCH 512

/** Kinds there are, at most. */
#define TALLY_SKETCH_KINDS_MAX 4

/** Widths of a kind, at most. */
#define TALLY_SKETCH_WIDTHS 24

/** A sketch that is settled: its kind, what that learnt, and a width. */
struct tally_join_sketch {
    const struct tally_sketch_kind *kind;
    const void *model; /* of kind->learn; NULL where it learns nothing */
    uint32_t bits;     /* of a row, as tally_matrix.bits */
    size_t stride;     /* bytes of a row */
    size_t width;      /* bytes of its sketch: one of kind->widths */
    uint32_t threshold_ppm;
};

struct tally_sketch_kind {
    const char *name;
    /** The score of a whole row against another is what they have in common: a candidate
     * needs no second count. */
    bool decides;
    /** Rows of a tile are put in order of need, for kernels with one coarse test for
     * several rows. */
    bool sort_by_need;
    /** About what learning takes for rows of ${bits} and widths up to ${widest} bytes, in
     * ns of a processor. NULL where learn is. */
    double (*learn_ns)(uint32_t bits, size_t widest);
    /** How ${k} scans this kind; NULL when it cannot. */
    const struct tally_scan *(*scan)(const struct tally_kernel *k);
    /** The widths worth trying, ascending. Returns how many, 0 when there are none. */
    size_t (*widths)(uint32_t bits, uint32_t threshold_ppm,
                     size_t widths[TALLY_SKETCH_WIDTHS]);
    /** Learn what making needs, for all widths, from a fixed sample of both matrices (the
     * same twice in a self-join; neither is empty). NULL when there is nothing to learn.
     * ${*model} is released by forget. Errors: TALLY_E_NOMEM, TALLY_E_INTERRUPTED. */
    int (*learn)(const struct tally_matrix *a, const struct tally_matrix *b,
                 uint32_t threshold_ppm, struct tally_pool *pool, void **model,
                 struct tally_err *err);
    void (*forget)(void *model); /* NULL where learn is */
    /** The sketches and needs of ${n} rows, 1 to TALLY_SKETCH_BATCH, back to back at
     * ${rows}, 64-byte aligned, with their set bits (never 0). ${out} takes n * width
     * bytes from an 8-byte boundary. Thread-safe. */
    void (*make)(const struct tally_join_sketch *s, const uint8_t *rows,
                 const uint32_t *popcounts, size_t n, uint8_t *out, int32_t *need);
    /** How much more score a pair must have for each set bit more that it must have in
     * common, in millionths, rounded down: 1000000 where scores are bits. 0 when needs
     * must not be raised. */
    uint64_t (*per_bit_ppm)(const struct tally_join_sketch *s);
};

/** Whole rows (up to the last word that has bits): decides by itself. */
extern const struct tally_sketch_kind tally_sketch_whole;

/** The whole rows of ${m} as a sketch. */
struct tally_join_sketch tally_sketch_whole_of(const struct tally_matrix *m,
                                               uint32_t threshold_ppm);

/** XOR folds of bit columns dealt into groups: join_fold.c. */
extern const struct tally_sketch_kind tally_sketch_fold;

/** Principal components, rounded, for kernels that multiply: join_pca.h. */
extern const struct tally_sketch_kind tally_sketch_pca;

/** The kinds that keep the contract, tally_sketch_whole first; NULL at the end. */
extern const struct tally_sketch_kind *const tally_sketch_kinds[];

/** ${n} rows of ${a} and ${b} together, half of each (all from ${a} when they are the
 * same), drawn with ${seed}, into ${out}: n * stride bytes, 64-byte aligned. Both have
 * rows. Rows without set bits may be among them. */
void tally_sketch_sample(const struct tally_matrix *a, const struct tally_matrix *b,
                         size_t n, uint64_t seed, uint8_t *out);

#endif

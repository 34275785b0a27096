/*
 * And-popcount over filters, dot products of sketches and of rows of small numbers: the
 * reference, the kernels that must agree with it, and the choice between them. Shared by
 * the audit and the linker. One file a kernel; kernel_dispatch.c alone knows instruction
 * sets.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_KERNELS_H
#define TALLY_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/base/cpu.h"

/** Bytes a row stands on: rows are 64-byte aligned and zero padded to a multiple of 64
 * bytes. */
#define TALLY_ROW_ALIGN 64

/** The longest row (TALLY_BITS_MAX bits). */
#define TALLY_ROW_BYTES_MAX 1024

/** The longest row of int8_t. */
#define TALLY_DOT_BYTES_MAX 384

/** Needs lie in -TALLY_NEED_MAX to TALLY_NEED_MAX. */
#define TALLY_NEED_MAX (1 << 28)

/** Rows of 16-bit numbers come in groups of this many, padded with zeros. A group of rows
 * of ${k} numbers, ${k} even, lies column by column, two columns at a time. */
#define TALLY_PRODUCTS_ROWS 16

/** Where number ${c} of row ${row} is among groups of rows of ${k}. */
static inline size_t
tally_products_at(size_t k, size_t row, size_t c)
{
    size_t group = row / TALLY_PRODUCTS_ROWS * TALLY_PRODUCTS_ROWS;

    return group * k + c / 2 * (2 * TALLY_PRODUCTS_ROWS) + 2 * (row - group) + c % 2;
}

/** A bit of each of 512 rows, as eight words. */
#define TALLY_BLOCK_BYTES 64

struct tally_hit {
    uint32_t i;      /* row in the tile of A */
    uint32_t j;      /* row in the tile of B */
    uint32_t common; /* the score, as uint32_t: set bits in common, or a dot product */
};

/**
 * A way to lay out a block of B, and to compare rows of A with it. The layout is its own
 * affair; what scan computes is fixed by the score it is for: for each row of A from
 * ${first_row} to ${na} - 1 and each of ${nb} rows of packed B report (i, j, score) when
 * score >= need_a[i] + need_b[j]   (int32, may be negative; of B those that pack got) in
 * ascending i, then ascending j, of the tile. ${out} has room for ${cap} hits, cap >= nb.
 * The scan stops before a row when fewer than ${nb} places are left, and *next_row says
 * which row of A to go on with (na when done). Hits and *next_row are the same for every
 * kernel.
 */
struct tally_scan {
    /** Bytes pack needs for ${nb} rows of ${row_bytes}; a multiple of 64. */
    size_t (*pack_size)(size_t nb, size_t row_bytes);
    /** Lay out ${nb} rows and their needs for scan. ${packed} is 64-byte aligned. */
    void (*pack)(const uint8_t *rows, const int32_t *need_b, size_t nb, size_t row_bytes,
                 uint8_t *packed);
    size_t (*scan)(const uint8_t *a, const int32_t *need_a, size_t na, size_t first_row,
                   const uint8_t *packed, const int32_t *need_b, size_t nb,
                   size_t row_bytes, struct tally_hit *out, size_t cap,
                   size_t *next_row); /* returns hits */
};

/** How rows of bits become rows of int8_t: x = start + the columns whose bits are set,
 * then each number of x divided by ${step} and rounded to the nearest, in single
 * precision, and brought within -127 to 127. */
struct tally_projection {
    size_t row_bytes; /* a multiple of 64 */
    size_t width;     /* numbers of x: a multiple of 64, at most TALLY_DOT_BYTES_MAX */
    /* Of each 64 numbers of x, row_bytes * 8 columns: 64-byte aligned. All sums fit 28
     * bits with their signs. */
    const int32_t *columns;
    const int32_t *start; /* ${width}, 64-byte aligned */
    int32_t step;         /* 1 to 2^20 */
};

/** What rounding made of a row. */
struct tally_projected {
    int64_t norm2;  /* sum of squares of the int8_t */
    int64_t error2; /* sum of squares of x - step * int8_t, exactly */
};

typedef void tally_project_fn(const struct tally_projection *p, const uint8_t *rows,
                              size_t n, uint8_t *out, struct tally_projected *made);

struct tally_kernel {
    const char *name; /* as tally_cpu_name */
    enum tally_cpu_level level;
    /** Score: popcount(a AND b). Rows of a multiple of 8 bytes, at most
     * TALLY_ROW_BYTES_MAX, back to back from a 64-byte boundary. */
    struct tally_scan common;
    /** Score: the dot product of rows of int8_t, a multiple of 64 of them, at most
     * TALLY_DOT_BYTES_MAX, back to back from a 64-byte boundary. Fastest where the rows
     * of A are in order of need. NULL when this kernel has none worth using. */
    const struct tally_scan *dot;
    /** Rows for dot: ${n} of ${p->row_bytes}, 8-byte aligned, into n * width bytes at
     * ${out}, and ${n} ${made}. Every kernel makes the same. NULL where dot is. */
    tally_project_fn *project;
    /** popcount(x AND y) of two rows of ${row_bytes}, a multiple of 64, wherever they
     * are; popcount of one row is and(x, x). */
    uint32_t (*and_popcount)(const uint8_t *x, const uint8_t *y, size_t row_bytes);
    /** ${out}[i * TALLY_PRODUCTS_ROWS + j] = the product of row i of group ${a} and row j
     * of group ${b} (tally_products_at), all three 64-byte aligned. No product of parts
     * of two rows may leave 32 bits, which holds when the squares of every row sum to
     * below 2^31. */
    void (*products)(const int16_t *a, const int16_t *b, size_t k, int32_t *out);
    /** Turn 64 blocks: bit j of word g of block i changes places with bit i of word g of
     * block j. ${blocks} is 64-byte aligned. */
    void (*turn)(void *blocks);
    /** Block i of the 64 at ${sums} becomes the XOR of the ${t} >= 1 blocks at ${blocks}
     * that sets[i * t], ... number. Both are 64-byte aligned and apart. */
    void (*sum)(const void *blocks, const uint16_t *sets, size_t t, void *sums);
    /** Set in ${to} the bits that are set in any of the ${n} ${rows}: ${row_bytes} each,
     * a multiple of 8. All are 8-byte aligned, and ${to} is apart from the rows. */
    void (*unite)(const uint8_t *const *rows, size_t n, size_t row_bytes, uint8_t *to);
};

/** Dot products and projection in plain C, which is what tally_kernel must agree with. */
extern const struct tally_scan tally_dot_reference;
tally_project_fn tally_project_reference;

/** The best kernel of at most tally_cpu_level() that passed its known-answer self-test.
 * Never NULL. Thread-safe. */
const struct tally_kernel *tally_kernel_best(void);

/** The kernel of exactly ${level}; NULL when not built in, not possible here, or failed
 * its self-test. For tests, benchmarks and tally doctor. */
const struct tally_kernel *tally_kernel_at(enum tally_cpu_level level);

/** What AMX does at the moment. */
struct tally_dot_rate {
    double pairs_per_second; /* of rows of 192 bytes, on this core */
    double of_full;          /* part of its full rate, above 0 to 1: half is common where
                                the core is shared with others */
};

/** Measure it, which takes about 10 ms. False when there is no AMX here. Thread-safe. */
bool tally_dot_rate(struct tally_dot_rate *out);

#endif

/*
 * Diffusion applied to 512 filters at a time. A batch is turned so that a column of 512
 * bits lies in 64 bytes: an output column is then the XOR of t input columns, whatever
 * the sets are, and is turned back. A kernel turns and adds up for this processor.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/diffusion.h"

#include "bloom/base/bytes.h"
#include "bloom/base/domains.h"
#include "bloom/diffusion_sets.h"
#include "bloom/kdf.h"
#include "bloom/kernels/kernels.h"
#include "bloom/schema.h"

#include <stdlib.h>
#include <string.h>

#define LANES (TALLY_BLOCK_BYTES / sizeof(uint64_t))

/* One bit of each of 512 filters: bit i of lane g is that of filter 64 * g + i. */
typedef struct {
    _Alignas(TALLY_BLOCK_BYTES) uint64_t lanes[LANES];
} block;

struct tally_diffusion {
    uint32_t in_bits;
    uint32_t out_bits;
    uint32_t t;
    const struct tally_kernel *kernel;
    uint32_t *sets;    /* out_bits * t, each set ascending */
    uint16_t *columns; /* the same, as places in a turned batch */
};

/* A cache line of a row: its words are moved one after another. */
#define LINE_WORDS ((size_t)8)

static size_t
words_of_line(size_t words, size_t first)
{
    return words - first < LINE_WORDS ? words - first : LINE_WORDS;
}

/* ${words} words of each of ${n} rows, from byte ${at} on: block i of the 64 of a word
 * holds those of rows i, 64 + i, ... */
static void
load_line(const uint8_t *rows, size_t stride, size_t n, size_t at, size_t words, block *b)
{
    for (size_t i = 0; i < 64; i++) {
        for (size_t g = 0; g < LANES; g++) {
            const uint8_t *row = rows + (64 * g + i) * stride + at;
            bool there = 64 * g + i < n;

            for (size_t w = 0; w < words; w++) {
                b[64 * w + i].lanes[g] = there ? tally_le64_load(row + 8 * w) : 0;
            }
        }
    }
}

static void
store_line(uint8_t *rows, size_t stride, size_t n, size_t at, size_t words,
           const block *b)
{
    for (size_t i = 0; i < 64; i++) {
        for (size_t g = 0; 64 * g + i < n; g++) {
            uint8_t *row = rows + (64 * g + i) * stride + at;

            for (size_t w = 0; w < words; w++) {
                tally_le64_store(row + 8 * w, b[64 * w + i].lanes[g]);
            }
        }
    }
}

void
tally_diffusion_apply(const struct tally_diffusion *d, const uint8_t *in,
                      size_t in_stride, size_t n, uint8_t *out, size_t out_stride,
                      void *scratch)
{
    size_t in_words = d->in_bits / 64, out_words = d->out_bits / 64;
    block *columns = scratch;
    block *turned = columns + d->in_bits;

    TALLY_INVARIANT(n <= TALLY_DIFFUSION_BATCH);
    for (size_t at = 0; at < in_words; at += LINE_WORDS) {
        size_t words = words_of_line(in_words, at);

        load_line(in, in_stride, n, 8 * at, words, columns + 64 * at);
        for (size_t w = at; w < at + words; w++) {
            d->kernel->turn(columns + 64 * w);
        }
    }
    for (size_t at = 0; at < out_words; at += LINE_WORDS) {
        size_t words = words_of_line(out_words, at);

        for (size_t w = 0; w < words; w++) {
            d->kernel->sum(columns, d->columns + 64 * (at + w) * d->t, d->t,
                           turned + 64 * w);
            d->kernel->turn(turned + 64 * w);
        }
        store_line(out, out_stride, n, 8 * at, words, turned);
    }
}

size_t
tally_diffusion_scratch(const struct tally_diffusion *d)
{
    return ((size_t)d->in_bits + 64 * LINE_WORDS) * sizeof(block);
}

const uint32_t *
tally_diffusion_set(const struct tally_diffusion *d, uint32_t j)
{
    return d->sets + (size_t)j * d->t;
}

/* Filters count bits from the most significant of each byte, words loaded little-endian
 * from the least: within a byte, bit p of a filter is column p ^ 7 of the turned batch,
 * for inputs and outputs alike. */
static void
place_columns(struct tally_diffusion *d)
{
    uint32_t j, r;

    for (j = 0; j < d->out_bits; j++) {
        for (r = 0; r < d->t; r++) {
            d->columns[(size_t)(j ^ 7u) * d->t + r] =
                (uint16_t)(d->sets[(size_t)j * d->t + r] ^ 7u);
        }
    }
}

static int
check_sizes(uint32_t in_bits, uint32_t out_bits, uint32_t t, struct tally_err *err)
{
    if (in_bits % 64 != 0 || in_bits < TALLY_BITS_MIN || in_bits > TALLY_BITS_MAX ||
        out_bits % 64 != 0 || out_bits < TALLY_BITS_MIN || out_bits > TALLY_BITS_MAX) {
        return tally_err_set(
            err, TALLY_E_SCHEMA,
            "diffusion needs lengths that are multiples of 64 from %d to %d",
            TALLY_BITS_MIN, TALLY_BITS_MAX);
    }
    if (t < 1 || t > in_bits / 4) {
        return tally_err_set(
            err, TALLY_E_SCHEMA,
            "diffusion needs t from 1 to a quarter of the filter's length");
    }
    return 0;
}

int
tally_diffusion_of_sets(struct tally_diffusion **out, uint32_t in_bits, uint32_t out_bits,
                        uint32_t t, const uint32_t *sets, struct tally_err *err)
{
    struct tally_diffusion *d = calloc(1, sizeof(*d));
    size_t n = (size_t)out_bits * t;

    if (d == NULL) {
        return tally_err_nomem(err);
    }
    d->in_bits = in_bits;
    d->out_bits = out_bits;
    d->t = t;
    d->kernel = tally_kernel_best();
    d->sets = calloc(n, sizeof(*d->sets));
    d->columns = calloc(n, sizeof(*d->columns));
    if (d->sets == NULL || d->columns == NULL) {
        tally_diffusion_free(d);
        return tally_err_nomem(err);
    }
    memcpy(d->sets, sets, n * sizeof(*sets));
    place_columns(d);
    *out = d;
    return 0;
}

static int
draw(uint32_t *sets, uint32_t in_bits, uint32_t out_bits, uint32_t t, const char *view,
     struct tally_secret *key, struct tally_err *err)
{
    const char *const purpose[] = {TALLY_DOMAIN_DIFFUSION, view};
    struct tally_secret *seed = NULL;
    int rc;

    if (tally_kdf(key, purpose, 2, &seed, err) != 0) {
        return -1;
    }
    rc = tally_diffusion_draw(sets, in_bits, out_bits, t, seed, err);
    tally_secret_free(seed);
    return rc;
}

int
tally_diffusion_create(struct tally_diffusion **out, uint32_t in_bits, uint32_t out_bits,
                       uint32_t t, const char *view, struct tally_secret *key,
                       struct tally_err *err)
{
    size_t n = (size_t)out_bits * t;
    uint32_t *sets;
    int rc;

    if (check_sizes(in_bits, out_bits, t, err) != 0) {
        return -1;
    }
    sets = calloc(n, sizeof(*sets));
    if (sets == NULL) {
        return tally_err_nomem(err);
    }
    rc = draw(sets, in_bits, out_bits, t, view, key, err);
    if (rc == 0) {
        rc = tally_diffusion_of_sets(out, in_bits, out_bits, t, sets, err);
    }
    tally_wipe(sets, n * sizeof(*sets));
    free(sets);
    return rc;
}

void
tally_diffusion_free(struct tally_diffusion *d)
{
    size_t n;

    if (d == NULL) {
        return;
    }
    n = (size_t)d->out_bits * d->t;
    if (d->sets != NULL) {
        tally_wipe(d->sets, n * sizeof(*d->sets));
    }
    if (d->columns != NULL) {
        tally_wipe(d->columns, n * sizeof(*d->columns));
    }
    free(d->sets);
    free(d->columns);
    free(d);
}

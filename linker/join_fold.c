/*
 * The balanced XOR fold: bit columns, sorted by how much they vary, are dealt like cards
 * into as many groups as the sketch has bits, there and back again, and a bit of the
 * sketch is the XOR of its group. XOR can only let differences cancel, so two sketches
 * differ in at most as many bits as their rows do, however the columns are dealt; dealing
 * them by variance puts bits that seldom differ together with bits that often do, so that
 * few cancel.
 *
 * Rows are folded bit-sliced: 64 rows are transposed, after which a column is one word
 * and folding it one XOR.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/join_need.h"
#include "linker/join_sketch.h"

#include <stdlib.h>
#include <string.h>

#include "bloom/base/size.h"
#include "bloom/bits.h"

/* Sketches of more bits are hardly narrower than what is worth folding. */
#define WORDS_MAX   20
#define GROUPS_MAX  (WORDS_MAX * 64)
#define COLUMNS_MAX (TALLY_ROW_BYTES_MAX * 8)

#define SAMPLE_ROWS 4096
#define SAMPLE_SEED 0x666f6c64u

/* Words side by side in a transposition: rows are taken 64 * LANES at a time, for the
 * sake of vector registers. */
#define LANES 4
#define SLICE (64 * LANES)

/* A column of a slice, or 64 bits of as many rows: the transposition turns one into the
 * other. */
struct lanes {
    uint64_t word[LANES];
};

/* Columns by falling variance, then by number. */
struct fold_model {
    uint16_t order[COLUMNS_MAX];
};

static const struct tally_scan *
fold_scan(const struct tally_kernel *k)
{
    return &k->common;
}

/* Up to twelve words every width, then every other: a word more is soon a small part. */
static size_t
fold_widths(uint32_t bits, uint32_t threshold_ppm, size_t widths[TALLY_SKETCH_WIDTHS])
{
    size_t whole = ((size_t)bits + 63) / 64;
    size_t n = 0;

    (void)threshold_ppm;
    for (size_t w = whole > 8 ? 3 : 2; w < whole && w <= WORDS_MAX; w += w < 12 ? 1 : 2) {
        widths[n++] = w * 8;
    }
    return n;
}

/* 64 x 64 bits, LANES times: bit i of word j becomes bit j of word i. */
static void
transpose(struct lanes x[64])
{
    uint64_t mask = 0x00000000ffffffffu;

    for (unsigned span = 32; span != 0; span >>= 1, mask ^= mask << span) {
        for (unsigned at = 0; at < 64; at = (at + span + 1) & ~span) {
            for (unsigned l = 0; l < LANES; l++) {
                uint64_t swap = (x[at].word[l] >> span ^ x[at + span].word[l]) & mask;

                x[at + span].word[l] ^= swap;
                x[at].word[l] ^= swap << span;
            }
        }
    }
}

/* The columns of word ${word} of ${n} rows, at most SLICE. */
static void
columns_of(const uint8_t *rows, size_t stride, size_t n, size_t word,
           struct lanes columns[64])
{
    memset(columns, 0, 64 * sizeof *columns);
    for (size_t i = 0; i < n; i++) {
        memcpy(&columns[i % 64].word[i / 64], rows + i * stride + word * 8, 8);
    }
    transpose(columns);
}

/* How many of ${n} rows have each column set. */
static void
count_columns(const uint8_t *rows, size_t stride, size_t n, uint32_t *counts)
{
    struct lanes columns[64];

    for (size_t first = 0; first < n; first += SLICE) {
        size_t some = n - first < SLICE ? n - first : SLICE;

        for (size_t word = 0; word < stride / 8; word++) {
            columns_of(rows + first * stride, stride, some, word, columns);
            for (size_t c = 0; c < 64; c++) {
                counts[word * 64 + c] += (uint32_t)tally_bits_count(
                    (const uint8_t *)columns[c].word, sizeof columns[c]);
            }
        }
    }
}

/* Columns by how evenly they are set, which is their variance. A counting sort, so that
 * equals keep their order. */
static void
order_columns(const uint32_t *counts, size_t ncolumns, uint16_t *order)
{
    uint16_t start[SAMPLE_ROWS / 2 + 2] = {0};

    for (size_t c = 0; c < ncolumns; c++) {
        uint32_t set = counts[c] < SAMPLE_ROWS / 2 ? counts[c] : SAMPLE_ROWS - counts[c];

        start[SAMPLE_ROWS / 2 - set + 1]++;
    }
    for (size_t i = 1; i < SAMPLE_ROWS / 2 + 2; i++) {
        start[i] = (uint16_t)(start[i] + start[i - 1]);
    }
    for (size_t c = 0; c < ncolumns; c++) {
        uint32_t set = counts[c] < SAMPLE_ROWS / 2 ? counts[c] : SAMPLE_ROWS - counts[c];

        order[start[SAMPLE_ROWS / 2 - set]++] = (uint16_t)c;
    }
}

static int
fold_learn(const struct tally_matrix *a, const struct tally_matrix *b,
           uint32_t threshold_ppm, struct tally_pool *pool, void **model,
           struct tally_err *err)
{
    size_t ncolumns = a->stride * 8;
    struct fold_model *m = malloc(sizeof *m);
    uint32_t *counts = calloc(ncolumns, sizeof *counts);
    uint8_t *rows = aligned_alloc(TALLY_ROW_ALIGN, SAMPLE_ROWS * a->stride);
    int rc = -1;

    (void)threshold_ppm;
    (void)pool;
    if (m == NULL || counts == NULL || rows == NULL) {
        tally_err_nomem(err);
        goto done;
    }
    tally_sketch_sample(a, b, SAMPLE_ROWS, SAMPLE_SEED, rows);
    count_columns(rows, a->stride, SAMPLE_ROWS, counts);
    order_columns(counts, ncolumns, m->order);
    *model = m;
    m = NULL;
    rc = 0;

done:
    free(m);
    free(counts);
    free(rows);
    return rc;
}

/* Transposing the sample. */
static double
fold_learn_ns(uint32_t bits, size_t widest)
{
    (void)widest;
    return .3 * SAMPLE_ROWS * bits;
}

/* The group of each column: there and back again. */
static void
deal(const struct fold_model *m, size_t ncolumns, size_t ngroups, uint16_t *group)
{
    for (size_t i = 0; i < ncolumns; i++) {
        size_t round = i / ngroups;
        size_t place = i % ngroups;

        group[m->order[i]] = (uint16_t)(round % 2 == 0 ? place : ngroups - 1 - place);
    }
}

/* Fold ${n} rows, at most SLICE. */
static void
fold_slice(const struct tally_join_sketch *s, const uint16_t *group, const uint8_t *rows,
           size_t n, uint8_t *out)
{
    struct lanes folded[GROUPS_MAX];
    struct lanes columns[64];

    memset(folded, 0, s->width * 8 * sizeof *folded);
    for (size_t word = 0; word < s->stride / 8; word++) {
        columns_of(rows, s->stride, n, word, columns);
        for (size_t c = 0; c < 64; c++) {
            struct lanes *to = &folded[group[word * 64 + c]];

            for (size_t l = 0; l < LANES; l++) {
                to->word[l] ^= columns[c].word[l];
            }
        }
    }
    for (size_t word = 0; word < s->width / 8; word++) {
        transpose(folded + word * 64);
        for (size_t i = 0; i < n; i++) {
            memcpy(out + i * s->width + word * 8,
                   &folded[word * 64 + i % 64].word[i / 64], 8);
        }
    }
}

static void
fold_make(const struct tally_join_sketch *s, const uint8_t *rows,
          const uint32_t *popcounts, size_t n, uint8_t *out, int32_t *need)
{
    uint16_t group[COLUMNS_MAX];

    TALLY_INVARIANT(s->width <= WORDS_MAX * 8);
    deal(s->model, s->stride * 8, s->width * 8, group);
    for (size_t first = 0; first < n; first += SLICE) {
        size_t some = n - first < SLICE ? n - first : SLICE;

        fold_slice(s, group, rows + first * s->stride, some, out + first * s->width);
    }
    for (size_t i = 0; i < n; i++) {
        uint32_t folded = (uint32_t)tally_bits_count(out + i * s->width, s->width);

        need[i] = tally_join_need(s->threshold_ppm, popcounts[i], folded);
    }
}

static uint64_t
fold_per_bit_ppm(const struct tally_join_sketch *s)
{
    (void)s;
    return TALLY_PPM;
}

const struct tally_sketch_kind tally_sketch_fold = {
    .name = "fold",
    .learn_ns = fold_learn_ns,
    .scan = fold_scan,
    .widths = fold_widths,
    .learn = fold_learn,
    .forget = free,
    .make = fold_make,
    .per_bit_ppm = fold_per_bit_ppm,
};

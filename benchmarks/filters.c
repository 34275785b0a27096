/*
 * Made-up filters. A person is a handful of numbers; a value is spelt from its number,
 * cut into bigrams, and each bigram sets its bits. Common values come up often, as names
 * do, which makes the bits of a filter hang together.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "benchmarks/filters.h"

#include <stdlib.h>
#include <string.h>

#include "bloom/base/size.h"

#define FIELDS        7
#define VALUE_LETTERS 12
#define HASHES        12 /* bits a bigram sets in 1024 */

/* The fields. Draws of a value are raised to ${skew}: the higher, the more often the same
 * few come up. */
static const struct field {
    double values;
    unsigned skew;
    unsigned letters; /* at most */
    unsigned varies;  /* by how much a value may be shorter */
    unsigned alphabet;
    bool household; /* shared by those who live together */
} fields[FIELDS] = {
    {5000, 4, 8, 4, 26, false},  /* forename */
    {80000, 3, 9, 4, 26, true},  /* surname */
    {366, 1, 4, 0, 10, false},   /* day and month */
    {90, 1, 4, 0, 10, false},    /* year of birth */
    {2, 1, 1, 0, 26, false},     /* sex */
    {20000, 1, 7, 1, 20, true},  /* postcode */
    {30000, 2, 12, 5, 26, true}, /* street */
};

static uint64_t
mix(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

/* A number from 0 up to 1 that depends on all three arguments. */
static double
fraction(uint64_t seed, uint64_t row, uint64_t what)
{
    return (double)(mix(mix(seed << 32 | what) ^ row) >> 11) * 0x1p-53;
}

/* Three rows in ten live with the first row of their group of four. */
static uint64_t
value_of(uint64_t source, uint64_t row, unsigned field)
{
    if (fields[field].household && fraction(source, row, 930) < .3) {
        row -= row % 4;
    }
    double draw = fraction(source, row, field);
    double skewed = draw;

    for (unsigned i = 1; i < fields[field].skew; i++) {
        skewed *= draw;
    }
    return (uint64_t)(skewed * fields[field].values);
}

/* Letters of a value; returns how many. Early letters of the alphabet are the frequent
 * ones. */
static unsigned
spell(unsigned field, uint64_t value, uint8_t letters[VALUE_LETTERS])
{
    double shorter = fraction(1100 + field, value, 0) * (fields[field].varies + 1.0);
    unsigned n = fields[field].letters - (unsigned)shorter;

    for (unsigned i = 0; i < n; i++) {
        double draw = fraction(1000 + field, value, i);

        letters[i] = (uint8_t)(1 + draw * draw * draw * fields[field].alphabet);
    }
    return n;
}

static void
set_token(uint8_t *row, uint32_t bits, uint32_t hashes, uint64_t token)
{
    for (uint32_t h = 0; h < hashes; h++) {
        uint32_t bit = (uint32_t)((mix(token << 8 | h) >> 32) * bits >> 32);

        row[bit / 8] |= (uint8_t)(1u << bit % 8);
    }
}

static void
set_field(uint8_t *row, uint32_t bits, unsigned field, const uint8_t *letters, unsigned n)
{
    uint8_t before = 0;

    for (unsigned i = 0; i <= n; i++) {
        uint8_t here = i < n ? letters[i] : 0;

        set_token(row, bits, bits * HASHES / 1024,
                  (uint64_t)field << 16 | (uint64_t)before << 8 | here);
        before = here;
    }
}

/* Whose fields row ${row} of ${source} has: three in ten rows of later sources are
 * somebody of source 0. */
static bool
is_copy(uint64_t source, uint64_t row)
{
    return source != 0 && fraction(source, row, 900) < .3;
}

static void
clk_row(uint8_t *out, uint32_t bits, uint64_t source, uint64_t row)
{
    bool copy = is_copy(source, row);

    for (unsigned f = 0; f < FIELDS; f++) {
        uint8_t letters[VALUE_LETTERS] = {0};

        unsigned n = spell(f, value_of(copy ? 0 : source, row, f), letters);

        if (copy && fraction(source, row, 910 + f) < .15) {
            letters[(size_t)(fraction(source, row, 920 + f) * (double)n)] = 1;
        }
        set_field(out, bits, f, letters, n);
    }
}

/* Copies differ in up to three bits in ten. */
static void
uniform_row(uint8_t *out, uint32_t bits, uint64_t source, uint64_t row)
{
    bool copy = is_copy(source, row);
    double noise = .3 * fraction(source, row, 901);

    for (uint32_t bit = 0; bit < bits; bit++) {
        bool set = fraction(copy ? 0 : source, row, 2000 + bit) < .5;

        if (copy && fraction(source, row, 2000 + TALLY_ROW_BYTES_MAX * 8 + bit) < noise) {
            set = !set;
        }
        out[bit / 8] |= (uint8_t)(set << bit % 8);
    }
}

int
tally_filters_make(struct tally_matrix *out, enum tally_filters_kind kind, size_t n,
                   uint32_t bits, uint32_t source, struct tally_err *err)
{
    size_t stride = tally_size_align(bits / 8, TALLY_ROW_ALIGN);
    uint8_t *rows = aligned_alloc(TALLY_ROW_ALIGN, (n + 1) * stride);
    uint32_t *popcounts = malloc((n + 1) * sizeof *popcounts);

    if (rows == NULL || popcounts == NULL) {
        free(rows);
        free(popcounts);
        return tally_err_nomem(err);
    }
    memset(rows, 0, (n + 1) * stride);
    for (size_t i = 0; i < n; i++) {
        uint8_t *row = rows + i * stride;

        if (kind == TALLY_FILTERS_CLK) {
            clk_row(row, bits, source, i);
        } else {
            uniform_row(row, bits, source, i);
        }
        popcounts[i] = tally_kernel_best()->and_popcount(row, row, stride);
    }
    *out = (struct tally_matrix){
        .rows = rows, .popcounts = popcounts, .n = n, .stride = stride, .bits = bits};
    return 0;
}

void
tally_filters_free(struct tally_matrix *m)
{
    free((void *)(uintptr_t)m->rows);
    free((void *)(uintptr_t)m->popcounts);
}

/*
 * Made-up filters: how people become bits, and bits that are no people.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "benchmarks/filters.h"

#include <stdlib.h>
#include <string.h>

#include "benchmarks/filters_person.h"
#include "bloom/base/size.h"

#define HASHES 15 /* bits a bigram sets in 1024 */

static void
set_token(uint8_t *row, uint32_t bits, uint64_t token)
{
    for (uint32_t h = 0; h < bits * HASHES / 1024; h++) {
        uint64_t mixed = tally_synth_mix(token << 8 | h);
        uint32_t bit = (uint32_t)((mixed >> 32) * bits >> 32);

        row[bit / 8] |= (uint8_t)(1u << bit % 8);
    }
}

/* The bigrams of a value with a blank on each side, under the key of its field. */
static void
set_field(uint8_t *row, uint32_t bits, uint64_t field, const char *value)
{
    uint8_t before = ' ';

    for (const char *p = value; *value != '\0'; p++) {
        uint8_t here = *p == '\0' ? ' ' : (uint8_t)*p;

        set_token(row, bits, field << 16 | (uint64_t)before << 8 | here);
        before = here;
        if (*p == '\0') {
            return;
        }
    }
}

static void
clk_row(const struct tally_synth_lists *lists, uint8_t *out, uint32_t bits,
        uint32_t source, uint64_t row)
{
    struct tally_filter_person p;

    tally_filter_person(lists, source, row, &p);
    for (size_t f = 0; f < TALLY_FILTER_FIELDS; f++) {
        set_field(out, bits, f, p.field[f]);
    }
}

/* Half of the bits at random, the same for the same arguments; copies differ in up to
 * three bits in ten. */
static void
uniform_row(uint8_t *out, uint32_t bits, uint32_t source, uint64_t row)
{
    bool copy = tally_filter_is_copy(source, row);
    struct tally_synth_rng of_bits;
    struct tally_synth_rng of_noise;
    uint32_t noise;

    tally_synth_seed(&of_bits, 1, copy ? 0 : source, row);
    tally_synth_seed(&of_noise, 2, source, row);
    noise = tally_synth_below(&of_noise, 300000);
    for (uint32_t bit = 0; bit < bits; bit++) {
        bool set = tally_synth_chance(&of_bits, 500000);

        set ^= copy && tally_synth_chance(&of_noise, noise);
        out[bit / 8] |= (uint8_t)(set << bit % 8);
    }
}

static int
make_rows(struct tally_matrix *m, uint8_t *rows, uint32_t *popcounts,
          enum tally_filters_kind kind, uint32_t source, struct tally_err *err)
{
    const struct tally_kernel *kernel = tally_kernel_best();
    struct tally_synth_lists *lists = NULL;

    if (kind == TALLY_FILTERS_CLK && tally_filter_lists(&lists, m->n, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < m->n; i++) {
        uint8_t *row = rows + i * m->stride;

        if (kind == TALLY_FILTERS_CLK) {
            clk_row(lists, row, m->bits, source, i);
        } else {
            uniform_row(row, m->bits, source, i);
        }
        popcounts[i] = kernel->and_popcount(row, row, m->stride);
    }
    tally_synth_lists_free(lists);
    return 0;
}

int
tally_filters_make(struct tally_matrix *out, enum tally_filters_kind kind, size_t n,
                   uint32_t bits, uint32_t source, struct tally_err *err)
{
    struct tally_matrix m = {
        .n = n, .stride = tally_size_align(bits / 8, TALLY_ROW_ALIGN), .bits = bits};
    uint8_t *rows = aligned_alloc(TALLY_ROW_ALIGN, (n + 1) * m.stride);
    uint32_t *popcounts = malloc((n + 1) * sizeof *popcounts);
    int status = -1;

    if (rows == NULL || popcounts == NULL) {
        (void)tally_err_nomem(err);
    } else {
        memset(rows, 0, (n + 1) * m.stride);
        status = make_rows(&m, rows, popcounts, kind, source, err);
    }
    if (status != 0) {
        free(rows);
        free(popcounts);
        return -1;
    }
    m.rows = rows;
    m.popcounts = popcounts;
    *out = m;
    return 0;
}

void
tally_filters_free(struct tally_matrix *m)
{
    free((void *)(uintptr_t)m->rows);
    free((void *)(uintptr_t)m->popcounts);
}

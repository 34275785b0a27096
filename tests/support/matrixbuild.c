/*
 * Making bit matrices.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/support/matrixbuild.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define STOCK 4096 /* words there are */

uint32_t
test_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 32);
}

void
test_matrix_make(struct tally_matrix *m, size_t n, uint32_t bits)
{
    size_t stride = (bits + 511) / 512 * 64;

    *m = (struct tally_matrix){.n = n, .stride = stride, .bits = bits};
    m->rows = aligned_alloc(TALLY_ROW_ALIGN, (n + 1) * stride);
    m->popcounts = calloc(n + 1, sizeof *m->popcounts);
    assert_non_null(m->rows);
    assert_non_null(m->popcounts);
    memset(test_matrix_row(m, 0), 0, (n + 1) * stride);
}

void
test_matrix_free(struct tally_matrix *m)
{
    free((void *)(uintptr_t)m->rows);
    free((void *)(uintptr_t)m->popcounts);
}

uint8_t *
test_matrix_row(const struct tally_matrix *m, size_t i)
{
    return (uint8_t *)(uintptr_t)(m->rows + i * m->stride);
}

void
test_flip(uint8_t *row, uint32_t bit)
{
    row[bit / 8] ^= (uint8_t)(1u << bit % 8);
}

void
test_matrix_count(const struct tally_matrix *m)
{
    const struct tally_kernel *k = tally_kernel_best();
    uint32_t *popcounts = (uint32_t *)(uintptr_t)m->popcounts;

    for (size_t i = 0; i < m->n; i++) {
        popcounts[i] =
            k->and_popcount(test_matrix_row(m, i), test_matrix_row(m, i), m->stride);
    }
}

void
test_matrix_noise(const struct tally_matrix *m, uint32_t fill, uint64_t seed)
{
    for (size_t i = 0; i < m->n; i++) {
        for (uint32_t bit = 0; bit < m->bits; bit++) {
            test_matrix_row(m, i)[bit / 8] |=
                (uint8_t)((test_random(&seed) >> 24 < fill) << bit % 8);
        }
    }
    test_matrix_count(m);
}

static void
set_word(const struct tally_matrix *m, uint8_t *row, uint32_t word)
{
    uint64_t state = word * 77u + 5;

    for (uint32_t b = 0; b < m->bits / 64 + 1; b++) {
        uint32_t bit = test_random(&state) % m->bits;

        row[bit / 8] |= (uint8_t)(1u << bit % 8);
    }
}

void
test_matrix_words(const struct tally_matrix *m, uint32_t words, uint64_t seed)
{
    for (size_t i = 0; i < m->n; i++) {
        for (uint32_t w = 0; w < words; w++) {
            uint64_t draw = test_random(&seed) >> 16;

            set_word(m, test_matrix_row(m, i),
                     (uint32_t)(draw * draw * draw >> 36) % STOCK);
        }
    }
    test_matrix_count(m);
}

void
test_matrix_copies(const struct tally_matrix *m, const struct tally_matrix *from,
                   uint32_t flips, uint64_t seed)
{
    for (size_t i = 0; i < m->n; i++) {
        uint32_t some = test_random(&seed) % (flips + 1);

        memcpy(test_matrix_row(m, i), test_matrix_row(from, test_random(&seed) % from->n),
               m->stride);
        while (some-- > 0) {
            test_flip(test_matrix_row(m, i), test_random(&seed) % m->bits);
        }
    }
    test_matrix_count(m);
}

void
test_matrix_join(const struct tally_matrix *a, const struct tally_matrix *b, uint32_t ppm,
                 struct tally_pairs *out)
{
    const struct tally_kernel *k = tally_kernel_at(TALLY_CPU_PORTABLE);
    bool self = b == NULL;
    size_t cap = 1024;

    b = self ? a : b;
    *out = (struct tally_pairs){.list = malloc(cap * sizeof *out->list)};
    for (size_t i = 0; i < a->n; i++) {
        for (size_t j = self ? i + 1 : 0; j < b->n; j++) {
            uint32_t common =
                k->and_popcount(test_matrix_row(a, i), test_matrix_row(b, j), a->stride);
            uint64_t total = (uint64_t)a->popcounts[i] + b->popcounts[j];

            if (a->popcounts[i] == 0 || b->popcounts[j] == 0 ||
                2ull * TALLY_PPM * common < ppm * total) {
                continue;
            }
            if (out->n == cap) {
                cap *= 2;
                out->list = realloc(out->list, cap * sizeof *out->list);
            }
            assert_non_null(out->list);
            out->list[out->n++] = (struct tally_pair){(uint32_t)i, (uint32_t)j, common};
        }
    }
}

/*
 * PCA sketches never lose a pair, whatever the rows are like; do prune where rows have
 * something in common; and joins by them find what joins by whole rows find.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/join_pca.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Kinds of rows. */
enum rows {
    ROWS_LIKE,   /* made of few words, as names are: columns hang together */
    ROWS_RANDOM, /* no column has to do with any other */
    ROWS_LOW,    /* a handful of bits */
    ROWS_HIGH,   /* all but a handful */
    ROWS_SAME,   /* nothing to learn: all the same */
    ROWS_LONELY, /* most of one bit, some of all bits, some of none */
    ROWS_KINDS
};

static uint64_t random_state;
static struct tally_pool *pool;

static uint32_t
random_number(void)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random_state >> 32);
}

static uint8_t *
row_of(const struct tally_matrix *m, size_t i)
{
    return (uint8_t *)(uintptr_t)(m->rows + i * m->stride);
}

static void
flip(uint8_t *row, uint32_t bits, uint32_t times)
{
    while (times-- > 0) {
        uint32_t bit = random_number() % bits;

        row[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static void
add_words(uint8_t *row, uint32_t bits)
{
    uint64_t keep = random_state;

    for (uint32_t w = 0; w < 12; w++) {
        random_state = keep + w * 77777;
        random_state = (random_number() % 64) * (random_number() % 2 + 1);
        for (uint32_t b = 0; b < bits / 24; b++) {
            uint32_t bit = random_number() % bits;

            row[bit / 8] |= (uint8_t)(1u << bit % 8);
        }
    }
    random_state = keep * 3 + 1;
}

static void
fill_row(uint8_t *row, uint32_t bits, enum rows kind, size_t i)
{
    switch (kind) {
    case ROWS_LIKE:
        add_words(row, bits);
        break;
    case ROWS_RANDOM:
        flip(row, bits, bits);
        break;
    case ROWS_LOW:
        flip(row, bits, 1 + random_number() % 6);
        break;
    case ROWS_HIGH:
        memset(row, 0xff, bits / 8);
        flip(row, bits, random_number() % 6);
        break;
    case ROWS_SAME:
        memset(row, 0x35, bits / 8);
        break;
    default:
        if (i % 5 == 0) {
            memset(row, 0xff, bits / 8);
        } else if (i % 5 < 4) {
            row[random_number() % (bits / 8)] = 16;
        }
        break;
    }
}

/* ${n} rows; every third is the one before it, or nearly. */
static void
matrix_make(struct tally_matrix *m, size_t n, uint32_t bits, enum rows kind)
{
    size_t stride = (bits + 511) / 512 * 64;
    uint32_t *popcounts = malloc(n * sizeof *popcounts);
    uint8_t *rows = aligned_alloc(TALLY_ROW_ALIGN, n * stride);

    assert_non_null(popcounts);
    assert_non_null(rows);
    memset(rows, 0, n * stride);
    random_state = bits + 1000 * kind;
    for (size_t i = 0; i < n; i++) {
        uint8_t *row = rows + i * stride;

        if (i % 3 == 2) {
            memcpy(row, row - stride, stride);
            flip(row, bits, kind == ROWS_SAME ? 0 : random_number() % 30);
        } else {
            fill_row(row, bits, kind, i);
        }
        popcounts[i] = tally_kernel_best()->and_popcount(row, row, stride);
    }
    *m = (struct tally_matrix){rows, popcounts, n, stride, bits};
}

static void
matrix_free(struct tally_matrix *m)
{
    free((void *)(uintptr_t)m->rows);
    free((void *)(uintptr_t)m->popcounts);
}

static struct tally_pca_model *
learn(const struct tally_matrix *a, const struct tally_matrix *b, uint32_t threshold_ppm,
      struct tally_pool *with)
{
    struct tally_err err = TALLY_ERR_INIT;
    void *model = NULL;

    assert_int_equal(tally_pca_learn(a, b, threshold_ppm, with, &model, &err), 0);
    return model;
}

/* The score of rows i and j beyond what they need at a threshold. */
static int64_t
surplus(const struct tally_matrix *m, struct tally_join_sketch *s, size_t i, size_t j)
{
    uint8_t made[2][TALLY_DOT_BYTES_MAX];
    int32_t need[2];
    int64_t score = 0;

    tally_sketch_pca.make(s, row_of(m, i), &m->popcounts[i], 1, made[0], &need[0]);
    tally_sketch_pca.make(s, row_of(m, j), &m->popcounts[j], 1, made[1], &need[1]);
    for (size_t at = 0; at < s->width; at++) {
        score += (int8_t)made[0][at] * (int8_t)made[1][at];
    }
    assert_true(need[0] >= -TALLY_NEED_MAX && need[0] <= TALLY_NEED_MAX);
    assert_true(need[1] >= -TALLY_NEED_MAX && need[1] <= TALLY_NEED_MAX);
    return score - need[0] - need[1];
}

/* Rows i and j at the highest threshold that they reach. */
static void
check_pair(const struct tally_matrix *m, struct tally_join_sketch *s, size_t i, size_t j)
{
    if (m->popcounts[i] == 0 || m->popcounts[j] == 0) {
        return;
    }
    s->threshold_ppm = tally_dice_ppm(
        tally_kernel_best()->and_popcount(row_of(m, i), row_of(m, j), m->stride),
        m->popcounts[i], m->popcounts[j]);
    if (s->threshold_ppm > 0) {
        assert_true(surplus(m, s, i, j) >= 0);
    }
}

static void
pca_keeps_every_pair_at_its_own_score(void **state)
{
    (void)state;
    for (int kind = 0; kind < ROWS_KINDS; kind++) {
        struct tally_matrix m;
        struct tally_pca_model *model;

        matrix_make(&m, 300, kind == ROWS_LIKE ? 520 : 256, (enum rows)kind);
        model = learn(&m, &m, 700000, pool);
        assert_true(model->n >= 2);
        for (size_t w = 0; w < model->n; w++) {
            struct tally_join_sketch s = {.kind = &tally_sketch_pca,
                                          .model = model,
                                          .bits = m.bits,
                                          .stride = m.stride,
                                          .width = model->bases[w].projection.width};

            for (size_t i = 0; i + 1 < m.n; i++) {
                check_pair(&m, &s, i, i);
                check_pair(&m, &s, i, i + 1);
                check_pair(&m, &s, i, random_number() % m.n);
            }
        }
        tally_pca_forget(model);
        matrix_free(&m);
    }
}

/* Of what is far below the threshold, next to nothing passes. */
static void
pca_prunes_what_hangs_together(void **state)
{
    struct tally_matrix m;
    struct tally_pca_model *model;
    struct tally_join_sketch s = {.kind = &tally_sketch_pca, .threshold_ppm = 900000};
    size_t unlike = 0;
    size_t passed = 0;

    (void)state;
    matrix_make(&m, 600, 512, ROWS_LIKE);
    model = learn(&m, &m, 900000, pool);
    s.model = model;
    s.bits = m.bits;
    s.stride = m.stride;
    s.width = 256;
    for (size_t i = 0; i < m.n; i++) {
        for (size_t j = i + 1; j < m.n; j += 37) {
            uint32_t common =
                tally_kernel_best()->and_popcount(row_of(&m, i), row_of(&m, j), m.stride);

            if (tally_dice_ppm(common, m.popcounts[i], m.popcounts[j]) < 750000) {
                unlike++;
                passed += surplus(&m, &s, i, j) >= 0;
            }
        }
    }
    assert_true(unlike > 1000);
    assert_true(passed * 100 < unlike);
    tally_pca_forget(model);
    matrix_free(&m);
}

/* |W v| by power iteration: never more than the bound, and the bound not much more. */
static void
pca_bounds_how_much_directions_stretch(void **state)
{
    struct tally_matrix m;
    struct tally_pca_model *model;

    (void)state;
    matrix_make(&m, 300, 512, ROWS_LIKE);
    model = learn(&m, &m, 800000, pool);
    for (size_t w = 0; w < model->n; w++) {
        const struct tally_projection *p = &model->bases[w].projection;
        double x[512];
        double y[TALLY_DOT_BYTES_MAX];
        double norm2 = 0;

        for (size_t i = 0; i < 512; i++) {
            x[i] = (double)random_number() - 2e9;
        }
        for (int round = 0; round < 8; round++) {
            double length2 = 0;

            for (size_t i = 0; i < 512; i++) {
                length2 += x[i] * x[i];
            }
            norm2 = 0;
            for (size_t k = 0; k < p->width; k++) {
                const int32_t *part = p->columns + k / 64 * 64 * 512 + k % 64;

                y[k] = 0;
                for (size_t i = 0; i < 512; i++) {
                    y[k] += part[i * 64] * x[i] / sqrt(length2);
                }
                norm2 += y[k] * y[k];
            }
            for (size_t i = 0; i < 512; i++) {
                x[i] = 0;
                for (size_t k = 0; k < p->width; k++) {
                    x[i] += p->columns[k / 64 * 64 * 512 + i * 64 + k % 64] * y[k];
                }
            }
        }
        assert_true(norm2 > .99 * 0x1p40);
        assert_true(norm2 <= model->bases[w].norm2);
        assert_true(model->bases[w].norm2 < 1.001 * 0x1p40);
    }
    tally_pca_forget(model);
    matrix_free(&m);
}

static void
pca_learns_the_same_with_any_number_of_threads(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_pool *one;
    struct tally_matrix m;
    struct tally_pca_model *models[2];

    (void)state;
    assert_int_equal(tally_pool_create(&one, 1, &err), 0);
    matrix_make(&m, 200, 256, ROWS_LIKE);
    models[0] = learn(&m, &m, 800000, one);
    models[1] = learn(&m, &m, 800000, pool);
    assert_int_equal(models[0]->n, models[1]->n);
    for (size_t w = 0; w < models[0]->n; w++) {
        const struct tally_projection *p = &models[0]->bases[w].projection;
        const struct tally_projection *r = &models[1]->bases[w].projection;

        assert_int_equal(p->step, r->step);
        assert_memory_equal(p->columns, r->columns,
                            p->row_bytes * 8 * p->width * sizeof *p->columns);
        assert_memory_equal(p->start, r->start, p->width * sizeof *p->start);
    }
    tally_pca_forget(models[0]);
    tally_pca_forget(models[1]);
    tally_pool_free(one);
    matrix_free(&m);
}

static void
pca_has_widths_only_where_they_are_narrow(void **state)
{
    size_t widths[TALLY_SKETCH_WIDTHS];

    (void)state;
    assert_int_equal(tally_pca_widths(64, 800000, widths), 0);
    assert_int_equal(tally_pca_widths(255, 800000, widths), 0);
    assert_int_equal(tally_pca_widths(256, 800000, widths), 2);
    assert_int_equal(tally_pca_widths(1024, 800000, widths), 4);
    assert_int_equal(widths[0], 64);
    assert_int_equal(widths[3], 256);
    assert_int_equal(tally_pca_widths(1024, 700000, widths), 5);
    assert_int_equal(widths[4], 384);
    assert_int_equal(tally_pca_widths(8192, 800000, widths), 0);
}

static struct tally_pairs
join(const struct tally_matrix *a, const struct tally_matrix *b,
     struct tally_join_options options)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_join_stats stats;
    struct tally_pairs pairs;

    options.pool = pool;
    assert_int_equal(tally_join(a, b, &options, &pairs, &stats, &err), 0);
    assert_string_equal(stats.sketch, options.sketch->name);
    return pairs;
}

/* With and without a limit to the best, between two and within one. */
static void
check_join(const struct tally_matrix *a, const struct tally_matrix *b,
           const struct tally_kernel *kernel, uint32_t threshold_ppm, uint32_t k)
{
    struct tally_join_options options = {
        .threshold_ppm = threshold_ppm, .k = k, .sketch = &tally_sketch_whole};
    struct tally_pairs expected = join(a, b, options);
    struct tally_pairs found;

    options.sketch = &tally_sketch_pca;
    options.kernel = kernel;
    found = join(a, b, options);
    assert_int_equal(found.n, expected.n);
    if (expected.n > 0) {
        assert_memory_equal(found.list, expected.list, found.n * sizeof *found.list);
    }
    free(found.list);
    free(expected.list);
}

static void
joins_by_pca_find_what_joins_by_whole_rows_find(void **state)
{
    struct tally_matrix a;
    struct tally_matrix b;
    int tried = 0;

    (void)state;
    matrix_make(&a, 700, 320, ROWS_LIKE);
    matrix_make(&b, 500, 320, ROWS_RANDOM);
    memcpy(row_of(&b, 100), row_of(&a, 200), 300 * a.stride);
    memcpy((void *)(uintptr_t)(b.popcounts + 100), a.popcounts + 200,
           300 * sizeof *a.popcounts);
    for (int level = 0; level < TALLY_CPU_LEVELS; level++) {
        const struct tally_kernel *kernel = tally_kernel_at((enum tally_cpu_level)level);

        if (kernel == NULL || kernel->dot == NULL) {
            continue;
        }
        check_join(&a, &b, kernel, 950000, 0);
        check_join(&a, &b, kernel, 700000, 2);
        check_join(&a, NULL, kernel, 800000, 1);
        tried++;
    }
    if (tried == 0) {
        print_message("joins by PCA were not tried: no kernel multiplies here\n");
    }
    matrix_free(&a);
    matrix_free(&b);
}

static int
make_pool(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    return tally_pool_create(&pool, 3, &err);
}

static int
free_pool(void **state)
{
    (void)state;
    tally_pool_free(pool);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pca_has_widths_only_where_they_are_narrow),
        cmocka_unit_test(pca_keeps_every_pair_at_its_own_score),
        cmocka_unit_test(pca_prunes_what_hangs_together),
        cmocka_unit_test(pca_bounds_how_much_directions_stretch),
        cmocka_unit_test(pca_learns_the_same_with_any_number_of_threads),
        cmocka_unit_test(joins_by_pca_find_what_joins_by_whole_rows_find),
    };

    return cmocka_run_group_tests_name("join_pca", tests, make_pool, free_pool);
}

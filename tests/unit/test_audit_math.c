/*
 * The arithmetic of the audit against plain sums.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/audit/audit_math.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static struct tally_err err;

static void
fill(struct tally_features *f, size_t n, size_t k, uint64_t seed)
{
    assert_int_equal(tally_features_create(f, n, k, &err), 0);
    for (size_t i = 0; i < n * k; i++) {
        f->v[i] = (float)tally_audit_below(&seed, 2001) / 1000 - 1;
    }
}

static double
distance(const struct tally_features *a, size_t i, const struct tally_features *b,
         size_t j, size_t from, size_t step)
{
    double sum = 0;

    for (size_t c = from; c < a->k; c += step) {
        double x = (double)a->v[i * a->k + c] - b->v[j * b->k + c];

        sum += x * x;
    }
    return sum;
}

/* The row that was found is no farther than any other, but for rounding. */
static void
check_nearest(size_t na, size_t nb, size_t k, size_t from, size_t step, unsigned threads)
{
    struct tally_features a, b;
    struct tally_nearest near;
    struct tally_pool *pool;

    fill(&a, na, k, na);
    fill(&b, nb, k, nb + 1000);
    assert_int_equal(tally_pool_create(&pool, threads, &err), 0);
    assert_int_equal(tally_nearest_find(&near, &a, &b, from, step, pool, NULL, &err), 0);
    for (size_t i = 0; i < na; i++) {
        for (size_t j = 0; j < nb; j++) {
            assert_true(distance(&a, i, &b, near.at[i], from, step) <=
                        distance(&a, i, &b, j, from, step) + .02);
            assert_true(distance(&a, near.back[j], &b, j, from, step) <=
                        distance(&a, i, &b, j, from, step) + .02);
        }
        assert_true(near.first[i] <= near.second[i]);
    }
    tally_nearest_free(&near);
    tally_pool_free(pool);
    tally_features_free(&a);
    tally_features_free(&b);
}

static void
nearest_rows_are_nearest(void **state)
{
    (void)state;
    check_nearest(1, 1, 1, 0, 1, 1);
    check_nearest(70, 300, 5, 0, 1, 2);
    check_nearest(130, 65, 33, 0, 2, 3);
    check_nearest(130, 65, 33, 1, 2, 1);
}

static void
nearest_of_nothing_is_nobody(void **state)
{
    struct tally_features a, b = {0};
    struct tally_nearest near;
    struct tally_pool *pool;

    (void)state;
    fill(&a, 3, 2, 1);
    b.k = 2;
    assert_int_equal(tally_pool_create(&pool, 1, &err), 0);
    assert_int_equal(tally_nearest_find(&near, &a, &b, 0, 1, pool, NULL, &err), 0);
    assert_int_equal(near.at[2], TALLY_AUDIT_NONE);
    tally_nearest_free(&near);
    tally_pool_free(pool);
    tally_features_free(&a);
}

static void
mutual_pairs_come_surest_first(void **state)
{
    float x[] = {0, 10, 20};
    float y[] = {21, 0, 0.5F};
    struct tally_features a = {3, 1, x}, b = {3, 1, y};
    struct tally_audit_pair *pairs;
    struct tally_nearest near;
    struct tally_pool *pool;
    size_t n;

    (void)state;
    assert_int_equal(tally_pool_create(&pool, 1, &err), 0);
    assert_int_equal(tally_nearest_find(&near, &a, &b, 0, 1, pool, NULL, &err), 0);
    pairs = tally_nearest_mutual(&near, &n);
    assert_non_null(pairs);
    assert_int_equal(n, 2);
    assert_int_equal(pairs[0].victim, 2);
    assert_int_equal(pairs[0].person, 0);
    assert_int_equal(pairs[1].victim, 0);
    assert_int_equal(pairs[1].person, 1);
    free(pairs);
    tally_nearest_free(&near);
    tally_pool_free(pool);
}

static void
columns_become_standard_and_rows_of_length_one(void **state)
{
    struct tally_features f;

    (void)state;
    fill(&f, 50, 3, 7);
    for (size_t i = 0; i < 50; i++) {
        f.v[i * 3 + 2] = 4; /* never varies */
    }
    assert_int_equal(tally_features_standardise(&f, &err), 0);
    for (size_t c = 0; c < 3; c++) {
        double sum = 0, squares = 0;

        for (size_t i = 0; i < 50; i++) {
            sum += f.v[i * 3 + c];
            squares += (double)f.v[i * 3 + c] * f.v[i * 3 + c];
        }
        assert_true(fabs(sum) < 1e-4);
        assert_true(fabs(squares / 50 - (c < 2 ? 1 : 0)) < 1e-4);
    }
    tally_features_unit_rows(&f);
    for (size_t i = 0; i < 50; i++) {
        assert_true(fabs(hypot(f.v[i * 3], f.v[i * 3 + 1]) - 1) < 1e-5);
    }
    tally_features_free(&f);
}

static void
eigenvectors_rebuild_the_matrix(void **state)
{
    enum { D = 6 };
    double m[D * D], kept[D * D], values[D], vectors[D * D];
    uint64_t seed = 5;

    (void)state;
    for (size_t i = 0; i < D; i++) {
        for (size_t j = 0; j <= i; j++) {
            m[i * D + j] = m[j * D + i] = tally_audit_below(&seed, 100);
        }
    }
    for (size_t i = 0; i < D * D; i++) {
        kept[i] = m[i];
    }
    tally_eigen_small(m, D, values, vectors);
    for (size_t i = 0; i < D; i++) {
        assert_true(i == 0 || values[i] <= values[i - 1]);
        for (size_t j = 0; j < D; j++) {
            double sum = 0;

            for (size_t e = 0; e < D; e++) {
                sum += values[e] * vectors[i * D + e] * vectors[j * D + e];
            }
            assert_true(fabs(sum - kept[i * D + j]) < 1e-8);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nearest_rows_are_nearest),
        cmocka_unit_test(nearest_of_nothing_is_nobody),
        cmocka_unit_test(mutual_pairs_come_surest_first),
        cmocka_unit_test(columns_become_standard_and_rows_of_length_one),
        cmocka_unit_test(eigenvectors_rebuild_the_matrix),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

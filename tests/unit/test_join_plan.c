/*
 * Plans, shards and streams: the work cut up in any way, run in any order and merged, or
 * spilt to disk, comes to the bytes of a run in one piece.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/join_plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/matrixbuild.h"

static struct tally_pool *pools[2]; /* of 1 and 3 threads */

static void
make_sources(struct tally_matrix *a, struct tally_matrix *b, size_t na, size_t nb)
{
    test_matrix_make(a, na, 512);
    test_matrix_make(b, nb, 512);
    test_matrix_words(b, 20, nb);
    b->n = nb / 8;
    test_matrix_copies(a, b, 40, na);
    b->n = nb;
    if (na > 3) {
        memset(test_matrix_row(a, 3), 0, a->stride);
        test_matrix_count(a);
    }
}

static void
assert_same(const struct tally_pairs *got, const struct tally_pairs *expected)
{
    assert_int_equal(got->n, expected->n);
    assert_true(got->n == 0 ||
                memcmp(got->list, expected->list, got->n * sizeof *got->list) == 0);
}

/* Run the shards of a plan from the last to the first, each by another kernel and
 * sketch, and merge. */
static void
check_shards(const struct tally_matrix *a, const struct tally_matrix *b, uint32_t k,
             uint32_t nshards, const struct tally_pairs *expected)
{
    struct tally_join_options o = {.threshold_ppm = 600000, .k = k, .pool = pools[0]};
    struct tally_pairs *parts = calloc(nshards, sizeof *parts);
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_join_plan p;
    struct tally_pairs merged = {0};
    uint64_t covered = 0;

    assert_non_null(parts);
    assert_int_equal(tally_join_plan_make(&p, a, b, &o, nshards, &err), 0);
    for (uint32_t shard = nshards; shard-- > 0;) {
        struct tally_join_options here = {.pool = pools[shard % 2]};
        uint64_t first;
        uint64_t end;

        here.kernel = tally_kernel_at((enum tally_cpu_level)(shard % TALLY_CPU_LEVELS));
        tally_join_plan_tiles(&p, shard, &first, &end);
        covered += end - first;
        assert_int_equal(
            tally_join_shard(&p, shard, a, b, &here, &parts[shard], NULL, &err), 0);
    }
    assert_int_equal(covered, p.tiles);
    assert_int_equal(tally_join_merge(&p, a, b, &o, parts, nshards, &merged, &err), 0);
    assert_same(&merged, expected);
    free(merged.list);
    free(parts);
}

static void
shards_run_in_any_order_merge_to_the_same_bytes(void **state)
{
    static const uint32_t shards[] = {1, 2, 7, 50};

    (void)state;
    for (uint32_t k = 0; k <= 2; k++) {
        for (int self = 0; self <= 1; self++) {
            struct tally_matrix a;
            struct tally_matrix b;
            const struct tally_matrix *other = self ? NULL : &b;
            struct tally_join_options o = {
                .threshold_ppm = 600000, .k = k, .pool = pools[1]};
            struct tally_err err = TALLY_ERR_INIT;
            struct tally_pairs expected = {0};

            make_sources(&a, &b, 400, 300);
            assert_int_equal(tally_join(&a, other, &o, &expected, NULL, &err), 0);
            assert_true(expected.n > 100);
            for (size_t s = 0; s < sizeof shards / sizeof shards[0]; s++) {
                check_shards(&a, other, k, shards[s], &expected);
            }
            free(expected.list);
            test_matrix_free(&a);
            test_matrix_free(&b);
        }
    }
}

static void
shards_of_nothing_are_empty(void **state)
{
    struct tally_matrix none;
    struct tally_matrix b;

    (void)state;
    make_sources(&none, &b, 0, 5);
    check_shards(&none, &b, 0, 3, &(struct tally_pairs){0});
    check_shards(&none, NULL, 1, 3, &(struct tally_pairs){0});
    test_matrix_free(&none);
    test_matrix_free(&b);
}

/* Tiles of a self-join: each pair of tiles once, none below the diagonal. */
static void
plan_numbers_every_tile_once(void **state)
{
    struct tally_matrix a;
    struct tally_matrix b;
    struct tally_join_options o = {.threshold_ppm = 700000};
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    make_sources(&a, &b, 3000, 2500);
    for (int self = 0; self <= 1; self++) {
        struct tally_join_plan p;
        uint8_t *seen;
        size_t across;

        assert_int_equal(tally_join_plan_make(&p, &a, self ? NULL : &b, &o, 3, &err), 0);
        assert_int_equal(p.rows_a, 2999);
        across = (p.rows_b + p.tile_b - 1) / p.tile_b;
        seen = calloc(p.tiles + across * across, 1);
        assert_non_null(seen);
        for (uint64_t t = 0; t < p.tiles; t++) {
            size_t ta;
            size_t tb;

            tally_join_plan_tile(&p, t, &ta, &tb);
            assert_true(ta * p.tile_a < p.rows_a && tb < across);
            assert_true(!self || tb >= ta);
            assert_int_equal(seen[ta * across + tb]++, 0);
        }
        free(seen);
    }
    test_matrix_free(&a);
    test_matrix_free(&b);
}

static void
plan_of_other_sources_is_refused(void **state)
{
    struct tally_matrix a;
    struct tally_matrix b;
    struct tally_join_options o = {.threshold_ppm = 700000, .pool = pools[0]};
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_pairs out = {0};
    struct tally_join_plan p;

    (void)state;
    make_sources(&a, &b, 40, 30);
    assert_int_equal(tally_join_plan_make(&p, &a, &b, &o, 2, &err), 0);
    assert_int_equal(tally_join_shard(&p, 0, &b, &a, &o, &out, NULL, &err), -1);
    assert_int_equal(err.code, TALLY_E_USAGE);
    assert_int_equal(tally_join_shard(&p, 0, &a, NULL, &o, &out, NULL, &err), -1);
    assert_int_equal(err.code, TALLY_E_USAGE);
    test_matrix_free(&a);
    test_matrix_free(&b);
}

/* Where a stream of pairs goes. */
struct taken {
    const struct tally_pairs *expected;
    size_t n;
    size_t calls;
    size_t fail_after;
};

static int
take(void *ctx, const struct tally_pair *pairs, size_t n, struct tally_err *err)
{
    struct taken *t = ctx;

    assert_true(n > 0 && t->n + n <= t->expected->n);
    assert_memory_equal(pairs, t->expected->list + t->n, n * sizeof *pairs);
    t->n += n;
    t->calls++;
    if (t->calls == t->fail_after) {
        return tally_err_set(err, TALLY_E_IO, "no more");
    }
    return 0;
}

/* More pairs than fit in memory, or all of them: the same stream. Every row is like every
 * other, so that there are many. */
static void
stream_is_the_list_however_little_memory_there_is(void **state)
{
    struct tally_matrix a;
    struct tally_matrix b;
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    test_matrix_make(&a, 700, 512);
    test_matrix_make(&b, 600, 512);
    test_matrix_noise(&a, 128, 1);
    memcpy(test_matrix_row(&a, 1), test_matrix_row(&a, 0), a.stride);
    test_matrix_copies(&b, &a, 3, 2);
    for (uint32_t k = 0; k <= 1; k++) {
        struct tally_join_options o = {
            .threshold_ppm = 300000, .k = k, .pool = pools[1], .beside = NULL};
        struct tally_pairs expected = {0};

        assert_int_equal(tally_join(&a, &b, &o, &expected, NULL, &err), 0);
        assert_true(k != 0 || expected.n == a.n * b.n);
        for (o.memory = 1000; o.memory <= (1u << 30); o.memory *= 1000) {
            struct taken t = {.expected = &expected};
            struct tally_join_stats stats;

            assert_int_equal(tally_join_each(&a, &b, &o, take, &t, &stats, &err), 0);
            assert_int_equal(t.n, expected.n);
            assert_int_equal(stats.compared, a.n * b.n);
            t = (struct taken){.expected = &expected, .fail_after = 1};
            assert_int_equal(tally_join_each(&a, &b, &o, take, &t, NULL, &err), -1);
            assert_string_equal(err.text, "no more");
        }
        free(expected.list);
    }
    test_matrix_free(&a);
    test_matrix_free(&b);
}

static void
stream_keeps_to_the_limit(void **state)
{
    struct tally_matrix a;
    struct tally_pairs none = {0};
    struct taken t = {.expected = &none};
    struct tally_join_options o = {
        .threshold_ppm = 900000, .max_pairs = 779, .memory = 1000, .pool = pools[0]};
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    test_matrix_make(&a, 40, 512);
    memset(test_matrix_row(&a, 0), 0x11, 40 * a.stride);
    test_matrix_count(&a);
    assert_int_equal(tally_join_each(&a, NULL, &o, take, &t, NULL, &err), -1);
    assert_int_equal(err.code, TALLY_E_LIMIT);
    test_matrix_free(&a);
}

static int
make_pools(void **state)
{
    struct tally_err err;

    (void)state;
    return tally_pool_create(&pools[0], 1, &err) != 0 ||
           tally_pool_create(&pools[1], 3, &err) != 0;
}

static int
free_pools(void **state)
{
    (void)state;
    tally_pool_free(pools[0]);
    tally_pool_free(pools[1]);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shards_run_in_any_order_merge_to_the_same_bytes),
        cmocka_unit_test(shards_of_nothing_are_empty),
        cmocka_unit_test(plan_numbers_every_tile_once),
        cmocka_unit_test(plan_of_other_sources_is_refused),
        cmocka_unit_test(stream_is_the_list_however_little_memory_there_is),
        cmocka_unit_test(stream_keeps_to_the_limit),
    };

    return cmocka_run_group_tests_name("join_plan", tests, make_pools, free_pools);
}

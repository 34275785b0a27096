/*
 * The join against brute force: thresholds that scores sit on, every kernel and 1, 2 and
 * 4 threads to the same bytes, the k best of either row, limits, interrupts.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/join.h"

#include "bloom/base/interrupt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/slow.h"

static uint64_t random_state;
static struct tally_pool *pools[3]; /* of 1, 2 and 4 threads */

static uint32_t
random_number(void)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random_state >> 32);
}

static void *
need_memory(size_t bytes)
{
    void *p = aligned_alloc(TALLY_ROW_ALIGN, (bytes + TALLY_ROW_ALIGN) / 64 * 64);

    assert_non_null(p);
    memset(p, 0, (bytes + TALLY_ROW_ALIGN) / 64 * 64);
    return p;
}

static uint8_t *
row_of(const struct tally_matrix *m, size_t i)
{
    return (uint8_t *)(uintptr_t)(m->rows + i * m->stride);
}

static void
matrix_make(struct tally_matrix *m, size_t n, size_t stride)
{
    *m = (struct tally_matrix){.n = n, .stride = stride, .bits = (uint32_t)stride * 8};
    m->rows = need_memory(n * stride);
    m->popcounts = need_memory(n * sizeof *m->popcounts);
}

static void
matrix_free(struct tally_matrix *m)
{
    free((void *)(uintptr_t)m->rows);
    free((void *)(uintptr_t)m->popcounts);
}

static void
matrix_count(struct tally_matrix *m)
{
    uint32_t *popcounts = (uint32_t *)(uintptr_t)m->popcounts;

    for (size_t i = 0; i < m->n; i++) {
        popcounts[i] = tally_kernel_at(TALLY_CPU_PORTABLE)
                           ->and_popcount(row_of(m, i), row_of(m, i), m->stride);
    }
}

/* Rows that come in families, so that scores of all heights and many ties occur. ${fill}
 * is in 256ths; now and then a row is empty or a copy. */
static void
matrix_fill(struct tally_matrix *m, uint32_t fill, uint32_t families)
{
    for (size_t i = 0; i < m->n; i++) {
        uint8_t *row = row_of(m, i);
        uint32_t flips = random_number() % 40;
        uint64_t keep;

        if (random_number() % 32 == 0) {
            continue;
        }
        keep = random_state;
        random_state = 77 + random_number() % families;
        for (size_t bit = 0; bit < m->stride * 8; bit++) {
            row[bit / 8] |= (uint8_t)((random_number() >> 24 < fill) << bit % 8);
        }
        random_state = keep;
        for (uint32_t f = 0; f < flips; f++) {
            uint32_t bit = random_number() % (uint32_t)(m->stride * 8);

            row[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
    matrix_count(m);
}

/* Brute force. */

static bool
naive_better(uint64_t c1, uint64_t t1, size_t partner1, uint64_t c2, uint64_t t2,
             size_t partner2)
{
    return c1 * t2 != c2 * t1 ? c1 * t2 > c2 * t1 : partner1 < partner2;
}

struct scores {
    const struct tally_matrix *a;
    const struct tally_matrix *b;
    bool self;
    uint32_t ppm;
};

/* Bits in common, or -1 when the pair does not count. */
static int64_t
naive_score(const struct scores *s, size_t i, size_t j)
{
    uint32_t common;

    if ((s->self && i == j) || s->a->popcounts[i] == 0 || s->b->popcounts[j] == 0) {
        return -1;
    }
    common = tally_kernel_at(TALLY_CPU_PORTABLE)
                 ->and_popcount(row_of(s->a, i), row_of(s->b, j), s->a->stride);
    return 2000000ull * common >=
                   (uint64_t)s->ppm * ((uint64_t)s->a->popcounts[i] + s->b->popcounts[j])
               ? (int64_t)common
               : -1;
}

/* How many partners of row i (of A, or of B when ${of_b}) come before partner j. */
static size_t
naive_rank(const struct scores *s, size_t i, size_t j, bool of_b)
{
    size_t n = of_b ? s->a->n : s->b->n;
    size_t rank = 0;
    int64_t mine = of_b ? naive_score(s, j, i) : naive_score(s, i, j);
    uint32_t own = of_b ? s->b->popcounts[i] : s->a->popcounts[i];
    const uint32_t *others = of_b ? s->a->popcounts : s->b->popcounts;

    for (size_t o = 0; o < n; o++) {
        int64_t theirs = of_b ? naive_score(s, o, i) : naive_score(s, i, o);

        rank += o != j && theirs >= 0 &&
                naive_better((uint64_t)theirs, (uint64_t)own + others[o], o,
                             (uint64_t)mine, (uint64_t)own + others[j], j);
    }
    return rank;
}

static void
naive_join(const struct scores *s, uint32_t k, struct tally_pairs *out)
{
    out->list = need_memory((s->a->n * s->b->n + 1) * sizeof *out->list);
    out->n = 0;
    for (size_t i = 0; i < s->a->n; i++) {
        for (size_t j = s->self ? i + 1 : 0; j < s->b->n; j++) {
            int64_t common = naive_score(s, i, j);

            if (common >= 0 && (k == 0 || naive_rank(s, i, j, false) < k ||
                                naive_rank(s, j, i, true) < k)) {
                out->list[out->n++] =
                    (struct tally_pair){(uint32_t)i, (uint32_t)j, (uint32_t)common};
            }
        }
    }
}

/* Run every kernel from ${level} up on 1 (but not in slow builds), 2 and 4 threads and
 * compare with ${expected}. */
static void
check_kernels(int level, const struct tally_matrix *a, const struct tally_matrix *b,
              uint32_t ppm, uint32_t k, const struct tally_pairs *expected)
{
    for (; level < TALLY_CPU_LEVELS; level++) {
        for (size_t p = TALLY_CASES(0, 1); p < 3; p++) {
            struct tally_join_options o = {
                .threshold_ppm = ppm,
                .k = k,
                .pool = pools[p],
                .kernel = tally_kernel_at((enum tally_cpu_level)level),
            };
            struct tally_pairs got = {0};
            struct tally_join_stats stats;
            struct tally_err err = TALLY_ERR_INIT;

            if (o.kernel == NULL) { /* not on this processor */
                continue;
            }
            assert_int_equal(tally_join(a, b, &o, &got, &stats, &err), 0);
            assert_int_equal(got.n, expected->n);
            assert_true(got.n == 0 ||
                        memcmp(got.list, expected->list, got.n * sizeof *got.list) == 0);
            assert_int_equal(stats.compared,
                             b != NULL ? a->n * b->n : a->n * (a->n - (a->n > 0)) / 2);
            free(got.list);
        }
    }
}

static void
check_join(const struct tally_matrix *a, const struct tally_matrix *b, uint32_t ppm,
           uint32_t k, const struct tally_pairs *expected)
{
    check_kernels(0, a, b, ppm, k, expected);
}

/* Returns how many pairs there are. */
static size_t
check_brute_force(const struct tally_matrix *a, const struct tally_matrix *b,
                  uint32_t ppm, uint32_t k)
{
    struct scores s = {a, b != NULL ? b : a, b == NULL, ppm};
    struct tally_pairs expected;

    naive_join(&s, k, &expected);
    check_join(a, b, ppm, k, &expected);
    free(expected.list);
    return expected.n;
}

static void
join_equals_brute_force_on_hundreds_of_small_cases(void **state)
{
    size_t found = 0;

    (void)state;
    for (uint32_t trial = 0; trial < TALLY_CASES(300, 100); trial++) {
        struct tally_matrix a;
        struct tally_matrix b;
        uint32_t k = trial % 3 == 0 ? 0 : 1 + random_number() % 4;
        uint32_t ppm = 300000 + random_number() % 700001;
        size_t stride = 64 * (1 + random_number() % 4);

        random_state = trial;
        matrix_make(&a, random_number() % 24, stride);
        matrix_make(&b, random_number() % 24, stride);
        matrix_fill(&a, 32 + random_number() % 128, 1 + trial % 7);
        matrix_fill(&b, 32 + random_number() % 128, 1 + trial % 7);
        found += check_brute_force(&a, &b, ppm, k);
        found += check_brute_force(&a, NULL, ppm, k);
        matrix_free(&a);
        matrix_free(&b);
    }
    assert_true(found > TALLY_CASES(1000, 300));
}

/* Rows of p bits that share c: every score is known, and thresholds are taken just below,
 * on and above it. */
static void
join_decides_exactly_on_the_threshold(void **state)
{
    (void)state;
    for (uint32_t common = 1; common <= 60; common += 7) {
        struct tally_matrix a;
        struct tally_matrix b;
        uint32_t pb = 61;

        matrix_make(&a, 1, 128);
        matrix_make(&b, 1, 128);
        for (uint32_t bit = 0; bit < 60; bit++) {
            row_of(&a, 0)[bit * 17 % 1024 / 8] |= (uint8_t)(1u << bit * 17 % 8);
        }
        for (uint32_t bit = 60 - common; bit < 60 - common + pb; bit++) {
            row_of(&b, 0)[bit * 17 % 1024 / 8] |= (uint8_t)(1u << bit * 17 % 8);
        }
        matrix_count(&a);
        matrix_count(&b);
        assert_int_equal(a.popcounts[0], 60);
        assert_int_equal(b.popcounts[0], pb);

        uint32_t on = tally_dice_ppm(common, 60, pb);
        struct tally_pair pair = {0, 0, common};

        check_join(&a, &b, on, 0, &(struct tally_pairs){&pair, 1});
        check_join(&a, &b, on - 1, 1, &(struct tally_pairs){&pair, 1});
        check_join(&a, &b, on + 1, 0, &(struct tally_pairs){&pair, 0});
        matrix_free(&a);
        matrix_free(&b);
    }
}

static void
join_finds_every_identical_row_at_threshold_one(void **state)
{
    struct tally_matrix a;

    (void)state;
    matrix_make(&a, 50, 64);
    memset(row_of(&a, 0), 0x5a, 50 * 64);
    row_of(&a, 20)[0] ^= 1;
    memset(row_of(&a, 30), 0, 64);
    matrix_count(&a);
    check_brute_force(&a, NULL, 1000000, 0);
    check_brute_force(&a, &a, 1000000, 0);
    check_brute_force(&a, NULL, 1000000, 3);
    check_brute_force(&a, &a, 1, 2);
    matrix_free(&a);
}

static void
join_of_nothing_is_nothing(void **state)
{
    struct tally_matrix none;
    struct tally_matrix empty;
    struct tally_matrix one;

    (void)state;
    matrix_make(&none, 0, 128);
    matrix_make(&empty, 5, 128); /* rows without set bits */
    matrix_make(&one, 1, 128);
    row_of(&one, 0)[3] = 7;
    matrix_count(&one);
    check_join(&none, &none, 1, 0, &(struct tally_pairs){0});
    check_join(&none, NULL, 1, 1, &(struct tally_pairs){0});
    check_join(&none, &one, 1, 0, &(struct tally_pairs){0});
    check_join(&one, &none, 1, 1, &(struct tally_pairs){0});
    check_join(&one, NULL, 1, 0, &(struct tally_pairs){0});
    check_join(&empty, NULL, 1, 0, &(struct tally_pairs){0});
    check_join(&empty, &one, 1, 1, &(struct tally_pairs){0});
    check_brute_force(&one, &one, 1000000, 0);
    matrix_free(&none);
    matrix_free(&empty);
    matrix_free(&one);
}

/* Many tiles, the sketch and the pruning of long lists: too large for brute force by the
 * naive count, so the portable kernel on one thread is the measure, and planted pairs
 * must be there. Slow builds try the best kernel alone: small cases try all of them. */
static void
large_join_is_the_same_for_every_kernel_and_number_of_threads(void **state)
{
    const size_t n = TALLY_CASES(2400, 2112); /* more than one tile */
    struct tally_matrix a;
    struct tally_matrix b;

    (void)state;
    random_state = 5;
    matrix_make(&a, n, 128);
    matrix_make(&b, TALLY_CASES(1900, 300), 128);
    for (size_t at = 0; at < n * 128; at++) {
        row_of(&a, 0)[at] = (uint8_t)(random_number() & random_number() >> 8);
    }
    for (size_t i = 0; i < b.n; i++) {
        memcpy(row_of(&b, i), row_of(&a, (i * 7 + 3) % n), 128);
        for (uint32_t f = 0; f < i % 120; f++) {
            uint32_t bit = random_number() % 1024;

            row_of(&b, i)[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
    matrix_count(&a);
    matrix_count(&b);
    for (uint32_t k = 0; k <= 2; k++) {
        for (uint32_t self = 0; self <= 1; self++) {
            struct tally_join_options o = {.threshold_ppm = k == 2 ? 250000 : 800000,
                                           .k = k,
                                           .pool = pools[0],
                                           .kernel = tally_kernel_at(TALLY_CPU_PORTABLE)};
            const struct tally_matrix *other = self ? NULL : &b;
            struct tally_pairs expected;
            struct tally_err err;

            assert_int_equal(tally_join(&a, other, &o, &expected, NULL, &err), 0);
            assert_true(self || expected.n > b.n / 2);
            check_kernels(TALLY_CASES(TALLY_CPU_POPCNT, (int)tally_cpu_level()), &a, other,
                          o.threshold_ppm, k, &expected);
            free(expected.list);
        }
    }
    matrix_free(&a);
    matrix_free(&b);
}

static void
join_stops_above_the_limit_and_not_at_it(void **state)
{
    struct tally_matrix a;
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_pairs out = {0};

    (void)state;
    matrix_make(&a, 40, 64);
    memset(row_of(&a, 0), 0x11, 40 * 64);
    matrix_count(&a);
    for (uint32_t k = 0; k <= 100; k += 100) {
        struct tally_join_options o = {
            .threshold_ppm = 900000, .k = k, .max_pairs = 779, .pool = pools[1]};

        assert_int_equal(tally_join(&a, NULL, &o, &out, NULL, &err), -1);
        assert_int_equal(err.code, TALLY_E_LIMIT);
        assert_string_equal(err.text, "more than 779 pairs reach the threshold");
        assert_string_equal(err.hint, "raise the threshold");
        assert_null(out.list);
        o.max_pairs = 780;
        assert_int_equal(tally_join(&a, NULL, &o, &out, NULL, &err), 0);
        assert_int_equal(out.n, 780);
        free(out.list);
        out = (struct tally_pairs){0};
    }
    matrix_free(&a);
}

/* Enough pairs that lists are pruned on the way. All rows are the same, so the best
 * partner of each is the first row, and the first row's is the second: n - 1 pairs. */
static void
limit_counts_what_is_kept_in_the_end(void **state)
{
    const size_t n = 1500;
    struct tally_matrix a;

    (void)state;
    matrix_make(&a, n, 64);
    memset(row_of(&a, 0), 0x11, n * 64);
    matrix_count(&a);
    for (size_t p = 0; p < 3; p++) {
        struct tally_join_options o = {
            .threshold_ppm = 900000, .k = 1, .max_pairs = n - 1, .pool = pools[p]};
        struct tally_err err = TALLY_ERR_INIT;
        struct tally_pairs out = {0};

        assert_int_equal(tally_join(&a, NULL, &o, &out, NULL, &err), 0);
        assert_int_equal(out.n, n - 1);
        for (size_t i = 0; i < out.n; i++) {
            assert_int_equal(out.list[i].a, 0);
            assert_int_equal(out.list[i].b, i + 1);
        }
        free(out.list);
        o.max_pairs = n - 2;
        assert_int_equal(tally_join(&a, NULL, &o, &out, NULL, &err), -1);
        assert_int_equal(err.code, TALLY_E_LIMIT);
        o.max_pairs = n / 4; /* told when the first list is pruned */
        assert_int_equal(tally_join(&a, NULL, &o, &out, NULL, &err), -1);
        assert_int_equal(err.code, TALLY_E_LIMIT);
    }
    matrix_free(&a);
}

static void
join_stops_when_it_is_interrupted(void **state)
{
    struct tally_matrix a;
    struct tally_join_options o = {.threshold_ppm = 900000, .pool = pools[2]};
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_pairs out = {0};

    (void)state;
    matrix_make(&a, 3, 64);
    memset(row_of(&a, 0), 0x11, 3 * 64);
    matrix_count(&a);
    tally_interrupt_set(true);
    assert_int_equal(tally_join(&a, NULL, &o, &out, NULL, &err), -1);
    tally_interrupt_set(false);
    assert_int_equal(err.code, TALLY_E_INTERRUPTED);
    assert_null(out.list);
    matrix_free(&a);
}

static void
record_progress(void *ctx, const char *phase, const char *unit, uint64_t done,
                uint64_t total)
{
    uint64_t *last = ctx;

    assert_string_equal(phase, "comparing");
    assert_string_equal(unit, "pairs");
    if (done != UINT64_MAX) {
        assert_true(done <= total);
        *last = total;
    }
}

static void
join_counts_pairs_as_progress(void **state)
{
    struct tally_matrix a;
    uint64_t total = 0;
    struct tally_progress progress = {.show = record_progress, .ctx = &total};
    struct tally_join_options o = {
        .threshold_ppm = 900000, .pool = pools[0], .progress = &progress};
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_pairs out = {0};

    (void)state;
    random_state = 11;
    matrix_make(&a, 500, 64);
    memset(row_of(&a, 0), 0x11, 500 * 64);
    matrix_count(&a);
    assert_int_equal(tally_join(&a, NULL, &o, &out, NULL, &err), 0);
    assert_int_equal(total, 500 * 499 / 2);
    assert_int_equal(atomic_load(&progress.done), total);
    free(out.list);
    matrix_free(&a);
}

static void
length_filter_skips_what_cannot_match(void **state)
{
    struct tally_matrix a;
    struct tally_join_options o = {.threshold_ppm = 900000, .pool = pools[0]};
    struct tally_join_stats stats;
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_pairs out = {0};

    (void)state;
    matrix_make(&a, 8000, 64);
    for (size_t i = 0; i < a.n; i++) {
        /* Ascending numbers of set bits, 1 to 512. */
        for (size_t bit = 0; bit <= i * 512 / a.n; bit++) {
            row_of(&a, i)[bit / 8] |= (uint8_t)(1u << bit % 8);
        }
    }
    matrix_count(&a);
    assert_int_equal(tally_join(&a, NULL, &o, &out, &stats, &err), 0);
    assert_int_equal(stats.compared, 8000ull * 7999 / 2);
    assert_true(stats.scanned < stats.compared);
    /* Row i has p bits, all of them shared by the longer row: Dice 2p / (p + q) decides
     * alone. */
    size_t expected = 0;

    for (size_t i = 0; i < a.n; i++) {
        for (size_t j = i + 1; j < a.n; j++) {
            expected += 2000000ull * a.popcounts[i] >=
                        900000ull * (a.popcounts[i] + a.popcounts[j]);
        }
    }
    assert_int_equal(out.n, expected);
    free(out.list);
    matrix_free(&a);
}

static void
sample_is_seeded_and_counts_every_pair(void **state)
{
    struct tally_matrix a;
    struct tally_matrix one;
    uint64_t first[TALLY_HISTOGRAM_BINS];
    uint64_t again[TALLY_HISTOGRAM_BINS];
    uint64_t sum = 0;
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    random_state = 3;
    matrix_make(&a, 300, 128);
    matrix_fill(&a, 90, 1000);
    assert_int_equal(tally_join_sample(&a, NULL, 5000, 1, first, &err), 0);
    assert_int_equal(tally_join_sample(&a, NULL, 5000, 1, again, &err), 0);
    assert_memory_equal(first, again, sizeof first);
    for (size_t bin = 0; bin < TALLY_HISTOGRAM_BINS; bin++) {
        sum += first[bin];
    }
    assert_int_equal(sum, 5000);
    assert_int_equal(tally_join_sample(&a, &a, 5000, 2, again, &err), 0);
    assert_memory_not_equal(first, again, sizeof first);

    /* A row is no partner of its own, so a source of one has no pairs; across sources it
     * has. */
    matrix_make(&one, 1, 128);
    row_of(&one, 0)[0] = 1;
    matrix_count(&one);
    assert_int_equal(tally_join_sample(&one, NULL, 10, 1, first, &err), 0);
    assert_int_equal(first[1000], 0);
    assert_int_equal(tally_join_sample(&one, &one, 10, 1, first, &err), 0);
    assert_int_equal(first[1000], 10);
    matrix_free(&one);
    matrix_free(&a);
}

static int
make_pools(void **state)
{
    struct tally_err err;

    (void)state;
    return tally_pool_create(&pools[0], 1, &err) != 0 ||
           tally_pool_create(&pools[1], 2, &err) != 0 ||
           tally_pool_create(&pools[2], 4, &err) != 0;
}

static int
free_pools(void **state)
{
    (void)state;
    for (size_t p = 0; p < 3; p++) {
        tally_pool_free(pools[p]);
    }
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(join_equals_brute_force_on_hundreds_of_small_cases),
        cmocka_unit_test(join_decides_exactly_on_the_threshold),
        cmocka_unit_test(join_finds_every_identical_row_at_threshold_one),
        cmocka_unit_test(join_of_nothing_is_nothing),
        cmocka_unit_test(large_join_is_the_same_for_every_kernel_and_number_of_threads),
        cmocka_unit_test(join_stops_above_the_limit_and_not_at_it),
        cmocka_unit_test(limit_counts_what_is_kept_in_the_end),
        cmocka_unit_test(join_stops_when_it_is_interrupted),
        cmocka_unit_test(join_counts_pairs_as_progress),
        cmocka_unit_test(length_filter_skips_what_cannot_match),
        cmocka_unit_test(sample_is_seeded_and_counts_every_pair),
    };

    return cmocka_run_group_tests_name("join", tests, make_pools, free_pools);
}

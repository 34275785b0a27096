/*
 * The engine against brute force on whole sources: filters of people, diffused, random,
 * nearly empty and nearly full, each at ten thresholds. Brute force is a count of every
 * pair written here, which shares nothing with the engine. 500 records a source; 20,000
 * where TALLY_LONG is set.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/diffusion.h"
#include "linker/join.h"

#include "benchmarks/filters.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/matrixbuild.h"
#include "tests/support/testpool.h"

#define THRESHOLDS 10

/* Two sources, and every pair of them that reaches the least threshold, in order. */
struct sources {
    struct tally_matrix a;
    struct tally_matrix b;
    struct tally_pair *list;
    size_t n;
    size_t cap;
};

static size_t
records(void)
{
    return getenv("TALLY_LONG") != NULL ? 20000 : 500;
}

static bool
reaches(const struct sources *s, const struct tally_pair *p, uint32_t ppm)
{
    uint64_t set = (uint64_t)s->a.popcounts[p->a] + s->b.popcounts[p->b];

    return 2ull * TALLY_PPM * p->common >= ppm * set;
}

static uint32_t
count_common(const uint8_t *x, const uint8_t *y, size_t bytes)
{
    uint32_t common = 0;

    for (size_t at = 0; at < bytes; at += 8) {
        uint64_t u;
        uint64_t v;

        memcpy(&u, x + at, sizeof u);
        memcpy(&v, y + at, sizeof v);
        common += (uint32_t)__builtin_popcountll(u & v);
    }
    return common;
}

static void
add_pair(struct sources *s, struct tally_pair pair)
{
    if (s->n == s->cap) {
        s->cap = s->cap * 2 + 1024;
        s->list = realloc(s->list, s->cap * sizeof *s->list);
        assert_non_null(s->list);
    }
    s->list[s->n++] = pair;
}

static void
compare_all(struct sources *s, uint32_t least_ppm)
{
    for (uint32_t i = 0; i < s->a.n; i++) {
        for (uint32_t j = 0; j < s->b.n; j++) {
            struct tally_pair p = {i, j,
                                   count_common(test_matrix_row(&s->a, i),
                                                test_matrix_row(&s->b, j), s->a.stride)};

            if (reaches(s, &p, least_ppm)) {
                add_pair(s, p);
            }
        }
    }
}

/* The engine finds those of the list that reach ${ppm}, and no others. */
static size_t
check(const struct sources *s, uint32_t ppm, enum tally_cpu_level level)
{
    struct tally_join_options o = {
        .threshold_ppm = ppm, .pool = tally_testpool, .kernel = tally_kernel_at(level)};
    struct tally_pairs got = {0};
    struct tally_err err = TALLY_ERR_INIT;
    size_t n = 0;

    if (o.kernel == NULL) {
        return 0;
    }
    assert_int_equal(tally_join(&s->a, &s->b, &o, &got, NULL, &err), 0);
    for (size_t i = 0; i < s->n; i++) {
        if (reaches(s, &s->list[i], ppm)) {
            assert_true(n < got.n);
            assert_memory_equal(&got.list[n], &s->list[i], sizeof got.list[n]);
            n++;
        }
    }
    assert_int_equal(n, got.n);
    free(got.list);
    return n;
}

/* The least threshold, three up to 1, and three pairs' own scores, which they reach, each
 * with what is just above. Every one by the best kernel and by another in turn. */
static void
check_thresholds(struct sources *s, uint32_t least_ppm)
{
    uint32_t ppm[THRESHOLDS] = {least_ppm};
    size_t found = 0;

    compare_all(s, least_ppm);
    assert_true(s->n > 0);
    for (uint32_t t = 1; t <= 3; t++) {
        const struct tally_pair *p = &s->list[s->n / 4 * t];
        uint32_t own =
            tally_dice_ppm(p->common, s->a.popcounts[p->a], s->b.popcounts[p->b]);

        ppm[t] = least_ppm + (TALLY_PPM - least_ppm) / 3 * t;
        ppm[2 + 2 * t] = own;
        ppm[3 + 2 * t] = own < TALLY_PPM ? own + 1 : own;
    }
    for (uint32_t t = 0; t < THRESHOLDS; t++) {
        found += check(s, ppm[t], tally_kernel_best()->level);
        (void)check(s, ppm[t], (enum tally_cpu_level)(t % TALLY_CPU_LEVELS));
    }
    printf("%zu x %zu of %u bits from %.3f: %zu pairs at ten thresholds\n", s->a.n,
           s->b.n, s->a.bits, (double)least_ppm / TALLY_PPM, found);
    free(s->list);
}

static void
make_filters(struct sources *s, enum tally_filters_kind kind, uint32_t bits)
{
    struct tally_err err = TALLY_ERR_INIT;

    *s = (struct sources){0};
    assert_int_equal(tally_filters_make(&s->a, kind, records(), bits, 0, &err), 0);
    assert_int_equal(tally_filters_make(&s->b, kind, records(), bits, 1, &err), 0);
}

static void
free_filters(struct sources *s)
{
    tally_filters_free(&s->a);
    tally_filters_free(&s->b);
}

static void
engine_agrees_with_brute_force_on_filters_of_people(void **state)
{
    struct sources s;

    (void)state;
    make_filters(&s, TALLY_FILTERS_CLK, 1024);
    check_thresholds(&s, 700000);
    free_filters(&s);
}

static void
engine_agrees_with_brute_force_on_random_filters(void **state)
{
    struct sources s;

    (void)state;
    make_filters(&s, TALLY_FILTERS_UNIFORM, 1024);
    check_thresholds(&s, 570000);
    free_filters(&s);
}

/* Every bit of ${out} the XOR of six of ${in}. */
static void
diffuse(const struct tally_matrix *in, const struct tally_matrix *out)
{
    enum { INPUTS = 6 };
    uint32_t *sets = malloc((size_t)out->bits * INPUTS * sizeof *sets);
    struct tally_diffusion *d;
    struct tally_err err = TALLY_ERR_INIT;
    uint64_t random = 7;
    void *scratch;

    assert_non_null(sets);
    for (size_t i = 0; i < (size_t)out->bits * INPUTS; i++) {
        sets[i] = test_random(&random) % in->bits;
    }
    assert_int_equal(tally_diffusion_of_sets(&d, in->bits, out->bits, INPUTS, sets, &err),
                     0);
    scratch = aligned_alloc(64, (tally_diffusion_scratch(d) + 63) / 64 * 64);
    assert_non_null(scratch);
    for (size_t i = 0; i < in->n; i += TALLY_DIFFUSION_BATCH) {
        size_t n = in->n - i < TALLY_DIFFUSION_BATCH ? in->n - i : TALLY_DIFFUSION_BATCH;

        tally_diffusion_apply(d, test_matrix_row(in, i), in->stride, n,
                              test_matrix_row(out, i), out->stride, scratch);
    }
    test_matrix_count(out);
    tally_diffusion_free(d);
    free(scratch);
    free(sets);
}

static void
engine_agrees_with_brute_force_on_diffused_filters(void **state)
{
    struct sources plain;
    struct sources s = {0};

    (void)state;
    make_filters(&plain, TALLY_FILTERS_CLK, 1024);
    test_matrix_make(&s.a, records(), 2048);
    test_matrix_make(&s.b, records(), 2048);
    diffuse(&plain.a, &s.a);
    diffuse(&plain.b, &s.b);
    free_filters(&plain);
    check_thresholds(&s, 560000);
    test_matrix_free(&s.a);
    test_matrix_free(&s.b);
}

/* ${fill} of 256 bits set, and copies with up to ${flips} of them flipped. */
static void
check_fill(uint32_t fill, uint32_t flips, uint32_t least_ppm)
{
    struct sources s = {0};

    test_matrix_make(&s.a, records(), 1024);
    test_matrix_make(&s.b, records(), 1024);
    test_matrix_noise(&s.a, fill, fill);
    test_matrix_copies(&s.b, &s.a, flips, 9);
    check_thresholds(&s, least_ppm);
    test_matrix_free(&s.a);
    test_matrix_free(&s.b);
}

static void
engine_agrees_with_brute_force_on_nearly_empty_filters(void **state)
{
    (void)state;
    check_fill(8, 20, 230000);
}

static void
engine_agrees_with_brute_force_on_nearly_full_filters(void **state)
{
    (void)state;
    check_fill(240, 60, 955000);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(engine_agrees_with_brute_force_on_filters_of_people),
        cmocka_unit_test(engine_agrees_with_brute_force_on_random_filters),
        cmocka_unit_test(engine_agrees_with_brute_force_on_diffused_filters),
        cmocka_unit_test(engine_agrees_with_brute_force_on_nearly_empty_filters),
        cmocka_unit_test(engine_agrees_with_brute_force_on_nearly_full_filters),
    };

    return cmocka_run_group_tests_name("join_brute", tests, tally_testpool_enter,
                                       tally_testpool_leave);
}

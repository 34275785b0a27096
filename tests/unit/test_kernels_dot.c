/*
 * Dot products against a product number by number: every width, ragged numbers of rows,
 * hits rare and everywhere, little room. Projection against plain C.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/kernels/kernels.h"

#include "bloom/base/pool.h"
#include "bloom/base/size.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct tile {
    size_t na;
    size_t nb;
    size_t row_bytes;
    uint8_t *a;
    uint8_t *b;
    int32_t *need_a;
    int32_t *need_b;
    struct tally_hit *expected;
    size_t nexpected;
};

static uint64_t random_state = 20240301;

static uint32_t
random_number(void)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random_state >> 32);
}

static void *
need_memory(size_t bytes)
{
    void *p =
        aligned_alloc(TALLY_ROW_ALIGN, tally_size_align(bytes + 1, TALLY_ROW_ALIGN));

    assert_non_null(p);
    return p;
}

static int32_t
naive_dot(const uint8_t *x, const uint8_t *y, size_t row_bytes)
{
    int32_t sum = 0;

    for (size_t at = 0; at < row_bytes; at++) {
        sum += (int8_t)x[at] * (int8_t)y[at];
    }
    return sum;
}

static void
expect(struct tile *t)
{
    t->nexpected = 0;
    for (size_t i = 0; i < t->na; i++) {
        for (size_t j = 0; j < t->nb; j++) {
            int32_t score =
                naive_dot(t->a + i * t->row_bytes, t->b + j * t->row_bytes, t->row_bytes);

            if (score >= t->need_a[i] + t->need_b[j]) {
                t->expected[t->nexpected++] =
                    (struct tally_hit){(uint32_t)i, (uint32_t)j, (uint32_t)score};
            }
        }
    }
}

/* Random rows and needs about ${need}, in no order. */
static void
tile_make(struct tile *t, size_t na, size_t nb, size_t row_bytes, int32_t need)
{
    *t = (struct tile){.na = na, .nb = nb, .row_bytes = row_bytes};
    t->a = need_memory(na * row_bytes);
    t->b = need_memory(nb * row_bytes);
    t->need_a = need_memory(na * sizeof *t->need_a);
    t->need_b = need_memory(nb * sizeof *t->need_b);
    t->expected = need_memory(na * nb * sizeof *t->expected);
    for (size_t at = 0; at < na * row_bytes; at++) {
        t->a[at] = (uint8_t)random_number();
    }
    for (size_t at = 0; at < nb * row_bytes; at++) {
        t->b[at] = (uint8_t)random_number();
    }
    for (size_t i = 0; i < na; i++) {
        t->need_a[i] = need - 500000 + (int32_t)(random_number() % 20001) - 10000;
    }
    for (size_t j = 0; j < nb; j++) {
        t->need_b[j] = 500000 + (int32_t)(random_number() % 20001) - 10000;
    }
    expect(t);
}

static void
tile_free(struct tile *t)
{
    free(t->a);
    free(t->b);
    free(t->need_a);
    free(t->need_b);
    free(t->expected);
}

/* Scan with room for ${cap} hits a call, and compare hit by hit. What is past ${cap} must
 * stay as it was. */
static void
check_scan(const struct tally_scan *s, const struct tile *t, size_t cap)
{
    const struct tally_hit canary = {0xdeadbeef, 0xdeadbeef, 0xdeadbeef};
    uint8_t *packed = need_memory(s->pack_size(t->nb, t->row_bytes));
    struct tally_hit *hits = need_memory((cap + 1) * sizeof *hits);
    size_t seen = 0;

    assert_int_equal(s->pack_size(t->nb, t->row_bytes) % TALLY_ROW_ALIGN, 0);
    s->pack(t->b, t->need_b, t->nb, t->row_bytes, packed);
    for (size_t row = 0, next = 0; row < t->na; row = next) {
        hits[cap] = canary;
        size_t n = s->scan(t->a, t->need_a, t->na, row, packed, t->need_b, t->nb,
                           t->row_bytes, hits, cap, &next);

        assert_true(n <= cap);
        assert_true(next > row && next <= t->na);
        assert_true(next == t->na || cap - n < t->nb);
        assert_memory_equal(&hits[cap], &canary, sizeof canary);
        assert_true(n <= t->nexpected - seen);
        assert_memory_equal(hits, t->expected + seen, n * sizeof *hits);
        assert_true(n == 0 || (hits[0].i >= row && hits[n - 1].i < next));
        seen += n;
    }
    assert_int_equal(seen, t->nexpected);
    free(packed);
    free(hits);
}

/* ${check} with the specification and with every kernel that multiplies. */
static void
for_each_kernel(void (*check)(const struct tally_scan *s, const struct tile *t),
                const struct tile *t)
{
    check(&tally_dot_reference, t);
    for (int level = 0; level < TALLY_CPU_LEVELS; level++) {
        const struct tally_kernel *k = tally_kernel_at((enum tally_cpu_level)level);

        if (k != NULL && k->dot != NULL) {
            check(k->dot, t);
        }
    }
}

static void
check_with_any_room(const struct tally_scan *s, const struct tile *t)
{
    check_scan(s, t, t->na * t->nb + 1);
    check_scan(s, t, t->nb);
    check_scan(s, t, 2 * t->nb + 1);
    check_scan(s, t, 20 * t->nb);
}

static void
check_with_much_room(const struct tally_scan *s, const struct tile *t)
{
    check_scan(s, t, t->na * t->nb + 1);
}

static void
dot_kernels_agree_with_a_naive_product_at_every_width(void **state)
{
    (void)state;
    for (size_t row_bytes = 64; row_bytes <= TALLY_DOT_BYTES_MAX; row_bytes += 64) {
        struct tile t;

        tile_make(&t, 37, 53, row_bytes, 20000);
        assert_true(t.nexpected > 100 && t.nexpected < 37 * 53 - 100);
        for_each_kernel(check_with_any_room, &t);
        tile_free(&t);
    }
}

static void
dot_kernels_agree_on_any_number_of_rows(void **state)
{
    (void)state;
    for (size_t n = 1; n <= 33; n++) {
        for (size_t row_bytes = 192; row_bytes <= 320; row_bytes += 128) {
            struct tile t;

            tile_make(&t, n, 34 - n, row_bytes, 0);
            for_each_kernel(check_with_any_room, &t);
            tile_free(&t);
        }
    }
}

/* More rows than a kernel takes up at a time, more of B than its strips, and the few hits
 * that sketches are for. */
static void
dot_kernels_find_rare_hits_in_large_tiles(void **state)
{
    (void)state;
    for (size_t row_bytes = 64; row_bytes <= TALLY_DOT_BYTES_MAX; row_bytes += 64) {
        struct tile t;

        tile_make(&t, 530, 570, row_bytes, (int32_t)row_bytes * 1100 + 50000);
        assert_true(t.nexpected > 0 && t.nexpected < 3000);
        for_each_kernel(check_with_much_room, &t);
        tile_free(&t);
    }
}

/* So many hits that a kernel made for few must find another way, between stretches with
 * none. */
static void
dot_kernels_find_hits_that_come_in_crowds(void **state)
{
    struct tile t;

    (void)state;
    tile_make(&t, 600, 400, 64, 0);
    for (size_t i = 0; i < t.na; i++) {
        t.need_a[i] = i / 100 % 2 == 0 ? -TALLY_NEED_MAX : TALLY_NEED_MAX;
    }
    expect(&t);
    assert_int_equal(t.nexpected, 300 * 400);
    for_each_kernel(check_with_any_room, &t);
    tile_free(&t);
}

static void
dot_kernels_report_all_or_nothing_at_extreme_needs(void **state)
{
    const int32_t needs[] = {-TALLY_NEED_MAX, -1, 0, 1, TALLY_NEED_MAX};

    (void)state;
    for (size_t x = 0; x < 5; x++) {
        for (size_t y = 0; y < 5; y++) {
            struct tile t;

            tile_make(&t, 19, 21, 128, 0);
            for (size_t i = 0; i < t.na; i++) {
                t.need_a[i] = needs[x];
            }
            for (size_t j = 0; j < t.nb; j++) {
                t.need_b[j] = needs[y];
            }
            expect(&t);
            for_each_kernel(check_with_any_room, &t);
            tile_free(&t);
        }
    }
}

/* The largest products there are, of either sign, and nothing. */
static void
dot_kernels_multiply_extreme_rows(void **state)
{
    const uint8_t fills[] = {127, 128, 129, 0, 255};

    (void)state;
    for (size_t row_bytes = 64; row_bytes <= TALLY_DOT_BYTES_MAX; row_bytes += 64) {
        struct tile t;

        tile_make(&t, 20, 20, row_bytes, 0);
        for (size_t i = 0; i < 20; i++) {
            memset(t.a + i * row_bytes, fills[i % 5], row_bytes);
            memset(t.b + i * row_bytes, fills[i / 5 % 5], row_bytes);
            t.need_a[i] = 0;
            t.need_b[i] = (int32_t)row_bytes * 127 * 127;
        }
        expect(&t);
        /* 127 * 127, -127 * -127, -128 * -128, and -127 * -128 both ways */
        assert_int_equal(t.nexpected, 5 * (4 * 5));
        for_each_kernel(check_with_any_room, &t);
        tile_free(&t);
    }
}

/* One pair of many that matches, in any lane, row and byte. */
static void
dot_kernels_find_a_single_byte_anywhere(void **state)
{
    (void)state;
    for (size_t trial = 0; trial < 150; trial++) {
        struct tile t;
        size_t row_bytes = 64 * (1 + trial % 6);
        size_t i = random_number() % 37;
        size_t j = random_number() % 41;
        size_t at = random_number() % row_bytes;

        tile_make(&t, 37, 41, row_bytes, 0);
        memset(t.a, 0, t.na * t.row_bytes);
        memset(t.b, 0, t.nb * t.row_bytes);
        memset(t.need_a, 0, t.na * sizeof *t.need_a);
        for (size_t row = 0; row < t.nb; row++) {
            t.need_b[row] = 1;
        }
        t.a[i * row_bytes + at] = (uint8_t)-1;
        t.b[j * row_bytes + at] = (uint8_t)-1;
        expect(&t);
        assert_int_equal(t.nexpected, 1);
        for_each_kernel(check_with_much_room, &t);
        tile_free(&t);
    }
}

/* Rows of ${row_bytes} by random columns, among them rows without bits and with all. The
 * step makes some numbers too large for int8_t. */
static void
check_projection(tally_project_fn *project, size_t row_bytes, size_t width, size_t n)
{
    int32_t *columns = need_memory(row_bytes * 8 * width * sizeof *columns);
    int32_t *start = need_memory(width * sizeof *start);
    uint8_t *rows = need_memory(n * row_bytes);
    uint8_t *out[2] = {need_memory(n * width), need_memory(n * width)};
    struct tally_projected *made[2] = {need_memory(n * sizeof **made),
                                       need_memory(n * sizeof **made)};
    struct tally_projection p = {row_bytes, width, columns, start, 30000};

    random_state = row_bytes + width + n;
    for (size_t at = 0; at < row_bytes * 8 * width; at++) {
        columns[at] = (int32_t)(random_number() % 200001) - 100000;
    }
    for (size_t at = 0; at < width; at++) {
        start[at] = (int32_t)(random_number() % 2000001) - 1000000;
    }
    for (size_t at = 0; at < n * row_bytes; at++) {
        rows[at] = at < row_bytes       ? 0
                   : at < 2 * row_bytes ? 255
                                        : (uint8_t)random_number();
    }
    tally_project_reference(&p, rows, n, out[0], made[0]);
    project(&p, rows, n, out[1], made[1]);
    assert_memory_equal(out[0], out[1], n * width);
    assert_memory_equal(made[0], made[1], n * sizeof **made);
    for (size_t i = 0; i < 2; i++) {
        free(out[i]);
        free(made[i]);
    }
    free(columns);
    free(start);
    free(rows);
}

static void
projection_is_the_same_by_every_kernel(void **state)
{
    (void)state;
    for (int level = 0; level < TALLY_CPU_LEVELS; level++) {
        const struct tally_kernel *k = tally_kernel_at((enum tally_cpu_level)level);

        if (k == NULL || k->project == NULL) {
            continue;
        }
        for (size_t width = 64; width <= TALLY_DOT_BYTES_MAX; width += 64) {
            check_projection(k->project, 128, width, 3);
        }
        check_projection(k->project, 64, 64, 1);
        check_projection(k->project, 192, 128, 64);
        check_projection(k->project, 512, 64, 131);
    }
}

/* Two columns by hand: rounding to the nearest, the limits, and what is left over. */
static void
projection_rounds_and_says_what_it_lost(void **state)
{
    _Alignas(64) static int32_t columns[64 * 8 * 64];
    _Alignas(64) static int32_t start[64];
    _Alignas(64) uint8_t rows[64] = {0x03}; /* the first two columns */
    struct tally_projection p = {64, 64, columns, start, 100};
    struct tally_projected made;
    int8_t out[64];

    (void)state;
    start[0] = 40;
    columns[0] = 200; /* number 0: 40 + 200 + 9 = 249 is 2 steps and 49 */
    columns[64] = 9;
    columns[1] = 251;   /* 3 steps less 49 */
    columns[2] = -251;  /* -3 steps and 49 */
    columns[3] = 13000; /* 127 steps and 300 */
    columns[4] = -13000;
    columns[5] = 50; /* halves go to the even number */
    columns[6] = 150;
    tally_project_reference(&p, rows, 1, (uint8_t *)out, &made);
    assert_int_equal(out[0], 2);
    assert_int_equal(out[1], 3);
    assert_int_equal(out[2], -3);
    assert_int_equal(out[3], 127);
    assert_int_equal(out[4], -127);
    assert_int_equal(out[5], 0);
    assert_int_equal(out[6], 2);
    assert_int_equal(made.norm2, 4 + 9 + 9 + 2 * 127 * 127 + 4);
    assert_int_equal(made.error2, 3 * 49 * 49 + 2 * 300 * 300 + 2 * 50 * 50);
}

static int
check_in_a_thread(void *ctx, size_t chunk, unsigned worker, struct tally_err *err)
{
    (void)chunk;
    (void)worker;
    (void)err;
    for_each_kernel(check_with_much_room, ctx);
    return 0;
}

/* Tiles of AMX belong to a thread, which must set them up for itself. */
static void
dot_kernels_run_in_many_threads(void **state)
{
    struct tally_pool *pool;
    struct tally_err err = {0};
    struct tile t;

    (void)state;
    tile_make(&t, 65, 130, 192, 90000);
    assert_int_equal(tally_pool_create(&pool, 4, &err), 0);
    assert_int_equal(tally_pool_run(pool, 24, check_in_a_thread, &t, &err), 0);
    tally_pool_free(pool);
    tile_free(&t);
}

static void
dot_kernels_are_there_where_the_processor_multiplies(void **state)
{
    (void)state;
    assert_null(tally_kernel_at(TALLY_CPU_PORTABLE)->dot);
    if (tally_cpu_probe() == TALLY_CPU_AMX) {
        const struct tally_kernel *amx = tally_kernel_at(TALLY_CPU_AMX);

        assert_non_null(amx);
        assert_non_null(amx->dot);
        assert_non_null(amx->project);
        assert_ptr_equal(amx->and_popcount,
                         tally_kernel_at(TALLY_CPU_AVX512)->and_popcount);
    } else {
        print_message("AMX was not tried: %s\n", tally_cpu_amx() == TALLY_CPU_AMX_ABSENT
                                                     ? "this processor has none"
                                                     : "the system refuses it");
    }
}

static void
dot_rate_is_measured_where_there_is_amx(void **state)
{
    struct tally_dot_rate rate;
    bool measured = tally_dot_rate(&rate);

    (void)state;
    assert_int_equal(measured, tally_kernel_at(TALLY_CPU_AMX) != NULL);
    if (measured) {
        assert_true(rate.pairs_per_second > 1e6);
        assert_true(rate.of_full > 0 && rate.of_full <= 1);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dot_kernels_are_there_where_the_processor_multiplies),
        cmocka_unit_test(dot_kernels_agree_with_a_naive_product_at_every_width),
        cmocka_unit_test(dot_kernels_agree_on_any_number_of_rows),
        cmocka_unit_test(dot_kernels_find_rare_hits_in_large_tiles),
        cmocka_unit_test(dot_kernels_find_hits_that_come_in_crowds),
        cmocka_unit_test(dot_kernels_report_all_or_nothing_at_extreme_needs),
        cmocka_unit_test(dot_kernels_multiply_extreme_rows),
        cmocka_unit_test(dot_kernels_find_a_single_byte_anywhere),
        cmocka_unit_test(dot_kernels_run_in_many_threads),
        cmocka_unit_test(dot_rate_is_measured_where_there_is_amx),
        cmocka_unit_test(projection_is_the_same_by_every_kernel),
        cmocka_unit_test(projection_rounds_and_says_what_it_lost),
    };

    return cmocka_run_group_tests_name("kernels_dot", tests, NULL, NULL);
}

/*
 * Kernels against a count bit by bit: every width, ragged numbers of rows, extreme needs,
 * little room.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/kernels/kernels.h"

#include "bloom/base/size.h"

#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A tile with room for everything it could report, and what a naive count makes of it. */
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

static uint64_t random_state = 20240229;

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

static uint32_t
naive_common(const uint8_t *x, const uint8_t *y, size_t row_bytes)
{
    uint32_t common = 0;

    for (size_t bit = 0; bit < row_bytes * 8; bit++) {
        common += (uint32_t)(x[bit / 8] >> bit % 8 & y[bit / 8] >> bit % 8 & 1);
    }
    return common;
}

static void
expect(struct tile *t)
{
    t->nexpected = 0;
    for (size_t i = 0; i < t->na; i++) {
        for (size_t j = 0; j < t->nb; j++) {
            uint32_t common = naive_common(t->a + i * t->row_bytes,
                                           t->b + j * t->row_bytes, t->row_bytes);

            if ((int32_t)common >= t->need_a[i] + t->need_b[j]) {
                t->expected[t->nexpected++] =
                    (struct tally_hit){(uint32_t)i, (uint32_t)j, common};
            }
        }
    }
}

/* Random rows whose needs let about half of the pairs through, some of them exactly on
 * the line. */
static void
tile_make(struct tile *t, size_t na, size_t nb, size_t row_bytes)
{
    int32_t quarter = (int32_t)(row_bytes * 8 / 4);

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
        t->need_a[i] = quarter - 1000 + (int32_t)(random_number() % 9) - 4;
    }
    for (size_t j = 0; j < nb; j++) {
        t->need_b[j] = 1000 + (int32_t)(random_number() % 9) - 4;
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
check_scan(const struct tally_kernel *k, const struct tile *t, size_t cap)
{
    const struct tally_hit canary = {0xdeadbeef, 0xdeadbeef, 0xdeadbeef};
    uint8_t *packed = need_memory(k->common.pack_size(t->nb, t->row_bytes));
    struct tally_hit *hits = need_memory((cap + 1) * sizeof *hits);
    size_t seen = 0;

    assert_int_equal(k->common.pack_size(t->nb, t->row_bytes) % TALLY_ROW_ALIGN, 0);
    k->common.pack(t->b, t->need_b, t->nb, t->row_bytes, packed);
    for (size_t row = 0, next = 0; row < t->na; row = next) {
        hits[cap] = canary;
        size_t n = k->common.scan(t->a, t->need_a, t->na, row, packed, t->need_b, t->nb,
                                  t->row_bytes, hits, cap, &next);

        assert_true(n <= cap);
        assert_true(next > row && next <= t->na);
        assert_true(next == t->na || cap - n < t->nb);
        assert_memory_equal(&hits[cap], &canary, sizeof canary);
        for (size_t h = 0; h < n; h++) {
            assert_true(seen < t->nexpected);
            assert_memory_equal(&hits[h], &t->expected[seen], sizeof hits[h]);
            assert_true(hits[h].i >= row && hits[h].i < next);
            seen++;
        }
    }
    assert_int_equal(seen, t->nexpected);
    free(packed);
    free(hits);
}

static void
check_all_kernels(const struct tile *t)
{
    for (int level = 0; level < TALLY_CPU_LEVELS; level++) {
        const struct tally_kernel *k = tally_kernel_at((enum tally_cpu_level)level);

        if (k == NULL) {
            continue;
        }
        check_scan(k, t, t->na * t->nb + 1);
        check_scan(k, t, t->nb);
        check_scan(k, t, 2 * t->nb + 1);
        check_scan(k, t, 9 * t->nb);
    }
}

static void
kernels_agree_with_a_naive_count_at_every_width(void **state)
{
    (void)state;
    for (size_t row_bytes = 8; row_bytes <= TALLY_ROW_BYTES_MAX;
         row_bytes += row_bytes < 200 ? 8 : 56) {
        struct tile t;

        tile_make(&t, 6, 11, row_bytes);
        assert_true(t.nexpected > 0 && t.nexpected < 66);
        check_all_kernels(&t);
        tile_free(&t);
    }
}

static void
kernels_agree_on_any_number_of_rows(void **state)
{
    (void)state;
    for (size_t na = 1; na <= 9; na++) {
        for (size_t nb = 1; nb <= 18; nb++) {
            struct tile t;

            tile_make(&t, na, nb, 128);
            check_all_kernels(&t);
            tile_free(&t);
        }
    }
}

/* Around what a block of each kernel holds, and past what is transposed at once. */
static void
kernels_agree_on_any_number_of_blocks(void **state)
{
    const size_t rows[] = {63, 64, 65, 127, 128, 129, 255, 256, 257, 511, 512, 513, 1100};

    (void)state;
    for (size_t n = 0; n < sizeof rows / sizeof rows[0]; n++) {
        struct tile t;

        tile_make(&t, 3, rows[n], 24);
        check_all_kernels(&t);
        tile_free(&t);
    }
}

/* Needs of B from all alike to as far apart as they can be, each with needs of A that let
 * some pairs through. */
static void
kernels_agree_however_far_needs_are_apart(void **state)
{
    const int32_t spreads[] = {1, 2, 60, 1000, 1 << 13, 1 << 14, 1 << 20, TALLY_NEED_MAX};

    (void)state;
    for (size_t n = 0; n < sizeof spreads / sizeof spreads[0]; n++) {
        struct tile t;

        tile_make(&t, 9, 300, 40);
        for (size_t j = 0; j < t.nb; j++) {
            t.need_b[j] = (int32_t)(random_number() % (uint32_t)spreads[n]);
        }
        for (size_t i = 0; i < t.na; i++) {
            t.need_a[i] = 80 - (int32_t)(random_number() % (uint32_t)spreads[n]);
        }
        t.need_b[0] = 0;
        t.need_b[1] = spreads[n] - 1;
        t.need_b[299] = 81;
        expect(&t);
        assert_true(t.nexpected > 0 && t.nexpected < t.na * t.nb);
        check_all_kernels(&t);
        tile_free(&t);
    }
}

static void
kernels_report_all_or_nothing_at_extreme_needs(void **state)
{
    const int32_t needs[] = {-TALLY_NEED_MAX, -1, 0, 1, TALLY_NEED_MAX};

    (void)state;
    for (size_t x = 0; x < 5; x++) {
        for (size_t y = 0; y < 5; y++) {
            struct tile t;

            tile_make(&t, 5, 13, 64);
            for (size_t i = 0; i < t.na; i++) {
                t.need_a[i] = needs[x];
            }
            for (size_t j = 0; j < t.nb; j++) {
                t.need_b[j] = needs[y];
            }
            expect(&t);
            check_all_kernels(&t);
            tile_free(&t);
        }
    }
}

static void
kernels_count_full_and_empty_rows(void **state)
{
    (void)state;
    for (size_t row_bytes = 64; row_bytes <= TALLY_ROW_BYTES_MAX; row_bytes += 320) {
        struct tile t;

        tile_make(&t, 5, 10, row_bytes);
        memset(t.a, 0xff, 3 * row_bytes);
        memset(t.a + 3 * row_bytes, 0, row_bytes);
        memset(t.b, 0xff, 5 * row_bytes);
        memset(t.b + 5 * row_bytes, 0, row_bytes);
        /* A full row against a full row is exactly on the line. */
        for (size_t i = 0; i < t.na; i++) {
            t.need_a[i] = (int32_t)row_bytes * 4;
        }
        for (size_t j = 0; j < t.nb; j++) {
            t.need_b[j] = (int32_t)row_bytes * 4;
        }
        expect(&t);
        assert_int_equal(t.nexpected, 15);
        assert_int_equal(t.expected[0].common, row_bytes * 8);
        check_all_kernels(&t);
        tile_free(&t);
    }
}

/* One row of many that matches: the vector kernels must find it in any lane, row of a
 * group and word. */
static void
kernels_find_a_single_bit_anywhere(void **state)
{
    (void)state;
    for (size_t trial = 0; trial < 200; trial++) {
        struct tile t;
        size_t i = random_number() % 9;
        size_t j = random_number() % 19;
        size_t bit = random_number() % (192 * 8);

        tile_make(&t, 9, 19, 192);
        memset(t.a, 0, t.na * t.row_bytes);
        memset(t.b, 0, t.nb * t.row_bytes);
        memset(t.need_a, 0, t.na * sizeof *t.need_a);
        for (size_t row = 0; row < t.nb; row++) {
            t.need_b[row] = 1;
        }
        t.a[i * t.row_bytes + bit / 8] = (uint8_t)(1u << bit % 8);
        t.b[j * t.row_bytes + bit / 8] = (uint8_t)(1u << bit % 8);
        expect(&t);
        assert_int_equal(t.nexpected, 1);
        check_all_kernels(&t);
        tile_free(&t);
    }
}

static void
kernels_scan_on_from_any_row(void **state)
{
    struct tile t;
    struct tally_hit hits[7 * 10];

    (void)state;
    tile_make(&t, 7, 10, 64);
    for (int level = 0; level < TALLY_CPU_LEVELS; level++) {
        const struct tally_kernel *k = tally_kernel_at((enum tally_cpu_level)level);
        uint8_t *packed;

        if (k == NULL) {
            continue;
        }
        packed = need_memory(k->common.pack_size(t.nb, t.row_bytes));
        k->common.pack(t.b, t.need_b, t.nb, t.row_bytes, packed);
        for (size_t first = 0; first < t.na; first++) {
            size_t next = 0;
            size_t n = k->common.scan(t.a, t.need_a, t.na, first, packed, t.need_b, t.nb,
                                      t.row_bytes, hits, 70, &next);

            assert_int_equal(next, t.na);
            assert_true(n <= t.nexpected);
            assert_memory_equal(hits, t.expected + (t.nexpected - n), n * sizeof *hits);
            assert_true(n == t.nexpected || t.expected[t.nexpected - n - 1].i < first);
        }
        free(packed);
    }
    tile_free(&t);
}

static void
kernels_count_a_pair_of_rows(void **state)
{
    (void)state;
    for (size_t row_bytes = 64; row_bytes <= TALLY_ROW_BYTES_MAX; row_bytes += 64) {
        struct tile t;
        uint32_t expected;

        tile_make(&t, 1, 1, row_bytes);
        expected = naive_common(t.a, t.b, row_bytes);
        for (int level = 0; level < TALLY_CPU_LEVELS; level++) {
            const struct tally_kernel *k = tally_kernel_at((enum tally_cpu_level)level);

            if (k != NULL) {
                assert_int_equal(k->and_popcount(t.a, t.b, row_bytes), expected);
            }
        }
        tile_free(&t);
    }
}

/* Products of groups against the same numbers one by one, at the edges of 16 bits. */
static void
kernels_multiply_groups(void **state)
{
    enum { ROWS = TALLY_PRODUCTS_ROWS, LONGEST = 98 };
    static alignas(TALLY_ROW_ALIGN) int16_t a[ROWS * LONGEST], b[ROWS * LONGEST];
    static alignas(TALLY_ROW_ALIGN) int32_t out[ROWS * ROWS];

    (void)state;
    for (size_t k = 2; k <= LONGEST; k += 32) {
        for (size_t at = 0; at < ROWS * k; at++) {
            a[at] = (int16_t)(random_number() % 8192 - 4096);
            b[at] = at % 7 == 0 ? INT16_MIN / 2 : (int16_t)(random_number() % 4096);
        }
        for (int level = 0; level < TALLY_CPU_LEVELS; level++) {
            const struct tally_kernel *kernel =
                tally_kernel_at((enum tally_cpu_level)level);

            if (kernel == NULL) {
                continue;
            }
            memset(out, 0x11, sizeof out);
            kernel->products(a, b, k, out);
            for (size_t i = 0; i < ROWS * ROWS; i++) {
                int32_t expected = 0;

                for (size_t c = 0; c < k; c++) {
                    expected += a[tally_products_at(k, i / ROWS, c)] *
                                b[tally_products_at(k, i % ROWS, c)];
                }
                assert_int_equal(out[i], expected);
            }
        }
    }
}

/* Rows of every length, at any word of a line, none of them to a whole filter's worth. */
static void
kernels_unite_rows(void **state)
{
    enum { ROWS = 9, SPAN = TALLY_ROW_BYTES_MAX + 16 };
    uint8_t *memory = need_memory(ROWS * SPAN);
    uint8_t *to = need_memory(SPAN);

    (void)state;
    for (size_t i = 0; i < ROWS * SPAN; i++) {
        memory[i] = (uint8_t)(random_number() & random_number() & random_number());
    }
    for (size_t round = 0; round < 3 * TALLY_ROW_BYTES_MAX / 8; round++) {
        size_t row_bytes = 8 * (1 + round % (TALLY_ROW_BYTES_MAX / 8));
        size_t n = round % (ROWS + 1);
        const uint8_t *rows[ROWS];

        for (size_t i = 0; i < ROWS; i++) {
            rows[i] = memory + i * SPAN + 8 * (round % 2);
        }
        for (int level = 0; level < TALLY_CPU_LEVELS; level++) {
            const struct tally_kernel *k = tally_kernel_at((enum tally_cpu_level)level);

            if (k == NULL) {
                continue;
            }
            memset(to, 0x11, SPAN);
            k->unite(rows, n, row_bytes, to);
            for (size_t at = 0; at < SPAN; at++) {
                uint8_t expected = 0x11;

                for (size_t i = 0; i < n && at < row_bytes; i++) {
                    expected |= rows[i][at];
                }
                assert_int_equal(to[at], expected);
            }
        }
    }
    free(memory);
    free(to);
}

static void
kernels_follow_what_the_processor_can_do(void **state)
{
    (void)state;
    assert_non_null(tally_kernel_at(TALLY_CPU_PORTABLE));
    assert_true(tally_kernel_best()->level <= tally_cpu_level());
    assert_ptr_equal(tally_kernel_best(), tally_kernel_at(tally_kernel_best()->level));
    for (int level = 0; level < TALLY_CPU_LEVELS; level++) {
        const struct tally_kernel *k = tally_kernel_at((enum tally_cpu_level)level);

        if (level > (int)tally_cpu_probe()) {
            assert_null(k);
        }
        if (k != NULL) {
            assert_int_equal(k->level, level);
            assert_string_equal(k->name, tally_cpu_name(k->level));
        }
    }
#if defined(__x86_64__)
    /* On x86-64 every level is built in, so that one missing has failed its self-test. */
    for (int level = 0; level <= (int)tally_cpu_probe(); level++) {
        assert_non_null(tally_kernel_at((enum tally_cpu_level)level));
    }
#endif
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernels_follow_what_the_processor_can_do),
        cmocka_unit_test(kernels_agree_with_a_naive_count_at_every_width),
        cmocka_unit_test(kernels_agree_on_any_number_of_rows),
        cmocka_unit_test(kernels_agree_on_any_number_of_blocks),
        cmocka_unit_test(kernels_agree_however_far_needs_are_apart),
        cmocka_unit_test(kernels_report_all_or_nothing_at_extreme_needs),
        cmocka_unit_test(kernels_count_full_and_empty_rows),
        cmocka_unit_test(kernels_find_a_single_bit_anywhere),
        cmocka_unit_test(kernels_scan_on_from_any_row),
        cmocka_unit_test(kernels_count_a_pair_of_rows),
        cmocka_unit_test(kernels_multiply_groups),
        cmocka_unit_test(kernels_unite_rows),
    };

    return cmocka_run_group_tests_name("kernels", tests, NULL, NULL);
}

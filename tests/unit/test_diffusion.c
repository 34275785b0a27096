/*
 * Diffusion: the sets are those of an independent implementation, and the fast path
 * computes what the definition says.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/diffusion.h"

#include "bloom/base/bytes.h"
#include "tests/support/testkey.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct tally_diffusion *
make(uint32_t l, uint32_t m, uint32_t t, const char *view)
{
    struct tally_secret *key = tally_testkey();
    struct tally_diffusion *d = NULL;
    struct tally_err err = TALLY_ERR_INIT;

    assert_int_equal(tally_diffusion_create(&d, l, m, t, view, key, &err), 0);
    tally_secret_free(key);
    return d;
}

static void
assert_sets(uint32_t l, uint32_t m, uint32_t t, const char *digest_hex)
{
    struct tally_diffusion *d = make(l, m, t, "full");
    struct tally_digest_state st;
    uint8_t digest[TALLY_DIGEST_BYTES], le[4];
    char hex[2 * TALLY_DIGEST_BYTES + 1];
    uint32_t j, r;

    tally_digest_init(&st);
    for (j = 0; j < m; j++) {
        for (r = 0; r < t; r++) {
            tally_le32_store(le, tally_diffusion_set(d, j)[r]);
            tally_digest_update(&st, le, 4);
        }
    }
    tally_digest_final(&st, digest);
    tally_hex_encode(digest, sizeof(digest), hex);
    assert_string_equal(hex, digest_hex);
    tally_diffusion_free(d);
}

/* Digests of all sets (LE32 a member), from an implementation written in Python from the
 * page in docs/protocols. */
static void
diffusion_draws_the_sets_of_the_documentation(void **state)
{
    static const uint32_t first[] = {396, 440, 925, 930, 1175, 1822};
    struct tally_diffusion *d = make(2048, 2048, 6, "full");

    (void)state;
    assert_memory_equal(tally_diffusion_set(d, 0), first, sizeof(first));
    tally_diffusion_free(d);
    assert_sets(2048, 2048, 6,
                "088bff5b7768f27798d46ecf584f5b3878560b943ab0e826a660a38ffcbfee88");
    assert_sets(64, 128, 5,
                "7b9fbd8c9342ebfc36cd203962615e12a055e77c26b11d857169b0be400e9698");
    assert_sets(128, 64, 3,
                "7a5380f593c73bde955242940e82bdd785a4ecc9c00a1cf1f548d88e5b70d259");
    assert_sets(64, 192, 16,
                "ac5e024a7425a4eff68a33b70d5a5927629c3e67313d788eda40b16f9c425696");
}

/* Members distinct and in range; every input used floor or ceil of m * t / l times. */
static void
assert_balanced(uint32_t l, uint32_t m, uint32_t t)
{
    struct tally_diffusion *d = make(l, m, t, "full");
    uint32_t *uses = calloc(l, sizeof(*uses));
    uint32_t j, r, low = m * t / l, high = (m * t + l - 1) / l;

    assert_non_null(uses);
    for (j = 0; j < m; j++) {
        const uint32_t *set = tally_diffusion_set(d, j);

        for (r = 0; r < t; r++) {
            assert_true(set[r] < l);
            assert_true(r == 0 || set[r] > set[r - 1]);
            uses[set[r]]++;
        }
    }
    for (j = 0; j < l; j++) {
        assert_true(uses[j] >= low && uses[j] <= high);
    }
    free(uses);
    tally_diffusion_free(d);
}

static void
diffusion_uses_every_input_equally_often(void **state)
{
    (void)state;
    assert_balanced(2048, 2048, 6);
    assert_balanced(4096, 4096, 8);
    assert_balanced(1024, 2048, 5);
    assert_balanced(1024, 1088, 7);
    assert_balanced(2048, 1024, 3);
    assert_balanced(64, 64, 1);
    assert_balanced(64, 8192, 16);
    assert_balanced(8192, 64, 10);
}

static bool
bit(const uint8_t *row, uint32_t p)
{
    return (row[p / 8] >> (7 - p % 8) & 1) != 0;
}

static void
assert_applies(uint32_t l, uint32_t m, uint32_t t, size_t n)
{
    const size_t in_stride = l / 8 + 8, out_stride = m / 8 + 24;
    struct tally_diffusion *d = make(l, m, t, "full");
    uint8_t *in = malloc(in_stride * n + 1), *out = malloc(out_stride * n + 1);
    void *scratch = aligned_alloc(64, tally_diffusion_scratch(d));
    uint32_t j, r, x = 12345;
    size_t i;

    assert_true(in != NULL && out != NULL && scratch != NULL);
    for (i = 0; i < in_stride * n; i++) {
        x = x * 1664525u + 1013904223u;
        in[i] = (uint8_t)(x >> 24);
    }
    memset(out, 0xaa, out_stride * n + 1);
    tally_diffusion_apply(d, in, in_stride, n, out, out_stride, scratch);
    for (i = 0; i < n; i++) {
        const uint8_t *row = in + i * in_stride;

        for (j = 0; j < m; j++) {
            bool sum = false;

            for (r = 0; r < t; r++) {
                sum ^= bit(row, tally_diffusion_set(d, j)[r]);
            }
            assert_int_equal(bit(out + i * out_stride, j), sum);
        }
        /* what lies between rows is not touched */
        assert_int_equal(out[i * out_stride + m / 8], 0xaa);
    }
    assert_int_equal(out[out_stride * n], 0xaa);
    free(in);
    free(out);
    free(scratch);
    tally_diffusion_free(d);
}

static void
diffusion_is_the_xor_of_its_sets(void **state)
{
    (void)state;
    assert_applies(2048, 2048, 6, TALLY_DIFFUSION_BATCH);
    assert_applies(1024, 2048, 5, 65);
    assert_applies(2048, 192, 3, 64);
    assert_applies(64, 64, 1, 1);
    assert_applies(128, 320, 32, 511);
    assert_applies(64, 64, 2, 0);
}

static void
diffusion_of_nothing_is_nothing(void **state)
{
    struct tally_diffusion *d = make(512, 512, 6, "full");
    uint8_t in[64] = {0}, out[64];
    void *scratch = aligned_alloc(64, tally_diffusion_scratch(d));
    size_t i;

    (void)state;
    assert_non_null(scratch);
    memset(out, 0xff, sizeof(out));
    tally_diffusion_apply(d, in, 64, 1, out, 64, scratch);
    for (i = 0; i < sizeof(out); i++) {
        assert_int_equal(out[i], 0);
    }
    free(scratch);
    tally_diffusion_free(d);
}

static void
diffusion_depends_on_the_view(void **state)
{
    struct tally_diffusion *a = make(512, 512, 4, "full");
    struct tally_diffusion *b = make(512, 512, 4, "no-address");

    (void)state;
    assert_memory_not_equal(tally_diffusion_set(a, 0), tally_diffusion_set(b, 0),
                            512 * 4 * sizeof(uint32_t));
    tally_diffusion_free(a);
    tally_diffusion_free(b);
}

static void
diffusion_refuses_sizes_that_cannot_be(void **state)
{
    static const uint32_t cases[][3] = {{0, 64, 1},   {64, 0, 1},     {100, 64, 1},
                                        {64, 100, 1}, {16384, 64, 1}, {64, 16384, 1},
                                        {64, 64, 0},  {64, 64, 17}};
    struct tally_secret *key = tally_testkey();
    struct tally_diffusion *d = NULL;
    struct tally_err err;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        memset(&err, 0, sizeof(err));
        assert_int_equal(tally_diffusion_create(&d, cases[i][0], cases[i][1], cases[i][2],
                                                "full", key, &err),
                         -1);
        assert_int_equal(err.code, TALLY_E_SCHEMA);
        assert_null(d);
    }
    tally_secret_free(key);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(diffusion_draws_the_sets_of_the_documentation),
        cmocka_unit_test(diffusion_uses_every_input_equally_often),
        cmocka_unit_test(diffusion_is_the_xor_of_its_sets),
        cmocka_unit_test(diffusion_of_nothing_is_nothing),
        cmocka_unit_test(diffusion_depends_on_the_view),
        cmocka_unit_test(diffusion_refuses_sizes_that_cannot_be),
    };

    return cmocka_run_group_tests(tests, tally_testkey_init, NULL);
}

/*
 * Hardening: each step gives the bits of an independent implementation, and a chain of
 * steps does what its parts do.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/harden.h"

#include "bloom/base/bytes.h"
#include "bloom/bits.h"
#include "bloom/harden_balance.h"
#include "bloom/harden_fold.h"
#include "bloom/harden_permute.h"
#include "bloom/harden_resam.h"
#include "bloom/harden_rule90.h"
#include "tests/support/testkey.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ROW_BYTES 1024 /* the longest there is */

static const struct tally_harden_step diffusion = {
    .kind = TALLY_HARDEN_DIFFUSION, .t = 6, .bits = 256};
static const struct tally_harden_step balance = {.kind = TALLY_HARDEN_BALANCE};
static const struct tally_harden_step fold = {.kind = TALLY_HARDEN_FOLD, .times = 1};
static const struct tally_harden_step rule90 = {.kind = TALLY_HARDEN_RULE90};
static const struct tally_harden_step resam = {.kind = TALLY_HARDEN_RESAM};
static const struct tally_harden_step blip = {.kind = TALLY_HARDEN_BLIP, .f = .1};
static const struct tally_harden_step wxor = {.kind = TALLY_HARDEN_WXOR, .window = 5};
static const struct tally_harden_step permute = {.kind = TALLY_HARDEN_PERMUTE};

static void
make_ramp(uint8_t *out, size_t len)
{
    size_t i;

    for (i = 0; i < len; i++) {
        out[i] = (uint8_t)(i * 37 + 11);
    }
}

static void
assert_hex(const uint8_t *have, size_t len, const char *want)
{
    char hex[2 * ROW_BYTES + 1];

    tally_hex_encode(have, len, hex);
    assert_string_equal(hex, want);
}

static struct tally_harden *
make(uint32_t bits, const char *view, const struct tally_harden_step *const *steps,
     size_t n)
{
    struct tally_secret *key = tally_testkey();
    struct tally_hardening h = {.n = n};
    struct tally_harden *made = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    size_t i;

    for (i = 0; i < n; i++) {
        h.steps[i] = *steps[i];
    }
    if (tally_harden_create(&made, &h, bits, view, key, &err) != 0) {
        fail_msg("%s", err.text);
    }
    tally_secret_free(key);
    return made;
}

static void
apply(const struct tally_harden *h, const uint8_t *in, size_t n, uint8_t *out)
{
    size_t bytes = tally_harden_scratch(h);
    void *scratch = aligned_alloc(64, bytes);

    assert_non_null(scratch);
    tally_harden_apply(h, in, ROW_BYTES, n, out, ROW_BYTES, scratch);
    free(scratch);
}

/* One step on one row. */
static void
harden(const struct tally_harden_step *step, uint32_t bits, const char *view,
       const uint8_t *in, uint8_t *out)
{
    struct tally_harden *h = make(bits, view, &step, step != NULL);

    apply(h, in, 1, out);
    tally_harden_free(h);
}

/* Vectors of 128 bits, from an implementation in Python after docs/protocols. */
static void
steps_give_the_bits_of_the_documentation(void **state)
{
    uint8_t in[ROW_BYTES], out[ROW_BYTES];

    (void)state;
    make_ramp(in, 32);
    harden(&permute, 128, "full", in, out);
    assert_hex(out, 16, "273ca2807faa5b15ec44205c7a74fe0f");
    harden(&balance, 128, "full", in, out);
    assert_hex(out, 32,
               "0ab2a1a0c8fc7769294283daa49f4a8f2730eb1feeb138566beaf097986fc2a8");
    harden(&resam, 128, "full", in, out);
    assert_hex(out, 16, "147a358a45f8a42f723062025f5a8edd");
    harden(&rule90, 128, "full", in, out);
    assert_hex(out, 16, "13f88048706ba69b7f1cc594ec2e2af7");
    harden(&wxor, 128, "full", in, out);
    assert_hex(out, 16, "6d3afa296759c8c85857c9fa3a6e37f7");
    harden(&fold, 128, "full", in, out);
    assert_hex(out, 8, "386828d85828f838");
}

static void
rules_without_a_key_stand_by_themselves(void **state)
{
    static const uint8_t one[8] = {0x80}, last[8] = {0, 0, 0, 0, 0, 0, 0, 0x01};
    uint8_t in[32], out[16];

    (void)state;
    tally_harden_rule90(one, 64, out);
    assert_hex(out, 8, "4000000000000001");
    tally_harden_rule90(last, 64, out);
    assert_hex(out, 8, "8000000000000002");
    make_ramp(in, sizeof(in));
    tally_harden_fold(in, 256, 2, out);
    assert_hex(out, 8, "e04040e0a000a0e0");
    tally_harden_complement(one, 64, out);
    assert_hex(out, 16, "80000000000000007fffffffffffffff");
}

static void
keyed_draws_are_those_of_the_documentation(void **state)
{
    static const uint32_t ten[] = {8, 3, 7, 1, 5, 9, 4, 2, 0, 6};
    struct tally_secret *seed = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    uint32_t sets[512];
    uint8_t bytes[32];
    size_t i;

    (void)state;
    assert_int_equal(tally_secret_create(&seed, 32, &err), 0);
    /* KDF("permute", "full") of the test key. */
    assert_true(tally_hex_decode(
        "279ea61729aab5a9c622b36ef7ddb825161ac3c7c50dd1e6c084783caca0f32e", 64, bytes,
        32));
    memcpy(tally_secret_open(seed), bytes, 32);
    tally_secret_close(seed);
    tally_permutation_draw(sets, 10, seed);
    assert_memory_equal(sets, ten, sizeof(ten));
    tally_resam_draw(sets, 256, seed);
    for (i = 0; i < 256; i++) {
        assert_true(sets[2 * i] < 256 && sets[2 * i + 1] < 256);
        assert_int_not_equal(sets[2 * i], sets[2 * i + 1]);
    }
    tally_resam_draw(sets, 2, seed);
    assert_int_equal(sets[0] + sets[1], 1);
    tally_secret_free(seed);
}

static void
balanced_filters_have_one_popcount(void **state)
{
    uint8_t in[ROW_BYTES] = {0}, out[ROW_BYTES];
    size_t i;

    (void)state;
    for (i = 0; i < 256; i++) {
        in[i] = (uint8_t)(i * i);
        in[0] |= 1;
        harden(&balance, 2048, "full", in, out);
        assert_int_equal(tally_bits_count(out, 512), 2048);
    }
}

static void
keyed_steps_differ_by_view(void **state)
{
    static const struct tally_harden_step *const keyed[] = {&diffusion, &balance, &resam,
                                                            &permute};
    uint8_t in[ROW_BYTES], a[ROW_BYTES], b[ROW_BYTES];
    size_t i;

    (void)state;
    make_ramp(in, 128);
    for (i = 0; i < 4; i++) {
        harden(keyed[i], 1024, "full", in, a);
        harden(keyed[i], 1024, "other", in, b);
        assert_memory_not_equal(a, b, 32);
    }
}

/* Batches of rows under chains of steps, against the steps one after another. */
static void
assert_chain(const struct tally_harden_step *const *steps, size_t nsteps, uint32_t bits,
             size_t n)
{
    struct tally_harden *h = make(bits, "full", steps, nsteps);
    uint8_t *in = calloc(n, ROW_BYTES), *out = malloc(n * ROW_BYTES);
    uint8_t row[2][ROW_BYTES];
    size_t i, s;

    assert_true(in != NULL && out != NULL);
    memset(out, 0xee, n * ROW_BYTES);
    for (i = 0; i < n * ROW_BYTES; i++) {
        in[i] = (uint8_t)(i * 2654435761u >> 13);
    }
    apply(h, in, n, out);
    for (i = 0; i < n; i++) {
        uint32_t length = bits;

        memcpy(row[0], in + i * ROW_BYTES, ROW_BYTES);
        for (s = 0; s < nsteps; s++) {
            harden(steps[s], length, "full", row[0], row[1]);
            length = tally_harden_step_bits(steps[s], length);
            memcpy(row[0], row[1], length / 8);
        }
        assert_memory_equal(out + i * ROW_BYTES, row[0], length / 8);
        assert_true(length / 8 == ROW_BYTES || out[i * ROW_BYTES + length / 8] == 0xee);
    }
    free(in);
    free(out);
    tally_harden_free(h);
}

static void
chains_do_what_their_steps_do(void **state)
{
    static const struct tally_harden_step *const a[] = {&fold, &rule90, &resam, &permute};
    static const struct tally_harden_step *const b[] = {&diffusion, &balance, &fold};
    static const struct tally_harden_step *const c[] = {&balance, &wxor, &permute};

    (void)state;
    assert_chain(a, 0, 512, 3);
    assert_chain(a, 1, 512, 3);
    assert_chain(a, 4, 1024, 70);
    assert_chain(b, 3, 512, 5);
    assert_chain(c, 3, 4096, 5);
}

static void
filters_without_a_bit_stay_without(void **state)
{
    static const struct tally_harden_step *const steps[] = {&rule90, &blip, &balance};
    struct tally_harden *h = make(512, "full", steps, 3);
    uint8_t in[3 * ROW_BYTES] = {0}, out[3 * ROW_BYTES];
    static const uint8_t zeros[128];

    (void)state;
    in[0] = 1;
    in[2 * ROW_BYTES + 63] = 1;
    in[ROW_BYTES + 64] = 0xff; /* behind the filter */
    memset(out, 0xee, sizeof(out));
    apply(h, in, 3, out);
    assert_int_equal(tally_bits_count(out, 128), 512);
    assert_memory_equal(out + ROW_BYTES, zeros, 128);
    assert_int_equal(tally_bits_count(out + 2 * ROW_BYTES, 128), 512);
    apply(h, in, 0, out);
    tally_harden_free(h);
}

static void
noise_in_a_chain_is_fresh_for_each_record(void **state)
{
    static const struct tally_harden_step *const steps[] = {&blip, &permute};
    struct tally_harden *h = make(2048, "full", steps, 2);
    uint8_t *in = calloc(64, ROW_BYTES), *out = calloc(64, ROW_BYTES);
    size_t i, j;

    (void)state;
    assert_true(in != NULL && out != NULL);
    for (i = 0; i < 64; i++) {
        in[i * ROW_BYTES] = 0x80;
    }
    apply(h, in, 64, out);
    for (i = 0; i < 64; i++) {
        for (j = 0; j < i; j++) {
            assert_memory_not_equal(out + i * ROW_BYTES, out + j * ROW_BYTES, 256);
        }
    }
    free(in);
    free(out);
    tally_harden_free(h);
}

static void
steps_that_do_not_fit_are_refused(void **state)
{
    struct tally_secret *key = tally_testkey();
    struct tally_hardening h = {.n = 1, .steps = {balance}};
    struct tally_harden *made = NULL;
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    assert_int_equal(tally_harden_create(&made, &h, 8192, "full", key, &err), -1);
    assert_int_equal(err.code, TALLY_E_SCHEMA);
    h.steps[0] = fold;
    assert_int_equal(tally_harden_create(&made, &h, 64, "full", key, &err), -1);
    assert_int_equal(tally_harden_create(&made, &h, 100, "full", key, &err), -1);
    h.steps[0] = wxor;
    h.steps[0].window = 33;
    assert_int_equal(tally_harden_create(&made, &h, 128, "full", key, &err), -1);
    assert_null(made);
    tally_harden_free(NULL);
    tally_secret_free(key);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_give_the_bits_of_the_documentation),
        cmocka_unit_test(rules_without_a_key_stand_by_themselves),
        cmocka_unit_test(keyed_draws_are_those_of_the_documentation),
        cmocka_unit_test(balanced_filters_have_one_popcount),
        cmocka_unit_test(keyed_steps_differ_by_view),
        cmocka_unit_test(chains_do_what_their_steps_do),
        cmocka_unit_test(filters_without_a_bit_stay_without),
        cmocka_unit_test(noise_in_a_chain_is_fresh_for_each_record),
        cmocka_unit_test(steps_that_do_not_fit_are_refused),
    };

    return cmocka_run_group_tests(tests, tally_testkey_init, NULL);
}

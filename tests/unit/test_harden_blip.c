/*
 * Noise: the bits of an independent implementation on a known stream, and that real noise
 * is noise, record by record, at the rate that was asked for.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/harden_blip.h"

#include "bloom/base/bytes.h"
#include "bloom/bits.h"
#include "bloom/harden_steps.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include <cmocka.h>

#define BITS  2048
#define BYTES (BITS / 8)

static const struct tally_noise real = {NULL, NULL};

/* A stream of bytes: the same whatever the lengths it is asked for. */
static void
stream(void *ctx, void *p, size_t len)
{
    uint64_t *x = ctx;
    uint8_t *out = p;
    size_t i;

    for (i = 0; i < len; i++) {
        *x = *x * 6364136223846793005u + 1442695040888963407u;
        out[i] = (uint8_t)(*x >> 56);
    }
}

static void
assert_noise(const uint8_t *in, double f, const char *want)
{
    uint64_t seed = 1;
    const struct tally_noise noise = {stream, &seed};
    uint8_t out[16];
    char hex[33];

    tally_harden_blip(in, 128, f, &noise, out);
    tally_hex_encode(out, sizeof(out), hex);
    assert_string_equal(hex, want);
}

/* From an implementation in Python that compares numbers digit by digit. */
static void
blip_is_that_of_an_independent_implementation(void **state)
{
    static const uint8_t zeros[16];
    uint8_t ramp[16];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(ramp); i++) {
        ramp[i] = (uint8_t)(i * 37 + 11);
    }
    assert_noise(zeros, .25, "014d400020044040841000a401144000");
    assert_noise(ramp, .1, "0b34157a9fc0e94e37587da2d3ec5236");
    assert_noise(zeros, 1, "937d5a9d347f72effcd18ab65dff6706");
}

static uint64_t
differing(const uint8_t *a, const uint8_t *b)
{
    uint8_t x[BYTES];
    size_t i;

    for (i = 0; i < BYTES; i++) {
        x[i] = a[i] ^ b[i];
    }
    return tally_bits_count(x, BYTES);
}

/* 400 records: 819,200 bits, so a rate of p has a standard deviation of at most .00055.
 */
static void
assert_rate(uint8_t fill, double f)
{
    uint8_t in[BYTES], out[BYTES];
    uint64_t flipped = 0;
    double rate;
    int i;

    memset(in, fill, sizeof(in));
    for (i = 0; i < 400; i++) {
        tally_harden_blip(in, BITS, f, &real, out);
        flipped += differing(in, out);
    }
    rate = (double)flipped / (400.0 * BITS);
    assert_true(rate > f / 2 - .004 && rate < f / 2 + .004);
}

static void
blip_flips_half_of_what_it_replaces_zeros_and_ones_alike(void **state)
{
    (void)state;
    assert_rate(0x00, .1);
    assert_rate(0xff, .1);
    assert_rate(0x5a, .05);
    assert_rate(0x5a, .5);
    assert_rate(0x00, 1);
    assert_rate(0xff, .001);
}

/* Two records with the same filter, and the same record twice, must not get one noise: a
 * generator seeded by the record only sets constants. */
static void
blip_noise_differs_from_record_to_record(void **state)
{
    uint8_t in[BYTES] = {0}, first[BYTES], second[BYTES];
    uint8_t every[BYTES] = {0}, common[BYTES];
    size_t i, r;

    (void)state;
    memset(common, 0xff, sizeof(common));
    tally_harden_blip(in, BITS, .1, &real, first);
    for (r = 0; r < 200; r++) {
        tally_harden_blip(in, BITS, .1, &real, second);
        /* 2 * .05 * .95 of the bits differ, 195 of 2048, give or take 13. */
        assert_true(differing(first, second) > 100 && differing(first, second) < 290);
        for (i = 0; i < BYTES; i++) {
            every[i] |= second[i];
            common[i] &= second[i];
        }
    }
    assert_int_equal(tally_bits_count(common, BYTES), 0);
    /* A bit that 200 records never flip has a chance of .95^200 = .00004. */
    assert_true(tally_bits_count(every, BYTES) >= BITS - 3);
}

/* Flips of a bit, of the bit beside it, and of the same bit in the record after it: how
 * often all of 400 records, and how often two of them together. Chance alone gives p and
 * p * p; a standard deviation is below .00025 and .00006. */
static void
blip_noise_is_fresh_for_every_bit_and_epsilon_is_that_of_the_flips(void **state)
{
    const double f = .1;
    uint8_t in[BYTES] = {0}, out[BYTES], last[BYTES] = {0};
    double flips = 0, beside = 0, after = 0;
    const double bits = 400.0 * BITS;

    (void)state;
    for (int r = 0; r < 400; r++) {
        tally_harden_blip(in, BITS, f, &real, out);
        for (size_t i = 0; i < BITS; i++) {
            bool one = (out[i / 8] >> (i % 8) & 1) != 0;
            size_t j = (i + 1) % BITS;

            flips += one;
            beside += one && (out[j / 8] >> (j % 8) & 1) != 0;
            after += one && (last[i / 8] >> (i % 8) & 1) != 0;
        }
        memcpy(last, out, sizeof last);
    }
    flips /= bits;
    assert_true(fabs(log((1 - flips) / flips) - tally_blip_epsilon(f)) < .04);
    assert_true(fabs(beside / bits - flips * flips) < .0005);
    assert_true(fabs(after / bits - flips * flips) < .0005);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blip_is_that_of_an_independent_implementation),
        cmocka_unit_test(blip_flips_half_of_what_it_replaces_zeros_and_ones_alike),
        cmocka_unit_test(blip_noise_differs_from_record_to_record),
        cmocka_unit_test(
            blip_noise_is_fresh_for_every_bit_and_epsilon_is_that_of_the_flips),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

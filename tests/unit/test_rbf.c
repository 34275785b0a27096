/*
 * Weighted bit sampling: shares, and the draw of an independent implementation.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/rbf.h"

#include "bloom/base/bytes.h"
#include "bloom/base/domains.h"
#include "bloom/diffusion.h"
#include "bloom/kdf.h"
#include "tests/support/testkey.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
draw(uint32_t *from, uint32_t bits, const double *weights, size_t n, uint32_t field_bits)
{
    static const char *const purpose[] = {TALLY_DOMAIN_RBF, "full"};
    struct tally_secret *key = tally_testkey();
    struct tally_secret *seed = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    uint32_t shares[8];

    assert_int_equal(tally_kdf(key, purpose, 2, &seed, &err), 0);
    tally_rbf_shares(weights, n, bits, shares);
    tally_rbf_draw(from, bits, shares, n, field_bits, seed);
    tally_secret_free(seed);
    tally_secret_free(key);
}

static void
shares_follow_the_weights_and_sum_to_all_bits(void **state)
{
    static const double weights[] = {.55, 1, .45}, equal[] = {1, 1, 1};
    uint32_t shares[3];

    (void)state;
    tally_rbf_shares(weights, 3, 64, shares); /* 17.6, 32 and 14.4 */
    assert_int_equal(shares[0], 18);
    assert_int_equal(shares[1], 32);
    assert_int_equal(shares[2], 14);
    tally_rbf_shares(equal, 3, 64, shares);
    assert_int_equal(shares[0], 22);
    assert_int_equal(shares[1], 21);
    assert_int_equal(shares[2], 21);
    tally_rbf_shares(equal, 1, 64, shares);
    assert_int_equal(shares[0], 64);
}

/* From an implementation in Python. */
static void
the_draw_is_that_of_an_independent_implementation(void **state)
{
    static const uint32_t first[] = {158, 156, 148, 206, 6, 104,
                                     137, 85,  123, 285, 2, 159};
    static const double weights[] = {.55, 1, .45};
    uint8_t bytes[64 * 4], digest[TALLY_DIGEST_BYTES];
    char hex[2 * TALLY_DIGEST_BYTES + 1];
    uint32_t from[64];

    (void)state;
    draw(from, 64, weights, 3, 128);
    assert_memory_equal(from, first, sizeof(first));
    for (size_t i = 0; i < 64; i++) {
        tally_le32_store(bytes + 4 * i, from[i]);
    }
    tally_digest(bytes, sizeof(bytes), digest);
    tally_hex_encode(digest, sizeof(digest), hex);
    assert_string_equal(
        hex, "ee608cf3aba456e73f99dd7cf29867e98b8f71935a4ea7650b11d1c25af0322f");
}

static void
the_filter_of_a_record_takes_its_bits_from_those_of_fields(void **state)
{
    static const double weights[] = {1, 3};
    struct tally_diffusion *d = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    uint8_t in[64] = {0}, out[64];
    uint32_t from[512];
    size_t ones = 0;
    void *scratch;

    (void)state;
    memset(in, 0xff, 32); /* the filter of the first field is all ones */
    draw(from, 512, weights, 2, 256);
    assert_int_equal(tally_diffusion_of_sets(&d, 512, 512, 1, from, &err), 0);
    scratch = aligned_alloc(64, tally_diffusion_scratch(d));
    assert_non_null(scratch);
    tally_diffusion_apply(d, in, 64, 1, out, 64, scratch);
    for (size_t j = 0; j < 512; j++) {
        bool one = (out[j / 8] >> (7 - j % 8) & 1) != 0;

        assert_int_equal(one, from[j] < 256);
        ones += one;
    }
    assert_int_equal(ones, 128);
    free(scratch);
    tally_diffusion_free(d);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shares_follow_the_weights_and_sum_to_all_bits),
        cmocka_unit_test(the_draw_is_that_of_an_independent_implementation),
        cmocka_unit_test(the_filter_of_a_record_takes_its_bits_from_those_of_fields),
    };

    return cmocka_run_group_tests(tests, tally_testkey_init, NULL);
}

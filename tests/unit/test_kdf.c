/*
 * Key derivation: the vectors of RFC 5869, and that no two purposes share a key.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/kdf.h"

#include "bloom/base/bytes.h"
#include "tests/support/testkey.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
fill(uint8_t *p, size_t n, unsigned first)
{
    size_t i;

    for (i = 0; i < n; i++) {
        p[i] = (uint8_t)(first + i);
    }
}

static void
assert_hex(const uint8_t *p, size_t n, const char *hex)
{
    char have[512];

    tally_hex_encode(p, n, have);
    assert_string_equal(have, hex);
}

static void
hkdf_gives_the_first_vector_of_the_rfc(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    uint8_t ikm[22], salt[13], info[10], out[42];

    (void)state;
    memset(ikm, 0x0b, sizeof(ikm));
    fill(salt, sizeof(salt), 0);
    fill(info, sizeof(info), 0xf0);
    assert_int_equal(
        tally_hkdf_sha256(ikm, sizeof(ikm), salt, 13, info, 10, out, sizeof(out), &err),
        0);
    assert_hex(out, sizeof(out),
               "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
               "34007208d5b887185865");
}

static void
hkdf_gives_the_second_vector_of_the_rfc(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    uint8_t ikm[80], salt[80], info[80], out[82];

    (void)state;
    fill(ikm, sizeof(ikm), 0);
    fill(salt, sizeof(salt), 0x60);
    fill(info, sizeof(info), 0xb0);
    assert_int_equal(
        tally_hkdf_sha256(ikm, sizeof(ikm), salt, 80, info, 80, out, sizeof(out), &err),
        0);
    assert_hex(out, sizeof(out),
               "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c"
               "59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71"
               "cc30c58179ec3e87c14c01d5c1f3434f1d87");
}

static void
hkdf_gives_the_third_vector_of_the_rfc(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    uint8_t ikm[22], out[42];

    (void)state;
    memset(ikm, 0x0b, sizeof(ikm));
    assert_int_equal(
        tally_hkdf_sha256(ikm, sizeof(ikm), NULL, 0, NULL, 0, out, sizeof(out), &err), 0);
    assert_hex(out, sizeof(out),
               "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
               "9d201395faa4b61a96c8");
}

static void
hkdf_stops_at_255_blocks(void **state)
{
    static uint8_t out[255 * 32 + 1];
    struct tally_err err = TALLY_ERR_INIT;
    uint8_t ikm[1] = {1}, first[32];

    (void)state;
    assert_int_equal(tally_hkdf_sha256(ikm, 1, NULL, 0, NULL, 0, out, 255 * 32, &err), 0);
    assert_int_equal(tally_hkdf_sha256(ikm, 1, NULL, 0, NULL, 0, first, 32, &err), 0);
    assert_memory_equal(out, first, 32);
    assert_int_equal(tally_hkdf_sha256(ikm, 1, NULL, 0, NULL, 0, out, 255 * 32 + 1, &err),
                     -1);
    assert_int_equal(err.code, TALLY_E_LIMIT);
    assert_int_equal(tally_hkdf_sha256(ikm, 1, NULL, 0, NULL, 0, out, 0, &err), 0);
}

static void
kdf_parts_are_length_prefixed(void **state)
{
    static const char *const a_bc[] = {"a", "bc"};
    static const char *const ab_c[] = {"ab", "c"};
    struct tally_secret *key = tally_testkey(), *one = NULL, *two = NULL;
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    assert_int_equal(tally_kdf(key, a_bc, 2, &one, &err), 0);
    assert_int_equal(tally_kdf(key, ab_c, 2, &two, &err), 0);
    assert_hex(tally_secret_open(one), 32,
               "ce45a5c4ba2cf305bb34f9bcf2aadc3d956739fb75045e76f6e30ab3ef9eb7ad");
    assert_hex(tally_secret_open(two), 32,
               "16d481e1b9ed375dbb424309d9b46aedaf1bbd009f4e41b95be7ce7395fd9c5a");
    tally_secret_close(one);
    tally_secret_close(two);
    tally_secret_free(one);
    tally_secret_free(two);
    tally_secret_free(key);
}

static void
kdf_refuses_a_purpose_that_is_too_long(void **state)
{
    struct tally_secret *key = tally_testkey(), *out = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    char text[2048];
    const char *const parts[] = {text};

    (void)state;
    memset(text, 'a', sizeof(text));
    text[1024 - 16] = '\0'; /* 12 bytes of root, 4 of length: exactly full */
    assert_int_equal(tally_kdf(key, parts, 1, &out, &err), 0);
    tally_secret_free(out);
    out = NULL;
    text[1024 - 16] = 'a';
    text[2047] = '\0';
    assert_int_equal(tally_kdf(key, parts, 1, &out, &err), -1);
    assert_int_equal(err.code, TALLY_E_LIMIT);
    assert_null(out);
    tally_secret_free(key);
}

static void
key_check_value_is_known(void **state)
{
    struct tally_secret *key = tally_testkey();
    struct tally_err err = TALLY_ERR_INIT;
    uint8_t check[TALLY_KEY_CHECK_BYTES];

    (void)state;
    assert_int_equal(tally_key_check(key, check, &err), 0);
    assert_hex(check, sizeof(check), "28dc476765037ad7");
    tally_secret_free(key);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hkdf_gives_the_first_vector_of_the_rfc),
        cmocka_unit_test(hkdf_gives_the_second_vector_of_the_rfc),
        cmocka_unit_test(hkdf_gives_the_third_vector_of_the_rfc),
        cmocka_unit_test(hkdf_stops_at_255_blocks),
        cmocka_unit_test(kdf_parts_are_length_prefixed),
        cmocka_unit_test(kdf_refuses_a_purpose_that_is_too_long),
        cmocka_unit_test(key_check_value_is_known),
    };

    return cmocka_run_group_tests(tests, tally_testkey_init, NULL);
}

/*
 * HMAC: vectors of RFC 2202 (MD5, SHA-1) and RFC 4231 (SHA-512), and messages in two
 * parts.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/hmac_legacy.h"

#include "bloom/base/bytes.h"
#include "bloom/base/secret.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
assert_hmac(enum tally_hmac_hash hash, const void *key, size_t key_len, const char *text,
            size_t split, const char *hex)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_hmac *h = NULL;
    uint8_t out[TALLY_HMAC_SHA512_BYTES];
    char have[2 * sizeof out + 1];

    assert_int_equal(tally_hmac_create(&h, hash, key, key_len, &err), 0);
    tally_hmac(h, text, split, text + split, strlen(text) - split, out);
    tally_hex_encode(out, strlen(hex) / 2, have);
    assert_string_equal(have, hex);
    tally_hmac_free(h);
}

static void
hmac_gives_the_vectors_of_the_rfcs(void **state)
{
    const char *text = "what do ya want for nothing?";

    (void)state;
    assert_hmac(TALLY_HMAC_MD5, "Jefe", 4, text, 28, "750c783e6ab0b503eaa86e310a5db738");
    assert_hmac(TALLY_HMAC_SHA1, "Jefe", 4, text, 28,
                "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    assert_hmac(TALLY_HMAC_SHA512, "Jefe", 4, text, 28,
                "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
                "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737");
}

static void
hmac_hashes_a_key_longer_than_a_block(void **state)
{
    const char *text = "Test Using Larger Than Block-Size Key - Hash Key First";
    uint8_t key[131];

    (void)state;
    memset(key, 0xaa, sizeof key);
    assert_hmac(TALLY_HMAC_MD5, key, 80, text, 54, "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd");
    assert_hmac(TALLY_HMAC_SHA1, key, 80, text, 54,
                "aa4ae5e15272d00e95705637ce8a3b55ed402112");
    assert_hmac(TALLY_HMAC_SHA512, key, 131, text, 54,
                "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
                "6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598");
}

static void
hmac_takes_an_empty_key_and_an_empty_message(void **state)
{
    (void)state;
    assert_hmac(TALLY_HMAC_MD5, NULL, 0, "", 0, "74e6f7298a9c2d168935f58c001bad88");
    assert_hmac(TALLY_HMAC_SHA1, NULL, 0, "", 0,
                "fbdb1d1b18aa6c08324b7d64b71fb76370690e1d");
}

static void
hmac_of_two_parts_is_that_of_the_whole(void **state)
{
    (void)state;
    for (size_t split = 0; split <= 28; split += 7) {
        assert_hmac(TALLY_HMAC_MD5, "Jefe", 4, "what do ya want for nothing?", split,
                    "750c783e6ab0b503eaa86e310a5db738");
    }
}

static int
start(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    return tally_secret_init(&err);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hmac_gives_the_vectors_of_the_rfcs),
        cmocka_unit_test(hmac_hashes_a_key_longer_than_a_block),
        cmocka_unit_test(hmac_takes_an_empty_key_and_an_empty_message),
        cmocka_unit_test(hmac_of_two_parts_is_that_of_the_whole),
    };

    return cmocka_run_group_tests(tests, start, NULL);
}

/*
 * Keys and positions against values worked out with Python's hmac and hashlib, cached and
 * not.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/clkhash_hash.h"

#include "bloom/base/bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define KEY_SIZE 64

/* A schema of one feature. */
static struct tally_clkhash_schema
one_feature(struct tally_clkhash_feature *f)
{
    struct tally_clkhash_schema s = {.bits = 1024, .features = f, .nfeatures = 1};

    s.key_size = 50;
    return s;
}

static struct tally_secret *
secret_of(const char *text)
{
    struct tally_secret *s = NULL;
    struct tally_err err = TALLY_ERR_INIT;

    assert_int_equal(tally_secret_create(&s, strlen(text), &err), 0);
    memcpy(tally_secret_open(s), text, strlen(text));
    tally_secret_close(s);
    return s;
}

/* The keys from byte  on, in hexadecimal. */
static void
assert_keys(const struct tally_clkhash_schema *s, struct tally_secret *secret,
            size_t from, const char *hex)
{
    struct tally_secret *keys = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    char have[256];

    assert_int_equal(tally_clkhash_keys(s, secret, &keys, &err), 0);
    tally_hex_encode(tally_secret_open(keys) + from, strlen(hex) / 2, have);
    tally_secret_close(keys);
    assert_string_equal(have, hex);
    tally_secret_free(keys);
}

static void
keys_are_hkdf_of_the_secret(void **state)
{
    struct tally_clkhash_feature f = {.identifier = "a"};
    struct tally_clkhash_schema s = one_feature(&f);
    struct tally_secret *secret = secret_of("secret");
    uint8_t salt[] = {'s', 'a', 'l', 't'};
    uint8_t info[] = {'i', 'n', 'f', 'o'};

    (void)state;
    s.salt = salt;
    s.info = info;
    s.salt_len = s.info_len = 4;
    assert_keys(&s, secret, 60,
                "28aa6c1a7bafe506fa70308aceeceb0a8699f83ac97598156ca7531021f30dd9"
                "220523c1b178a22a");
    s.sha512 = true;
    assert_keys(&s, secret, 60,
                "74d272f073de7d106ca1b6f5beeb22fc785a81666a9f00c675fdb5616858d14f"
                "472907a57fe282bb");
    tally_secret_free(secret);
}

static void
keys_of_an_empty_secret_without_salt_and_info(void **state)
{
    struct tally_clkhash_feature f = {.identifier = "a"};
    struct tally_clkhash_schema s = one_feature(&f);

    (void)state;
    assert_keys(&s, NULL, 0, "eb70f01dede9afaf");
    s.sha512 = true;
    assert_keys(&s, NULL, 0, "9d73c98e791e80eb");
}

static void
keys_end_where_hkdf_does(void **state)
{
    struct tally_clkhash_feature features[64] = {0};
    struct tally_clkhash_schema s = one_feature(features);
    struct tally_secret *keys = NULL;
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    for (size_t i = 0; i < 64; i++) {
        features[i].identifier = "a";
    }
    s.key_size = 64;
    s.nfeatures = 63;
    assert_int_equal(tally_clkhash_keys(&s, NULL, &keys, &err), 0);
    tally_secret_free(keys);
    s.nfeatures = 64;
    assert_int_equal(tally_clkhash_keys(&s, NULL, &keys, &err), -1);
    assert_int_equal(err.code, TALLY_E_SCHEMA);
}

static struct tally_clkhash_hasher *
hasher(enum tally_clkhash_hash kind, bool prevent, uint32_t bits)
{
    struct tally_clkhash_hashing how = {.hash = kind, .prevent_singularity = prevent};
    struct tally_clkhash_hasher *h = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    uint8_t keys[2 * KEY_SIZE];

    for (size_t i = 0; i < sizeof keys; i++) {
        keys[i] = (uint8_t)i;
    }
    assert_int_equal(tally_clkhash_hasher_create(&h, &how, bits, keys, KEY_SIZE, &err),
                     0);
    return h;
}

/* Twice: the second time may come from the cache. */
static void
assert_positions(struct tally_clkhash_hasher *h, const char *token, size_t k, size_t from,
                 const uint32_t *want, size_t n)
{
    uint32_t have[512];

    for (int round = 0; round < 2; round++) {
        memset(have, 0xff, sizeof have);
        tally_clkhash_hasher_positions(h, (const uint8_t *)token, strlen(token), k, have);
        assert_memory_equal(have + from, want, n * sizeof *want);
    }
}

static void
double_hash_steps_from_start_to_start(void **state)
{
    static const uint32_t of_1024[] = {505, 469, 433, 397, 361};
    static const uint32_t of_1000[] = {313, 733, 153, 573, 993};
    static const uint32_t accent[] = {141, 904, 667};
    struct tally_clkhash_hasher *h = hasher(TALLY_CLKHASH_DOUBLE, false, 1024);

    (void)state;
    assert_positions(h, "ab", 5, 0, of_1024, 5);
    tally_clkhash_hasher_free(h);
    h = hasher(TALLY_CLKHASH_DOUBLE, false, 1000);
    assert_positions(h, "ab", 5, 0, of_1000, 5);
    assert_positions(h, " \u00e9", 3, 0, accent, 3);
    tally_clkhash_hasher_free(h);
}

static void
double_hash_prevents_a_singularity_only_when_asked(void **state)
{
    static const uint32_t stuck[] = {0, 0, 0, 0};
    static const uint32_t moving[] = {0, 15, 14, 13};
    struct tally_clkhash_hasher *h = hasher(TALLY_CLKHASH_DOUBLE, false, 16);

    (void)state;
    assert_positions(h, "sr", 4, 0, stuck, 4);
    tally_clkhash_hasher_free(h);
    h = hasher(TALLY_CLKHASH_DOUBLE, true, 16);
    assert_positions(h, "sr", 4, 0, moving, 4); /* after hashing three times */
    tally_clkhash_hasher_free(h);
}

static void
blake_hash_goes_on_with_the_next_salt(void **state)
{
    static const uint32_t first[] = {850, 814, 435, 625, 767};
    static const uint32_t across[] = {1459, 407, 2888, 676};
    static const uint32_t last[] = {1416, 821, 1460};
    static const uint32_t large[] = {10400, 56017, 15815};
    struct tally_clkhash_hasher *h = hasher(TALLY_CLKHASH_BLAKE, false, 1024);

    (void)state;
    assert_positions(h, "ab", 5, 0, first, 5);
    tally_clkhash_hasher_free(h);
    h = hasher(TALLY_CLKHASH_BLAKE, false, 4096);
    assert_positions(h, "ab", 400, 63, across, 4);
    assert_positions(h, "ab", 400, 397, last, 3);
    tally_clkhash_hasher_free(h);
    h = hasher(TALLY_CLKHASH_BLAKE, false, 131072);
    assert_positions(h, "a longer token than is cached", 3, 0, large, 3);
    tally_clkhash_hasher_free(h);
}

/* Far more tokens than the cache holds, twice each, against a hasher used but once. */
static void
hash_cache_never_changes_an_answer(void **state)
{
    enum tally_clkhash_hash kinds[] = {TALLY_CLKHASH_DOUBLE, TALLY_CLKHASH_BLAKE};

    (void)state;
    for (size_t kind = 0; kind < 2; kind++) {
        struct tally_clkhash_hasher *h = hasher(kinds[kind], true, 512);
        uint32_t before[40];
        uint32_t sum[2] = {0, 0};
        char token[16];

        for (uint32_t round = 0; round < 2; round++) {
            for (int i = 0; i < 6000; i++) {
                int n = snprintf(token, sizeof token, "%d", i * 7919);
                size_t k = round == 0 ? 40 : 1 + (size_t)i % 40; /* grows in the cache */

                tally_clkhash_hasher_positions(h, (const uint8_t *)token, (size_t)n, k,
                                               before);
                sum[round] = sum[round] * 31 + before[0];
            }
        }
        assert_int_equal(sum[0], sum[1]);
        tally_clkhash_hasher_free(h);
    }
}

static void
hash_bits_are_set_from_the_most_significant(void **state)
{
    struct tally_clkhash_hasher *h = hasher(TALLY_CLKHASH_DOUBLE, false, 1024);
    uint8_t filter[128] = {0};
    uint8_t want[128] = {0};

    (void)state;
    want[505 / 8] |= 0x80 >> 505 % 8;
    want[469 / 8] |= 0x80 >> 469 % 8;
    tally_clkhash_hasher_add(h, (const uint8_t *)"ab", 2, 2, filter);
    tally_clkhash_hasher_add(h, (const uint8_t *)"cd", 2, 0, filter);
    assert_memory_equal(filter, want, sizeof want);
    tally_clkhash_hasher_free(h);
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
        cmocka_unit_test(keys_are_hkdf_of_the_secret),
        cmocka_unit_test(keys_of_an_empty_secret_without_salt_and_info),
        cmocka_unit_test(keys_end_where_hkdf_does),
        cmocka_unit_test(double_hash_steps_from_start_to_start),
        cmocka_unit_test(double_hash_prevents_a_singularity_only_when_asked),
        cmocka_unit_test(blake_hash_goes_on_with_the_next_salt),
        cmocka_unit_test(hash_cache_never_changes_an_answer),
        cmocka_unit_test(hash_bits_are_set_from_the_most_significant),
    };

    return cmocka_run_group_tests(tests, start, NULL);
}

/*
 * Numbers from a key: the published stream, and the permutations that follow from it.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/keystream.h"

#include "tests/support/testkey.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct tally_secret *
zero_key(void)
{
    struct tally_secret *key = NULL;
    struct tally_err err = TALLY_ERR_INIT;

    assert_int_equal(tally_secret_create(&key, 32, &err), 0);
    return key;
}

/* RFC 8439, A.1, test vector 1: 76b8e0ad a0f13d90 405d6ae5 ... */
static void
keystream_is_chacha20_in_words(void **state)
{
    struct tally_secret *key = zero_key();
    struct tally_keystream s;

    (void)state;
    tally_keystream_start(&s, key);
    assert_int_equal(tally_keystream_below(&s, UINT32_C(0xffffffff)), 0xade0b876);
    assert_int_equal(tally_keystream_below(&s, UINT32_C(0xffffffff)), 0x903df1a0);
    assert_int_equal(tally_keystream_below(&s, 1), 0);
    tally_keystream_end(&s);
    tally_secret_free(key);
}

static void
keystream_numbers_stay_below_and_come_again_with_the_key(void **state)
{
    static const uint8_t zeros[TALLY_KEYSTREAM_BYTES];
    struct tally_secret *key = tally_testkey();
    struct tally_keystream s, again;
    unsigned seen[7] = {0};
    int i;

    (void)state;
    tally_keystream_start(&s, key);
    tally_keystream_start(&again, key);
    for (i = 0; i < 7000; i++) {
        uint32_t x = tally_keystream_below(&s, 7);

        assert_true(x < 7);
        assert_int_equal(tally_keystream_below(&again, 7), x);
        seen[x]++;
    }
    for (i = 0; i < 7; i++) {
        assert_true(seen[i] > 850 && seen[i] < 1150);
    }
    tally_keystream_end(&s);
    tally_keystream_end(&again);
    assert_memory_equal(s.bytes, zeros, sizeof(zeros));
    tally_secret_free(key);
}

static void
keystream_permutes_every_number_once(void **state)
{
    struct tally_secret *key = tally_testkey();
    struct tally_keystream s;
    uint32_t perm[300];
    uint8_t seen[300] = {0};
    size_t i;

    (void)state;
    tally_keystream_start(&s, key);
    tally_keystream_permutation(&s, perm, 1);
    assert_int_equal(perm[0], 0);
    tally_keystream_permutation(&s, perm, 300);
    tally_keystream_end(&s);
    for (i = 0; i < 300; i++) {
        assert_true(perm[i] < 300);
        assert_int_equal(seen[perm[i]]++, 0);
    }
    tally_secret_free(key);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keystream_is_chacha20_in_words),
        cmocka_unit_test(keystream_numbers_stay_below_and_come_again_with_the_key),
        cmocka_unit_test(keystream_permutes_every_number_once),
    };

    return cmocka_run_group_tests(tests, tally_testkey_init, NULL);
}

/*
 * The memory of results: what is found is what was added, and it stays bounded.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/memo.h"

#include "tests/support/testkey.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct tally_memo
make(size_t row_bytes, size_t memory)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_memo m;

    assert_int_equal(tally_memo_create(&m, row_bytes, memory, &err), 0);
    return m;
}

static void
keys_differ_in_every_byte_in_length_and_in_tag(void **state)
{
    char text[TALLY_MEMO_KEY_MAX + 1] = "abcdefghijklmnopqrstuvwx";

    (void)state;
    for (size_t len = 1; len <= TALLY_MEMO_KEY_MAX; len++) {
        struct tally_memo_key key = tally_memo_key(text, len, 7);
        struct tally_memo_key other = tally_memo_key(text, len, 8);

        assert_int_not_equal(tally_memo_differs(&key, &other), 0);
        for (size_t i = 0; i < len; i++) {
            text[i] ^= 1;
            other = tally_memo_key(text, len, 7);
            assert_int_not_equal(tally_memo_differs(&key, &other), 0);
            text[i] ^= 1;
        }
        if (len > 1) { /* a byte less, whatever that byte is */
            other = tally_memo_key(text, len - 1, 7);
            assert_int_not_equal(tally_memo_differs(&key, &other), 0);
        }
        other = tally_memo_key(text, len, 7);
        assert_int_equal(tally_memo_differs(&key, &other), 0);
    }
}

/* Texts of one length in which a byte is repeated: loads that overlap must not hide it.
 */
static void
keys_of_repeated_bytes_differ_by_length(void **state)
{
    const char text[] = "aaaaaaaaaaaaaaaaaaaaaaaa";

    (void)state;
    for (size_t a = 1; a <= TALLY_MEMO_KEY_MAX; a++) {
        for (size_t b = a + 1; b <= TALLY_MEMO_KEY_MAX; b++) {
            struct tally_memo_key one = tally_memo_key(text, a, 0);
            struct tally_memo_key two = tally_memo_key(text, b, 0);

            assert_int_not_equal(tally_memo_differs(&one, &two), 0);
        }
    }
}

static void
what_is_found_is_what_was_added(void **state)
{
    struct tally_memo m = make(8, 4096);
    size_t found = 0;

    (void)state;
    for (unsigned round = 0; round < 20000; round++) {
        unsigned n = round % 2 == 0 ? round / 2 % 5 : round % 500;
        struct tally_memo_key key;
        char text[16];
        size_t set;
        uint8_t *row;

        snprintf(text, sizeof(text), "key %u", n);
        key = tally_memo_key(text, strlen(text), 3);
        set = tally_memo_seek(&m, &key);
        tally_memo_expect(&m, set);
        row = tally_memo_fetch(&m, set, &key);
        if (row != NULL) {
            assert_memory_equal(row, &n, sizeof(n));
            found++;
        } else {
            row = tally_memo_add(&m, set, &key);
            assert_memory_equal(row, "\0\0\0\0\0\0\0\0", 8);
            memcpy(row, &n, sizeof(n));
            assert_ptr_equal(tally_memo_find(&m, set, &key), row);
        }
    }
    assert_true(found > 0); /* and 500 keys do not fit, so that rows made room */
    tally_memo_free(&m);
}

static void
of_two_in_a_set_the_one_asked_for_stays(void **state)
{
    struct tally_memo m = make(8, 1); /* the least there is: two sets of two */
    struct tally_memo_key keys[3];
    size_t n = 0;

    (void)state;
    for (unsigned i = 0; n < 3; i++) { /* three keys of one set */
        struct tally_memo_key key = tally_memo_key(&i, sizeof(i), 1);

        if (tally_memo_seek(&m, &key) == 0) {
            keys[n++] = key;
        }
        assert_true(i < 10000);
    }
    (void)tally_memo_add(&m, 0, &keys[0]);
    (void)tally_memo_add(&m, 0, &keys[1]);
    assert_non_null(tally_memo_find(&m, 0, &keys[0]));
    (void)tally_memo_add(&m, 0, &keys[2]);
    assert_non_null(tally_memo_find(&m, 0, &keys[0]));
    assert_null(tally_memo_find(&m, 0, &keys[1]));
    assert_non_null(tally_memo_find(&m, 0, &keys[2]));
    tally_memo_free(&m);
    tally_memo_free(&m); /* no-op */
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_differ_in_every_byte_in_length_and_in_tag),
        cmocka_unit_test(keys_of_repeated_bytes_differ_by_length),
        cmocka_unit_test(what_is_found_is_what_was_added),
        cmocka_unit_test(of_two_in_a_set_the_one_asked_for_stays),
    };

    return cmocka_run_group_tests(tests, tally_testkey_init, NULL);
}

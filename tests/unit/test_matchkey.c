/*
 * Exact match keys: the bytes of an independent implementation, and no key over a gap.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/matchkey.h"

#include "bloom/base/bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* KDF("match key", "name and birth") of 00 01 ... 1f. */
#define KEY "82993d9e60ffeb118458307144c852174746f5377c94b079cfffe213f7f43368"

static struct tally_value
value(const char *text)
{
    struct tally_value v = {.len = (uint8_t)strlen(text)};

    memcpy(v.text, text, strlen(text));
    return v;
}

static bool
key_of(const char *a, const char *b, const char *c, uint32_t fields,
       uint8_t out[TALLY_MATCHKEY_BYTES])
{
    const struct tally_value values[] = {value(a), value(b), value(c)};
    uint8_t key[32];

    assert_true(tally_hex_decode(KEY, 64, key, 32));
    return tally_matchkey(key, values, fields, out);
}

static void
the_key_is_that_of_an_independent_implementation(void **state)
{
    uint8_t out[TALLY_MATCHKEY_BYTES];
    char hex[2 * TALLY_MATCHKEY_BYTES + 1];

    (void)state;
    assert_true(key_of("ann", "ng", "19840731", 5, out));
    tally_hex_encode(out, sizeof(out), hex);
    assert_string_equal(hex, "586f160166b77b4b9d14f5eb94b59289");
}

static void
equal_keys_mean_equal_values_field_by_field(void **state)
{
    uint8_t a[TALLY_MATCHKEY_BYTES], b[TALLY_MATCHKEY_BYTES];

    (void)state;
    assert_true(key_of("ann", "ng", "x", 3, a));
    assert_true(key_of("ann", "ng", "another", 3, b));
    assert_memory_equal(a, b, sizeof(a));
    assert_true(key_of("annn", "g", "x", 3, b));
    assert_memory_not_equal(a, b, sizeof(a));
    assert_true(key_of("ann", "nh", "x", 3, b));
    assert_memory_not_equal(a, b, sizeof(a));
}

static void
a_record_with_a_gap_has_no_key(void **state)
{
    uint8_t out[TALLY_MATCHKEY_BYTES] = {0}, zeros[TALLY_MATCHKEY_BYTES] = {0};

    (void)state;
    assert_false(key_of("ann", "", "x", 3, out));
    assert_false(key_of("ann", "ng", "x", 0, out));
    assert_memory_equal(out, zeros, sizeof(out));
    assert_true(key_of("ann", "", "x", 5, out));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_key_is_that_of_an_independent_implementation),
        cmocka_unit_test(equal_keys_mean_equal_values_field_by_field),
        cmocka_unit_test(a_record_with_a_gap_has_no_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * Counting bits: the same as counting them one by one, for any length and place.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/bits.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static uint64_t
one_by_one(const uint8_t *p, size_t len)
{
    uint64_t n = 0;
    size_t i;

    for (i = 0; i < 8 * len; i++) {
        n += p[i / 8] >> (i % 8) & 1;
    }
    return n;
}

static void
bits_are_counted_right_for_every_length_and_place(void **state)
{
    static uint8_t bytes[4096 + 8];
    uint32_t x = 1;
    size_t i, len;

    (void)state;
    for (i = 0; i < sizeof(bytes); i++) {
        x = x * 1664525u + 1013904223u;
        bytes[i] = (uint8_t)(x >> 24);
    }
    for (len = 0; len <= 4096; len += len < 2048 ? 8 : 512) {
        assert_int_equal(tally_bits_count(bytes + len % 7, len),
                         one_by_one(bytes + len % 7, len));
    }
}

static void
bits_that_are_all_set_do_not_overflow(void **state)
{
    static uint8_t bytes[8192];

    (void)state;
    assert_int_equal(tally_bits_count(bytes, sizeof(bytes)), 0);
    memset(bytes, 0xff, sizeof(bytes));
    assert_int_equal(tally_bits_count(bytes, sizeof(bytes)), 65536);
    assert_int_equal(tally_bits_count(bytes, 1024), 8192);
    assert_int_equal(tally_bits_count(bytes, 992), 7936);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bits_are_counted_right_for_every_length_and_place),
        cmocka_unit_test(bits_that_are_all_set_do_not_overflow),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

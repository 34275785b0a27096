/*
 * Sixteen bytes at a time: the bits of a comparison, by this processor and by any.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/sixteen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Every set of sixteen bytes of which each is 0xff or 0. */
static void
bits_say_which_bytes_compare(void **state)
{
    (void)state;
    for (uint32_t want = 0; want <= 0xffff; want++) {
        uint8_t text[16];
        tally_sixteen is_a;

        for (unsigned i = 0; i < 16; i++) {
            text[i] = (want >> i & 1) != 0 ? 'a' : (uint8_t)(0x80 + i);
        }
        is_a = (tally_sixteen)(tally_sixteen_load(text) == 'a');
        assert_int_equal(tally_sixteen_bits(is_a), want);
        assert_int_equal(tally_sixteen_bits_portable(is_a), want);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bits_say_which_bytes_compare),
    };

    return cmocka_run_group_tests_name("sixteen", tests, NULL, NULL);
}

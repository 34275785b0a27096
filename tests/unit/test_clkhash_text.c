/*
 * Characters: UTF-8 both ways, and what counts as a blank or a digit.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/clkhash_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
text_decodes_what_it_encodes(void **state)
{
    static const uint32_t points[] = {0,      0x7f,   0x80,   0x7ff,   0x800,
                                      0xd7ff, 0xe000, 0xffff, 0x10000, 0x10ffff};

    (void)state;
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
        uint8_t bytes[4];
        uint32_t back = 1;
        size_t n = tally_clkhash_utf8(points[i], bytes);

        assert_int_equal(tally_clkhash_decode(bytes, &back), n);
        assert_int_equal(back, points[i]);
        assert_int_equal(tally_clkhash_count(bytes, n), 1);
    }
}

static void
text_knows_digits_of_all_scripts(void **state)
{
    (void)state;
    for (uint32_t d = 0; d < 10; d++) {
        assert_int_equal(tally_clkhash_digit('0' + d), d);
        assert_int_equal(tally_clkhash_digit(0x660 + d), d);
        assert_int_equal(tally_clkhash_digit(0x1d7f6 + d), d);
    }
    assert_int_equal(tally_clkhash_digit('0' - 1), -1);
    assert_int_equal(tally_clkhash_digit('9' + 1), -1);
    assert_int_equal(tally_clkhash_digit(0xb2), -1); /* superscript two */
    assert_int_equal(tally_clkhash_digit(0x10ffff), -1);
}

static void
text_knows_blanks(void **state)
{
    static const uint32_t blanks[] = {9, 13, 0x1c, 32, 0x85, 0xa0, 0x2003, 0x3000};
    static const uint32_t others[] = {8, 14, 'a', 0x200b, 0x180e, 0xfeff};

    (void)state;
    for (size_t i = 0; i < sizeof blanks / sizeof blanks[0]; i++) {
        assert_true(tally_clkhash_is_space(blanks[i]));
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        assert_false(tally_clkhash_is_space(others[i]));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_decodes_what_it_encodes),
        cmocka_unit_test(text_knows_digits_of_all_scripts),
        cmocka_unit_test(text_knows_blanks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

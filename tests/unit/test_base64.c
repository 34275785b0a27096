/*
 * Base64: the vectors of RFC 4648, and how much the loose reader lets pass.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/base64.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    const char *plain;
    const char *text;
} rfc[] = {{"", ""},
           {"f", "Zg=="},
           {"fo", "Zm8="},
           {"foo", "Zm9v"},
           {"foob", "Zm9vYg=="},
           {"fooba", "Zm9vYmE="},
           {"foobar", "Zm9vYmFy"}};

static void
base64_writes_and_reads_the_vectors_of_the_rfc(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rfc / sizeof rfc[0]; i++) {
        size_t len = strlen(rfc[i].plain);
        uint8_t back[16];
        char text[16] = "";

        tally_base64_encode((const uint8_t *)rfc[i].plain, len, text);
        assert_int_equal(TALLY_BASE64_LEN(len), strlen(rfc[i].text));
        assert_string_equal(text, rfc[i].text);
        assert_int_equal(tally_base64_decode_loose(text, strlen(text), back), len);
        assert_memory_equal(back, rfc[i].plain, len);
    }
}

static void
base64_writes_the_last_two_characters_of_the_alphabet(void **state)
{
    const uint8_t in[3] = {0xfb, 0xff, 0xbf};
    char text[5] = "";

    (void)state;
    tally_base64_encode(in, 3, text);
    assert_string_equal(text, "+/+/");
}

static void
base64_read_loosely_skips_what_is_no_base64(void **state)
{
    uint8_t out[16];

    (void)state;
    assert_int_equal(tally_base64_decode_loose("*", 1, out), 0);
    assert_int_equal(tally_base64_decode_loose(" Zm\n9v!", 7, out), 3);
    assert_memory_equal(out, "foo", 3);
    assert_int_equal(tally_base64_decode_loose("Zg==Zm9v", 8, out), 1);
    assert_int_equal(tally_base64_decode_loose("=Zm9v", 5, out), 3);
}

static void
base64_read_loosely_still_wants_its_padding(void **state)
{
    uint8_t out[16];

    (void)state;
    assert_int_equal(tally_base64_decode_loose("Z", 1, out), -1);
    assert_int_equal(tally_base64_decode_loose("Zg", 2, out), -1);
    assert_int_equal(tally_base64_decode_loose("Zg=", 3, out), -1);
    assert_int_equal(tally_base64_decode_loose("Zm8", 3, out), -1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base64_writes_and_reads_the_vectors_of_the_rfc),
        cmocka_unit_test(base64_writes_the_last_two_characters_of_the_alphabet),
        cmocka_unit_test(base64_read_loosely_skips_what_is_no_base64),
        cmocka_unit_test(base64_read_loosely_still_wants_its_padding),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

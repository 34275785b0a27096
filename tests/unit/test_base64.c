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
        assert_int_equal(tally_base64_decode(text, strlen(text), back), len);
        assert_memory_equal(back, rfc[i].plain, len);
        memset(back, 0, sizeof back);
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
base64_reads_every_character_of_the_alphabet(void **state)
{
    char text[4 * 64 + 1] = "";
    uint8_t in[3 * 64], out[3 * 64];

    (void)state;
    for (size_t i = 0; i < sizeof in; i++) { /* groups i 0 0 i */
        in[i] = (uint8_t)(i % 3 == 2 ? i / 3 : i % 3 == 0 ? i / 3 << 2 : 0);
    }
    tally_base64_encode(in, sizeof in, text);
    assert_int_equal(tally_base64_decode(text, sizeof text - 1, out), sizeof in);
    assert_memory_equal(out, in, sizeof in);
}

static void
base64_read_strictly_takes_nothing_else(void **state)
{
    static const char *const bad[] = {
        "Z",    "Zg",       "Zg=",    "Zm9",  "Zh==", "Zm9=",    "====", "Z===",
        "=Zm9", "Zg==Zg==", "Zm9v\n", "Zm 9", "Zm-_", "Zm9\xff", "A=A=", "@AAA",
        "[AAA", "`AAA",     "{AAA",   ":AAA", "*AAA", ",AAA"};
    uint8_t out[16];

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(tally_base64_decode(bad[i], strlen(bad[i]), out), -1);
    }
    assert_int_equal(tally_base64_decode("", 0, out), 0);
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
        cmocka_unit_test(base64_reads_every_character_of_the_alphabet),
        cmocka_unit_test(base64_read_strictly_takes_nothing_else),
        cmocka_unit_test(base64_read_loosely_skips_what_is_no_base64),
        cmocka_unit_test(base64_read_loosely_still_wants_its_padding),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

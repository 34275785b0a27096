/*
 * Bytes: little-endian order, hexadecimal, the growing buffer.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void
bytes_loads_and_stores_have_their_order_at_any_alignment(void **state)
{
    uint8_t raw[17];

    (void)state;
    for (size_t at = 0; at < 8; at++) {
        tally_le32_store(raw + at, 0x89abcdefu);
        assert_memory_equal(raw + at, "\xef\xcd\xab\x89", 4);
        assert_true(tally_le32_load(raw + at) == 0x89abcdefu);
        tally_le64_store(raw + at, 0xfedcba9876543210u);
        assert_memory_equal(raw + at, "\x10\x32\x54\x76\x98\xba\xdc\xfe", 8);
        assert_true(tally_le64_load(raw + at) == 0xfedcba9876543210u);
        tally_be64_store(raw + at, 0xfedcba9876543210u);
        assert_memory_equal(raw + at, "\xfe\xdc\xba\x98\x76\x54\x32\x10", 8);
        assert_true(tally_be64_load(raw + at) == 0xfedcba9876543210u);
    }
}

static void
bytes_hex_is_lower_case_and_comes_back(void **state)
{
    uint8_t all[256];
    uint8_t back[256];
    char text[513];

    (void)state;
    for (size_t i = 0; i < 256; i++) {
        all[i] = (uint8_t)i;
    }
    tally_hex_encode(all, 256, text);
    assert_int_equal(strlen(text), 512);
    assert_memory_equal(text + 2 * 0xab, "abacad", 6);
    assert_memory_equal(text, "000102", 6);
    assert_true(tally_hex_decode(text, 512, back, 256));
    assert_memory_equal(all, back, 256);
    tally_hex_encode(all, 0, text);
    assert_string_equal(text, "");
    assert_true(tally_hex_decode("", 0, back, 0));
    assert_true(tally_hex_decode("aBFf", 4, back, 2));
    assert_memory_equal(back, "\xab\xff", 2);
}

static void
bytes_hex_refuses_wrong_lengths_and_digits_and_writes_nothing(void **state)
{
    uint8_t out[2] = {1, 2};

    (void)state;
    assert_false(tally_hex_decode("abc", 3, out, 2));
    assert_false(tally_hex_decode("abcdef", 6, out, 2));
    assert_false(tally_hex_decode("", 0, out, 2));
    assert_false(tally_hex_decode("00g0", 4, out, 2));
    assert_false(tally_hex_decode("00:0", 4, out, 2));
    assert_false(tally_hex_decode("0x00", 4, out, 2));
    assert_false(tally_hex_decode("00 0", 4, out, 2));
    assert_false(tally_hex_decode("", 0, out, SIZE_MAX / 2 + 1));
    assert_memory_equal(out, "\x01\x02", 2);
}

static void
bytes_buffer_grows_and_keeps_what_it_holds(void **state)
{
    struct tally_buf b = {0};
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    assert_int_equal(tally_buf_append(&b, NULL, 0, &err), 0);
    assert_null(b.data);
    for (unsigned i = 0; i < 5000; i++) {
        uint8_t piece[3] = {(uint8_t)i, (uint8_t)(i >> 8), 0x55};

        assert_int_equal(tally_buf_append(&b, piece, 3, &err), 0);
    }
    assert_int_equal(b.len, 15000);
    for (unsigned i = 0; i < 5000; i++) {
        assert_int_equal(b.data[3 * i] | b.data[3 * i + 1] << 8, (int)i);
    }
    tally_buf_free(&b);
    assert_null(b.data);
    assert_int_equal(b.len, 0);
    assert_int_equal(b.cap, 0);
    tally_buf_free(&b);
}

static void
bytes_buffer_formats_without_the_nul(void **state)
{
    struct tally_buf b = {0};
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    assert_int_equal(tally_buf_printf(&b, &err, "%s-%d", "row", 12), 0);
    assert_int_equal(tally_buf_printf(&b, &err, "%s", ""), 0);
    assert_int_equal(tally_buf_printf(&b, &err, "%300d", 5), 0);
    assert_int_equal(b.len, 306);
    assert_memory_equal(b.data, "row-12   ", 9);
    assert_int_equal(b.data[305], '5');
    tally_buf_free(&b);
}

static void
bytes_buffer_wipe_overwrites_and_keeps_the_memory(void **state)
{
    struct tally_buf b = {0};
    struct tally_err err = TALLY_ERR_INIT;
    uint8_t *data;

    (void)state;
    assert_int_equal(tally_buf_append(&b, "canary", 6, &err), 0);
    data = b.data;
    tally_buf_wipe(&b);
    assert_ptr_equal(b.data, data);
    assert_int_equal(b.len, 0);
    assert_memory_equal(data, "\0\0\0\0\0\0", 6);
    tally_buf_free(&b);
}

static void
bytes_buffer_that_cannot_grow_is_unchanged(void **state)
{
    struct tally_buf b = {0};
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    assert_int_equal(tally_buf_append(&b, "x", 1, &err), 0);
    assert_int_equal(tally_buf_append(&b, "y", SIZE_MAX, &err), -1);
    assert_int_equal(err.code, TALLY_E_NOMEM);
    assert_int_equal(b.len, 1);
    assert_int_equal(b.data[0], 'x');
    tally_buf_free(&b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_loads_and_stores_have_their_order_at_any_alignment),
        cmocka_unit_test(bytes_hex_is_lower_case_and_comes_back),
        cmocka_unit_test(bytes_hex_refuses_wrong_lengths_and_digits_and_writes_nothing),
        cmocka_unit_test(bytes_buffer_grows_and_keeps_what_it_holds),
        cmocka_unit_test(bytes_buffer_formats_without_the_nul),
        cmocka_unit_test(bytes_buffer_wipe_overwrites_and_keeps_the_memory),
        cmocka_unit_test(bytes_buffer_that_cannot_grow_is_unchanged),
    };

    return cmocka_run_group_tests_name("bytes", tests, NULL, NULL);
}

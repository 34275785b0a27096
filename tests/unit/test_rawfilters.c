/*
 * Raw filters: widths of every kind become aligned rows, and files that are something
 * else are refused by name.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/rawfilters.h"

#include "bloom/base/interrupt.h"
#include "tests/support/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static void
put_bytes(const char *path, const void *p, size_t len)
{
    FILE *f = fopen(path, "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(p, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
}

static void
refused(const char *path, uint32_t bits, enum tally_code code, const char *text)
{
    struct tally_rawfilters f = {0};
    struct tally_err err = TALLY_ERR_INIT;

    assert_int_equal(tally_rawfilters_read(&f, path, bits, &err), -1);
    assert_int_equal(err.code, code);
    if (strstr(err.text, text) == NULL) {
        fail_msg("'%s' does not say '%s'", err.text, text);
    }
    assert_null(f.rows);
}

/* Of some lengths more than a buffer of them, also where they do not divide it. */
static void
records_of_odd_widths_become_padded_rows(void **state)
{
    static const uint32_t widths[] = {8, 13, 64, 1000, 1024, 8192};
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    for (size_t w = 0; w < sizeof widths / sizeof *widths; w++) {
        size_t bytes = (widths[w] + 7) / 8;
        size_t n = widths[w] < 1000 ? 100 : (1u << 20) / bytes + 3;
        uint8_t *data = malloc(n * bytes);
        struct tally_rawfilters f;

        assert_non_null(data);
        for (size_t i = 0; i < n * bytes; i++) {
            data[i] = (uint8_t)(i * 31 + i / bytes);
        }
        for (size_t i = 0; i < n && widths[w] % 8 != 0; i++) {
            data[i * bytes + bytes - 1] &= (uint8_t)(0xff << (8 - widths[w] % 8));
        }
        put_bytes("f.clk", data, n * bytes);
        assert_int_equal(tally_rawfilters_read(&f, "f.clk", widths[w], &err), 0);
        assert_int_equal(f.n, n);
        assert_int_equal(f.stride, (bytes + 63) / 64 * 64);
        assert_int_equal((uintptr_t)f.rows % 64, 0);
        for (size_t i = 0; i < n; i++) {
            uint32_t set = 0;

            assert_memory_equal(f.rows + i * f.stride, data + i * bytes, bytes);
            for (size_t b = 0; b < f.stride; b++) {
                set += (uint32_t)__builtin_popcount(f.rows[i * f.stride + b]);
                assert_true(b < bytes || f.rows[i * f.stride + b] == 0);
            }
            assert_int_equal(f.popcounts[i], set);
        }
        tally_rawfilters_free(&f);
        free(data);
    }
}

static void
an_empty_file_holds_no_record(void **state)
{
    struct tally_rawfilters f;
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    tally_scratch_put("f.clk", "", 0600);
    assert_int_equal(tally_rawfilters_read(&f, "f.clk", 1024, &err), 0);
    assert_int_equal(f.n, 0);
    tally_rawfilters_free(&f);
}

static void
files_that_are_something_else_are_refused(void **state)
{
    static const uint8_t behind[] = {0xff, 0xe0, 0xff, 0xf8, 0xff, 0xfc};

    (void)state;
    tally_scratch_put("f.clk", "1234567", 0600);
    refused("f.clk", 16, TALLY_E_DATA,
            "'f.clk': 7 bytes are not a whole number of records of 2 bytes: 1 are over");
    put_bytes("f.clk", behind, sizeof behind);
    refused("f.clk", 13, TALLY_E_DATA, "'f.clk': record 2 has bits set behind its 13");
    tally_scratch_put("f.json", "{\"clks\": [\"AAEC\"]}      ", 0600);
    refused("f.json", 64, TALLY_E_DATA, "'f.json' is not a file of raw filters");
    tally_scratch_put("f.enc", "TALLYENC........", 0600);
    refused("f.enc", 64, TALLY_E_DATA, "'f.enc' is not a file of raw filters");
    refused("none.clk", 64, TALLY_E_NO_FILE, "none.clk");
    refused(".", 64, TALLY_E_NO_FILE, "'.' is not an ordinary file");
    assert_int_equal(mkfifo("pipe.clk", 0600), 0);
    refused("pipe.clk", 64, TALLY_E_NO_FILE, "'pipe.clk' is not an ordinary file");
    refused("f.clk", 0, TALLY_E_USAGE, "1 to 8192 bits");
    refused("f.clk", 8193, TALLY_E_USAGE, "1 to 8192 bits");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_of_odd_widths_become_padded_rows),
        cmocka_unit_test(an_empty_file_holds_no_record),
        cmocka_unit_test(files_that_are_something_else_are_refused),
    };

    return cmocka_run_group_tests(tests, tally_scratch_enter, tally_scratch_leave);
}

/*
 * The CSV reader: what it refuses, by file, row, column and rule.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/text.h"
#include "tests/support/csvfile.h"
#include "tests/support/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void
csv_reader_names_the_row_of_a_ragged_line(void **state)
{
    (void)state;
    csvfile_fails("a,b,c\n1,2,3\n1,2\n", TALLY_E_CSV,
                  ": row 3: 2 cells where the header has 3 columns");
    csvfile_fails("a,b,c\n1,2,3,4,5\n", TALLY_E_CSV,
                  ": row 2: 5 cells where the header has 3 columns");
    csvfile_fails("a,b\nonly\n", TALLY_E_CSV,
                  ": row 2: 1 cell where the header has 2 columns");
    csvfile_fails("a\n1,2\n", TALLY_E_CSV,
                  ": row 2: 2 cells where the header has 1 column");
}

static void
csv_reader_names_the_place_of_a_bad_quote(void **state)
{
    (void)state;
    csvfile_fails("a,b\n1,\"2\"x\n", TALLY_E_CSV,
                  ": row 2 column 'b': text after a closing quote");
    csvfile_fails("a,b\n1,\"2\" \n", TALLY_E_CSV,
                  ": row 2 column 'b': text after a closing quote");
    csvfile_fails("a,b\n1,2\n\"3,4\n5,6\n", TALLY_E_CSV,
                  ": row 3 column 'a': a quote that opens here is never closed");
    csvfile_fails("a,b\n1,2\n3,\"4\"\"", TALLY_E_CSV,
                  ": row 3 column 'b': a quote that opens here is never closed");
    csvfile_fails("a,\"b\n", TALLY_E_CSV,
                  ": row 1 column 2: a quote that opens here is never closed");
    csvfile_fails("a,b\n1,2,\"x\"y\n", TALLY_E_CSV,
                  ": row 2 column 3: text after a closing quote");
}

static void
csv_reader_names_the_place_of_a_nul(void **state)
{
    (void)state;
    csvfile_fails_with(BYTES("a,b\n1,x\0y\n"), NULL, TALLY_E_CSV,
                       ": row 2 column 'b': a NUL byte in the text");
    csvfile_fails_with(BYTES("a,b\n1,\"x\0\"\n"), NULL, TALLY_E_CSV,
                       ": row 2 column 'b': a NUL byte in the text");
    csvfile_fails_with(BYTES("a,b\n1,2\n\0"), NULL, TALLY_E_CSV,
                       ": row 3 column 'a': a NUL byte in the text");
    csvfile_fails_with(BYTES("abcdefgh,b\0,cdefghi\n"), NULL, TALLY_E_CSV,
                       ": row 1 column 2: a NUL byte in the text");
    csvfile_fails_with(BYTES("a,b\n1,\"x\"\0"), NULL, TALLY_E_CSV,
                       ": row 2 column 'b': a NUL byte in the text");
}

static void
csv_reader_names_the_place_of_text_that_is_not_utf8(void **state)
{
    (void)state;
    csvfile_fails("a,b\nSi\xC3\xA2n,2\n1,Jos\xE9\n", TALLY_E_TEXT,
                  ": row 3 column 'b': the text is not valid UTF-8");
    csvfile_fails("a,b\n\"\xC3\",2\n", TALLY_E_TEXT,
                  ": row 2 column 'a': the text is not valid UTF-8");
    csvfile_fails("a,nam\xE9\n1,2\n", TALLY_E_TEXT,
                  ": row 1 column 2: the text is not valid UTF-8");
}

static void
csv_reader_knows_utf16(void **state)
{
    static const char *const want = ": the text is UTF-16, which is not read here";

    (void)state;
    csvfile_fails_with("\xFF\xFE"
                       "a\0,\0",
                       6, NULL, TALLY_E_TEXT, want);
    csvfile_fails_with(BYTES("\xFE\xFF\0a\0,"), NULL, TALLY_E_TEXT, want);
    csvfile_fails_with(BYTES("i\0d\0,\0b\0\n\0"), NULL, TALLY_E_TEXT, want);
    csvfile_fails_with(BYTES("\0i\0d\0,\0b\0\n"), NULL, TALLY_E_TEXT, want);
}

static void
csv_reader_refuses_an_empty_file_and_bad_headers(void **state)
{
    char many[16384];
    size_t len = 0;

    (void)state;
    csvfile_fails("", TALLY_E_CSV, ": the file is empty");
    csvfile_fails("\xEF\xBB\xBF", TALLY_E_CSV, ": the file is empty");
    csvfile_fails("\n \n\r\n", TALLY_E_CSV, ": the file is empty");
    csvfile_fails(",a,b, \n", TALLY_E_CSV, ": row 1 column 1: the column has no name");
    csvfile_fails("a,,\n", TALLY_E_CSV, ": row 1 column 2: the column has no name");
    csvfile_fails(" ,b\n", TALLY_E_CSV, ": row 1 column 1: the column has no name");
    csvfile_fails("a,b,c, b \n", TALLY_E_CSV,
                  ": row 1: columns 2 and 4 have the same name");
    for (unsigned i = 0; i < TALLY_CSV_COLUMNS_MAX; i++) {
        len += (size_t)snprintf(many + len, sizeof many - len, "%x,", i);
        many[len] = '\0';
        if (len + 8 > sizeof many) {
            break;
        }
    }
    memset(many, ',', TALLY_CSV_COLUMNS_MAX + 3);
    csvfile_fails_with(many, TALLY_CSV_COLUMNS_MAX + 3, NULL, TALLY_E_LIMIT,
                       ": 4100 columns, over the limit of 4096");
}

static void
csv_reader_says_when_there_is_no_file(void **state)
{
    struct tally_csv *c = NULL;
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    assert_int_equal(tally_csv_open(&c, "no/such/file.csv", NULL, &err), -1);
    assert_int_equal(err.code, TALLY_E_NO_FILE);
    assert_string_equal(err.text,
                        "cannot open no/such/file.csv: No such file or directory");
    assert_int_equal(tally_csv_open(&c, "/tmp", NULL, &err), -1);
    assert_int_equal(err.code, TALLY_E_NO_FILE);
    assert_null(c);
    tally_csv_free(NULL);
}

static void
assert_put_file_fails(const char *want, uint64_t consumed_below)
{
    struct tally_csv *c = NULL;
    struct tally_cell cells[2];
    struct tally_err err = TALLY_ERR_INIT;
    char message[TALLY_ERR_TEXT];
    FILE *f = freopen(CSVFILE_PATH, "rb", stdin);

    assert_non_null(f);
    assert_int_equal(tally_csv_open(&c, "-", NULL, &err), 0);
    assert_int_equal(tally_csv_next(c, cells, &err), -1);
    assert_int_equal(err.code, TALLY_E_LIMIT);
    snprintf(message, sizeof message, "standard input: %s", want);
    assert_string_equal(err.text, message);
    assert_true((uint64_t)lseek(STDIN_FILENO, 0, SEEK_CUR) < consumed_below);
    tally_csv_free(c);
}

static void
csv_reader_stops_early_at_a_cell_over_the_limit(void **state)
{
    (void)state;
    csvfile_put_long("a,b\n1,", 'x', 100000000, "\n");
    assert_put_file_fails("row 2 column 'b': a cell over 1048576 bytes", 3u << 20);
    csvfile_put_long("a,b\n1,\"", '\n', 20000000, "\"\n");
    assert_put_file_fails("row 2 column 'b': a cell over 1048576 bytes", 3u << 20);
    csvfile_put_long("a,b\n1,", 'x', TALLY_CSV_FIELD_MAX + 1, "\n");
    assert_put_file_fails("row 2 column 'b': a cell over 1048576 bytes", 3u << 20);
}

static void
csv_reader_stops_early_at_a_row_over_the_limit(void **state)
{
    (void)state;
    csvfile_put_long("a,b\n", ',', 50000000, "\n");
    assert_put_file_fails("row 2: a row over 8388608 bytes", 10u << 20);
}

/* A small generator, for files that a stranger could have written. */
static uint32_t
draw(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 16;
}

/* Any bytes give rows or an error, and every cell given is valid text within its limits.
 */
static void
csv_reader_survives_any_bytes(void **state)
{
    static const char alphabet[] = "\"\",,\n\r\nab \xC3\xA9\xE9";
    uint32_t seed = 7;

    (void)state;
    for (int round = 0; round < 3000; round++) {
        const struct tally_csv_options options = {
            .no_header = draw(&seed) % 2 == 0,
            .encoding = draw(&seed) % 4 == 0 ? TALLY_TEXT_WINDOWS_1252 : TALLY_TEXT_UTF8};
        char text[64];
        size_t len = draw(&seed) % sizeof text;
        struct tally_csv *c = NULL;
        struct tally_cell cells[64];
        struct tally_err err = TALLY_ERR_INIT;
        int r;

        for (size_t i = 0; i < len; i++) {
            text[i] = alphabet[draw(&seed) % (sizeof alphabet - (round % 8 != 0))];
        }
        csvfile_put(text, len);
        r = tally_csv_open(&c, CSVFILE_PATH, &options, &err);
        while (r == 0 || r == 1) {
            r = tally_csv_next(c, cells, &err);
            for (size_t i = 0; r == 1 && i < tally_csv_columns(c); i++) {
                assert_true(tally_text_valid(cells[i].data, cells[i].len));
            }
            if (r == 0) {
                break;
            }
        }
        assert_true(r == 0 || err.code != TALLY_OK);
        tally_csv_free(c);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(csv_reader_names_the_row_of_a_ragged_line),
        cmocka_unit_test(csv_reader_names_the_place_of_a_bad_quote),
        cmocka_unit_test(csv_reader_names_the_place_of_a_nul),
        cmocka_unit_test(csv_reader_names_the_place_of_text_that_is_not_utf8),
        cmocka_unit_test(csv_reader_knows_utf16),
        cmocka_unit_test(csv_reader_refuses_an_empty_file_and_bad_headers),
        cmocka_unit_test(csv_reader_says_when_there_is_no_file),
        cmocka_unit_test(csv_reader_stops_early_at_a_cell_over_the_limit),
        cmocka_unit_test(csv_reader_stops_early_at_a_row_over_the_limit),
        cmocka_unit_test(csv_reader_survives_any_bytes),
    };

    return cmocka_run_group_tests(tests, tally_scratch_enter, tally_scratch_leave);
}

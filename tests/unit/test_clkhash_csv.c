/*
 * CSV as Python's csv.reader takes it: quotes out of place, blank lines, all line ends,
 * and rows longer than what is read at once.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/clkhash_csv.h"

#include "bloom/clkhash_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CELLS 16

static struct tally_clkhash_csv *
open_bytes(const char *text, size_t len)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_clkhash_csv *c = NULL;
    char path[] = "/tmp/clkhash_csv_XXXXXX";
    int fd = mkstemp(path);
    FILE *f = fdopen(fd, "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(tally_clkhash_csv_open(&c, path, &err), 0);
    assert_int_equal(remove(path), 0);
    return c;
}

/* All rows: cells in brackets, a row in a line; an error is its code in words. */
static void
assert_rows(const char *text, const char *want)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_clkhash_csv *c = open_bytes(text, strlen(text));
    struct tally_cell cells[CELLS];
    char have[512] = "";
    size_t n = 0;
    int more;

    while ((more = tally_clkhash_csv_next(c, cells, CELLS, &n, &err)) > 0) {
        for (size_t i = 0; i < n; i++) {
            strcat(have, "[");
            strncat(have, (const char *)cells[i].data, cells[i].len);
            strcat(have, "]");
        }
        strcat(have, "/");
    }
    if (more < 0) {
        strcat(have, tally_err_name(err.code));
    }
    assert_string_equal(have, want);
    tally_clkhash_csv_free(c);
}

static void
csv_cuts_cells_at_commas_and_keeps_blanks(void **state)
{
    (void)state;
    assert_rows("a, b ,\n,\n", "[a][ b ][]/[][]/");
    assert_rows("", "");
    assert_rows("a", "[a]/");
    assert_rows("\xef\xbb\xbf"
                "a\n",
                "[\xef\xbb\xbf"
                "a]/");
}

static void
csv_takes_every_line_end_for_one(void **state)
{
    (void)state;
    assert_rows("a\r\nb\rc\nd", "[a]/[b]/[c]/[d]/");
    assert_rows("a\n\nb\r\r\n", "[a]//[b]//");
    assert_rows("a\r", "[a]/");
}

static void
csv_takes_quotes_as_python_does(void **state)
{
    (void)state;
    assert_rows("\"a,b\",\"c\"\"d\"\n", "[a,b][c\"d]/");
    assert_rows("\"a\nb\",\"c\r\nd\re\"\n", "[a\nb][c\nd\ne]/");
    assert_rows("a\"b\", \"c\"\n", "[a\"b\"][ \"c\"]/");
    assert_rows("\"a\"b\"c,d\n", "[ab\"c][d]/");
    assert_rows("\"\",\"\"\"\"\n", "[][\"]/");
}

static void
csv_refuses_a_quote_that_is_never_closed(void **state)
{
    (void)state;
    assert_rows("a\n\"b\nc\n", "[a]/csv");
}

static void
csv_refuses_what_is_not_utf8(void **state)
{
    (void)state;
    assert_rows("a\n\xff\n", "[a]/text");
}

static void
csv_refuses_a_nul(void **state)
{
    struct tally_clkhash_csv *c = open_bytes("a\0b\n", 4);
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_cell cells[CELLS];
    size_t n;

    (void)state;
    assert_int_equal(tally_clkhash_csv_next(c, cells, CELLS, &n, &err), -1);
    assert_int_equal(err.code, TALLY_E_CSV);
    tally_clkhash_csv_free(c);
}

/* A row of one cell of  letters, behind  short rows. */
static int
long_cell(size_t before, size_t len, struct tally_err *err)
{
    char *text = malloc(3 * before + len + 1);
    struct tally_clkhash_csv *c;
    struct tally_cell cells[CELLS];
    size_t n = 0;
    int more = 1;

    assert_non_null(text);
    for (size_t i = 0; i < before; i++) {
        memcpy(text + 3 * i, "ab\n", 3);
    }
    memset(text + 3 * before, 'x', len);
    text[3 * before + len] = '\n';
    c = open_bytes(text, 3 * before + len + 1);
    free(text);
    for (size_t i = 0; i <= before && more > 0; i++) {
        more = tally_clkhash_csv_next(c, cells, CELLS, &n, err);
    }
    if (more > 0) {
        assert_int_equal(cells[0].len, len);
        assert_int_equal(tally_clkhash_csv_row(c), before + 1);
    }
    tally_clkhash_csv_free(c);
    return more;
}

static void
csv_reads_cells_across_blocks_up_to_the_limit(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    assert_int_equal(long_cell(349500, 10000, &err), 1); /* across the first MiB */
    assert_int_equal(long_cell(0, TALLY_CLKHASH_CELL_MAX, &err), 1);
    assert_int_equal(long_cell(0, TALLY_CLKHASH_CELL_MAX + 1, &err), -1);
    assert_int_equal(err.code, TALLY_E_LIMIT);
    assert_int_equal(long_cell(0, TALLY_CSV_ROW_MAX + 2000000, &err), -1);
    assert_int_equal(err.code, TALLY_E_LIMIT);
}

static void
csv_says_that_a_file_is_not_there(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_clkhash_csv *c = NULL;

    (void)state;
    assert_int_equal(tally_clkhash_csv_open(&c, "/nowhere/x.csv", &err), -1);
    assert_int_equal(err.code, TALLY_E_NO_FILE);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(csv_cuts_cells_at_commas_and_keeps_blanks),
        cmocka_unit_test(csv_takes_every_line_end_for_one),
        cmocka_unit_test(csv_takes_quotes_as_python_does),
        cmocka_unit_test(csv_refuses_a_quote_that_is_never_closed),
        cmocka_unit_test(csv_refuses_what_is_not_utf8),
        cmocka_unit_test(csv_refuses_a_nul),
        cmocka_unit_test(csv_reads_cells_across_blocks_up_to_the_limit),
        cmocka_unit_test(csv_says_that_a_file_is_not_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

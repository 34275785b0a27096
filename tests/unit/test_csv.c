/*
 * Tests of the CSV reader and writer.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/csv.h"
#include "tests/support/scratch.h"
#include "bloom/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

/* A literal that may hold NULs, and its length. */
#define BYTES(literal) literal, sizeof literal - 1

static const char PATH[] = "test_csv.tmp.csv";

static void
put_file(const void *p, size_t len)
{
    FILE *f = fopen(PATH, "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(p, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
}

static struct tally_csv *
open_bytes(const void *p, size_t len, const struct tally_csv_options *options)
{
    struct tally_csv *c = NULL;
    struct tally_err err = TALLY_ERR_INIT;

    put_file(p, len);
    if (tally_csv_open(&c, PATH, options, &err) != 0) {
        fail_msg("%s", err.text);
    }
    return c;
}

static struct tally_csv *
open_text(const char *text)
{
    return open_bytes(text, strlen(text), NULL);
}

static void
assert_cell(const struct tally_cell *cell, const char *want)
{
    assert_int_equal(cell->len, strlen(want));
    assert_memory_equal(cell->data, want, strlen(want));
}

/* The next row must have these cells; ${ncols} strings follow. */
static void
assert_row(struct tally_csv *c, size_t ncols, ...)
{
    struct tally_cell cells[8];
    struct tally_err err = TALLY_ERR_INIT;
    va_list ap;

    assert_int_equal(tally_csv_columns(c), ncols);
    if (tally_csv_next(c, cells, &err) != 1) {
        fail_msg("no row: %s", err.text);
    }
    va_start(ap, ncols);
    for (size_t i = 0; i < ncols; i++) {
        assert_cell(&cells[i], va_arg(ap, const char *));
    }
    va_end(ap);
}

static void
assert_end(struct tally_csv *c)
{
    struct tally_cell cells[8];
    struct tally_err err = TALLY_ERR_INIT;

    assert_int_equal(tally_csv_next(c, cells, &err), 0);
    assert_int_equal(tally_csv_next(c, cells, &err), 0);
    assert_int_equal(err.code, TALLY_OK);
    tally_csv_free(c);
}

/* Reading ${text} to its end must fail with ${code} and exactly ${want} after the path.
 */
static void
assert_fails_with(const void *text, size_t len, const struct tally_csv_options *options,
                  enum tally_code code, const char *want)
{
    struct tally_csv *c = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    char message[TALLY_ERR_TEXT];
    int r;

    put_file(text, len);
    r = tally_csv_open(&c, PATH, options, &err);
    if (r == 0) {
        struct tally_cell *cells = calloc(tally_csv_columns(c), sizeof *cells);

        assert_non_null(cells);
        do {
            r = tally_csv_next(c, cells, &err);
        } while (r == 1);
        free(cells);
        tally_csv_free(c);
    } else {
        assert_null(c);
    }
    snprintf(message, sizeof message, "%s%s", PATH, want);
    assert_int_equal(r, -1);
    assert_string_equal(err.text, message);
    assert_int_equal(err.code, code);
}

static void
assert_fails(const char *text, enum tally_code code, const char *want)
{
    assert_fails_with(text, strlen(text), NULL, code, want);
}

static void
csv_reader_reads_rows_with_any_line_end(void **state)
{
    static const char *const files[] = {
        "a,b\n1,2\n3,4\n",
        "a,b\r\n1,2\r\n3,4\r\n",
        "a,b\r1,2\r3,4\r",
        "a,b\n1,2\n3,4",
        "a,b\r\n1,2\n3,4\r",
        "\357\273\277a,b\n1,2\n3,4\n",
        "\n\na,b\n\n1,2\n  \n3,4\n\n",
        "a,b\r\n1,2\r\n\r\n3,4\r\n\r\n",
        "\"a\",\"b\"\n\"1\",\"2\"\n\"3\",\"4\"",
    };

    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        struct tally_csv *c = open_text(files[i]);

        assert_string_equal(tally_csv_column(c, 0), "a");
        assert_string_equal(tally_csv_column(c, 1), "b");
        assert_row(c, 2, "1", "2");
        assert_row(c, 2, "3", "4");
        assert_end(c);
    }
}

static void
csv_reader_takes_quotes_out(void **state)
{
    struct tally_csv *c = open_text("\"na\"\"me\",b\n"
                                    "\"a,b\",\"x\ny\r\nz\"\n"
                                    "\"\",\"\"\"\"\n"
                                    "\"say \"\"hi\"\"\",\"\"\"a\"\"\"\"b\"\"\"\n"
                                    ",\n");

    (void)state;
    assert_string_equal(tally_csv_column(c, 0), "na\"me");
    assert_row(c, 2, "a,b", "x\ny\r\nz");
    assert_row(c, 2, "", "\"");
    assert_row(c, 2, "say \"hi\"", "\"a\"\"b\"");
    assert_row(c, 2, "", "");
    assert_end(c);
}

static void
csv_reader_takes_a_quote_inside_a_plain_cell_as_it_is(void **state)
{
    struct tally_csv *c = open_text("a,b\n5' 11\",\n x\"\"y, \"z\"\n");

    (void)state;
    assert_row(c, 2, "5' 11\"", "");
    assert_row(c, 2, " x\"\"y", " \"z\"");
    assert_end(c);
}

static void
csv_reader_trims_and_finds_column_names(void **state)
{
    struct tally_csv *c = open_text(" id , \" date of birth\t\" ,Siân\n1,2,3\n");

    (void)state;
    assert_int_equal(tally_csv_find(c, "id"), 0);
    assert_int_equal(tally_csv_find(c, "Siân"), 2);
    assert_int_equal(tally_csv_find(c, "ID"), -1);
    assert_int_equal(tally_csv_find(c, ""), -1);
    assert_string_equal(tally_csv_path(c), PATH);
    tally_csv_free(c);
}

static void
csv_reader_keeps_blank_lines_of_a_single_column(void **state)
{
    struct tally_csv *c = open_text("a\n1\n\n3\n");

    (void)state;
    assert_row(c, 1, "1");
    assert_row(c, 1, "");
    assert_row(c, 1, "3");
    assert_end(c);
}

static void
csv_reader_counts_rows_as_a_spreadsheet_does(void **state)
{
    const char *text = "a,b\n\"x\n\ny\",1\n\n2,3\n";
    struct tally_csv *c = open_text(text);

    (void)state;
    assert_int_equal(tally_csv_row(c), 1);
    assert_row(c, 2, "x\n\ny", "1");
    assert_int_equal(tally_csv_row(c), 2);
    assert_row(c, 2, "2", "3");
    assert_int_equal(tally_csv_row(c), 4);
    assert_int_equal(tally_csv_bytes(c), strlen(text));
    assert_int_equal(tally_csv_size(c), strlen(text));
    assert_end(c);
}

static void
csv_reader_reads_a_file_that_has_only_a_header(void **state)
{
    (void)state;
    assert_end(open_text("a,b,c\n"));
    assert_end(open_text("a,b,c"));
}

static void
csv_reader_reads_files_without_a_header(void **state)
{
    const struct tally_csv_options options = {.no_header = true};
    struct tally_csv *c = open_bytes(BYTES("\"x\"\"y\",x\n3,4\n"), &options);

    (void)state;
    assert_string_equal(tally_csv_column(c, 0), "1");
    assert_string_equal(tally_csv_column(c, 1), "2");
    assert_int_equal(tally_csv_row(c), 0);
    assert_row(c, 2, "x\"y", "x");
    assert_int_equal(tally_csv_row(c), 1);
    assert_row(c, 2, "3", "4");
    assert_end(c);
    assert_fails_with(BYTES("1,2\n3\n"), &options, TALLY_E_CSV,
                      ": row 2: 1 cell where the first row has 2 columns");
}

static void
csv_reader_takes_other_delimiters(void **state)
{
    struct tally_csv_options options = {.delimiter = ';'};
    struct tally_csv *c = open_bytes(BYTES("a;b\n1,5;2\n"), &options);
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    assert_row(c, 2, "1,5", "2");
    assert_end(c);
    options.delimiter = '\t';
    c = open_bytes(BYTES("a\tb\n1 \t\"2\t\"\n"), &options);
    assert_row(c, 2, "1 ", "2\t");
    assert_end(c);
    options.delimiter = '"';
    assert_int_equal(tally_csv_open(&c, PATH, &options, &err), -1);
    assert_int_equal(err.code, TALLY_E_USAGE);
}

static void
csv_reader_takes_tabs_from_a_tsv_file(void **state)
{
    static const char path[] = "test_csv.tmp.TSV";
    struct tally_csv *c = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    FILE *f = fopen(path, "wb");

    (void)state;
    assert_non_null(f);
    fputs("a\tb\n1,2\t3\n", f);
    fclose(f);
    assert_int_equal(tally_csv_open(&c, path, NULL, &err), 0);
    unlink(path);
    assert_row(c, 2, "1,2", "3");
    assert_end(c);
}

static void
csv_reader_finds_out_another_delimiter(void **state)
{
    static const char path[] = "test_csv.tmp.tsv";
    const struct tally_csv_options comma = {.delimiter = ','};
    struct tally_csv *c = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    FILE *f = fopen(path, "wb");

    (void)state;
    assert_non_null(f);
    fputs("a,b\n1,2\n", f);
    fclose(f);
    assert_int_equal(tally_csv_open(&c, path, NULL, &err), 0);
    unlink(path);
    assert_int_equal(tally_csv_notes(c)->delimiter, ',');
    assert_row(c, 2, "1", "2");
    assert_end(c);
    c = open_text("\xef\xbb\xbf"
                  "a;b\n\"1;x\";2,5\n");
    assert_string_equal(tally_csv_column(c, 0), "a");
    assert_int_equal(tally_csv_notes(c)->delimiter, ';');
    assert_row(c, 2, "1;x", "2,5");
    assert_end(c);
    c = open_text("a\tb\n1\t2\n");
    assert_row(c, 2, "1", "2");
    assert_end(c);
    c = open_text("a|b\n1|2\n");
    assert_row(c, 2, "1", "2");
    assert_end(c);
    c = open_text("a~b\n1,1~2\n");
    assert_row(c, 2, "1,1", "2");
    assert_end(c);
    c = open_text("sep=;\na,x;b\n1;2\n");
    assert_string_equal(tally_csv_column(c, 0), "a,x");
    assert_row(c, 2, "1", "2");
    assert_int_equal(tally_csv_row(c), 3);
    assert_end(c);
    c = open_text("sep=,\na,b\n1,2\n");
    assert_row(c, 2, "1", "2");
    assert_end(c);
    c = open_text("sep=x\n1\n");
    assert_string_equal(tally_csv_column(c, 0), "sep=x");
    assert_row(c, 1, "1");
    assert_end(c);
    c = open_bytes(BYTES("a;b\n1\n"), &comma);
    assert_row(c, 1, "1");
    assert_end(c);
    c = open_text("a;b,c\n1,2\n");
    assert_int_equal(tally_csv_notes(c)->delimiter, 0);
    assert_string_equal(tally_csv_column(c, 0), "a;b");
    assert_row(c, 2, "1", "2");
    assert_end(c);
}

static void
csv_reader_numbers_columns_without_a_name(void **state)
{
    struct tally_csv *c = open_text(",a,b,c, \n1,2,3,4,5\n");

    (void)state;
    assert_string_equal(tally_csv_column(c, 0), "(column 1)");
    assert_string_equal(tally_csv_column(c, 1), "a");
    assert_string_equal(tally_csv_column(c, 4), "(column 5)");
    assert_row(c, 5, "1", "2", "3", "4", "5");
    assert_end(c);
}

static void
csv_reader_passes_over_what_stands_above_the_header(void **state)
{
    struct tally_csv_options third = {.header_row = 3};
    struct tally_csv *c =
        open_bytes(BYTES("Report, of \"all\"\n;;;\na;b\n1;2\n"), &third);

    (void)state;
    assert_string_equal(tally_csv_column(c, 1), "b");
    assert_row(c, 2, "1", "2");
    assert_int_equal(tally_csv_row(c), 4);
    assert_end(c);
    c = open_bytes(BYTES("Report\n\n\n\na,b\n1,2\n"), &third);
    assert_string_equal(tally_csv_column(c, 1), "b"); /* row 3 is blank */
    assert_row(c, 2, "1", "2");
    assert_end(c);
    assert_fails("Title;;\na;b;c\n", TALLY_E_CSV,
                 ": row 1 column 2: the column has no name");
}

static void
csv_reader_names_the_row_of_a_ragged_line(void **state)
{
    (void)state;
    assert_fails("a,b,c\n1,2,3\n1,2\n", TALLY_E_CSV,
                 ": row 3: 2 cells where the header has 3 columns");
    assert_fails("a,b,c\n1,2,3,4,5\n", TALLY_E_CSV,
                 ": row 2: 5 cells where the header has 3 columns");
    assert_fails("a,b\nonly\n", TALLY_E_CSV,
                 ": row 2: 1 cell where the header has 2 columns");
    assert_fails("a\n1,2\n", TALLY_E_CSV,
                 ": row 2: 2 cells where the header has 1 column");
}

static void
csv_reader_names_the_place_of_a_bad_quote(void **state)
{
    (void)state;
    assert_fails("a,b\n1,\"2\"x\n", TALLY_E_CSV,
                 ": row 2 column 'b': text after a closing quote");
    assert_fails("a,b\n1,\"2\" \n", TALLY_E_CSV,
                 ": row 2 column 'b': text after a closing quote");
    assert_fails("a,b\n1,2\n\"3,4\n5,6\n", TALLY_E_CSV,
                 ": row 3 column 'a': a quote that opens here is never closed");
    assert_fails("a,b\n1,2\n3,\"4\"\"", TALLY_E_CSV,
                 ": row 3 column 'b': a quote that opens here is never closed");
    assert_fails("a,\"b\n", TALLY_E_CSV,
                 ": row 1 column 2: a quote that opens here is never closed");
    assert_fails("a,b\n1,2,\"x\"y\n", TALLY_E_CSV,
                 ": row 2 column 3: text after a closing quote");
}

static void
csv_reader_names_the_place_of_a_nul(void **state)
{
    (void)state;
    assert_fails_with(BYTES("a,b\n1,x\0y\n"), NULL, TALLY_E_CSV,
                      ": row 2 column 'b': a NUL byte in the text");
    assert_fails_with(BYTES("a,b\n1,\"x\0\"\n"), NULL, TALLY_E_CSV,
                      ": row 2 column 'b': a NUL byte in the text");
    assert_fails_with(BYTES("a,b\n1,2\n\0"), NULL, TALLY_E_CSV,
                      ": row 3 column 'a': a NUL byte in the text");
    assert_fails_with(BYTES("abcdefgh,b\0,cdefghi\n"), NULL, TALLY_E_CSV,
                      ": row 1 column 2: a NUL byte in the text");
    assert_fails_with(BYTES("a,b\n1,\"x\"\0"), NULL, TALLY_E_CSV,
                      ": row 2 column 'b': a NUL byte in the text");
}

static void
csv_reader_names_the_place_of_text_that_is_not_utf8(void **state)
{
    (void)state;
    assert_fails("a,b\nSi\xC3\xA2n,2\n1,Jos\xE9\n", TALLY_E_TEXT,
                 ": row 3 column 'b': the text is not valid UTF-8");
    assert_fails("a,b\n\"\xC3\",2\n", TALLY_E_TEXT,
                 ": row 2 column 'a': the text is not valid UTF-8");
    assert_fails("a,nam\xE9\n1,2\n", TALLY_E_TEXT,
                 ": row 1 column 2: the text is not valid UTF-8");
}

static void
csv_reader_decodes_windows_1252_when_told(void **state)
{
    const struct tally_csv_options options = {.encoding = TALLY_TEXT_WINDOWS_1252};
    const char text[] = "pr\xE9nom,b\nJos\xE9,\"\x93x\"\"y\x94\"\nplain,\x80\n";
    struct tally_csv *c = open_bytes(text, sizeof text - 1, &options);

    (void)state;
    assert_string_equal(tally_csv_column(c, 0), "prénom");
    assert_row(c, 2, "José", "“x\"y”");
    assert_row(c, 2, "plain", "€");
    assert_end(c);
    assert_fails_with(BYTES("a,b\nx,\x81\n"), &options, TALLY_E_TEXT,
                      ": row 2 column 'b': a byte that windows-1252 does not define");
    assert_fails_with("\357\273\277a,b\n", 7, &options, TALLY_E_TEXT,
                      ": the file begins with a UTF-8 mark, so it is not windows-1252");
}

static void
csv_reader_knows_utf16(void **state)
{
    static const char *const want = ": the text is UTF-16, which is not read here";

    (void)state;
    assert_fails_with("\xFF\xFE"
                      "a\0,\0",
                      6, NULL, TALLY_E_TEXT, want);
    assert_fails_with(BYTES("\xFE\xFF\0a\0,"), NULL, TALLY_E_TEXT, want);
    assert_fails_with(BYTES("i\0d\0,\0b\0\n\0"), NULL, TALLY_E_TEXT, want);
    assert_fails_with(BYTES("\0i\0d\0,\0b\0\n"), NULL, TALLY_E_TEXT, want);
}

static void
csv_reader_refuses_an_empty_file_and_bad_headers(void **state)
{
    char many[16384];
    size_t len = 0;

    (void)state;
    assert_fails("", TALLY_E_CSV, ": the file is empty");
    assert_fails("\xEF\xBB\xBF", TALLY_E_CSV, ": the file is empty");
    assert_fails("\n \n\r\n", TALLY_E_CSV, ": the file is empty");
    assert_fails(",a,b, \n", TALLY_E_CSV, ": row 1 column 1: the column has no name");
    assert_fails("a,,\n", TALLY_E_CSV, ": row 1 column 2: the column has no name");
    assert_fails(" ,b\n", TALLY_E_CSV, ": row 1 column 1: the column has no name");
    assert_fails("a,b,c, b \n", TALLY_E_CSV,
                 ": row 1: columns 2 and 4 have the same name");
    for (unsigned i = 0; i < TALLY_CSV_COLUMNS_MAX; i++) {
        len += (size_t)snprintf(many + len, sizeof many - len, "%x,", i);
        many[len] = '\0';
        if (len + 8 > sizeof many) {
            break;
        }
    }
    memset(many, ',', TALLY_CSV_COLUMNS_MAX + 3);
    assert_fails_with(many, TALLY_CSV_COLUMNS_MAX + 3, NULL, TALLY_E_LIMIT,
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

/* A file of ${before}, then ${n} times ${fill}, then ${after}. */
static void
put_long(const char *before, char fill, size_t n, const char *after)
{
    size_t len = strlen(before) + n + strlen(after);
    char *text = malloc(len + 1);

    assert_non_null(text);
    memcpy(text, before, strlen(before));
    memset(text + strlen(before), fill, n);
    memcpy(text + strlen(before) + n, after, strlen(after) + 1);
    put_file(text, len);
    free(text);
}

static void
assert_put_file_fails(const char *want, uint64_t consumed_below)
{
    struct tally_csv *c = NULL;
    struct tally_cell cells[2];
    struct tally_err err = TALLY_ERR_INIT;
    char message[TALLY_ERR_TEXT];
    FILE *f = freopen(PATH, "rb", stdin);

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
    put_long("a,b\n1,", 'x', 100000000, "\n");
    assert_put_file_fails("row 2 column 'b': a cell over 1048576 bytes", 3u << 20);
    put_long("a,b\n1,\"", '\n', 20000000, "\"\n");
    assert_put_file_fails("row 2 column 'b': a cell over 1048576 bytes", 3u << 20);
    put_long("a,b\n1,", 'x', TALLY_CSV_FIELD_MAX + 1, "\n");
    assert_put_file_fails("row 2 column 'b': a cell over 1048576 bytes", 3u << 20);
}

static void
csv_reader_stops_early_at_a_row_over_the_limit(void **state)
{
    (void)state;
    put_long("a,b\n", ',', 50000000, "\n");
    assert_put_file_fails("row 2: a row over 8388608 bytes", 10u << 20);
}

static void
csv_reader_reads_cells_as_long_as_the_limit(void **state)
{
    struct tally_csv *c = NULL;
    struct tally_cell cells[2];
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    for (unsigned quoted = 0; quoted < 2; quoted++) {
        put_long(quoted ? "a,b\n1,\"" : "a,b\n1,", 'x', TALLY_CSV_FIELD_MAX,
                 quoted ? "\"\r\n2,3\r\n" : "\r\n2,3\r\n");
        assert_int_equal(tally_csv_open(&c, PATH, NULL, &err), 0);
        assert_int_equal(tally_csv_next(c, cells, &err), 1);
        assert_int_equal(cells[1].len, TALLY_CSV_FIELD_MAX);
        assert_row(c, 2, "2", "3");
        assert_end(c);
    }
}

/* Rows of every length across the ends of blocks, with all that can straddle one. */
static void
csv_reader_reads_the_same_wherever_a_block_ends(void **state)
{
    static const char row[] = "\"q\"\"q\r\n\",Siân\r\n";
    struct tally_csv *c = NULL;
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    for (size_t shift = 0; shift < 2 * sizeof row; shift++) {
        size_t before = ((size_t)1 << 20) - 2 * sizeof row + shift;

        put_long("a,b\n", 'x', before,
                 ",y\r\n\"q\"\"q\r\n\",Siân\r\n\"q\"\"q\r\n\",Siân\r\n"
                 "\"q\"\"q\r\n\",Siân\r\n1,\"2\"");
        assert_int_equal(tally_csv_open(&c, PATH, NULL, &err), 0);
        for (int i = 0; i < 4; i++) {
            struct tally_cell cells[2];

            assert_int_equal(tally_csv_next(c, cells, &err), 1);
            assert_cell(&cells[1], i == 0 ? "y" : "Siân");
            if (i > 0) {
                assert_cell(&cells[0], "q\"q\r\n");
            }
        }
        assert_row(c, 2, "1", "2");
        assert_end(c);
    }
}

static void
csv_reader_reads_a_pipe_that_gives_a_byte_at_a_time(void **state)
{
    static const char text[] = "a,b\r\n\"x\"\"y\",2\r\n3,Siân";
    int ends[2];
    int kept = dup(STDIN_FILENO);
    pid_t child;
    struct tally_csv *c = NULL;
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    assert_int_equal(pipe(ends), 0);
    child = fork();
    if (child == 0) {
        for (size_t i = 0; i + 1 < sizeof text; i++) {
            if (write(ends[1], text + i, 1) != 1) {
                _exit(1);
            }
        }
        _exit(0);
    }
    close(ends[1]);
    assert_true(dup2(ends[0], STDIN_FILENO) >= 0);
    close(ends[0]);
    assert_int_equal(tally_csv_open(&c, "-", NULL, &err), 0);
    assert_int_equal(tally_csv_size(c), 0);
    assert_row(c, 2, "x\"y", "2");
    assert_row(c, 2, "3", "Siân");
    assert_int_equal(tally_csv_bytes(c), sizeof text - 1);
    assert_end(c);
    assert_int_equal(waitpid(child, NULL, 0), child);
    dup2(kept, STDIN_FILENO);
    close(kept);
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
        put_file(text, len);
        r = tally_csv_open(&c, PATH, &options, &err);
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

/* What ${write} makes of ${in} as a middle cell and as the last. */
static void
assert_writes(int (*write)(struct tally_outfile *, const void *, size_t, bool,
                           struct tally_err *),
              const char *in, const char *want)
{
    struct tally_outfile *f = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    char expected[256];
    char got[256];
    FILE *back;
    size_t len;

    assert_int_equal(tally_outfile_open(&f, PATH, 0600, true, &err), 0);
    assert_int_equal(write(f, in, strlen(in), false, &err), 0);
    assert_int_equal(write(f, in, strlen(in), true, &err), 0);
    assert_int_equal(tally_outfile_commit(&f, 1, &err), 0);
    tally_outfile_free(f);
    snprintf(expected, sizeof expected, "%s,%s\n", want, want);
    back = fopen(PATH, "rb");
    assert_non_null(back);
    len = fread(got, 1, sizeof got - 1, back);
    fclose(back);
    got[len] = '\0';
    assert_string_equal(got, expected);
}

static void
csv_writer_quotes_only_where_it_must(void **state)
{
    (void)state;
    assert_writes(tally_csv_write, "", "");
    assert_writes(tally_csv_write, "plain Siân =1", "plain Siân =1");
    assert_writes(tally_csv_write, "a,b", "\"a,b\"");
    assert_writes(tally_csv_write, "a\nb", "\"a\nb\"");
    assert_writes(tally_csv_write, "a\rb", "\"a\rb\"");
    assert_writes(tally_csv_write, "\"", "\"\"\"\"");
    assert_writes(tally_csv_write, "say \"hi\" \"", "\"say \"\"hi\"\" \"\"\"");
    assert_writes(tally_csv_write, "=1+1", "=1+1");
}

static void
csv_writer_keeps_a_spreadsheet_from_seeing_formulas(void **state)
{
    static const char *const numbers[] = {"-1", "+44", "-1.5", "+1e5", "-2.5E-3", "7"};
    static const char *const formulas[][2] = {
        {"=1+1", "'=1+1"}, {"@sum", "'@sum"},   {"-", "'-"},
        {"+", "'+"},       {"-1-1", "'-1-1"},   {"+44 7700", "'+44 7700"},
        {"-1.", "'-1."},   {"-1e", "'-1e"},     {"-.5", "'-.5"},
        {"\tx", "'\tx"},   {"\rx", "\"'\rx\""}, {"=a,\"b\"", "\"'=a,\"\"b\"\"\""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        assert_writes(tally_csv_write_safe, numbers[i], numbers[i]);
    }
    for (size_t i = 0; i < sizeof formulas / sizeof formulas[0]; i++) {
        assert_writes(tally_csv_write_safe, formulas[i][0], formulas[i][1]);
    }
    assert_writes(tally_csv_write_safe, "", "");
    assert_writes(tally_csv_write_safe, "x=1", "x=1");
}

static void
csv_writer_is_read_back_as_it_was(void **state)
{
    static const char *const cells[] = {"a\"b", "c,d", "e\r\nf", "", "'", " x "};
    struct tally_outfile *f = NULL;
    struct tally_csv *c = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_cell back[6];

    (void)state;
    assert_int_equal(tally_outfile_open(&f, PATH, 0600, true, &err), 0);
    for (int row = 0; row < 2; row++) {
        for (int i = 0; i < 6; i++) {
            const char *text =
                row == 0 ? (const char *[]){"1", "2", "3", "4", "5", "6"}[i] : cells[i];

            assert_int_equal(tally_csv_write(f, text, strlen(text), i == 5, &err), 0);
        }
    }
    assert_int_equal(tally_outfile_commit(&f, 1, &err), 0);
    tally_outfile_free(f);
    assert_int_equal(tally_csv_open(&c, PATH, NULL, &err), 0);
    assert_int_equal(tally_csv_next(c, back, &err), 1);
    for (int i = 0; i < 6; i++) {
        assert_cell(&back[i], cells[i]);
    }
    assert_end(c);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(csv_reader_reads_rows_with_any_line_end),
        cmocka_unit_test(csv_reader_takes_quotes_out),
        cmocka_unit_test(csv_reader_takes_a_quote_inside_a_plain_cell_as_it_is),
        cmocka_unit_test(csv_reader_trims_and_finds_column_names),
        cmocka_unit_test(csv_reader_keeps_blank_lines_of_a_single_column),
        cmocka_unit_test(csv_reader_counts_rows_as_a_spreadsheet_does),
        cmocka_unit_test(csv_reader_reads_a_file_that_has_only_a_header),
        cmocka_unit_test(csv_reader_reads_files_without_a_header),
        cmocka_unit_test(csv_reader_takes_other_delimiters),
        cmocka_unit_test(csv_reader_takes_tabs_from_a_tsv_file),
        cmocka_unit_test(csv_reader_finds_out_another_delimiter),
        cmocka_unit_test(csv_reader_numbers_columns_without_a_name),
        cmocka_unit_test(csv_reader_passes_over_what_stands_above_the_header),
        cmocka_unit_test(csv_reader_names_the_row_of_a_ragged_line),
        cmocka_unit_test(csv_reader_names_the_place_of_a_bad_quote),
        cmocka_unit_test(csv_reader_names_the_place_of_a_nul),
        cmocka_unit_test(csv_reader_names_the_place_of_text_that_is_not_utf8),
        cmocka_unit_test(csv_reader_decodes_windows_1252_when_told),
        cmocka_unit_test(csv_reader_knows_utf16),
        cmocka_unit_test(csv_reader_refuses_an_empty_file_and_bad_headers),
        cmocka_unit_test(csv_reader_says_when_there_is_no_file),
        cmocka_unit_test(csv_reader_stops_early_at_a_cell_over_the_limit),
        cmocka_unit_test(csv_reader_stops_early_at_a_row_over_the_limit),
        cmocka_unit_test(csv_reader_reads_cells_as_long_as_the_limit),
        cmocka_unit_test(csv_reader_reads_the_same_wherever_a_block_ends),
        cmocka_unit_test(csv_reader_reads_a_pipe_that_gives_a_byte_at_a_time),
        cmocka_unit_test(csv_reader_survives_any_bytes),
        cmocka_unit_test(csv_writer_quotes_only_where_it_must),
        cmocka_unit_test(csv_writer_keeps_a_spreadsheet_from_seeing_formulas),
        cmocka_unit_test(csv_writer_is_read_back_as_it_was),
    };

    return cmocka_run_group_tests(tests, tally_scratch_enter, tally_scratch_leave);
}

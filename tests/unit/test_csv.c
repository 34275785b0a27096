/*
 * The CSV reader: what is read. What it refuses is in test_csv_bad.c.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/support/csvfile.h"
#include "tests/support/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

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
        struct tally_csv *c = csvfile_open_text(files[i]);

        assert_string_equal(tally_csv_column(c, 0), "a");
        assert_string_equal(tally_csv_column(c, 1), "b");
        csvfile_assert_row(c, 2, "1", "2");
        csvfile_assert_row(c, 2, "3", "4");
        csvfile_assert_end(c);
    }
}

static void
csv_reader_takes_quotes_out(void **state)
{
    struct tally_csv *c = csvfile_open_text("\"na\"\"me\",b\n"
                                            "\"a,b\",\"x\ny\r\nz\"\n"
                                            "\"\",\"\"\"\"\n"
                                            "\"say \"\"hi\"\"\",\"\"\"a\"\"\"\"b\"\"\"\n"
                                            ",\n");

    (void)state;
    assert_string_equal(tally_csv_column(c, 0), "na\"me");
    csvfile_assert_row(c, 2, "a,b", "x\ny\r\nz");
    csvfile_assert_row(c, 2, "", "\"");
    csvfile_assert_row(c, 2, "say \"hi\"", "\"a\"\"b\"");
    csvfile_assert_row(c, 2, "", "");
    csvfile_assert_end(c);
}

static void
csv_reader_takes_a_quote_inside_a_plain_cell_as_it_is(void **state)
{
    struct tally_csv *c = csvfile_open_text("a,b\n5' 11\",\n x\"\"y, \"z\"\n");

    (void)state;
    csvfile_assert_row(c, 2, "5' 11\"", "");
    csvfile_assert_row(c, 2, " x\"\"y", " \"z\"");
    csvfile_assert_end(c);
}

static void
csv_reader_trims_and_finds_column_names(void **state)
{
    struct tally_csv *c = csvfile_open_text(" id , \" date of birth\t\" ,Siân\n1,2,3\n");

    (void)state;
    assert_int_equal(tally_csv_find(c, "id"), 0);
    assert_int_equal(tally_csv_find(c, "Siân"), 2);
    assert_int_equal(tally_csv_find(c, "ID"), -1);
    assert_int_equal(tally_csv_find(c, ""), -1);
    assert_string_equal(tally_csv_path(c), CSVFILE_PATH);
    tally_csv_free(c);
}

static void
csv_reader_keeps_blank_lines_of_a_single_column(void **state)
{
    struct tally_csv *c = csvfile_open_text("a\n1\n\n3\n");

    (void)state;
    csvfile_assert_row(c, 1, "1");
    csvfile_assert_row(c, 1, "");
    csvfile_assert_row(c, 1, "3");
    csvfile_assert_end(c);
}

static void
csv_reader_counts_rows_as_a_spreadsheet_does(void **state)
{
    const char *text = "a,b\n\"x\n\ny\",1\n\n2,3\n";
    struct tally_csv *c = csvfile_open_text(text);

    (void)state;
    assert_int_equal(tally_csv_row(c), 1);
    csvfile_assert_row(c, 2, "x\n\ny", "1");
    assert_int_equal(tally_csv_row(c), 2);
    csvfile_assert_row(c, 2, "2", "3");
    assert_int_equal(tally_csv_row(c), 4);
    assert_int_equal(tally_csv_bytes(c), strlen(text));
    assert_int_equal(tally_csv_size(c), strlen(text));
    csvfile_assert_end(c);
}

static void
csv_reader_reads_a_file_that_has_only_a_header(void **state)
{
    (void)state;
    csvfile_assert_end(csvfile_open_text("a,b,c\n"));
    csvfile_assert_end(csvfile_open_text("a,b,c"));
}

static void
csv_reader_reads_files_without_a_header(void **state)
{
    const struct tally_csv_options options = {.no_header = true};
    struct tally_csv *c = csvfile_open(BYTES("\"x\"\"y\",x\n3,4\n"), &options);

    (void)state;
    assert_string_equal(tally_csv_column(c, 0), "1");
    assert_string_equal(tally_csv_column(c, 1), "2");
    assert_int_equal(tally_csv_row(c), 0);
    csvfile_assert_row(c, 2, "x\"y", "x");
    assert_int_equal(tally_csv_row(c), 1);
    csvfile_assert_row(c, 2, "3", "4");
    csvfile_assert_end(c);
    csvfile_fails_with(BYTES("1,2\n3\n"), &options, TALLY_E_CSV,
                       ": row 2: 1 cell where the first row has 2 columns");
}

static void
csv_reader_takes_other_delimiters(void **state)
{
    struct tally_csv_options options = {.delimiter = ';'};
    struct tally_csv *c = csvfile_open(BYTES("a;b\n1,5;2\n"), &options);
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    csvfile_assert_row(c, 2, "1,5", "2");
    csvfile_assert_end(c);
    options.delimiter = '\t';
    c = csvfile_open(BYTES("a\tb\n1 \t\"2\t\"\n"), &options);
    csvfile_assert_row(c, 2, "1 ", "2\t");
    csvfile_assert_end(c);
    options.delimiter = '"';
    assert_int_equal(tally_csv_open(&c, CSVFILE_PATH, &options, &err), -1);
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
    csvfile_assert_row(c, 2, "1,2", "3");
    csvfile_assert_end(c);
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
    csvfile_assert_row(c, 2, "1", "2");
    csvfile_assert_end(c);
    c = csvfile_open_text("\xef\xbb\xbf"
                          "a;b\n\"1;x\";2,5\n");
    assert_string_equal(tally_csv_column(c, 0), "a");
    assert_int_equal(tally_csv_notes(c)->delimiter, ';');
    csvfile_assert_row(c, 2, "1;x", "2,5");
    csvfile_assert_end(c);
    c = csvfile_open_text("a\tb\n1\t2\n");
    csvfile_assert_row(c, 2, "1", "2");
    csvfile_assert_end(c);
    c = csvfile_open_text("a|b\n1|2\n");
    csvfile_assert_row(c, 2, "1", "2");
    csvfile_assert_end(c);
    c = csvfile_open_text("a~b\n1,1~2\n");
    csvfile_assert_row(c, 2, "1,1", "2");
    csvfile_assert_end(c);
    c = csvfile_open_text("sep=;\na,x;b\n1;2\n");
    assert_string_equal(tally_csv_column(c, 0), "a,x");
    csvfile_assert_row(c, 2, "1", "2");
    assert_int_equal(tally_csv_row(c), 3);
    csvfile_assert_end(c);
    c = csvfile_open_text("sep=,\na,b\n1,2\n");
    csvfile_assert_row(c, 2, "1", "2");
    csvfile_assert_end(c);
    c = csvfile_open_text("sep=x\n1\n");
    assert_string_equal(tally_csv_column(c, 0), "sep=x");
    csvfile_assert_row(c, 1, "1");
    csvfile_assert_end(c);
    c = csvfile_open(BYTES("a;b\n1\n"), &comma);
    csvfile_assert_row(c, 1, "1");
    csvfile_assert_end(c);
    c = csvfile_open_text("a;b,c\n1,2\n");
    assert_int_equal(tally_csv_notes(c)->delimiter, 0);
    assert_string_equal(tally_csv_column(c, 0), "a;b");
    csvfile_assert_row(c, 2, "1", "2");
    csvfile_assert_end(c);
}

static void
csv_reader_numbers_columns_without_a_name(void **state)
{
    struct tally_csv *c = csvfile_open_text(",a,b,c, \n1,2,3,4,5\n");

    (void)state;
    assert_string_equal(tally_csv_column(c, 0), "(column 1)");
    assert_string_equal(tally_csv_column(c, 1), "a");
    assert_string_equal(tally_csv_column(c, 4), "(column 5)");
    csvfile_assert_row(c, 5, "1", "2", "3", "4", "5");
    csvfile_assert_end(c);
}

static void
csv_reader_passes_over_what_stands_above_the_header(void **state)
{
    struct tally_csv_options third = {.header_row = 3};
    struct tally_csv *c =
        csvfile_open(BYTES("Report, of \"all\"\n;;;\na;b\n1;2\n"), &third);

    (void)state;
    assert_string_equal(tally_csv_column(c, 1), "b");
    csvfile_assert_row(c, 2, "1", "2");
    assert_int_equal(tally_csv_row(c), 4);
    csvfile_assert_end(c);
    c = csvfile_open(BYTES("Report\n\n\n\na,b\n1,2\n"), &third);
    assert_string_equal(tally_csv_column(c, 1), "b"); /* row 3 is blank */
    csvfile_assert_row(c, 2, "1", "2");
    csvfile_assert_end(c);
    csvfile_fails("Title;;\na;b;c\n", TALLY_E_CSV,
                  ": row 1 column 2: the column has no name");
}

static void
csv_reader_decodes_windows_1252_when_told(void **state)
{
    const struct tally_csv_options options = {.encoding = TALLY_TEXT_WINDOWS_1252};
    const char text[] = "pr\xE9nom,b\nJos\xE9,\"\x93x\"\"y\x94\"\nplain,\x80\n";
    struct tally_csv *c = csvfile_open(text, sizeof text - 1, &options);

    (void)state;
    assert_string_equal(tally_csv_column(c, 0), "prénom");
    csvfile_assert_row(c, 2, "José", "“x\"y”");
    csvfile_assert_row(c, 2, "plain", "€");
    csvfile_assert_end(c);
    csvfile_fails_with(BYTES("a,b\nx,\x81\n"), &options, TALLY_E_TEXT,
                       ": row 2 column 'b': a byte that windows-1252 does not define");
    csvfile_fails_with("\357\273\277a,b\n", 7, &options, TALLY_E_TEXT,
                       ": the file begins with a UTF-8 mark, so it is not windows-1252");
}

static void
csv_reader_reads_cells_as_long_as_the_limit(void **state)
{
    struct tally_csv *c = NULL;
    struct tally_cell cells[2];
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    for (unsigned quoted = 0; quoted < 2; quoted++) {
        csvfile_put_long(quoted ? "a,b\n1,\"" : "a,b\n1,", 'x', TALLY_CSV_FIELD_MAX,
                         quoted ? "\"\r\n2,3\r\n" : "\r\n2,3\r\n");
        assert_int_equal(tally_csv_open(&c, CSVFILE_PATH, NULL, &err), 0);
        assert_int_equal(tally_csv_next(c, cells, &err), 1);
        assert_int_equal(cells[1].len, TALLY_CSV_FIELD_MAX);
        csvfile_assert_row(c, 2, "2", "3");
        csvfile_assert_end(c);
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

        csvfile_put_long("a,b\n", 'x', before,
                         ",y\r\n\"q\"\"q\r\n\",Siân\r\n\"q\"\"q\r\n\",Siân\r\n"
                         "\"q\"\"q\r\n\",Siân\r\n1,\"2\"");
        assert_int_equal(tally_csv_open(&c, CSVFILE_PATH, NULL, &err), 0);
        for (int i = 0; i < 4; i++) {
            struct tally_cell cells[2];

            assert_int_equal(tally_csv_next(c, cells, &err), 1);
            csvfile_assert_cell(&cells[1], i == 0 ? "y" : "Siân");
            if (i > 0) {
                csvfile_assert_cell(&cells[0], "q\"q\r\n");
            }
        }
        csvfile_assert_row(c, 2, "1", "2");
        csvfile_assert_end(c);
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
    csvfile_assert_row(c, 2, "x\"y", "2");
    csvfile_assert_row(c, 2, "3", "Siân");
    assert_int_equal(tally_csv_bytes(c), sizeof text - 1);
    csvfile_assert_end(c);
    assert_int_equal(waitpid(child, NULL, 0), child);
    dup2(kept, STDIN_FILENO);
    close(kept);
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
        cmocka_unit_test(csv_reader_decodes_windows_1252_when_told),
        cmocka_unit_test(csv_reader_reads_cells_as_long_as_the_limit),
        cmocka_unit_test(csv_reader_reads_the_same_wherever_a_block_ends),
        cmocka_unit_test(csv_reader_reads_a_pipe_that_gives_a_byte_at_a_time),
    };

    return cmocka_run_group_tests(tests, tally_scratch_enter, tally_scratch_leave);
}

/*
 * Tests of the workbook reader: what it reads.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/xlsx.h"
#include "tests/support/scratch.h"
#include "bloom/base/xlsx_private.h"
#include "tests/support/xlsxbuild.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static struct tally_csv *
open_rows(const char *sheet)
{
    const struct tally_xlsxbuild b = {.sheet = sheet};

    return tally_xlsxbuild_open(&b, NULL);
}

/* The next row must be ${row} with these cells, joined by '|'. */
static void
assert_row(struct tally_csv *c, uint64_t row, const char *want)
{
    struct tally_cell cells[8];
    struct tally_err err = TALLY_ERR_INIT;
    char have[256] = "";

    assert_true(tally_csv_columns(c) <= 8);
    if (tally_csv_next(c, cells, &err) != 1) {
        fail_msg("no row: %s", err.text);
    }
    for (size_t i = 0; i < tally_csv_columns(c); i++) {
        size_t len = strlen(have);

        snprintf(have + len, sizeof have - len, "%s%.*s", i == 0 ? "" : "|",
                 (int)cells[i].len, (const char *)cells[i].data);
    }
    assert_string_equal(have, want);
    assert_int_equal(tally_csv_row(c), row);
}

static void
assert_end(struct tally_csv *c)
{
    struct tally_cell cells[8];
    struct tally_err err = TALLY_ERR_INIT;

    if (tally_csv_next(c, cells, &err) != 0) {
        fail_msg("another row, or %s", err.text);
    }
    tally_csv_free(c);
}

static void
xlsx_reader_reads_shared_texts_without_their_phonetic_runs(void **state)
{
    struct tally_csv *c = open_rows(
        SHEET(HEADER "<row r=\"2\"><c r=\"A2\" t=\"s\"><v>2</v></c><c r=\"B2\" t=\"s\">"
                     "<v>3</v></c></row><row r=\"3\"><c r=\"A3\" t=\"s\"><v>4</v></c>"
                     "<c r=\"B3\" t=\"s\"><v>5</v></c></row>"));

    (void)state;
    assert_string_equal(tally_csv_column(c, 0), "name");
    assert_string_equal(tally_csv_column(c, 1), "dob");
    assert_row(c, 2, "Si\xC3\xA2n |O\"Neil, J");
    assert_row(c, 3, "a\rb_x0041_ _x0000_ \xC3\xA9|");
    assert_end(c);
}

static void
xlsx_reader_reads_inline_texts_booleans_and_formulas(void **state)
{
    struct tally_csv *c = open_rows(
        SHEET("<row><c t=\"inlineStr\"><is><t>a</t></is></c><c t=\"inlineStr\"><is><r><t>"
              "b</t></r><r><t>2</t></r><rPh><t>x</t></rPh></is></c></row>"
              "<row><c t=\"b\"><v>1</v></c><c t=\"b\"><v>0</v></c></row>"
              "<row><c t=\"str\"><f>A1&amp;\"x\"</f><v>a&amp;x\n</v></c>"
              "<c><f>1+1</f><v>2</v></c></row>"
              "<row><c t=\"str\"><f>\"\"</f><v></v></c><c t=\"b\"><f>1=1</f><v>1</v></c>"
              "</row>"));

    (void)state;
    assert_string_equal(tally_csv_column(c, 1), "b2");
    assert_row(c, 2, "TRUE|FALSE");
    assert_row(c, 3, "a&x\n|2");
    assert_row(c, 4, "|TRUE");
    assert_end(c);
}

static void
xlsx_reader_writes_dates_by_style(void **state)
{
    struct tally_csv *c = open_rows(
        SHEET(HEADER "<row r=\"2\"><c r=\"A2\" s=\"1\"><v>29221</v></c>"
                     "<c r=\"B2\" s=\"2\"><v>29221.75</v></c></row>"
                     "<row r=\"3\"><c r=\"A3\" s=\"3\"><v>29221.75</v></c>"
                     "<c r=\"B3\" s=\"3\"><v>29221</v></c></row>"
                     "<row r=\"4\"><c r=\"A4\" s=\"4\"><v>401023213</v></c>"
                     "<c r=\"B4\" s=\"5\"><v>29221.75</v></c></row>"
                     "<row r=\"5\"><c r=\"A5\" s=\"6\"><v>0.5</v></c>"
                     "<c r=\"B5\" s=\"7\"><v>1.5</v></c></row>"
                     "<row r=\"6\"><c r=\"A6\" t=\"d\" s=\"1\"><v>1980-01-01T00:00:00.000"
                     "</v></c><c r=\"B6\" t=\"d\"><v>1980-01-01T10:00:00</v></c></row>"
                     "<row r=\"7\"><c r=\"A7\"><v>29221</v></c></row>"));

    (void)state;
    assert_row(c, 2, "1980-01-01|1980-01-01");
    assert_row(c, 3, "1980-01-01 18:00:00|1980-01-01");
    assert_row(c, 4, "0401023213|18:00:00");
    assert_row(c, 5, "0.5|36:00:00");
    assert_row(c, 6, "1980-01-01|1980-01-01 10:00:00");
    assert_row(c, 7, "29221|");
    assert_end(c);
}

static void
xlsx_reader_counts_days_from_1904_when_the_workbook_does(void **state)
{
    const struct tally_xlsxbuild b = {
        .sheet = SHEET(HEADER "<row><c><v>7</v></c><c s=\"1\"><v>27759</v></c></row>"),
        .workbook =
            HEAD "<x:workbook xmlns:x=\"" MAIN "\" xmlns:q=\"" DOC "\"><x:workbookPr "
                 "date1904=\"1\"/><x:sheets><x:sheet name=\"People\" q:id=\"rId1\"/>"
                 "</x:sheets></x:workbook>"};
    struct tally_csv *c = tally_xlsxbuild_open(&b, NULL);

    (void)state;
    assert_row(c, 2, "7|1980-01-01");
    assert_end(c);
}

/* Both ways of counting, the day that never was, the ends. */
static void
xlsx_dates_are_those_of_a_spreadsheet(void **state)
{
    static const struct {
        const char *number;
        bool date1904;
        const char *want; /* NULL: no date */
    } rows[] = {{"0", false, "1900-01-00"},
                {"1", false, "1900-01-01"},
                {"31", false, "1900-01-31"},
                {"32", false, "1900-02-01"},
                {"59", false, "1900-02-28"},
                {"60", false, "1900-02-29"},
                {"61", false, "1900-03-01"},
                {"25569", false, "1970-01-01"},
                {"36525", false, "1999-12-31"},
                {"36585", false, "2000-02-29"},
                {"36586", false, "2000-03-01"},
                {"43890", false, "2020-02-29"},
                {"73109", false, "2100-02-28"},
                {"73110", false, "2100-03-01"},
                {"2.9221E4", false, "1980-01-01"},
                {"29220.999999", false, "1980-01-01"},
                {"2958465", false, "9999-12-31"},
                {"2958466", false, NULL},
                {"-1", false, NULL},
                {"0", true, "1904-01-01"},
                {"59", true, "1904-02-29"},
                {"2957003", true, "9999-12-31"},
                {"2957004", true, NULL}};
    const struct xlsx_format date = {XLSX_DATE, 0, false};
    char out[XLSX_NUMBER_TEXT];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        enum xlsx_number r =
            xlsx_number_print(rows[i].number, date, rows[i].date1904, out);

        assert_int_equal(r, rows[i].want == NULL ? XLSX_NUMBER_RANGE : XLSX_NUMBER_OK);
        if (rows[i].want != NULL) {
            assert_string_equal(out, rows[i].want);
        }
    }
}

static void
xlsx_numbers_keep_their_digits(void **state)
{
    static const struct {
        const char *number;
        uint8_t zeros;
        enum xlsx_number found;
        const char *want;
    } rows[] = {{"9434765919", 0, XLSX_NUMBER_OK, "9434765919"},
                {"9.434765919E9", 0, XLSX_NUMBER_OK, "9434765919"},
                {"9434765919.0", 0, XLSX_NUMBER_OK, "9434765919"},
                {"123456789012345", 0, XLSX_NUMBER_OK, "123456789012345"},
                {"1234567890123450", 0, XLSX_NUMBER_LONG, "1234567890123450"},
                {"1.23456789012345E+17", 0, XLSX_NUMBER_LONG, "123456789012344992"},
                {"1E+300", 0, XLSX_NUMBER_OK, "1e+300"},
                {"-42", 0, XLSX_NUMBER_OK, "-42"},
                {"-42", 5, XLSX_NUMBER_OK, "-42"},
                {"0", 0, XLSX_NUMBER_OK, "0"},
                {"-0", 0, XLSX_NUMBER_OK, "0"},
                {"007", 0, XLSX_NUMBER_OK, "7"},
                {"7", 3, XLSX_NUMBER_OK, "007"},
                {"7.0", 3, XLSX_NUMBER_OK, "007"},
                {"1234", 3, XLSX_NUMBER_OK, "1234"},
                {"0.30000000000000004", 0, XLSX_NUMBER_OK, "0.3"},
                {"1.5", 0, XLSX_NUMBER_OK, "1.5"},
                {"", 0, XLSX_NUMBER_BAD, NULL},
                {"1,5", 0, XLSX_NUMBER_BAD, NULL},
                {"0x10", 0, XLSX_NUMBER_BAD, NULL},
                {"inf", 0, XLSX_NUMBER_BAD, NULL},
                {"1e999", 0, XLSX_NUMBER_BAD, NULL},
                {"1-2", 0, XLSX_NUMBER_BAD, NULL}};
    char out[XLSX_NUMBER_TEXT];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct xlsx_format f = {XLSX_PLAIN, rows[i].zeros, false};

        assert_int_equal(xlsx_number_print(rows[i].number, f, false, out), rows[i].found);
        if (rows[i].want != NULL) {
            assert_string_equal(out, rows[i].want);
        }
    }
}

static void
xlsx_formats_are_told_by_their_letters(void **state)
{
    static const struct {
        const char *code;
        enum xlsx_kind kind;
        uint8_t zeros;
    } rows[] = {{"General", XLSX_PLAIN, 0},
                {"", XLSX_PLAIN, 0},
                {"0", XLSX_PLAIN, 0},
                {"0000000000", XLSX_PLAIN, 10},
                {"000-000-0000", XLSX_PLAIN, 10},
                {"000\" \"000\" \"0000;@", XLSX_PLAIN, 10},
                {"0.00", XLSX_PLAIN, 0},
                {"#,##0", XLSX_PLAIN, 0},
                {"0.00E+00", XLSX_PLAIN, 0},
                {"[Red]0.0;[Blue]-0.0", XLSX_PLAIN, 0},
                {"\"day\" 0", XLSX_PLAIN, 0},
                {"_-[$\xC2\xA3-809]* #,##0.00_-", XLSX_PLAIN, 0},
                {"0;yyyy", XLSX_PLAIN, 0},
                {"@", XLSX_PLAIN, 0},
                {"dd/mm/yyyy", XLSX_DATE, 0},
                {"DD/MM/YYYY", XLSX_DATE, 0},
                {"yyyy\\-mm\\-dd;@", XLSX_DATE, 0},
                {"[$-809]dd mmmm yyyy;@", XLSX_DATE, 0},
                {"mmm\\-yy", XLSX_DATE, 0},
                {"mmmm", XLSX_DATE, 0},
                {"d", XLSX_DATE, 0},
                {"dd/mm/yyyy hh:mm", XLSX_DATE_TIME, 0},
                {"h:mm AM/PM", XLSX_TIME, 0},
                {"mm:ss.0", XLSX_TIME, 0},
                {"[h]:mm", XLSX_TIME, 0},
                {"[mm]:ss", XLSX_TIME, 0},
                {"\"open", XLSX_PLAIN, 0},
                {"[open", XLSX_PLAIN, 0},
                {"\\", XLSX_PLAIN, 0}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct xlsx_format f = xlsx_format_of(rows[i].code);

        if (f.kind != rows[i].kind || f.zeros != rows[i].zeros) {
            fail_msg("%s: kind %d, zeros %d", rows[i].code, f.kind, f.zeros);
        }
    }
}

static void
xlsx_reader_counts_errors_long_numbers_and_hidden_rows(void **state)
{
    struct tally_csv *c = open_rows(
        SHEET(HEADER "<row r=\"2\" hidden=\"1\"><c r=\"A2\" t=\"e\"><v>#N/A</v></c>"
                     "<c r=\"B2\" t=\"e\"><f>1/0</f><v>#DIV/0!</v></c></row>"
                     "<row r=\"3\" hidden=\"1\"><c r=\"A3\"><v>1234567890123450</v></c>"
                     "<c r=\"B3\" s=\"1\"><v>-5</v></c></row>"));
    const struct tally_csv_notes *n = tally_csv_notes(c);

    (void)state;
    assert_row(c, 3, "1234567890123450|");
    assert_int_equal(n->error_cells, 3);
    assert_int_equal(n->long_numbers, 1);
    assert_int_equal(n->hidden_rows, 1);
    assert_int_equal(n->sheets, 1);
    assert_string_equal(n->sheet, "People");
    assert_int_equal(tally_csv_size(c), 0);
    assert_end(c);
}

static void
xlsx_reader_fills_gaps_and_leaves_empty_ends_out(void **state)
{
    struct tally_csv *c = open_rows(
        SHEET("<row r=\"3\"><c r=\"A3\" t=\"s\"><v>0</v></c><c r=\"B3\" t=\"s\"><v>1</v>"
              "</c><c r=\"C3\" t=\"str\"><v>c</v></c><c r=\"D3\" s=\"1\"/></row>"
              "<row r=\"4\"><c r=\"C4\"><v>1</v></c></row>"
              "<row r=\"7\"><c r=\"B7\"><v>2</v></c><c r=\"D7\" t=\"str\"><v> </v></c>"
              "<c r=\"XFD7\" s=\"2\"/></row>"
              "<row r=\"8\"><c r=\"A8\" s=\"2\"/></row><row r=\"1048576\"/>"));

    (void)state;
    assert_int_equal(tally_csv_columns(c), 3);
    assert_row(c, 4, "||1");
    assert_row(c, 7, "|2|");
    assert_end(c);
}

static void
xlsx_reader_skips_empty_rows_of_a_single_column(void **state)
{
    struct tally_csv *c =
        open_rows(SHEET("<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c></row>"
                        "<row r=\"5\"><c r=\"A5\"><v>1</v></c></row>"
                        "<row r=\"6\"><c r=\"A6\"/></row>"));

    (void)state;
    assert_row(c, 5, "1");
    assert_end(c);
}

static void
xlsx_reader_takes_the_first_sheet_that_is_not_hidden(void **state)
{
    const struct tally_xlsxbuild b = {
        .other = SHEET("<row><c t=\"inlineStr\"><is><t>second</t></is></c></row>"),
        .workbook = HEAD "<workbook xmlns=\"" MAIN "\" xmlns:r=\"" DOC "\"><sheets>"
                         "<sheet name=\"Chart\" r:id=\"rId7\"/>"
                         "<sheet name=\"People\" state=\"hidden\" r:id=\"rId1\"/>"
                         "<sheet name=\"Caf\xC3\xA9 &amp; co\" r:id=\"rId2\"/>"
                         "</sheets></workbook>"};
    struct tally_csv *c = tally_xlsxbuild_open(&b, NULL);

    (void)state;
    assert_string_equal(tally_csv_column(c, 0), "second");
    assert_string_equal(tally_csv_notes(c)->sheet, "Caf\xC3\xA9 & co");
    assert_int_equal(tally_csv_notes(c)->sheets, 3);
    tally_csv_free(c);
    c = tally_xlsxbuild_open(&b, "people");
    assert_string_equal(tally_csv_column(c, 0), "name");
    tally_csv_free(c);
    c = tally_xlsxbuild_open(&b, "Caf\xC3\xA9 & co");
    assert_string_equal(tally_csv_column(c, 0), "second");
    tally_csv_free(c);
}

static void
xlsx_reader_needs_neither_styles_nor_shared_texts(void **state)
{
    const struct tally_xlsxbuild b = {
        .styles = "",
        .strings = "",
        .relations =
            "<Relationships xmlns=\"" PACK "\"><Relationship Id=\"rId1\" Type=\""
            "http://purl.oclc.org/ooxml/officeDocument/relationships/worksheet\" "
            "Target=\"worksheets/sheet1.xml\"/></Relationships>",
        .sheet = "<w:worksheet xmlns:w=\"http://purl.oclc.org/ooxml/spreadsheetml/main\" "
                 "xmlns:z=\"urn:z\"><w:sheetData><w:row z:r=\"9\"><w:c t=\"str\" s=\"4\">"
                 "<z:v>no</z:v><w:v>a</w:v></w:c></w:row><w:row><w:c><w:v>1</w:v></w:c>"
                 "</w:row></w:sheetData></w:worksheet>"};
    struct tally_csv *c = tally_xlsxbuild_open(&b, NULL);

    (void)state;
    assert_string_equal(tally_csv_column(c, 0), "a");
    assert_row(c, 2, "1");
    assert_end(c);
}

static void
xlsx_reader_streams_a_sheet_larger_than_its_buffers(void **state)
{
    static const char row[] = "<row r=\"%u\"><c r=\"A%u\"><v>%u</v></c><c r=\"B%u\" "
                              "t=\"s\"><v>3</v></c></row>";
    const unsigned rows = 30000;
    const char *tail = "</sheetData></worksheet>";
    char *sheet = malloc((size_t)rows * 100 + 1000);
    const struct tally_xlsxbuild b = {.sheet = sheet};
    struct tally_csv *c;
    size_t len;

    (void)state;
    assert_non_null(sheet);
    len = (size_t)sprintf(sheet, "%.*s", (int)(strlen(SHEET(HEADER)) - strlen(tail)),
                          SHEET(HEADER));
    for (unsigned i = 2; i < rows; i++) {
        len += (size_t)sprintf(sheet + len, row, i, i, i * 7, i);
    }
    strcpy(sheet + len, tail);
    c = tally_xlsxbuild_open(&b, NULL);
    free(sheet);
    for (unsigned i = 2; i < rows; i++) {
        char want[64];

        snprintf(want, sizeof want, "%u|O\"Neil, J", i * 7);
        assert_row(c, i, want);
    }
    assert_end(c);
}

static void
xlsx_reader_does_not_mind_merged_cells_outside_the_table(void **state)
{
    static const char *const outside[] = {"C1:D9", "A3:B4"};
    char sheet[1000];

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct tally_csv *c;

        snprintf(sheet, sizeof sheet,
                 AFTER(HEADER "<row><c r=\"A2\"><v>1</v></c></row>",
                       "<mergeCells><mergeCell ref=\"%s\"/></mergeCells>"),
                 outside[i]);
        c = open_rows(sheet);
        assert_row(c, 2, "1|");
        assert_end(c);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(xlsx_reader_reads_shared_texts_without_their_phonetic_runs),
        cmocka_unit_test(xlsx_reader_reads_inline_texts_booleans_and_formulas),
        cmocka_unit_test(xlsx_reader_writes_dates_by_style),
        cmocka_unit_test(xlsx_reader_counts_days_from_1904_when_the_workbook_does),
        cmocka_unit_test(xlsx_dates_are_those_of_a_spreadsheet),
        cmocka_unit_test(xlsx_numbers_keep_their_digits),
        cmocka_unit_test(xlsx_formats_are_told_by_their_letters),
        cmocka_unit_test(xlsx_reader_counts_errors_long_numbers_and_hidden_rows),
        cmocka_unit_test(xlsx_reader_fills_gaps_and_leaves_empty_ends_out),
        cmocka_unit_test(xlsx_reader_skips_empty_rows_of_a_single_column),
        cmocka_unit_test(xlsx_reader_takes_the_first_sheet_that_is_not_hidden),
        cmocka_unit_test(xlsx_reader_needs_neither_styles_nor_shared_texts),
        cmocka_unit_test(xlsx_reader_streams_a_sheet_larger_than_its_buffers),
        cmocka_unit_test(xlsx_reader_does_not_mind_merged_cells_outside_the_table),
    };

    return cmocka_run_group_tests(tests, tally_scratch_enter, tally_scratch_leave);
}

/*
 * Tests of the workbook reader: what it refuses, and in which words.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/xlsx.h"
#include "tests/support/csvfile.h"
#include "tests/support/nth.h"
#include "tests/support/scratch.h"
#include "tests/support/xlsxbuild.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* Reading what stands under TALLY_XLSXBUILD_PATH to its end must fail with ${code} and
 * ${want}. */
static void
assert_file_fails(const char *sheet, enum tally_code code, const char *want)
{
    const struct tally_csv_options options = {.sheet = sheet};
    struct tally_err err = TALLY_ERR_INIT;

    assert_int_equal(csvfile_read_all(TALLY_XLSXBUILD_PATH, &options, &err), -1);
    assert_memory_equal(err.text, TALLY_XLSXBUILD_PATH, strlen(TALLY_XLSXBUILD_PATH));
    assert_string_equal(err.text + strlen(TALLY_XLSXBUILD_PATH), want);
    assert_int_equal(err.code, code);
    assert_true(code == TALLY_E_CSV || err.hint[0] != '\0');
}

static void
assert_book_fails(const struct tally_xlsxbuild *b, enum tally_code code, const char *want)
{
    tally_xlsxbuild(b);
    assert_file_fails(NULL, code, want);
}

static void
assert_rows_fail(const char *sheet, enum tally_code code, const char *want)
{
    const struct tally_xlsxbuild b = {.sheet = sheet};

    assert_book_fails(&b, code, want);
}

static void
xlsx_reader_names_the_cell_of_a_formula_without_value(void **state)
{
    (void)state;
    assert_rows_fail(SHEET(HEADER "<row r=\"2\"><c r=\"A2\"><v>1</v></c><c r=\"B2\">"
                                  "<f>A2</f></c></row>"),
                     TALLY_E_DATA,
                     ": sheet 'People': cell B2: a formula that has no value");
    assert_rows_fail(SHEET(HEADER "<row r=\"2\"><c r=\"A2\" t=\"str\"><f>A2</f></c>"
                                  "</row>"),
                     TALLY_E_DATA,
                     ": sheet 'People': cell A2: a formula that has no value");
    assert_rows_fail(SHEET(HEADER "<row r=\"2\"><c r=\"A2\"><f>A2</f><v></v></c></row>"),
                     TALLY_E_DATA,
                     ": sheet 'People': cell A2: a formula that has no value");
}

static void
xlsx_reader_refuses_text_beyond_the_header(void **state)
{
    (void)state;
    assert_rows_fail(SHEET(HEADER "<row r=\"2\"><c r=\"AA2\"><v>1</v></c></row>"),
                     TALLY_E_DATA,
                     ": sheet 'People': cell AA2 holds something, but the last column "
                     "that has a name is that of cell B1");
    assert_rows_fail(SHEET("<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"D1\" "
                           "t=\"s\"><v>1</v></c></row>"),
                     TALLY_E_CSV,
                     ": sheet 'People': row 1 column 2: the column has no name");
}

static void
xlsx_reader_refuses_merged_cells_in_the_table(void **state)
{
#define ROWS        HEADER "<row r=\"2\"><c r=\"A2\"><v>1</v></c></row>"
#define MERGED(ref) AFTER(ROWS, "<mergeCells><mergeCell ref=\"" ref "\"/></mergeCells>")
    (void)state;
    assert_rows_fail(MERGED("A2:A3"), TALLY_E_DATA,
                     ": sheet 'People': cells A2:A3 are merged, so that only the first "
                     "of them has a value");
    assert_rows_fail(MERGED("B1:C1"), TALLY_E_DATA,
                     ": sheet 'People': cells B1:C1 are merged, so that only the first "
                     "of them has a value");
    assert_rows_fail(MERGED("A2"), TALLY_E_DATA,
                     ": sheet 'People': merged cells that cannot be read, at or after "
                     "cell A2");
}

static void
xlsx_reader_refuses_cells_out_of_order(void **state)
{
    (void)state;
    assert_rows_fail(SHEET(HEADER "<row r=\"2\"><c r=\"B2\"/><c r=\"A2\"/></row>"),
                     TALLY_E_DATA,
                     ": sheet 'People': a cell out of order, at or after cell B2");
    assert_rows_fail(SHEET(HEADER "<row r=\"2\"><c r=\"A2\"/><c r=\"A2\"/></row>"),
                     TALLY_E_DATA,
                     ": sheet 'People': a cell out of order, at or after cell A2");
    assert_rows_fail(SHEET(HEADER "<row r=\"2\"><c r=\"A3\"/></row>"), TALLY_E_DATA,
                     ": sheet 'People': a cell out of order, at or after cell A2");
    assert_rows_fail(SHEET(HEADER "<row r=\"1\"/>"), TALLY_E_DATA,
                     ": sheet 'People': row 1 comes after row 1");
    assert_rows_fail(SHEET(HEADER "<row r=\"1048577\"/>"), TALLY_E_DATA,
                     ": sheet 'People': a row out of place, at or after cell B1");
    assert_rows_fail(SHEET(HEADER "<row r=\"2\"><row r=\"3\"/></row>"), TALLY_E_DATA,
                     ": sheet 'People': a row out of place, at or after cell A2");
    assert_rows_fail(SHEET(HEADER "<row r=\"2\"><c r=\"XFE2\"/></row>"), TALLY_E_DATA,
                     ": sheet 'People': a cell that cannot be read, at or after cell A2");
    assert_rows_fail(SHEET(HEADER "<row r=\"2\"><c r=\"XFD2\"/><c/></row>"), TALLY_E_DATA,
                     ": sheet 'People': a cell that cannot be read, at or after cell "
                     "XFD2");
}

static void
xlsx_reader_refuses_cells_that_mean_nothing(void **state)
{
#define ONE(cell) SHEET(HEADER "<row r=\"2\">" cell "</row>")
#define AT_A2     ", at or after cell A2"
    (void)state;
    assert_rows_fail(ONE("<c t=\"s\"><v>6</v></c>"), TALLY_E_DATA,
                     ": sheet 'People': a text that the workbook does not hold" AT_A2);
    assert_rows_fail(ONE("<c t=\"s\"><v>4294967296</v></c>"), TALLY_E_DATA,
                     ": sheet 'People': a text that the workbook does not hold" AT_A2);
    assert_rows_fail(ONE("<c t=\"s\"><v>-1</v></c>"), TALLY_E_DATA,
                     ": sheet 'People': a text that the workbook does not hold" AT_A2);
    assert_rows_fail(ONE("<c t=\"s\"><v/></c>"), TALLY_E_DATA,
                     ": sheet 'People': a text that the workbook does not hold" AT_A2);
    assert_rows_fail(ONE("<c t=\"b\"><v>2</v></c>"), TALLY_E_DATA,
                     ": sheet 'People': a cell that should be true or false is "
                     "neither" AT_A2);
    assert_rows_fail(ONE("<c><v>ten</v></c>"), TALLY_E_DATA,
                     ": sheet 'People': a cell that should be a number is none" AT_A2);
    assert_rows_fail(ONE("<c s=\"8\"><v>1</v></c>"), TALLY_E_DATA,
                     ": sheet 'People': a cell of a style that the workbook does not "
                     "hold" AT_A2);
    assert_rows_fail(ONE("<c t=\"z\"><v>1</v></c>"), TALLY_E_DATA,
                     ": sheet 'People': a cell of an unknown type" AT_A2);
}

static void
xlsx_reader_refuses_document_types_and_entities(void **state)
{
    const struct tally_xlsxbuild b = {
        .strings = "<!DOCTYPE sst [<!ENTITY a \"x\"><!ENTITY b \"&a;&a;\">]>"
                   "<sst xmlns=\"" MAIN "\"><si><t>&b;</t></si></sst>"};

    (void)state;
    assert_book_fails(&b, TALLY_E_DATA,
                      ": the workbook's part 'xl/sharedStrings.xml': it has a document "
                      "type, which workbooks do not");
    assert_rows_fail("<!DOCTYPE worksheet SYSTEM \"file:///etc/passwd\"><worksheet/>",
                     TALLY_E_DATA,
                     ": sheet 'People': the workbook's part 'xl/worksheets/sheet1.xml': "
                     "it has a document type, which workbooks do not");
    assert_rows_fail(ONE("<c t=\"str\"><v>&x;</v></c>"), TALLY_E_DATA,
                     ": sheet 'People': the workbook's part 'xl/worksheets/sheet1.xml': "
                     "line 2: undefined entity");
}

static void
xlsx_reader_refuses_parts_that_unpack_to_too_much(void **state)
{
    const size_t len = (size_t)16 << 20;
    char *blanks = malloc(len + 1000);
    const struct tally_xlsxbuild b = {.sheet = blanks};
    const struct tally_xlsxbuild comment = {.styles = blanks};

    (void)state;
    assert_non_null(blanks);
    memset(blanks, ' ', len);
    memcpy(blanks, "<worksheet xmlns=\"" MAIN "\">", strlen(MAIN) + 20);
    strcpy(blanks + len, "</worksheet>");
    assert_book_fails(&b, TALLY_E_LIMIT,
                      ": sheet 'People': the workbook's part 'xl/worksheets/sheet1.xml' "
                      "unpacks to more than is read here");
    memcpy(blanks, "<!--", 4);
    strcpy(blanks + len, "--><styleSheet/>");
    assert_book_fails(&comment, TALLY_E_LIMIT,
                      ": the workbook's part 'xl/styles.xml': a tag or comment is too "
                      "long");
    free(blanks);
}

static void
xlsx_reader_refuses_too_long_texts_and_too_deep_elements(void **state)
{
    const size_t len = TALLY_XLSX_CELL_MAX + 1;
    char *text = malloc(len + 500);
    struct tally_xlsxbuild b = {.strings = text};
    char *at;

    (void)state;
    assert_non_null(text);
    at = text + sprintf(text, "<sst xmlns=\"" MAIN "\"><si><t>");
    memset(at, 'x', len);
    strcpy(at + len, "</t></si></sst>");
    assert_book_fails(&b, TALLY_E_LIMIT,
                      ": the workbook's table of texts: a text over 131,072 bytes");
    at = text +
         sprintf(text, "<worksheet xmlns=\"" MAIN "\"><sheetData><row><c t=\"str\"><v>");
    memset(at, 'x', len);
    strcpy(at + len, "</v></c></row></sheetData></worksheet>");
    b.strings = NULL;
    b.sheet = text;
    assert_book_fails(&b, TALLY_E_LIMIT,
                      ": sheet 'People': cell A1: a text over 131,072 bytes");
    at = text;
    for (size_t i = 0; i <= TALLY_XLSX_DEPTH_MAX; i++) {
        at = stpcpy(at, "<a>");
    }
    assert_book_fails(&b, TALLY_E_LIMIT,
                      ": sheet 'People': the workbook's part 'xl/worksheets/sheet1.xml': "
                      "elements stand too deep in one another");
    free(text);
}

static void
xlsx_reader_refuses_what_is_not_a_workbook(void **state)
{
    static const char old[600] = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";
    static const char locked[] = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 E\0n\0c\0r\0y\0p\0t\0e"
                                 "\0d\0P\0a\0c\0k\0a\0g\0e\0";
    const struct tally_xlsxbuild archive = {.root = ""};
    const struct tally_xlsxbuild letter = {.workbook = "<document xmlns=\"urn:w\"/>"};
    const struct tally_xlsxbuild none = {.root = "<Relationships xmlns=\"" PACK "\"/>"};
    const struct tally_xlsxbuild binary = {
        .root = "<Relationships xmlns=\"" PACK "\"><Relationship Id=\"a\" Type=\"" DOC
                "/officeDocument\" Target=\"xl/workbook.bin\"/></Relationships>"};

    (void)state;
    tally_xlsxbuild_put(old, sizeof old);
    assert_file_fails(NULL, TALLY_E_DATA, ": an Excel workbook of the old kind (.xls)");
    tally_xlsxbuild_put(locked, sizeof locked);
    assert_file_fails(NULL, TALLY_E_DATA, ": the workbook is protected by a password");
    assert_book_fails(&archive, TALLY_E_DATA,
                      ": this is a zip file, but not an .xlsx workbook");
    assert_book_fails(&letter, TALLY_E_DATA,
                      ": this is a zip file, but not an .xlsx workbook");
    assert_book_fails(&none, TALLY_E_DATA,
                      ": this is a zip file, but not an .xlsx workbook");
    assert_book_fails(&binary, TALLY_E_DATA,
                      ": a binary workbook (.xlsb) is not read here");
    tally_xlsxbuild_put("a,b\n1,2\n", 8);
    assert_file_fails("People", TALLY_E_USAGE,
                      " is not an Excel workbook, so it has no sheets");
}

static void
xlsx_reader_refuses_encrypted_and_missing_parts(void **state)
{
    const struct tally_xlsxbuild locked = {.password = true};
    const struct tally_xlsxbuild no_sheet = {.sheet = ""};
    const struct tally_xlsxbuild no_strings = {.strings = ""};
    const struct tally_xlsxbuild hidden = {
        .workbook =
            "<workbook xmlns=\"" MAIN "\" xmlns:r=\"" DOC "\"><sheets><sheet "
            "name=\"x\" state=\"veryHidden\" r:id=\"rId1\"/></sheets></workbook>"};

    (void)state;
    assert_book_fails(&locked, TALLY_E_DATA, ": the workbook is protected by a password");
    assert_book_fails(&no_sheet, TALLY_E_DATA,
                      ": the workbook lacks its part 'xl/worksheets/sheet1.xml'");
    assert_book_fails(&no_strings, TALLY_E_DATA,
                      ": the workbook lacks its part 'xl/sharedStrings.xml'");
    assert_book_fails(&hidden, TALLY_E_DATA, ": every sheet of the workbook is hidden");
}

static void
xlsx_reader_refuses_damaged_styles(void **state)
{
    static const char *const bad[] = {
        "<numFmts><numFmt numFmtId=\"65536\" formatCode=\"d\"/></numFmts>",
        "<numFmts><numFmt numFmtId=\"164\"/></numFmts>",
        "<numFmts><numFmt formatCode=\"d\"/></numFmts>",
        "<cellXfs><xf numFmtId=\"x\"/></cellXfs>"};
    char styles[400];
    const struct tally_xlsxbuild b = {.styles = styles};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        snprintf(styles, sizeof styles, "<styleSheet xmlns=\"" MAIN "\">%s</styleSheet>",
                 bad[i]);
        assert_book_fails(&b, TALLY_E_DATA,
                          ": the workbook's styles are damaged, or more than are read "
                          "here");
    }
}

/* Cut anywhere, or with any byte changed: an error or the right rows, and no harm. */
static void
xlsx_reader_survives_damage_anywhere(void **state)
{
    const struct tally_xlsxbuild b = {
        .sheet = SHEET(HEADER "<row r=\"2\"><c r=\"A2\" s=\"1\"><v>1"
                              "</v></c></row>")};
    static struct tally_cell cells[TALLY_CSV_COLUMNS_MAX];
    uint8_t *good;
    size_t len, refused = 0;

    (void)state;
    tally_xlsxbuild(&b);
    good = tally_xlsxbuild_get(&len);
    for (size_t at = 0; at < len; at++) {
        struct tally_csv *c = NULL;
        struct tally_err err = TALLY_ERR_INIT;
        int r;

        if (at % 7 == 0) {
            tally_xlsxbuild_put(good, at);
        } else {
            good[at] ^= 0x20;
            tally_xlsxbuild_put(good, len);
            good[at] ^= 0x20;
        }
        r = tally_csv_open(&c, TALLY_XLSXBUILD_PATH, NULL, &err);
        while (r == 0 && (r = tally_csv_next(c, cells, &err)) == 1) {
            r = 0;
        }
        refused += r < 0;
        tally_csv_free(c);
    }
    free(good);
    assert_true(refused > len / 2);
}

static void
xlsx_reader_refuses_a_broken_package(void **state)
{
    uint8_t *p;
    size_t len;
    const struct tally_xlsxbuild b = {0};

    (void)state;
    tally_xlsxbuild(&b);
    p = tally_xlsxbuild_get(&len);
    tally_xlsxbuild_put(p, len / 2);
    free(p);
    assert_file_fails(NULL, TALLY_E_DATA, ": the workbook is damaged or cut short");
    assert_rows_fail("<worksheet xmlns=\"" MAIN "\"><sheetData>" HEADER "<row>",
                     TALLY_E_DATA,
                     ": sheet 'People': the workbook's part 'xl/worksheets/sheet1.xml': "
                     "line 1: no element found");
    assert_rows_fail(SHEET(""), TALLY_E_CSV, ": sheet 'People': the sheet is empty");
}

static void
xlsx_reader_refuses_a_sheet_that_is_not_there(void **state)
{
    const struct tally_xlsxbuild b = {
        .workbook = HEAD "<workbook xmlns=\"" MAIN "\" xmlns:r=\"" DOC "\"><sheets>"
                         "<sheet name=\"Chart\" r:id=\"rId7\"/>"
                         "<sheet name=\"People\" r:id=\"rId1\"/></sheets></workbook>"};

    (void)state;
    tally_xlsxbuild(&b);
    assert_file_fails("Staff", TALLY_E_USAGE, ": the workbook has no sheet 'Staff'");
    assert_file_fails("Chart", TALLY_E_DATA,
                      ": sheet 'Chart' is a chart, or its cells are missing");
}

static int
read_rows(void *ctx, struct tally_err *err)
{
    const struct tally_csv_options options = {0};
    struct tally_csv *csv = NULL;
    struct tally_cell cells[2];
    int more = -1;

    (void)ctx;
    if (tally_csv_open(&csv, TALLY_XLSXBUILD_PATH, &options, err) == 0) {
        assert_int_equal(tally_csv_columns(csv), 2);
        while ((more = tally_csv_next(csv, cells, err)) == 1) {
            assert_int_equal(cells[1].len, 10);
        }
        assert_true(more < 0 || tally_csv_row(csv) == 3);
    }
    tally_csv_free(csv);
    return more;
}

static void
xlsx_reader_without_memory_or_time_ends(void **state)
{
    const struct tally_xlsxbuild b = {
        .sheet = SHEET(HEADER "<row r=\"2\"><c r=\"A2\" t=\"s\"><v>2</v></c><c r=\"B2\" "
                              "s=\"1\"><v>29221</v></c></row><row r=\"3\"><c r=\"A3\" "
                              "t=\"s\"><v>3</v></c><c r=\"B3\" s=\"1\"><v>29222</v></c></row>")};

    (void)state;
    tally_xlsxbuild(&b);
    assert_true(tally_nth_each(TALLY_NTH_ALLOC, 0, read_rows, NULL) > 20);
    (void)tally_nth_each(TALLY_NTH_INTERRUPT, 0, read_rows, NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(xlsx_reader_names_the_cell_of_a_formula_without_value),
        cmocka_unit_test(xlsx_reader_refuses_text_beyond_the_header),
        cmocka_unit_test(xlsx_reader_refuses_merged_cells_in_the_table),
        cmocka_unit_test(xlsx_reader_refuses_cells_out_of_order),
        cmocka_unit_test(xlsx_reader_refuses_cells_that_mean_nothing),
        cmocka_unit_test(xlsx_reader_refuses_document_types_and_entities),
        cmocka_unit_test(xlsx_reader_refuses_parts_that_unpack_to_too_much),
        cmocka_unit_test(xlsx_reader_refuses_too_long_texts_and_too_deep_elements),
        cmocka_unit_test(xlsx_reader_refuses_what_is_not_a_workbook),
        cmocka_unit_test(xlsx_reader_refuses_encrypted_and_missing_parts),
        cmocka_unit_test(xlsx_reader_refuses_damaged_styles),
        cmocka_unit_test(xlsx_reader_survives_damage_anywhere),
        cmocka_unit_test(xlsx_reader_refuses_a_broken_package),
        cmocka_unit_test(xlsx_reader_refuses_a_sheet_that_is_not_there),
        cmocka_unit_test(xlsx_reader_without_memory_or_time_ends),
    };

    return cmocka_run_group_tests(tests, tally_scratch_enter, tally_scratch_leave);
}

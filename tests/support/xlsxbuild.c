/*
 * For tests: workbooks from parts written by hand, zipped by libzip.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/support/xlsxbuild.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zip.h>
#include <cmocka.h>

const char TALLY_XLSXBUILD_PATH[] = "test_xlsx.tmp.xlsx";

static const char ROOT[] =
    HEAD "<Relationships xmlns=\"" PACK "\"><Relationship Id=\"rId1\" Type=\"" DOC
         "/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>";
static const char WORKBOOK[] =
    HEAD "<workbook xmlns=\"" MAIN "\" xmlns:r=\"" DOC "\"><workbookPr/><sheets>"
         "<sheet name=\"People\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>";
static const char RELATIONS[] =
    HEAD "<Relationships xmlns=\"" PACK "\">"
         "<Relationship Id=\"rId3\" Type=\"" DOC "/styles\" Target=\"styles.xml\"/>"
         "<Relationship Id=\"rId1\" Type=\"" DOC
         "/worksheet\" Target=\"worksheets/sheet1.xml\"/>"
         "<Relationship Id=\"rId2\" Type=\"" DOC
         "/worksheet\" Target=\"/xl/worksheets/../worksheets/./sheet2.xml\"/>"
         "<Relationship Id=\"rId9\" Type=\"" DOC
         "/hyperlink\" Target=\"http://example.org/\" TargetMode=\"External\"/>"
         "<Relationship Id=\"rId4\" Type=\"" DOC "/sharedStrings\" "
         "Target=\"sharedStrings.xml\"/></Relationships>";
static const char STYLES[] = HEAD
    "<styleSheet xmlns=\"" MAIN "\"><numFmts count=\"5\">"
    "<numFmt numFmtId=\"164\" formatCode=\"dd/mm/yyyy\"/>"
    "<numFmt numFmtId=\"165\" formatCode=\"[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy h:mm "
    "AM/PM;@\"/>"
    "<numFmt numFmtId=\"166\" formatCode=\"000\\ 000\\ 0000\"/>"
    "<numFmt numFmtId=\"167\" formatCode=\"[h]:mm:ss\"/></numFmts>"
    "<cellStyleXfs><xf numFmtId=\"14\"/></cellStyleXfs>"
    "<cellXfs count=\"7\"><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/>"
    "<xf numFmtId=\"164\"/><xf numFmtId=\"165\"/><xf numFmtId=\"166\"/>"
    "<xf numFmtId=\"20\"/><xf numFmtId=\"9\"/><xf numFmtId=\"167\"/></cellXfs>"
    "<dxfs><dxf><numFmt numFmtId=\"9\" formatCode=\"yyyy\"/></dxf></dxfs>"
    "</styleSheet>";
static const char STRINGS[] = HEAD
    "<sst xmlns=\"" MAIN "\" count=\"9\" uniqueCount=\"4\"><si><t>name</t></si>"
    "<si><t>dob</t></si><si><r><rPr><b/></rPr><t>Si</t></r><r><t "
    "xml:space=\"preserve\">\xC3\xA2n </t></r><rPh sb=\"0\" eb=\"1\"><t>SHAN</t></rPh>"
    "<phoneticPr fontId=\"1\"/></si><si><t>O\"Neil, J</t></si>"
    "<si><t>a_x000D_b_x005F_x0041_ _x0000_ _x00e9_</t></si><si/></sst>";

static void
put_part(zip_t *z, const struct tally_xlsxbuild *b, const char *name, const char *text,
         const char *usual)
{
    const char *bytes = text == NULL ? usual : text;
    zip_source_t *source;
    zip_int64_t i;

    if (bytes[0] == '\0') {
        return;
    }
    source = zip_source_buffer(z, bytes, strlen(bytes), 0);
    assert_non_null(source);
    i = zip_file_add(z, name, source, ZIP_FL_ENC_UTF_8);
    assert_true(i >= 0);
    if (b->password) {
        assert_int_equal(zip_file_set_encryption(z, (zip_uint64_t)i, ZIP_EM_AES_256, "x"),
                         0);
    }
}

void
tally_xlsxbuild(const struct tally_xlsxbuild *b)
{
    int code;
    zip_t *z = zip_open(TALLY_XLSXBUILD_PATH, ZIP_CREATE | ZIP_TRUNCATE, &code);

    assert_non_null(z);
    put_part(z, b, "[Content_Types].xml", NULL, "<Types/>");
    put_part(z, b, "_rels/.rels", b->root, ROOT);
    put_part(z, b, "xl/workbook.xml", b->workbook, WORKBOOK);
    put_part(z, b, "xl/_rels/workbook.xml.rels", b->relations, RELATIONS);
    put_part(z, b, "xl/styles.xml", b->styles, STYLES);
    put_part(z, b, "xl/SharedStrings.xml", b->strings, STRINGS);
    put_part(z, b, "xl/worksheets/sheet1.xml", b->sheet, SHEET(HEADER));
    put_part(z, b, "xl/worksheets/sheet2.xml", b->other, "");
    assert_int_equal(zip_close(z), 0);
}

void
tally_xlsxbuild_put(const void *p, size_t len)
{
    FILE *f = fopen(TALLY_XLSXBUILD_PATH, "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(p, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
}

void *
tally_xlsxbuild_get(size_t *len)
{
    FILE *f = fopen(TALLY_XLSXBUILD_PATH, "rb");
    uint8_t *p = malloc(1 << 20);

    assert_non_null(f);
    assert_non_null(p);
    *len = fread(p, 1, 1 << 20, f);
    fclose(f);
    return p;
}

struct tally_csv *
tally_xlsxbuild_open(const struct tally_xlsxbuild *b, const char *sheet)
{
    const struct tally_csv_options options = {.sheet = sheet};
    struct tally_csv *c = NULL;
    struct tally_err err = TALLY_ERR_INIT;

    tally_xlsxbuild(b);
    if (tally_csv_open(&c, TALLY_XLSXBUILD_PATH, &options, &err) != 0) {
        fail_msg("%s", err.text);
    }
    return c;
}

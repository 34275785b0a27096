/*
 * For tests: workbooks from parts written by hand.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_TESTS_XLSXBUILD_H
#define TALLY_TESTS_XLSXBUILD_H

#include <stdbool.h>
#include <stddef.h>

#include "bloom/base/csv.h"

/* Name spaces of the workbook, of its references, and of relationships. */
#define MAIN "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
#define DOC  "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#define PACK "http://schemas.openxmlformats.org/package/2006/relationships"
/* The first line of a part. */
#define HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"

/* A worksheet of these rows, and of what comes after them. */
#define SHEET(rows) AFTER(rows, "")
#define AFTER(rows, after)                                                               \
    HEAD "<worksheet xmlns=\"" MAIN "\"><dimension ref=\"A1\"/><cols><col min=\"1\" "    \
         "max=\"1\"/></cols><sheetData>" rows "</sheetData>" after "</worksheet>"
/* The first row: name, dob. */
#define HEADER                                                                           \
    "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\" "                          \
    "t=\"s\"><v>1</v></c></row>"

/** Where workbooks are written: in the current folder. */
extern const char TALLY_XLSXBUILD_PATH[];

/**
 * The parts of a workbook; NULL for the usual one, "" to leave it out. The usual workbook
 * is one sheet "People" of one row. Its texts are name, dob, one of several runs with a
 * phonetic one, one with a quote and a comma, one with escapes, an empty one. Its cell
 * styles: 0 general, 1 a built-in date, 2 dd/mm/yyyy, 3 a date and time, 4 ten digits, 5
 * hours and minutes, 6 per cent, 7 hours past 24.
 */
struct tally_xlsxbuild {
    const char *sheet;
    const char *strings;
    const char *styles;
    const char *workbook;
    const char *relations;
    const char *root;
    const char *other; /* worksheets/sheet2.xml, rId2; usually none */
    bool password;     /* encrypt the parts */
};

/** Write the workbook. */
void tally_xlsxbuild(const struct tally_xlsxbuild *b);

/** Write these bytes in its place; read them back (malloced, below 1 MiB). */
void tally_xlsxbuild_put(const void *p, size_t len);
void *tally_xlsxbuild_get(size_t *len);

/** Write the workbook and open its sheet ${sheet} (NULL: the first). */
struct tally_csv *tally_xlsxbuild_open(const struct tally_xlsxbuild *b,
                                       const char *sheet);

#endif

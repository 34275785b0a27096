/*
 * .xlsx workbooks: the rows of one sheet as CSV text, produced while the sheet is read.
 * The CSV reader (csv.h) opens workbooks by itself; nothing else needs this header. In a
 * build without libzip and expat (cmake -DTALLY_XLSX=OFF) opening fails with a hint.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_BASE_XLSX_H
#define TALLY_BASE_XLSX_H

#include <stddef.h>
#include <stdint.h>

#include "bloom/base/csv.h"
#include "bloom/base/err.h"

/* Of what a workbook may hold. A part is a file in the zip; sizes are unpacked. */
#define TALLY_XLSX_PARTS_MAX   65535u
#define TALLY_XLSX_SHEETS_MAX  4096u
#define TALLY_XLSX_ROWS_MAX    1048576u /* as in a spreadsheet program */
#define TALLY_XLSX_COLUMNS_MAX 16384u
#define TALLY_XLSX_CELL_MAX    (128u << 10) /* bytes of text: 32,767 characters fit */
#define TALLY_XLSX_SMALL_MAX   ((uint64_t)64 << 20) /* a part of lists and styles */
#define TALLY_XLSX_STRINGS_MAX ((uint64_t)1 << 30)  /* the part of shared texts */
#define TALLY_XLSX_SHEET_MAX   ((uint64_t)4 << 30)  /* the part of the sheet */
#define TALLY_XLSX_RATIO_MAX   250u         /* unpacked to packed, past 8 MiB unpacked */
#define TALLY_XLSX_TEXT_MAX    (256u << 20) /* bytes of all shared texts: held in memory */
#define TALLY_XLSX_TEXTS_MAX   (32u << 20)  /* shared texts */
#define TALLY_XLSX_STYLES_MAX  262144u
#define TALLY_XLSX_DEPTH_MAX   64u /* elements in one another */

/** Bytes of CSV text from somewhere. */
struct tally_csv_source {
    void *self;
    /** At most ${cap} bytes into ${to}; 0 at the end, -1 on error. */
    ptrdiff_t (*read)(void *self, uint8_t *to, size_t cap, struct tally_err *err);
    void (*close)(void *self);
};

/** How to read a workbook. */
struct tally_xlsx_options {
    const char *sheet; /* NULL: the first that is not hidden */
    char delimiter;
    uint64_t header_row; /* rows above it are empty, whatever is in them; 0: none are */
};

/**
 * Open the workbook in the regular file ${fd} (duplicated). ${out} then gives UTF-8 CSV:
 * a line for each row from row 1 of the sheet to the last that has text, all as wide as
 * the first that has (an empty line for an empty row). ${notes} is filled here and while
 * reading, and must live as long; its sheet name belongs to ${out}.
 *
 * Values: texts as they are; numbers as written, without exponent when whole, and with
 * leading zeros when their format is zeros alone; dates (by style and number format)
 * YYYY-MM-DD, with HH:MM:SS after a blank when the format shows a time and it is not
 * midnight; TRUE, FALSE; nothing for an error. A formula is its stored value.
 *
 * Errors name cell, row or part, never a value: TALLY_E_DATA for what is no workbook, is
 * damaged or protected, for a formula that has no value, text beyond the header, merged
 * cells; TALLY_E_LIMIT for the limits above; TALLY_E_USAGE for a sheet that is not there.
 *
 * Memory: the table of shared texts (wiped at the end), and less than 32 MB besides. The
 * XML reader wipes what it frees; the unpacker (32 KiB of the sheet at a time) does not.
 */
TALLY_NODISCARD int tally_xlsx_open(struct tally_csv_source *out, int fd,
                                    const struct tally_xlsx_options *options,
                                    struct tally_csv_notes *notes, struct tally_err *err);

#endif

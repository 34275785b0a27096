/*
 * A workbook as a source of CSV text: its parts opened in order, and the sheet read on
 * whenever the text made so far has been taken away.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/xlsx.h"

#include "bloom/base/xlsx_private.h"

#include <stdlib.h>
#include <string.h>

struct tally_xlsx {
    struct xlsx_zip *zip;
    struct xlsx_book book;
    struct xlsx_strings *strings;
    struct xlsx_styles *styles;
    struct xlsx_sheet sheet;
    struct xlsx_xml *xml;
    bool ended;
};

static void
book_close(void *self)
{
    struct tally_xlsx *x = self;

    xlsx_xml_free(x->xml);
    xlsx_sheet_end(&x->sheet);
    xlsx_styles_free(x->styles);
    xlsx_strings_free(x->strings);
    xlsx_book_close(&x->book);
    xlsx_zip_free(x->zip);
    free(x);
}

static ptrdiff_t
book_read(void *self, uint8_t *to, size_t cap, struct tally_err *err)
{
    struct tally_xlsx *x = self;
    struct xlsx_out *out = &x->sheet.out;
    size_t n;

    if (out->taken == out->len) {
        out->taken = out->len = 0;
    }
    while (!x->ended && (x->sheet.in_row || out->len < XLSX_OUT_WANTED)) {
        int r = xlsx_xml_step(x->xml, err);

        if (r < 0) {
            return -1;
        }
        x->ended = r == 0;
    }
    n = out->len - out->taken;
    n = n > cap ? cap : n;
    if (n > 0) {
        memcpy(to, out->data + out->taken, n);
    }
    out->taken += n;
    return (ptrdiff_t)n;
}

static int
open_parts(struct tally_xlsx *x, int fd, const char *sheet, struct tally_err *err)
{
    if (xlsx_zip_open(&x->zip, fd, err) != 0 ||
        xlsx_book_load(&x->book, x->zip, sheet, err) != 0) {
        return -1;
    }
    if (x->book.styles != NULL &&
        xlsx_styles_load(&x->styles, x->zip, x->book.styles, err) != 0) {
        return -1;
    }
    if (x->book.strings != NULL &&
        xlsx_strings_load(&x->strings, x->zip, x->book.strings, err) != 0) {
        return -1;
    }
    return xlsx_xml_open(&x->xml, x->zip, x->book.part, TALLY_XLSX_SHEET_MAX,
                         &xlsx_sheet_events, &x->sheet, err);
}

int
tally_xlsx_open(struct tally_csv_source *out, int fd,
                const struct tally_xlsx_options *options, struct tally_csv_notes *notes,
                struct tally_err *err)
{
    struct tally_xlsx *x = calloc(1, sizeof *x);

    if (x == NULL) {
        return tally_err_nomem(err);
    }
    x->sheet.notes = notes;
    x->sheet.delimiter = options->delimiter;
    x->sheet.header_row = options->header_row;
    if (xlsx_sheet_begin(&x->sheet, err) != 0 ||
        open_parts(x, fd, options->sheet, err) != 0) {
        book_close(x);
        return -1;
    }
    x->sheet.strings = x->strings;
    x->sheet.styles = x->styles;
    x->sheet.date1904 = x->book.date1904;
    notes->sheet = x->book.sheet;
    notes->sheets = x->book.sheets;
    notes->names = x->book.names;
    out->self = x;
    out->read = book_read;
    out->close = book_close;
    return 0;
}

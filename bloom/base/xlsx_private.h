/*
 * The pieces of the workbook reader. Private to the xlsx module; xlsx.h is its contract.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_BASE_XLSX_PRIVATE_H
#define TALLY_BASE_XLSX_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/base/pii.h"
#include "bloom/base/xlsx.h"

/* The hint of a file that is not what it should be. */
#define XLSX_HINT_RESAVE                                                                 \
    "open it in a spreadsheet and save it as \"Excel workbook (.xlsx)\" or as \"CSV "    \
    "UTF-8\""

/* xlsx_zip.c: the parts of the zip file, within their limits. */

struct xlsx_zip;
struct xlsx_part;

TALLY_NODISCARD int xlsx_zip_open(struct xlsx_zip **out, int fd, struct tally_err *err);
bool xlsx_zip_has(struct xlsx_zip *z, const char *name);
void xlsx_zip_free(struct xlsx_zip *z);

/** Open the part ${name} for at most ${limit} unpacked bytes. */
TALLY_NODISCARD int xlsx_part_open(struct xlsx_part **out, struct xlsx_zip *z,
                                   const char *name, uint64_t limit,
                                   struct tally_err *err);
/** At most ${cap} bytes; 0 at the end, -1 on error. */
ptrdiff_t xlsx_part_read(struct xlsx_part *p, void *to, size_t cap,
                         struct tally_err *err);
void xlsx_part_free(struct xlsx_part *p);

/* xlsx_xml.c: a part as the events of its elements. */

/** What is called. Elements of other namespaces than the workbook's are left out. Each
 * returns 0, -1 with ${err} set, or 1 from end to pause. */
struct xlsx_events {
    int (*start)(void *ctx, const char *name, const char *const *atts,
                 struct tally_err *err);
    int (*end)(void *ctx, const char *name, struct tally_err *err); /* or NULL */
    int (*text)(void *ctx, const char *p, size_t len,
                struct tally_err *err); /* or NULL */
};

struct xlsx_xml;

TALLY_NODISCARD int xlsx_xml_open(struct xlsx_xml **out, struct xlsx_zip *z,
                                  const char *part, uint64_t limit,
                                  const struct xlsx_events *events, void *ctx,
                                  struct tally_err *err);
/** Read on, to a pause or through some of the part: 1, 0 at its end, -1 on error. */
TALLY_NODISCARD int xlsx_xml_step(struct xlsx_xml *x, struct tally_err *err);
void xlsx_xml_free(struct xlsx_xml *x);

/** Read the whole of ${part}. */
TALLY_NODISCARD int xlsx_xml_run(struct xlsx_zip *z, const char *part, uint64_t limit,
                                 const struct xlsx_events *events, void *ctx,
                                 struct tally_err *err);

/** The attribute ${name}, or NULL; "|id" finds an id of any namespace. */
const char *xlsx_attr(const char *const *atts, const char *name);
/** An attribute that is a whole number of at most ${max} into ${out}, which is left alone
 * when there is none; -1 when it is anything else. */
int xlsx_attr_number(const char *const *atts, const char *name, uint32_t max,
                     uint32_t *out);
/** An attribute that is true ("1", "true"). */
bool xlsx_attr_true(const char *const *atts, const char *name);

/* xlsx_text.c: texts, and the table of shared ones. */

/** The text of one cell while it is collected. */
struct xlsx_text {
    struct tally_pii *mem;
    uint8_t *data; /* TALLY_XLSX_CELL_MAX + 1 bytes */
    size_t len;
};
TALLY_NODISCARD int xlsx_text_open(struct xlsx_text *t, struct tally_err *err);
void xlsx_text_close(struct xlsx_text *t);
/** False when it would be over the limit of a cell. */
bool xlsx_text_add(struct xlsx_text *t, const char *p, size_t len);
/** Characters that XML cannot hold are written _xHHHH_: undo that. */
void xlsx_text_unescape(struct xlsx_text *t);

struct xlsx_strings;

TALLY_NODISCARD int xlsx_strings_load(struct xlsx_strings **out, struct xlsx_zip *z,
                                      const char *part, struct tally_err *err);
/** Text ${i}, or false when there is none. */
bool xlsx_strings_get(const struct xlsx_strings *s, uint32_t i, struct tally_cell *out);
void xlsx_strings_free(struct xlsx_strings *s);

/* xlsx_format.c: what number formats mean. */

enum xlsx_kind { XLSX_PLAIN, XLSX_DATE, XLSX_DATE_TIME, XLSX_TIME };

struct xlsx_format {
    uint8_t kind;
    uint8_t zeros; /* least digits of a whole number, 0 for no such rule */
    bool elapsed;  /* XLSX_TIME: hours do not end at 24 */
};

/** The format of the code ${code}, for instance "dd/mm/yyyy". */
struct xlsx_format xlsx_format_of(const char *code);

struct xlsx_styles;

/** The styles of ${part}; NULL for a workbook without. */
TALLY_NODISCARD int xlsx_styles_load(struct xlsx_styles **out, struct xlsx_zip *z,
                                     const char *part, struct tally_err *err);
/** The format of cells of style ${i}, or false when there is no such style. */
bool xlsx_styles_get(const struct xlsx_styles *s, uint32_t i, struct xlsx_format *out);
void xlsx_styles_free(struct xlsx_styles *s);

/* xlsx_number.c: numbers as text. */

enum xlsx_number {
    XLSX_NUMBER_OK,
    XLSX_NUMBER_LONG,  /* of more digits than a spreadsheet keeps: written as it is */
    XLSX_NUMBER_RANGE, /* no date there: nothing is written */
    XLSX_NUMBER_BAD    /* not a number */
};

#define XLSX_NUMBER_TEXT 64

/** The number ${text} (NUL-terminated) as ${format} shows it, into ${out}. */
enum xlsx_number xlsx_number_print(const char *text, struct xlsx_format format,
                                   bool date1904, char out[XLSX_NUMBER_TEXT]);

/* xlsx_book.c: what the workbook says of itself. */

struct xlsx_book {
    char *sheet;   /* its name */
    char *part;    /* and part */
    char *strings; /* parts; NULL when there is none */
    char *styles;
    size_t sheets;
    char names[TALLY_ERR_TEXT / 2]; /* of all sheets, in quotes, as far as they fit */
    bool date1904;
};
/** Find the sheet ${wanted}, or the first that is not hidden, and the parts it needs. */
TALLY_NODISCARD int xlsx_book_load(struct xlsx_book *b, struct xlsx_zip *z,
                                   const char *wanted, struct tally_err *err);
void xlsx_book_close(struct xlsx_book *b);

/* xlsx_sheet.c: the cells of the sheet as rows of CSV. */

/** Text that is produced and taken away. */
struct xlsx_out {
    struct tally_pii *mem;
    uint8_t *data;
    size_t cap;
    size_t len;
    size_t taken;
};

/* A cell while it is read. */
struct xlsx_cell {
    char type; /* 'n' number, 's' shared, 't' text, 'b', 'd' ISO date, 'e' error */
    uint32_t style;
    bool formula;
    bool value;
};

struct xlsx_sheet {
    /* Set by the caller. */
    const struct xlsx_strings *strings;
    const struct xlsx_styles *styles;
    struct tally_csv_notes *notes;
    bool date1904;
    char delimiter;
    uint64_t header_row; /* what stands above it is not read */
    /* The reading. */
    struct xlsx_out out;
    struct xlsx_text text;
    struct xlsx_cell cell;
    uint32_t row;     /* from 1; 0 before the first */
    uint32_t column;  /* of the cell, from 0 */
    uint32_t next;    /* the column after it */
    uint32_t written; /* column of the last text of this row, once it has_text */
    uint32_t line;    /* the row that the next line of ${out} is */
    uint32_t header;  /* the first row that has text, */
    uint32_t width;   /* and its columns; 0 before it */
    uint32_t last;    /* the last row that has text */
    size_t row_start; /* in ${out} */
    bool in_data;
    bool in_row;
    bool in_cell;
    bool in_phonetic;
    bool has_text; /* this row */
    bool hidden;   /* this row */
    bool collect;  /* character data belongs to ${text} */
};
/* Text made at a time, but for the end of a row. */
#define XLSX_OUT_WANTED ((size_t)64 << 10)
extern const struct xlsx_events xlsx_sheet_events;
TALLY_NODISCARD int xlsx_sheet_begin(struct xlsx_sheet *s, struct tally_err *err);
void xlsx_sheet_end(struct xlsx_sheet *s);

/* xlsx_ref.c: names of cells. */

/** Where column ${col} (from 0) and row ${row} meet, as in "AB12". */
#define XLSX_REF_TEXT 16
const char *xlsx_ref_print(uint32_t col, uint32_t row, char out[XLSX_REF_TEXT]);
/** Read such a reference at ${*at} and step over it; false for none, or one outside a
 * spreadsheet's columns and rows. */
bool xlsx_ref_read(const char **at, uint32_t *col, uint32_t *row);

#endif

/*
 * The cells of a sheet as rows of CSV. Cells without text are not written in any file or
 * are, as a program likes: a row is filled up only when text comes after the gap.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/xlsx_private.h"

#include <string.h>

#define OUT_FIRST ((size_t)256 << 10)

static const char *
here(const struct xlsx_sheet *s, char out[XLSX_REF_TEXT])
{
    return xlsx_ref_print(s->column, s->row, out);
}

static int
cell_error(const struct xlsx_sheet *s, enum tally_code code, const char *what,
           const char *hint, struct tally_err *err)
{
    char ref[XLSX_REF_TEXT];

    tally_err_set(err, code, "cell %s: %s", here(s, ref), what);
    return tally_err_hint(err, "%s", hint);
}

static int
damaged(const struct xlsx_sheet *s, const char *what, struct tally_err *err)
{
    char ref[XLSX_REF_TEXT];

    tally_err_set(err, TALLY_E_DATA, "%s, at or after cell %s", what, here(s, ref));
    return tally_err_hint(err, XLSX_HINT_RESAVE);
}

static int
out_reserve(struct xlsx_out *o, size_t more, struct tally_err *err)
{
    size_t cap = o->cap == 0 ? OUT_FIRST : o->cap;
    struct tally_pii *mem;
    uint8_t *data;

    while (cap - o->len < more) {
        cap *= 2;
    }
    if (cap == o->cap) {
        return 0;
    }
    if (tally_pii_create(&mem, cap, err) != 0) {
        return -1;
    }
    data = tally_pii_alloc(mem, cap);
    if (o->len > 0) {
        memcpy(data, o->data, o->len);
    }
    tally_pii_free(o->mem);
    o->mem = mem;
    o->data = data;
    o->cap = cap;
    return 0;
}

static void
out_fill(struct xlsx_out *o, char c, size_t n)
{
    memset(o->data + o->len, c, n);
    o->len += n;
}

static bool
needs_quotes(const struct xlsx_sheet *s, const struct tally_cell *v)
{
    for (size_t i = 0; i < v->len; i++) {
        uint8_t c = v->data[i];

        if (c == '"' || c == '\n' || c == '\r' || c == (uint8_t)s->delimiter) {
            return true;
        }
    }
    return false;
}

static void
put_quoted(struct xlsx_out *o, const struct tally_cell *v)
{
    out_fill(o, '"', 1);
    for (size_t i = 0; i < v->len; i++) {
        if (v->data[i] == '"') {
            out_fill(o, '"', 1);
        }
        o->data[o->len++] = v->data[i];
    }
    out_fill(o, '"', 1);
}

/* The empty lines and empty cells before this cell, and room for ${len} bytes of it. */
static int
advance(struct xlsx_sheet *s, size_t len, struct tally_err *err)
{
    size_t lines = s->has_text ? 0 : s->row - s->line;
    size_t gap = s->column - (s->has_text ? s->written : 0);

    if (out_reserve(&s->out, lines + gap + len + TALLY_XLSX_COLUMNS_MAX, err) != 0) {
        return -1;
    }
    if (!s->has_text) {
        out_fill(&s->out, '\n', lines);
        s->row_start = s->out.len;
        s->has_text = true;
    }
    out_fill(&s->out, s->delimiter, gap);
    s->written = s->column;
    if (s->out.len - s->row_start + len > TALLY_CSV_ROW_MAX) {
        return cell_error(s, TALLY_E_LIMIT, "the row is over 8,388,608 bytes",
                          "take out columns that are not needed", err);
    }
    return 0;
}

static bool
is_blank(const struct tally_cell *v)
{
    for (size_t i = 0; i < v->len; i++) {
        if (v->data[i] != ' ' && v->data[i] != '\t') {
            return false;
        }
    }
    return true;
}

static int
beyond_header(const struct xlsx_sheet *s, struct tally_err *err)
{
    char ref[XLSX_REF_TEXT], last[XLSX_REF_TEXT];

    tally_err_set(err, TALLY_E_DATA,
                  "cell %s holds something, but the last column that has a name is that "
                  "of cell %s",
                  here(s, ref), xlsx_ref_print(s->width - 1, s->header, last));
    return tally_err_hint(err,
                          "the first row must name every column; delete notes beside "
                          "the table, and if titles stand above it, say which row names "
                          "the columns with --header-row N");
}

static int
put_cell(struct xlsx_sheet *s, const struct tally_cell *v, struct tally_err *err)
{
    if (is_blank(v) || s->row < s->header_row) {
        return 0;
    }
    if (s->width > 0 && s->column >= s->width) {
        return beyond_header(s, err);
    }
    if (advance(s, 2 * v->len + 2, err) != 0) {
        return -1;
    }
    if (needs_quotes(s, v)) {
        put_quoted(&s->out, v);
    } else {
        memcpy(s->out.data + s->out.len, v->data, v->len);
        s->out.len += v->len;
    }
    return 0;
}

static int
begin_row(struct xlsx_sheet *s, const char *const *atts, struct tally_err *err)
{
    uint32_t row = s->row + 1;

    if (s->in_row || row > TALLY_XLSX_ROWS_MAX ||
        xlsx_attr_number(atts, "r", TALLY_XLSX_ROWS_MAX, &row) != 0) {
        return damaged(s, "a row out of place", err);
    }
    if (row <= s->row) {
        tally_err_set(err, TALLY_E_DATA, "row %u comes after row %u", row, s->row);
        return tally_err_hint(err, XLSX_HINT_RESAVE);
    }
    s->row = row;
    s->column = s->next = 0;
    s->in_row = true;
    s->has_text = false;
    s->hidden = xlsx_attr_true(atts, "hidden");
    return 0;
}

static int
end_row(struct xlsx_sheet *s)
{
    s->in_row = false;
    if (!s->has_text) {
        return 0;
    }
    if (s->width == 0) {
        s->width = s->written + 1;
        s->header = s->row;
    } else {
        s->notes->hidden_rows += s->hidden;
    }
    /* advance() left room for this. */
    out_fill(&s->out, s->delimiter, s->width - 1 - s->written);
    out_fill(&s->out, '\n', 1);
    s->line = s->row + 1;
    s->last = s->row;
    return s->out.len >= XLSX_OUT_WANTED ? 1 : 0;
}

static int
begin_cell(struct xlsx_sheet *s, const char *const *atts, struct tally_err *err)
{
    static const struct {
        const char *name;
        char type;
    } types[] = {{"n", 'n'}, {"s", 's'}, {"str", 't'}, {"inlineStr", 't'},
                 {"b", 'b'}, {"d", 'd'}, {"e", 'e'}};
    const char *ref = xlsx_attr(atts, "r");
    const char *type = xlsx_attr(atts, "t");
    uint32_t col = s->next, row = s->row;

    memset(&s->cell, 0, sizeof s->cell);
    if (!s->in_row || s->in_cell || col >= TALLY_XLSX_COLUMNS_MAX ||
        (ref != NULL && (!xlsx_ref_read(&ref, &col, &row) || *ref != '\0')) ||
        xlsx_attr_number(atts, "s", UINT32_MAX, &s->cell.style) != 0) {
        return damaged(s, "a cell that cannot be read", err);
    }
    if (row != s->row || col < s->next) {
        return damaged(s, "a cell out of order", err);
    }
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (type == NULL || strcmp(type, types[i].name) == 0) {
            s->cell.type = types[i].type;
            break;
        }
    }
    s->column = col;
    s->next = col + 1;
    s->in_cell = true;
    s->in_phonetic = false;
    s->text.len = 0;
    return s->cell.type == 0 ? damaged(s, "a cell of an unknown type", err) : 0;
}

static int
put_shared(struct xlsx_sheet *s, struct tally_err *err)
{
    uint64_t i = 0;
    struct tally_cell v;

    for (size_t k = 0; k < s->text.len && i <= TALLY_XLSX_TEXTS_MAX; k++) {
        uint8_t c = s->text.data[k];

        i = c >= '0' && c <= '9' ? i * 10 + (c - '0') : UINT32_MAX;
    }
    if (s->text.len == 0 || !xlsx_strings_get(s->strings, (uint32_t)i, &v)) {
        return damaged(s, "a text that the workbook does not hold", err);
    }
    return put_cell(s, &v, err);
}

static int
put_boolean(struct xlsx_sheet *s, struct tally_err *err)
{
    const char *text = (const char *)s->text.data;
    bool yes = strcmp(text, "1") == 0 || strcmp(text, "true") == 0;
    struct tally_cell v = {(const uint8_t *)(yes ? "TRUE" : "FALSE"), yes ? 4 : 5};

    if (!yes && strcmp(text, "0") != 0 && strcmp(text, "false") != 0) {
        return damaged(s, "a cell that should be true or false is neither", err);
    }
    return put_cell(s, &v, err);
}

/* A date as text, 2001-02-03T00:00:00: midnight is left out. */
static int
put_iso_date(struct xlsx_sheet *s, struct tally_err *err)
{
    struct tally_cell v = {s->text.data, s->text.len};

    if (v.len > 10 && v.data[10] == 'T') {
        const char *clock = (const char *)v.data + 11;

        if (clock[strspn(clock, "0:.Z")] == '\0') {
            v.len = 10;
        } else {
            s->text.data[10] = ' ';
        }
    }
    return put_cell(s, &v, err);
}

static int
put_number(struct xlsx_sheet *s, struct tally_err *err)
{
    char printed[XLSX_NUMBER_TEXT];
    struct xlsx_format format;
    struct tally_cell v = {(const uint8_t *)printed, 0};

    if (!xlsx_styles_get(s->styles, s->cell.style, &format)) {
        return damaged(s, "a cell of a style that the workbook does not hold", err);
    }
    switch (xlsx_number_print((const char *)s->text.data, format, s->date1904, printed)) {
    case XLSX_NUMBER_BAD:
        return damaged(s, "a cell that should be a number is none", err);
    case XLSX_NUMBER_RANGE:
        s->notes->error_cells++;
        return 0;
    case XLSX_NUMBER_LONG:
        s->notes->long_numbers++;
        break;
    case XLSX_NUMBER_OK:
        break;
    }
    v.len = strlen(printed);
    return put_cell(s, &v, err);
}

static int
no_value(const struct xlsx_sheet *s, struct tally_err *err)
{
    return cell_error(s, TALLY_E_DATA, "a formula that has no value",
                      "open the workbook in a spreadsheet, so that it calculates, and "
                      "save it again",
                      err);
}

static int
end_cell(struct xlsx_sheet *s, struct tally_err *err)
{
    const struct xlsx_cell *c = &s->cell;
    struct tally_cell v;

    s->in_cell = false;
    s->text.data[s->text.len] = 0;
    if (c->formula && (!c->value || (s->text.len == 0 && c->type != 't'))) {
        return no_value(s, err);
    }
    if (!c->value || (s->text.len == 0 && c->type != 's')) {
        return 0;
    }
    switch (c->type) {
    case 's':
        return put_shared(s, err);
    case 't':
        xlsx_text_unescape(&s->text);
        v.data = s->text.data;
        v.len = s->text.len;
        return put_cell(s, &v, err);
    case 'b':
        return put_boolean(s, err);
    case 'd':
        return put_iso_date(s, err);
    case 'e':
        s->notes->error_cells++;
        return 0;
    default:
        return put_number(s, err);
    }
}

/* Only the first of merged cells has their text, so the others would be missing. */
static int
check_merged(const struct xlsx_sheet *s, const char *const *atts, struct tally_err *err)
{
    const char *ref = xlsx_attr(atts, "ref");
    const char *at = ref;
    uint32_t col[2] = {0, 0}, row[2] = {0, 0};

    if (ref == NULL || !xlsx_ref_read(&at, &col[0], &row[0]) || *at++ != ':' ||
        !xlsx_ref_read(&at, &col[1], &row[1]) || *at != '\0') {
        return damaged(s, "merged cells that cannot be read", err);
    }
    if (row[1] < s->header || row[0] > s->last || col[0] >= s->width) {
        return 0;
    }
    tally_err_set(err, TALLY_E_DATA,
                  "cells %s are merged, so that only the first of them has a value", ref);
    return tally_err_hint(err, "unmerge the cells, and fill in each that should have the "
                               "value");
}

static int
on_start(void *ctx, const char *name, const char *const *atts, struct tally_err *err)
{
    struct xlsx_sheet *s = ctx;

    if (strcmp(name, "sheetData") == 0) {
        s->in_data = true;
    } else if (strcmp(name, "mergeCell") == 0) {
        return check_merged(s, atts, err);
    } else if (s->in_data && strcmp(name, "c") == 0) {
        return begin_cell(s, atts, err);
    } else if (s->in_data && strcmp(name, "row") == 0) {
        return begin_row(s, atts, err);
    }
    s->collect = false;
    if (!s->in_cell) {
        return 0;
    }
    if (strcmp(name, "v") == 0) {
        s->collect = s->cell.value = true;
        s->text.len = 0;
    } else if (strcmp(name, "t") == 0) {
        s->collect = !s->in_phonetic;
        s->cell.value = true;
    } else if (strcmp(name, "rPh") == 0) {
        s->in_phonetic = true;
    } else if (strcmp(name, "f") == 0) {
        s->cell.formula = true;
    }
    return 0;
}

static int
on_text(void *ctx, const char *p, size_t len, struct tally_err *err)
{
    struct xlsx_sheet *s = ctx;

    if (s->collect && !xlsx_text_add(&s->text, p, len)) {
        return cell_error(s, TALLY_E_LIMIT, "a text over 131,072 bytes",
                          "save the sheet as \"CSV UTF-8\"", err);
    }
    return 0;
}

static int
on_end(void *ctx, const char *name, struct tally_err *err)
{
    struct xlsx_sheet *s = ctx;

    s->collect = false;
    if (s->in_cell && strcmp(name, "c") == 0) {
        return end_cell(s, err);
    }
    if (s->in_row && strcmp(name, "row") == 0) {
        return end_row(s);
    }
    if (strcmp(name, "rPh") == 0) {
        s->in_phonetic = false;
    } else if (strcmp(name, "sheetData") == 0) {
        s->in_data = false;
    }
    return 0;
}

const struct xlsx_events xlsx_sheet_events = {on_start, on_end, on_text};

int
xlsx_sheet_begin(struct xlsx_sheet *s, struct tally_err *err)
{
    s->line = 1;
    return xlsx_text_open(&s->text, err);
}

void
xlsx_sheet_end(struct xlsx_sheet *s)
{
    xlsx_text_close(&s->text);
    tally_pii_free(s->out.mem);
}

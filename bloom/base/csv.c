/*
 * The CSV reader: opening, the header, and rows with their text checked, doubled quotes
 * taken out and Windows-1252 decoded. Rows are cut by csv_rows.c.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/csv.h"

#include "bloom/base/csv_rows.h"
#include "bloom/base/secret.h"
#include "bloom/base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* What programs separate cells by, in the order in which a header is searched. */
static const char DELIMITERS[] = "\t;|~^,";

/* Doubled quotes of the cells that were quoted become single, in place. A byte before the
 * cell is a quote only when the cell was quoted: otherwise it is a delimiter or not of
 * the row. */
static void
unescape_row(const struct tally_csv *c, const struct tally_csv_scan *s)
{
    for (size_t i = 0; i < s->ncells; i++) {
        const uint8_t *from = s->cells[i].data;
        size_t len = s->cells[i].len;
        uint8_t *to;
        size_t n = 0;

        if (from == s->start || from[-1] != '"' || memchr(from, '"', len) == NULL) {
            continue;
        }
        to = c->block + (from - c->block);
        for (size_t k = 0; k < len; k++) {
            to[n++] = from[k];
            k += from[k] == '"';
        }
        s->cells[i].len = n;
    }
}

static int
not_utf8(const struct tally_csv *c, const struct tally_csv_scan *s, struct tally_err *err)
{
    size_t i = 0;

    while (i + 1 < s->ncells && tally_text_valid(s->cells[i].data, s->cells[i].len)) {
        i++;
    }
    tally_csv_cell_error(c, err, TALLY_E_TEXT, i, "the text is not valid UTF-8");
    return tally_err_hint(err, "if the file was saved by an older program, try "
                               "--input-encoding windows-1252");
}

/* Room for this row's decoded cells: three bytes for one at most. */
static int
decoded_reserve(struct tally_csv *c, size_t need, struct tally_err *err)
{
    struct tally_pii *mem;

    if (c->decoded_mem == NULL || need > c->decoded_cap) {
        if (tally_pii_create(&mem, need, err) != 0) {
            return -1;
        }
        tally_pii_free(c->decoded_mem);
        c->decoded_mem = mem;
        c->decoded_cap = need;
    } else {
        tally_pii_reset(c->decoded_mem);
    }
    c->decoded = tally_pii_alloc(c->decoded_mem, need);
    TALLY_INVARIANT(c->decoded != NULL);
    c->decoded_len = 0;
    return 0;
}

static int
decode_row(struct tally_csv *c, const struct tally_csv_scan *s, struct tally_err *err)
{
    if (decoded_reserve(c, 3 * (size_t)(s->p - s->start), err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < s->ncells; i++) {
        uint8_t *to = c->decoded + c->decoded_len;
        size_t bad = 0;
        ptrdiff_t n = tally_text_from_1252(s->cells[i].data, s->cells[i].len, to,
                                           c->decoded_cap - c->decoded_len, &bad);

        if (n < 0) {
            tally_csv_cell_error(c, err, TALLY_E_TEXT, i,
                                 "a byte that windows-1252 does not define");
            return tally_err_hint(err, "the file may be UTF-8: try without "
                                       "--input-encoding");
        }
        s->cells[i].data = to;
        s->cells[i].len = (size_t)n;
        c->decoded_len += (size_t)n;
    }
    return 0;
}

/* Check and finish the text of a row whose cells are all in ${s->cells}. */
static int
finish_row(struct tally_csv *c, const struct tally_csv_scan *s, struct tally_err *err)
{
    bool utf8 = c->encoding == TALLY_TEXT_UTF8;

    if (utf8 && !tally_text_valid(s->start, (size_t)(s->p - s->start))) {
        return not_utf8(c, s, err);
    }
    unescape_row(c, s);
    return utf8 ? 0 : decode_row(c, s, err);
}

static bool
is_blank_line(const struct tally_csv_scan *s)
{
    for (const uint8_t *p = s->start; p < s->p; p++) {
        if (*p != ' ' && *p != '\t') {
            return false;
        }
    }
    return true;
}

static bool
is_book(const struct tally_csv *c)
{
    return c->notes.sheet != NULL;
}

/* Where the name in ${cell} begins and ends without surrounding blanks. */
static struct tally_cell
trim(struct tally_cell cell)
{
    while (cell.len > 0 && cell.data[0] <= ' ') {
        cell.data++;
        cell.len--;
    }
    while (cell.len > 0 && cell.data[cell.len - 1] <= ' ') {
        cell.len--;
    }
    return cell;
}

/* Spreadsheets write columns that were once used, and programs one of row numbers,
 * without a name: these go by their number. Where most have none, the row is no header.
 */
static int
check_nameless(const struct tally_csv *c, const struct tally_csv_scan *s,
               struct tally_err *err)
{
    char path[TALLY_CSV_SHOWN_PATH];
    size_t nameless = 0, first = 0;

    for (size_t i = s->ncells; i-- > 0;) {
        if (trim(s->cells[i]).len == 0) {
            nameless++;
            first = i;
        }
    }
    if (2 * nameless < s->ncells) {
        return 0;
    }
    tally_err_set(err, TALLY_E_CSV, "%s: row %llu column %zu: the column has no name",
                  tally_csv_shown_path(c, path), (unsigned long long)c->row, first + 1);
    return tally_err_hint(err, "if titles stand above the row of column names, say which "
                               "row it is with --header-row N");
}

static int
check_name(const struct tally_csv *c, size_t i, struct tally_err *err)
{
    char path[TALLY_CSV_SHOWN_PATH];

    for (size_t k = 0; k < i; k++) {
        if (strcmp(c->names[k], c->names[i]) == 0) {
            /* Not which name: in a file without a header it is what a record says. */
            tally_err_set(
                err, TALLY_E_CSV, "%s: row %llu: columns %zu and %zu have the same name",
                tally_csv_shown_path(c, path), (unsigned long long)c->row, k + 1, i + 1);
            return tally_err_hint(err, "the first row must give each column a name of "
                                       "its own");
        }
    }
    return 0;
}

/* Columns named by the cells of the header, or by their number. */
static int
name_columns(struct tally_csv *c, const struct tally_csv_scan *s, struct tally_err *err)
{
    if (!c->no_header && check_nameless(c, s, err) != 0) {
        return -1;
    }
    c->names = calloc(s->ncells, sizeof *c->names);
    if (c->names == NULL) {
        return tally_err_nomem(err);
    }
    c->ncols = s->ncells;
    for (size_t i = 0; i < c->ncols; i++) {
        struct tally_cell name = trim(s->cells[i]);
        char number[32];

        snprintf(number, sizeof number, c->no_header ? "%zu" : "(column %zu)", i + 1);
        c->names[i] = c->no_header || name.len == 0
                          ? strdup(number)
                          : strndup((const char *)name.data, name.len);
        if (c->names[i] == NULL) {
            return tally_err_nomem(err);
        }
    }
    for (size_t i = 0; i < c->ncols; i++) {
        if (check_name(c, i, err) != 0) {
            return -1;
        }
    }
    return 0;
}

static enum tally_csv_found
set_delimiter(struct tally_csv *c, char delimiter, struct tally_csv_scan *s,
              struct tally_err *err)
{
    c->stop[c->delimiter] = 0;
    c->delimiter = (uint8_t)delimiter;
    c->stop[c->delimiter] = 1;
    c->notes.delimiter = delimiter;
    return tally_csv_cut_row(c, s, err);
}

/* Programs write tabs and semicolons for commas, whatever the file is called: a first row
 * without a comma but with one of these is of a file that is separated so. */
static enum tally_csv_found
find_delimiter(struct tally_csv *c, struct tally_csv_scan *s, struct tally_err *err)
{
    for (const char *d = DELIMITERS; *d != '\0'; d++) {
        if (memchr(s->start, *d, (size_t)(s->p - s->start)) != NULL) {
            return set_delimiter(c, *d, s, err);
        }
    }
    return TALLY_CSV_CUT;
}

/* Step over what stands above row ${header_row}, the first being 1; and over blank lines.
 */
static enum tally_csv_found
skip_to_header(struct tally_csv *c, struct tally_csv_scan *s, uint64_t header_row,
               struct tally_err *err)
{
    enum tally_csv_found r;

    while ((r = tally_csv_cut_row(c, s, err)) == TALLY_CSV_CUT &&
           (c->row + 1 < header_row || (s->ncells == 1 && is_blank_line(s)))) {
        tally_csv_pass_row(c, s);
    }
    return r;
}

/* Excel's own way to say what separates cells: a first row "sep=;" and nothing else. */
static enum tally_csv_found
obey_sep(struct tally_csv *c, struct tally_csv_scan *s, struct tally_err *err)
{
    char delimiter;

    if (s->p - s->start != 5 || memcmp(s->start, "sep=", 4) != 0) {
        return TALLY_CSV_CUT;
    }
    delimiter = (char)s->start[4];
    if (memchr(DELIMITERS, delimiter, sizeof DELIMITERS - 1) == NULL) {
        return TALLY_CSV_CUT;
    }
    tally_csv_pass_row(c, s);
    c->delimiter_given = true;
    return set_delimiter(c, delimiter, s, err);
}

/* The first row that is not blank says how many columns there are. Without a header it is
 * left where it is, to be read again as data. */
static int
read_header(struct tally_csv *c, struct tally_csv_scan *s, uint64_t header_row,
            struct tally_err *err)
{
    enum tally_csv_found r = skip_to_header(c, s, header_row, err);
    char path[TALLY_CSV_SHOWN_PATH];

    if (r == TALLY_CSV_CUT && !c->delimiter_given && !is_book(c)) {
        r = obey_sep(c, s, err);
    }
    if (r == TALLY_CSV_CUT && s->ncells == 1 && !c->delimiter_given && !is_book(c)) {
        r = find_delimiter(c, s, err);
    }
    if (r == TALLY_CSV_END) {
        return tally_err_set(err, TALLY_E_CSV, "%s: the %s is empty",
                             tally_csv_shown_path(c, path),
                             is_book(c) ? "sheet" : "file");
    }
    if (r != TALLY_CSV_CUT) {
        return -1;
    }
    if (s->ncells > TALLY_CSV_COLUMNS_MAX) {
        return tally_err_set(err, TALLY_E_LIMIT, "%s: %zu columns, over the limit of %u",
                             tally_csv_shown_path(c, path), s->ncells,
                             TALLY_CSV_COLUMNS_MAX);
    }
    if (c->no_header) {
        return name_columns(c, s, err);
    }
    if (finish_row(c, s, err) != 0) {
        return -1;
    }
    tally_csv_pass_row(c, s);
    return name_columns(c, s, err);
}

static int
open_header(struct tally_csv *c, uint64_t header_row, struct tally_err *err)
{
    struct tally_csv_scan s = {.max = TALLY_CSV_COLUMNS_MAX};
    int r;

    s.cells = calloc(s.max, sizeof *s.cells);
    if (s.cells == NULL) {
        return tally_err_nomem(err);
    }
    r = read_header(c, &s, header_row, err);
    free(s.cells);
    return r;
}

static int
set_options(struct tally_csv *c, const char *path,
            const struct tally_csv_options *options, struct tally_err *err)
{
    size_t len = strlen(path);
    char delimiter = options->delimiter;

    if (delimiter == '\0') {
        bool tabs = len >= 4 && strcasecmp(path + len - 4, ".tsv") == 0;

        delimiter = tabs ? '\t' : ',';
    }
    if (delimiter == '"' || delimiter == '\n' || delimiter == '\r' || delimiter < 0) {
        return tally_err_set(err, TALLY_E_USAGE,
                             "the delimiter must be one ASCII character, and not a quote "
                             "or a line end");
    }
    c->delimiter = (uint8_t)delimiter;
    c->delimiter_given = options->delimiter != '\0';
    c->stop[c->delimiter] = c->stop['\n'] = c->stop['\r'] = c->stop[0] = 1;
    c->encoding = options->encoding;
    c->no_header = options->no_header;
    c->path = strdup(path);
    return c->path == NULL ? tally_err_nomem(err) : 0;
}

int
tally_csv_open(struct tally_csv **out, const char *path,
               const struct tally_csv_options *options, struct tally_err *err)
{
    static const struct tally_csv_options plain;
    struct tally_csv *c = calloc(1, sizeof *c);

    if (c == NULL) {
        return tally_err_nomem(err);
    }
    options = options == NULL ? &plain : options;
    c->fd = -1;
    if (set_options(c, path, options, err) != 0 || tally_csv_open_input(c, err) != 0 ||
        tally_csv_fill(c, err) != 0 || tally_csv_check_start(c, options, err) != 0 ||
        open_header(c, options->header_row, err) != 0) {
        tally_csv_free(c);
        return -1;
    }
    *out = c;
    return 0;
}

void
tally_csv_free(struct tally_csv *c)
{
    if (c == NULL) {
        return;
    }
    tally_csv_close_input(c);
    for (size_t i = 0; c->names != NULL && i < c->ncols; i++) {
        if (c->names[i] != NULL) { /* a record, when the file has no header */
            tally_wipe(c->names[i], strlen(c->names[i]));
        }
        free(c->names[i]);
    }
    free(c->names);
    tally_pii_free(c->decoded_mem);
    tally_pii_free(c->block_mem);
    free(c->path);
    free(c);
}

size_t
tally_csv_columns(const struct tally_csv *c)
{
    return c->ncols;
}

const char *
tally_csv_column(const struct tally_csv *c, size_t i)
{
    return c->names[i];
}

ptrdiff_t
tally_csv_find(const struct tally_csv *c, const char *name)
{
    for (size_t i = 0; i < c->ncols; i++) {
        if (strcmp(c->names[i], name) == 0) {
            return (ptrdiff_t)i;
        }
    }
    return -1;
}

uint64_t
tally_csv_row(const struct tally_csv *c)
{
    return c->row;
}

uint64_t
tally_csv_bytes(const struct tally_csv *c)
{
    return c->passed + c->pos;
}

uint64_t
tally_csv_size(const struct tally_csv *c)
{
    return c->size;
}

const char *
tally_csv_path(const struct tally_csv *c)
{
    return c->path;
}

const struct tally_csv_notes *
tally_csv_notes(const struct tally_csv *c)
{
    return &c->notes;
}

/* The row being read has another number of cells than the header has columns. */
static int
ragged(const struct tally_csv *c, size_t ncells, struct tally_err *err)
{
    char path[TALLY_CSV_SHOWN_PATH];

    tally_err_set(err, TALLY_E_CSV,
                  "%s: row %llu: %zu cell%s where the %s has %zu column%s",
                  tally_csv_shown_path(c, path), (unsigned long long)c->row + 1, ncells,
                  ncells == 1 ? "" : "s", c->no_header ? "first row" : "header", c->ncols,
                  c->ncols == 1 ? "" : "s");
    if (c->ncols == 1 && !c->no_header) {
        return tally_err_hint(err, "if titles stand above the row of column names, say "
                                   "which row it is with --header-row N");
    }
    return tally_err_hint(err, ncells < c->ncols
                                   ? "delete notes and totals below the table; a cell "
                                     "with a line end in it stands in double quotes"
                                   : "a cell that holds the sign between cells stands in "
                                     "double quotes");
}

int
tally_csv_next(struct tally_csv *c, struct tally_cell *cells, struct tally_err *err)
{
    struct tally_csv_scan s = {.cells = cells, .max = c->ncols};
    enum tally_csv_found r;

    while ((r = tally_csv_cut_row(c, &s, err)) == TALLY_CSV_CUT) {
        if (s.ncells == c->ncols && !(is_book(c) && is_blank_line(&s))) {
            break;
        }
        if (s.ncells != 1 || !is_blank_line(&s)) {
            return ragged(c, s.ncells, err);
        }
        tally_csv_pass_row(c, &s);
    }
    if (r != TALLY_CSV_CUT) {
        return r == TALLY_CSV_END ? 0 : -1;
    }
    if (finish_row(c, &s, err) != 0) {
        return -1;
    }
    tally_csv_pass_row(c, &s);
    return 1;
}

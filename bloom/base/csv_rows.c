/*
 * Cutting rows out of a CSV file. A block of the file is held in memory, ended by a NUL
 * so that no scan needs to count; a row that the block ends in is scanned again once
 * more of the file is there, so a scan must leave the block as it is.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/csv_rows.h"

#include "bloom/base/secret.h"
#include "bloom/base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define BLOCK_BYTES ((size_t)1 << 20)
#define BLOCK_SPARE ((size_t)4096) /* behind a small file: to see that it ends */
/* The longest row, its line end and what must be seen after it. */
#define BLOCK_MAX ((size_t)TALLY_CSV_ROW_MAX + 64)

const char *
tally_csv_shown_path(const struct tally_csv *c, char out[TALLY_CSV_SHOWN_PATH])
{
    bool input = strcmp(c->path, "-") == 0;
    size_t len;

    tally_text_printable(input ? "standard input" : c->path, out, TALLY_CSV_SHOWN_FILE);
    if (c->notes.sheet != NULL) {
        len = strlen(out);
        snprintf(out + len, TALLY_CSV_SHOWN_PATH - len, ": sheet '%s'", c->notes.sheet);
    }
    return out;
}

int
tally_csv_cell_error(const struct tally_csv *c, struct tally_err *err,
                     enum tally_code code, size_t col, const char *fmt, ...)
{
    char path[TALLY_CSV_SHOWN_PATH];
    char name[TALLY_CSV_SHOWN_NAME];
    char what[256];
    va_list ap;
    unsigned long long row = c->row + 1;

    va_start(ap, fmt);
    vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    if (col >= c->ncols) {
        return tally_err_set(err, code, "%s: row %llu column %zu: %s",
                             tally_csv_shown_path(c, path), row, col + 1, what);
    }
    tally_text_printable(c->names[col], name, sizeof name);
    return tally_err_set(err, code, "%s: row %llu column '%s': %s",
                         tally_csv_shown_path(c, path), row, name, what);
}

/* Move what is not yet read to the front and wipe the rest. */
static void
block_shift(struct tally_csv *c)
{
    size_t rest = c->len - c->pos;

    memmove(c->block, c->block + c->pos, rest);
    tally_wipe(c->block + rest, c->len - rest);
    c->passed += c->pos;
    c->pos = 0;
    c->len = rest;
}

/* No more memory is locked and wiped than a small file needs. */
static size_t
first_block(const struct tally_csv *c)
{
    return c->size > 0 && c->size < BLOCK_BYTES ? (size_t)c->size + BLOCK_SPARE
                                                : BLOCK_BYTES;
}

static int
block_grow(struct tally_csv *c, struct tally_err *err)
{
    size_t cap = c->cap == 0 ? first_block(c) : c->cap * 2;
    struct tally_pii *mem;
    uint8_t *bigger;

    cap = cap > BLOCK_MAX ? BLOCK_MAX : cap;
    if (tally_pii_create(&mem, cap + 1, err) != 0) {
        return -1;
    }
    bigger = tally_pii_alloc(mem, cap + 1);
    TALLY_INVARIANT(bigger != NULL);
    if (c->len > 0) {
        memcpy(bigger, c->block, c->len);
    }
    tally_pii_free(c->block_mem);
    c->block_mem = mem;
    c->block = bigger;
    c->cap = cap;
    return 0;
}

int
tally_csv_fill(struct tally_csv *c, struct tally_err *err)
{
    if (c->pos > 0) {
        block_shift(c);
    }
    if (c->len == c->cap && block_grow(c, err) != 0) {
        return -1;
    }
    while (c->len < c->cap && !c->eof) {
        ptrdiff_t n = tally_csv_read(c, c->block + c->len, c->cap - c->len, err);

        if (n < 0) {
            return -1;
        }
        c->len += (size_t)n;
        c->eof = n == 0;
    }
    c->block[c->len] = 0;
    return 0;
}

/* A NUL stopped the scan: the end of the block, the end of the file, or one in it. */
static enum tally_csv_found
scan_nul(const struct tally_csv *c, const struct tally_csv_scan *s, struct tally_err *err)
{
    if (s->p < c->block + c->len) {
        tally_csv_cell_error(c, err, TALLY_E_CSV, s->ncells, "a NUL byte in the text");
        tally_err_hint(err, "the file may be damaged or may not be CSV; export it again");
        return TALLY_CSV_ERROR;
    }
    return c->eof ? TALLY_CSV_END : TALLY_CSV_MORE;
}

static enum tally_csv_found
scan_unquoted(const struct tally_csv *c, struct tally_csv_scan *s, struct tally_err *err)
{
    const uint8_t *p = s->p;

    while (c->stop[*p] == 0) {
        p++;
    }
    s->p = p;
    return *p == 0 ? scan_nul(c, s, err) : TALLY_CSV_CUT;
}

/* The end of a quoted cell whose first byte is ${s->p}; ${end} is its closing quote. */
static enum tally_csv_found
scan_quoted(const struct tally_csv *c, struct tally_csv_scan *s, const uint8_t **end,
            struct tally_err *err)
{
    const uint8_t *p = s->p;
    enum tally_csv_found r;

    for (;;) {
        while (*p != '"' && *p != 0) {
            p++;
        }
        s->p = p;
        if (*p == 0) {
            r = scan_nul(c, s, err);
            if (r == TALLY_CSV_END) {
                tally_csv_cell_error(c, err, TALLY_E_CSV, s->ncells,
                                     "a quote that opens here is never closed");
                tally_err_hint(err, "look for a stray \" in this row");
                return TALLY_CSV_ERROR;
            }
            return r;
        }
        if (p[1] != '"') {
            break;
        }
        p += 2;
    }
    *end = p;
    s->p = p + 1;
    if (c->stop[*s->p] == 0) {
        tally_csv_cell_error(c, err, TALLY_E_CSV, s->ncells,
                             "text after a closing quote");
        tally_err_hint(err, "inside a quoted cell a quote is written twice");
        return TALLY_CSV_ERROR;
    }
    return *s->p == 0 ? scan_nul(c, s, err) : TALLY_CSV_CUT;
}

/* The cell at ${s->p}, without its quotes. TALLY_CSV_END: the file ends after it. */
static enum tally_csv_found
scan_cell(const struct tally_csv *c, struct tally_csv_scan *s, struct tally_err *err)
{
    const uint8_t *start = s->p;
    const uint8_t *end = NULL;
    enum tally_csv_found r;

    if (*start == '"') {
        s->p = ++start;
        r = scan_quoted(c, s, &end, err);
    } else {
        r = scan_unquoted(c, s, err);
    }
    if (r == TALLY_CSV_ERROR) {
        return r;
    }
    end = end == NULL ? s->p : end;
    if ((size_t)(end - start) > TALLY_CSV_FIELD_MAX) {
        tally_csv_cell_error(c, err, TALLY_E_LIMIT, s->ncells, "a cell over %u bytes",
                             TALLY_CSV_FIELD_MAX);
        tally_err_hint(err, "look for a \" in this row that is never closed");
        return TALLY_CSV_ERROR;
    }
    if (s->ncells < s->max) {
        s->cells[s->ncells].data = start;
        s->cells[s->ncells].len = (size_t)(end - start);
    }
    return r;
}

/* The cells of the row at pos; ${s->p} is left at the byte that ended it. */
static enum tally_csv_found
scan_row(const struct tally_csv *c, struct tally_csv_scan *s, struct tally_err *err)
{
    enum tally_csv_found r;
    char path[TALLY_CSV_SHOWN_PATH];

    s->ncells = 0;
    s->start = s->p = c->block + c->pos;
    for (;;) {
        r = scan_cell(c, s, err);
        if (r == TALLY_CSV_ERROR || r == TALLY_CSV_MORE) {
            break;
        }
        s->ncells++;
        if (r == TALLY_CSV_END || *s->p != c->delimiter) {
            break;
        }
        s->p++;
    }
    if (r != TALLY_CSV_ERROR && (size_t)(s->p - s->start) > TALLY_CSV_ROW_MAX) {
        tally_err_set(err, TALLY_E_LIMIT, "%s: row %llu: a row over %u bytes",
                      tally_csv_shown_path(c, path), (unsigned long long)c->row + 1,
                      TALLY_CSV_ROW_MAX);
        tally_err_hint(err, "look for a \" that is never closed, or for lines without an "
                            "end");
        return TALLY_CSV_ERROR;
    }
    /* A line feed may follow the carriage return, once it can be seen. */
    if (r == TALLY_CSV_CUT && *s->p == '\r' && s->p + 1 == c->block + c->len && !c->eof) {
        return TALLY_CSV_MORE;
    }
    return r == TALLY_CSV_END ? TALLY_CSV_CUT : r;
}

enum tally_csv_found
tally_csv_cut_row(struct tally_csv *c, struct tally_csv_scan *s, struct tally_err *err)
{
    for (;;) {
        enum tally_csv_found r;

        if (c->pos == c->len && c->eof) {
            return TALLY_CSV_END;
        }
        if (c->pos < c->len) {
            r = scan_row(c, s, err);
            if (r != TALLY_CSV_MORE) {
                return r;
            }
        }
        if (tally_csv_fill(c, err) != 0) {
            return TALLY_CSV_ERROR;
        }
    }
}

void
tally_csv_pass_row(struct tally_csv *c, const struct tally_csv_scan *s)
{
    const uint8_t *p = s->p;

    if (p < c->block + c->len) {
        p += p[0] == '\r' && p[1] == '\n' ? 2 : 1;
    }
    c->pos = (size_t)(p - c->block);
    c->row++;
}

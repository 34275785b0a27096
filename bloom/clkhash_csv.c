/*
 * The legacy encoder's CSV. A row is first found, then cut, so that a row that does not
 * fit in what was read can be looked for again when there is more.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/clkhash_csv.h"

#include "bloom/base/file.h"
#include "bloom/base/pii.h"
#include "bloom/base/secret.h"
#include "bloom/base/text.h"
#include "bloom/clkhash_text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define READ_BYTES (1u << 20)
#define BLOCK_MAX  (TALLY_CSV_ROW_MAX + READ_BYTES)
#define SHOWN_PATH 256

struct tally_clkhash_csv {
    int fd;
    char name[SHOWN_PATH];
    bool eof;
    struct tally_pii *arena;
    uint8_t *block;
    size_t cap;
    size_t len;
    size_t pos; /* start of the next row */
    uint64_t row;
};

int
tally_clkhash_csv_open(struct tally_clkhash_csv **out, const char *path,
                       struct tally_err *err)
{
    struct tally_clkhash_csv *c = calloc(1, sizeof *c);
    bool standard = strcmp(path, "-") == 0;

    if (c == NULL) {
        return tally_err_nomem(err);
    }
    tally_text_printable(standard ? "standard input" : path, c->name, sizeof c->name);
    c->fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (c->fd < 0) {
        (void)tally_err_errno(err, TALLY_E_NO_FILE, "cannot open '%s'", c->name);
        free(c);
        return -1;
    }
    c->cap = 2 * READ_BYTES;
    if (tally_pii_create(&c->arena, c->cap, err) != 0) {
        tally_clkhash_csv_free(c);
        return -1;
    }
    c->block = tally_pii_alloc(c->arena, c->cap);
    *out = c;
    return 0;
}

/* A block large enough for the longest row, once one has come that needs it. */
static int
grow(struct tally_clkhash_csv *c, struct tally_err *err)
{
    struct tally_pii *larger = NULL;
    uint8_t *block;

    if (tally_pii_create(&larger, BLOCK_MAX, err) != 0) {
        return -1;
    }
    block = tally_pii_alloc(larger, BLOCK_MAX);
    memcpy(block, c->block, c->len);
    tally_pii_free(c->arena);
    c->arena = larger;
    c->block = block;
    c->cap = BLOCK_MAX;
    return 0;
}

static int
read_more(struct tally_clkhash_csv *c, struct tally_err *err)
{
    size_t left = c->len - c->pos;
    ptrdiff_t n = 1;

    memmove(c->block, c->block + c->pos, left);
    if (c->len > left) {
        tally_wipe(c->block + left, c->len - left);
    }
    c->len = left;
    c->pos = 0;
    if (left > TALLY_CSV_ROW_MAX) {
        return tally_err_set(err, TALLY_E_LIMIT, "%s: row %llu: more than %u bytes",
                             c->name, (unsigned long long)c->row + 1, TALLY_CSV_ROW_MAX);
    }
    if (c->cap - c->len < READ_BYTES && grow(c, err) != 0) {
        return -1;
    }
    /* As much as there is room for: a pipe gives little at a time, and a row that is not
     * whole is looked at anew after each reading. */
    while (n > 0 && c->len < c->cap) {
        n = tally_read(c->fd, c->block + c->len, c->cap - c->len, c->name, err);
        c->len += n > 0 ? (size_t)n : 0;
    }
    c->eof = n == 0;
    return n < 0 ? -1 : 0;
}

/* Where the row at ${pos} ends (its line end not counted), and where the next begins. */
struct extent {
    size_t end;
    size_t next;
    bool open; /* a quote is not closed */
};

/* The end of a row that is whole in the block; false when more must be read. Inside
 * quotes a doubled quote closes and opens again, which comes to the same here. */
static bool
find_end(const struct tally_clkhash_csv *c, struct extent *out)
{
    bool begins = true; /* at the first byte of a cell */
    bool quoted = false;
    bool closed = false; /* the last byte was a closing quote */

    for (size_t i = c->pos; i < c->len; i++) {
        uint8_t b = c->block[i];

        if (quoted) {
            closed = b == '"';
            quoted = !closed;
        } else if (b == '"' && (begins || closed)) {
            quoted = true;
            begins = closed = false;
        } else if (b == '\n' || b == '\r') {
            if (b == '\r' && i + 1 == c->len && !c->eof) {
                return false;
            }
            out->end = i;
            out->next = i + 1 + (b == '\r' && i + 1 < c->len && c->block[i + 1] == '\n');
            return true;
        } else {
            begins = b == ',';
            closed = false;
        }
    }
    out->end = out->next = c->len;
    out->open = quoted;
    return c->eof;
}

/* Copy the cell at ${p} to ${to} without its quotes. Its end is where ${p} ends up: at a
 * comma or at ${end}. Writes never overtake reads. */
static size_t
unquote(uint8_t **p, const uint8_t *end, uint8_t *to)
{
    uint8_t *s = *p + 1;
    bool quoted = true;
    size_t n = 0;

    for (; s < end; s++) {
        if (quoted && *s == '"') {
            if (s + 1 < end && s[1] == '"') {
                to[n++] = *s++;
            } else {
                quoted = false;
            }
        } else if (quoted && *s == '\r') {
            to[n++] = '\n';
            s += s + 1 < end && s[1] == '\n';
        } else if (!quoted && *s == ',') {
            break;
        } else {
            to[n++] = *s;
        }
    }
    *p = s;
    return n;
}

/* Cut the row into cells, in place. */
static void
cut(uint8_t *p, const uint8_t *end, struct tally_cell *cells, size_t max, size_t *count)
{
    size_t n = 0;

    for (;; p++) {
        struct tally_cell cell = {p, 0};

        if (p < end && *p == '"') {
            cell.len = unquote(&p, end, p);
        } else {
            uint8_t *comma = memchr(p, ',', (size_t)(end - p));

            p += comma != NULL ? comma - p : end - p;
            cell.len = (size_t)(p - cell.data);
        }
        if (n < max) {
            cells[n] = cell;
        }
        n++;
        if (p >= end) {
            break;
        }
    }
    *count = n;
}

static int
row_error(const struct tally_clkhash_csv *c, struct tally_err *err, enum tally_code code,
          const char *what)
{
    return tally_err_set(err, code, "%s: row %llu: %s", c->name,
                         (unsigned long long)c->row, what);
}

static int
check_row(const struct tally_clkhash_csv *c, const struct extent *e,
          struct tally_err *err)
{
    const uint8_t *p = c->block + c->pos;
    size_t len = e->end - c->pos;

    if (e->open) {
        return row_error(c, err, TALLY_E_CSV, "a quote is never closed");
    }
    if (memchr(p, '\0', len) != NULL) {
        return row_error(c, err, TALLY_E_CSV, "holds a NUL byte");
    }
    if (!tally_text_valid(p, len)) {
        (void)row_error(c, err, TALLY_E_TEXT, "is not UTF-8");
        return tally_err_hint(err, "save the file as CSV in UTF-8 without a byte order "
                                   "mark");
    }
    return 0;
}

static int
check_cells(const struct tally_clkhash_csv *c, const struct tally_cell *cells, size_t n,
            struct tally_err *err)
{
    for (size_t i = 0; i < n; i++) {
        if (cells[i].len > TALLY_CLKHASH_CELL_MAX &&
            tally_clkhash_count(cells[i].data, cells[i].len) > TALLY_CLKHASH_CELL_MAX) {
            return tally_err_set(
                err, TALLY_E_LIMIT, "%s: row %llu: cell %zu has over %u characters",
                c->name, (unsigned long long)c->row, i + 1, TALLY_CLKHASH_CELL_MAX);
        }
    }
    return 0;
}

int
tally_clkhash_csv_next(struct tally_clkhash_csv *c, struct tally_cell *cells, size_t max,
                       size_t *n, struct tally_err *err)
{
    struct extent e = {0, 0, false};
    uint8_t *start;

    while (c->pos == c->len || !find_end(c, &e)) {
        if (c->eof) {
            return 0;
        }
        if (read_more(c, err) != 0) {
            return -1;
        }
    }
    c->row++;
    if (check_row(c, &e, err) != 0) {
        return -1;
    }
    start = c->block + c->pos;
    c->pos = e.next;
    *n = 0;
    if (start < c->block + e.end) {
        cut(start, c->block + e.end, cells, max, n);
    }
    return check_cells(c, cells, *n < max ? *n : max, err) == 0 ? 1 : -1;
}

uint64_t
tally_clkhash_csv_row(const struct tally_clkhash_csv *c)
{
    return c->row;
}

const char *
tally_clkhash_csv_name(const struct tally_clkhash_csv *c)
{
    return c->name;
}

void
tally_clkhash_csv_free(struct tally_clkhash_csv *c)
{
    if (c == NULL) {
        return;
    }
    if (c->fd > STDERR_FILENO) {
        (void)close(c->fd);
    }
    tally_pii_free(c->arena);
    free(c);
}

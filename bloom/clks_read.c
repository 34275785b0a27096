/*
 * Filters from JSON: a reader of this one form, which goes through the file once, as a
 * tree of strings for millions of filters would take many times the memory of their bits.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/clks.h"

#include "bloom/base/base64.h"
#include "bloom/base/interrupt.h"
#include "bloom/base/secret.h"
#include "bloom/base/size.h"
#include "bloom/bits.h"
#include "bloom/encfile_private.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUFFER      (1u << 20)
#define TEXT_MAX    TALLY_BASE64_LEN(TALLY_CLKS_BYTES_MAX)
#define DECODED_MAX (TEXT_MAX / 4 * 3) /* without padding, some over what is taken */
#define KEY_MAX     64u
#define AROUND      3u /* characters with each filter: quotation marks and a comma */
#define HEAD        64u

struct reader {
    const char *path;
    int fd;
    uint64_t size; /* of the file when it was opened */
    struct tally_digest_state digest;
    char *buffer;
    size_t at;
    size_t end;
    uint64_t before; /* bytes of the file before the buffer */
    bool ended;
};

/* What the rows go into: one piece of memory for as many as the file can hold. */
struct rows {
    struct tally_encfile *file;
    uint8_t *matrix;
    uint8_t *tokens;
    uint32_t *popcounts;
    uint64_t room;
    uint64_t n;
    uint64_t set_bits;
};

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Reading. */

static int
fill(struct reader *r, struct tally_err *err)
{
    r->before += r->at;
    r->end -= r->at;
    memmove(r->buffer, r->buffer + r->at, r->end);
    r->at = 0;
    while (r->end < BUFFER && !r->ended) {
        ssize_t n = read(r->fd, r->buffer + r->end, BUFFER - r->end);

        if (tally_interrupt_check(err) != 0) {
            return -1;
        }
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return tally_err_errno(err, TALLY_E_IO, "cannot read '%s'", r->path);
        }
        tally_digest_update(&r->digest, r->buffer + r->end, (size_t)n);
        r->end += (size_t)n;
        r->ended = n == 0;
    }
    return 0;
}

/* Have ${len} bytes in the buffer, or all that are left. */
static int
look_ahead(struct reader *r, size_t len, struct tally_err *err)
{
    return r->end - r->at >= len || r->ended ? 0 : fill(r, err);
}

static int
cut_short(const struct reader *r, struct tally_err *err)
{
    (void)tally_err_set(err, TALLY_E_CORRUPT, "%s: the file ends too soon", r->path);
    return tally_err_hint(err, "it may have been cut off on its way: ask for it again");
}

/* The next character that is not blank, which stays; 0 at the end. */
static int
next(struct reader *r, char *c, struct tally_err *err)
{
    for (;;) {
        while (r->at < r->end && is_blank(r->buffer[r->at])) {
            r->at++;
        }
        if (r->at < r->end || r->ended) {
            *c = r->at < r->end ? r->buffer[r->at] : '\0';
            return 0;
        }
        if (fill(r, err) != 0) {
            return -1;
        }
    }
}

static int
not_a_list(const struct reader *r, const char *wanted, struct tally_err *err)
{
    (void)tally_err_set(err, TALLY_E_JSON, "%s: byte %" PRIu64 ": %s", r->path,
                        r->before + r->at + 1, wanted);
    return tally_err_hint(err,
                          "a file of filters is {\"clks\": [\"...\", \"...\"]}, with "
                          "nothing else in it");
}

/* Take ${c}, after blanks. */
static int
expect(struct reader *r, char c, const char *wanted, struct tally_err *err)
{
    char found;

    if (next(r, &found, err) != 0) {
        return -1;
    }
    if (r->at == r->end) {
        return cut_short(r, err);
    }
    if (found != c) {
        return not_a_list(r, wanted, err);
    }
    r->at++;
    return 0;
}

/* The text up to the next quotation mark, which is passed over; ${text} stands until more
 * is read. ${len} is above ${most} when none comes that soon. */
static int
take_text(struct reader *r, size_t most, const char **text, size_t *len,
          struct tally_err *err)
{
    size_t held;
    const char *end;

    if (look_ahead(r, most + 1, err) != 0) {
        return -1;
    }
    held = r->end - r->at < most + 1 ? r->end - r->at : most + 1;
    *text = r->buffer + r->at;
    end = memchr(*text, '"', held);
    if (end == NULL && held < most + 1) {
        return cut_short(r, err);
    }
    *len = end != NULL ? (size_t)(end - *text) : held;
    r->at += end != NULL ? *len + 1 : 0;
    return 0;
}

static bool
is_word(const char *text, size_t len, const char *word)
{
    return len == strlen(word) && memcmp(text, word, len) == 0;
}

static bool
is_blocked(const char *key, size_t len)
{
    return is_word(key, len, "clknblocks") || is_word(key, len, "encodings") ||
           is_word(key, len, "blocks");
}

static int
begin_list(struct reader *r, struct tally_err *err)
{
    const char *key;
    size_t len;

    if (expect(r, '{', "an object should begin here", err) != 0 ||
        expect(r, '"', "the name \"clks\" should stand here", err) != 0 ||
        take_text(r, KEY_MAX, &key, &len, err) != 0) {
        return -1;
    }
    if (is_blocked(key, len)) {
        (void)tally_err_set(err, TALLY_E_FORMAT, "%s: filters with blocks are not read",
                            r->path);
        return tally_err_hint(err, "linking compares every record with every other: give "
                                   "the filters alone, as {\"clks\": [...]}");
    }
    if (!is_word(key, len, "clks")) {
        return not_a_list(r, "the name before this is not \"clks\"", err);
    }
    return expect(r, ':', "a colon should stand here", err) != 0 ||
                   expect(r, '[', "the list of filters should begin here", err) != 0
               ? -1
               : 0;
}

static int
end_list(struct reader *r, struct tally_err *err)
{
    char c;

    if (expect(r, '}', "the object should end here", err) != 0 || next(r, &c, err) != 0) {
        return -1;
    }
    return r->at == r->end ? 0 : not_a_list(r, "nothing should follow the object", err);
}

/* Rows. */

static int
bad_filter(const struct reader *r, const struct rows *rows, enum tally_code code,
           const char *what, struct tally_err *err)
{
    return tally_err_set(err, code, "%s: clks[%" PRIu64 "]: %s", r->path, rows->n, what);
}

/* The bytes of a filter, or -1 with an error. */
static ptrdiff_t
decode(const struct reader *r, const struct rows *rows, const char *text, size_t len,
       uint8_t out[DECODED_MAX], struct tally_err *err)
{
    ptrdiff_t n = len <= TEXT_MAX ? tally_base64_decode(text, len, out) : TEXT_MAX;

    if (n < 0) {
        return bad_filter(r, rows, TALLY_E_DATA, "is not base64", err);
    }
    if (rows->n > 0 && n != rows->file->info.bits / 8) {
        return bad_filter(r, rows, TALLY_E_DATA, "is not as long as those before", err);
    }
    if (n == 0) {
        return bad_filter(r, rows, TALLY_E_DATA, "is empty", err);
    }
    if (n > TALLY_CLKS_BYTES_MAX) {
        return bad_filter(r, rows, TALLY_E_LIMIT, "is longer than 8,192 bits", err);
    }
    return n;
}

/* The first filter says how long all are, and with the size of the file that says how
 * many there can be. What the estimate is over is never touched. */
static int
make_room(const struct reader *r, struct rows *rows, size_t text_len, size_t bytes,
          struct tally_err *err)
{
    struct tally_encfile *e = rows->file;
    size_t each, size;

    e->info.bits = (uint32_t)bytes * 8;
    e->info.stride = (uint32_t)tally_size_align(bytes, 64);
    rows->room = r->size / (text_len + AROUND) + 1;
    each = e->info.stride + TALLY_TOKEN_BYTES + sizeof(uint32_t);
    if (!tally_size_mul(rows->room, each, &size) || size > PTRDIFF_MAX - 64) {
        return tally_err_nomem(err);
    }
    e->memory = aligned_alloc(64, tally_size_align(size, 64));
    if (e->memory == NULL) {
        return tally_err_nomem(err);
    }
    rows->matrix = e->memory;
    rows->tokens = rows->matrix + rows->room * e->info.stride;
    rows->popcounts = (uint32_t *)(void *)(rows->tokens + rows->room * TALLY_TOKEN_BYTES);
    return 0;
}

static void
write_token(uint64_t row, uint8_t token[TALLY_TOKEN_BYTES])
{
    for (size_t i = TALLY_TOKEN_BYTES; i-- > 0; row /= 10) {
        token[i] = (uint8_t)('0' + row % 10);
    }
}

static int
check_room(const struct reader *r, const struct rows *rows, struct tally_err *err)
{
    if (rows->n == TALLY_ENC_RECORDS_MAX) {
        return tally_err_set(err, TALLY_E_LIMIT, "%s: more than %u filters", r->path,
                             TALLY_ENC_RECORDS_MAX);
    }
    if (rows->n == rows->room) {
        return tally_err_set(err, TALLY_E_IO, "%s changed while it was read", r->path);
    }
    return 0;
}

static int
add_row(const struct reader *r, struct rows *rows, const char *text, size_t len,
        struct tally_err *err)
{
    uint8_t filter[DECODED_MAX];
    ptrdiff_t bytes = decode(r, rows, text, len, filter, err);
    size_t stride;
    uint8_t *row;

    if (bytes < 0 || (rows->n == 0 && make_room(r, rows, len, (size_t)bytes, err) != 0) ||
        check_room(r, rows, err) != 0) {
        return -1;
    }
    stride = rows->file->info.stride;
    row = rows->matrix + rows->n * stride;
    memcpy(row, filter, (size_t)bytes);
    memset(row + bytes, 0, stride - (size_t)bytes);
    rows->popcounts[rows->n] = (uint32_t)tally_bits_count(row, stride);
    rows->set_bits += rows->popcounts[rows->n];
    write_token(rows->n, rows->tokens + rows->n * TALLY_TOKEN_BYTES);
    rows->n++;
    return 0;
}

static int
read_rows(struct reader *r, struct rows *rows, struct tally_err *err)
{
    const char *text;
    size_t len;
    char c = ',';

    while (c == ',') {
        if (expect(r, '"', "a filter in quotation marks should stand here", err) != 0 ||
            take_text(r, TEXT_MAX, &text, &len, err) != 0 ||
            add_row(r, rows, text, len, err) != 0 || next(r, &c, err) != 0) {
            return -1;
        }
        r->at += c == ',';
    }
    return expect(r, ']', "a comma or the end of the list should stand here", err);
}

static int
read_all(struct reader *r, struct rows *rows, struct tally_err *err)
{
    char c;

    if (begin_list(r, err) != 0 || next(r, &c, err) != 0) {
        return -1;
    }
    if (c == ']') {
        return tally_err_set(err, TALLY_E_DATA, "%s: there is no filter in the list",
                             r->path);
    }
    return read_rows(r, rows, err) != 0 || end_list(r, err) != 0 ? -1 : 0;
}

/* The file in memory. */

/* A source's name from the name of a file. */
static void
name_source(const char *path, char name[TALLY_NAME_MAX + 1])
{
    char one[2] = "";

    tally_path_stem(path, name, TALLY_NAME_MAX + 1);
    for (char *p = name; *p != '\0'; p++) {
        one[0] = *p;
        *p = tally_source_valid(one) ? *p : '_';
    }
}

static void
complete(struct reader *r, const struct rows *rows)
{
    struct tally_encfile *e = rows->file;
    struct tally_enc_info *info = &e->info;

    tally_digest_final(&r->digest, e->digest);
    memcpy(info->delivery, e->digest, sizeof(info->delivery));
    name_source(r->path, info->source);
    (void)snprintf(info->schema_name, sizeof(info->schema_name), "not stated");
    (void)snprintf(info->profile, sizeof(info->profile), "legacy");
    info->legacy = true;
    info->has_ids = true;
    info->records = rows->n;
    info->fill = (double)rows->set_bits / ((double)rows->n * info->bits);
    info->nviews = 1;
    info->views[0] = (struct tally_enc_view){TALLY_VIEW_FULL, rows->n, rows->n};
    e->tokens = rows->tokens;
    e->views[0].matrix = rows->matrix;
    e->views[0].popcounts = rows->popcounts;
}

static int
open_reader(struct reader *r, const char *path, struct tally_err *err)
{
    struct stat st;

    r->path = path;
    r->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (r->fd < 0) {
        return tally_err_errno(err, TALLY_E_NO_FILE, "cannot open '%s'", path);
    }
    if (fstat(r->fd, &st) != 0) {
        return tally_err_errno(err, TALLY_E_IO, "cannot look at '%s'", path);
    }
    if (!S_ISREG(st.st_mode)) {
        return tally_err_set(err, TALLY_E_NO_FILE, "'%s' is not an ordinary file", path);
    }
    r->size = (uint64_t)st.st_size;
    r->buffer = malloc(BUFFER);
    tally_digest_init(&r->digest);
    return r->buffer != NULL ? 0 : tally_err_nomem(err);
}

int
tally_clks_read(struct tally_encfile **out, const char *path, struct tally_err *err)
{
    struct reader r = {.fd = -1};
    struct rows rows = {.file = calloc(1, sizeof(*rows.file))};
    int rc = -1;

    if (rows.file == NULL) {
        return tally_err_nomem(err);
    }
    if (open_reader(&r, path, err) == 0 && read_all(&r, &rows, err) == 0) {
        complete(&r, &rows);
        *out = rows.file;
        rows.file = NULL;
        rc = 0;
    }
    if (r.fd >= 0) {
        (void)close(r.fd);
    }
    free(r.buffer);
    tally_encfile_close(rows.file);
    return rc;
}

/* Recognising it. */

static size_t
skip_blanks(const char *text, size_t len, size_t at)
{
    while (at < len && is_blank(text[at])) {
        at++;
    }
    return at;
}

bool
tally_clks_begins(const void *head, size_t len)
{
    const char *text = head;
    size_t at = skip_blanks(text, len, 0);
    const char *end;

    if (at == len || text[at] != '{') {
        return false;
    }
    at = skip_blanks(text, len, at + 1);
    if (at == len || text[at] != '"') {
        return false;
    }
    at++;
    end = memchr(text + at, '"', len - at);
    return end != NULL && (is_word(text + at, (size_t)(end - text) - at, "clks") ||
                           is_blocked(text + at, (size_t)(end - text) - at));
}

int
tally_encodings_open(struct tally_encfile **out, const char *path, struct tally_err *err)
{
    char head[HEAD];
    /* Not blocking, so that a named pipe is refused rather than waited for. */
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    ssize_t n;
    size_t len, at;

    if (fd < 0) {
        return tally_err_errno(err, TALLY_E_NO_FILE, "cannot open '%s'", path);
    }
    do {
        n = pread(fd, head, sizeof head, 0);
    } while (n < 0 && errno == EINTR);
    if (n < 0 && errno == EIO) {
        tally_err_errno(err, TALLY_E_IO, "cannot read '%s'", path);
        (void)close(fd);
        return -1;
    }
    (void)close(fd);
    len = n > 0 ? (size_t)n : 0;
    at = skip_blanks(head, len, 0);
    return at < len && head[at] == '{' ? tally_clks_read(out, path, err)
                                       : tally_encfile_open(out, path, err);
}

/*
 * Where the CSV reader has its text from: a file, standard input, or the sheet of a
 * workbook. What a file is, is told by its first bytes and not by its name.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/csv_rows.h"

#include "bloom/base/file.h"
#include "bloom/base/secret.h"
#include "bloom/base/text.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

ptrdiff_t
tally_csv_read(struct tally_csv *c, uint8_t *to, size_t cap, struct tally_err *err)
{
    char path[TALLY_CSV_SHOWN_PATH];
    ptrdiff_t n;

    if (c->book.self == NULL) {
        return tally_read(c->fd, to, cap, tally_csv_shown_path(c, path), err);
    }
    n = c->book.read(c->book.self, to, cap, err);
    return n < 0 ? tally_err_wrap(err, "%s", tally_csv_shown_path(c, path)) : n;
}

static bool
starts_with(const struct tally_csv *c, const char *magic, size_t len)
{
    return c->len >= len && memcmp(c->block, magic, len) == 0;
}

/* The container of .xls files, and of workbooks under a password. */
static int
refuse_old_excel(const struct tally_csv *c, struct tally_err *err)
{
    static const char locked[] = "E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e";
    char path[TALLY_CSV_SHOWN_PATH];

    if (memmem(c->block, c->len, locked, sizeof locked) != NULL) {
        tally_err_set(err, TALLY_E_DATA, "%s: the workbook is protected by a password",
                      tally_csv_shown_path(c, path));
        return tally_err_hint(err, "save a copy without the password");
    }
    tally_err_set(err, TALLY_E_DATA, "%s: an Excel workbook of the old kind (.xls)",
                  tally_csv_shown_path(c, path));
    return tally_err_hint(err, "open it in a spreadsheet and save it as \"Excel workbook "
                               "(.xlsx)\" or as \"CSV UTF-8\"");
}

/* From here on the text is that of the sheet, made as it is read. */
static int
open_book(struct tally_csv *c, const struct tally_csv_options *from,
          struct tally_err *err)
{
    const struct tally_xlsx_options options = {from->sheet, (char)c->delimiter,
                                               from->header_row};
    char path[TALLY_CSV_SHOWN_PATH];

    tally_csv_shown_path(c, path);
    if (c->size == 0) {
        tally_err_set(err, TALLY_E_USAGE,
                      "%s: an Excel workbook cannot be read from a pipe", path);
        return tally_err_hint(err, "give the name of the file");
    }
    if (c->encoding != TALLY_TEXT_UTF8) {
        tally_err_set(err, TALLY_E_USAGE,
                      "%s: an Excel workbook, so it is not windows-1252", path);
        return tally_err_hint(err, "leave --input-encoding out");
    }
    if (tally_xlsx_open(&c->book, c->fd, &options, &c->notes, err) != 0) {
        return tally_err_wrap(err, "%s", path);
    }
    tally_wipe(c->block, c->len);
    c->len = 0;
    c->eof = false;
    c->size = 0;
    return tally_csv_fill(c, err);
}

/* UTF-16 by its byte order mark, or by NULs in every second place of text that is mostly
 * ASCII, as column names are. */
static bool
looks_utf16(const uint8_t *p, size_t len)
{
    size_t pairs = len < 64 ? len / 2 : 32;
    size_t nuls[2] = {0, 0};

    if (len >= 2 && ((p[0] == 0xFF && p[1] == 0xFE) || (p[0] == 0xFE && p[1] == 0xFF))) {
        return true;
    }
    for (size_t i = 0; i < 2 * pairs; i++) {
        nuls[i % 2] += p[i] == 0;
    }
    return pairs > 0 &&
           ((nuls[0] == 0 && nuls[1] * 2 >= pairs) ||
            (nuls[1] == 0 && nuls[0] * 2 >= pairs)) &&
           nuls[0] + nuls[1] > 0;
}

/* What the first bytes say about the encoding; the UTF-8 mark is stepped over. */
int
tally_csv_check_start(struct tally_csv *c, const struct tally_csv_options *options,
                      struct tally_err *err)
{
    static const uint8_t mark[3] = {0xEF, 0xBB, 0xBF};
    char path[TALLY_CSV_SHOWN_PATH];

    if (starts_with(c, "PK\3\4", 4) || starts_with(c, "PK\5\6", 4)) {
        return open_book(c, options, err);
    }
    if (starts_with(c, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", 8)) {
        return refuse_old_excel(c, err);
    }
    if (options->sheet != NULL) {
        tally_err_set(err, TALLY_E_USAGE,
                      "%s is not an Excel workbook, so it has no sheets",
                      tally_csv_shown_path(c, path));
        return tally_err_hint(err, "leave --sheet out");
    }
    if (looks_utf16(c->block, c->len)) {
        tally_err_set(err, TALLY_E_TEXT, "%s: the text is UTF-16, which is not read here",
                      tally_csv_shown_path(c, path));
        return tally_err_hint(err,
                              "open it in a spreadsheet and save it as \"CSV UTF-8\"");
    }
    if (c->len < sizeof mark || memcmp(c->block, mark, sizeof mark) != 0) {
        return 0;
    }
    if (c->encoding != TALLY_TEXT_UTF8) {
        tally_err_set(err, TALLY_E_TEXT,
                      "%s: the file begins with a UTF-8 mark, so it is not windows-1252",
                      tally_csv_shown_path(c, path));
        return tally_err_hint(err, "leave --input-encoding out");
    }
    c->pos = sizeof mark;
    return 0;
}

int
tally_csv_open_input(struct tally_csv *c, struct tally_err *err)
{
    struct stat st;
    char path[TALLY_CSV_SHOWN_PATH];

    c->fd =
        strcmp(c->path, "-") == 0 ? STDIN_FILENO : open(c->path, O_RDONLY | O_CLOEXEC);
    if (c->fd < 0) {
        return tally_err_errno(err, TALLY_E_NO_FILE, "cannot open %s",
                               tally_csv_shown_path(c, path));
    }
    if (fstat(c->fd, &st) != 0) {
        return tally_err_errno(err, TALLY_E_IO, "cannot look at %s",
                               tally_csv_shown_path(c, path));
    }
    if (S_ISDIR(st.st_mode)) {
        return tally_err_set(err, TALLY_E_NO_FILE, "%s is a folder, not a file",
                             tally_csv_shown_path(c, path));
    }
    c->size = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
    return 0;
}

void
tally_csv_close_input(struct tally_csv *c)
{
    if (c->book.self != NULL) {
        c->book.close(c->book.self);
    }
    if (c->fd > STDIN_FILENO) {
        close(c->fd);
    }
}

/*
 * Errors: formatting, context and the pinned names. Text from outside may pass through
 * here (a file name, a column name), so control characters are replaced before anything
 * is kept.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/err.h"

#include "bloom/base/interrupt.h"
#include "bloom/base/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    enum tally_code code;
    const char *name;
} err_names[] = {
    {TALLY_OK, "ok"},
    {TALLY_E_NOMEM, "out of memory"},
    {TALLY_E_IO, "io"},
    {TALLY_E_EXISTS, "exists"},
    {TALLY_E_USAGE, "usage"},
    {TALLY_E_NO_FILE, "no file"},
    {TALLY_E_CSV, "csv"},
    {TALLY_E_TEXT, "text"},
    {TALLY_E_LIMIT, "limit"},
    {TALLY_E_JSON, "json"},
    {TALLY_E_SCHEMA, "schema"},
    {TALLY_E_MAPPING, "mapping"},
    {TALLY_E_DATA, "data"},
    {TALLY_E_SCHEMA_MISMATCH, "schema mismatch"},
    {TALLY_E_FORMAT, "format"},
    {TALLY_E_CORRUPT, "corrupt"},
    {TALLY_E_KEY, "key"},
    {TALLY_E_KEY_MISMATCH, "key mismatch"},
    {TALLY_E_POLICY, "policy"},
    {TALLY_E_ANSWER_NO, "answer is no"},
    {TALLY_E_INTERRUPTED, "interrupted"},
    {TALLY_E_BUG, "bug"},
};

/* Drop a UTF-8 sequence that the end of the buffer cut in two: what is shown stays valid.
 */
static void
err_trim_partial(char *text, size_t len)
{
    size_t start = len;
    size_t want;
    unsigned char lead;

    while (start > 0 && ((unsigned char)text[start - 1] & 0xc0) == 0x80) {
        start--;
    }
    if (start == 0) {
        return;
    }
    lead = (unsigned char)text[start - 1];
    want = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : lead >= 0xc0 ? 1 : 0;
    if (len - start < want) {
        text[start - 1] = '\0';
    }
}

static void
err_format(char out[TALLY_ERR_TEXT], const char *fmt, va_list ap)
{
    char raw[TALLY_ERR_TEXT];
    int n = vsnprintf(raw, sizeof raw, fmt, ap);

    if (n < 0) {
        raw[0] = '\0';
    }
    if (n >= TALLY_ERR_TEXT) {
        err_trim_partial(raw, TALLY_ERR_TEXT - 1);
    }
    tally_text_printable(raw, out, TALLY_ERR_TEXT);
}

/* Append "${sep}${more}", cut at the end of the buffer. */
static void
err_append(char text[TALLY_ERR_TEXT], const char *sep, const char *more)
{
    size_t len = strlen(text);
    int n = snprintf(text + len, TALLY_ERR_TEXT - len, "%s%s", sep, more);

    if (n >= 0 && (size_t)n >= TALLY_ERR_TEXT - len) {
        err_trim_partial(text, TALLY_ERR_TEXT - 1);
    }
}

/* Formatted beside it first: the arguments may point into the error being replaced. */
static void err_vset(struct tally_err *err, enum tally_code code, const char *fmt,
                     va_list ap) TALLY_PRINTF(3, 0);

static void
err_vset(struct tally_err *err, enum tally_code code, const char *fmt, va_list ap)
{
    char text[TALLY_ERR_TEXT];

    err_format(text, fmt, ap);
    memcpy(err->text, text, sizeof text);
    err->code = code;
    err->hint[0] = '\0';
}

int
tally_err_set(struct tally_err *err, enum tally_code code, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    err_vset(err, code, fmt, ap);
    va_end(ap);
    return -1;
}

int
tally_err_errno(struct tally_err *err, enum tally_code code, const char *fmt, ...)
{
    int saved = errno;
    va_list ap;

    /* A call that Ctrl-C broke off, an open that waits for a pipe for instance. */
    if (saved == EINTR && tally_interrupt_check(err) != 0) {
        return -1;
    }
    va_start(ap, fmt);
    err_vset(err, code, fmt, ap);
    va_end(ap);
    err_append(err->text, ": ", strerror(saved));
    if (saved == ENOSPC) {
        tally_err_hint(err,
                       "free some space, or write to another disk, and run it again");
    } else if (saved == EDQUOT) {
        tally_err_hint(err,
                       "your disk quota is used up: free some space, or write elsewhere");
    }
    errno = saved;
    return -1;
}

int
tally_err_wrap(struct tally_err *err, const char *fmt, ...)
{
    char text[TALLY_ERR_TEXT];
    va_list ap;

    va_start(ap, fmt);
    err_format(text, fmt, ap);
    va_end(ap);
    err_append(text, ": ", err->text);
    memcpy(err->text, text, sizeof text);
    return -1;
}

int
tally_err_hint(struct tally_err *err, const char *fmt, ...)
{
    char text[TALLY_ERR_TEXT];
    va_list ap;

    va_start(ap, fmt);
    err_format(text, fmt, ap);
    va_end(ap);
    memcpy(err->hint, text, sizeof text);
    return -1;
}

int
tally_err_nomem(struct tally_err *err)
{
    return tally_err_set(err, TALLY_E_NOMEM, "out of memory");
}

const char *
tally_err_name(enum tally_code code)
{
    for (size_t i = 0; i < sizeof err_names / sizeof err_names[0]; i++) {
        if (err_names[i].code == code) {
            return err_names[i].name;
        }
    }
    return "unknown";
}

void
tally_err_abort(const char *file, int line)
{
    /* The one print in the libraries: the process is about to end and nobody can be told.
     */
    fprintf(stderr, "tally: bug: an invariant failed at %s:%d\n", file, line);
    abort();
}

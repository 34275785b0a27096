/*
 * The CSV writer: quotes a cell only where RFC 4180 needs it, and keeps a spreadsheet
 * from taking text for a formula when asked.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/csv.h"

#include <string.h>

static bool
needs_quotes(const uint8_t *p, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (p[i] == ',' || p[i] == '"' || p[i] == '\n' || p[i] == '\r') {
            return true;
        }
    }
    return false;
}

/* ${len} bytes with every quote doubled. */
static int
write_doubled(struct tally_outfile *f, const uint8_t *p, size_t len,
              struct tally_err *err)
{
    while (len > 0) {
        const uint8_t *quote = memchr(p, '"', len);
        size_t n = quote == NULL ? len : (size_t)(quote - p) + 1;

        if (tally_outfile_write(f, p, n, err) != 0 ||
            (quote != NULL && tally_outfile_write(f, "\"", 1, err) != 0)) {
            return -1;
        }
        p += n;
        len -= n;
    }
    return 0;
}

/* One cell with ${prefix} in front of its text. */
static int
write_cell(struct tally_outfile *f, const char *prefix, const uint8_t *p, size_t len,
           bool last, struct tally_err *err)
{
    bool quoted = needs_quotes(p, len);
    const char *open = quoted ? "\"" : "";
    const char *close = quoted ? (last ? "\"\n" : "\",") : (last ? "\n" : ",");

    if (tally_outfile_write(f, open, strlen(open), err) != 0 ||
        tally_outfile_write(f, prefix, strlen(prefix), err) != 0 ||
        (quoted ? write_doubled(f, p, len, err) : tally_outfile_write(f, p, len, err)) !=
            0) {
        return -1;
    }
    return tally_outfile_write(f, close, strlen(close), err);
}

int
tally_csv_write(struct tally_outfile *f, const void *p, size_t len, bool last,
                struct tally_err *err)
{
    return write_cell(f, "", p, len, last, err);
}

static size_t
digits(const uint8_t *p, size_t len)
{
    size_t n = 0;

    while (n < len && p[n] >= '0' && p[n] <= '9') {
        n++;
    }
    return n;
}

/* Sign, digits and perhaps a fraction and an exponent: a spreadsheet shows it as it is.
 */
static bool
is_plain_number(const uint8_t *p, size_t len)
{
    size_t i = len > 0 && (p[0] == '+' || p[0] == '-');
    size_t n = digits(p + i, len - i);

    i += n;
    if (n > 0 && i < len && p[i] == '.') {
        n = digits(p + i + 1, len - i - 1);
        i += 1 + n;
    }
    if (n > 0 && i < len && (p[i] == 'e' || p[i] == 'E')) {
        i++;
        i += i < len && (p[i] == '+' || p[i] == '-');
        n = digits(p + i, len - i);
        i += n;
    }
    return n > 0 && i == len;
}

int
tally_csv_write_safe(struct tally_outfile *f, const void *p, size_t len, bool last,
                     struct tally_err *err)
{
    bool formula = len > 0 && memchr("=+-@\t\r", *(const uint8_t *)p, 6) != NULL &&
                   !is_plain_number(p, len);

    return write_cell(f, formula ? "'" : "", p, len, last, err);
}

/*
 * Numbers as text. Reading follows the grammar of Python's int() and float(): strtod
 * alone would take hexadecimal and miss digits of other scripts.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/clkhash_number.h"

#include "bloom/clkhash_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* int() and float() look past fewer ASCII control characters than str.isspace() does. */
static bool
is_blank(uint32_t cp)
{
    return cp < 0x80 ? cp == ' ' || (cp >= '\t' && cp <= '\r')
                     : tally_clkhash_is_space(cp);
}

/* The text as ASCII: digits of any script as 0-9, other blanks as a space, blanks around
 * it dropped. Its length, or -1 when a character has no place in a number. */
static ptrdiff_t
plain(const uint8_t *text, size_t len, char *out)
{
    size_t n = 0;
    size_t first = 0;

    for (size_t i = 0; i < len;) {
        uint32_t cp;
        int digit;

        i += tally_clkhash_decode(text + i, &cp);
        digit = tally_clkhash_digit(cp);
        if (digit >= 0) {
            out[n++] = (char)('0' + digit);
        } else if (is_blank(cp)) {
            out[n++] = ' ';
        } else if (cp < 0x80) {
            out[n++] = (char)cp;
        } else {
            return -1;
        }
    }
    while (n > 0 && out[n - 1] == ' ') {
        n--;
    }
    while (first < n && out[first] == ' ') {
        first++;
    }
    memmove(out, out + first, n - first);
    return (ptrdiff_t)(n - first);
}

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Step over digits with single underscores between them, dropping the underscores. False
 * unless there is a digit and every underscore stands between two. */
static bool
take_digits(const char *s, size_t len, size_t *at, char *out, size_t *n)
{
    bool digit = false;

    while (*at < len) {
        if (is_digit(s[*at])) {
            digit = true;
            out[(*n)++] = s[(*at)++];
        } else if (s[*at] == '_' && digit && *at + 1 < len && is_digit(s[*at + 1])) {
            (*at)++;
        } else {
            break;
        }
    }
    return digit;
}

ptrdiff_t
tally_clkhash_int(const uint8_t *text, size_t len, char *out)
{
    ptrdiff_t plain_len = plain(text, len, out);
    size_t at = 0;
    size_t n = 0;
    size_t zeros = 0;
    bool negative;

    if (plain_len <= 0) {
        return -1;
    }
    negative = out[0] == '-';
    if (out[0] == '-' || out[0] == '+') {
        at++;
    }
    if (!take_digits(out, (size_t)plain_len, &at, out, &n) || at < (size_t)plain_len) {
        return -1;
    }
    while (zeros + 1 < n && out[zeros] == '0') {
        zeros++;
    }
    n -= zeros;
    negative = negative && !(n == 1 && out[zeros] == '0');
    memmove(out + negative, out + zeros, n); /* one byte more than the text at most */
    if (negative) {
        out[0] = '-';
    }
    return (ptrdiff_t)(n + negative);
}

int
tally_clkhash_int_compare(const char *a, size_t a_len, const char *b, size_t b_len)
{
    bool a_negative = a[0] == '-';
    bool b_negative = b[0] == '-';
    int by_size;

    if (a_negative != b_negative) {
        return a_negative ? -1 : 1;
    }
    if (a_len != b_len) {
        by_size = a_len < b_len ? -1 : 1;
    } else {
        by_size = memcmp(a, b, a_len);
    }
    return a_negative ? -by_size : by_size;
}

/* [digits] [. [digits]] with a digit somewhere. */
static bool
take_decimal(const char *s, size_t len, size_t *at, char *out, size_t *n)
{
    bool digits = take_digits(s, len, at, out, n);

    if (*at < len && s[*at] == '.') {
        out[(*n)++] = s[(*at)++];
        digits = take_digits(s, len, at, out, n) || digits;
    }
    return digits;
}

bool
tally_clkhash_float(const uint8_t *text, size_t len, char *scratch, double *out)
{
    ptrdiff_t plain_len = plain(text, len, scratch);
    size_t at = 0;
    size_t n = 0;
    size_t end = plain_len < 0 ? 0 : (size_t)plain_len;
    double v;

    if (end > 0 && (scratch[0] == '-' || scratch[0] == '+')) {
        at = n = 1;
    }
    if (!take_decimal(scratch, end, &at, scratch, &n)) {
        return false;
    }
    if (at < end && (scratch[at] == 'e' || scratch[at] == 'E')) {
        scratch[n++] = scratch[at++];
        if (at < end && (scratch[at] == '-' || scratch[at] == '+')) {
            scratch[n++] = scratch[at++];
        }
        if (!take_digits(scratch, end, &at, scratch, &n)) {
            return false;
        }
    }
    if (at < end) {
        return false;
    }
    scratch[n] = '\0';
    v = strtod(scratch, NULL);
    if (!isfinite(v)) {
        return false;
    }
    *out = v;
    return true;
}

size_t
tally_clkhash_whole(double v, char *out)
{
    int n = snprintf(out, TALLY_CLKHASH_WHOLE_MAX, "%.0f", v);

    TALLY_INVARIANT(n > 0 && n < TALLY_CLKHASH_WHOLE_MAX);
    if (strcmp(out, "-0") == 0) {
        out[0] = '0';
        out[1] = '\0';
        n = 1;
    }
    return (size_t)n;
}

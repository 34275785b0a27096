/*
 * Dates. Python turns a format into a regular expression and takes its first match, so
 * that "%Y%m%d" reads 2000229 as 29 February 2000; the same is done here, and what the
 * parts come to is worked out after it.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/clkhash_date.h"

#include "bloom/base/secret.h"
#include "bloom/clkhash_regex.h"
#include "bloom/clkhash_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PARTS_MAX 32

/* What each directive matches; one that stands for others has ${expands}. The
 * alternatives are in the order of Python's preference. */
static const struct directive {
    char letter;
    const char *pattern;
    const char *expands;
} directives[] = {
    {'Y', "\\d\\d\\d\\d", NULL},
    {'y', "\\d\\d", NULL},
    {'m', "1[0-2]|0?[1-9]", NULL},
    {'d', "3[01]|[12]\\d|0?[1-9]| [1-9]", NULL},
    {'b', "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec", NULL},
    {'B',
     "january|february|march|april|may|june|july|august|september|october|november|"
     "december",
     NULL},
    {'j', "36[0-6]|3[0-5]\\d|[12]\\d\\d|0[1-9]\\d|00[1-9]|[1-9]\\d|0?[1-9]", NULL},
    {'H', "2[0-3]|[01]\\d|\\d", NULL},
    {'I', "1[0-2]|0?[1-9]", NULL},
    {'M', "[0-5]\\d|\\d", NULL},
    {'S', "6[01]|[0-5]\\d|\\d", NULL},
    {'f', "[0-9]{1,6}", NULL},
    {'p', "am|pm", NULL},
    {'a', "mon|tue|wed|thu|fri|sat|sun", NULL},
    {'A', "monday|tuesday|wednesday|thursday|friday|saturday|sunday", NULL},
    {'w', "[0-6]", NULL},
    {'u', "[1-7]", NULL},
    {'U', "5[0-3]|[0-4]\\d|\\d", NULL},
    {'W', "5[0-3]|[0-4]\\d|\\d", NULL},
    {'G', "\\d\\d\\d\\d", NULL},
    {'V', "5[0-3]|0[1-9]|[1-4]\\d|\\d", NULL},
    {'z', "[+-]\\d\\d:?[0-5]\\d(?::?[0-5]\\d(?:\\.\\d{1,6})?)?|(?-i:Z)", NULL},
    {'Z', "utc|gmt", NULL},
    {'%', NULL, NULL},
    {'c', NULL, "%a %b %d %H:%M:%S %Y"},
    {'x', NULL, "%m/%d/%y"},
    {'X', NULL, "%H:%M:%S"},
};
#define NDIRECTIVES (sizeof directives / sizeof directives[0])

/* One or more blanks, as Python knows them. */
static const char blanks[] =
    "[\\x09-\\x0d\\x1c-\\x20\\x{85}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}"
    "\\x{202f}\\x{205f}\\x{3000}]+";

struct tally_clkhash_date {
    struct tally_clkhash_regex *regex;
    size_t nparts;
    char parts[PARTS_MAX]; /* the directive of each group */
};

/* The parts of a date as they are read; below zero: not given. */
struct parts {
    int year;
    int month;
    int day;
    int yday;    /* from 1 */
    int weekday; /* Monday is 0 */
    int week;
    bool week_from_monday;
    int iso_year;
    int iso_week;
    bool wrong; /* no such time */
};

static const struct directive *
find_directive(char letter)
{
    for (size_t i = 0; i < NDIRECTIVES; i++) {
        if (letter != '\0' && directives[i].letter == letter) {
            return &directives[i];
        }
    }
    return NULL;
}

static bool
has(const struct tally_clkhash_date *d, char letter)
{
    return memchr(d->parts, letter, d->nparts) != NULL;
}

static int
add_directive(struct tally_clkhash_date *d, const struct directive *v,
              struct tally_buf *out, struct tally_err *err)
{
    if (v->pattern == NULL) {
        return tally_buf_append(out, "%", 1, err);
    }
    if (has(d, v->letter)) {
        return tally_err_set(err, TALLY_E_SCHEMA, "date format: %%%c stands twice",
                             v->letter);
    }
    TALLY_INVARIANT(d->nparts < PARTS_MAX);
    d->parts[d->nparts++] = v->letter;
    return tally_buf_printf(out, err, "(%s)", v->pattern);
}

/* Text between directives; a run of blanks matches any run of them. Returns the bytes of
 * ${format} taken, or -1. */
static ptrdiff_t
add_text(const char *format, struct tally_buf *out, struct tally_err *err)
{
    uint32_t cp;
    size_t at = 0;
    size_t n = tally_clkhash_decode((const uint8_t *)format, &cp);

    if (!tally_clkhash_is_space(cp)) {
        return tally_buf_printf(out, err, "\\x{%x}", (unsigned)cp) == 0 ? (ptrdiff_t)n
                                                                        : -1;
    }
    while (format[at] != '\0') {
        n = tally_clkhash_decode((const uint8_t *)format + at, &cp);
        if (!tally_clkhash_is_space(cp)) {
            break;
        }
        at += n;
    }
    return tally_buf_printf(out, err, "%s", blanks) == 0 ? (ptrdiff_t)at : -1;
}

/* The format as a regular expression. A directive that stands for others recurses once.
 */
static int
add_format(struct tally_clkhash_date *d, const char *format, struct tally_buf *out,
           struct tally_err *err)
{
    while (*format != '\0') {
        const struct directive *v;
        ptrdiff_t n;
        int status;

        if (*format != '%') {
            n = add_text(format, out, err);
            if (n < 0) {
                return -1;
            }
            format += n;
            continue;
        }
        v = find_directive(format[1]);
        if (v == NULL) {
            return tally_err_set(err, TALLY_E_SCHEMA,
                                 "date format: '%%' is not followed by a directive that "
                                 "is known");
        }
        status = v->expands != NULL ? add_format(d, v->expands, out, err)
                                    : add_directive(d, v, out, err);
        if (status != 0) {
            return -1;
        }
        format += 2;
    }
    return 0;
}

/* Directives that Python refuses to see together, or alone. */
static int
check_directives(const struct tally_clkhash_date *d, struct tally_err *err)
{
    bool weekday = has(d, 'a') || has(d, 'A') || has(d, 'w') || has(d, 'u');
    bool year = has(d, 'Y') || has(d, 'y');

    if (!year && has(d, 'G')) {
        if (!has(d, 'V') || !weekday || has(d, 'j')) {
            return tally_err_set(err, TALLY_E_SCHEMA,
                                 "date format: %%G needs %%V and a day of the week, and "
                                 "does not go with %%j");
        }
    } else if (has(d, 'V') && !has(d, 'U') && !has(d, 'W')) {
        return tally_err_set(err, TALLY_E_SCHEMA,
                             "date format: %%V needs %%G, without %%Y or %%y");
    }
    return 0;
}

int
tally_clkhash_date_create(struct tally_clkhash_date **out, const char *format,
                          struct tally_err *err)
{
    static const struct tally_clkhash_flags flags = {.caseless = true};
    struct tally_clkhash_date *d = calloc(1, sizeof *d);
    struct tally_buf pattern = {0};
    int status = -1;

    if (d == NULL) {
        return tally_err_nomem(err);
    }
    if (add_format(d, format, &pattern, err) == 0 && check_directives(d, err) == 0) {
        status = tally_clkhash_regex_create(
            &d->regex, pattern.data != NULL ? pattern.data : (const uint8_t *)"",
            pattern.len, &flags, err);
    }
    tally_buf_free(&pattern);
    if (status != 0) {
        tally_clkhash_date_free(d);
        return -1;
    }
    *out = d;
    return 0;
}

/* The digits of a group as a number; other characters are stepped over. */
static int
number(const uint8_t *p, size_t len)
{
    int v = 0;

    for (size_t i = 0; i < len;) {
        uint32_t cp;
        int digit;

        i += tally_clkhash_decode(p + i, &cp);
        digit = tally_clkhash_digit(cp);
        if (digit >= 0) {
            v = 10 * v + digit;
        }
    }
    return v;
}

/* Which of the names of ${letter} the group is, by its first three letters, or -1. The
 * pattern takes a long s for an s, but Python then finds no such name. */
static int
name_index(char letter, const uint8_t *p, size_t len)
{
    const char *names = find_directive(letter)->pattern;
    char start[3] = {0};
    size_t n = 0;
    int index = 0;

    for (size_t i = 0; i < len;) {
        uint32_t cp;

        i += tally_clkhash_decode(p + i, &cp);
        if (cp == 0x17F) {
            return -1;
        }
        if (n < 3) {
            start[n++] = (char)(cp | 0x20);
        }
    }
    while (memcmp(names, start, 3) != 0) {
        const char *bar = strchr(names, '|');

        TALLY_INVARIANT(bar != NULL);
        names = bar + 1;
        index++;
    }
    return index;
}

/* A UTC offset: colons between all of its parts or none, and less than a day. */
static bool
zone_is_right(const uint8_t *p, size_t len)
{
    size_t places[2] = {0};
    size_t digits = 0;

    if (p[0] == 'Z') {
        return true;
    }
    for (size_t i = 1; i < len;) {
        uint32_t cp;

        i += tally_clkhash_decode(p + i, &cp);
        if (cp == ':') {
            places[digits == 2 ? 0 : 1]++;
        } else {
            digits++;
        }
        if (digits == 2 && cp != ':' && number(p + 1, i - 1) >= 24) {
            return false;
        }
    }
    return digits <= 4 || places[0] == places[1];
}

static void
take_part(struct parts *r, char letter, const uint8_t *p, size_t len)
{
    int v = number(p, len);

    switch (letter) {
    case 'Y':
        r->year = v;
        break;
    case 'y':
        r->year = v <= 68 ? 2000 + v : 1900 + v;
        break;
    case 'm':
        r->month = v;
        break;
    case 'b':
    case 'B':
        r->month = 1 + name_index(letter, p, len);
        r->wrong = r->wrong || r->month == 0;
        break;
    case 'd':
        r->day = v;
        break;
    case 'j':
        r->yday = v;
        break;
    case 'a':
    case 'A':
        r->weekday = name_index(letter, p, len);
        r->wrong = r->wrong || r->weekday < 0;
        break;
    case 'w':
        r->weekday = v == 0 ? 6 : v - 1;
        break;
    case 'u':
        r->weekday = v - 1;
        break;
    case 'U':
    case 'W':
        r->week = v;
        r->week_from_monday = letter == 'W';
        break;
    case 'G':
        r->iso_year = v;
        break;
    case 'V':
        r->iso_week = v;
        break;
    case 'S':
        r->wrong = r->wrong || v > 59;
        break;
    case 'z':
        r->wrong = r->wrong || !zone_is_right(p, len);
        break;
    default: /* times of day and names of zones leave the date alone */
        break;
    }
}

static bool
is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int
month_days(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return days[month - 1] + (month == 2 && is_leap(year));
}

/* Days before 1 January of ${year}, counted from 1 January of year 1. */
static int
days_before(int year)
{
    int y = year - 1;

    return 365 * y + y / 4 - y / 100 + y / 400;
}

/* Monday is 0; 1 January of year 1 was one. */
static int
weekday_of(int days)
{
    return days % 7;
}

/* From day ${yday} of ${year}, which may lie outside it, to year, month and day. */
static bool
from_yday(struct parts *r, int year, int yday)
{
    int days = days_before(year) + yday - 1; /* from 1 January of year 1 */
    int y = year;

    if (days < 0 || days >= days_before(10000)) {
        return false;
    }
    while (days < days_before(y)) {
        y--;
    }
    while (days >= days_before(y + 1)) {
        y++;
    }
    r->year = y;
    r->month = 1;
    r->day = days - days_before(y) + 1;
    while (r->day > month_days(y, r->month)) {
        r->day -= month_days(y, r->month);
        r->month++;
    }
    return true;
}

/* A week counted from the first Sunday or Monday of the year, and a day in it. */
static int
week_yday(const struct parts *r, int year)
{
    int first = weekday_of(days_before(year));
    int day = r->weekday;

    if (!r->week_from_monday) { /* then Sunday is 0 */
        first = (first + 1) % 7;
        day = (day + 1) % 7;
    }
    if (r->week == 0) {
        return 1 + day - first;
    }
    return 1 + (7 - first) % 7 + 7 * (r->week - 1) + day;
}

/* ISO 8601: week 1 is the one with the first Thursday. Weeks that the year does not have
 * (0, and 53 in most) are counted on from it. */
static bool
from_iso(struct parts *r)
{
    int first;

    if (r->iso_year < 1) {
        return false;
    }
    first = weekday_of(days_before(r->iso_year));
    return from_yday(r, r->iso_year,
                     1 - first + (first > 3 ? 7 : 0) + 7 * (r->iso_week - 1) +
                         r->weekday);
}

/* What the parts given come to. */
static bool
settle(struct parts *r)
{
    int year = r->year < 0 ? 1900 : r->year;

    if (r->wrong || year == 0) {
        return false;
    }
    if (r->yday > 0) {
        return from_yday(r, year, r->yday);
    }
    if (r->weekday >= 0 && r->week >= 0) {
        return from_yday(r, year, week_yday(r, year));
    }
    if (r->year < 0 && r->iso_year >= 0) {
        return from_iso(r);
    }
    r->year = year;
    r->month = r->month < 0 ? 1 : r->month;
    r->day = r->day < 0 ? 1 : r->day;
    return r->day <= month_days(year, r->month);
}

int
tally_clkhash_date_read(struct tally_clkhash_date *d, const uint8_t *text, size_t len,
                        char out[TALLY_CLKHASH_DATE_BYTES])
{
    struct parts r = {-1, -1, -1, -1, -1, -1, false, -1, -1, false};
    size_t start, end;
    int n;

    n = tally_clkhash_regex_match(d->regex, text, len);
    if (n == -2) {
        return -1;
    }
    if (n != 1 ||
        !tally_clkhash_regex_group(d->regex, 0, &start, &end) || end != len) {
        return 0;
    }
    for (size_t i = 0; i < d->nparts; i++) {
        if (tally_clkhash_regex_group(d->regex, i + 1, &start, &end)) {
            take_part(&r, d->parts[i], text + start, end - start);
        }
    }
    if (!settle(&r)) {
        return 0;
    }
    n = snprintf(out, TALLY_CLKHASH_DATE_BYTES, "%d%02d%02d", r.year, r.month, r.day);
    tally_wipe(&r, sizeof r);
    return n;
}

void
tally_clkhash_date_free(struct tally_clkhash_date *d)
{
    if (d == NULL) {
        return;
    }
    tally_clkhash_regex_free(d->regex);
    free(d);
}

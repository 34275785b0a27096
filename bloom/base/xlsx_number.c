/*
 * Numbers as a person sees them in the sheet: whole ones digit by digit, dates from the
 * count of days.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/xlsx_private.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A spreadsheet keeps this many digits of a number and makes the rest zeros. */
#define DIGITS_KEPT   15
#define DIGITS_COPIED 40
#define WHOLE_BELOW   1e15 /* the first whole number of more digits than are kept */
#define WRITTEN_BELOW 1e21 /* written out in full below this */
#define DAY_SECONDS   86400

/* Day 1 is 1 January 1900, and day 60 a 29 February 1900 that never was; so from day 61
 * the count is of days after 30 December 1899. The other way of counting begins later. */
#define DAY_LEAP       60
#define DAY_LAST       2958465 /* 31 December 9999 */
#define DAY_FIRST_1904 1462    /* 1 January 1904 */

static bool
is_number(const char *text)
{
    return text[0] != '\0' && text[strspn(text, "0123456789+-.eE")] == '\0';
}

/* Put zeros in front of the whole number in ${out}. */
static void
pad(char out[XLSX_NUMBER_TEXT], size_t zeros)
{
    size_t len = strlen(out);

    if (out[0] != '-' && len < zeros) {
        memmove(out + (zeros - len), out, len + 1);
        memset(out, '0', zeros - len);
    }
}

/* Digits alone are copied: no way through a double can change them. */
static bool
copy_digits(const char *text, char out[XLSX_NUMBER_TEXT], enum xlsx_number *found)
{
    const char *digits = text[0] == '-' ? text + 1 : text;
    size_t len = strspn(digits, "0123456789");

    if (digits[len] != '\0' || len == 0 || len > DIGITS_COPIED || digits[0] == '0') {
        return false;
    }
    strcpy(out, text);
    *found = len > DIGITS_KEPT ? XLSX_NUMBER_LONG : XLSX_NUMBER_OK;
    return true;
}

static enum xlsx_number
print_plain(const char *text, double v, size_t zeros, char out[XLSX_NUMBER_TEXT])
{
    enum xlsx_number found = XLSX_NUMBER_OK;

    if (!copy_digits(text, out, &found)) {
        if (v != floor(v) || fabs(v) >= WRITTEN_BELOW) {
            snprintf(out, XLSX_NUMBER_TEXT, "%.*g", DIGITS_KEPT, v);
            return XLSX_NUMBER_OK;
        }
        snprintf(out, XLSX_NUMBER_TEXT, "%.0f", v == 0 ? 0.0 : v);
        found = fabs(v) >= WHOLE_BELOW ? XLSX_NUMBER_LONG : XLSX_NUMBER_OK;
    }
    pad(out, zeros);
    return found;
}

/* The date ${days} after 1 March of year 0, by whole 400 years, then 100, 4 and 1, in
 * years that begin in March so that a leap day ends one. */
static void
print_march_days(long days, char out[XLSX_NUMBER_TEXT])
{
    long year = days / 146097 * 400;
    long rest = days % 146097;
    long n = rest / 36524 < 3 ? rest / 36524 : 3;
    long month;

    year += 100 * n;
    rest -= 36524 * n;
    year += rest / 1461 * 4;
    rest %= 1461;
    n = rest / 365 < 3 ? rest / 365 : 3;
    year += n;
    rest -= 365 * n;
    /* From March on, months are of 31, 30, 31, 30, 31 days, again and again. */
    month = (5 * rest + 2) / 153;
    rest -= (153 * month + 2) / 5;
    snprintf(out, XLSX_NUMBER_TEXT, "%04ld-%02ld-%02ld", month < 10 ? year : year + 1,
             month < 10 ? month + 3 : month - 9, rest + 1);
}

static void
print_day(long day, char out[XLSX_NUMBER_TEXT])
{
    /* From 1 March of year 0 to 30 December 1899. */
    const long before = 693899;

    if (day == 0 || day == DAY_LEAP) {
        strcpy(out, day == 0 ? "1900-01-00" : "1900-02-29");
    } else {
        print_march_days(before + day + (day < DAY_LEAP ? 1 : 0), out);
    }
}

static void
print_clock(long seconds, char *out, size_t cap)
{
    snprintf(out, cap, "%02ld:%02ld:%02ld", seconds / 3600, seconds / 60 % 60,
             seconds % 60);
}

enum xlsx_number
xlsx_number_print(const char *text, struct xlsx_format format, bool date1904,
                  char out[XLSX_NUMBER_TEXT])
{
    char *end;
    double v;
    long seconds, day;

    v = is_number(text) ? strtod(text, &end) : NAN;
    if (!isfinite(v) || *end != '\0') {
        return XLSX_NUMBER_BAD;
    }
    if (format.kind == XLSX_PLAIN) {
        return print_plain(text, v, format.zeros, out);
    }
    if (v < 0 || v >= DAY_LAST + 1) {
        return XLSX_NUMBER_RANGE;
    }
    seconds = lround(v * DAY_SECONDS);
    day = seconds / DAY_SECONDS + (date1904 ? DAY_FIRST_1904 : 0);
    if (format.kind == XLSX_TIME) {
        print_clock(format.elapsed ? seconds : seconds % DAY_SECONDS, out,
                    XLSX_NUMBER_TEXT);
        return XLSX_NUMBER_OK;
    }
    if (day > DAY_LAST) {
        return XLSX_NUMBER_RANGE;
    }
    print_day(day, out);
    if (format.kind == XLSX_DATE_TIME && seconds % DAY_SECONDS != 0) {
        strcat(out, " ");
        print_clock(seconds % DAY_SECONDS, out + strlen(out),
                    XLSX_NUMBER_TEXT - strlen(out));
    }
    return XLSX_NUMBER_OK;
}

/*
 * Days.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "protocols/calendar.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static unsigned
days_in(unsigned year, unsigned month)
{
    static const unsigned days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return days[month - 1] + (month == 2 && leap);
}

void
tally_today(char out[TALLY_DAY])
{
    time_t now = time(NULL);
    struct tm day;

    gmtime_r(&now, &day);
    (void)strftime(out, TALLY_DAY, "%Y-%m-%d", &day);
}

/* The digits from ${at} as a number; -1 when they are none. */
static int
digits(const char *text, size_t at, size_t n)
{
    int value = 0;

    for (size_t i = at; i < at + n; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return -1;
        }
        value = 10 * value + (text[i] - '0');
    }
    return value;
}

bool
tally_day_valid(const char *text)
{
    int year, month, day;

    if (strlen(text) != TALLY_DAY - 1 || text[4] != '-' || text[7] != '-') {
        return false;
    }
    year = digits(text, 0, 4);
    month = digits(text, 5, 2);
    day = digits(text, 8, 2);
    return year >= 2000 && year <= 2199 && month >= 1 && month <= 12 && day >= 1 &&
           (unsigned)day <= days_in((unsigned)year, (unsigned)month);
}

void
tally_day_after(const char *from, unsigned months, char out[TALLY_DAY])
{
    unsigned all =
        12 * (unsigned)digits(from, 0, 4) + (unsigned)digits(from, 5, 2) - 1 + months;
    unsigned year = all / 12 % 10000, month = all % 12 + 1;
    unsigned day = (unsigned)digits(from, 8, 2);
    unsigned last = days_in(year, month);

    (void)snprintf(out, TALLY_DAY, "%04u-%02u-%02u", year, month,
                   (day < last ? day : last) % 100);
}

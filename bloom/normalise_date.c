/*
 * Dates: what was read is told from a default, from no day at all, and from a day and
 * month that only make sense the other way round, which is evidence about the column.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/normalise_date.h"

#include <stdlib.h>
#include <string.h>

#define DATE_LEN 8

/* What systems and clerks write for "no date": YYYYMMDD, where 'n' takes any digit. 1
 * January 1970 is not one of them: people are born on it. */
static const char *const NO_DATE[] = {
    "19000101", "19010101", "19000000", "18991230", "18991231", "1800nnnn", "17530101",
    "9999nnnn", "0001nnnn", "1111nnnn", "00000000", "20991231", "2999nnnn", NULL};

#define FIRST_YEAR 1902 /* none of them is of this year to the next */
#define LAST_YEAR  2098

static bool
is_no_date(const char *digits)
{
    for (const char *const *p = NO_DATE; *p != NULL; p++) {
        size_t i = 0;

        while (i < 8 && ((*p)[i] == 'n' || (*p)[i] == digits[i])) {
            i++;
        }
        if (i == 8) {
            return true;
        }
    }
    return false;
}

static int
days_in(int year, int month)
{
    static const int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    /* Without a year, 29 February can be. */
    return month == 2 && year != 0 && !leap ? 28 : days[month - 1];
}

static bool
is_possible(const struct tally_date *d)
{
    return (d->year == 0 ||
            (d->year >= TALLY_YEAR_FIRST && d->year <= TALLY_YEAR_LAST)) &&
           d->month <= 12 && d->day <= (d->month == 0 ? 31 : days_in(d->year, d->month));
}

static void
write_digits(char *out, int number, size_t n)
{
    while (n-- > 0) {
        out[n] = (char)('0' + number % 10);
        number /= 10;
    }
}

/* YYYYMMDD, and zeros for a part that is not known. */
static void
write_raw(const struct tally_date *d, char text[DATE_LEN])
{
    write_digits(text, d->year, 4);
    write_digits(text + 4, d->month, 2);
    write_digits(text + 6, d->day, 2);
}

/* - for the digits of a part that is not known. */
static void
mark_unknown(const struct tally_date *d, char text[DATE_LEN])
{
    if (d->year == 0) {
        memset(text, '-', 4);
    }
    if (d->month == 0) {
        memset(text + 4, '-', 2);
    }
    if (d->day == 0) {
        memset(text + 6, '-', 2);
    }
}

/* Count what the figures say about the column's order, and pass on whether the date is
 * possible. */
static bool
is_possible_in_order(const struct tally_date *d, struct tally_value *out)
{
    const struct tally_date other = {.year = d->year, .month = d->day, .day = d->month};
    bool possible = is_possible(d);

    if (d->figures && possible && d->day > 12) {
        out->rule = TALLY_RULE_THIS_ORDER;
    } else if (d->figures && !possible && d->day > 0 && is_possible(&other)) {
        out->rule = TALLY_RULE_OTHER_ORDER;
    }
    return possible;
}

/* The year alone, where the column has 1 January for days that are not known. */
static void
forget_january(const struct tally_date_reading *reading, struct tally_date *d,
               struct tally_value *out)
{
    if (reading != NULL && reading->january && d->month == 1 && d->day == 1) {
        d->month = d->day = 0;
        out->rule = TALLY_RULE_JANUARY;
    }
}

enum tally_reason
tally_normalise_date(const struct tally_field *f, struct tally_folded *in,
                     struct tally_value *out)
{
    struct tally_date d;
    enum tally_reason reason;
    char *text = out->text;

    (void)f;
    if (tally_is_placeholder(in->text, in->len, out)) {
        return TALLY_VALUE_PLACEHOLDER;
    }
    if (in->changed) {
        return TALLY_VALUE_INVALID;
    }
    if (!tally_date_read(in, in->reading, &d)) {
        out->rule = d.short_year ? TALLY_RULE_SHORT_YEAR : TALLY_RULE_NONE;
        return TALLY_VALUE_INVALID;
    }
    write_raw(&d, text);
    if ((d.year < FIRST_YEAR || d.year > LAST_YEAR) && is_no_date(text)) {
        reason = tally_value_placeholder(out, TALLY_RULE_DEFAULT_DATE);
    } else if (!is_possible_in_order(&d, out)) {
        reason = TALLY_VALUE_IMPOSSIBLE;
    } else {
        forget_january(in->reading, &d, out);
        mark_unknown(&d, text);
        reason = tally_value_set(out, text, DATE_LEN,
                                 d.year == 0 || d.month == 0 || d.day == 0);
    }
    text[out->len] = '\0';
    tally_wipe(&d, sizeof d);
    return reason;
}

void
tally_date_rules(struct tally_digest_state *st)
{
    static const char *const bounds[] = {"1850", "2100", NULL};

    for (size_t i = 0; NO_DATE[i] != NULL; i++) {
        char year[5] = "";

        memcpy(year, NO_DATE[i], 4);
        TALLY_INVARIANT(atoi(year) < FIRST_YEAR || atoi(year) > LAST_YEAR);
    }
    tally_date_read_rules(st);
    tally_list_rules(st, NO_DATE);
    tally_list_rules(st, bounds);
}

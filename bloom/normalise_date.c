/*
 * Dates. Many ways to write one, a single meaning each: nothing is guessed from row to
 * row, so a value that could be read in two ways, or only by swapping day and month, is
 * not used.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/normalise_private.h"

#include <string.h>

/* Fixed: a bound that moved with the clock would encode one record in two ways. */
#define YEAR_FIRST 1850
#define YEAR_LAST  2100
#define PARTS      3
#define DAMAGED    (-1)

/* English and Welsh, January first. English names may be shortened to three letters or
 * more. */
static const char *const MONTHS[] = {
    "january", "february",  "march",   "april",    "may",        "june",   "july",
    "august",  "september", "october", "november", "december",   "ionawr", "chwefror",
    "mawrth",  "ebrill",    "mai",     "mehefin",  "gorffennaf", "awst",   "medi",
    "hydref",  "tachwedd",  "rhagfyr", NULL};
static const char *const WEEKDAYS[] = {
    "mon",       "monday", "tue",      "tues",  "tuesday",  "wed",
    "wednesday", "thu",    "thur",     "thurs", "thursday", "fri",
    "friday",    "sat",    "saturday", "sun",   "sunday",   NULL};
static const char *const ORDINALS[] = {"st", "nd", "rd", "th", NULL};

/* What systems and clerks write for "no date": YYYYMMDD, where 'n' takes any digit. 1
 * January 1970 is not one of them: people are born on it. */
static const char *const NO_DATE[] = {"19000101", "19010101", "19000000", "18991230",
                                      "18991231", "1800nnnn", "17530101", "9999nnnn",
                                      "0001nnnn", "1111nnnn", "00000000", NULL};

/* A run of digits or of letters. */
struct part {
    const char *text;
    size_t len;
    int number; /* value of at most 8 digits; month 1 to 12 of a name; DAMAGED */
    bool name;
};

/* A date as read; 0 for a part that is not known. */
struct date {
    int year;
    int month;
    int day;
};

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
    return c >= 'a' && c <= 'z';
}

/* Cut a time of day behind the date, as in 1984-07-31t09:30:00.000z. False when what
 * stands there is no time. */
static bool
cut_time(struct tally_folded *t)
{
    char *at = strchr(t->text, ':');

    if (at == NULL) {
        return true;
    }
    while (at > t->text && is_digit(at[-1])) {
        at--;
    }
    if (at - t->text < 2 || !(at[-1] == ' ' || (at[-1] == 't' && is_digit(at[-2]))) ||
        at[strspn(at, "0123456789:.+-zapm ")] != '\0') {
        return false;
    }
    at[-1] = '\0';
    t->len = (size_t)(at - 1 - t->text);
    return true;
}

static int
month_of(const char *name, size_t len)
{
    for (int i = 0; MONTHS[i] != NULL; i++) {
        size_t full = strlen(MONTHS[i]);

        if (memcmp(MONTHS[i], name, len < full ? len : full) == 0 &&
            (len == full || (i < 12 && len >= 3 && len < full))) {
            return i % 12 + 1;
        }
    }
    return DAMAGED;
}

static int
number_of(const char *digits, size_t len)
{
    int n = 0;

    if (len > 8) {
        return DAMAGED;
    }
    for (size_t i = 0; i < len; i++) {
        n = n * 10 + (digits[i] - '0');
    }
    return n;
}

/* Whether ${p} says nothing: a weekday in front, or the th of 5th. */
static bool
is_noise(const struct part *p, const struct part *before, size_t nparts)
{
    if (nparts == 0) {
        return tally_word_in(p->text, p->len, WEEKDAYS);
    }
    return !before->name && before->text + before->len == p->text &&
           tally_word_in(p->text, p->len, ORDINALS);
}

/* Split into runs of digits and of letters. Returns how many, or DAMAGED when there are
 * more than three, or a sign between them that parts no date. */
static int
split(const char *text, struct part parts[PARTS])
{
    size_t n = 0;

    while (*text != '\0') {
        struct part p = {text, 0, DAMAGED, is_letter(*text)};

        if (!p.name && !is_digit(*text)) {
            if (strchr(" /-.,", *text) == NULL) {
                return DAMAGED;
            }
            text++;
            continue;
        }
        while (p.name ? is_letter(text[p.len]) : is_digit(text[p.len])) {
            p.len++;
        }
        text += p.len;
        if (p.name && is_noise(&p, n > 0 ? &parts[n - 1] : NULL, n)) {
            continue;
        }
        if (n == PARTS) {
            return DAMAGED;
        }
        p.number = p.name ? month_of(p.text, p.len) : number_of(p.text, p.len);
        parts[n++] = p;
    }
    return (int)n;
}

enum what { YEAR, MONTH, DAY };

/* Set one part of ${d}: years have four digits, days and months one or two, and only
 * months names. */
static bool
take(struct date *d, enum what what, const struct part *p)
{
    int *const slots[PARTS] = {&d->year, &d->month, &d->day};

    if (p->number < 0 || (p->name && what != MONTH) ||
        (!p->name && (what == YEAR ? p->len != 4 : p->len > 2))) {
        return false;
    }
    *slots[what] = p->number;
    return true;
}

/* Three parts: year first, month name first, or day first. */
static bool
read_three(const struct part p[PARTS], struct date *d)
{
    if (!p[0].name && p[0].len == 4) {
        return take(d, YEAR, &p[0]) && take(d, MONTH, &p[1]) && take(d, DAY, &p[2]);
    }
    if (p[0].name) {
        return take(d, MONTH, &p[0]) && take(d, DAY, &p[1]) && take(d, YEAR, &p[2]);
    }
    return take(d, DAY, &p[0]) && take(d, MONTH, &p[1]) && take(d, YEAR, &p[2]);
}

/* Eight digits without separators are year, month, day. */
static bool
read_compact(const struct part *p, struct date *d)
{
    if (p->name || p->len != 8) {
        return false;
    }
    d->year = p->number / 10000;
    d->month = p->number / 100 % 100;
    d->day = p->number % 100;
    return true;
}

/* Cut at exactly two slashes into three parts, of which some are empty. False for any
 * other shape. */
static bool
cut_slots(const char *text, struct part slots[PARTS])
{
    for (size_t i = 0; i < PARTS; i++) {
        struct part *p = &slots[i];

        text += strspn(text, " ");
        p->text = text;
        p->len = strcspn(text, " /");
        p->name = p->len > 0 && is_letter(*text);
        if (strspn(text, p->name ? "abcdefghijklmnopqrstuvwxyz" : "0123456789") <
            p->len) {
            return false;
        }
        p->number = p->name ? month_of(p->text, p->len) : number_of(p->text, p->len);
        text += p->len;
        text += strspn(text, " ");
        if (*text++ != (i == PARTS - 1 ? '\0' : '/')) {
            return false;
        }
    }
    return true;
}

/* A date of three columns of which one or two were empty. Four digits in front, or an
 * empty front without four digits behind, mean that the year stands first. */
static bool
read_gaps(const char *text, struct date *d)
{
    static const enum what orders[2][PARTS] = {{DAY, MONTH, YEAR}, {YEAR, MONTH, DAY}};
    struct part slots[PARTS];
    bool year_first;

    if (!cut_slots(text, slots)) {
        return false;
    }
    year_first = slots[0].len == 4 || (slots[0].len == 0 && slots[2].len != 4);
    for (size_t i = 0; i < PARTS; i++) {
        if (slots[i].len > 0 && !take(d, orders[year_first][i], &slots[i])) {
            return false;
        }
    }
    return true;
}

static bool
read_parts(const char *text, struct date *d)
{
    struct part parts[PARTS];

    switch (split(text, parts)) {
    case 1:
        return read_compact(&parts[0], d) || read_gaps(text, d);
    case 2:
        return read_gaps(text, d);
    case 3:
        return read_three(parts, d);
    default:
        return false;
    }
}

/* A month or a day alone says too little to be taken for a date; nothing at all
 * ("00/00/0000") is for the placeholders. */
static bool
read_date(const char *text, struct date *d)
{
    return read_parts(text, d) && (d->year != 0 || (d->month == 0) == (d->day == 0));
}

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
is_possible(const struct date *d)
{
    return (d->year == 0 || (d->year >= YEAR_FIRST && d->year <= YEAR_LAST)) &&
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
write_raw(const struct date *d, char text[8])
{
    write_digits(text, d->year, 4);
    write_digits(text + 4, d->month, 2);
    write_digits(text + 6, d->day, 2);
}

/* YYYYMMDD, and - for the digits of a part that is not known. */
static void
write_date(const struct date *d, char text[8])
{
    write_raw(d, text);
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

enum tally_reason
tally_normalise_date(const struct tally_field *f, struct tally_folded *in,
                     struct tally_value *out)
{
    struct date d = {0, 0, 0};
    enum tally_reason reason;
    bool partial;
    char text[8];

    (void)f;
    if (tally_is_placeholder(in->text)) {
        return TALLY_VALUE_PLACEHOLDER;
    }
    if (in->changed || !cut_time(in) || !read_date(in->text, &d)) {
        return TALLY_VALUE_INVALID;
    }
    write_raw(&d, text);
    if (is_no_date(text)) {
        return TALLY_VALUE_PLACEHOLDER;
    }
    if (!is_possible(&d)) {
        return TALLY_VALUE_IMPOSSIBLE;
    }
    partial = d.year == 0 || d.month == 0 || d.day == 0;
    write_date(&d, text);
    reason = tally_value_set(out, text, sizeof text, partial);
    tally_wipe(text, sizeof text);
    tally_wipe(&d, sizeof d);
    return reason;
}

void
tally_date_rules(struct tally_digest_state *st)
{
    static const char *const bounds[] = {"1850", "2100", NULL};

    tally_list_rules(st, MONTHS);
    tally_list_rules(st, WEEKDAYS);
    tally_list_rules(st, ORDINALS);
    tally_list_rules(st, NO_DATE);
    tally_list_rules(st, bounds);
}

/*
 * Reading dates: the parts of what was written, and which of them is the year, the month
 * and the day. The order of figures is the column's; nothing is guessed from a row.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/normalise_date.h"

#include <string.h>

#define PARTS   3
#define DAMAGED (-1)

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
static const char *const LINKS[] = {"of", NULL};

/* A run of digits or of letters. */
struct part {
    const char *text;
    size_t len;
    int number; /* value of at most 8 digits; month 1 to 12 of a name; DAMAGED */
    bool name;
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

/* Cut a time of day behind the date, as in 1984-07-31t09:30:00.000z or, behind a year
 * that follows a month's name, 31jul1984:09:30:00. False when what stands there is no
 * time. */
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
    if (at - t->text > 3 && is_letter(at[-1]) && strspn(at, "0123456789") == 4) {
        at += 5;
    }
    if (at - t->text < 2 ||
        !(at[-1] == ' ' || at[-1] == ':' || (at[-1] == 't' && is_digit(at[-2]))) ||
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

/* Whether ${p} says nothing: a weekday in front, an "of", or the th of 5th. */
static bool
is_noise(const struct part *p, const struct part *before, size_t nparts)
{
    if (nparts == 0) {
        return tally_word_in(p->text, p->len, WEEKDAYS);
    }
    if (tally_word_in(p->text, p->len, LINKS)) {
        return true;
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
            if (strchr(" /-.,'", *text) == NULL) {
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

/* By enum tally_reading_order. */
static const enum what ORDERS[][PARTS] = {
    [TALLY_READ_DMY] = {DAY, MONTH, YEAR},
    [TALLY_READ_MDY] = {MONTH, DAY, YEAR},
    [TALLY_READ_YMD] = {YEAR, MONTH, DAY},
};

/* Set the year of ${d}: four digits, or two when the column's century is known. */
static bool
take_year(struct tally_date *d, const struct part *p, int century)
{
    if (p->name || (p->len != 4 && p->len != 2)) {
        return false;
    }
    if (p->len == 4) {
        d->year = p->number;
        return true;
    }
    d->short_year = century == 0;
    d->year = century - century % 100 + p->number;
    d->year += d->year < century ? 100 : 0;
    return !d->short_year;
}

/* Set one part of ${d}: days and months have one or two digits, and only months names. */
static bool
take(struct tally_date *d, enum what what, const struct part *p, int century)
{
    if (p->number < 0) {
        return false;
    }
    if (what == YEAR) {
        return take_year(d, p, century);
    }
    if (p->name ? what != MONTH : p->len > 2) {
        return false;
    }
    *(what == MONTH ? &d->month : &d->day) = p->number;
    return true;
}

static bool
take_three(struct tally_date *d, enum tally_reading_order order,
           const struct part p[PARTS], int century)
{
    for (size_t i = 0; i < PARTS; i++) {
        if (!take(d, ORDERS[order][i], &p[i], century)) {
            return false;
        }
    }
    return true;
}

/* Three parts. A year of four digits in front, or a month's name, says by itself what
 * comes where; figures are in the column's order. */
static bool
read_three(const struct part p[PARTS], const struct tally_date_reading *reading,
           struct tally_date *d)
{
    enum tally_reading_order order = reading->order;

    if (!p[0].name && p[0].len == 4) {
        order = TALLY_READ_YMD;
    } else if (p[0].name) {
        order = TALLY_READ_MDY;
    } else if (p[1].name) {
        order = order == TALLY_READ_YMD && p[2].len != 4 ? order : TALLY_READ_DMY;
    } else if (order == TALLY_READ_YMD && p[2].len == 4) {
        return false;
    } else {
        d->figures = order != TALLY_READ_YMD;
    }
    return take_three(d, order, p, reading->century);
}

/* Cut ${digits} into parts of two and four (or two) digits, in ${order}. */
static bool
read_run(const char *digits, size_t year_len, enum tally_reading_order order, int century,
         struct tally_date *d)
{
    struct part p[PARTS];

    for (size_t i = 0; i < PARTS; i++) {
        size_t len = ORDERS[order][i] == YEAR ? year_len : 2;

        p[i] = (struct part){digits, len, number_of(digits, len), false};
        digits += len;
    }
    return take_three(d, order, p, century);
}

static bool
in_range(int year)
{
    return year >= TALLY_YEAR_FIRST && year <= TALLY_YEAR_LAST;
}

/* Digits without separators: year, month, day; or, when no year can begin like that, the
 * column's order. The two never clash: where a date of either kind could stand, the
 * other's month would be above 12. Seven digits have lost the zero in front. */
static bool
read_compact(const struct part *p, const struct tally_date_reading *reading,
             struct tally_date *d)
{
    struct tally_date other = {0};
    char digits[9] = "0";

    if (p->name || p->len < 6 || p->len > 8) {
        return false;
    }
    memcpy(digits + (p->len == 7 ? 1 : 0), p->text, p->len);
    if (p->len == 6) {
        d->figures = reading->order != TALLY_READ_YMD;
        return read_run(digits, 2, reading->order, reading->century, d);
    }
    if (!read_run(digits, 4, TALLY_READ_YMD, 0, d)) {
        return false;
    }
    if (!in_range(d->year) && read_run(digits, 4, reading->order, 0, &other) &&
        in_range(other.year)) {
        *d = other;
        d->figures = true;
        return true;
    }
    return p->len == 8;
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
 * empty front without a year behind, mean that the year stands first. */
static bool
read_gaps(const char *text, const struct tally_date_reading *reading,
          struct tally_date *d)
{
    struct part slots[PARTS];
    enum tally_reading_order order = reading->order;

    if (!cut_slots(text, slots)) {
        return false;
    }
    if (slots[0].len == 4 ||
        (slots[0].len == 0 && slots[2].len != 4 && reading->century == 0)) {
        order = TALLY_READ_YMD;
    }
    for (size_t i = 0; i < PARTS; i++) {
        if (slots[i].len > 0 && !take(d, ORDERS[order][i], &slots[i], reading->century)) {
            return false;
        }
    }
    d->figures =
        order != TALLY_READ_YMD && slots[0].len > 0 && slots[1].len > 0 && !slots[1].name;
    return true;
}

static bool
read_parts(const char *text, const struct tally_date_reading *reading,
           struct tally_date *d)
{
    struct part parts[PARTS];

    switch (split(text, parts)) {
    case 1:
        return read_compact(&parts[0], reading, d) || read_gaps(text, reading, d);
    case 2:
        return read_gaps(text, reading, d);
    case 3:
        return read_three(parts, reading, d);
    default:
        return false;
    }
}

/* What most columns hold, 1984-07-31 or 31/07/1984, cut as split would. */
static bool
split_figures(const struct tally_folded *t, struct part parts[PARTS])
{
    static const uint8_t lengths[][PARTS] = {{4, 2, 2}, {2, 2, 4}};
    const uint8_t *len = lengths[t->len == 10 && is_digit(t->text[2]) ? 0 : 1];
    const char *text = t->text;

    if (t->len != 10) {
        return false;
    }
    for (size_t i = 0; i < PARTS; i++) {
        parts[i] = (struct part){text, len[i], 0, false};
        for (size_t k = 0; k < len[i]; k++, text++) {
            if (!is_digit(*text)) {
                return false;
            }
            parts[i].number = parts[i].number * 10 + (*text - '0');
        }
        if (*text != '-' && *text != '/' && *text != '\0') {
            return false;
        }
        text++;
    }
    return true;
}

/* A month or a day alone says too little to be taken for a date; nothing at all
 * ("00/00/0000") is for the placeholders. */
bool
tally_date_read(struct tally_folded *t, const struct tally_date_reading *reading,
                struct tally_date *d)
{
    static const struct tally_date_reading usual = {.order = TALLY_READ_DMY};
    struct part parts[PARTS];
    bool read;

    memset(d, 0, sizeof *d);
    reading = reading != NULL ? reading : &usual;
    if (split_figures(t, parts)) {
        read = read_three(parts, reading, d);
    } else {
        tally_folded_cut_zeros(t);
        read = cut_time(t) && read_parts(t->text, reading, d);
    }
    return read && (d->year != 0 || (d->month == 0) == (d->day == 0));
}

void
tally_date_read_rules(struct tally_digest_state *st)
{
    tally_list_rules(st, MONTHS);
    tally_list_rules(st, WEEKDAYS);
    tally_list_rules(st, ORDINALS);
    tally_list_rules(st, LINKS);
}

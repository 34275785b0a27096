/*
 * From counts to verdicts, by the table of profile_rules.c and a few rules that a share
 * does not express.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/profile_private.h"

/* How frequent the most frequent value of a type may be, in a million. Types that are not
 * here have no limit. */
static const struct {
    uint32_t look;
    uint32_t fix;
} FREQUENT[TALLY_FIELD_TYPES] = {
    [TALLY_FIELD_FORENAME] = {8 * TALLY_SHARE_PERCENT, 30 * TALLY_SHARE_PERCENT},
    [TALLY_FIELD_SURNAME] = {8 * TALLY_SHARE_PERCENT, 30 * TALLY_SHARE_PERCENT},
    [TALLY_FIELD_FULL_NAME] = {2 * TALLY_SHARE_PERCENT, 10 * TALLY_SHARE_PERCENT},
    [TALLY_FIELD_DATE] = {2 * TALLY_SHARE_PERCENT, 10 * TALLY_SHARE_PERCENT},
    [TALLY_FIELD_POSTCODE] = {5 * TALLY_SHARE_PERCENT, 30 * TALLY_SHARE_PERCENT},
    [TALLY_FIELD_ADDRESS] = {5 * TALLY_SHARE_PERCENT, 30 * TALLY_SHARE_PERCENT},
    [TALLY_FIELD_NHS_NUMBER] = {2 * TALLY_SHARE_TENTH, 2 * TALLY_SHARE_PERCENT},
};

/* What a field of a type may look like. */
#define LOOKS(look) (1u << TALLY_LOOK_##look)
static const unsigned FITTING[TALLY_FIELD_TYPES] = {
    [TALLY_FIELD_FORENAME] = LOOKS(WORDS) | LOOKS(TEXT),
    [TALLY_FIELD_SURNAME] = LOOKS(WORDS) | LOOKS(TEXT),
    [TALLY_FIELD_FULL_NAME] = LOOKS(WORDS) | LOOKS(TEXT),
    [TALLY_FIELD_DATE] = LOOKS(DATE),
    [TALLY_FIELD_SEX] = LOOKS(SEX) | LOOKS(NUMBER),
    [TALLY_FIELD_POSTCODE] = LOOKS(POSTCODE) | LOOKS(TEXT),
    [TALLY_FIELD_ADDRESS] = LOOKS(WORDS) | LOOKS(TEXT),
    [TALLY_FIELD_NHS_NUMBER] = LOOKS(NHS) | LOOKS(NUMBER),
};

static const char *const LOOKS_LIKE[TALLY_LOOKS] = {
    [TALLY_LOOK_SEX] = "The column holds what looks like sex codes. Check the mapping.",
    [TALLY_LOOK_EMAIL] =
        "The column holds what looks like e-mail addresses. Check the mapping.",
    [TALLY_LOOK_NHS] = "The column holds what looks like NHS numbers. Check the mapping.",
    [TALLY_LOOK_DATE] = "The column holds what looks like dates. Check the mapping.",
    [TALLY_LOOK_POSTCODE] =
        "The column holds what looks like UK postcodes. Check the mapping.",
    [TALLY_LOOK_NUMBER] = "The column holds plain numbers. Check the mapping.",
    [TALLY_LOOK_WORDS] = "The column holds words without digits. Check the mapping.",
    [TALLY_LOOK_TEXT] =
        "The column holds text that is not of this type. Check the mapping.",
};

/* Whether ${count} in ${of} is ${ppm} parts in a million or more, without overflow. */
static bool
reaches(uint64_t count, uint64_t of, uint32_t ppm)
{
    return ppm <= 1000000 && (double)count * 1e6 >= (double)of * ppm;
}

static enum tally_verdict
judge(uint64_t count, uint64_t of, uint64_t least, uint32_t look, uint32_t fix)
{
    if (count < least || count == 0) {
        return TALLY_VERDICT_GOOD;
    }
    if (reaches(count, of, fix)) {
        return TALLY_VERDICT_FIX;
    }
    return reaches(count, of, look) ? TALLY_VERDICT_LOOK : TALLY_VERDICT_GOOD;
}

static struct tally_finding
finding(enum tally_check c, uint64_t count, uint64_t of, enum tally_verdict v)
{
    return (struct tally_finding){c,  v,     count,
                                  of, false, tally_profile_rules[c].actions[v]};
}

static struct tally_finding
by_rule(enum tally_check c, uint64_t count, uint64_t of)
{
    const struct tally_profile_rule *r = &tally_profile_rules[c];

    return finding(c, count, of, judge(count, of, r->least, r->look, r->fix));
}

/* A column that is not for linking need not be mended; but characters that are lost in
 * one column are lost in all. */
static void
add(struct tally_profile_field *f, struct tally_finding found)
{
    if (!f->identifying && found.verdict != TALLY_VERDICT_GOOD) {
        bool alphabet = found.check == TALLY_CHECK_ALPHABET;

        found.verdict = alphabet ? TALLY_VERDICT_LOOK : TALLY_VERDICT_GOOD;
        found.action = alphabet
                           ? found.action
                           : "Nothing to do, unless the partners ask for this field.";
    }
    if (found.verdict > f->verdict) {
        f->verdict = found.verdict;
    }
    f->findings[f->nfindings++] = found;
}

static uint64_t
sum_of(const uint64_t *counts, size_t n)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < n; i++) {
        sum += counts[i];
    }
    return sum;
}

static uint64_t
greatest_of(const uint64_t *counts, size_t n)
{
    uint64_t greatest = 0;

    for (size_t i = 0; i < n; i++) {
        greatest = counts[i] > greatest ? counts[i] : greatest;
    }
    return greatest;
}

/* Whether a type knows such a fault at all; one that is not there need not be told. */
static bool
can_be(enum tally_field_type type, enum tally_check c)
{
    if (c == TALLY_CHECK_CHECK_DIGIT) {
        return type == TALLY_FIELD_NHS_NUMBER;
    }
    return c != TALLY_CHECK_IMPOSSIBLE || type == TALLY_FIELD_DATE ||
           type == TALLY_FIELD_INTEGER;
}

static void
add_outcomes(const struct tally_field_state *s, uint64_t records,
             struct tally_profile_field *f)
{
    static const struct {
        enum tally_check check;
        enum tally_reason reason;
    } outcomes[] = {{TALLY_CHECK_INVALID, TALLY_VALUE_INVALID},
                    {TALLY_CHECK_IMPOSSIBLE, TALLY_VALUE_IMPOSSIBLE},
                    {TALLY_CHECK_CHECK_DIGIT, TALLY_VALUE_CHECK_DIGIT},
                    {TALLY_CHECK_REPAIRED, TALLY_VALUE_REPAIRED}};

    struct tally_finding missing =
        by_rule(TALLY_CHECK_MISSING, f->reasons[TALLY_VALUE_MISSING], records);

    if (s->nparts == 0) {
        missing.verdict = TALLY_VERDICT_GOOD;
        missing.action =
            "Nothing to do: the mapping says that the file has no such field.";
    }
    add(f, missing);
    add(f,
        by_rule(TALLY_CHECK_PLACEHOLDER,
                f->reasons[TALLY_VALUE_PLACEHOLDER] - f->rules[TALLY_RULE_DEFAULT_DATE],
                records));
    if (f->type == TALLY_FIELD_DATE) {
        add(f, by_rule(TALLY_CHECK_DEFAULT_DATE, f->rules[TALLY_RULE_DEFAULT_DATE],
                       records));
    }
    for (size_t i = 0; i < sizeof outcomes / sizeof outcomes[0]; i++) {
        uint64_t count = f->reasons[outcomes[i].reason];

        if (count > 0 || can_be(f->type, outcomes[i].check)) {
            add(f, by_rule(outcomes[i].check, count, records));
        }
    }
    add(f, by_rule(TALLY_CHECK_ALPHABET, s->outside, records));
}

/* Initials: few letters share all records, and that is no skew. */
static bool
are_initials(const struct tally_field_state *s)
{
    return 2 * s->lengths[1] > sum_of(s->lengths, TALLY_LENGTHS);
}

static void
add_frequency(const struct tally_field_state *s, struct tally_profile_field *f)
{
    const struct tally_frequency *q = &f->frequency;
    bool constant =
        q->distinct == 1 && f->usable >= tally_profile_rules[TALLY_CHECK_CONSTANT].least;
    bool limited = FREQUENT[f->type].look > 0 && !are_initials(s) && !constant;
    struct tally_finding top =
        finding(TALLY_CHECK_TOP, q->top, f->usable,
                judge(q->top, f->usable, tally_profile_rules[TALLY_CHECK_TOP].least,
                      limited ? FREQUENT[f->type].look : TALLY_SHARE_NEVER,
                      limited ? FREQUENT[f->type].fix : TALLY_SHARE_NEVER));

    top.estimate = !q->exact;
    add(f, top);
    add(f, by_rule(TALLY_CHECK_CONSTANT, constant ? f->usable : 0, f->usable));
}

/* Dates in years that are at least three times as frequent as the mean of the three years
 * before and the three after, and so by more than chance does it. */
static uint64_t
year_excess(const struct tally_field_state *s)
{
    uint64_t excess = 0;

    for (size_t y = 0; y < TALLY_YEARS; y++) {
        uint64_t around = 0, n = 0, count = s->years[y];

        for (size_t d = 1; d <= 3; d++) {
            n += (y >= d ? 1u : 0u) + (y + d < TALLY_YEARS ? 1u : 0u);
            around += (y >= d ? s->years[y - d] : 0) +
                      (y + d < TALLY_YEARS ? s->years[y + d] : 0);
        }
        if (count >= tally_profile_rules[TALLY_CHECK_YEAR].least &&
            count * n >= 3 * around &&
            reaches(count, s->full_dates, TALLY_SHARE_PERCENT)) {
            excess += count;
        }
    }
    return excess;
}

/* The day comes first unless dates show that the month does. */
static struct tally_finding
day_month(const struct tally_field_state *s, uint64_t dates)
{
    uint64_t day = s->orders[TALLY_ORDER_DAY_FIRST];
    uint64_t month = s->orders[TALLY_ORDER_MONTH_FIRST];
    uint64_t either = s->orders[TALLY_ORDER_EITHER];
    struct tally_finding f;

    if (month > 0) {
        bool many = reaches(month, day + month, TALLY_SHARE_PERCENT);

        f = finding(TALLY_CHECK_DAY_MONTH, month, dates,
                    many ? TALLY_VERDICT_FIX : TALLY_VERDICT_LOOK);
        if (day > 0) {
            f.action =
                "Some dates have the day first, these the month. Such dates cannot "
                "be used. Export year, month, day.";
        }
        return f;
    }
    f = finding(TALLY_CHECK_DAY_MONTH, either, dates,
                either > 0 && day == 0 ? TALLY_VERDICT_LOOK : TALLY_VERDICT_GOOD);
    if (day > 0 && either > 0) {
        f.action = "Nothing to do: other dates of the column show that the day is first.";
    }
    return f;
}

static void
add_dates(const struct tally_field_state *s, struct tally_profile_field *f)
{
    uint64_t dates = sum_of(s->styles, TALLY_STYLES);

    if (f->type != TALLY_FIELD_DATE) {
        return;
    }
    add(f, by_rule(TALLY_CHECK_JANUARY, s->january, s->full_dates));
    add(f, by_rule(TALLY_CHECK_MONTH_START, s->month_start, s->full_dates));
    add(f, by_rule(TALLY_CHECK_YEAR, year_excess(s), s->full_dates));
    add(f,
        by_rule(TALLY_CHECK_STYLE, dates - greatest_of(s->styles, TALLY_STYLES), dates));
    add(f, day_month(s, dates));
}

/* Seven in ten values of one look that the type has not. */
static void
add_content(const struct tally_field_state *s, struct tally_profile_field *f)
{
    uint64_t seen = sum_of(s->looks + 1, TALLY_LOOKS - 1);
    struct tally_finding found =
        finding(TALLY_CHECK_CONTENT, 0, seen, TALLY_VERDICT_GOOD);

    if (FITTING[f->type] == 0) {
        return;
    }
    for (int l = TALLY_LOOK_NOTHING + 1; l < TALLY_LOOKS; l++) {
        if ((FITTING[f->type] & 1u << l) != 0) {
            continue;
        }
        found.count += s->looks[l];
        if (s->looks[l] >= tally_profile_rules[TALLY_CHECK_CONTENT].least &&
            reaches(s->looks[l], seen, 70 * TALLY_SHARE_PERCENT)) {
            found.verdict = TALLY_VERDICT_FIX;
            found.action =
                l == TALLY_LOOK_NUMBER && f->type == TALLY_FIELD_DATE
                    ? "The column holds plain numbers, perhaps the day numbers "
                      "of a spreadsheet. Export dates as year, month, day."
                    : LOOKS_LIKE[l];
        }
    }
    add(f, found);
}

/* The length below which ${share} quarters of the values lie. */
static size_t
quartile(const struct tally_field_state *s, uint64_t total, uint64_t share)
{
    uint64_t below = 0;
    size_t n = 0;

    while (n < TALLY_LENGTHS - 1 && (below + s->lengths[n]) * 4 < total * share) {
        below += s->lengths[n++];
    }
    return n;
}

/* Lengths more than three times the middle half's spread away from it (Tukey's outer
 * fence); the spread counts as four at least. */
static void
add_length(const struct tally_field_state *s, struct tally_profile_field *f)
{
    uint64_t total = sum_of(s->lengths, TALLY_LENGTHS), count = 0;
    size_t low = quartile(s, total, 1), high = quartile(s, total, 3);
    size_t spread = 3 * (high - low > 4 ? high - low : 4);

    for (size_t n = 0; n < TALLY_LENGTHS; n++) {
        count += n > high + spread || n + spread < low ? s->lengths[n] : 0;
    }
    add(f, by_rule(TALLY_CHECK_LENGTH, count, total));
}

void
tally_profile_judge_field(const struct tally_field_state *s, uint64_t records,
                          struct tally_profile_field *f)
{
    uint64_t cased = sum_of(s->cases + 1, TALLY_CASES - 1);

    f->nfindings = 0;
    f->verdict = TALLY_VERDICT_GOOD;
    add_outcomes(s, records, f);
    add_frequency(s, f);
    add_dates(s, f);
    add_content(s, f);
    add_length(s, f);
    add(f, by_rule(TALLY_CHECK_BLANKS, s->blanks, records));
    add(f, by_rule(TALLY_CHECK_SEVERAL, s->several, records));
    add(f, by_rule(TALLY_CHECK_CASE, cased - greatest_of(s->cases + 1, TALLY_CASES - 1),
                   cased));
}

/* Columns the wrong way round have more swapped records than straight ones. */
static struct tally_finding
swapped_names(const struct tally_record_state *s)
{
    uint64_t seen = s->names_straight + s->names_swapped;

    if (s->names_swapped >= 5 && s->names_swapped > s->names_straight) {
        return finding(TALLY_CHECK_SWAPPED_NAMES, s->names_swapped, seen,
                       TALLY_VERDICT_FIX);
    }
    return by_rule(TALLY_CHECK_SWAPPED_NAMES, s->names_swapped, seen);
}

void
tally_profile_judge_file(const struct tally_record_state *s, struct tally_profile *p)
{
    size_t identifying = 0;

    p->nfindings = 0;
    for (size_t i = 0; i < p->nfields; i++) {
        identifying += p->fields[i].identifying;
    }
    if (identifying > 0) {
        p->findings[p->nfindings++] =
            by_rule(TALLY_CHECK_DUPLICATES, s->duplicates, p->compared);
        p->findings[p->nfindings++] =
            by_rule(TALLY_CHECK_NOTHING_USABLE, s->nothing_usable, p->records);
        p->findings[p->nfindings++] = swapped_names(s);
    }
    if (p->id_column[0] != '\0') {
        p->findings[p->nfindings++] =
            by_rule(TALLY_CHECK_ID_REPEATED, s->ids_repeated, p->records);
        p->findings[p->nfindings++] =
            by_rule(TALLY_CHECK_ID_EMPTY, s->ids_empty, p->records);
    }
    if (p->has_aliases) {
        p->findings[p->nfindings++] =
            by_rule(TALLY_CHECK_ALIAS_ORPHAN, s->orphans, p->alias_rows);
    }
}

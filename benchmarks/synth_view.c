/*
 * Agency views. Every rate is in a million records, and stands with its origin in
 * docs/synthetic-data.md.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "benchmarks/synth_view.h"

#include "benchmarks/synth_error.h"
#include "bloom/base/text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum date_style { DATE_ISO, DATE_SLASHED };
enum sex_style { SEX_LETTER, SEX_WORD };

/* In a million records. */
struct rates {
    uint32_t no_forename;
    uint32_t no_birth;
    uint32_t no_sex;
    uint32_t no_postcode;
    uint32_t no_address;
    uint32_t default_birth; /* 1 January 1900, or 1 January of the right year */
    uint32_t typo;          /* each of forename, surname, address line, postcode */
    uint32_t ocr;
    uint32_t phonetic;
    uint32_t nickname; /* of those whose forename has one */
    uint32_t alias;    /* another forename, or another surname, altogether */
    uint32_t swapped_names;
    uint32_t swapped_date; /* day for month, where that is a date */
    uint32_t date_digit;
    uint32_t wrong_sex;
    uint32_t stale_surname; /* the former surname although the change was earlier */
    uint32_t half_postcode;
    uint32_t no_town;
    uint32_t short_street; /* Rd for Road */
};

struct tally_synth_profile {
    const char *name;
    uint32_t window_days; /* records were made up to so long ago */
    bool upper;           /* UPPER CASE */
    uint32_t folded;      /* percent of records without diacritics */
    uint32_t tight_postcode;
    enum date_style date;
    enum sex_style sex;
    struct rates rates;
    uint32_t (*coverage)(const struct tally_synth_person *p); /* in a million */
    void (*payload)(const struct tally_synth_person *p, struct tally_synth_rng *r,
                    struct tally_synth_record *out);
    bool nhs_number;
    const char *columns[TALLY_SYNTH_CELLS + 1];
};

static char *
next_cell(struct tally_synth_record *out)
{
    return out->cells[out->ncells++];
}

static void
put_month(struct tally_synth_rng *r, uint32_t months, char *cell)
{
    int32_t day = TALLY_SYNTH_TODAY - (int32_t)tally_synth_below(r, months * 30);
    struct tally_synth_date d = tally_synth_date(day);

    snprintf(cell, TALLY_SYNTH_CELL, "%04d-%02d", d.year, d.month);
}

/* Where a person lives and who they are, as an agency may tell an analyst: broad groups
 * only. */
static void
put_broad(const struct tally_synth_person *p, struct tally_synth_rng *r,
          const char *age_band, struct tally_synth_record *out)
{
    static const char *const areas[] = {"centre", "east",   "north",
                                        "south",  "valley", "west"};
    static const uint32_t weights[] = {28, 14, 18, 20, 8, 12};

    snprintf(next_cell(out), TALLY_SYNTH_CELL, "%s",
             areas[tally_synth_pick_index(weights, 6, r)]);
    snprintf(next_cell(out), TALLY_SYNTH_CELL, "%s", age_band);
    snprintf(next_cell(out), TALLY_SYNTH_CELL, "%s", tally_synth_sex_label(p));
}

static const char *
broad_age(const struct tally_synth_person *p)
{
    unsigned years = tally_synth_age(p);

    return years < 10   ? "0-9"
           : years < 18 ? "10-17"
           : years < 25 ? "18-24"
           : years < 35 ? "25-34"
           : years < 50 ? "35-49"
                        : "50+";
}

/* One in eight people of police interest, young men most. */
static uint32_t
police_coverage(const struct tally_synth_person *p)
{
    static const struct {
        uint8_t below;
        uint32_t in_a_million[2]; /* women, men */
    } ages[] = {{10, {0, 0}},
                {15, {40000, 75000}},
                {25, {150000, 330000}},
                {35, {160000, 320000}},
                {45, {130000, 240000}},
                {60, {75000, 130000}},
                {TALLY_SYNTH_AGES + 30, {15000, 30000}}};
    size_t i = 0;

    while (tally_synth_age(p) >= ages[i].below) {
        i++;
    }
    return ages[i].in_a_million[p->sex];
}

static void
police_payload(const struct tally_synth_person *p, struct tally_synth_rng *r,
               struct tally_synth_record *out)
{
    static const char *const categories[] = {"violence",     "theft", "criminal damage",
                                             "public order", "drugs", "burglary",
                                             "vehicle",      "other"};
    static const uint32_t weights[] = {34, 26, 11, 10, 5, 5, 5, 4};
    static const char *const types[] = {"homicide", "violence with injury",
                                        "violence without injury", "domestic abuse",
                                        "sexual offence"};
    static const uint32_t type_weights[] = {1, 30, 34, 25, 10};
    size_t category = tally_synth_pick_index(weights, 8, r);
    bool violence = category == 0;

    snprintf(next_cell(out), TALLY_SYNTH_CELL, "%s", categories[category]);
    put_month(r, 72, next_cell(out));
    snprintf(next_cell(out), TALLY_SYNTH_CELL, "%s",
             tally_synth_percent(r, 40) ? "suspect" : "victim");
    snprintf(next_cell(out), TALLY_SYNTH_CELL, "%s",
             violence ? types[tally_synth_pick_index(type_weights, 5, r)] : "");
    snprintf(next_cell(out), TALLY_SYNTH_CELL, "%s",
             violence && tally_synth_percent(r, 15) ? "knife" : "none");
    put_broad(p, r, broad_age(p), out);
}

/* Nearly all; young men somewhat less. */
static uint32_t
health_coverage(const struct tally_synth_person *p)
{
    unsigned years = tally_synth_age(p);

    if (years >= 20 && years < 40) {
        return p->sex == TALLY_SYNTH_MALE ? 900000 : 945000;
    }
    return years == 0 ? 930000 : 965000;
}

/* Weights of why an emergency or a stay came about: knives hurt young men most. */
static void
cause_weights(const struct tally_synth_person *p, uint32_t weights[3])
{
    unsigned years = tally_synth_age(p);
    bool young = years >= 14 && years < 35;

    weights[0] = !young ? 2 : p->sex == TALLY_SYNTH_MALE ? 36 : 9;
    weights[1] = young ? 9 : 4;
    weights[2] = 88;
}

static void
health_payload(const struct tally_synth_person *p, struct tally_synth_rng *r,
               struct tally_synth_record *out)
{
    static const char *const types[] = {"general practice", "outpatient", "emergency",
                                        "inpatient"};
    static const uint32_t weights[] = {62, 20, 12, 6};
    static const char *const causes[] = {"assault, sharp object", "assault, other",
                                         "other"};
    uint32_t why[3];
    size_t type;

    cause_weights(p, why);
    put_month(r, 24, next_cell(out));
    type = tally_synth_pick_index(weights, 4, r);
    snprintf(next_cell(out), TALLY_SYNTH_CELL, "%s", types[type]);
    snprintf(next_cell(out), TALLY_SYNTH_CELL, "%s",
             causes[type < 2 ? 2 : tally_synth_pick_index(why, 3, r)]);
    put_broad(p, r, broad_age(p), out);
}

static uint32_t
education_coverage(const struct tally_synth_person *p)
{
    unsigned years = tally_synth_age(p);

    if (years < 4 || years > 18) {
        return 0;
    }
    return years > 16 ? 800000 : 930000;
}

static void
education_payload(const struct tally_synth_person *p, struct tally_synth_rng *r,
                  struct tally_synth_record *out)
{
    static const char *const bands[] = {"95-100", "90-94", "80-89", "below 80"};
    static const uint32_t weights[] = {58, 24, 13, 5};
    unsigned years = tally_synth_age(p);
    uint32_t exclusions = 0;

    while (exclusions < 5 &&
           tally_synth_percent(r, p->sex == TALLY_SYNTH_MALE ? 6u : 3u)) {
        exclusions++;
    }
    snprintf(next_cell(out), TALLY_SYNTH_CELL, "%u", exclusions);
    snprintf(next_cell(out), TALLY_SYNTH_CELL, "%s",
             bands[tally_synth_pick_index(weights, 4, r)]);
    put_broad(p, r, years < 11 ? "4-10" : years < 16 ? "11-15" : "16-18", out);
}

static uint32_t
general_coverage(const struct tally_synth_person *p)
{
    (void)p;
    return 600000;
}

static void
general_payload(const struct tally_synth_person *p, struct tally_synth_rng *r,
                struct tally_synth_record *out)
{
    (void)p;
    put_month(r, 48, next_cell(out));
}

#define COMMON "forename", "surname", "date_of_birth", "sex", "postcode", "address"
#define BROAD  "area", "age_band", "recorded_sex"

static const struct tally_synth_profile profiles[] = {
    {.name = "police",
     .window_days = 6 * 365,
     .upper = true,
     .folded = 100,
     .tight_postcode = 60,
     .date = DATE_SLASHED,
     .sex = SEX_LETTER,
     .rates = {3000, 40000, 10000, 70000, 40000, 12000, 20000, 5000, 20000, 80000, 15000,
               8000, 10000, 15000, 4000, 100000, 20000, 300000, 300000},
     .coverage = police_coverage,
     .payload = police_payload,
     .columns = {COMMON, "offence_category", "offence_month", "role", "offence_type",
                 "weapon", BROAD, NULL}},
    {.name = "health",
     .window_days = 2 * 365,
     .folded = 40,
     .tight_postcode = 2,
     .date = DATE_ISO,
     .sex = SEX_WORD,
     .rates = {500, 1000, 1000, 8000, 5000, 1000, 5000, 1000, 4000, 15000, 1000, 1500,
               2000, 2500, 500, 25000, 1000, 150000, 100000},
     .coverage = health_coverage,
     .payload = health_payload,
     .nhs_number = true,
     .columns = {COMMON, "nhs_number", "attendance_month", "attendance_type", "cause",
                 BROAD, NULL}},
    {.name = "education",
     .window_days = 365,
     .folded = 70,
     .tight_postcode = 10,
     .date = DATE_SLASHED,
     .sex = SEX_LETTER,
     .rates = {500, 3000, 1000, 10000, 8000, 1000, 10000, 500, 10000, 60000, 3000, 3000,
               4000, 4000, 1000, 30000, 2000, 250000, 150000},
     .coverage = education_coverage,
     .payload = education_payload,
     .columns = {COMMON, "exclusion_count", "attendance_band", BROAD, NULL}},
    {.name = "",
     .window_days = 4 * 365,
     .folded = 60,
     .tight_postcode = 20,
     .date = DATE_ISO,
     .sex = SEX_LETTER,
     .rates = {2000, 15000, 5000, 30000, 25000, 5000, 10000, 5000, 10000, 40000, 5000,
               4000, 6000, 8000, 2000, 60000, 8000, 250000, 200000},
     .coverage = general_coverage,
     .payload = general_payload,
     .columns = {COMMON, "contact_month", NULL}},
};

static void
scale(uint32_t *const *rates, size_t n, uint32_t percent, uint32_t more)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t rate = (uint64_t)*rates[i] * percent / 100 + more;

        *rates[i] = rate < 1000000 ? (uint32_t)rate : 1000000;
    }
}

static void
apply_scenario(struct rates *r, const struct tally_synth_scenario *s)
{
    uint32_t *const blanks[] = {&r->no_forename, &r->no_birth, &r->no_sex,
                                &r->no_postcode, &r->no_address};
    uint32_t *const errors[] = {&r->typo,          &r->ocr,          &r->phonetic,
                                &r->nickname,      &r->alias,        &r->swapped_names,
                                &r->swapped_date,  &r->date_digit,   &r->wrong_sex,
                                &r->stale_surname, &r->half_postcode};
    uint32_t *const defaults[] = {&r->default_birth};

    scale(blanks, sizeof blanks / sizeof blanks[0], s->blanks, s->more_blanks);
    scale(defaults, 1, s->blanks, 0);
    scale(errors, sizeof errors / sizeof errors[0], s->errors, 0);
}

struct tally_synth_profile *
tally_synth_profile(const char *name, const struct tally_synth_scenario *scenario)
{
    const struct tally_synth_profile *v = profiles;
    struct tally_synth_profile *out = malloc(sizeof *out);

    while (v->name[0] != '\0' && strcmp(v->name, name) != 0) {
        v++;
    }
    if (out != NULL) {
        *out = *v;
        apply_scenario(&out->rates, scenario);
    }
    return out;
}

const char *const *
tally_synth_columns(const struct tally_synth_profile *v)
{
    return v->columns;
}

/* Replace each character with a mark by its plain form, keeping capitals at the start of
 * words. */
static void
fold_marks(char *text)
{
    char out[TALLY_SYNTH_CELL] = "";
    size_t n = 0;
    size_t i = 0;

    while (text[i] != '\0' && n + 8 < sizeof out) {
        size_t len = 1;
        unsigned dropped = 0;
        ptrdiff_t got;

        while (((unsigned char)text[i + len] & 0xc0) == 0x80) {
            len++;
        }
        if (len == 1) {
            out[n++] = text[i++];
            continue;
        }
        got = tally_text_fold((const uint8_t *)text + i, len, (uint8_t *)out + n, 8,
                              &dropped);
        if (got > 0 && (n == 0 || !isalpha((unsigned char)out[n - 1]))) {
            out[n] = (char)toupper((unsigned char)out[n]);
        }
        n += got > 0 ? (size_t)got : 0;
        i += len;
    }
    out[n] = '\0';
    memcpy(text, out, n + 1);
}

/* Letters of the plain alphabet only: sources that write upper case have folded marks
 * before. */
static void
make_upper(char *text)
{
    for (; *text != '\0'; text++) {
        *text = (char)toupper((unsigned char)*text);
    }
}

/* Typing, reading and hearing errors, each at its rate. */
static void
corrupt(const struct rates *rates, struct tally_synth_rng *r, char *text)
{
    if (tally_synth_chance(r, rates->typo)) {
        tally_synth_typo(r, text, TALLY_SYNTH_CELL);
    }
    if (tally_synth_chance(r, rates->ocr)) {
        tally_synth_ocr(r, text, TALLY_SYNTH_CELL);
    }
    if (tally_synth_chance(r, rates->phonetic)) {
        tally_synth_phonetic(r, text, TALLY_SYNTH_CELL);
    }
}

static void
put_forename(const struct tally_synth_profile *v, const struct tally_synth_lists *l,
             const struct tally_synth_person *p, struct tally_synth_rng *r, char *cell)
{
    const char *nickname = tally_synth_nickname(l, r, p->forename);
    int year = tally_synth_date(TALLY_SYNTH_TODAY - (int32_t)p->age_days).year;
    const char *forename = p->forename;

    if (nickname != NULL && tally_synth_chance(r, v->rates.nickname)) {
        forename = nickname;
    }
    if (tally_synth_chance(r, v->rates.alias / 2)) {
        forename = tally_synth_forename(l, r, p->pool, p->sex, year);
    }
    snprintf(cell, TALLY_SYNTH_CELL, "%s", forename);
    if (tally_synth_chance(r, 50000)) {
        tally_synth_shorten(r, cell);
    }
    corrupt(&v->rates, r, cell);
}

static void
put_surname(const struct tally_synth_profile *v, const struct tally_synth_lists *l,
            const struct tally_synth_person *p, uint32_t made_days,
            struct tally_synth_rng *r, char *cell, bool *renamed)
{
    const char *surname = p->surname;
    char other[TALLY_SYNTH_NAME];

    if (p->former_surname[0] != '\0' &&
        (made_days > p->renamed_days || tally_synth_chance(r, v->rates.stale_surname))) {
        surname = p->former_surname;
    }
    *renamed = surname == p->former_surname;
    if (tally_synth_chance(r, v->rates.alias / 2)) {
        tally_synth_surname(l, r, p->pool, other);
        surname = other;
    }
    snprintf(cell, TALLY_SYNTH_CELL, "%s", surname);
    if (tally_synth_chance(r, 150000)) {
        tally_synth_shorten(r, cell);
    }
    corrupt(&v->rates, r, cell);
}

static void
write_date(const struct tally_synth_profile *v, const struct tally_synth_date *d,
           char *cell)
{
    if (v->date == DATE_ISO) {
        snprintf(cell, TALLY_SYNTH_CELL, "%04d-%02d-%02d", d->year, d->month, d->day);
    } else {
        snprintf(cell, TALLY_SYNTH_CELL, "%02d/%02d/%04d", d->day, d->month, d->year);
    }
}

/* The date of birth; true when it is blank or a default. */
static bool
put_birth(const struct tally_synth_profile *v, const struct tally_synth_person *p,
          struct tally_synth_rng *r, char *cell)
{
    struct tally_synth_date d =
        tally_synth_date(TALLY_SYNTH_TODAY - (int32_t)p->age_days);

    cell[0] = '\0';
    if (tally_synth_chance(r, v->rates.no_birth)) {
        return true;
    }
    if (tally_synth_chance(r, v->rates.default_birth)) {
        d.month = 1;
        d.day = 1;
        if (tally_synth_percent(r, 50)) {
            d.year = 1900;
        }
        write_date(v, &d, cell);
        return true;
    }
    if (d.day <= 12 && tally_synth_chance(r, v->rates.swapped_date)) {
        int month = d.month;

        d.month = d.day;
        d.day = month;
    }
    write_date(v, &d, cell);
    if (tally_synth_chance(r, v->rates.date_digit)) {
        tally_synth_digit(r, cell);
    }
    return false;
}

static bool
put_sex(const struct tally_synth_profile *v, const struct tally_synth_person *p,
        struct tally_synth_rng *r, char *cell)
{
    static const char *const styles[2][2] = {{"F", "M"}, {"Female", "Male"}};
    unsigned sex = p->sex;

    cell[0] = '\0';
    if (tally_synth_chance(r, v->rates.no_sex)) {
        return true;
    }
    if (tally_synth_chance(r, v->rates.wrong_sex)) {
        sex = 1 - sex;
    }
    snprintf(cell, TALLY_SYNTH_CELL, "%s", styles[v->sex][sex]);
    return false;
}

static bool
put_postcode(const struct tally_synth_profile *v, const struct tally_synth_lists *l,
             const struct tally_synth_place *place, struct tally_synth_rng *r, char *cell)
{
    char *blank;

    cell[0] = '\0';
    if (tally_synth_chance(r, v->rates.no_postcode)) {
        return true;
    }
    tally_synth_place_postcode(l, place, cell);
    blank = strchr(cell, ' ');
    if (tally_synth_chance(r, v->rates.half_postcode)) {
        *blank = '\0';
    } else if (tally_synth_percent(r, v->tight_postcode)) {
        memmove(blank, blank + 1, strlen(blank));
    }
    if (tally_synth_chance(r, v->rates.typo)) {
        tally_synth_typo(r, cell, TALLY_SYNTH_CELL);
    }
    return false;
}

/* Rd for Road and the like, at the end of a line. */
static void
shorten_street(char *line)
{
    static const char *const words[][2] = {
        {" Road", " Rd"},       {" Street", " St"}, {" Avenue", " Ave"},
        {" Close", " Cl"},      {" Drive", " Dr"},  {" Lane", " Ln"},
        {" Crescent", " Cres"}, {" Court", " Ct"},  {" Gardens", " Gdns"},
        {" Terrace", " Terr"},  {" Place", " Pl"},  {" Grove", " Gr"}};
    size_t len = strlen(line);

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        size_t n = strlen(words[i][0]);

        if (len > n && strcmp(line + len - n, words[i][0]) == 0) {
            memcpy(line + len - n, words[i][1], strlen(words[i][1]) + 1);
            return;
        }
    }
}

static bool
put_address(const struct tally_synth_profile *v, const struct tally_synth_lists *l,
            const struct tally_synth_place *place, struct tally_synth_rng *r, char *cell)
{
    size_t len;

    cell[0] = '\0';
    if (tally_synth_chance(r, v->rates.no_address)) {
        return true;
    }
    tally_synth_place_line(l, place, cell);
    if (tally_synth_chance(r, v->rates.short_street)) {
        shorten_street(cell);
    }
    corrupt(&v->rates, r, cell);
    if (!tally_synth_chance(r, v->rates.no_town)) {
        len = strlen(cell);
        snprintf(cell + len, TALLY_SYNTH_CELL - len, ", %s",
                 tally_synth_place_town(l, place));
    }
    return false;
}

/* The ten digits; one in fifty has none, one in a thousand a wrong digit. */
static void
put_nhs(const struct tally_synth_person *p, struct tally_synth_rng *r, char *cell)
{
    cell[0] = '\0';
    if (tally_synth_chance(r, 20000)) {
        return;
    }
    snprintf(cell, TALLY_SYNTH_CELL, "%09u%u", p->nhs, tally_synth_nhs_check(p->nhs));
    if (tally_synth_chance(r, 1000)) {
        tally_synth_digit(r, cell);
    }
}

static void
style_cells(const struct tally_synth_profile *v, struct tally_synth_rng *r,
            struct tally_synth_record *out)
{
    bool fold = tally_synth_percent(r, v->folded);

    for (size_t i = 0; i < out->ncells; i++) {
        if (fold) {
            fold_marks(out->cells[i]);
        }
        if (v->upper) {
            make_upper(out->cells[i]);
        }
    }
}

/* Forename and surname, sometimes in each other's column; people whose surname is not
 * obvious to a clerk are hit three times as often. True when the forename is blank. */
static bool
put_names(const struct tally_synth_profile *v, const struct tally_synth_lists *l,
          const struct tally_synth_person *p, uint32_t made_days,
          struct tally_synth_rng *r, struct tally_synth_record *out)
{
    uint32_t swapped = v->rates.swapped_names;
    char *forename = next_cell(out);
    char *surname = next_cell(out);

    put_forename(v, l, p, r, forename);
    put_surname(v, l, p, made_days, r, surname, &out->renamed);
    if (p->pool != TALLY_SYNTH_BRITISH && p->pool != TALLY_SYNTH_IRISH) {
        swapped *= 3;
    }
    if (tally_synth_chance(r, v->rates.no_forename)) {
        forename[0] = '\0';
        return true;
    }
    if (tally_synth_chance(r, swapped)) {
        char held[TALLY_SYNTH_CELL];

        memcpy(held, forename, sizeof held);
        memcpy(forename, surname, sizeof held);
        memcpy(surname, held, sizeof held);
    }
    return false;
}

bool
tally_synth_view(const struct tally_synth_profile *v, const struct tally_synth_lists *l,
                 const struct tally_synth_person *p, struct tally_synth_rng *r,
                 struct tally_synth_record *out)
{
    uint32_t window = v->window_days < p->age_days ? v->window_days : p->age_days;
    const struct tally_synth_place *place = &p->place;
    uint32_t made_days;

    if (!tally_synth_chance(r, v->coverage(p))) {
        return false;
    }
    made_days = tally_synth_below(r, window + 1);
    out->ncells = 0;
    out->moved = p->moved_days != TALLY_SYNTH_NEVER && made_days > p->moved_days;
    if (out->moved) {
        place = &p->former_place;
    }
    out->missing = put_names(v, l, p, made_days, r, out);
    out->missing |= put_birth(v, p, r, next_cell(out));
    out->missing |= put_sex(v, p, r, next_cell(out));
    out->missing |= put_postcode(v, l, place, r, next_cell(out));
    out->missing |= put_address(v, l, place, r, next_cell(out));
    style_cells(v, r, out);
    if (v->nhs_number) {
        put_nhs(p, r, next_cell(out));
    }
    v->payload(p, r, out);
    return true;
}

const char *
tally_synth_sex_label(const struct tally_synth_person *p)
{
    return p->sex == TALLY_SYNTH_MALE ? "male" : "female";
}

const char *
tally_synth_age_band(const struct tally_synth_person *p)
{
    static const char *const bands[] = {"0-9",   "10-19", "20-29", "30-39", "40-49",
                                        "50-59", "60-69", "70-79", "80+"};
    unsigned band = tally_synth_age(p) / 10;

    return bands[band > 8 ? 8 : band];
}

const char *
tally_synth_name_group(const struct tally_synth_person *p)
{
    static const char *const groups[TALLY_SYNTH_ALL_POOLS + 1] = {
        [TALLY_SYNTH_IRISH] = "British and Irish",
        [TALLY_SYNTH_POLISH] = "Other European",
        [TALLY_SYNTH_ROMANIAN] = "Other European",
        [TALLY_SYNTH_SOUTHERN] = "Other European",
        [TALLY_SYNTH_EASTERN] = "Other European",
        [TALLY_SYNTH_INDIAN] = "Indian and Sri Lankan",
        [TALLY_SYNTH_SIKH] = "Sikh",
        [TALLY_SYNTH_PAKISTANI] = "Pakistani and Bangladeshi",
        [TALLY_SYNTH_BANGLADESHI] = "Pakistani and Bangladeshi",
        [TALLY_SYNTH_CHINESE] = "East Asian",
        [TALLY_SYNTH_FILIPINO] = "East Asian",
        [TALLY_SYNTH_TAMIL] = "Indian and Sri Lankan",
        [TALLY_SYNTH_NEPALI] = "Indian and Sri Lankan",
        [TALLY_SYNTH_VIETNAMESE] = "East Asian",
        [TALLY_SYNTH_NIGERIAN] = "African",
        [TALLY_SYNTH_GHANAIAN] = "African",
        [TALLY_SYNTH_EASTAFRICAN] = "African",
        [TALLY_SYNTH_ARAB] = "Middle Eastern",
        [TALLY_SYNTH_TURKISH] = "Middle Eastern",
        [TALLY_SYNTH_IRANIAN] = "Middle Eastern",
        [TALLY_SYNTH_BRITISH] = "British and Irish"};

    return groups[p->pool];
}

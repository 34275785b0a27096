/*
 * A source's record of a person: each cell in the source's style and with its errors.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "benchmarks/synth_error.h"
#include "benchmarks/synth_source.h"
#include "bloom/base/text.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

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
    char *forename = synth_next_cell(out);
    char *surname = synth_next_cell(out);

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
    out->missing |= put_birth(v, p, r, synth_next_cell(out));
    out->missing |= put_sex(v, p, r, synth_next_cell(out));
    out->missing |= put_postcode(v, l, place, r, synth_next_cell(out));
    out->missing |= put_address(v, l, place, r, synth_next_cell(out));
    style_cells(v, r, out);
    if (v->nhs_number) {
        put_nhs(p, r, synth_next_cell(out));
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

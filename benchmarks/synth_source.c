/*
 * The sources: whom each of them covers, what it holds for the analyst, and its rates.
 * Every rate is in a million records, and stands with its origin in
 * docs/synthetic-data.md.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "benchmarks/synth_source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

    snprintf(synth_next_cell(out), TALLY_SYNTH_CELL, "%s",
             areas[tally_synth_pick_index(weights, 6, r)]);
    snprintf(synth_next_cell(out), TALLY_SYNTH_CELL, "%s", age_band);
    snprintf(synth_next_cell(out), TALLY_SYNTH_CELL, "%s", tally_synth_sex_label(p));
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

    snprintf(synth_next_cell(out), TALLY_SYNTH_CELL, "%s", categories[category]);
    put_month(r, 72, synth_next_cell(out));
    snprintf(synth_next_cell(out), TALLY_SYNTH_CELL, "%s",
             tally_synth_percent(r, 40) ? "suspect" : "victim");
    snprintf(synth_next_cell(out), TALLY_SYNTH_CELL, "%s",
             violence ? types[tally_synth_pick_index(type_weights, 5, r)] : "");
    snprintf(synth_next_cell(out), TALLY_SYNTH_CELL, "%s",
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
    put_month(r, 24, synth_next_cell(out));
    type = tally_synth_pick_index(weights, 4, r);
    snprintf(synth_next_cell(out), TALLY_SYNTH_CELL, "%s", types[type]);
    snprintf(synth_next_cell(out), TALLY_SYNTH_CELL, "%s",
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
    snprintf(synth_next_cell(out), TALLY_SYNTH_CELL, "%u", exclusions);
    snprintf(synth_next_cell(out), TALLY_SYNTH_CELL, "%s",
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
    put_month(r, 48, synth_next_cell(out));
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

/*
 * Households of synthetic people, one at a time. Private to benchmarks/synth*.c.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_SYNTH_PEOPLE_H
#define TALLY_SYNTH_PEOPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "benchmarks/synth_lists.h"

/** The day on which the population stands: 21 March 2021, Census day, in days since 1
 * January 1970. */
#define TALLY_SYNTH_TODAY         18707
#define TALLY_SYNTH_NEVER         UINT32_MAX
#define TALLY_SYNTH_HOUSEHOLD_MAX 16

/** A person as they truly are on that day, and what changed last. Days are counted back
 * from it. */
struct tally_synth_person {
    uint64_t number;      /* 1 and up */
    const char *forename; /* lives as long as the lists */
    char surname[TALLY_SYNTH_NAME];
    char former_surname[TALLY_SYNTH_NAME]; /* empty: never another */
    uint32_t renamed_days;                 /* since when the surname holds */
    uint32_t age_days;
    uint8_t sex;   /* enum tally_synth_sex */
    uint8_t group; /* index of tally_synth_groups */
    uint8_t pool;  /* enum tally_synth_pool_id */
    struct tally_synth_place place;
    struct tally_synth_place former_place;
    uint32_t moved_days; /* since when they live there; TALLY_SYNTH_NEVER: since birth or
                            long */
    uint32_t nhs;        /* the first nine digits of the NHS number */
};

struct tally_synth_household {
    struct tally_synth_person people[TALLY_SYNTH_HOUSEHOLD_MAX];
    size_t n;
    const char *kind; /* "alone", "couple", "family" or "shared" */
};

/** What makes households. Zeroed but for the first three; each call goes on from the
 * last.
 */
struct tally_synth_source {
    const struct tally_synth_lists *lists;
    uint64_t seed;
    bool even_groups; /* all ethnic groups are equally large, not as in the Census */
    uint64_t households;
    uint64_t people;
    uint64_t nhs_tried;
};

/** The next household into ${h}: at least one person. Cannot fail. */
void tally_synth_household(struct tally_synth_source *s, struct tally_synth_household *h);

/** Days since 1 January 1970 as a date, and the other way. */
struct tally_synth_date {
    int year;
    int month;
    int day;
};
struct tally_synth_date tally_synth_date(int32_t days);
int32_t tally_synth_days(const struct tally_synth_date *d);

/** Whole years of age. */
unsigned tally_synth_age(const struct tally_synth_person *p);

/** The check digit of nine digits of an NHS number, or 10 when there is none. */
unsigned tally_synth_nhs_check(uint32_t nine);

/** ${surname} as someone of ${pool} and ${sex} bears it: Kowalska, Kaur. In place. */
void tally_synth_inflect(char surname[TALLY_SYNTH_NAME], unsigned pool, unsigned sex);

#endif

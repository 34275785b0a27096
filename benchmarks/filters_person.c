/*
 * Made-up people, one at a time.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "benchmarks/filters_person.h"

#include <stdio.h>
#include <string.h>

#include "benchmarks/synth_error.h"

#define SEED 7u

/* Streams of random numbers: what a person is, who copies, and what goes wrong. */
enum stream { STREAM_PERSON, STREAM_HOME, STREAM_COPY, STREAM_ERRORS };

#define HOUSEHOLD     4
#define HOUSEHOLD_PPM 167000 /* of the other three, with the first: a quarter of all */
#define COPIES_PPM    300000
#define ERRORS_MAX    3
#define FIRST_YEAR    1930
#define YEARS         80

static void
seed(struct tally_synth_rng *r, uint32_t source, enum stream stream, uint64_t row)
{
    tally_synth_seed(r, SEED, (uint64_t)source << 8 | stream, row);
}

int
tally_filter_lists(struct tally_synth_lists **out, uint64_t n, struct tally_err *err)
{
    return tally_synth_lists_create(out, SEED, n, err);
}

bool
tally_filter_is_copy(uint32_t source, uint64_t row)
{
    struct tally_synth_rng r;

    seed(&r, source, STREAM_COPY, row);
    return source != 0 && tally_synth_chance(&r, COPIES_PPM);
}

/* The set of names that someone's come from, as often as the group is. */
static unsigned
pick_pool(struct tally_synth_rng *r, bool *british_forename)
{
    uint32_t at = tally_synth_below(r, 100000);
    uint32_t x = tally_synth_below(r, 100);
    unsigned g = 0;
    unsigned p = 0;

    while (g + 1 < TALLY_SYNTH_GROUPS && at >= tally_synth_groups[g].share) {
        at -= tally_synth_groups[g++].share;
    }
    while (p + 1 < TALLY_SYNTH_GROUP_POOLS &&
           x >= tally_synth_groups[g].pools[p].percent) {
        x -= tally_synth_groups[g].pools[p++].percent;
    }
    *british_forename = tally_synth_percent(r, tally_synth_groups[g].british_forenames);
    return tally_synth_groups[g].pools[p].pool;
}

static void
lower(char *text)
{
    for (; *text != '\0'; text++) {
        *text = (char)(*text >= 'A' && *text <= 'Z' ? *text - 'A' + 'a' : *text);
    }
}

/* Surname and postcode, which a family has in common. */
static void
fill_home(const struct tally_synth_lists *l, struct tally_synth_rng *r, unsigned pool,
          struct tally_filter_person *p)
{
    struct tally_synth_place place = tally_synth_place_any(l, r);

    tally_synth_surname(l, r, pool, p->field[TALLY_FILTER_SURNAME]);
    lower(p->field[TALLY_FILTER_SURNAME]);
    tally_synth_place_postcode(l, &place, p->field[TALLY_FILTER_POSTCODE]);
}

static void
fill_person(const struct tally_synth_lists *l, uint32_t source, uint64_t row,
            struct tally_filter_person *p)
{
    struct tally_synth_rng r;
    struct tally_synth_rng of_home;
    unsigned sex;
    unsigned pool;
    unsigned year;
    bool british;

    seed(&r, source, STREAM_PERSON, row);
    if (row % HOUSEHOLD != 0 && tally_synth_chance(&r, HOUSEHOLD_PPM)) {
        row -= row % HOUSEHOLD;
    }
    seed(&of_home, source, STREAM_HOME, row);
    pool = pick_pool(&of_home, &british);
    fill_home(l, &of_home, pool, p);
    sex = tally_synth_below(&r, 2);
    year = FIRST_YEAR + tally_synth_below(&r, YEARS);
    (void)snprintf(p->field[TALLY_FILTER_FORENAME], TALLY_SYNTH_NAME, "%s",
                   tally_synth_forename(l, &r, british ? TALLY_SYNTH_BRITISH : pool, sex,
                                        (int)year));
    lower(p->field[TALLY_FILTER_FORENAME]);
    (void)snprintf(p->field[TALLY_FILTER_BIRTH], TALLY_SYNTH_NAME, "%04u-%02u-%02u",
                   year, 1 + tally_synth_below(&r, 12), 1 + tally_synth_below(&r, 28));
    (void)snprintf(p->field[TALLY_FILTER_SEX], TALLY_SYNTH_NAME, "%c",
                   sex == TALLY_SYNTH_FEMALE ? 'f' : 'm');
}

static void
swap(char *x, char *y, size_t len)
{
    char kept[TALLY_SYNTH_NAME];

    memcpy(kept, x, len);
    memcpy(x, y, len);
    memcpy(y, kept, len);
}

/* One thing that goes wrong. */
static void
err_once(const struct tally_synth_lists *l, struct tally_synth_rng *r,
         struct tally_filter_person *p)
{
    struct tally_filter_person other;
    uint32_t what = tally_synth_below(r, 100);

    if (what < 25) {
        tally_synth_typo(r, p->field[TALLY_FILTER_FORENAME], TALLY_SYNTH_NAME);
    } else if (what < 50) {
        tally_synth_typo(r, p->field[TALLY_FILTER_SURNAME], TALLY_SYNTH_NAME);
    } else if (what < 60) {
        swap(p->field[TALLY_FILTER_FORENAME], p->field[TALLY_FILTER_SURNAME],
             TALLY_SYNTH_NAME);
    } else if (what < 70) {
        swap(p->field[TALLY_FILTER_BIRTH] + 5, p->field[TALLY_FILTER_BIRTH] + 8, 2);
    } else if (what < 80) {
        tally_synth_digit(r, p->field[TALLY_FILTER_BIRTH]);
    } else { /* moved, or changed the surname */
        fill_home(l, r, TALLY_SYNTH_BRITISH, &other);
        strcpy(p->field[what < 90 ? TALLY_FILTER_POSTCODE : TALLY_FILTER_SURNAME],
               other.field[what < 90 ? TALLY_FILTER_POSTCODE : TALLY_FILTER_SURNAME]);
    }
}

void
tally_filter_person(const struct tally_synth_lists *lists, uint32_t source, uint64_t row,
                    struct tally_filter_person *out)
{
    bool copy = tally_filter_is_copy(source, row);
    struct tally_synth_rng r;

    fill_person(lists, copy ? 0 : source, row, out);
    if (copy) {
        seed(&r, source, STREAM_ERRORS, row);
        for (uint32_t n = tally_synth_below(&r, ERRORS_MAX + 1); n > 0; n--) {
            err_once(lists, &r, out);
        }
    }
}

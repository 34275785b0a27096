/*
 * Scenarios of a synthetic population.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "benchmarks/synth_scenario.h"

#include <stdio.h>
#include <string.h>

#define STREAM_SCENARIO 0x7363656eu
#define WINDOW_DAYS     (4 * 365) /* about what agencies' records span */

static const struct tally_synth_scenario scenarios[] = {
    {"usual", "errors as in the tables", 100, 100, 0, 0, 0, false},
    {"clean", "a tenth of the errors and blanks", 10, 10, 0, 0, 0, false},
    {"dirty", "four times the errors, twice the blanks", 400, 200, 0, 0, 0, false},
    {"missing", "a fifth of all cells blank", 100, 100, 200000, 0, 0, false},
    {"married", "every second younger woman newly married", 100, 100, 0, 50, 0, false},
    {"care", "four in ten of the young moved and renamed", 100, 100, 0, 0, 40, false},
    {"names", "all ethnic groups equally large", 100, 100, 0, 0, 0, true},
};
#define SCENARIOS (sizeof scenarios / sizeof scenarios[0])

const struct tally_synth_scenario *
tally_synth_scenario(const char *name)
{
    for (size_t i = 0; i < SCENARIOS; i++) {
        if (name == NULL || strcmp(scenarios[i].name, name) == 0) {
            return &scenarios[i];
        }
    }
    return NULL;
}

const char *
tally_synth_scenarios(void)
{
    return "usual, clean, dirty, missing, married, care, names";
}

/* Another surname since some day of the window. */
static void
take_surname(const struct tally_synth_lists *l, struct tally_synth_rng *r,
             struct tally_synth_person *p)
{
    memcpy(p->former_surname, p->surname, sizeof p->former_surname);
    tally_synth_surname(l, r, p->pool, p->surname);
    tally_synth_inflect(p->surname, p->pool, p->sex);
    p->renamed_days = 1 + tally_synth_below(r, WINDOW_DAYS);
}

void
tally_synth_befall(const struct tally_synth_scenario *s,
                   const struct tally_synth_lists *l, uint64_t seed,
                   struct tally_synth_person *p)
{
    unsigned years = tally_synth_age(p);
    struct tally_synth_rng r;

    tally_synth_seed(&r, seed, STREAM_SCENARIO, p->number);
    if (p->sex == TALLY_SYNTH_FEMALE && years >= 20 && years < 50 &&
        tally_synth_percent(&r, s->women_renamed)) {
        take_surname(l, &r, p);
    }
    if (years >= 5 && years <= 25 && tally_synth_percent(&r, s->in_care)) {
        take_surname(l, &r, p);
        p->former_place = tally_synth_place_any(l, &r);
        p->moved_days = p->renamed_days;
    }
}

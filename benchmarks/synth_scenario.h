/*
 * Scenarios: how a synthetic population and the agencies' records of it differ from the
 * usual, to see what a linkage stands. Private to benchmarks/synth*.c.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_SYNTH_SCENARIO_H
#define TALLY_SYNTH_SCENARIO_H

#include <stdbool.h>
#include <stdint.h>

#include "benchmarks/synth_people.h"

/** Rates stand with their origin in docs/synthetic-data.md. */
struct tally_synth_scenario {
    const char *name;
    const char *summary;    /* a few words for the help */
    uint32_t errors;        /* percent of the usual rates of errors */
    uint32_t blanks;        /* percent of the usual rates of blanks and defaults */
    uint32_t more_blanks;   /* in a million cells, on top */
    uint32_t women_renamed; /* percent of women from 20 to 49 who married in the window */
    uint32_t in_care;       /* percent of those from 5 to 25 who were taken into care */
    bool even_groups;       /* all ethnic groups are equally large */
};

/** The scenario called ${name}, "usual" for NULL; NULL when there is none. */
const struct tally_synth_scenario *tally_synth_scenario(const char *name);

/** All names, separated by commas. */
const char *tally_synth_scenarios(void);

/** Let happen to ${p} what the scenario has in store: repeatable, of ${seed} and the
 * person's number alone. */
void tally_synth_befall(const struct tally_synth_scenario *s,
                        const struct tally_synth_lists *l, uint64_t seed,
                        struct tally_synth_person *p);

#endif

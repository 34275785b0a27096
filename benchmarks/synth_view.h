/*
 * What an agency holds of a person: whom it knows, when it last looked, how it writes
 * things, and how often it errs. Private to benchmarks/synth*.c.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_SYNTH_VIEW_H
#define TALLY_SYNTH_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "benchmarks/synth_scenario.h"

#define TALLY_SYNTH_CELLS 16
#define TALLY_SYNTH_CELL  192

struct tally_synth_profile;

/** A row without its id, and the group columns of its truth. */
struct tally_synth_record {
    size_t ncells;
    char cells[TALLY_SYNTH_CELLS][TALLY_SYNTH_CELL];
    bool moved;   /* the address is not the one of today */
    bool renamed; /* the surname is not the one of today */
    bool missing; /* forename, surname, date of birth, sex, postcode or address is blank
                     or a default */
};

/** The profile called ${name}, or the general one, with the rates of ${scenario}.
 * Malloced: the caller's to free; NULL when out of memory. */
struct tally_synth_profile *
tally_synth_profile(const char *name, const struct tally_synth_scenario *scenario);

/** Column names after id, NULL-terminated. */
const char *const *tally_synth_columns(const struct tally_synth_profile *v);

/** Fill ${out} with what the source with profile ${v} holds of ${p}; false when it holds
 * nothing. All randomness comes from ${r}. */
bool tally_synth_view(const struct tally_synth_profile *v,
                      const struct tally_synth_lists *l,
                      const struct tally_synth_person *p, struct tally_synth_rng *r,
                      struct tally_synth_record *out);

/** "female" or "male"; "0-9" to "80+". For the truth's groups. */
const char *tally_synth_sex_label(const struct tally_synth_person *p);
const char *tally_synth_age_band(const struct tally_synth_person *p);
/** What set of names the surname is of: "British and Irish", "South Asian", ... */
const char *tally_synth_name_group(const struct tally_synth_person *p);

#endif

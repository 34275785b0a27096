/*
 * Profiles of disclosure control: the rules of the places whose rules partnerships are
 * asked to keep. docs/release.md says where each stands.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_PROFILES_H
#define TALLY_PROFILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/base/err.h"

/** A set of rules. Counts of fewer than ${threshold} people are not shown. */
struct tally_profile_rules {
    const char *name;  /* as agreements say: "ons" */
    const char *label; /* for people */
    uint32_t threshold;
    uint32_t rounding;  /* counts are shown to the nearest multiple; 1: as they are */
    bool zeros;         /* a count of nobody is not shown either */
    bool sums_of_shown; /* totals are added up from what is shown, not from the truth */
    /* Dominance: a figure is not shown when its ${nk_n} largest contributors make up more
     * than ${nk_percent} of it (0: no such rule), or when all but the two largest come to
     * less than ${p_percent} of the largest (0: no such rule). Of sums always; of counts
     * of records only when ${dominance_of_records}. */
    uint32_t nk_n;
    uint32_t nk_percent;
    uint32_t p_percent;
    bool dominance_of_records;
};

#define TALLY_THRESHOLD_DEFAULT 10
#define TALLY_ROUNDING_DEFAULT  5

/** The profile called ${name}; NULL when there is none. */
const struct tally_profile_rules *tally_profile_find(const char *name);
/** Profile ${i}, from 0; NULL after the last. */
const struct tally_profile_rules *tally_profile_at(size_t i);

/** Whether a figure made of ${total} units by contributors of whom the largest two have
 * ${first} and ${second} is dominated by them. */
bool tally_profile_dominated(const struct tally_profile_rules *p, uint64_t total,
                             uint64_t first, uint64_t second);

/** ${n} to the nearest multiple of ${base}, halves up. */
uint64_t tally_profile_round(uint64_t n, uint32_t base);

#endif

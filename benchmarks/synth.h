/*
 * A synthetic population of England and Wales, and how each agency sees it. Nobody in it
 * exists.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_SYNTH_H
#define TALLY_SYNTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/base/err.h"
#include "bloom/base/progress.h"

struct tally_synth_job {
    uint64_t people;            /* 0 to 20 million */
    const char *const *sources; /* police, health, education, ...: names with a profile of
                                   their own or the general one */
    size_t nsources;            /* 1 to 16 */
    uint64_t seed;
    const char *scenario; /* NULL: the usual one; see docs/synthetic-data.md */
    const char *out;      /* folder, made when absent */
    bool force;
    struct tally_progress *progress;
};

struct tally_synth_summary {
    uint64_t people;
    uint64_t records[16];
};

/**
 * Write SOURCE.csv for each source
 * (id,forename,surname,date_of_birth,sex,postcode,address,... payload columns last),
 * truth.csv (source,id,ent_id) and truth_groups.csv (source,id, then columns of groups
 * for subgroup measures), and nothing else; all or none. The same job gives the same
 * bytes.
 */
TALLY_NODISCARD int tally_synth(const struct tally_synth_job *job,
                                struct tally_synth_summary *summary,
                                struct tally_err *err);

#endif

/*
 * Thresholds without truth: how many of the links at each score are expected to be false,
 * by decoys.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_CALIBRATE_H
#define TALLY_CALIBRATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/base/err.h"
#include "linker/assign.h"
#include "linker/curve.h"
#include "linker/decoys.h"

/** Two sources, their candidates, and the links the assignment chose. */
struct tally_measure_job {
    struct tally_decoy_side a;
    struct tally_decoy_side b;
    bool clean_a; /* a person stands in it once: its decoys count */
    bool clean_b;
    const struct tally_assign_rule *rule;
    const struct tally_edge *candidates; /* between them, descending */
    size_t ncandidates;
    const struct tally_edge *links;
    size_t nlinks;
    uint32_t floor_bin; /* nothing was looked at below */
    const double *axis; /* where bins stand: see tally_chance_axis */
};

/**
 * The curve of two sources from decoys. ${enough} is false when too few decoys were met
 * to say anything, or neither source is free of duplicates; the curve then holds the
 * links alone. With ${trimmed} the expectation is capped by what the cleaner source and
 * swapped partners allow: for sources whose records resemble each other more than chance
 * explains.
 */
TALLY_NODISCARD int tally_measure(const struct tally_measure_job *job, bool trimmed,
                                  struct tally_curve *curve, bool *enough,
                                  struct tally_err *err);

#endif

/*
 * Synthetic populations on disk for the length of a run, with their truth in memory.
 * Private to benchmarks/tune*.c.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_TUNE_PEOPLE_H
#define TALLY_TUNE_PEOPLE_H

#include <stddef.h>
#include <stdint.h>

#include "benchmarks/evaluate_truth.h"
#include "benchmarks/synth.h"
#include "bloom/base/workdir.h"
#include "bloom/base/err.h"
#include "bloom/base/progress.h"
#include "bloom/mapping.h"

struct tally_tune_population {
    struct tally_truth *truth;
    uint64_t pairs; /* true ones, over all pairs of sources */
    struct tally_synth_summary made;
};

struct tally_tune_people {
    struct tally_workdir dir;
    const char *const *sources; /* the caller's */
    size_t nsources;
    struct tally_tune_population *populations;
    size_t npopulations;
};

/** Make ${n} populations of ${people}, which differ in nothing but the draw, in a new
 * temporary folder. On error nothing is left. */
TALLY_NODISCARD int tally_tune_people_make(struct tally_tune_people *p,
                                           const char *const *sources, size_t nsources,
                                           uint64_t people, uint64_t seed, size_t n,
                                           struct tally_progress *progress,
                                           struct tally_err *err);
/** Remove the folder and everything in it. Zeroed is no-op. */
void tally_tune_people_remove(struct tally_tune_people *p);

/** The export of source ${s} in population ${i}: open it, and find each field of
 * ${schema} in it or leave the field without a column. */
TALLY_NODISCARD int tally_tune_people_open(const struct tally_tune_people *p, size_t i,
                                           size_t s, const struct tally_schema *schema,
                                           struct tally_csv **csv,
                                           struct tally_mapping *mapping,
                                           struct tally_err *err);

#endif

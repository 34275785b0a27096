/*
 * The planner: which sketch, how wide. It tries what there is on rows drawn from both
 * sides, counts the candidates each would leave, times the kernel at hand, and takes the
 * cheapest. What the join finds does not depend on its choice, so it may look at the
 * clock.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_JOIN_CHOOSE_H
#define TALLY_JOIN_CHOOSE_H

#include "linker/join_prefix.h"
#include "linker/join_sketch.h"

/** Zeroed means nothing chosen. */
struct tally_join_choice {
    struct tally_join_sketch sketch;
    const struct tally_scan *scan;
    double pair_ns;     /* what a pair is expected to cost; 0 when nothing was tried */
    double amx_of_full; /* as tally_dot_rate, when it scans by that; else 0 */
    void *models[TALLY_SKETCH_KINDS_MAX]; /* in order of tally_sketch_kinds */
    struct tally_prefix_plan prefix; /* when pairs are given up early: model of sketch */
};

/** Choose for ${a} against ${b} (the same in a self-join), or settle what ${o} asks for.
 * ${out} must stay where it is. Errors: TALLY_E_NOMEM, TALLY_E_INTERRUPTED. */
TALLY_NODISCARD int
tally_join_choose(struct tally_join_choice *out, const struct tally_matrix *a,
                  const struct tally_matrix *b, const struct tally_join_options *o,
                  const struct tally_kernel *kernel, struct tally_err *err);
void tally_join_choice_free(struct tally_join_choice *c);

#endif

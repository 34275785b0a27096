/*
 * Rows drawn from a matrix with a seed, as a matrix of their own: what the planner tries
 * sketches on and what the size of the output is foretold from.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_JOIN_DRAW_H
#define TALLY_JOIN_DRAW_H

#include "linker/join.h"

struct tally_join_draw {
    struct tally_matrix m;
    uint32_t *row; /* where each row was drawn: some more than once */
};

/** Draw ${n} rows of ${from}, which has some, with ${seed}: the same everywhere. Errors:
 * TALLY_E_NOMEM. */
TALLY_NODISCARD int tally_join_draw_rows(struct tally_join_draw *out,
                                         const struct tally_matrix *from, size_t n,
                                         uint64_t seed, struct tally_err *err);
void tally_join_draw_free(struct tally_join_draw *d);

#endif

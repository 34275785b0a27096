/*
 * What can be worked out from published sums: how small and how large a sum that was not
 * published can be, given those that were. Groups of units ("atoms") have unknown sizes
 * of at least 0; each fact is the exact sum of some of them. The bounds are those of
 * linear programming over real numbers, by the primal simplex method, which starts from
 * the true sizes. Every bound is that of a point that was found and checked against all
 * facts, so a search that ends early or inexactly gives too narrow an interval, never one
 * that is too wide.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_BOUNDS_H
#define TALLY_BOUNDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/base/err.h"

#define TALLY_BOUNDS_FACTS_MAX 3000 /* known at once: memory is 8 bytes by its square */

struct tally_bounds;

/** ${x}: the true sizes of ${natoms} atoms, copied. ${nfacts} facts; fact f is the atoms
 * ${atoms}[${starts}[f]] up to ${starts}[f + 1], each once, borrowed. Facts for which
 * ${known} is false are not published. Errors: TALLY_E_LIMIT, TALLY_E_NOMEM. */
TALLY_NODISCARD int tally_bounds_create(struct tally_bounds **out, const double *x,
                                        size_t natoms, const size_t *starts,
                                        const uint32_t *atoms, size_t nfacts,
                                        const bool *known, struct tally_err *err);

/** Fact ${f} is published no more. */
void tally_bounds_forget(struct tally_bounds *b, size_t f);

/** How far the sum of the ${n} ${atoms} can go up (or down), at most to ${target}: where
 * it got in ${reached}. ${binding}, of nfacts, says which facts hold it there; untouched
 * when the target was reached. Without it (NULL) the search may end early. Errors:
 * TALLY_E_INTERRUPTED. */
TALLY_NODISCARD int tally_bounds_reach(struct tally_bounds *b, const uint32_t *atoms,
                                       size_t n, bool up, double target, double *reached,
                                       bool *binding, struct tally_err *err);

/** The sizes at the point where the last reach ended: natoms of them, a set of sizes
 * that agrees with every fact. */
const double *tally_bounds_point(const struct tally_bounds *b);

void tally_bounds_free(struct tally_bounds *b);

#endif

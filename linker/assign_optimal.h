/*
 * The best links of two sources where records compete for each other: in each small group
 * of records that candidates hold together, the links with the greatest sum of scores
 * above the threshold.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_ASSIGN_OPTIMAL_H
#define TALLY_ASSIGN_OPTIMAL_H

#include <stddef.h>
#include <stdint.h>

#include "bloom/base/err.h"
#include "linker/assign.h"

/** A group is solved up to so many records of either source; a greater one is left to
 * tally_assign_links. */
#define TALLY_OPTIMAL_MAX 200

/**
 * Links among ${edges} (descending), in which a record of either source has one partner
 * at most. Edges of a key of ${sure} or more are links before all others, as
 * tally_assign_links would have it; of those from ${cut} up, links have the greatest sum
 * of keys above ${cut}; below it they are taken greedily. ${out} (malloced, never NULL)
 * keeps the order of the edges. ${greedy} counts groups that were too great to be solved.
 */
TALLY_NODISCARD int tally_assign_optimal(const struct tally_edge *edges, size_t nedges,
                                         const struct tally_assign_rule *rule,
                                         uint32_t cut, uint32_t sure,
                                         struct tally_edge **out, size_t *nout,
                                         size_t *greedy, struct tally_err *err);

#endif

/*
 * Groups of records from candidate pairs, by anonlink's greedy rule: pairs are taken in
 * descending order of score, and two groups become one when enough of the pairs between
 * them have come by.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_GROUPS_H
#define TALLY_GROUPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/base/err.h"

#define TALLY_GROUP_SOURCES_MAX 64

struct tally_groups_rule {
    /* 0 to 1,000,000: groups of m and n records become one when this share (in
     * millionths) of the m n pairs between them has come by. 1,000,000 asks for all of
     * them, which is plain greedy; between two sources that is one partner each. */
    uint32_t merge_ppm;
    bool once; /* a group holds at most one record of a source */
};

struct tally_groups;

/** For ${nsources} (1 to TALLY_GROUP_SOURCES_MAX) sources of ${records}[i] records each,
 * together at most UINT32_MAX - 1. TALLY_E_LIMIT, TALLY_E_NOMEM. */
TALLY_NODISCARD int tally_groups_create(struct tally_groups **out,
                                        const struct tally_groups_rule *rule,
                                        const size_t *records, size_t nsources,
                                        struct tally_err *err);

/** The next pair in descending order: record ${a} of source ${source_a} and ${b} of
 * ${source_b}. Each pair once. TALLY_E_NOMEM. */
TALLY_NODISCARD int tally_groups_add(struct tally_groups *g, uint32_t source_a,
                                     uint32_t a, uint32_t source_b, uint32_t b,
                                     struct tally_err *err);

struct tally_group_member {
    uint32_t source;
    uint32_t record;
};

/** Groups of two records and more, ordered by their first record; members ascend by
 * source, then record. */
struct tally_group_list {
    struct tally_group_member *members;
    size_t *start; /* of each group in members, and one past the last */
    size_t n;
};

/** The groups so far. Free with tally_group_list_free. TALLY_E_NOMEM. */
TALLY_NODISCARD int tally_groups_list(const struct tally_groups *g,
                                      struct tally_group_list *out,
                                      struct tally_err *err);
void tally_group_list_free(struct tally_group_list *l);
void tally_groups_free(struct tally_groups *g);

#endif

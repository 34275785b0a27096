/*
 * How a loaded truth lies in memory: shared by evaluate_load.c, which builds it, and
 * evaluate_truth.c, which answers from it.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_EVALUATE_PRIVATE_H
#define TALLY_EVALUATE_PRIVATE_H

#include "benchmarks/evaluate_truth.h"
#include "bloom/base/bytes.h"

enum tally_truth_shape { TALLY_TRUTH_PAIRS, TALLY_TRUTH_PERSONS, TALLY_TRUTH_SOURCES };

struct tally_truth_record {
    uint64_t key;
    uint32_t person; /* number, or TALLY_TRUTH_NONE when only the groups file knows the
                        record */
    uint32_t source;
};

/* A record among those of its person; apart from the records, so that counting reads
 * along. */
struct tally_truth_member {
    uint32_t person;
    uint32_t source;
    uint32_t record;
};

struct tally_truth_column {
    char name[64];
    size_t ngroups;
    char groups[TALLY_TRUTH_GROUPS_MAX][64];
};

struct tally_truth {
    enum tally_truth_shape shape;
    size_t nsources;
    char sources[TALLY_TRUTH_SOURCES_MAX][64];
    struct tally_buf keys;
    struct tally_truth_record *records; /* ascending key */
    size_t nrecords;
    struct tally_truth_member *members; /* by (person, source); known persons only */
    size_t nmembers;
    uint64_t *pairs; /* TALLY_TRUTH_PAIRS: low record << 32 | high record, ascending */
    size_t npairs;
    size_t ncolumns;
    struct tally_truth_column *columns;
    uint8_t *group_of; /* nrecords by ncolumns: group + 1, or 0 */
};

/** "source byte, id" of a record or row. */
static inline const char *
tally_truth_key(const struct tally_truth *t, uint64_t key)
{
    return (const char *)t->keys.data + key;
}

/** For sorting and searching pairs. */
static inline int
tally_truth_compare_u64(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

static inline uint64_t
tally_truth_pair_key(uint32_t a, uint32_t b)
{
    return a < b ? (uint64_t)a << 32 | b : (uint64_t)b << 32 | a;
}

#endif

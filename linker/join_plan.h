/*
 * The work of a join as a plan: tiles, numbered through, and cut into shards that can be
 * run anywhere, in any order, and merged to the bytes of a run in one piece. A plan is
 * numbers alone and follows from the sources and the options; which sketch and kernel a
 * shard is run with is the affair of the machine that runs it.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_JOIN_PLAN_H
#define TALLY_JOIN_PLAN_H

#include <stdbool.h>

#include "linker/join.h"

#define TALLY_SHARDS_MAX 100000u

struct tally_join_plan {
    bool self;
    uint32_t bits;
    uint32_t threshold_ppm;
    uint32_t k;
    uint32_t miss_e12;
    uint64_t rows_a; /* that have set bits */
    uint64_t rows_b;
    uint32_t tile_a; /* rows in a tile */
    uint32_t tile_b;
    uint64_t tiles; /* in a self-join those on the diagonal and beyond it */
    uint32_t nshards;
};

/** Plan ${a} against ${b} (NULL: a self-join) in ${nshards}, 1 to TALLY_SHARDS_MAX. Of
 * the options threshold_ppm, k and miss_e12 count. There may be fewer tiles than shards:
 * the last shards are then empty. Errors: TALLY_E_LIMIT. */
TALLY_NODISCARD int tally_join_plan_make(struct tally_join_plan *out,
                                         const struct tally_matrix *a,
                                         const struct tally_matrix *b,
                                         const struct tally_join_options *options,
                                         uint32_t nshards, struct tally_err *err);

/** TALLY_E_USAGE when ${p} is not of these sources. */
TALLY_NODISCARD int tally_join_plan_check(const struct tally_join_plan *p,
                                          const struct tally_matrix *a,
                                          const struct tally_matrix *b,
                                          struct tally_err *err);

/** Tiles of shard ${shard}, from *first to before *end. */
void tally_join_plan_tiles(const struct tally_join_plan *p, uint32_t shard,
                           uint64_t *first, uint64_t *end);

/** Where tile ${number} lies: tile *ta of A and *tb of B. */
void tally_join_plan_tile(const struct tally_join_plan *p, uint64_t number, size_t *ta,
                          size_t *tb);

/** As tally_join, for one shard: its pairs in ascending (a, b), with k the best among
 * them. The threshold, k and miss of ${options} are taken from the plan. Errors: as
 * tally_join, TALLY_E_USAGE when the plan is not of these sources. */
TALLY_NODISCARD int
tally_join_shard(const struct tally_join_plan *p, uint32_t shard,
                 const struct tally_matrix *a, const struct tally_matrix *b,
                 const struct tally_join_options *options, struct tally_pairs *out,
                 struct tally_join_stats *stats, struct tally_err *err);

/** Merge what the ${nparts} shards of a plan found, in any order, into ${out}: the same
 * bytes as tally_join. The parts are taken over. Errors: as tally_join. */
TALLY_NODISCARD int tally_join_merge(const struct tally_join_plan *p,
                                     const struct tally_matrix *a,
                                     const struct tally_matrix *b,
                                     const struct tally_join_options *options,
                                     struct tally_pairs *parts, size_t nparts,
                                     struct tally_pairs *out, struct tally_err *err);

#endif

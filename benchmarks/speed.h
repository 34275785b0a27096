/*
 * The speed suite: the shipped encoder, join and linkage, each timed whole. The programs
 * in benchmarks/programs/ and 'tally bench speed' measure through here.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_SPEED_H
#define TALLY_SPEED_H

#include <stddef.h>
#include <stdint.h>

#include "bloom/base/err.h"
#include "bloom/base/pool.h"
#include "bloom/base/progress.h"
#include "bloom/schema.h"
#include "linker/join.h"

#define TALLY_SPEED_RUNS_MAX 99

/** How long something took: medians of several runs, on the clock and of all threads
 * together. On a machine that others use too, only the second means anything. */
struct tally_speed {
    uint64_t work; /* records encoded, or pairs compared */
    uint64_t kept; /* pairs kept or links; 0 for an encoding */
    double seconds;
    double cpu_seconds;
    struct tally_join_stats join; /* of a join alone, of its last run */
};

/** Encode the export ${csv} under a key made for the purpose, ${runs} times (1 to
 * TALLY_SPEED_RUNS_MAX), from CSV on disk to encodings file on disk; columns are guessed.
 * The encodings stand beside ${csv} while this runs. */
TALLY_NODISCARD int tally_speed_encode(const char *csv, const struct tally_schema *schema,
                                       struct tally_pool *pool, unsigned runs,
                                       struct tally_speed *out, struct tally_err *err);

/** Join ${a} and ${b} (NULL: ${a} with itself), set-up and final order included. */
TALLY_NODISCARD int tally_speed_join(const struct tally_matrix *a,
                                     const struct tally_matrix *b,
                                     const struct tally_join_options *options,
                                     unsigned runs, struct tally_speed *out,
                                     struct tally_err *err);

/** As tally_speed_join, once, but the middle one of ${nshards} shards alone, whose rows
 * have about the median of set bits: for what joins cost that take hours. */
TALLY_NODISCARD int tally_speed_shard(const struct tally_matrix *a,
                                      const struct tally_matrix *b,
                                      const struct tally_join_options *options,
                                      uint32_t nshards, struct tally_speed *out,
                                      struct tally_err *err);

/** One line of the suite. */
struct tally_speed_row {
    const char *what; /* "encode", "join" or "link" */
    const char *how;  /* the profile, or the filters and the threshold */
    size_t records;   /* of the export, or of each side */
    struct tally_speed speed;
};

struct tally_speed_job {
    uint64_t records; /* 1,000 and up */
    unsigned runs;
    struct tally_pool *pool;
    struct tally_progress *progress; /* may be NULL */
    int (*measured)(void *ctx, const struct tally_speed_row *row, struct tally_err *err);
    void *ctx;
};

/** Run the suite on made-up people, in a temporary folder that is gone afterwards. */
TALLY_NODISCARD int tally_speed_suite(const struct tally_speed_job *job,
                                      struct tally_err *err);

#endif

/*
 * The quality suite: sets with known truth encoded under each profile and linked by the
 * shipped code at its own threshold, beside a plaintext linker on the same fields.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_QUALITY_H
#define TALLY_QUALITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "benchmarks/evaluate.h"
#include "bloom/base/err.h"
#include "bloom/base/interval.h"
#include "bloom/base/json.h"
#include "bloom/base/pool.h"
#include "bloom/base/progress.h"
#include "bloom/schema.h"

#define TALLY_QUALITY_KEYS_MAX    99
#define TALLY_QUALITY_PROFILES    4
#define TALLY_QUALITY_POPULATIONS 99
#define TALLY_QUALITY_COLUMNS_MAX 8

/** The profiles, in the order in which they are run. */
extern const char *const tally_quality_profiles[TALLY_QUALITY_PROFILES];

/** How far the groups of one column stand apart. */
struct tally_quality_gap {
    char column[64];
    char lowest[64];
    char highest[64];
    struct tally_interval recall; /* the highest minus the lowest */
};

/** A set under a profile, or linked in the clear. Of several keys this is the run of
 * median F1. NAN where something cannot be said. */
struct tally_quality_row {
    const char *set;
    const char *profile; /* NULL: the plaintext reference linker */
    unsigned keys;       /* 0 for the reference */
    struct tally_measures at;
    double f1_low; /* over the keys */
    double f1_high;
    double f1_best;   /* the highest at any threshold tried, with the truth in hand */
    double f1_tenth;  /* the greatest change when the target share of false links moves by
                         a tenth */
    double threshold; /* the lowest, where pairs of sources have their own */
    const char *how;  /* how it was set */
    double estimated_precision;
    double estimated_low; /* its 95 % interval */
    double estimated_high;
    struct tally_cluster_measures clusters;
    struct tally_blocking blocking; /* of the reference; encodings are not blocked */
    unsigned populations;           /* that gaps are taken over; 0: no synthetic people */
    struct tally_quality_gap gaps[TALLY_QUALITY_COLUMNS_MAX];
    size_t ngaps;
    double cpu_seconds; /* of the run: encoding, linking, evaluating */
};

/** What F1 must be; NAN: nothing was promised. */
struct tally_quality_floor {
    double best;     /* of the best of all profiles */
    double standard; /* under the profile standard */
};

struct tally_quality_job {
    const char *data;    /* the folder of sets; NULL: synthetic ones only */
    const char *set;     /* only the one called so; NULL: all */
    const char *profile; /* only this, any that tally_schema_new knows; NULL: those of
                            tally_quality_profiles */
    const char *patch;   /* a change to its schema (tally_schema_patch); NULL: none */
    unsigned keys;       /* 1 to TALLY_QUALITY_KEYS_MAX */
    uint64_t people;     /* in a synthetic population; 0: as in docs/quality.md */
    unsigned populations; /* synthetic ones, of this seed and those that follow it, over
                             which gaps are taken: 1 to TALLY_QUALITY_POPULATIONS */
    uint64_t seed;       /* of keys and synthetic people */
    struct tally_pool *pool;
    struct tally_progress *progress; /* may be NULL */
    /* Called for each set that is not there, and for each row as soon as it is measured:
     * of a set the reference first. */
    void (*skipped)(void *ctx, const char *set);
    int (*measured)(void *ctx, const struct tally_quality_row *row,
                    const struct tally_quality_row *reference, struct tally_err *err);
    void *ctx;
};

/**
 * Run. The same job gives the same rows whatever the threads, but for seconds. Works in a
 * temporary folder that is gone afterwards. TALLY_E_USAGE for a set or a profile that
 * does not exist; TALLY_E_NO_FILE when the only set asked for is not there.
 */
TALLY_NODISCARD int tally_quality(const struct tally_quality_job *job,
                                  struct tally_err *err);

/** The schema of ${profile} for ${fields} (tally_schema_new) with ${patch} merged into it
 * (tally_schema_patch; NULL: none). */
TALLY_NODISCARD int tally_quality_schema(struct tally_schema **out, const char *fields,
                                         const char *profile, const char *patch,
                                         struct tally_err *err);

/** Names of the sets, in order; NULL past the end. */
const char *tally_quality_set(size_t i);
struct tally_quality_floor tally_quality_floor(const char *set);
/** What Splink 4.0.16 reaches on the plain values of the set, at match probability .9 and
 * at its best threshold, in words; NULL where it was not measured. */
const char *tally_quality_splink(const char *set);

/** The gap of ${column}, or NULL. */
const struct tally_quality_gap *tally_quality_gap(const struct tally_quality_row *row,
                                                  const char *column);

/** The row as JSON, with the reference as a member. */
struct tally_jnode *tally_quality_json(const struct tally_quality_row *row,
                                       const struct tally_quality_row *reference);

#endif

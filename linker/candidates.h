/*
 * Candidate pairs of many sources, every one at or above a threshold, in the order of
 * anonlink: what 'tally pairs' writes. The joins find them (join.h); here they are
 * scored, thinned by the rule for the k best, and sorted.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_CANDIDATES_H
#define TALLY_CANDIDATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/base/err.h"
#include "bloom/base/pool.h"
#include "bloom/base/progress.h"
#include "linker/lsh.h"

#define TALLY_CANDIDATE_SOURCES_MAX 64

enum tally_similarity {
    TALLY_SIMILARITY_DICE, /* twice the bits in common / bits set in both together */
    TALLY_SIMILARITY_SMC   /* simple matching: bits that agree / bits of a filter */
};

/** Filters of simple matching are joined at twice their length. */
#define TALLY_SMC_BITS_MAX 4096

/** One source: an encodings file, filters as JSON, or raw filters. Immutable once open.
 */
struct tally_candidate_source;

/** Open ${path}: raw filters of ${bits}, or for ${bits} 0 what tally_encodings_open
 * takes. Errors as theirs. */
TALLY_NODISCARD int tally_candidate_source_open(struct tally_candidate_source **out,
                                                const char *path, uint32_t bits,
                                                struct tally_err *err);
/** Records, which is what pairs are numbered by, and bits of a filter. */
size_t tally_candidate_source_records(const struct tally_candidate_source *s);
uint32_t tally_candidate_source_bits(const struct tally_candidate_source *s);
void tally_candidate_source_close(struct tally_candidate_source *s);

struct tally_candidates_job {
    /* 1 (pairs within it) to TALLY_CANDIDATE_SOURCES_MAX (pairs of two of them). */
    struct tally_candidate_source *const *sources;
    size_t nsources;
    uint32_t threshold_ppm; /* 1 to TALLY_PPM */
    enum tally_similarity similarity;
    /* 0: all pairs. Else anonlink's rule, for each pair of sources by itself: of each
     * record of the first the k best pairs, then in descending order those that are
     * among the first k of the record of the second. Within one source: the pairs among
     * the k best of either record, then those among the first k of both. Ties go to the
     * lower record. */
    uint32_t k;
    /* 0: exact. Else the least chance, in millionths and below one, of finding a pair at
     * or above the threshold, by hashing (lsh.h). */
    uint32_t recall_ppm;
    bool by_keys; /* only records that hold an equal match key; not with recall_ppm */
    const char *beside;              /* where temporary files lie: see tally_tmpfile */
    struct tally_pool *pool;         /* required */
    struct tally_progress *progress; /* may be NULL */
};

struct tally_candidates_stats {
    uint64_t compared;    /* pairs decided */
    uint64_t found;       /* pairs kept */
    double setup_seconds; /* choosing and making sketches */
    double join_seconds;  /* the rest: scanning, verifying, sorting */
    const char *kernel;
    const char *sketch;        /* that the last join scanned */
    uint32_t sketch_bytes;     /* its width */
    double amx_of_full;        /* as in tally_join_stats */
    struct tally_lsh_plan lsh; /* of the last pair of sources; zeros when exact */
    /* By keys: exact pairs of records drawn from each first source, and how many of them
     * the keys found. */
    uint64_t sampled;
    uint64_t sampled_found;
};

/** Record ${a} of source ${source_a} and ${b} of ${source_b}; source_a < source_b, or
 * within one source a < b. */
struct tally_candidate {
    uint32_t source_a;
    uint32_t source_b;
    uint32_t a;
    uint32_t b;
    /* The score is 2 * common / total, as it would be for Dice; with simple matching
     * common is the bits that agree and total twice the length. */
    uint32_t common;
    uint32_t total;
};

/** The score as anonlink computes it. Pairs whose scores differ have different ones. */
static inline double
tally_candidate_score(const struct tally_candidate *c)
{
    return 2.0 * (double)c->common / (double)c->total;
}

/** Candidates found, to be read once. */
struct tally_candidates;

/**
 * Find the candidates of ${job}. A record without set bits matches nothing, except by
 * simple matching. A record of several rows (aliases) scores as its best row does.
 * The result does not depend on threads or kernel.
 *
 * Errors: TALLY_E_USAGE for a number of sources or bits out of range,
 * TALLY_E_SCHEMA_MISMATCH and TALLY_E_KEY_MISMATCH for sources that do not go together,
 * otherwise as tally_join and tally_sorter.
 */
TALLY_NODISCARD int tally_candidates_find(struct tally_candidates **out,
                                          const struct tally_candidates_job *job,
                                          struct tally_candidates_stats *stats,
                                          struct tally_err *err);

/** The next in order of descending score, then sources, then records. 1, 0 at the end,
 * -1: TALLY_E_IO, TALLY_E_CORRUPT. */
TALLY_NODISCARD int tally_candidates_next(struct tally_candidates *c,
                                          struct tally_candidate *out,
                                          struct tally_err *err);
void tally_candidates_free(struct tally_candidates *c);

#endif

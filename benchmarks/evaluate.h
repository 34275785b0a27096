/*
 * Evaluation of links against truth.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_EVALUATE_H
#define TALLY_EVALUATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/base/err.h"
#include "bloom/base/file.h"
#include "bloom/base/interval.h"

/** Counts and measures at one threshold. Measures are NAN where undefined (0/0). */
struct tally_measures {
    uint32_t threshold_ppm; /* links with score >= this count */
    uint64_t tp;
    uint64_t fp;
    uint64_t fn;
    double precision; /* tp / (tp + fp) */
    double recall;    /* tp / (tp + fn) */
    double f1;
    double f_star; /* tp / (tp + fp + fn) (Hand, Christen, Kirielle 2021) */
};

/** Clusters against people: records that hang together by links, against records of one
 * person. NAN where undefined. */
struct tally_cluster_measures {
    uint64_t records; /* that the truth or a link names */
    /* B-cubed (Bagga, Baldwin 1998): for each record the share of its cluster that is its
     * person, and the share of its person that is in its cluster; the means. */
    double b3_precision;
    double b3_recall;
    double b3_f1;
    uint64_t found;  /* clusters of two records or more */
    uint64_t people; /* people with two records or more */
    uint64_t exact;  /* that are both */
};

/** What blocking left of all pairs. */
struct tally_blocking {
    bool measured;
    uint64_t candidates;
    double completeness; /* share of the true pairs that are among them */
    double reduction;    /* 1 - candidates / all pairs; NAN when that is not known */
};

/** Measures of one subgroup: pairs with a record of the group in either source. */
struct tally_group_measures {
    char column[64];
    char group[64];
    struct tally_measures at;
};

/** Arrays are malloced; free with tally_evaluation_free. */
struct tally_evaluation {
    struct tally_measures at; /* all links of the file */
    struct tally_measures
        best; /* at the threshold with the highest F1 (ties: higher threshold) */
    struct tally_measures *curve; /* ascending thresholds, at most 200 */
    size_t ncurve;
    struct tally_group_measures *groups;
    size_t ngroups;
    struct tally_cluster_measures clusters;
    struct tally_blocking blocking;
    uint64_t ignored; /* links between sources the truth says nothing about */
};

/**
 * ${links}: links.csv (source_a,id_a,source_b,id_b,score,...). ${truth}: one of three
 * shapes, told by its header: id_1,id_2; id,ent_id (deduplication, or ids unique over all
 * sources); source,id,ent_id. ${groups} (may be NULL): [source,]id and one or more group
 * columns. Every pair of the truth counts; in the third shape only pairs of sources that
 * occur in the links file (all, when it has no rows), and pairs inside one source only
 * when the links file holds such pairs. An id of the links that the truth does not know
 * is a record with no match. ${candidates} (may be NULL): the pairs that blocking left,
 * source_a,id_a,source_b,id_b. Memory: about 100 bytes a record of the truth.
 */
TALLY_NODISCARD int tally_evaluate(const char *links, const char *truth,
                                   const char *groups, const char *candidates,
                                   struct tally_evaluation *out, struct tally_err *err);
void tally_evaluation_free(struct tally_evaluation *e);

/** Add the counts of the groups of ${more}, an evaluation of other people, to the groups
 * of
 * ${into} that have the same column and name: groups take in more pairs. A group that
 * ${into} does not have is left out. */
void tally_evaluation_pool(struct tally_evaluation *into,
                           const struct tally_evaluation *more);

/** Groups with fewer true pairs are measured and not compared: one pair would move them
 * too far. */
#define TALLY_GAP_PAIRS_MIN 30u

/**
 * The groups of lowest and of highest recall within the column that begins at group
 * ${first}; both NULL when fewer than two of its groups have TALLY_GAP_PAIRS_MIN true
 * pairs. Returns the index at which the next column begins.
 */
size_t tally_evaluation_gap(const struct tally_evaluation *e, size_t first,
                            const struct tally_group_measures **low,
                            const struct tally_group_measures **high);

/** How far apart the recalls of two groups are, with its interval. */
struct tally_interval tally_evaluation_gap_of(const struct tally_group_measures *low,
                                              const struct tally_group_measures *high);

/** Share of links that are right and of true pairs found, with their intervals; they
 * take pairs for independent, which those of one person are not quite. */
struct tally_interval tally_measures_precision(const struct tally_measures *m);
struct tally_interval tally_measures_recall(const struct tally_measures *m);

/** As JSON, and as an HTML page with curve and subgroup gaps. */
TALLY_NODISCARD int tally_evaluation_json(struct tally_outfile *f,
                                          const struct tally_evaluation *e,
                                          struct tally_err *err);
TALLY_NODISCARD int tally_evaluation_html(struct tally_outfile *f,
                                          const struct tally_evaluation *e,
                                          struct tally_err *err);

#endif

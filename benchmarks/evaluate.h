/*
 * Evaluation of links against truth.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_EVALUATE_H
#define TALLY_EVALUATE_H

#include <stddef.h>
#include <stdint.h>

#include "bloom/base/err.h"
#include "bloom/base/file.h"

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
    uint64_t ignored; /* links between sources the truth says nothing about */
};

/**
 * ${links}: links.csv (source_a,id_a,source_b,id_b,score,...). ${truth}: one of three
 * shapes, told by its header: id_1,id_2; id,ent_id (deduplication, or ids unique over all
 * sources); source,id,ent_id. ${groups} (may be NULL): [source,]id and one or more group
 * columns. Every pair of the truth counts; in the third shape only pairs of sources that
 * occur in the links file (all, when it has no rows), and pairs inside one source only
 * when the links file holds such pairs. An id of the links that the truth does not know
 * is a record with no match. Memory: about 100 bytes a record of the truth.
 */
TALLY_NODISCARD int tally_evaluate(const char *links, const char *truth,
                                   const char *groups, struct tally_evaluation *out,
                                   struct tally_err *err);
void tally_evaluation_free(struct tally_evaluation *e);

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

/** As JSON, and as an HTML page with curve and subgroup gaps. */
TALLY_NODISCARD int tally_evaluation_json(struct tally_outfile *f,
                                          const struct tally_evaluation *e,
                                          struct tally_err *err);
TALLY_NODISCARD int tally_evaluation_html(struct tally_outfile *f,
                                          const struct tally_evaluation *e,
                                          struct tally_err *err);

#endif

/*
 * Evidence: the scores of a pair of records in several views, weighed together by Fellegi
 * and Sunter's rule. For each view, how much more often true pairs score so than
 * strangers do.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_EVIDENCE_H
#define TALLY_EVIDENCE_H

#include <stddef.h>
#include <stdint.h>

#include "bloom/base/err.h"
#include "bloom/schema.h"
#include "linker/join.h"

/** Levels of similarity in a view: knots from the middle score of strangers, 0, to that
 * of equal encodings, the last. */
#define TALLY_EVIDENCE_LEVELS 12

/** In place of a key (see tally_edge_key): one of the two has no encoding in the view. */
#define TALLY_EVIDENCE_MISSING UINT32_MAX

/** What was learnt of one view. */
struct tally_evidence_view {
    double middle; /* plain Dice of strangers, in thousandths: level 0 */
    double m[TALLY_EVIDENCE_LEVELS];      /* share of true pairs at each level */
    double u[TALLY_EVIDENCE_LEVELS];      /* share of strangers, as sampled */
    double weight[TALLY_EVIDENCE_LEVELS]; /* log2 of m / u, never falling */
    double share; /* how much of the weight counts: 1, or what tally_balance found */
};

/** A model. Filled by the functions below in their order; then constant. */
struct tally_evidence {
    size_t nviews;
    const double *axis; /* see tally_chance_axis; outlives the model */
    double pairs;       /* random pairs behind u */
    struct tally_evidence_view views[TALLY_VIEWS_MAX];
    double low; /* the least and the greatest sum of weights */
    double high;
};

/**
 * Begin with what strangers look like: ${keys} holds, for each of ${n} random pairs, the
 * key of each of ${nviews} views. Weights are then those of true pairs as expected of
 * ordinary data, and all of them count.
 */
void tally_evidence_begin(struct tally_evidence *e, size_t nviews, const double *axis,
                          const uint32_t *keys, size_t n);

/**
 * Learn what true pairs look like from ${n} links held to be true, smoothed by what was
 * expected. ${matches} is the share of true pairs among the random pairs of the
 * beginning: 0 when there can be none.
 */
void tally_evidence_learn(struct tally_evidence *e, const uint32_t *keys, size_t n,
                          double matches);

/** Let ${share}[v] of the weights of view v count. */
void tally_evidence_share(struct tally_evidence *e, const double *share);

/** The weight of ${key} in view ${v}, in bits, of which a share counts: 0 when missing.
 */
double tally_evidence_weight(const struct tally_evidence *e, size_t v, uint32_t key);

/** The level of ${key} in view ${v}, 0 to TALLY_EVIDENCE_LEVELS - 1. Not when missing. */
double tally_evidence_level(const struct tally_evidence *e, size_t v, uint32_t key);

/** The score of a pair with these keys, one a view, and ${more} bits that are known
 * besides: 0 for the least sum of weights there can be, TALLY_PPM for the greatest. */
uint32_t tally_evidence_ppm(const struct tally_evidence *e, const uint32_t *keys,
                            double more);

/** A score that one pair of strangers in ${npairs} reaches at most, in ppm: they have a
 * sum of weights of w bits once in 2^w pairs, as far as views are independent. */
uint32_t tally_evidence_rare_ppm(const struct tally_evidence *e, double npairs);

#endif

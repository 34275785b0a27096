/*
 * Thresholds without truth: how many of the links at each score are expected to be false,
 * by decoys.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_CALIBRATE_H
#define TALLY_CALIBRATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/base/err.h"
#include "linker/assign.h"
#include "linker/cluster.h"
#include "linker/curve.h"
#include "linker/decoys.h"

/** Two sources, their candidates, and the links the assignment chose. */
struct tally_measure_job {
    struct tally_decoy_side a;
    struct tally_decoy_side b;
    bool clean_a; /* a person stands in it once: its decoys count */
    bool clean_b;
    const struct tally_assign_rule *rule;
    const struct tally_edge *candidates; /* between them, descending */
    size_t ncandidates;
    const struct tally_edge *links;
    size_t nlinks;
    uint32_t floor_bin; /* nothing was looked at below */
    const double *axis; /* where bins stand: see tally_chance_axis */
};

/**
 * The curve of two sources from decoys. ${enough} is false when too few decoys were met
 * to say anything, or neither source is free of duplicates; the curve then holds the
 * links alone. With ${trimmed} the expectation is capped by what the cleaner source and
 * swapped partners allow: for sources whose records resemble each other more than chance
 * explains.
 */
TALLY_NODISCARD int tally_measure(const struct tally_measure_job *job, bool trimmed,
                                  struct tally_curve *curve, bool *enough,
                                  struct tally_err *err);

/** One source in which people may stand twice, and its candidate pairs. */
struct tally_measure_inside {
    size_t n;
    size_t usable;
    const struct tally_edge *edges; /* descending */
    size_t nedges;
    uint32_t sure_key; /* pairs from here up are links beyond doubt, as far as is known */
    uint32_t floor_bin;
    double fdr; /* share of false links aimed at */
    bool many;  /* a record may have several partners in any case */
    const double *axis;
};

/** Whether records that stand in a source twice show enough. */
enum tally_beside {
    TALLY_BESIDE_ENOUGH, /* the curve expects false pairs */
    TALLY_BESIDE_FEW,    /* too few records stand twice beyond doubt */
    TALLY_BESIDE_SEVERAL /* too many stand there more often than twice */
};

/** What tally_measure_beside found. */
struct tally_inside {
    enum tally_beside found;
    double per_decoy; /* pairs that each decoy stands for */
    bool paired; /* hardly anybody stands there more often than twice: links are those of
                    tally_assign_inside */
};

/**
 * The curve of the candidate pairs inside one source, from what its linked records
 * resemble besides their partners (tally_decoys_beside): first those beyond doubt, then, for
 * more of them, those that the curve itself would accept. The curve holds the pairs alone
 * where ${out}->found is not TALLY_BESIDE_ENOUGH. Errors: TALLY_E_NOMEM.
 */
TALLY_NODISCARD int tally_measure_beside(const struct tally_measure_inside *job,
                                         struct tally_curve *curve,
                                         struct tally_inside *out, struct tally_err *err);

/** Sources in which people may stand several times each, and how their records come
 * together. */
struct tally_measure_groups {
    const struct tally_cluster_job *job; /* ${joined} and ${ctx} of ${score} apart */
    uint32_t sure_bin; /* records that join from here up are one person beyond doubt */
    uint32_t floor_bin;
    double fdr; /* share of false pairs aimed at */
    const double *axis;
};

/** What a curve of groups is made of; neither: the curve holds the pairs alone. */
struct tally_groups {
    bool decoys;      /* groups that would join, */
    bool valley;      /* or the fall of all joins: rough */
    double per_decoy; /* pairs that each decoy stands for */
};

/**
 * The curve of pairs that come together as records join. Where two groups would join,
 * each of two records or more that joined at a better score, they are mostly two people,
 * for a person's records join one after the other: such joins are decoys. How many of them
 * are true all the same is learnt from higher scores. Where too few records are in groups,
 * false joins are those that rise steeply and evenly as scores fall. Errors:
 * TALLY_E_NOMEM.
 */
TALLY_NODISCARD int tally_measure_groups(const struct tally_measure_groups *job,
                                         struct tally_curve *curve,
                                         struct tally_groups *out, struct tally_err *err);

#endif

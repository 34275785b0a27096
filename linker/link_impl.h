/*
 * Private to linking: the state of a run and the steps that fill it, in order.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_LINK_IMPL_H
#define TALLY_LINK_IMPL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "linker/assign.h"
#include "linker/chance.h"
#include "linker/curve.h"
#include "linker/link.h"

/** One source of a run. */
struct link_source {
    const struct tally_encfile *enc;
    struct tally_matrix m;     /* of the first view */
    size_t n;                  /* records */
    uint32_t *first_row;       /* of each record and one past the last; NULL when rows are
                                  the records in order */
    uint32_t *record_of;       /* each row; NULL likewise */
    size_t usable;             /* records with any bit set */
    bool clean;                /* its owner says nobody stands in it twice */
    uint32_t floor_ppm;        /* the lowest floor of its pairs */
    struct tally_edge *inside; /* candidates inside it, where they serve as decoys */
    size_t ninside;
};

/** Two sources of a run, or one with itself. */
struct link_pair {
    uint32_t a;
    uint32_t b;
    bool decoys; /* one source at least is clean; else candidate pairs stand for
                    themselves */
    struct tally_assign_rule rule;
    struct tally_chance chance;
    uint32_t floor_ppm;
    uint64_t candidates;
    struct tally_edge
        *links; /* of the assignment, down to the floor; then down to the cut */
    size_t nlinks;
    struct tally_edge *sure; /* those with equal match keys, by (a, b) */
    size_t nsure;
    struct tally_curve curve;
    bool enough;  /* the curve expects false links */
    bool trimmed; /* after capping its decoys */
    struct tally_cut cut;
    uint32_t cut_ppm;
    double probability[TALLY_HISTOGRAM_BINS]; /* NAN where it cannot be said */
};

struct link_run {
    const struct tally_link_job *job;
    bool many;
    struct link_source sources[TALLY_SOURCES_MAX];
    uint32_t start[TALLY_SOURCES_MAX + 1]; /* records numbered through */
    struct link_pair *pairs;
    size_t npairs;
    double axis[TALLY_HISTOGRAM_BINS + 1]; /* see tally_chance_axis */
    struct tally_curve trimmed;            /* of the pair being measured */
    struct tally_curve pooled;             /* of all pairs with decoys */
    uint64_t compared;
    double miss_probability;
};

/** Thousandths of Dice as ppm. */
#define LINK_BIN_PPM (TALLY_PPM / (TALLY_HISTOGRAM_BINS - 1))

/** Fill matrix, counts and rows of ${s}. */
TALLY_NODISCARD int link_records_take(struct link_source *s,
                                      const struct tally_encfile *enc,
                                      struct tally_err *err);
/** Make candidate pairs of rows of ${a} and ${b} (the same: inside it) pairs of records,
 * each once with its best score, in descending order. Returns how many are left. */
size_t link_records_edges(const struct link_source *a, const struct link_source *b,
                          struct tally_edge *edges, size_t n);
/** Keep each pair of records once, with its best score, in descending order. Returns how
 * many are left. */
size_t link_records_unique(struct tally_edge *edges, size_t n);

/** Keys of edges above this are no scores: the records have an equal match key, and are
 * taken for one person whatever they score. No score is above it. */
#define LINK_KEY_SURE UINT32_C(0x80000000)

/** Add to ${edges}, of ${a} and ${b} (the same: inside it), the pairs with equal match
 * keys; ${edges} is malloced and may move. */
TALLY_NODISCARD int link_keys_add(const struct link_source *a,
                                  const struct link_source *b, struct tally_edge **edges,
                                  size_t *n, struct tally_err *err);

/** Bits that the best rows of record ${i} of ${a} and ${j} of ${b} share, and ${total}
 * set in both together; 0 without rows. */
uint32_t link_records_common(const struct link_source *a, size_t i,
                             const struct link_source *b, size_t j,
                             const struct tally_kernel *kernel, uint32_t *total);

/** Steps of a run; each needs the ones before. Errors as tally_link_run. */
TALLY_NODISCARD int link_candidates(struct link_run *run, struct tally_err *err);
void link_decide(struct link_run *run, struct tally_calibration *out);
TALLY_NODISCARD int link_clusters(struct link_run *run, struct tally_link_result *out,
                                  struct tally_err *err);

#endif

/*
 * Decoys: links that are false by construction, and so show what false links look like.
 * In a source where every person stands once, whatever a record would link to inside its
 * own source is a decoy; so is what a linked record would link to were its own partner
 * hidden.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_DECOYS_H
#define TALLY_DECOYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/base/err.h"
#include "linker/assign.h"

/** One source, as its decoys are counted. */
struct tally_decoy_side {
    size_t n;      /* records */
    size_t usable; /* of them with any bit set: the others match nothing */
    const struct tally_edge *inside; /* candidates inside the source, descending */
    size_t ninside;
};

/**
 * Decoys of ${side} by score into ${counts}, records not pairs: pairs are taken greedily,
 * in descending order, as links are. ${partner_key} (one a record; NULL: none) is the key
 * of a record's link to the other source: a record whose key is at least ${sure_key}
 * leaves the pool when its turn to be linked comes, for a record that has found its
 * partner makes no false link below.
 */
TALLY_NODISCARD int tally_decoys_greedy(const struct tally_decoy_side *side,
                                        const uint32_t *partner_key, uint32_t sure_key,
                                        double counts[TALLY_HISTOGRAM_BINS],
                                        struct tally_err *err);

/** As above with every record counted once, at its best score inside: for a source whose
 * records may each be taken several times. */
TALLY_NODISCARD int tally_decoys_nearest(const struct tally_decoy_side *side,
                                         double counts[TALLY_HISTOGRAM_BINS],
                                         struct tally_err *err);

/** As above with both records of every candidate pair counted: for links without limit.
 */
void tally_decoys_all(const struct tally_decoy_side *side,
                      double counts[TALLY_HISTOGRAM_BINS]);

/** Candidates between two sources, and the links (descending) chosen among them. */
struct tally_decoy_cross {
    size_t na;
    size_t nb;
    const struct tally_edge *candidates; /* descending */
    size_t ncandidates;
    const struct tally_edge
        *links; /* the sure ones, of which each record has one at most */
    size_t nlinks;
};

/** Links that the linked records would make among themselves, greedily, were their own
 * partners hidden: pairs by score into ${counts}. */
TALLY_NODISCARD int tally_decoys_swapped(const struct tally_decoy_cross *x,
                                         double counts[TALLY_HISTOGRAM_BINS],
                                         struct tally_err *err);

/** What records that stand twice in one source resemble besides: see below. */
struct tally_decoys_beside {
    size_t linked;  /* records that have a partner */
    size_t groups;  /* groups of records that links join, */
    size_t several; /* those of three records and more among them */
    double counts[TALLY_HISTOGRAM_BINS];
};

/**
 * Decoys inside a source in which people stand twice. Candidates ${edges} (descending) of
 * its ${n} records from ${sure_key} up are taken for links. A record that has one has
 * found its partner, its best candidate: whatever else it resembles is somebody else.
 * ${counts} holds those pairs by score, each for every linked record it has.
 */
TALLY_NODISCARD int tally_decoys_beside(const struct tally_edge *edges, size_t nedges,
                                        size_t n, uint32_t sure_key,
                                        struct tally_decoys_beside *out,
                                        struct tally_err *err);

#endif

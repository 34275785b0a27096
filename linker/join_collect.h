/*
 * What a join keeps: pairs gathered by each worker, pruned to the k best of either row
 * when that is asked for, bounded, and put in order at the end.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_JOIN_COLLECT_H
#define TALLY_JOIN_COLLECT_H

#include <stdatomic.h>
#include <stdbool.h>

#include "linker/join.h"

/** What all workers share. */
struct tally_collect {
    const struct tally_matrix *a;
    const struct tally_matrix *b; /* a itself in a self-join */
    bool self;
    uint32_t k;             /* 0: keep all */
    size_t max_pairs;       /* above this many kept: TALLY_E_LIMIT */
    _Atomic uint64_t found; /* pairs added so far */
};

/** The pairs of one worker. Zeroed means empty. */
struct tally_keep {
    struct tally_pair *list;
    size_t n;
    size_t cap;
    size_t prune_at; /* size at which to drop what is beaten; 0 before the first time */
};

/**
 * Add ${n} pairs of a tile. With k set, pairs beaten in both their rows are dropped now
 * and then. That loses nothing: a pair among the k best of a row is among the k best of
 * the row in any part of the pairs. Errors: TALLY_E_NOMEM, TALLY_E_LIMIT.
 */
TALLY_NODISCARD int tally_keep_add(struct tally_collect *c, struct tally_keep *keep,
                                   const struct tally_pair *pairs, size_t n,
                                   struct tally_err *err);

/** Bring together what ${nkeeps} workers kept, which leaves them empty: the answer, in
 * ascending (a, b). Errors: as tally_keep_add. */
TALLY_NODISCARD int tally_collect_finish(struct tally_collect *c,
                                         struct tally_keep *keeps, size_t nkeeps,
                                         struct tally_pairs *out, struct tally_err *err);

void tally_keep_free(struct tally_keep *keep);

#endif

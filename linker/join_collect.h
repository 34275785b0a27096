/*
 * What a join keeps: pairs gathered by each worker, pruned to the k best of either row
 * when that is asked for, bounded, and put in order at the end.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_JOIN_COLLECT_H
#define TALLY_JOIN_COLLECT_H

#include <stdatomic.h>
#include <stdbool.h>

#include "bloom/base/sorter.h"
#include "linker/join.h"

/** What all workers share. */
struct tally_collect {
    const struct tally_matrix *a;
    const struct tally_matrix *b; /* a itself in a self-join */
    bool self;
    uint32_t k;             /* 0: keep all */
    size_t max_pairs;       /* above this many kept: TALLY_E_LIMIT */
    size_t spill_memory;    /* bytes of pairs a worker holds, without k; 0: all of them */
    const char *beside;     /* where the others lie */
    _Atomic uint64_t found; /* pairs added so far */
    /* With k: by row of A, then of B (in a self-join of A alone), a score in ppm that k
     * pairs of the row reach; 0 while none is known. Any thread may raise it. */
    _Atomic uint32_t *floors;
};

/** Set up ${c}, whose first fields are set. Errors: TALLY_E_NOMEM. */
TALLY_NODISCARD int tally_collect_begin(struct tally_collect *c, struct tally_err *err);
void tally_collect_end(struct tally_collect *c);

/** The floor of row ${row} of A, or of B. Always 0 without k. */
static inline uint32_t
tally_collect_floor(const struct tally_collect *c, bool of_b, uint32_t row)
{
    size_t at = of_b && !c->self ? c->a->n + row : row;

    return c->k == 0 ? 0 : atomic_load_explicit(&c->floors[at], memory_order_relaxed);
}

/** The pairs of one worker. Zeroed means empty. */
struct tally_keep {
    struct tally_pair *list;
    size_t n;
    size_t cap;
    size_t prune_at; /* size at which to drop what is beaten; 0 before the first time */
    struct tally_sorter *spilt; /* pairs that came before those in list; may be NULL */
};

/**
 * Add ${n} pairs of a tile. With k set, pairs beaten in both their rows are dropped now
 * and then. That loses nothing: a pair among the k best of a row is among the k best of
 * the row in any part of the pairs. Errors: TALLY_E_NOMEM, TALLY_E_LIMIT, TALLY_E_IO.
 */
TALLY_NODISCARD int tally_keep_add(struct tally_collect *c, struct tally_keep *keep,
                                   const struct tally_pair *pairs, size_t n,
                                   struct tally_err *err);

/** Bring together what ${nkeeps} workers kept and none of them spilt, which leaves them
 * empty: the answer, in ascending (a, b). Errors: as tally_keep_add. */
TALLY_NODISCARD int tally_collect_finish(struct tally_collect *c,
                                         struct tally_keep *keeps, size_t nkeeps,
                                         struct tally_pairs *out, struct tally_err *err);

void tally_keep_free(struct tally_keep *keep);

#endif

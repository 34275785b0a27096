/*
 * Which figures may be shown. Figures ("facts") are sums over atoms, the smallest groups
 * that the tables tell apart; those of earlier releases are known for good. Small figures
 * are suppressed, then as many others as it takes that no hidden figure, and no small
 * group that lies between figures, can be worked out: for each of them everything from 0
 * to the threshold less 1 has to agree with what is shown. docs/release.md has the rules.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_PROTECT_H
#define TALLY_PROTECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/base/err.h"
#include "linker/profiles.h"

enum tally_fact_state {
    TALLY_FACT_SHOWN,
    TALLY_FACT_SMALL,   /* suppressed for itself */
    TALLY_FACT_BESIDE,  /* suppressed so that another cannot be worked out */
    TALLY_FACT_EARLIER /* in an earlier release: known, and that is that */
};

/** A figure, or several that are sums of the same atoms. */
struct tally_fact {
    uint32_t *atoms; /* ascending */
    size_t natoms;
    uint64_t value;  /* units: people, records, or what a column adds up to */
    uint64_t people; /* that contribute */
    uint64_t first;  /* what the two largest contributors contribute */
    uint64_t second;
    bool sum;  /* of a column */
    bool full; /* nobody, in a line whose whole total stands in one figure */
    enum tally_fact_state state;
    bool tried;      /* private */
    bool again;      /* known from an earlier release too: no use to hide it */
    uint64_t held;   /* what it was shown as then: the caller's */
    bool exact;      /* of rows, new as it is: cannot be hidden, and is not rounded */
    unsigned label;  /* which table it is of: the caller's */
    unsigned before; /* of the earlier release, when again */
};

/** All that bears on the same units. */
struct tally_fact_list {
    size_t natoms;
    double *x;        /* size of each atom; 0 for one that might be */
    uint64_t *people; /* who make it up */
    size_t nfacts;
    struct tally_fact *list;
};

/** Who is in the way of a release. */
struct tally_conflict {
    bool found;
    size_t nlabels;
    unsigned labels[16]; /* of facts that together give a small group away */
};

/** Set the state of every fact but the earlier ones. ${conflict}: figures of earlier
 * releases would, with new ones, give a small group away; states are then of no use.
 * Errors: TALLY_E_LIMIT, TALLY_E_NOMEM, TALLY_E_INTERRUPTED. */
TALLY_NODISCARD int tally_protect(struct tally_fact_list *facts,
                                  const struct tally_profile_rules *rules,
                                  struct tally_conflict *conflict, struct tally_err *err);

/** Whether ${f} must not be shown for itself. */
bool tally_protect_small(const struct tally_fact *f,
                         const struct tally_profile_rules *rules);

void tally_fact_list_free(struct tally_fact_list *facts);

#endif

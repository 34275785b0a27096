/*
 * A delivery that takes the place of an earlier one of the same source: which of its
 * records are which of those that were there.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_SUCCESSION_H
#define TALLY_SUCCESSION_H

#include <stdbool.h>
#include <stddef.h>

#include "bloom/base/err.h"
#include "bloom/base/pool.h"
#include "bloom/base/progress.h"
#include "bloom/encfile.h"

/** A record of the new delivery, and the token that it had in the old one. */
struct tally_successor {
    uint8_t token[TALLY_TOKEN_BYTES];
    uint8_t was[TALLY_TOKEN_BYTES];
    bool doubtful; /* a link that is possible, but no match */
};

/** By what records were told. */
enum tally_succession_by {
    TALLY_SUCCESSION_BY_TOKEN, /* alone: ids are in neither, and they do not fit together
                                */
    TALLY_SUCCESSION_BY_ID,    /* both kept ids */
    TALLY_SUCCESSION_BY_LINK   /* the two were linked with each other */
};

/**
 * The records of ${new} that are in ${old} too, ascending by token, into ${out} (malloced):
 * those of equal token; then those of equal id, where both kept ids, or else those of equal
 * encodings and those that linking the two finds, each record once. Deterministic. Errors:
 * as tally_link_run; TALLY_E_USAGE for legacy filters, which have no tokens.
 */
TALLY_NODISCARD int tally_succession(const struct tally_encfile *old,
                                     const struct tally_encfile *new,
                                     struct tally_pool *pool,
                                     struct tally_progress *progress,
                                     struct tally_successor **out, size_t *n,
                                     enum tally_succession_by *by, struct tally_err *err);

/** What ${token} was, among the ${n} ${list} of tally_succession; NULL: nothing. */
const uint8_t *tally_successor_was(const struct tally_successor *list, size_t n,
                                   const uint8_t *token);

/** Take the doubtful ones out of ${list}; returns how many are left. */
size_t tally_successors_sure(struct tally_successor *list, size_t n);

/** Put ${list} in order of what tokens were, for tally_successor_now. */
void tally_successors_by_was(struct tally_successor *list, size_t n);

/** Replace ${token} by the latest that the record has had since, through as many
 * deliveries as ${list} knows. */
void tally_successor_now(const struct tally_successor *list, size_t n,
                         uint8_t token[TALLY_TOKEN_BYTES]);

#endif

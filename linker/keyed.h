/*
 * Records by match key: of two sources those that hold the same one.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_KEYED_H
#define TALLY_KEYED_H

#include <stddef.h>
#include <stdint.h>

#include "bloom/encfile.h"
#include "bloom/matchkey.h"

/** A record that holds a key. */
struct tally_keyed {
    uint8_t hash[TALLY_MATCHKEY_BYTES];
    uint32_t record;
};

/** All that hold a key of one kind, by key, then record. Zeroed means empty. */
struct tally_keyed_side {
    struct tally_keyed *list;
    size_t n;
};

/** Those of match key ${k} of ${enc}. TALLY_E_NOMEM. */
TALLY_NODISCARD int tally_keyed_take(struct tally_keyed_side *out,
                                     const struct tally_encfile *enc, size_t k,
                                     struct tally_err *err);
void tally_keyed_free(struct tally_keyed_side *s);

/** Takes ${na} records of A and ${nb} of B that hold one key. Returns 0, or -1 with
 * ${err} set, which ends the walk. */
typedef int tally_keyed_fn(void *ctx, const struct tally_keyed *a, size_t na,
                           const struct tally_keyed *b, size_t nb, struct tally_err *err);

/** Give every key that both sides hold to ${meet}, in ascending order. */
TALLY_NODISCARD int tally_keyed_meet(const struct tally_keyed_side *a,
                                     const struct tally_keyed_side *b,
                                     tally_keyed_fn *meet, void *ctx,
                                     struct tally_err *err);

#endif

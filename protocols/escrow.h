/*
 * Escrow of a linkage key: shares for several people of whom some must come together,
 * each signed by the dealer with the digests of all. docs/protocols/ceremony.md.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_PROTOCOLS_ESCROW_H
#define TALLY_PROTOCOLS_ESCROW_H

#include "protocols/identity.h"
#include "protocols/shamir.h"

/** Write ${n} shares of ${key} of which ${m} give it back, one for each of ${holders},
 * into the folder ${dir} as share-01 to share-NN (0600), all or none. Errors:
 * TALLY_E_POLICY (a holder is a linker or analyst, who may never hold one; a holder
 * twice), TALLY_E_USAGE (m, n), TALLY_E_EXISTS, TALLY_E_IO, TALLY_E_NOMEM. */
TALLY_NODISCARD int tally_escrow_split(struct tally_secret *key,
                                       const struct tally_identity *dealer,
                                       const struct tally_card *holders, unsigned n,
                                       unsigned m, const char *dir, bool force,
                                       struct tally_err *err);

/** The key of the ${n} shares at ${paths}, which all are of ${dealer} (a card) and one
 * splitting. Caller frees ${key}. Errors: TALLY_E_KEY (too few; of another dealer or
 * splitting; twice), TALLY_E_CORRUPT, TALLY_E_NO_FILE. */
TALLY_NODISCARD int tally_escrow_join(const char *const *paths, size_t n,
                                      const struct tally_card *dealer,
                                      struct tally_secret **key, struct tally_err *err);

#endif

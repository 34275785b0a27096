/*
 * The release ledger: everything that was released of a project, so that what comes next
 * can be held against it. A chain of entries, signed by the analyst; in a pilot by
 * nobody. docs/protocols/ledger.md.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_LEDGER_H
#define TALLY_LEDGER_H

#include "linker/release.h"
#include "protocols/chain.h"

#define TALLY_LEDGER_LINE_MAX     (32u << 20)
#define TALLY_LEDGER_RELEASES_MAX 500

struct tally_ledger;

/** Read the ledger at ${path}; one that is not there is empty. Entries are signed by one
 * of ${keys}, or with nkeys 0 by nobody, and are all of the ${agreement} (NULL: of none).
 * Errors: TALLY_E_CORRUPT; TALLY_E_POLICY (of another agreement); TALLY_E_LIMIT. */
TALLY_NODISCARD int tally_ledger_open(struct tally_ledger **out, const char *path,
                                      const uint8_t (*keys)[TALLY_SIGN_PUBLIC_BYTES],
                                      size_t nkeys, const uint8_t *agreement,
                                      struct tally_err *err);
/** What was released; belongs to the ledger. */
const struct tally_earlier *tally_ledger_releases(const struct tally_ledger *l,
                                                  size_t *n);
/** Number of the next entry. */
uint64_t tally_ledger_next(const struct tally_ledger *l);
/** Whether entry ${head} stands in it as it was noted elsewhere. */
bool tally_ledger_has(const struct tally_ledger *l, const struct tally_log_head *head);

/** Add ${r}, signed with ${seed} (NULL in a pilot). ${head} gets the new end. Errors:
 * TALLY_E_IO (also when something was added since it was opened), TALLY_E_LIMIT. */
TALLY_NODISCARD int tally_ledger_add(struct tally_ledger *l, struct tally_secret *seed,
                                     const struct tally_release *r,
                                     struct tally_log_head *head, struct tally_err *err);
/** Add a note of another kind: ${entry} as from tally_jobject, freed. */
TALLY_NODISCARD int tally_ledger_note(struct tally_ledger *l, struct tally_secret *seed,
                                      const char *what, struct tally_jnode *entry,
                                      struct tally_log_head *head, struct tally_err *err);
void tally_ledger_free(struct tally_ledger *l);

#endif

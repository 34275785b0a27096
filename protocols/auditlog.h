/*
 * The audit log of a party: who did what, when, with which files, and never a personal
 * value. Every entry is signed and holds the digest of the one before. A cut tail shows
 * against what others hold: the log's head travels in packages and comes back in
 * receipts. docs/protocols/log.md.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_PROTOCOLS_AUDITLOG_H
#define TALLY_PROTOCOLS_AUDITLOG_H

#include "bloom/base/json.h"
#include "protocols/chain.h"
#include "protocols/identity.h"

/** The log's name in an identity's folder. */
#define TALLY_LOG_NAME "identity.log"

/** The folder in an identity's folder with card and log of the identity before it, whose
 * card it took over from: log numbers go on. */
#define TALLY_LOG_BEFORE "before"

#define TALLY_LOG_LINE_MAX 65536

/** An entry under construction: what was done. Add members with tally_jset..., of plain
 * facts; "n", "at", "what" and "previous" are the log's own. */
struct tally_jnode *tally_log_entry(const char *what);

/** Walk the log in ${dir}, checking numbers, chain and every signature under ${card}; a
 * folder without a log has none. ${head} gets its end; ${each} may be NULL. ${unfinished}
 * says whether a line follows that was never finished; with NULL that is an error.
 * Errors: TALLY_E_CORRUPT names the entry and what is wrong. */
TALLY_NODISCARD int tally_log_walk(const char *dir, const struct tally_card *card,
                                   tally_log_entry_fn *each, void *ctx,
                                   struct tally_log_head *head, bool *unfinished,
                                   struct tally_err *err);

/** A log in use by its owner, under one agreement. It is read when something is asked of
 * it, and again only after it changed. Numbers and chain of all entries are checked, and
 * the signatures of the first, which tells another's log at once, and of the last, which
 * covers them all. A line that was never finished counts for nothing. */
struct tally_log;

/** The log of ${id} in its folder ${dir} under the agreement ${agreement}, a digest; the
 * first two stay the caller's. Nothing is read yet. Errors: TALLY_E_USAGE (a path that is
 * too long), TALLY_E_NOMEM. */
TALLY_NODISCARD int tally_log_open(struct tally_log **out, const char *dir,
                                   const struct tally_identity *id,
                                   const uint8_t agreement[TALLY_DIGEST_BYTES],
                                   struct tally_err *err);
void tally_log_close(struct tally_log *log);

/** Sign ${entry} (freed), append it and sync. A line that was never finished is removed
 * first. Errors: TALLY_E_CORRUPT (what is there is no log of the identity), TALLY_E_IO,
 * TALLY_E_NOMEM. */
TALLY_NODISCARD int tally_log_append(struct tally_log *log, struct tally_jnode *entry,
                                     struct tally_err *err);

/** Where the log ends. */
TALLY_NODISCARD int tally_log_end(struct tally_log *log, struct tally_log_head *head,
                                  struct tally_err *err);

/** Every entry of the log, to be believed once this has returned 0. */
TALLY_NODISCARD int tally_log_each(struct tally_log *log, tally_chain_flat_fn *each,
                                   void *ctx, struct tally_err *err);

/** The greatest "delivery" that entries ${what} of the log under the agreement, and of
 * the logs before it, have for either of two cards ${with} ("with" is its fingerprint;
 * NULL: of anybody); 0 for none. */
TALLY_NODISCARD int tally_log_delivery(struct tally_log *log, const char *what,
                                       const struct tally_card *const with[2],
                                       uint64_t *out, struct tally_err *err);

/** Whether an entry ${what} of the log under the agreement, or of the logs before it, has
 * the member "digest" as ${digest}. */
TALLY_NODISCARD int tally_log_has(struct tally_log *log, const char *what,
                                  const uint8_t digest[TALLY_DIGEST_BYTES], bool *out,
                                  struct tally_err *err);

/** Let the log in ${next} go on from that in ${dir}: card and log of ${dir}, and what was
 * before it, are copied into ${next}'s folder "before"; what stands there from an earlier
 * copy is replaced. Errors: TALLY_E_CORRUPT (a log), TALLY_E_IO. */
TALLY_NODISCARD int tally_log_hand_over(const char *dir, const char *next,
                                        struct tally_err *err);

/** The card of the identity before that in ${dir}, and its folder into ${before}: 1, or 0
 * for none. Errors: as tally_card_read. */
TALLY_NODISCARD int tally_log_predecessor(const char *dir, char before[4096],
                                          struct tally_card *card, struct tally_err *err);

#endif

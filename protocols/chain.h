/*
 * Chains: files of lines, each a JSON object that holds the digest of the line before, a
 * blank, and a signature over the object. What audit logs and release ledgers are made
 * of; docs/protocols/log.md has the bytes.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_PROTOCOLS_CHAIN_H
#define TALLY_PROTOCOLS_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "bloom/base/bytes.h"
#include "bloom/base/err.h"
#include "bloom/base/json.h"
#include "bloom/base/json_flat.h"
#include "bloom/base/secret.h"
#include "protocols/sign.h"

#define TALLY_CHAIN_BYTES_MAX (256u << 20)

/** Where a chain ends: number and digest of its last entry. All zero for none. */
struct tally_log_head {
    uint64_t n;
    uint8_t digest[TALLY_DIGEST_BYTES];
};

/** What a walk found, and the file as it was: while it stays so, nothing is read again.
 */
struct tally_chain_seen {
    bool known;
    struct stat file;
    size_t used; /* bytes of whole entries */
    struct tally_log_head head;
};

/** Where a chain is, and who signs it. Pointers are the caller's. */
struct tally_chain {
    const char *path;
    const char *domain; /* of its signatures */
    const uint8_t (
        *keys)[TALLY_SIGN_PUBLIC_BYTES]; /* an entry is signed by one of them */
    size_t nkeys;    /* 0: nobody signs, and "unsigned" stands for the signature */
    size_t line_max; /* bytes of a line */
    bool ends_alone; /* with one key: the first and the last signature alone are checked;
                        the last covers every line before it, and that was JSON once */
    struct tally_chain_seen *seen; /* kept by walks and appends; may be NULL */
};

/** Called with each entry, in order; -1 ends the walk. */
typedef int tally_log_entry_fn(void *ctx, uint64_t n, const struct tally_json *entry,
                               const uint8_t digest[TALLY_DIGEST_BYTES],
                               struct tally_err *err);

/** The same where the ends alone are checked. */
typedef int tally_chain_flat_fn(void *ctx, const struct tally_flat *entry,
                                struct tally_err *err);

/** Walk the chain, checking numbers, digests and signatures; a file that is not there has
 * no entries. ${head} gets its end; ${each} may be NULL, and what it was told holds once
 * the walk has come to its end. ${unfinished} says whether a line follows that was never
 * finished; with NULL that is an error. Errors: TALLY_E_CORRUPT names the entry and what
 * is wrong. */
TALLY_NODISCARD int tally_chain_walk(const struct tally_chain *chain,
                                     tally_log_entry_fn *each, void *ctx,
                                     struct tally_log_head *head, bool *unfinished,
                                     struct tally_err *err);

/** The same for a chain of which the ends alone are checked. A line that was never
 * finished counts for nothing. */
TALLY_NODISCARD int tally_chain_scan(const struct tally_chain *chain,
                                     tally_chain_flat_fn *each, void *ctx,
                                     struct tally_err *err);

/** The end of the chain, from ${chain->seen} while the file is as it was. Errors: as
 * tally_chain_walk. */
TALLY_NODISCARD int tally_chain_end(const struct tally_chain *chain,
                                    struct tally_log_head *head, struct tally_err *err);

/** Sign ${entry} (freed; "n", "at", "tool" and "previous" are added) with ${seed}, append
 * it and sync. A line that was never finished is removed first. With ${after} the chain
 * must end there still: TALLY_E_IO, to be tried again. ${head} gets the new end; may be
 * NULL. Errors: TALLY_E_CORRUPT, TALLY_E_IO, TALLY_E_LIMIT, TALLY_E_NOMEM. */
TALLY_NODISCARD int
tally_chain_append(const struct tally_chain *chain, struct tally_secret *seed,
                   struct tally_jnode *entry, const struct tally_log_head *after,
                   struct tally_log_head *head, struct tally_err *err);

#endif

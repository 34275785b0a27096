/*
 * The files of a release: TABLE.csv each, release.json and release.html.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_RELEASE_WRITE_H
#define TALLY_RELEASE_WRITE_H

#include "bloom/base/bytes.h"
#include "bloom/base/file.h"
#include "bloom/base/json.h"
#include "linker/release.h"

/** What stands at the head of a release: the Five Safes. Texts may be NULL in a pilot. */
struct tally_release_head {
    const char *project;   /* the agreement's reference */
    const char *agreement; /* its digest, in hexadecimal digits */
    const char *purpose;   /* in words */
    const char *analyst;
    const char *approved; /* who approved it; NULL: nobody did, or had to */
    bool draft;           /* nothing is released yet */
    uint64_t number;      /* in the ledger; 0: no ledger is kept */
    char day[11];
};

/** The files of a release that is being written; none is there until all are. */
struct tally_release_files {
    char *dir;
    bool made_dir;
    size_t n;
    struct tally_outfile *list[TALLY_TABLES_MAX + 2];
};

/** Write all files of ${r} for folder ${dir}, made when absent. They appear with
 * tally_release_files_commit; end with tally_release_files_end in any case. Errors:
 * TALLY_E_EXISTS, TALLY_E_IO, TALLY_E_NOMEM. */
TALLY_NODISCARD int tally_release_files(struct tally_release_files *f,
                                        const struct tally_release *r,
                                        const struct tally_release_head *head,
                                        const char *dir, bool force,
                                        struct tally_err *err);
/** The same with the draft of ${r}: draft.json, which an approval is of, and draft.html.
 */
TALLY_NODISCARD int tally_release_draft(struct tally_release_files *f,
                                        const struct tally_release *r,
                                        const struct tally_release_head *head,
                                        const char *dir, bool force,
                                        struct tally_err *err);
TALLY_NODISCARD int tally_release_files_commit(struct tally_release_files *f,
                                               struct tally_err *err);
/** Leaves no empty folder behind when nothing was committed. */
void tally_release_files_end(struct tally_release_files *f);

/** The rows that ${r} would give out, if any: NULL for none. */
const struct tally_released_table *tally_release_rows(const struct tally_release *r);
/** Digest of the spec and of every figure and row: what an approval is of, and what
 * draft.json says to the last byte. No day or number is in it. TALLY_E_NOMEM. */
TALLY_NODISCARD int tally_release_digest(const struct tally_release *r,
                                         const struct tally_release_head *head,
                                         uint8_t out[TALLY_DIGEST_BYTES],
                                         struct tally_err *err);

/** The release as JSON: what release.json holds. Rows are in it once they are approved.
 */
struct tally_jnode *tally_release_json(const struct tally_release *r,
                                       const struct tally_release_head *head);

#endif

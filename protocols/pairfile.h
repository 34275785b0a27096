/*
 * The candidate-pair file of anonlink (pairs.bin): scored pairs of records and nothing
 * else. docs/protocols/pairs.md.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_PAIRFILE_H
#define TALLY_PAIRFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/base/err.h"
#include "bloom/base/file.h"

#define TALLY_PAIRFILE_HEAD 4

/** A scored pair: record ${a} of source ${source_a}, from 0, and ${b} of ${source_b}. */
struct tally_scored_pair {
    double score; /* 0 to 1 */
    uint64_t source_a;
    uint64_t source_b;
    uint64_t a;
    uint64_t b;
};

/** Writing, in the form that anonlink writes itself: 8 bytes a score, 4 a number. The
 * head first, then the pairs in descending order of score; TALLY_E_BUG for another order,
 * TALLY_E_LIMIT for a number above UINT32_MAX. ${f} stays the caller's. */
struct tally_pairfile_writer {
    struct tally_outfile *f;
    double last;
};
TALLY_NODISCARD int tally_pairfile_begin(struct tally_pairfile_writer *w,
                                         struct tally_outfile *f, struct tally_err *err);
TALLY_NODISCARD int tally_pairfile_add(struct tally_pairfile_writer *w,
                                       const struct tally_scored_pair *pair,
                                       struct tally_err *err);

/** What the four bytes of a head say. */
struct tally_pairfile_head {
    unsigned score_bytes;  /* 2, 4 or 8 */
    unsigned source_bytes; /* 1, 2, 4 or 8 */
    unsigned record_bytes; /* likewise */
};

/** True when ${len} bytes at ${head} begin such a file. */
bool tally_pairfile_begins(const void *head, size_t len, struct tally_pairfile_head *out);

/** Bytes of a pair. */
static inline size_t
tally_pairfile_stride(const struct tally_pairfile_head *h)
{
    return h->score_bytes + 2 * h->source_bytes + 2 * h->record_bytes;
}

/** Reading, in all widths there are, a buffer at a time. */
struct tally_pairfile;

/** Open ${path}, a regular file. TALLY_E_NO_FILE; TALLY_E_FORMAT for another head;
 * TALLY_E_CORRUPT when it ends within a pair; TALLY_E_IO, TALLY_E_NOMEM. */
TALLY_NODISCARD int tally_pairfile_open(struct tally_pairfile **out, const char *path,
                                        struct tally_err *err);
/** Pairs in the file. */
uint64_t tally_pairfile_count(const struct tally_pairfile *p);

/** The next pair. 1, 0 at the end, -1: TALLY_E_CORRUPT, naming the pair, for a score that
 * is no number from 0 to 1 or is above the one before, and for a record paired with
 * itself; TALLY_E_IO, TALLY_E_INTERRUPTED. */
TALLY_NODISCARD int tally_pairfile_next(struct tally_pairfile *p,
                                        struct tally_scored_pair *out,
                                        struct tally_err *err);
void tally_pairfile_close(struct tally_pairfile *p);

#endif

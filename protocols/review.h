/*
 * The second round for uncertain pairs: the linker asks data owners for field-level
 * encodings of a list of tokens, most of which are chance, under a key that serves this
 * once. What both sides need to agree on; docs/protocols/review.md.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_PROTOCOLS_REVIEW_H
#define TALLY_PROTOCOLS_REVIEW_H

#include "bloom/base/file.h"
#include "bloom/schema.h"

/** Records drawn by chance stand in a list at least so many times as often as others. */
#define TALLY_REVIEW_COVER 9

#define TALLY_REVIEW_SOURCES_MAX 64
#define TALLY_REVIEW_NONCE_BYTES 32

/** What every owner is told of each list: its own is in its request. */
struct tally_review_list {
    char source[TALLY_NAME_MAX + 1];
    uint64_t records;
    uint8_t digest[TALLY_DIGEST_BYTES]; /* of the tokens */
};

/** A request. */
struct tally_review {
    uint8_t nonce[TALLY_REVIEW_NONCE_BYTES]; /* random */
    uint8_t agreement[TALLY_DIGEST_BYTES];   /* digest; zeros: without one */
    uint8_t schema[TALLY_DIGEST_BYTES];      /* digest of what was linked on */
    size_t nlists;                           /* names ascending */
    struct tally_review_list lists[TALLY_REVIEW_SOURCES_MAX];
    size_t own;            /* the list that ${tokens} are of */
    const uint8_t *tokens; /* TALLY_TOKEN_BYTES each, ascending */
    uint8_t digest[TALLY_DIGEST_BYTES]; /* of all above but ${own} and ${tokens}: the same
                                           in the requests to all owners */
};

/** Set the digest of each list's tokens, and of the whole. */
void tally_review_list_digest(const uint8_t *tokens, uint64_t n,
                              uint8_t out[TALLY_DIGEST_BYTES]);
void tally_review_digest(struct tally_review *r);

/** Append the request ${r} to ${f}, which the caller commits. */
TALLY_NODISCARD int tally_review_write(struct tally_outfile *f,
                                       const struct tally_review *r,
                                       struct tally_err *err);

/** Read and check the request at ${path}: the tokens are those of its own list, and
 * ascend. Errors: of containers; TALLY_E_CORRUPT. Free with tally_review_close. */
struct tally_review_file;
TALLY_NODISCARD int tally_review_open(struct tally_review_file **out, const char *path,
                                      struct tally_err *err);
const struct tally_review *tally_review_of(const struct tally_review_file *f);
void tally_review_close(struct tally_review_file *f);

/** The key for the answers to requests with ${digest}: HKDF of the linkage key. Caller
 * frees. */
TALLY_NODISCARD int tally_review_key(struct tally_secret *linkage,
                                     const uint8_t digest[TALLY_DIGEST_BYTES],
                                     struct tally_secret **out, struct tally_err *err);

/** The schema of answers: ${s} with a filter of each of its fields (the first
 * TALLY_VIEWS_MAX), and nothing else. Caller frees. */
TALLY_NODISCARD int tally_review_schema(const struct tally_schema *s,
                                        struct tally_schema **out, struct tally_err *err);

#endif

/*
 * Regular expressions with Python's meaning, matched by PCRE2 under a limit.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_CLKHASH_REGEX_H
#define TALLY_CLKHASH_REGEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/base/bytes.h"
#include "bloom/base/err.h"

#define TALLY_CLKHASH_PATTERN_MAX 65536u /* bytes of a pattern */

/** How a pattern is to be compiled. */
struct tally_clkhash_flags {
    bool caseless;
    bool whole; /* must match to the end of the text; else to wherever it gets */
};

struct tally_clkhash_regex;

/**
 * Compile a pattern in Python's syntax (str, UTF-8), to match whole texts. TALLY_E_SCHEMA
 * with the place for what Python refuses, and for the little that cannot be carried over:
 * \N{NAME}, and references to groups under the flags a and i together.
 */
TALLY_NODISCARD int tally_clkhash_regex_python(struct tally_clkhash_regex **out,
                                               const char *pattern,
                                               struct tally_err *err);

/** Compile ${len} bytes of PCRE2 syntax. TALLY_E_SCHEMA names what is wrong with it. */
TALLY_NODISCARD int tally_clkhash_regex_create(struct tally_clkhash_regex **out,
                                               const void *pattern, size_t len,
                                               const struct tally_clkhash_flags *flags,
                                               struct tally_err *err);

/** Match valid UTF-8 from its start: 1 yes, 0 no, -1 given up at the limit, -2
 * out of memory. Not thread-safe: one regex a thread. */
int tally_clkhash_regex_match(struct tally_clkhash_regex *r, const uint8_t *text,
                              size_t len);

/** Where group ${i} of the last match stands (0 is all of it); false when it has no part
 * in it. */
bool tally_clkhash_regex_group(const struct tally_clkhash_regex *r, size_t i,
                               size_t *start, size_t *end);

void tally_clkhash_regex_free(struct tally_clkhash_regex *r);

#endif

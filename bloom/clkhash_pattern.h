/*
 * What the two files that translate patterns share: one has the groups, flags and
 * quantifiers, the other what stands for characters.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_CLKHASH_PATTERN_H
#define TALLY_CLKHASH_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/base/bytes.h"
#include "bloom/base/err.h"

#define CLKHASH_PATTERN_DEPTH  200 /* groups in one another */
#define CLKHASH_PATTERN_GROUPS 100 /* that can be referred to, by \1 to \99 */

/** The flags that hold for a part of a pattern. */
struct clkhash_flags {
    bool ascii; /* \d \s \w \b and case know ASCII only */
    bool caseless;
    bool multiline;
    bool dot_all;
    bool verbose;
};

/** A group that is open: its number, 0 for one without, and the flags behind its ")". */
struct clkhash_group {
    size_t number;
    struct clkhash_flags flags;
};

/** A pattern under translation, of which ${i} bytes are behind. */
struct clkhash_translation {
    const char *p;
    size_t len;
    size_t i;
    size_t groups;   /* opened so far that have a number */
    bool repeatable; /* the last thing may take a quantifier */
    bool repeated;   /* it has one already */
    size_t start;    /* of what is put, behind the flags for all of it */
    struct clkhash_flags now;
    struct clkhash_group open[CLKHASH_PATTERN_DEPTH];
    size_t depth;
    bool closed[CLKHASH_PATTERN_GROUPS]; /* by number */
    struct tally_buf *out;
    struct tally_err *err;
};

/** TALLY_E_SCHEMA: ${why} at byte ${at}. Returns -1. */
int clkhash_pattern_refuse(const struct clkhash_translation *t, size_t at,
                           const char *why);
bool clkhash_pattern_at_end(const struct clkhash_translation *t);
/** The next character, or NUL at the end. */
char clkhash_pattern_peek(const struct clkhash_translation *t);
/** Step over ${text} if it comes next. */
bool clkhash_pattern_take(struct clkhash_translation *t, const char *text);

TALLY_NODISCARD int clkhash_pattern_put(struct clkhash_translation *t, const char *text,
                                        size_t len);
TALLY_NODISCARD int clkhash_pattern_put_text(struct clkhash_translation *t,
                                             const char *text);

/** What follows a backslash, what follows a "[" up to its "]", and the character ${c}
 * that stands for itself. */
TALLY_NODISCARD int clkhash_pattern_escape(struct clkhash_translation *t);
TALLY_NODISCARD int clkhash_pattern_set(struct clkhash_translation *t);
TALLY_NODISCARD int clkhash_pattern_literal(struct clkhash_translation *t, char c);

#endif

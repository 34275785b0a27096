/*
 * The fold table: what compatibility decomposition leaves, mapped to lower-case ASCII.
 * Private to text.c.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_BASE_FOLD_TABLE_H
#define TALLY_BASE_FOLD_TABLE_H

#include <stddef.h>
#include <stdint.h>

/** One rule: the code point and its replacement, of 0 to 2 ASCII characters. */
struct tally_fold_rule {
    uint16_t from;
    char to[3];
};

/** The replacement for ${cp}, or NULL when no rule maps it. */
const char *tally_fold_lookup(uint32_t cp);

/** The rules themselves, in ascending order of ${from}, for tests and for their digest.
 */
const struct tally_fold_rule *tally_fold_rules(size_t *count);

#endif

/*
 * Canaries: invented people whom data owners put into their exports so that the analyst
 * can see whether the linker links what it was sent. The linker cannot tell them from
 * others; a link map in which theirs are not as they must be is not believed at all.
 * docs/protocols/cohort.md.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_CANARIES_H
#define TALLY_CANARIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/base/err.h"
#include "protocols/linkmap.h"

#define TALLY_CANARIES_MAX 100000u

struct tally_canaries;

/** Read the CSV ${path} with columns source, token (32 hexadecimal digits), person: rows
 * of one person must come back linked, of different people apart. TALLY_E_DATA with the
 * row for a cell that is none of that, or a token that stands twice; TALLY_E_LIMIT above
 * TALLY_CANARIES_MAX; errors of tally_csv_open. */
TALLY_NODISCARD int tally_canaries_load(struct tally_canaries **out, const char *path,
                                        struct tally_err *err);

/**
 * Hold them against ${map}: TALLY_E_ANSWER_NO tells how many are missing, how many are
 * not linked to their person, and how many are linked to another; TALLY_E_DATA for a
 * source that the map does not have.
 */
TALLY_NODISCARD int tally_canaries_check(const struct tally_canaries *c,
                                         const struct tally_linkmap *map,
                                         struct tally_err *err);

/** Whether the record of ${token} in source ${source} is one. */
bool tally_canaries_has(const struct tally_canaries *c, const char *source,
                        const uint8_t token[TALLY_TOKEN_BYTES]);

size_t tally_canaries_count(const struct tally_canaries *c);
/** NULL is no-op. */
void tally_canaries_free(struct tally_canaries *c);

#endif

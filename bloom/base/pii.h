/*
 * A wiped arena for personal values: kept out of core dumps, locked where that is allowed,
 * overwritten at every reset and at the end.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_BASE_PII_H
#define TALLY_BASE_PII_H

#include <stddef.h>

#include "bloom/base/err.h"

struct tally_pii;

/** An arena of ${cap} bytes. Not thread-safe: one a thread. */
TALLY_NODISCARD int tally_pii_create(struct tally_pii **out, size_t cap, struct tally_err *err);

/** ${len} bytes, 16-byte aligned, valid until the next reset; NULL when the arena is full. */
void *tally_pii_alloc(struct tally_pii *a, size_t len);

/** Overwrite what was used and start again. */
void tally_pii_reset(struct tally_pii *a);

/** Overwrite and release; NULL is no-op. */
void tally_pii_free(struct tally_pii *a);

#endif

/*
 * The tokens of a population, numbered: what they spell is hashed and not kept.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_AUDIT_CUTTER_H
#define TALLY_AUDIT_CUTTER_H

#include <stddef.h>
#include <stdint.h>

#include "bloom/audit/audit_attack.h"
#include "bloom/base/err.h"

/** Not thread-safe. */
struct tally_audit_cutter;

TALLY_NODISCARD int tally_audit_cutter_create(struct tally_audit_cutter **out,
                                              struct tally_err *err);
/** A token of the row at hand: its ${len} bytes in ${domain}, the ${occurrence}th of them
 * there where those set other bits (else 0). It sets ${k} bits. */
TALLY_NODISCARD int tally_audit_cutter_token(struct tally_audit_cutter *c,
                                             const char *domain, uint32_t occurrence,
                                             const void *token, size_t len, uint32_t k,
                                             struct tally_err *err);
/** The row at hand is done. */
TALLY_NODISCARD int tally_audit_cutter_end(struct tally_audit_cutter *c,
                                           struct tally_err *err);
/** All rows, to be freed with tally_audit_tokens_free; the cutter is then empty. */
void tally_audit_cutter_take(struct tally_audit_cutter *c,
                             struct tally_audit_tokens *out);
void tally_audit_cutter_free(struct tally_audit_cutter *c); /* NULL is no-op */

#endif

/*
 * A run of the audit: its inputs made ready, for audit*.c alone.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_AUDIT_PRIVATE_H
#define TALLY_AUDIT_PRIVATE_H

#include "bloom/audit/audit.h"

/** Everything the attacks draw on. Zeroed before use. */
struct tally_audit_run {
    const struct tally_audit_job *job;
    struct tally_audit_result *out;
    struct tally_encfile *mine; /* the population under the attacker's key */
    struct tally_encfile *real; /* and under the real one; NULL without it */
    uint32_t *truth; /* of each record of the file its population row; NULL: not known */
    uint32_t *victims; /* records under attack, ascending */
    size_t nvictims;
    uint32_t *people; /* population rows in use, ascending */
    size_t npeople;
    uint32_t *who;     /* of victim i the index in ${people}, or TALLY_AUDIT_NONE */
    uint32_t *granted; /* the part of ${who} that A4 is told */
    size_t ngranted;
};

/** Open, encode, find the truth, sample. */
TALLY_NODISCARD int tally_audit_prepare(struct tally_audit_run *r, struct tally_err *err);
void tally_audit_release(struct tally_audit_run *r);

/** A new guarded 32-byte key made from ${seed}: the attacker's own, which guards nothing.
 */
TALLY_NODISCARD int tally_audit_own_key(uint64_t seed, struct tally_secret **out,
                                        struct tally_err *err);

#endif

/*
 * For tests: sets of people made to set attacks off. A person is a list of tokens; each
 * side turns tokens into bits by a key of its own.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_TESTS_AUDITSCENE_H
#define TALLY_TESTS_AUDITSCENE_H

#include <stddef.h>
#include <stdint.h>

#include "bloom/audit/audit_attack.h"

#define TALLY_SCENE_TOKENS 12 /* of a person at most */
#define TALLY_SCENE_K      6  /* bits of a token */

struct tally_testscene {
    struct tally_audit_rows victims;
    struct tally_audit_rows people;
    struct tally_audit_tokens tokens;
    uint32_t *granted; /* nothing, until a test grants it */
    struct tally_audit_scene scene;
};

/** The tokens of person ${i} to ${out}; returns how many. */
typedef size_t tally_testscene_fn(size_t i, uint32_t out[TALLY_SCENE_TOKENS]);

/** Victim i and person i have the same tokens, below ${ntokens}. Filters have ${bits}.
 * Uses tally_testpool. */
void tally_testscene_make(struct tally_testscene *t, size_t nvictims, size_t npeople,
                          uint32_t bits, uint32_t ntokens, tally_testscene_fn *tokens_of);
void tally_testscene_free(struct tally_testscene *t);

/** Set bit ${bit} of row ${i}, and count it. */
void tally_testscene_set(struct tally_audit_rows *r, size_t i, uint32_t bit);

#endif

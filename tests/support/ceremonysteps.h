/*
 * For tests: the steps of the key ceremony under the agreement TALLY_STEPS_AGREEMENT of
 * tally_party_agreement, each by the party of a folder.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_TESTS_CEREMONYSTEPS_H
#define TALLY_TESTS_CEREMONYSTEPS_H

#include "bloom/base/err.h"

#include <stdbool.h>

#define TALLY_STEPS_AGREEMENT "agreement.json"
#define TALLY_STEPS_TODAY     "2026-06-01"

enum tally_step { COMMIT, CONTRIBUTE, COMBINE };

/** Setup for cmocka: a scratch folder with the agreement, signed by all. */
int tally_steps_setup(void **state);

/** A step of the party in folder ${dir}; the key of COMBINE goes to DIR.key. */
int tally_step(enum tally_step what, const char *dir, bool force, struct tally_err *err);

/** The step by the three owners, which goes well. */
void tally_step_all(enum tally_step what);

/** The step is refused with ${code} and a message that has ${text} in it. */
void tally_step_refused(enum tally_step what, const char *dir, enum tally_code code,
                        const char *text);

#endif

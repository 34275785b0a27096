/*
 * tally cohort under an agreement.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_CLI_COHORT_GOVERNED_H
#define TALLY_CLI_COHORT_GOVERNED_H

#include "cli/governed.h"
#include "linker/cohort.h"

/** What builds a cohort as the plain verb does, of ${npayloads} files. */
typedef int tally_cohort_fn(struct tally_cohort_job *job, void *ctx,
                            struct tally_err *err);

/** Open the sealed link map and payload parts that ${job} names as analyst of ${g}'s
 * agreement, and build. Unsealed they exist in unnamed files only. */
TALLY_NODISCARD int tally_cohort_governed(struct tally_cohort_job *job,
                                          struct tally_governed *g,
                                          tally_cohort_fn *build, void *ctx,
                                          struct tally_err *err);

#endif

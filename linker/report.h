/*
 * The report: one HTML file of a run (and its cohort), safe to hand on: every count
 * disclosure-controlled.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_REPORT_H
#define TALLY_REPORT_H

#include <stdbool.h>

#include "bloom/base/err.h"
#include "bloom/base/file.h"
#include "linker/cohort.h"
#include "linker/store.h"

/** Write the report of ${run} into ${f}; ${cohort} may be NULL. Sections: summary,
 * sources, linkage rates, overlap (UpSet-like), score distribution with the threshold,
 * how the threshold was set and how sure it is, method, what this does not say. */
TALLY_NODISCARD int tally_report_html(struct tally_outfile *f,
                                      const struct tally_store_run *run,
                                      const struct tally_cohort_facts *cohort,
                                      struct tally_err *err);

/** The same numbers as JSON. */
TALLY_NODISCARD int tally_report_json(struct tally_outfile *f,
                                      const struct tally_store_run *run,
                                      const struct tally_cohort_facts *cohort,
                                      struct tally_err *err);

#endif

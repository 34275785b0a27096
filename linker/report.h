/*
 * The report: one HTML file of a run, safe to hand on: every count disclosure-controlled.
 * Provider sheets, the linker's sheet, quality, who is linked less often, and what RECORD
 * and GUILD ask for. docs/protocols/report.md.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_REPORT_H
#define TALLY_REPORT_H

#include <stdbool.h>

#include "bloom/base/err.h"
#include "bloom/base/file.h"
#include "linker/cohort.h"
#include "linker/store.h"
#include "protocols/agreement.h"
#include "protocols/sheet.h"

/** What is reported. Only the run must be there. */
struct tally_report_job {
    const struct tally_store_run *run;
    const struct tally_cohort_facts *cohort;
    const struct tally_sheet *sheets;
    size_t nsheets;
    const struct tally_agreement *agreement; /* sheets must then be signed under it */
};

/** Write the page into ${f}. Errors: TALLY_E_DATA when cohort or sheets are not of this
 * run; TALLY_E_POLICY when a sheet is not signed by its source's party; TALLY_E_NOMEM,
 * TALLY_E_IO. */
TALLY_NODISCARD int tally_report_html(struct tally_outfile *f,
                                      const struct tally_report_job *job,
                                      struct tally_err *err);

/** The same numbers as JSON. */
TALLY_NODISCARD int tally_report_json(struct tally_outfile *f,
                                      const struct tally_report_job *job,
                                      struct tally_err *err);

#endif

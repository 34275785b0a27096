/*
 * The page being written, for linker/report.c and linker/report_scores.c.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_REPORT_PAGE_H
#define TALLY_REPORT_PAGE_H

#include "bloom/base/html.h"
#include "linker/report_impl.h"
#include "linker/report_text.h"

#define TALLY_REPORT_NAMES 6 /* from so many sources on they are counted, not listed */

struct page {
    struct tally_html *h;
    const struct report_numbers *r;
};

/** Counts and shares of provider sheets, as they are shown. */
struct report_text tally_report_sheet_count(int64_t n);
struct report_text tally_report_sheet_share(int64_t thousandths);

/* Sections, each without its heading. */

/** What each data owner says. */
void tally_report_put_sheets(const struct page *p);
/** Subgroups, linked against not linked. */
void tally_report_put_groups(const struct page *p);
/** Links under other thresholds. */
void tally_report_put_moves(const struct page *p);
/** From export to cohort, and where RECORD and GUILD are answered. */
void tally_report_put_flow(const struct page *p);
void tally_report_put_record(const struct page *p);
void tally_report_put_guild(const struct page *p);
/** The pictures of scores, with their thresholds. */
void tally_report_put_scores(const struct page *p);
/** How thresholds were set, what is estimated, and what to read with care. */
void tally_report_put_threshold(const struct page *p);
/** Links by probability. */
void tally_report_put_bands(const struct page *p);

#endif

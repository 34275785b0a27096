/*
 * The page being written, for linker/report.c and linker/report_scores.c.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_REPORT_PAGE_H
#define TALLY_REPORT_PAGE_H

#include "bloom/base/html.h"
#include "linker/report_impl.h"

#define TALLY_REPORT_NAMES 6 /* from so many sources on they are counted, not listed */

struct page {
    struct tally_html *h;
    const struct report_numbers *r;
};

/** The pictures of scores, with their thresholds. */
void tally_report_put_scores(const struct page *p);
/** How thresholds were set, what is estimated, and what to read with care. */
void tally_report_put_threshold(const struct page *p);
/** Links by probability. */
void tally_report_put_bands(const struct page *p);

#endif

/*
 * Figures tied by sums, for linker/report_counts.c: each figure is a cell, and a sum
 * names the cells of which one can be worked out from the others.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_REPORT_CELLS_H
#define TALLY_REPORT_CELLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/base/err.h"
#include "linker/disclose.h"

/** Zeroed means empty. The first failed allocation sticks in ${failed}; indices are then
 * of no use. */
struct report_cells {
    uint64_t *raw;
    struct tally_count *counts; /* after closing: what may be shown */
    size_t n;
    size_t cap;
    size_t *members; /* of all sums, one after the other */
    size_t nmembers;
    size_t members_cap;
    size_t *starts; /* of each sum in members */
    size_t nsums;
    size_t sums_cap;
    bool failed;
};

/** Add a figure; its index. */
size_t tally_report_cell(struct report_cells *c, uint64_t raw);

/** Begin a sum, and add a cell to the sum begun last. */
void tally_report_sum(struct report_cells *c);
void tally_report_sum_add(struct report_cells *c, size_t cell);

/** The sum total = a + b. */
void tally_report_sum_of_two(struct report_cells *c, size_t total, size_t a, size_t b);

/** Suppress whatever a sum would give away. TALLY_E_NOMEM also for earlier failures. */
TALLY_NODISCARD int tally_report_close(struct report_cells *c, struct tally_err *err);

/** The share of cell ${part} in cell ${whole}: suppressed when either is. */
struct tally_count tally_report_share(const struct report_cells *c, size_t part,
                                      size_t whole);

void tally_report_cells_free(struct report_cells *c);

#endif

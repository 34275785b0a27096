/*
 * The rows of the quality suite as a table of texts: kept in a CSV file, brought up to
 * date set by set, and shown in a page of Markdown.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_QUALITY_TABLE_H
#define TALLY_QUALITY_TABLE_H

#include "benchmarks/quality.h"

struct tally_quality_table;

/** An empty table, or the one in ${path} where that is a file. NULL: empty. TALLY_E_DATA
 * for a file of other columns. */
TALLY_NODISCARD int tally_quality_table_open(struct tally_quality_table **out,
                                             const char *path, struct tally_err *err);
void tally_quality_table_free(struct tally_quality_table *t);

/** Put ${row} in place of the one of its set and profile, or add it. */
TALLY_NODISCARD int tally_quality_table_put(struct tally_quality_table *t,
                                            const struct tally_quality_row *row,
                                            struct tally_err *err);

/** Call ${say} with a sentence for each promise that the table misses: floors, no cliff
 * where there is a floor, groups of names, intervals. A floor on the best profile is looked
 * at when all profiles of the set are there. Returns how many. */
size_t tally_quality_table_floors(const struct tally_quality_table *t,
                                  void (*say)(void *ctx, const char *text), void *ctx);

/** Write the table as CSV, its rows in the order of the sets. Not committed. */
TALLY_NODISCARD int tally_quality_table_write(const struct tally_quality_table *t,
                                              struct tally_outfile *f,
                                              struct tally_err *err);

/** Write ${page} (Markdown) with what stands between each pair of its lines "<!-- NAME
 * -->" and "<!-- end of NAME -->" made anew: table, estimates, reference, groups, floors.
 * Not committed. */
TALLY_NODISCARD int tally_quality_table_page(const struct tally_quality_table *t,
                                             const char *page, struct tally_outfile *f,
                                             struct tally_err *err);

#endif

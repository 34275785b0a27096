/*
 * The results of the privacy suite: kept as CSV, shown as Markdown and as a picture.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_PRIVACY_TABLE_H
#define TALLY_PRIVACY_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/base/err.h"
#include "bloom/base/file.h"

/** A measurement: of an attack at a size and an overlap, or F1 on a set. */
struct tally_privacy_cell {
    char encoding[32];
    char measure[32];     /* "A2" to "A5", or "F1 SET" */
    uint64_t people;      /* 0 for F1 */
    uint32_t overlap_ppm; /* 0 for F1 */
    double value;         /* share, 0 to 1 */
    double low;           /* 95 % interval; NAN for F1 */
    double high;
    double seconds;
};

struct tally_privacy_table {
    struct tally_privacy_cell *cells;
    size_t n;
};

/** The table in ${path}, or an empty one where there is no such file. TALLY_E_DATA for a
 * file of other columns. Free with tally_privacy_table_free. */
TALLY_NODISCARD int tally_privacy_table_read(struct tally_privacy_table *t,
                                             const char *path, struct tally_err *err);
void tally_privacy_table_free(struct tally_privacy_table *t);

/** The cell, or NULL. */
const struct tally_privacy_cell *tally_privacy_find(const struct tally_privacy_table *t,
                                                    const char *encoding,
                                                    const char *measure, uint64_t people,
                                                    uint32_t overlap_ppm);

/** Add ${cell} or put it in the place of the one before. */
TALLY_NODISCARD int tally_privacy_put(struct tally_privacy_table *t,
                                      const struct tally_privacy_cell *cell,
                                      struct tally_err *err);

/** As CSV; as Markdown tables, one for each overlap and one of F1, in
 * per cent by size, with "-" for what was not run; and as
 * an SVG picture of A3 and A4 at full overlap, at the size that most encodings were
 * attacked at. Not committed. */
TALLY_NODISCARD int tally_privacy_csv(const struct tally_privacy_table *t,
                                      struct tally_outfile *f, struct tally_err *err);
TALLY_NODISCARD int tally_privacy_markdown(const struct tally_privacy_table *t,
                                           struct tally_outfile *f,
                                           struct tally_err *err);
TALLY_NODISCARD int tally_privacy_svg(const struct tally_privacy_table *t,
                                      struct tally_outfile *f, struct tally_err *err);

#endif

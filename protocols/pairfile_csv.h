/*
 * Candidate pairs as CSV, for people and other programs, and back without loss.
 * docs/protocols/pairs.md.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_PAIRFILE_CSV_H
#define TALLY_PAIRFILE_CSV_H

#include <stdint.h>

#include "bloom/base/err.h"
#include "bloom/base/file.h"

/** Write the candidate-pair file ${path} into ${f} as CSV: source_a, record_a, source_b,
 * record_b, score, where a score has the fewest digits that read back the same. ${pairs}
 * says how many. ${f} stays the caller's. Errors as tally_pairfile_next. */
TALLY_NODISCARD int tally_pairfile_to_csv(const char *path, struct tally_outfile *f,
                                          uint64_t *pairs, struct tally_err *err);

/** Write the CSV ${path} (those columns, in any order, among others) into ${f} as a
 * candidate-pair file. Errors as tally_csv_next; TALLY_E_DATA naming the row for a column
 * that is missing, a cell that is no such number, a record paired with itself, or a score
 * above that of the row before. */
TALLY_NODISCARD int tally_pairfile_from_csv(const char *path, struct tally_outfile *f,
                                            uint64_t *pairs, struct tally_err *err);

#endif

/*
 * Who an encoding is of, for counting what attacks got right: from pairs of ids, or from
 * the key.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_AUDIT_TRUTH_H
#define TALLY_AUDIT_TRUTH_H

#include "bloom/audit/audit_people.h"

/**
 * ${out}: of each record of ${e} its row in the population, or TALLY_AUDIT_NONE;
 * malloced.
 * ${truth} is CSV with columns id_1 (ids that ${e} has kept) and id_2 (${ids} of the
 * population). An id that neither file has is passed over, as both may be parts of what
 * the truth knows. TALLY_E_DATA where ${e} has no ids, or no pair is found.
 */
TALLY_NODISCARD int tally_audit_truth_read(const char *truth,
                                           const struct tally_encfile *e,
                                           const struct tally_audit_ids *ids,
                                           uint32_t **out, struct tally_err *err);

/** The same from ${people}, the population under the real key: equal encodings in the
 * first view are of one person. */
TALLY_NODISCARD int tally_audit_truth_from_key(const struct tally_encfile *e,
                                               const struct tally_encfile *people,
                                               uint32_t **out, struct tally_err *err);

#endif

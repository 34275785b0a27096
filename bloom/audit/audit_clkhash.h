/*
 * A population as clkhash encodes it, for attacks on the filters that are in use today.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_AUDIT_CLKHASH_H
#define TALLY_AUDIT_CLKHASH_H

#include "bloom/audit/audit_people.h"
#include "bloom/clkhash_schema.h"

/** ${out} encodes and cuts by ${schema}, which is kept. The population has the schema's
 * columns in the schema's order under a header row, whatever that says; cells are not
 * validated, but those that cannot be read are errors. Left out of builds without the
 * legacy encoder. */
void tally_audit_clkhash(const struct tally_clkhash_schema *schema,
                         struct tally_audit_other *out);

#endif

/*
 * The population an attacker knows: a file like the one that was encoded. It is encoded
 * under any key, and cut into tokens; its values are wiped, and only token numbers and
 * ids stay.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_AUDIT_PEOPLE_H
#define TALLY_AUDIT_PEOPLE_H

#include "bloom/audit/audit_attack.h"
#include "bloom/base/secret.h"
#include "bloom/encfile.h"
#include "bloom/mapping.h"
#include "bloom/schema.h"

struct tally_audit_cutter;
struct tally_audit_source;

/** A way of encoding that is not by a Tallystick schema (audit_clkhash.h). */
struct tally_audit_other {
    const void *schema;
    uint32_t bits; /* of its filters */
    /* All rows to ${path}, under any secret; and the tokens of rows ${rows}. */
    int (*encode)(const struct tally_audit_source *p, struct tally_secret *secret,
                  const char *path, struct tally_err *err);
    int (*cut)(const struct tally_audit_source *p, const uint32_t *rows, size_t n,
               struct tally_audit_cutter *cutter, struct tally_err *err);
};

/** Where the population comes from. Pointers are the caller's. */
struct tally_audit_source {
    const char *path; /* CSV or workbook; read more than once, so no pipe */
    struct tally_csv_options options;
    const char *map;                       /* NULL: columns are guessed, as encode does */
    const struct tally_schema *schema;     /* NULL with ${other} */
    const struct tally_audit_other *other; /* NULL: by ${schema} */
    struct tally_pool *pool;
    struct tally_progress *progress;
};

/** Encode all rows under ${key}. Record i of ${out} is data row i. Two runs give the same
 * rows, unless the schema adds noise. Errors as tally_encode. */
TALLY_NODISCARD int tally_audit_encode(const struct tally_audit_source *p,
                                       struct tally_secret *key,
                                       struct tally_encfile **out, struct tally_err *err);

/** The ids in column ${column} of all rows, as one block: id i is ids->at[i] to
 * ids->at[i + 1] of ids->text. */
struct tally_audit_ids {
    size_t n;
    size_t *at;
    char *text;
};
TALLY_NODISCARD int tally_audit_read_ids(const struct tally_audit_source *p,
                                         const char *column, struct tally_audit_ids *out,
                                         struct tally_err *err);
void tally_audit_ids_free(struct tally_audit_ids *ids);

/** The tokens of rows ${rows} (ascending) in view ${view}, by their first value of each
 * field. */
TALLY_NODISCARD int tally_audit_tokens_of(const struct tally_audit_source *p, size_t view,
                                          const uint32_t *rows, size_t n,
                                          struct tally_audit_tokens *out,
                                          struct tally_err *err);

#endif

/*
 * An export as profile and encode take it: opened as the options say, columns found by
 * name, ids and aliases, and what a person should know of a workbook.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_CLI_EXPORT_H
#define TALLY_CLI_EXPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/base/csv.h"
#include "bloom/base/err.h"
#include "bloom/mapping.h"

/** What the options say of an export. Texts may be NULL where not given. */
struct tally_export_request {
    const char *input;
    const char *encoding; /* --input-encoding */
    const char *sheet;
    const char *id;
    const char *alias_of;
    uint64_t header_row;
};
#define TALLY_EXPORT_HEADER_ROW_MAX 1000

/** --input-encoding ${name}; TALLY_E_USAGE for one that is not known. */
TALLY_NODISCARD int tally_export_encoding(const char *name, enum tally_text_encoding *out,
                                          struct tally_err *err);

/** Open the export. When its header cannot be taken, look for what it needs
 * (export_look.h), by ${s} if that is not NULL. */
TALLY_NODISCARD int tally_export_open(struct tally_csv **out,
                                      const struct tally_export_request *q,
                                      const struct tally_schema *s,
                                      struct tally_err *err);

/** The column called ${name}; TALLY_E_MAPPING says where names stand. */
TALLY_NODISCARD int tally_export_column(const struct tally_csv *csv, const char *name,
                                        size_t *out, struct tally_err *err);

/** The columns of ids (-1: none) and of the ids of main rows; ${has_aliases} says whether
 * there is one. ${id_option} is what to give ids by, for a hint. */
TALLY_NODISCARD int tally_export_ids(const struct tally_csv *csv,
                                     const struct tally_export_request *q,
                                     const char *id_option, ptrdiff_t *id, size_t *alias,
                                     bool *has_aliases, struct tally_err *err);

/** Guess the columns of fields in ${csv}, which is ${q} with its header read. When that
 * fails, look for what it needs. */
TALLY_NODISCARD int tally_export_guess(struct tally_mapping *m,
                                       const struct tally_schema *s,
                                       const struct tally_csv *csv,
                                       const struct tally_export_request *q,
                                       struct tally_err *err);

/** What a person should know of how the file was read. */
void tally_export_say_notes(const struct tally_csv *csv);

#endif

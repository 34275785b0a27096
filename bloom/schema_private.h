/*
 * What the files of the schema module share, and nobody else includes.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_SCHEMA_PRIVATE_H
#define TALLY_SCHEMA_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/base/json.h"
#include "bloom/schema.h"

#define TALLY_FILL_DEFAULT 0.20
#define TALLY_FILL_MIN     0.05
#define TALLY_FILL_MAX     0.60
#define TALLY_FILL_REFUSED                                                               \
    0.95 /* expected fill above which nothing can be told apart                          \
          */
#define TALLY_WEIGHT_MIN 0.01
#define TALLY_WEIGHT_MAX 100.0
#define TALLY_K_MAX      256

/* The names of the types, for hints. */
#define TALLY_SCHEMA_TYPES                                                               \
    "forename, surname, full_name, date, sex, postcode, address, nhs_number, "           \
    "chi_number, upn, uln, pnc_id, national_insurance, telephone, email, integer, "      \
    "enumeration or text"

/* Integers stand within this, so that adding a distance cannot overflow, and so that they
 * survive a JSON reader that works in doubles. */
#define TALLY_INTEGER_LIMIT INT64_C(999999999999999)

/** The type or kind called ${name}, or -1. */
int tally_schema_find_type(const char *name);
int tally_schema_find_kind(const char *name);

/** The token kind of a field that names none. */
enum tally_token_kind tally_schema_default_kind(enum tally_field_type type);

/** Whether fields of ${type} can be cut into tokens of ${kind}. */
bool tally_schema_kind_fits(enum tally_field_type type, enum tally_token_kind kind);

/** True for 1 to TALLY_NAME_MAX characters of [a-z0-9_]. */
bool tally_schema_name_ok(const char *name);

/** Read the optional member "hardening" of ${root} into ${s}, whose bits are read. */
TALLY_NODISCARD int tally_schema_parse_hardening(struct tally_schema *s,
                                                 const struct tally_json *root,
                                                 struct tally_err *err);

/** The field that the string ${item} names. */
TALLY_NODISCARD int tally_schema_field_named(const struct tally_schema *s,
                                             const struct tally_json *item, size_t *out,
                                             struct tally_err *err);

/** Read the optional member "match_keys" of ${root} into ${s}, whose fields are read. */
TALLY_NODISCARD int tally_schema_parse_match_keys(struct tally_schema *s,
                                                  const struct tally_json *root,
                                                  struct tally_err *err);

/** Read the optional member "rbf" of ${root} into ${s}. */
TALLY_NODISCARD int tally_schema_parse_rbf(struct tally_schema *s,
                                           const struct tally_json *root,
                                           struct tally_err *err);

/** How full field ${f} with ${k} bits a token makes the filter it has to itself. */
double tally_schema_field_fill(const struct tally_schema *s, size_t f, uint32_t k);

/** Read the optional member "salt" of ${root} into ${s}, whose fields are read. */
TALLY_NODISCARD int tally_schema_parse_salt(struct tally_schema *s,
                                            const struct tally_json *root,
                                            struct tally_err *err);

/** Refuse hardening that is dangerous with the fields of ${s}. */
TALLY_NODISCARD int tally_schema_check_hardening(const struct tally_schema *s,
                                                 const struct tally_json *root,
                                                 struct tally_err *err);

/** Where warnings go, and how many went. */
struct tally_warnings {
    void (*warn)(void *ctx, const char *text); /* may be NULL */
    void *ctx;
    size_t n;
};
void tally_schema_warn(struct tally_warnings *w, const char *fmt, ...) TALLY_PRINTF(2, 3);

/** Refuse fields of ${s} that would fill the filter they have to themselves. */
TALLY_NODISCARD int tally_schema_check_rbf(const struct tally_schema *s,
                                           const struct tally_json *root,
                                           struct tally_err *err);

/** Warn of each unwise choice of filters for fields. */
void tally_schema_warn_rbf(const struct tally_schema *s, struct tally_warnings *w);

/** Warn of what match keys show. */
void tally_schema_warn_match_keys(const struct tally_schema *s, struct tally_warnings *w);

/** Warn of each unwise choice of hardening. */
void tally_schema_warn_hardening(const struct tally_schema *s, struct tally_warnings *w);

/** Read the optional member "views" of ${root} into ${s}, whose fields are read. */
TALLY_NODISCARD int tally_schema_parse_views(struct tally_schema *s,
                                             const struct tally_json *root,
                                             struct tally_err *err);

/** Append to ${s}, whose fields have their weights, the usual views called ${list},
 * bits_per_token still 0. TALLY_E_USAGE. */
TALLY_NODISCARD int tally_schema_usual_views(struct tally_schema *s, const char *list,
                                             struct tally_err *err);

/** The same for filters of their own: "full", then one view for each group of fields
 * (forename, surname, names, birth, address, numbers, other) or for each field. */
TALLY_NODISCARD int tally_schema_group_views(struct tally_schema *s,
                                             struct tally_err *err);
TALLY_NODISCARD int tally_schema_attribute_views(struct tally_schema *s,
                                                 struct tally_err *err);

/** Tokens expected of field ${f}: as tally_schema_expected_tokens, but exact for a
 * neighbourhood, whose distance says how many it has. */
double tally_schema_field_tokens(const struct tally_field *f);

#endif

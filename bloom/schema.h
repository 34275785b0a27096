/*
 * The linkage schema: which fields, how they become tokens, how many bits each token
 * sets, and how the filter is hardened. Agreed by all parties; holds no secret.
 * docs/protocols/schema.md describes the JSON.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_SCHEMA_H
#define TALLY_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/base/err.h"
#include "bloom/base/json.h"
#include "bloom/base/secret.h"
#include "bloom/harden_steps.h"

#define TALLY_SCHEMA_VERSION    1
#define TALLY_SCHEMA_FIELDS_MAX 32
#define TALLY_NAME_MAX          63 /* bytes in a field, domain, source or schema name */
#define TALLY_SCHEMA_VALUES_MAX 256
#define TALLY_VIEWS_MAX         8
#define TALLY_MATCH_KEYS_MAX    8
#define TALLY_BITS_MIN          64
#define TALLY_BITS_MAX          8192
#define TALLY_RBF_BITS_MAX      2048 /* of the filter of one field */

enum tally_field_type {
    TALLY_FIELD_FORENAME,
    TALLY_FIELD_SURNAME,
    TALLY_FIELD_FULL_NAME,
    TALLY_FIELD_DATE,
    TALLY_FIELD_SEX,
    TALLY_FIELD_POSTCODE,
    TALLY_FIELD_ADDRESS,
    TALLY_FIELD_NHS_NUMBER,
    TALLY_FIELD_CHI_NUMBER,
    TALLY_FIELD_UPN,                /* pupils */
    TALLY_FIELD_ULN,                /* learners */
    TALLY_FIELD_PNC_ID,             /* police national computer */
    TALLY_FIELD_NATIONAL_INSURANCE, /* without its suffix */
    TALLY_FIELD_TELEPHONE,
    TALLY_FIELD_EMAIL,
    TALLY_FIELD_INTEGER,
    TALLY_FIELD_ENUMERATION,
    TALLY_FIELD_TEXT,
    TALLY_FIELD_TYPES
};

enum tally_token_kind {
    TALLY_TOKENS_BIGRAMS,    /* padded bigrams with an occurrence index */
    TALLY_TOKENS_POSITIONAL, /* single characters with their place */
    TALLY_TOKENS_DATE,     /* digits with their place, year, month, day, day-month pair */
    TALLY_TOKENS_POSTCODE, /* positional characters, outward code, sector */
    TALLY_TOKENS_WHOLE,    /* the value as one token */
    TALLY_TOKENS_NEIGHBOURHOOD, /* integers: overlap falls linearly with the distance */
    TALLY_TOKEN_KINDS
};

/** A field. Filled by tally_schema_load; read-only for everyone else. */
struct tally_field {
    char name[TALLY_NAME_MAX + 1];   /* unique in the schema, [a-z0-9_]+ */
    char domain[TALLY_NAME_MAX + 1]; /* fields of one domain share a key */
    enum tally_field_type type;
    enum tally_token_kind tokens;
    double weight; /* 0.01 to 100: what bits_per_token was chosen from; informative, but
                      with rbf_bits what bits of the record are shared out by */
    uint32_t bits_per_token; /* k: 1 to 256; below 2 is warned of */
    int64_t minimum;         /* integer: smallest and greatest value taken */
    int64_t maximum;
    int64_t distance; /* neighbourhood: distance at which overlap is zero, >= 1 */
    size_t nvalues;   /* enumeration: folded values allowed; 0 means any */
    char **values;
};

/** The name of the view over all fields, which a schema without views has. */
#define TALLY_VIEW_FULL "full"

/** A view: some of the fields, hashed under keys of its own. By index of the field. */
struct tally_view {
    char name[TALLY_NAME_MAX + 1]; /* unique in the schema, [a-z0-9_-]+ */
    uint32_t required; /* bit f: a record without field f has no encoding here */
    uint32_t
        bits_per_token[TALLY_SCHEMA_FIELDS_MAX]; /* 0: the field is not in the view */
    double weight[TALLY_SCHEMA_FIELDS_MAX];
};

/** A match key: an exact hash over some of the fields (matchkey.h). */
struct tally_match_key {
    char name[TALLY_NAME_MAX + 1]; /* unique in the schema, [a-z0-9_-]+ */
    uint32_t fields;               /* bit f: a record without field f has no such key */
};

/** A schema. Immutable once loaded; share between threads freely. */
struct tally_schema {
    char name[TALLY_NAME_MAX + 1];
    char profile[TALLY_NAME_MAX + 1]; /* the label it was made with: standard, ... */
    uint32_t bits; /* l: filter length before hardening, a power of two */
    double fill;   /* target share of bits set, 0.05 to 0.6; informative */
    /* 0: all fields share one filter (clk.h). Else each has a filter of so many bits, a
     * power of two, of which the record takes ${bits} by weight (rbf.h). */
    uint32_t rbf_bits;
    struct tally_hardening hardening; /* what is done to a filter, in order */
    size_t nfields;
    struct tally_field fields[TALLY_SCHEMA_FIELDS_MAX];
    bool salted;       /* a value of each record enters the hashing of its tokens: */
    size_t salt_field; /* this field's; see harden_salt.h */
    size_t nviews;     /* 1 or more */
    struct tally_view views[TALLY_VIEWS_MAX];
    bool views_implied; /* none were given: there is one, over all fields */
    size_t nmatch_keys;
    struct tally_match_key match_keys[TALLY_MATCH_KEYS_MAX];
    /* Of tally_schema_text(indent 0): what must agree. */
    uint8_t digest[TALLY_DIGEST_BYTES];
};

/** Load and check ${path}: TALLY_E_JSON, TALLY_E_SCHEMA with line and path. Unknown
 * members are refused. */
TALLY_NODISCARD int tally_schema_load(struct tally_schema **out, const char *path,
                                      struct tally_err *err);
TALLY_NODISCARD int tally_schema_parse(struct tally_schema **out, const char *name,
                                       const void *text, size_t len,
                                       struct tally_err *err);
/** The same of a part of a document that holds more. */
TALLY_NODISCARD int tally_schema_from_json(struct tally_schema **out,
                                           const struct tally_json *root,
                                           struct tally_err *err);
void tally_schema_free(struct tally_schema *s);

/** The schema as JSON with every default written out; indent 0 is the canonical form.
 * Malloced. */
char *tally_schema_text(const struct tally_schema *s, unsigned indent);

/** Output length in bits of an encoding under ${s}, after hardening. */
uint32_t tally_schema_output_bits(const struct tally_schema *s);

/** Length in bits of what a record is hashed into: ${bits}, or the filters of all fields
 * end to end. */
uint32_t tally_schema_filter_bits(const struct tally_schema *s);

/** Expected fill: 1 - exp(-sum of k * expected tokens / l), or the mean of that of each
 * field's filter, by weight. */
double tally_schema_expected_fill(const struct tally_schema *s);
/** The same of an encoding in view ${v}. */
double tally_schema_view_fill(const struct tally_schema *s, size_t v);

/** True for 1 to TALLY_NAME_MAX characters of [a-z0-9_-]: what a view or a match key may
 * be called. */
bool tally_view_name_valid(const char *name);

/** Bits that an ordinary record sets, repeated ones counted again, in the view with the
 * most of them: the sum of k * expected tokens. */
double tally_schema_ordinary_insertions(const struct tally_schema *s);

/** ${s} as view ${v} hashes it: bits_per_token are the view's, and 0 for a field that is
 * not in it. ${out} shares what ${s} points to: it is the caller's and never freed. */
void tally_schema_of_view(const struct tally_schema *s, size_t v,
                          struct tally_schema *out);

/** Tokens expected of an ordinary UK value of the type, for choosing k. No local data. */
double tally_schema_expected_tokens(enum tally_field_type type,
                                    enum tally_token_kind kind);

/** Calls ${warn} with one plain sentence for each legal but unwise choice (k < 2, fill >
 * .5, no diffusion, ...). Returns how many. */
size_t tally_schema_warnings(const struct tally_schema *s,
                             void (*warn)(void *ctx, const char *text), void *ctx);

/**
 * A starter schema for the comma-separated ${fields}: known names (forename, surname,
 * full_name, date_of_birth, sex, postcode, address, nhs_number, ...) have a type and a
 * weight, any other is NAME:TYPE, and each may carry a weight and tokens as
 * NAME:TYPE:WEIGHT:TOKENS (neighbourhood=DISTANCE says its distance too).
 * ${profile} is "standard" (2048 bits, fill .20, diffusion t 6 to 2048), "strict" (4096,
 * .20, t 8 to 4096), "plain" (2048, .20, not hardened), or "group" or "attribute" (1024,
 * .20, not hardened, a view of all fields and one for each group of fields or each field,
 * for linkers that weigh fields one by one; these take no ${views}), or "rbf" (2048 bits
 * drawn by weight from a filter of 512 for each field, .20, not hardened). ${views} is
 * NULL for none, or names separated by commas: "full" has all fields, "no-address" leaves
 * out addresses and postcodes, "no-NAME" the field or the type of fields called NAME. A
 * view other than "full" requires the names, dates and postcodes that are left in it.
 * TALLY_E_USAGE on anything else.
 */
TALLY_NODISCARD int tally_schema_new(struct tally_schema **out, const char *fields,
                                     const char *profile, const char *views,
                                     struct tally_err *err);

/**
 * ${s} with other weights, one a field, and 0 for a field to leave out; with target fill
 * ${fill}, and ${t} as the t of its diffusion (0: without that step). Bits a token are
 * shared out as tally_schema_new does. The name is "tuned". TALLY_E_SCHEMA where a loaded
 * schema would break a rule, where there is no diffusion and ${t} is not 0, and for ${s}
 * with views, whose weights are their own, or salt.
 */
TALLY_NODISCARD int tally_schema_reweigh(struct tally_schema **out,
                                         const struct tally_schema *s,
                                         const double *weight, double fill, uint32_t t,
                                         struct tally_err *err);

/**
 * ${s} with the members of the JSON object ${patch} merged into its text (RFC 7396), for
 * instance {"hardening": [], "views": null}. TALLY_E_JSON for a patch that is not one,
 * TALLY_E_SCHEMA where a loaded schema would break a rule.
 */
TALLY_NODISCARD int tally_schema_patch(struct tally_schema **out,
                                       const struct tally_schema *s, const char *patch,
                                       struct tally_err *err);

/**
 * ${s} with match keys added to it: ${list} names them between commas, each as the names
 * of its fields with + between them, which is its own name too with - for +.
 * TALLY_E_USAGE on a field that is not there, TALLY_E_SCHEMA where a loaded schema would
 * break a rule.
 */
TALLY_NODISCARD int tally_schema_add_match_keys(struct tally_schema **out,
                                                const struct tally_schema *s,
                                                const char *list, struct tally_err *err);

const char *tally_field_type_name(enum tally_field_type t);
const char *tally_token_kind_name(enum tally_token_kind k);

#endif

/*
 * clkhash linkage schemas, versions 1 to 3: read, checked and brought to version 3.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_CLKHASH_SCHEMA_H
#define TALLY_CLKHASH_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/base/err.h"
#include "bloom/base/json.h"

/** Limits of ours, far above what is in use; beyond them is TALLY_E_LIMIT. */
#define TALLY_CLKHASH_FEATURES_MAX 4096u
#define TALLY_CLKHASH_BITS_MAX     (1u << 24) /* of a filter before folding */
#define TALLY_CLKHASH_NGRAM_MAX    256
#define TALLY_CLKHASH_K_MAX        1000000 /* bits a token or a feature */
#define TALLY_CLKHASH_TEXT_MAX     65536u  /* bytes of a text in the schema */

enum tally_clkhash_type {
    TALLY_CLKHASH_STRING,
    TALLY_CLKHASH_INTEGER,
    TALLY_CLKHASH_DATE,
    TALLY_CLKHASH_ENUM
};
enum tally_clkhash_encoding {
    TALLY_CLKHASH_UTF8,
    TALLY_CLKHASH_ASCII,
    TALLY_CLKHASH_UTF16,
    TALLY_CLKHASH_UTF32
};
enum tally_clkhash_case { TALLY_CLKHASH_MIXED, TALLY_CLKHASH_UPPER, TALLY_CLKHASH_LOWER };
enum tally_clkhash_comparison {
    TALLY_CLKHASH_NGRAM,
    TALLY_CLKHASH_EXACT,
    TALLY_CLKHASH_NUMERIC
};
enum tally_clkhash_hash { TALLY_CLKHASH_BLAKE, TALLY_CLKHASH_DOUBLE };

/** A number of the schema as it was written: a whole number, or else a real one. */
struct tally_clkhash_value {
    bool whole;
    int64_t i;
    double d;
};

/** What a cell must look like. Texts are the schema's; NULL where not given. */
struct tally_clkhash_format {
    enum tally_clkhash_type type;
    enum tally_clkhash_encoding encoding; /* of a string; else UTF-8 */
    enum tally_clkhash_case letters;
    int64_t min_length; /* in code points; -1: not given */
    int64_t max_length; /* the same */
    const char *pattern;
    const char *date;
    char *minimum; /* of an integer: shortest decimal form */
    char *maximum;
    size_t nvalues;
    const char **values;
    const char *description;
};

/** How a value is compared and hashed. */
struct tally_clkhash_hashing {
    enum tally_clkhash_comparison comparison;
    int64_t n; /* of n-grams */
    bool positional;
    struct tally_clkhash_value threshold;
    int64_t resolution;
    int64_t precision;
    char *distance;   /* threshold times 10^precision, rounded: decimal digits */
    bool per_feature; /* ${bits} are for all tokens together */
    int64_t bits;
    enum tally_clkhash_hash hash;
    bool prevent_singularity;
    const char *sentinel; /* NULL: no missing value */
    const char *replace;  /* NULL: the sentinel stands for itself */
};

struct tally_clkhash_feature {
    const char *identifier;
    const char *description; /* or NULL */
    bool ignored;            /* then format and hashing mean nothing */
    struct tally_clkhash_format format;
    struct tally_clkhash_hashing hashing;
};

struct tally_clkhash_schema {
    unsigned version; /* of the file */
    uint32_t bits;    /* l: of a finished filter */
    uint32_t folds;
    bool says_xor_folds_camel; /* "xorFolds" is there, which does nothing */
    bool sha512;               /* else SHA-256 */
    const char *salt_text;     /* base64 as in the file, or NULL */
    const char *info_text;
    uint8_t *salt;
    size_t salt_len;
    uint8_t *info;
    size_t info_len;
    int64_t key_size;
    size_t nfeatures;
    struct tally_clkhash_feature *features;
    struct tally_json_doc *doc; /* the texts are in it */
};

/**
 * Read and check. What clkhash refuses is refused with its place in the file:
 * TALLY_E_JSON or TALLY_E_SCHEMA. So are patterns, date formats and thresholds that
 * cannot work.
 */
TALLY_NODISCARD int tally_clkhash_schema_load(struct tally_clkhash_schema **out,
                                              const char *path, struct tally_err *err);
TALLY_NODISCARD int tally_clkhash_schema_parse(struct tally_clkhash_schema **out,
                                               const char *name, const void *text,
                                               size_t len, struct tally_err *err);

/**
 * A starter schema for the comma-separated ${fields}, which are those of tally_schema_new
 * and stand in the file in this order with no other column: 1,024 bits, blakeHash, the
 * bits of each field by its weight. clkhash does not clean values; equal people must be
 * written alike. TALLY_E_USAGE as tally_schema_new.
 */
TALLY_NODISCARD int tally_clkhash_schema_starter(struct tally_clkhash_schema **out,
                                                 const char *fields,
                                                 struct tally_err *err);

/** The schema as JSON of version 3, malloced; NULL when out of memory. */
char *tally_clkhash_schema_text(const struct tally_clkhash_schema *s);

/** TALLY_E_SCHEMA unless records can be encoded by it: enough key for all features, and
 * what its hashes ask for. clkhash finds this out at the first record. */
TALLY_NODISCARD int tally_clkhash_schema_usable(const struct tally_clkhash_schema *s,
                                                struct tally_err *err);

/** Bits of a filter before folding. */
uint32_t tally_clkhash_schema_unfolded(const struct tally_clkhash_schema *s);

void tally_clkhash_schema_free(struct tally_clkhash_schema *s);

#endif

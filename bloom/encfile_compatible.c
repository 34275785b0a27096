/*
 * May two encodings files be linked? Bits only mean the same under the same schema, the
 * same normalisation and the same key, so any difference is named and refused.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/encfile.h"

#include <string.h>

static int
schema_differs(const struct tally_enc_info *a, const struct tally_enc_info *b,
               struct tally_err *err)
{
    tally_err_set(
        err, TALLY_E_SCHEMA_MISMATCH,
        "sources '%s' and '%s' were encoded under different schemas ('%s' and '%s')",
        a->source, b->source, a->schema_name, b->schema_name);
    return tally_err_hint(err, "both owners must encode with the very same schema file");
}

static int
rules_differ(const struct tally_enc_info *a, const struct tally_enc_info *b,
             struct tally_err *err)
{
    if (strcmp(a->unicode, b->unicode) != 0) {
        tally_err_set(err, TALLY_E_SCHEMA_MISMATCH,
                      "sources '%s' and '%s' were encoded with different Unicode tables "
                      "(%s and %s)",
                      a->source, b->source, a->unicode, b->unicode);
    } else {
        tally_err_set(
            err, TALLY_E_SCHEMA_MISMATCH,
            "sources '%s' and '%s' were encoded under different normalisation rules "
            "(version %d and %d)",
            a->source, b->source, a->normaliser_version, b->normaliser_version);
    }
    return tally_err_hint(err,
                          "both owners must encode with the same release of Tallystick");
}

static int
key_differs(const struct tally_enc_info *a, const struct tally_enc_info *b,
            struct tally_err *err)
{
    if (a->has_key_check != b->has_key_check) {
        return tally_err_set(
            err, TALLY_E_KEY_MISMATCH,
            "source '%s' states a key check value and source '%s' does not",
            a->has_key_check ? a->source : b->source,
            a->has_key_check ? b->source : a->source);
    }
    tally_err_set(err, TALLY_E_KEY_MISMATCH,
                  "sources '%s' and '%s' were encoded with different linkage keys",
                  a->source, b->source);
    return tally_err_hint(err,
                          "both owners must encode with the same key: let them compare "
                          "their key check values");
}

/* Views and match keys are part of the schema, so this only meets files that were made
 * wrong. */
static bool
same_views(const struct tally_enc_info *a, const struct tally_enc_info *b)
{
    bool same = a->nviews == b->nviews && a->nmatch_keys == b->nmatch_keys;
    size_t v;

    for (v = 0; same && v < a->nviews; v++) {
        same = strcmp(a->views[v].name, b->views[v].name) == 0;
    }
    for (v = 0; same && v < a->nmatch_keys; v++) {
        same = strcmp(a->match_keys[v].name, b->match_keys[v].name) == 0;
    }
    return same;
}

/* Bits of the one form say nothing about their schema; in the other they always do. */
static int
legacy_compatible(const struct tally_enc_info *a, const struct tally_enc_info *b,
                  struct tally_err *err)
{
    if (a->legacy != b->legacy) {
        tally_err_set(err, TALLY_E_SCHEMA_MISMATCH,
                      "source '%s' is clkhash JSON and source '%s' an encodings file: "
                      "nothing shows that their bits mean the same",
                      a->legacy ? a->source : b->source,
                      a->legacy ? b->source : a->source);
        return tally_err_hint(err, "all owners must encode by one schema, into one form");
    }
    if (a->bits != b->bits) {
        tally_err_set(
            err, TALLY_E_SCHEMA_MISMATCH,
            "filters of sources '%s' and '%s' differ in length (%u and %u bits)",
            a->source, b->source, a->bits, b->bits);
        return tally_err_hint(err, "both owners must encode with the very same schema");
    }
    return 0;
}

int
tally_enc_compatible(const struct tally_enc_info *a, const struct tally_enc_info *b,
                     struct tally_err *err)
{
    char ours[TALLY_HARDENING_TEXT], theirs[TALLY_HARDENING_TEXT];

    if (a->legacy || b->legacy) {
        return legacy_compatible(a, b, err);
    }
    if (memcmp(a->schema_digest, b->schema_digest, TALLY_DIGEST_BYTES) != 0) {
        return schema_differs(a, b, err);
    }
    tally_hardening_text(&a->hardening, ours);
    tally_hardening_text(&b->hardening, theirs);
    if (a->bits != b->bits || strcmp(ours, theirs) != 0) {
        return tally_err_set(
            err, TALLY_E_SCHEMA_MISMATCH,
            "encodings of sources '%s' and '%s' differ in length or hardening "
            "(%u bits, %s; and %u bits, %s)",
            a->source, b->source, a->bits, ours, b->bits, theirs);
    }
    if (!same_views(a, b)) {
        return tally_err_set(
            err, TALLY_E_SCHEMA_MISMATCH,
            "sources '%s' and '%s' do not have the same views or match keys", a->source,
            b->source);
    }
    if (a->normaliser_version != b->normaliser_version ||
        strcmp(a->unicode, b->unicode) != 0 ||
        memcmp(a->normaliser_digest, b->normaliser_digest, TALLY_DIGEST_BYTES) != 0) {
        return rules_differ(a, b, err);
    }
    if (a->has_key_check != b->has_key_check ||
        (a->has_key_check &&
         memcmp(a->key_check, b->key_check, TALLY_KEY_CHECK_BYTES) != 0)) {
        return key_differs(a, b, err);
    }
    return 0;
}

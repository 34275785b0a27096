/*
 * A clkhash schema written out in version 3: what schema convert gives. Every member that
 * has an effect is there, defaults left out.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/clkhash_schema.h"

#include <stdlib.h>

/* A bound within 64 bits stays a whole number; beyond it was a real number already. */
static void
set_bound(struct tally_jnode *n, const char *key, const char *text)
{
    char *end;
    long long v;

    if (text == NULL) {
        return;
    }
    v = strtoll(text, &end, 10);
    if (v > INT64_MIN && v < INT64_MAX) {
        tally_jset_int(n, key, v);
    } else {
        tally_jset_real(n, key, strtod(text, NULL));
    }
}

static void
set_text(struct tally_jnode *n, const char *key, const char *text)
{
    if (text != NULL) {
        tally_jset_str(n, key, text);
    }
}

static void
string_format(struct tally_jnode *n, const struct tally_clkhash_format *f)
{
    static const char *const encodings[] = {"utf-8", "ascii", "utf-16", "utf-32"};
    static const char *const cases[] = {"mixed", "upper", "lower"};

    tally_jset_str(n, "encoding", encodings[f->encoding]);
    if (f->pattern != NULL) {
        tally_jset_str(n, "pattern", f->pattern);
        return;
    }
    tally_jset_str(n, "case", cases[f->letters]);
    if (f->min_length >= 0) {
        tally_jset_int(n, "minLength", f->min_length);
    }
    if (f->max_length >= 0) {
        tally_jset_int(n, "maxLength", f->max_length);
    }
}

static struct tally_jnode *
format_node(const struct tally_clkhash_format *f)
{
    static const char *const types[] = {"string", "integer", "date", "enum"};
    struct tally_jnode *n = tally_jobject();
    struct tally_jnode *values;

    tally_jset_str(n, "type", types[f->type]);
    switch (f->type) {
    case TALLY_CLKHASH_STRING:
        string_format(n, f);
        break;
    case TALLY_CLKHASH_INTEGER:
        set_bound(n, "minimum", f->minimum);
        set_bound(n, "maximum", f->maximum);
        break;
    case TALLY_CLKHASH_DATE:
        tally_jset_str(n, "format", f->date);
        break;
    case TALLY_CLKHASH_ENUM:
        values = tally_jarray();
        for (size_t i = 0; i < f->nvalues; i++) {
            tally_jpush_str(values, f->values[i]);
        }
        tally_jset(n, "values", values);
        break;
    }
    set_text(n, "description", f->description);
    return n;
}

static struct tally_jnode *
comparison_node(const struct tally_clkhash_hashing *h)
{
    static const char *const types[] = {"ngram", "exact", "numeric"};
    struct tally_jnode *n = tally_jobject();

    tally_jset_str(n, "type", types[h->comparison]);
    if (h->comparison == TALLY_CLKHASH_NGRAM) {
        tally_jset_int(n, "n", h->n);
        tally_jset_bool(n, "positional", h->positional);
    } else if (h->comparison == TALLY_CLKHASH_NUMERIC) {
        if (h->threshold.whole) {
            tally_jset_int(n, "thresholdDistance", h->threshold.i);
        } else {
            tally_jset_real(n, "thresholdDistance", h->threshold.d);
        }
        tally_jset_int(n, "resolution", h->resolution);
        tally_jset_int(n, "fractional_precision", h->precision);
    }
    return n;
}

static struct tally_jnode *
hashing_node(const struct tally_clkhash_hashing *h)
{
    struct tally_jnode *n = tally_jobject();
    struct tally_jnode *strategy = tally_jobject();
    struct tally_jnode *hash = tally_jobject();
    struct tally_jnode *missing;

    tally_jset(n, "comparison", comparison_node(h));
    tally_jset_int(strategy, h->per_feature ? "bitsPerFeature" : "bitsPerToken", h->bits);
    tally_jset(n, "strategy", strategy);
    if (h->hash == TALLY_CLKHASH_BLAKE) {
        tally_jset_str(hash, "type", "blakeHash");
    } else {
        tally_jset_str(hash, "type", "doubleHash");
        tally_jset_bool(hash, "prevent_singularity", h->prevent_singularity);
    }
    tally_jset(n, "hash", hash);
    if (h->sentinel != NULL) {
        missing = tally_jobject();
        tally_jset_str(missing, "sentinel", h->sentinel);
        set_text(missing, "replaceWith", h->replace);
        tally_jset(n, "missingValue", missing);
    }
    return n;
}

static struct tally_jnode *
feature_node(const struct tally_clkhash_feature *f)
{
    struct tally_jnode *n = tally_jobject();

    tally_jset_str(n, "identifier", f->identifier);
    if (f->ignored) {
        tally_jset_bool(n, "ignored", true);
    }
    set_text(n, "description", f->description);
    if (!f->ignored) {
        tally_jset(n, "format", format_node(&f->format));
        tally_jset(n, "hashing", hashing_node(&f->hashing));
    }
    return n;
}

char *
tally_clkhash_schema_text(const struct tally_clkhash_schema *s)
{
    struct tally_jnode *root = tally_jobject();
    struct tally_jnode *config = tally_jobject();
    struct tally_jnode *kdf = tally_jobject();
    struct tally_jnode *features = tally_jarray();
    char *text;

    tally_jset_str(kdf, "type", "HKDF");
    tally_jset_str(kdf, "hash", s->sha512 ? "SHA512" : "SHA256");
    set_text(kdf, "salt", s->salt_text);
    set_text(kdf, "info", s->info_text);
    tally_jset_int(kdf, "keySize", s->key_size);
    tally_jset_int(config, "l", s->bits);
    if (s->folds > 0) {
        tally_jset_int(config, "xor_folds", s->folds);
    }
    tally_jset(config, "kdf", kdf);
    for (size_t i = 0; i < s->nfeatures; i++) {
        tally_jpush(features, feature_node(&s->features[i]));
    }
    tally_jset_int(root, "version", 3);
    tally_jset(root, "clkConfig", config);
    tally_jset(root, "features", features);
    text = tally_json_text(root, 2);
    tally_jfree(root);
    return text;
}

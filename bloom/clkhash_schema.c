/*
 * A clkhash schema as a whole, and its text in version 3.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/clkhash_schema.h"

#include "bloom/base/base64.h"
#include "bloom/clkhash_schema_read.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BLAKE_KEY_MAX 64

static int
decode(const struct tally_json *kdf, const char *key, const char **text, uint8_t **out,
       size_t *len, struct tally_err *err)
{
    ptrdiff_t n;

    if (clkhash_read_text(kdf, key, false, text, err) != 0) {
        return -1;
    }
    if (*text == NULL) {
        return 0;
    }
    *out = malloc(strlen(*text) + 1);
    if (*out == NULL) {
        return tally_err_nomem(err);
    }
    for (const char *c = *text; *c != '\0'; c++) {
        if ((unsigned char)*c >= 0x80) {
            return tally_json_err(kdf, err, TALLY_E_SCHEMA, "%s: must be ASCII", key);
        }
    }
    n = tally_base64_decode_loose(*text, strlen(*text), *out);
    if (n < 0) {
        return tally_json_err(kdf, err, TALLY_E_SCHEMA,
                              "%s: base64 that is cut short or not padded", key);
    }
    *len = (size_t)n;
    return 0;
}

static int
read_kdf(const struct tally_json *config, struct tally_clkhash_schema *s,
         struct tally_err *err)
{
    static const char *const types[] = {"HKDF", NULL};
    static const char *const hashes[] = {"SHA256", "SHA512", NULL};
    struct tally_json kdf;
    size_t type = 0;
    size_t hash = 0;

    s->key_size = 64;
    if (tally_json_need(config, "kdf", &kdf, err) != 0 ||
        clkhash_read_word(&kdf, "type", true, types, &type, err) != 0 ||
        clkhash_read_word(&kdf, "hash", false, hashes, &hash, err) != 0 ||
        clkhash_read_count(&kdf, "keySize", false, 1, INT32_MAX, &s->key_size, err) !=
            0 ||
        decode(&kdf, "salt", &s->salt_text, &s->salt, &s->salt_len, err) != 0 ||
        decode(&kdf, "info", &s->info_text, &s->info, &s->info_len, err) != 0) {
        return -1;
    }
    s->sha512 = hash == 1;
    return 0;
}

/* What version 1 says once for all features. */
struct shared {
    int64_t k;
    struct tally_clkhash_hashing hash;
};

static int
read_config(const struct tally_json *root, struct tally_clkhash_schema *s,
            struct shared *shared, struct tally_err *err)
{
    struct tally_json config;
    struct tally_json hash;
    int64_t l = 0;
    int64_t folds = 0;

    if (tally_json_need(root, "clkConfig", &config, err) != 0 ||
        clkhash_read_count(&config, "l", true, 1, TALLY_CLKHASH_BITS_MAX, &l, err) != 0 ||
        clkhash_read_count(&config, "xor_folds", false, 0, 24, &folds, err) != 0 ||
        read_kdf(&config, s, err) != 0) {
        return -1;
    }
    if (l << folds > TALLY_CLKHASH_BITS_MAX) {
        return tally_json_err(&config, err, TALLY_E_LIMIT,
                              "filters of over %u bits before folding",
                              TALLY_CLKHASH_BITS_MAX);
    }
    s->bits = (uint32_t)l;
    s->folds = (uint32_t)folds;
    s->says_xor_folds_camel = tally_json_find(&config, "xorFolds", &hash, err) == 1;
    if (s->version > 1) {
        return 0;
    }
    if (clkhash_read_count(&config, "k", true, 1, TALLY_CLKHASH_K_MAX, &shared->k, err) !=
            0 ||
        tally_json_need(&config, "hash", &hash, err) != 0) {
        return -1;
    }
    return clkhash_read_hash(&hash, &shared->hash, err);
}

/* Version 1 gives weights of the bits a token. */
static int
apply_weight(const struct tally_json *j, const struct shared *shared, double weight,
             struct tally_clkhash_feature *f, struct tally_err *err)
{
    double bits = rint(weight * (double)shared->k);

    f->hashing.hash = shared->hash.hash;
    f->hashing.prevent_singularity = shared->hash.prevent_singularity;
    if (weight == 0) {
        f->ignored = true;
        return 0;
    }
    if (bits < 1) {
        return tally_json_err(j, err, TALLY_E_SCHEMA,
                              "weight: comes to less than one bit a token");
    }
    if (bits > TALLY_CLKHASH_K_MAX) {
        return tally_json_err(j, err, TALLY_E_LIMIT, "weight: over %d bits a token",
                              TALLY_CLKHASH_K_MAX);
    }
    f->hashing.bits = (int64_t)bits;
    return 0;
}

/* A column that is only named, to be passed over. */
static int
read_ignored(const struct tally_json *j, unsigned version,
             struct tally_clkhash_feature *f, struct tally_err *err)
{
    static const char *const names[] = {"identifier", "ignored", "description", NULL};

    if (!f->ignored) {
        return tally_json_err(j, err, TALLY_E_SCHEMA,
                              "must have 'format' and 'hashing', or be ignored");
    }
    return version == 3 ? tally_json_only(j, names, err) : 0;
}

static int
read_feature(const struct tally_json *j, unsigned version, const struct shared *shared,
             struct tally_clkhash_feature *f, struct tally_err *err)
{
    struct tally_json format, hashing;
    double weight = 1;
    int has_format, has_hashing;

    if (clkhash_read_text(j, "identifier", true, &f->identifier, err) != 0 ||
        clkhash_read_text(j, "description", false, &f->description, err) != 0 ||
        clkhash_read_bool(j, "ignored", &f->ignored, err) != 0) {
        return -1;
    }
    has_format = tally_json_find(j, "format", &format, err);
    has_hashing = tally_json_find(j, "hashing", &hashing, err);
    if (has_format == 0 || has_hashing == 0) {
        return read_ignored(j, version, f, err);
    }
    if (has_format < 0 || has_hashing < 0 ||
        clkhash_read_format(&format, &f->format, err) != 0 ||
        clkhash_read_hashing(&hashing, version, &f->hashing, &weight, err) != 0) {
        return -1;
    }
    if (version == 1 && apply_weight(&hashing, shared, weight, f, err) != 0) {
        return -1;
    }
    return f->ignored ? 0 : clkhash_check_feature(j, f, err);
}

static int
read_features(const struct tally_json *root, struct tally_clkhash_schema *s,
              const struct shared *shared, struct tally_err *err)
{
    struct tally_json features, one;
    size_t n = 0;

    if (tally_json_need(root, "features", &features, err) != 0 ||
        tally_json_length(&features, &n, err) != 0) {
        return -1;
    }
    if (n > TALLY_CLKHASH_FEATURES_MAX) {
        return tally_json_err(&features, err, TALLY_E_LIMIT,
                              "must have at most %u entries", TALLY_CLKHASH_FEATURES_MAX);
    }
    s->features = calloc(n + 1, sizeof *s->features);
    if (s->features == NULL) {
        return tally_err_nomem(err);
    }
    s->nfeatures = n;
    for (size_t i = 0; i < n; i++) {
        if (tally_json_at(&features, i, &one, err) != 0 ||
            read_feature(&one, s->version, shared, &s->features[i], err) != 0) {
            return -1;
        }
    }
    return 0;
}

static int
read_schema(struct tally_clkhash_schema *s, struct tally_err *err)
{
    struct tally_json root = tally_json_root(s->doc);
    struct tally_json version;
    struct shared shared = {0};
    double v = 0;

    if (tally_json_need(&root, "version", &version, err) != 0 ||
        tally_json_real(&version, -HUGE_VAL, HUGE_VAL, &v, err) != 0) {
        return -1;
    }
    if (v != 1 && v != 2 && v != 3) {
        return tally_json_err(&version, err, TALLY_E_SCHEMA,
                              "clkhash schemas are of version 1, 2 or 3");
    }
    s->version = (unsigned)v;
    if (read_config(&root, s, &shared, err) != 0) {
        return -1;
    }
    return read_features(&root, s, &shared, err);
}

/* Takes ${doc} over. */
static int
from_doc(struct tally_clkhash_schema **out, struct tally_json_doc *doc,
         struct tally_err *err)
{
    struct tally_clkhash_schema *s = calloc(1, sizeof *s);

    if (s == NULL) {
        tally_json_doc_free(doc);
        return tally_err_nomem(err);
    }
    s->doc = doc;
    if (read_schema(s, err) != 0) {
        tally_clkhash_schema_free(s);
        return -1;
    }
    *out = s;
    return 0;
}

int
tally_clkhash_schema_load(struct tally_clkhash_schema **out, const char *path,
                          struct tally_err *err)
{
    struct tally_json_doc *doc = NULL;

    return tally_json_load_wide(&doc, path, err) != 0 ? -1 : from_doc(out, doc, err);
}

int
tally_clkhash_schema_parse(struct tally_clkhash_schema **out, const char *name,
                           const void *text, size_t len, struct tally_err *err)
{
    struct tally_json_doc *doc = NULL;

    return tally_json_parse_wide(&doc, name, text, len, err) != 0
               ? -1
               : from_doc(out, doc, err);
}

uint32_t
tally_clkhash_schema_unfolded(const struct tally_clkhash_schema *s)
{
    return s->bits << s->folds;
}

static int
check_hash(const struct tally_clkhash_schema *s, const struct tally_clkhash_feature *f,
           struct tally_err *err)
{
    uint32_t l = tally_clkhash_schema_unfolded(s);

    if (f->hashing.hash == TALLY_CLKHASH_BLAKE && (l & (l - 1)) != 0) {
        return tally_err_set(err, TALLY_E_SCHEMA,
                             "feature '%s': blakeHash needs a filter of a power of two "
                             "bits, not %u",
                             f->identifier, (unsigned)l);
    }
    if (f->hashing.hash == TALLY_CLKHASH_BLAKE && s->key_size > BLAKE_KEY_MAX) {
        return tally_err_set(err, TALLY_E_SCHEMA,
                             "feature '%s': blakeHash takes keys of at most %d bytes",
                             f->identifier, BLAKE_KEY_MAX);
    }
    if (f->hashing.hash == TALLY_CLKHASH_DOUBLE && f->hashing.prevent_singularity &&
        l == 1) {
        return tally_err_set(err, TALLY_E_SCHEMA,
                             "feature '%s': a filter of one bit cannot prevent a "
                             "singularity",
                             f->identifier);
    }
    return 0;
}

int
tally_clkhash_schema_usable(const struct tally_clkhash_schema *s, struct tally_err *err)
{
    int64_t most = 255 * (s->sha512 ? 64 : 32);

    if (s->nfeatures == 0) {
        return tally_err_set(err, TALLY_E_SCHEMA, "there is no feature to encode by");
    }

    if ((int64_t)s->nfeatures * 2 > most / s->key_size) {
        return tally_err_set(err, TALLY_E_SCHEMA,
                             "%zu features with keys of %lld bytes are more than HKDF "
                             "with %s can give",
                             s->nfeatures, (long long)s->key_size,
                             s->sha512 ? "SHA-512" : "SHA-256");
    }
    for (size_t i = 0; i < s->nfeatures; i++) {
        if (!s->features[i].ignored && check_hash(s, &s->features[i], err) != 0) {
            return -1;
        }
    }
    return 0;
}

void
tally_clkhash_schema_free(struct tally_clkhash_schema *s)
{
    if (s == NULL) {
        return;
    }
    for (size_t i = 0; i < s->nfeatures; i++) {
        free(s->features[i].format.minimum);
        free(s->features[i].format.maximum);
        free(s->features[i].format.values);
        free(s->features[i].hashing.distance);
    }
    free(s->features);
    free(s->salt);
    free(s->info);
    tally_json_doc_free(s->doc);
    free(s);
}

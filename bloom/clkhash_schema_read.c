/*
 * The parts of a feature. What is an unknown name where, and what has which default, is
 * clkhash's, observed: more names are refused in a format and in a hashing, and nowhere
 * else.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/clkhash_schema_read.h"

#include "bloom/clkhash_date.h"
#include "bloom/clkhash_number.h"
#include "bloom/clkhash_regex.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LENGTH_MAX ((int64_t)1 << 53) /* of a cell that a schema may speak of */

/* A number that may be written with a fraction of zero; beyond 64 bits it is told by
 * ${whole} alone being false. */
static int
read_number(const struct tally_json *j, struct tally_clkhash_value *out,
            struct tally_err *err)
{
    struct tally_err ignored = TALLY_ERR_INIT;
    struct tally_clkhash_value v = {0};

    if (tally_json_int(j, INT64_MIN, INT64_MAX, &v.i, &ignored) == 0) {
        v.whole = true;
        v.d = (double)v.i;
    } else if (tally_json_real(j, -HUGE_VAL, HUGE_VAL, &v.d, err) != 0) {
        return -1;
    }
    *out = v;
    return 0;
}

int
clkhash_read_whole(const struct tally_json *j, int64_t min, int64_t max, int64_t *out,
                   struct tally_err *err)
{
    struct tally_clkhash_value v;

    if (read_number(j, &v, err) != 0) {
        return -1;
    }
    if (!v.whole && trunc(v.d) != v.d) {
        return tally_json_err(j, err, TALLY_E_SCHEMA, "must be a whole number");
    }
    if (v.d < (double)min) {
        return tally_json_err(j, err, TALLY_E_SCHEMA, "must be at least %" PRId64, min);
    }
    if (v.d > (double)max) {
        return tally_json_err(j, err, TALLY_E_LIMIT, "is over the limit of %" PRId64,
                              max);
    }
    *out = v.whole ? v.i : (int64_t)v.d;
    return 0;
}

int
clkhash_read_count(const struct tally_json *obj, const char *key, bool needed,
                   int64_t min, int64_t max, int64_t *out, struct tally_err *err)
{
    struct tally_json j;
    int found = tally_json_find(obj, key, &j, err);

    if (found <= 0) {
        return found < 0 || needed ? tally_json_need(obj, key, &j, err) : 0;
    }
    return clkhash_read_whole(&j, min, max, out, err);
}

int
clkhash_read_text(const struct tally_json *obj, const char *key, bool needed,
                  const char **out, struct tally_err *err)
{
    struct tally_json j;
    int found = tally_json_find(obj, key, &j, err);

    if (found <= 0) {
        return found < 0 || needed ? tally_json_need(obj, key, &j, err) : 0;
    }
    return tally_json_str(&j, TALLY_CLKHASH_TEXT_MAX, out, err);
}

int
clkhash_read_bool(const struct tally_json *obj, const char *key, bool *out,
                  struct tally_err *err)
{
    struct tally_json j;
    int found = tally_json_find(obj, key, &j, err);

    return found <= 0 ? found : tally_json_bool(&j, out, err);
}

int
clkhash_read_word(const struct tally_json *obj, const char *key, bool needed,
                  const char *const *words, size_t *out, struct tally_err *err)
{
    struct tally_json j;
    const char *word = NULL;
    int found = tally_json_find(obj, key, &j, err);

    if (found <= 0) {
        return found < 0 || needed ? tally_json_need(obj, key, &j, err) : 0;
    }
    if (tally_json_str(&j, TALLY_CLKHASH_TEXT_MAX, &word, err) != 0) {
        return -1;
    }
    for (size_t i = 0; words[i] != NULL; i++) {
        if (strcmp(words[i], word) == 0) {
            *out = i;
            return 0;
        }
    }
    return tally_json_err(&j, err, TALLY_E_SCHEMA, "is not a word that is known here");
}

/* minimum and maximum may be whole numbers of any size, so they are kept as text. */
static int
read_bound(const struct tally_json *obj, const char *key, char **out,
           struct tally_err *err)
{
    struct tally_clkhash_value v;
    struct tally_json j;
    char text[TALLY_CLKHASH_WHOLE_MAX];
    int found = tally_json_find(obj, key, &j, err);

    if (found <= 0) {
        return found;
    }
    if (read_number(&j, &v, err) != 0) {
        return -1;
    }
    if (v.whole) {
        (void)snprintf(text, sizeof text, "%" PRId64, v.i);
    } else if (trunc(v.d) == v.d) {
        (void)tally_clkhash_whole(v.d, text);
    } else {
        return tally_json_err(&j, err, TALLY_E_SCHEMA, "must be a whole number");
    }
    *out = strdup(text);
    return *out == NULL ? tally_err_nomem(err) : 0;
}

static int
read_string(const struct tally_json *j, struct tally_clkhash_format *f,
            struct tally_err *err)
{
    static const char *const plain[] = {"type",      "encoding",    "case", "minLength",
                                        "maxLength", "description", NULL};
    static const char *const pattern[] = {"type", "encoding", "pattern", "description",
                                          NULL};
    static const char *const encodings[] = {"utf-8", "ascii", "utf-16", "utf-32", NULL};
    static const char *const cases[] = {"mixed", "upper", "lower", NULL};
    size_t encoding = TALLY_CLKHASH_UTF8;
    size_t letters = TALLY_CLKHASH_MIXED;

    if (clkhash_read_text(j, "pattern", false, &f->pattern, err) != 0 ||
        tally_json_only(j, f->pattern != NULL ? pattern : plain, err) != 0 ||
        clkhash_read_word(j, "encoding", false, encodings, &encoding, err) != 0 ||
        clkhash_read_word(j, "case", false, cases, &letters, err) != 0 ||
        clkhash_read_count(j, "minLength", false, 0, LENGTH_MAX, &f->min_length, err) !=
            0 ||
        clkhash_read_count(j, "maxLength", false, 1, LENGTH_MAX, &f->max_length, err) !=
            0) {
        return -1;
    }
    f->encoding = (enum tally_clkhash_encoding)encoding;
    f->letters = (enum tally_clkhash_case)letters;
    return 0;
}

static int
read_integer(const struct tally_json *j, struct tally_clkhash_format *f,
             struct tally_err *err)
{
    static const char *const names[] = {"type", "minimum", "maximum", "description",
                                        NULL};

    if (tally_json_only(j, names, err) != 0 ||
        read_bound(j, "minimum", &f->minimum, err) != 0) {
        return -1;
    }
    return read_bound(j, "maximum", &f->maximum, err);
}

static int
read_date(const struct tally_json *j, struct tally_clkhash_format *f,
          struct tally_err *err)
{
    static const char *const names[] = {"type", "format", "description", NULL};

    if (tally_json_only(j, names, err) != 0) {
        return -1;
    }
    return clkhash_read_text(j, "format", true, &f->date, err);
}

static int
read_enum(const struct tally_json *j, struct tally_clkhash_format *f,
          struct tally_err *err)
{
    static const char *const names[] = {"type", "values", "description", NULL};
    struct tally_json values;
    struct tally_json value;

    if (tally_json_only(j, names, err) != 0 ||
        tally_json_need(j, "values", &values, err) != 0 ||
        tally_json_length(&values, &f->nvalues, err) != 0) {
        return -1;
    }
    f->values = calloc(f->nvalues + 1, sizeof *f->values);
    if (f->values == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t i = 0; i < f->nvalues; i++) {
        if (tally_json_at(&values, i, &value, err) != 0 ||
            tally_json_str(&value, TALLY_CLKHASH_TEXT_MAX, &f->values[i], err) != 0) {
            return -1;
        }
    }
    return 0;
}

int
clkhash_read_format(const struct tally_json *j, struct tally_clkhash_format *f,
                    struct tally_err *err)
{
    static const char *const types[] = {"string", "integer", "date", "enum", NULL};
    static int (*const read[])(const struct tally_json *, struct tally_clkhash_format *,
                               struct tally_err *) = {read_string, read_integer,
                                                      read_date, read_enum};
    size_t type = 0;

    f->min_length = f->max_length = -1;
    if (clkhash_read_word(j, "type", true, types, &type, err) != 0 ||
        clkhash_read_text(j, "description", false, &f->description, err) != 0) {
        return -1;
    }
    f->type = (enum tally_clkhash_type)type;
    return read[type](j, f, err);
}

static int
read_numeric(const struct tally_json *j, struct tally_clkhash_hashing *h,
             struct tally_err *err)
{
    struct tally_json threshold;

    if (tally_json_need(j, "thresholdDistance", &threshold, err) != 0 ||
        read_number(&threshold, &h->threshold, err) != 0) {
        return -1;
    }
    if (h->threshold.d <= 0) {
        return tally_json_err(&threshold, err, TALLY_E_SCHEMA, "must be above 0");
    }
    if (clkhash_read_count(j, "resolution", true, 1, TALLY_CLKHASH_RESOLUTION_MAX,
                           &h->resolution, err) != 0 ||
        clkhash_read_count(j, "fractional_precision", false, 0,
                           TALLY_CLKHASH_PRECISION_MAX, &h->precision, err) != 0) {
        return -1;
    }
    return 0;
}

static int
read_comparison(const struct tally_json *hashing, struct tally_clkhash_hashing *h,
                struct tally_err *err)
{
    static const char *const types[] = {"ngram", "exact", "numeric", NULL};
    struct tally_json j;
    size_t type = 0;

    if (tally_json_need(hashing, "comparison", &j, err) != 0 ||
        clkhash_read_word(&j, "type", true, types, &type, err) != 0) {
        return -1;
    }
    h->comparison = (enum tally_clkhash_comparison)type;
    if (h->comparison == TALLY_CLKHASH_NUMERIC) {
        return read_numeric(&j, h, err);
    }
    if (h->comparison == TALLY_CLKHASH_EXACT) {
        return 0;
    }
    if (clkhash_read_count(&j, "n", true, 1, TALLY_CLKHASH_NGRAM_MAX, &h->n, err) != 0) {
        return -1;
    }
    return clkhash_read_bool(&j, "positional", &h->positional, err);
}

/* Exactly one of two ways to say how many bits. */
static int
read_strategy(const struct tally_json *hashing, const char *token, const char *feature,
              struct tally_clkhash_hashing *h, struct tally_err *err)
{
    struct tally_json j;
    struct tally_json unused;
    int per_token, per_feature;

    if (tally_json_need(hashing, "strategy", &j, err) != 0) {
        return -1;
    }
    per_token = tally_json_find(&j, token, &unused, err);
    per_feature = per_token < 0 ? -1 : tally_json_find(&j, feature, &unused, err);
    if (per_feature < 0) {
        return -1;
    }
    if (per_token == per_feature) {
        return tally_json_err(&j, err, TALLY_E_SCHEMA, "must have '%s' or '%s'%s", token,
                              feature, per_token > 0 ? ", not both" : "");
    }
    h->per_feature = per_feature > 0;
    return clkhash_read_count(&j, h->per_feature ? feature : token, true, 1,
                              TALLY_CLKHASH_K_MAX, &h->bits, err);
}

int
clkhash_read_hash(const struct tally_json *j, struct tally_clkhash_hashing *h,
                  struct tally_err *err)
{
    static const char *const types[] = {"blakeHash", "doubleHash", NULL};
    size_t type = 0;

    if (clkhash_read_word(j, "type", true, types, &type, err) != 0) {
        return -1;
    }
    h->hash = (enum tally_clkhash_hash)type;
    return h->hash == TALLY_CLKHASH_DOUBLE
               ? clkhash_read_bool(j, "prevent_singularity", &h->prevent_singularity, err)
               : 0;
}

static int
read_missing(const struct tally_json *hashing, struct tally_clkhash_hashing *h,
             struct tally_err *err)
{
    struct tally_json j;
    int found = tally_json_find(hashing, "missingValue", &j, err);

    if (found <= 0) {
        return found;
    }
    if (clkhash_read_text(&j, "sentinel", true, &h->sentinel, err) != 0) {
        return -1;
    }
    return clkhash_read_text(&j, "replaceWith", false, &h->replace, err);
}

/* What versions 1 and 2 say where version 3 has a comparison. */
static int
read_ngram(const struct tally_json *j, struct tally_clkhash_hashing *h,
           struct tally_err *err)
{
    struct tally_json n;

    h->comparison = TALLY_CLKHASH_NGRAM;
    if (tally_json_need(j, "ngram", &n, err) != 0 ||
        clkhash_read_whole(&n, 0, TALLY_CLKHASH_NGRAM_MAX, &h->n, err) != 0) {
        return -1;
    }
    return clkhash_read_bool(j, "positional", &h->positional, err);
}

/* What a file may say of a feature that is passed over. */
static int
check_ngram(const struct tally_json *j, const struct tally_clkhash_hashing *h,
            struct tally_err *err)
{
    return h->n > 0 ? 0
                    : tally_json_err(j, err, TALLY_E_SCHEMA,
                                     "ngram: must be at least 1 when brought to version "
                                     "3");
}

static int
read_weight(const struct tally_json *j, double *weight, struct tally_err *err)
{
    struct tally_json w;
    int found = tally_json_find(j, "weight", &w, err);

    if (found <= 0) {
        return found;
    }
    return tally_json_real(&w, 0, 1e9, weight, err);
}

int
clkhash_read_hashing(const struct tally_json *j, unsigned version,
                     struct tally_clkhash_hashing *h, double *weight,
                     struct tally_err *err)
{
    static const char *const v1[] = {"ngram", "positional", "weight", "missingValue",
                                     NULL};
    static const char *const v2[] = {"ngram", "positional",   "strategy",
                                     "hash",  "missingValue", NULL};
    static const char *const v3[] = {"comparison", "strategy", "hash", "missingValue",
                                     NULL};
    static const char *const *const names[] = {v1, v2, v3};
    struct tally_json hash;
    int found;

    if (tally_json_only(j, names[version - 1], err) != 0 ||
        read_missing(j, h, err) != 0) {
        return -1;
    }
    if (version == 3 ? read_comparison(j, h, err) != 0 : read_ngram(j, h, err) != 0) {
        return -1;
    }
    if (version == 1) {
        return read_weight(j, weight, err) != 0 ? -1
               : *weight == 0                   ? 0
                                                : check_ngram(j, h, err);
    }
    if (version == 2 && check_ngram(j, h, err) != 0) {
        return -1;
    }
    if (read_strategy(j, version == 2 ? "k" : "bitsPerToken",
                      version == 2 ? "numBits" : "bitsPerFeature", h, err) != 0) {
        return -1;
    }
    found = tally_json_find(j, "hash", &hash, err);
    return found <= 0 ? found : clkhash_read_hash(&hash, h, err);
}

static int
check_pattern(const struct tally_json *j, const char *pattern, struct tally_err *err)
{
    struct tally_clkhash_regex *regex = NULL;
    struct tally_err why = TALLY_ERR_INIT;
    int status = tally_clkhash_regex_python(&regex, pattern, &why);

    tally_clkhash_regex_free(regex);
    return status == 0 ? 0 : tally_json_err(j, err, why.code, "pattern: %s", why.text);
}

static int
check_date(const struct tally_json *j, const char *format, struct tally_err *err)
{
    struct tally_clkhash_date *date = NULL;
    struct tally_err why = TALLY_ERR_INIT;

    if (tally_clkhash_date_create(&date, format, &why) != 0) {
        return tally_json_err(j, err, why.code, "%s", why.text);
    }
    tally_clkhash_date_free(date);
    return 0;
}

/* The distance between tokens: as a whole number, whatever its size. */
static int
work_out_distance(const struct tally_json *j, struct tally_clkhash_hashing *h,
                  struct tally_err *err)
{
    char text[TALLY_CLKHASH_WHOLE_MAX + TALLY_CLKHASH_PRECISION_MAX];
    char scale[16];
    size_t n;
    double v;

    if (h->threshold.whole) {
        n = (size_t)snprintf(text, sizeof text, "%" PRId64, h->threshold.i);
        memset(text + n, '0', (size_t)h->precision);
        text[n + (size_t)h->precision] = '\0';
    } else {
        (void)snprintf(scale, sizeof scale, "1e%d", (int)h->precision);
        v = rint(h->threshold.d * strtod(scale, NULL));
        if (!isfinite(v)) {
            return tally_json_err(j, err, TALLY_E_SCHEMA,
                                  "thresholdDistance: too large at this precision");
        }
        (void)tally_clkhash_whole(v, text);
    }
    if (strcmp(text, "0") == 0) {
        return tally_json_err(j, err, TALLY_E_SCHEMA,
                              "thresholdDistance: rounds to 0 at this precision");
    }
    h->distance = strdup(text);
    return h->distance == NULL ? tally_err_nomem(err) : 0;
}

int
clkhash_check_feature(const struct tally_json *j, struct tally_clkhash_feature *f,
                      struct tally_err *err)
{
    if (f->format.pattern != NULL && check_pattern(j, f->format.pattern, err) != 0) {
        return -1;
    }
    if (f->format.date != NULL && check_date(j, f->format.date, err) != 0) {
        return -1;
    }
    return f->hashing.comparison == TALLY_CLKHASH_NUMERIC
               ? work_out_distance(j, &f->hashing, err)
               : 0;
}

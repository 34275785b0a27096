/*
 * Reading a schema: JSON to a checked struct. Every rule is applied here, whichever way a
 * schema came to be, so that a loaded schema needs no further checks anywhere.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/schema.h"

#include "bloom/base/file.h"
#include "bloom/base/json.h"
#include "bloom/normalise_private.h"
#include "bloom/schema_private.h"

#include <stdlib.h>
#include <string.h>

#define SCHEMA_BYTES_MAX (1u << 20)
#define VALUE_BYTES_MAX  1024 /* of an enumeration value before folding */

static const char *const SCHEMA_MEMBERS[] = {
    "tallystick_schema", "name",   "profile", "bits", "fill",
    "hardening",         "fields", "views",   "salt", "rbf",
    "match_keys",        NULL};
static const char *const FIELD_MEMBERS[] = {
    "name",    "type",    "domain",   "tokens", "weight", "bits_per_token",
    "minimum", "maximum", "distance", "values", NULL};

static int
optional_real(const struct tally_json *obj, const char *key, double min, double max,
              double *value, struct tally_err *err)
{
    struct tally_json j;
    int found = tally_json_find(obj, key, &j, err);

    if (found <= 0) {
        return found;
    }
    return tally_json_real(&j, min, max, value, err);
}

static int
needed_int(const struct tally_json *obj, const char *key, int64_t min, int64_t max,
           int64_t *value, struct tally_err *err)
{
    struct tally_json j;

    if (tally_json_need(obj, key, &j, err) != 0) {
        return -1;
    }
    return tally_json_int(&j, min, max, value, err);
}

/* Copy the string member ${key} into ${out}, which holds TALLY_NAME_MAX + 1 bytes. */
static int
name_member(const struct tally_json *obj, const char *key, bool (*ok)(const char *),
            const char *rule, char *out, struct tally_err *err)
{
    struct tally_json j;
    const char *text;

    if (tally_json_need(obj, key, &j, err) != 0 ||
        tally_json_str(&j, TALLY_NAME_MAX, &text, err) != 0) {
        return -1;
    }
    if (!ok(text)) {
        return tally_json_err(&j, err, TALLY_E_SCHEMA, "%s", rule);
    }
    memcpy(out, text, strlen(text) + 1);
    return 0;
}

/* Names of schemas and profiles are shown to people, so a few more characters are taken.
 */
static bool
label_ok(const char *name)
{
    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                            "0123456789 _.-");

    return n > 0 && n <= TALLY_NAME_MAX && name[n] == '\0' && name[0] != ' ' &&
           name[n - 1] != ' ';
}

static const char FIELD_NAME_RULE[] =
    "a name is 1 to 63 lower-case letters, digits or underscores";
static const char LABEL_RULE[] =
    "a label is 1 to 63 letters, digits, blanks, or any of _ . -";

static int
parse_value(struct tally_field *f, const struct tally_json *item, struct tally_err *err)
{
    char folded[TALLY_VALUE_MAX + 1];
    const char *text;

    if (tally_json_str(item, VALUE_BYTES_MAX, &text, err) != 0) {
        return -1;
    }
    if (!tally_normalise_plain(text, folded)) {
        return tally_json_err(item, err, TALLY_E_SCHEMA,
                              "a value needs 1 to %d letters or digits after folding",
                              TALLY_VALUE_MAX);
    }
    for (size_t i = 0; i < f->nvalues; i++) {
        if (strcmp(f->values[i], folded) == 0) {
            return tally_json_err(item, err, TALLY_E_SCHEMA,
                                  "folds to the same text as values[%zu]", i);
        }
    }
    f->values[f->nvalues] = strdup(folded);
    if (f->values[f->nvalues] == NULL) {
        return tally_err_nomem(err);
    }
    f->nvalues++;
    return 0;
}

static int
parse_values(struct tally_field *f, const struct tally_json *obj, struct tally_err *err)
{
    struct tally_json list;
    struct tally_json item;
    size_t n;
    int found = tally_json_find(obj, "values", &list, err);

    if (found <= 0) {
        return found;
    }
    if (f->type != TALLY_FIELD_ENUMERATION) {
        return tally_json_err(&list, err, TALLY_E_SCHEMA,
                              "only a field of type enumeration has values");
    }
    if (tally_json_length(&list, &n, err) != 0) {
        return -1;
    }
    if (n > TALLY_SCHEMA_VALUES_MAX) {
        return tally_json_err(&list, err, TALLY_E_SCHEMA,
                              "%zu values, at most %d are taken", n,
                              TALLY_SCHEMA_VALUES_MAX);
    }
    f->values = calloc(n + 1, sizeof *f->values);
    if (f->values == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t i = 0; i < n; i++) {
        if (tally_json_at(&list, i, &item, err) != 0 || parse_value(f, &item, err) != 0) {
            return -1;
        }
    }
    return 0;
}

/* minimum and maximum, which an integer has and nothing else may. */
static int
parse_range(struct tally_field *f, const struct tally_json *obj, struct tally_err *err)
{
    static const char *const keys[2] = {"minimum", "maximum"};
    int64_t *const bounds[2] = {&f->minimum, &f->maximum};

    for (size_t i = 0; i < 2; i++) {
        struct tally_json j;
        int found = tally_json_find(obj, keys[i], &j, err);

        if (found < 0) {
            return -1;
        }
        if (found > 0 && f->type != TALLY_FIELD_INTEGER) {
            return tally_json_err(&j, err, TALLY_E_SCHEMA,
                                  "only a field of type integer has a %s", keys[i]);
        }
        if (found > 0 && tally_json_int(&j, -TALLY_INTEGER_LIMIT, TALLY_INTEGER_LIMIT,
                                        bounds[i], err) != 0) {
            return -1;
        }
    }
    if (f->minimum > f->maximum) {
        return tally_json_err(obj, err, TALLY_E_SCHEMA, "minimum is above maximum");
    }
    return 0;
}

static int
parse_distance(struct tally_field *f, const struct tally_json *obj, struct tally_err *err)
{
    struct tally_json j;
    int found = tally_json_find(obj, "distance", &j, err);

    if (found < 0) {
        return -1;
    }
    if (f->tokens != TALLY_TOKENS_NEIGHBOURHOOD) {
        return found == 0 ? 0
                          : tally_json_err(&j, err, TALLY_E_SCHEMA,
                                           "only neighbourhood tokens have a distance");
    }
    if (found == 0) {
        return tally_json_err(obj, err, TALLY_E_SCHEMA,
                              "neighbourhood tokens need a distance");
    }
    return tally_json_int(&j, 1, TALLY_INTEGER_LIMIT, &f->distance, err);
}

static int
parse_type(struct tally_field *f, const struct tally_json *obj, struct tally_err *err)
{
    struct tally_json j;
    const char *text;
    int type;

    if (tally_json_need(obj, "type", &j, err) != 0 ||
        tally_json_str(&j, TALLY_NAME_MAX, &text, err) != 0) {
        return -1;
    }
    type = tally_schema_find_type(text);
    if (type < 0) {
        tally_json_err(&j, err, TALLY_E_SCHEMA, "unknown field type '%s'", text);
        return tally_err_hint(err, "use " TALLY_SCHEMA_TYPES);
    }
    f->type = (enum tally_field_type)type;
    return 0;
}

static int
parse_kind(struct tally_field *f, const struct tally_json *obj, struct tally_err *err)
{
    struct tally_json j;
    const char *text;
    int kind;
    int found = tally_json_find(obj, "tokens", &j, err);

    f->tokens = tally_schema_default_kind(f->type);
    if (found <= 0) {
        return found;
    }
    if (tally_json_str(&j, TALLY_NAME_MAX, &text, err) != 0) {
        return -1;
    }
    kind = tally_schema_find_kind(text);
    if (kind < 0) {
        tally_json_err(&j, err, TALLY_E_SCHEMA, "unknown kind of tokens '%s'", text);
        return tally_err_hint(err, "use bigrams, positional, date, postcode, whole or "
                                   "neighbourhood");
    }
    if (!tally_schema_kind_fits(f->type, (enum tally_token_kind)kind)) {
        return tally_json_err(&j, err, TALLY_E_SCHEMA,
                              "%s tokens cannot be made of a field of type %s", text,
                              tally_field_type_name(f->type));
    }
    f->tokens = (enum tally_token_kind)kind;
    return 0;
}

static int
parse_names(struct tally_schema *s, struct tally_field *f, const struct tally_json *obj,
            struct tally_err *err)
{
    struct tally_json j;
    int found;

    if (name_member(obj, "name", tally_schema_name_ok, FIELD_NAME_RULE, f->name, err) !=
        0) {
        return -1;
    }
    for (const struct tally_field *other = s->fields; other < f; other++) {
        if (strcmp(other->name, f->name) == 0) {
            return tally_json_err(obj, err, TALLY_E_SCHEMA,
                                  "there are two fields called '%s'", f->name);
        }
    }
    memcpy(f->domain, f->name, sizeof f->domain);
    found = tally_json_find(obj, "domain", &j, err);
    if (found <= 0) {
        return found;
    }
    return name_member(obj, "domain", tally_schema_name_ok, FIELD_NAME_RULE, f->domain,
                       err);
}

static int
parse_field(struct tally_schema *s, struct tally_field *f, const struct tally_json *obj,
            struct tally_err *err)
{
    int64_t k;

    f->weight = 1;
    f->minimum = -TALLY_INTEGER_LIMIT;
    f->maximum = TALLY_INTEGER_LIMIT;
    if (tally_json_only(obj, FIELD_MEMBERS, err) != 0 ||
        parse_names(s, f, obj, err) != 0 || parse_type(f, obj, err) != 0 ||
        parse_kind(f, obj, err) != 0 || parse_range(f, obj, err) != 0 ||
        parse_distance(f, obj, err) != 0 || parse_values(f, obj, err) != 0 ||
        optional_real(obj, "weight", TALLY_WEIGHT_MIN, TALLY_WEIGHT_MAX, &f->weight,
                      err) != 0 ||
        needed_int(obj, "bits_per_token", 1, TALLY_K_MAX, &k, err) != 0) {
        return -1;
    }
    f->bits_per_token = (uint32_t)k;
    return 0;
}

static int
parse_fields(struct tally_schema *s, const struct tally_json *root, struct tally_err *err)
{
    struct tally_json list;
    struct tally_json item;
    size_t n;

    if (tally_json_need(root, "fields", &list, err) != 0 ||
        tally_json_length(&list, &n, err) != 0) {
        return -1;
    }
    if (n == 0 || n > TALLY_SCHEMA_FIELDS_MAX) {
        return tally_json_err(&list, err, TALLY_E_SCHEMA,
                              "%zu fields, a schema has 1 to %d", n,
                              TALLY_SCHEMA_FIELDS_MAX);
    }
    for (size_t i = 0; i < n; i++) {
        struct tally_field *f = &s->fields[i];

        /* Counted first: a field that fails half-way is freed with the rest. */
        s->nfields = i + 1;
        if (tally_json_at(&list, i, &item, err) != 0 ||
            parse_field(s, f, &item, err) != 0) {
            return -1;
        }
    }
    if (tally_schema_expected_fill(s) > TALLY_FILL_REFUSED) {
        tally_json_err(
            &list, err, TALLY_E_SCHEMA,
            "an ordinary record would set %.0f %% of the bits, so that all look "
            "alike",
            100 * tally_schema_expected_fill(s));
        return tally_err_hint(err, "lower bits_per_token or raise bits");
    }
    return tally_schema_parse_views(s, root, err);
}

static int
parse_version(const struct tally_json *root, struct tally_err *err)
{
    struct tally_json j;
    int64_t version;

    if (tally_json_need(root, "tallystick_schema", &j, err) != 0 ||
        tally_json_int(&j, 0, INT32_MAX, &version, err) != 0) {
        return -1;
    }
    if (version != TALLY_SCHEMA_VERSION) {
        tally_json_err(&j, err, TALLY_E_SCHEMA,
                       "schema version %d, but this program reads version %d",
                       (int)version, TALLY_SCHEMA_VERSION);
        return tally_err_hint(err,
                              "use the version of tallystick that the parties agreed on");
    }
    return 0;
}

static int
parse_root(struct tally_schema *s, const struct tally_json *root, struct tally_err *err)
{
    struct tally_json j;
    int64_t bits;
    int found;

    if (parse_version(root, err) != 0 ||
        tally_json_only(root, SCHEMA_MEMBERS, err) != 0 ||
        name_member(root, "name", label_ok, LABEL_RULE, s->name, err) != 0 ||
        needed_int(root, "bits", TALLY_BITS_MIN, TALLY_BITS_MAX, &bits, err) != 0) {
        return -1;
    }
    if ((bits & (bits - 1)) != 0) {
        return tally_json_err(root, err, TALLY_E_SCHEMA,
                              "bits must be a power of two from %d to %d, not %d",
                              TALLY_BITS_MIN, TALLY_BITS_MAX, (int)bits);
    }
    s->bits = (uint32_t)bits;
    s->fill = TALLY_FILL_DEFAULT;
    memcpy(s->profile, "custom", sizeof "custom");
    found = tally_json_find(root, "profile", &j, err);
    if (found < 0 || (found > 0 && name_member(root, "profile", label_ok, LABEL_RULE,
                                               s->profile, err) != 0)) {
        return -1;
    }
    if (optional_real(root, "fill", TALLY_FILL_MIN, TALLY_FILL_MAX, &s->fill, err) != 0 ||
        tally_schema_parse_rbf(s, root, err) != 0 ||
        tally_schema_parse_hardening(s, root, err) != 0 ||
        parse_fields(s, root, err) != 0 || tally_schema_check_rbf(s, root, err) != 0 ||
        tally_schema_parse_match_keys(s, root, err) != 0 ||
        tally_schema_parse_salt(s, root, err) != 0) {
        return -1;
    }
    return tally_schema_check_hardening(s, root, err);
}

/* The digest is taken of the canonical text, so that it does not depend on blanks, the
 * order of members, or defaults left out. */
static int
set_digest(struct tally_schema *s, struct tally_err *err)
{
    char *text = tally_schema_text(s, 0);

    if (text == NULL) {
        return tally_err_nomem(err);
    }
    tally_digest(text, strlen(text), s->digest);
    free(text);
    return 0;
}

int
tally_schema_from_json(struct tally_schema **out, const struct tally_json *root,
                       struct tally_err *err)
{
    struct tally_schema *s = calloc(1, sizeof *s);

    if (s == NULL) {
        return tally_err_nomem(err);
    }
    if (parse_root(s, root, err) != 0 || set_digest(s, err) != 0) {
        tally_schema_free(s);
        return -1;
    }
    *out = s;
    return 0;
}

int
tally_schema_parse(struct tally_schema **out, const char *name, const void *text,
                   size_t len, struct tally_err *err)
{
    struct tally_json_doc *doc = NULL;
    struct tally_json root;
    int rc;

    if (tally_json_parse(&doc, name, text, len, err) != 0) {
        return -1;
    }
    root = tally_json_root(doc);
    rc = tally_schema_from_json(out, &root, err);
    tally_json_doc_free(doc);
    return rc;
}

int
tally_schema_load(struct tally_schema **out, const char *path, struct tally_err *err)
{
    uint8_t *text;
    size_t len;
    int rc;

    if (tally_file_read(path, SCHEMA_BYTES_MAX, &text, &len, err) != 0) {
        return -1;
    }
    rc = tally_schema_parse(out, path, text, len, err);
    free(text);
    return rc;
}

void
tally_schema_free(struct tally_schema *s)
{
    if (s == NULL) {
        return;
    }
    for (size_t i = 0; i < s->nfields; i++) {
        for (size_t v = 0; v < s->fields[i].nvalues; v++) {
            free(s->fields[i].values[v]);
        }
        free(s->fields[i].values);
    }
    free(s);
}

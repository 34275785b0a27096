/*
 * Views: several encodings of one record, each over some of the fields. Reading them, and
 * the usual ones that a starter schema can have.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/schema.h"

#include "bloom/schema_private.h"

#include <stdlib.h>
#include <string.h>

#define VIEW_LIST_MAX 1024

static const char *const VIEW_MEMBERS[] = {"name", "required", "fields", NULL};
static const char *const VIEW_FIELD_MEMBERS[] = {"name", "weight", "bits_per_token",
                                                 NULL};

int
tally_schema_field_named(const struct tally_schema *s, const struct tally_json *item,
                         size_t *out, struct tally_err *err)
{
    const char *name;

    if (tally_json_str(item, TALLY_NAME_MAX, &name, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < s->nfields; i++) {
        if (strcmp(s->fields[i].name, name) == 0) {
            *out = i;
            return 0;
        }
    }
    return tally_json_err(item, err, TALLY_E_SCHEMA,
                          "the schema has no field called '%s'", name);
}

static int
parse_view_name(const struct tally_schema *s, struct tally_view *v,
                const struct tally_json *obj, struct tally_err *err)
{
    struct tally_json j;
    const char *name;

    if (tally_json_need(obj, "name", &j, err) != 0 ||
        tally_json_str(&j, TALLY_NAME_MAX, &name, err) != 0) {
        return -1;
    }
    if (!tally_view_name_valid(name)) {
        return tally_json_err(&j, err, TALLY_E_SCHEMA,
                              "the name of a view is 1 to %d lower-case letters, digits, "
                              "underscores or hyphens",
                              TALLY_NAME_MAX);
    }
    for (const struct tally_view *other = s->views; other < v; other++) {
        if (strcmp(other->name, name) == 0) {
            return tally_json_err(&j, err, TALLY_E_SCHEMA,
                                  "there are two views called '%s'", name);
        }
    }
    memcpy(v->name, name, strlen(name) + 1);
    return 0;
}

static int
parse_view_field(const struct tally_schema *s, struct tally_view *v,
                 const struct tally_json *obj, struct tally_err *err)
{
    struct tally_json j;
    int64_t k;
    size_t f;
    int found;

    if (tally_json_only(obj, VIEW_FIELD_MEMBERS, err) != 0 ||
        tally_json_need(obj, "name", &j, err) != 0 ||
        tally_schema_field_named(s, &j, &f, err) != 0) {
        return -1;
    }
    if (v->bits_per_token[f] != 0) {
        return tally_json_err(&j, err, TALLY_E_SCHEMA, "field '%s' stands there twice",
                              s->fields[f].name);
    }
    v->weight[f] = s->fields[f].weight;
    found = tally_json_find(obj, "weight", &j, err);
    if (found < 0 || (found > 0 && tally_json_real(&j, TALLY_WEIGHT_MIN, TALLY_WEIGHT_MAX,
                                                   &v->weight[f], err) != 0)) {
        return -1;
    }
    if (tally_json_need(obj, "bits_per_token", &j, err) != 0 ||
        tally_json_int(&j, 1, TALLY_K_MAX, &k, err) != 0) {
        return -1;
    }
    v->bits_per_token[f] = (uint32_t)k;
    return 0;
}

static int
parse_required(const struct tally_schema *s, struct tally_view *v,
               const struct tally_json *obj, struct tally_err *err)
{
    struct tally_json list;
    struct tally_json item;
    size_t n = 0;
    size_t f;
    int found = tally_json_find(obj, "required", &list, err);

    if (found <= 0) {
        return found;
    }
    if (tally_json_length(&list, &n, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < n; i++) {
        if (tally_json_at(&list, i, &item, err) != 0 ||
            tally_schema_field_named(s, &item, &f, err) != 0) {
            return -1;
        }
        if (v->bits_per_token[f] == 0) {
            return tally_json_err(&item, err, TALLY_E_SCHEMA,
                                  "the view requires a field that is not in it");
        }
        if ((v->required >> f & 1) != 0) {
            return tally_json_err(&item, err, TALLY_E_SCHEMA, "it stands there twice");
        }
        v->required |= UINT32_C(1) << f;
    }
    return 0;
}

static int
parse_view(const struct tally_schema *s, struct tally_view *v,
           const struct tally_json *obj, struct tally_err *err)
{
    struct tally_json list;
    struct tally_json item;
    size_t n;

    if (tally_json_only(obj, VIEW_MEMBERS, err) != 0 ||
        parse_view_name(s, v, obj, err) != 0 ||
        tally_json_need(obj, "fields", &list, err) != 0 ||
        tally_json_length(&list, &n, err) != 0) {
        return -1;
    }
    if (n == 0) {
        return tally_json_err(&list, err, TALLY_E_SCHEMA, "a view needs a field");
    }
    for (size_t i = 0; i < n; i++) {
        if (tally_json_at(&list, i, &item, err) != 0 ||
            parse_view_field(s, v, &item, err) != 0) {
            return -1;
        }
    }
    if (tally_schema_view_fill(s, (size_t)(v - s->views)) > TALLY_FILL_REFUSED) {
        tally_json_err(&list, err, TALLY_E_SCHEMA,
                       "an ordinary record would set nearly all bits, so that all look "
                       "alike");
        return tally_err_hint(err, "lower bits_per_token or raise bits");
    }
    return parse_required(s, v, obj, err);
}

static void
imply_view(struct tally_schema *s)
{
    struct tally_view *v = &s->views[0];

    memcpy(v->name, TALLY_VIEW_FULL, sizeof TALLY_VIEW_FULL);
    for (size_t i = 0; i < s->nfields; i++) {
        v->bits_per_token[i] = s->fields[i].bits_per_token;
        v->weight[i] = s->fields[i].weight;
    }
    s->nviews = 1;
    s->views_implied = true;
}

int
tally_schema_parse_views(struct tally_schema *s, const struct tally_json *root,
                         struct tally_err *err)
{
    struct tally_json list;
    struct tally_json item;
    size_t n;
    int found = tally_json_find(root, "views", &list, err);

    if (found <= 0) {
        imply_view(s);
        return found;
    }
    if (tally_json_length(&list, &n, err) != 0) {
        return -1;
    }
    if (n == 0 || n > TALLY_VIEWS_MAX) {
        return tally_json_err(&list, err, TALLY_E_SCHEMA,
                              "%zu views, a schema that lists them has 1 to %d", n,
                              TALLY_VIEWS_MAX);
    }
    for (size_t i = 0; i < n; i++) {
        if (tally_json_at(&list, i, &item, err) != 0 ||
            parse_view(s, &s->views[i], &item, err) != 0) {
            return -1;
        }
    }
    s->nviews = n;
    return 0;
}

void
tally_schema_of_view(const struct tally_schema *s, size_t v, struct tally_schema *out)
{
    *out = *s;
    for (size_t i = 0; i < s->nfields; i++) {
        out->fields[i].bits_per_token = s->views[v].bits_per_token[i];
        out->fields[i].weight = s->views[v].weight[i];
    }
}

/* The usual views. */

/* Names are compared as people write them: a hyphen for an underscore. */
static bool
same_name(const char *name, const char *wanted)
{
    for (; *name != '\0' && *wanted != '\0'; name++, wanted++) {
        if (*name != *wanted && !(*name == '_' && *wanted == '-')) {
            return false;
        }
    }
    return *name == *wanted;
}

/* Whether a view called no-${left_out} is without the field. */
static bool
is_left_out(const struct tally_field *f, const char *left_out)
{
    return same_name(f->name, left_out) ||
           same_name(tally_field_type_name(f->type), left_out) ||
           (strcmp(left_out, "address") == 0 && f->type == TALLY_FIELD_POSTCODE);
}

/* What makes a view worth having: without one of these, what is left says too little. */
static bool
is_needed(const struct tally_field *f)
{
    switch (f->type) {
    case TALLY_FIELD_FORENAME:
    case TALLY_FIELD_SURNAME:
    case TALLY_FIELD_FULL_NAME:
    case TALLY_FIELD_DATE:
    case TALLY_FIELD_POSTCODE:
        return f->weight >= 1;
    default:
        return false;
    }
}

static int
usual_view(struct tally_schema *s, const char *name, struct tally_err *err)
{
    struct tally_view *v = &s->views[s->nviews];
    bool full = strcmp(name, TALLY_VIEW_FULL) == 0;
    size_t kept = 0;

    if (!full && strncmp(name, "no-", 3) != 0) {
        tally_err_set(err, TALLY_E_USAGE, "no usual view is called '%.63s'", name);
        return tally_err_hint(err, "use full, no-address, no-surname, or no-FIELD for a "
                                   "field of the schema");
    }
    for (size_t i = 0; i < s->nfields; i++) {
        const struct tally_field *f = &s->fields[i];

        if (full || !is_left_out(f, name + 3)) {
            v->weight[i] = f->weight;
            v->required |= !full && is_needed(f) ? UINT32_C(1) << i : 0;
            kept++;
        }
    }
    if (kept == 0 || (!full && kept == s->nfields)) {
        return tally_err_set(err, TALLY_E_USAGE, "view '%.63s' would leave out %s", name,
                             kept == 0 ? "every field" : "no field of this schema");
    }
    if (!tally_view_name_valid(name)) {
        return tally_err_set(err, TALLY_E_USAGE, "'%.63s' cannot name a view", name);
    }
    memcpy(v->name, name, strlen(name) + 1);
    s->nviews++;
    return 0;
}

int
tally_schema_usual_views(struct tally_schema *s, const char *list, struct tally_err *err)
{
    char copy[VIEW_LIST_MAX + 1];
    char *at = copy;

    if (strlen(list) > VIEW_LIST_MAX) {
        return tally_err_set(err, TALLY_E_USAGE, "the list of views is over %d bytes",
                             VIEW_LIST_MAX);
    }
    memcpy(copy, list, strlen(list) + 1);
    while (at != NULL) {
        const char *name = strsep(&at, ",");

        name += strspn(name, " ");
        if (s->nviews == TALLY_VIEWS_MAX) {
            return tally_err_set(err, TALLY_E_USAGE, "a schema has at most %d views",
                                 TALLY_VIEWS_MAX);
        }
        for (size_t i = 0; i < s->nviews; i++) {
            if (strcmp(s->views[i].name, name) == 0) {
                return tally_err_set(err, TALLY_E_USAGE, "view '%.63s' is listed twice",
                                     name);
            }
        }
        if (usual_view(s, name, err) != 0) {
            return -1;
        }
    }
    return 0;
}

/* Views over parts of the record. */

/* Start the view called ${name}. */
static struct tally_view *
start_view(struct tally_schema *s, const char *name, struct tally_err *err)
{
    struct tally_view *v;

    if (s->nviews == TALLY_VIEWS_MAX) {
        tally_err_set(err, TALLY_E_USAGE,
                      "these fields need more than the %d views that a schema can have",
                      TALLY_VIEWS_MAX);
        (void)tally_err_hint(err, "leave out fields, or use the profile group");
        return NULL;
    }
    v = &s->views[s->nviews++];
    memcpy(v->name, name, strlen(name) + 1);
    return v;
}

static int
start_with_full(struct tally_schema *s, struct tally_err *err)
{
    struct tally_view *v = start_view(s, TALLY_VIEW_FULL, err);

    if (v == NULL) {
        return -1;
    }
    for (size_t i = 0; i < s->nfields; i++) {
        v->weight[i] = s->fields[i].weight;
    }
    return 0;
}

/* Fields that change together, or are wrong together, stand together. A marriage changes
 * the surname alone, and a typing error seldom both names. */
static const char *
group_of(enum tally_field_type type)
{
    switch (type) {
    case TALLY_FIELD_FORENAME:
        return "forename";
    case TALLY_FIELD_SURNAME:
        return "surname";
    case TALLY_FIELD_FULL_NAME:
        return "names";
    case TALLY_FIELD_DATE:
    case TALLY_FIELD_SEX:
        return "birth";
    case TALLY_FIELD_POSTCODE:
    case TALLY_FIELD_ADDRESS:
        return "address";
    case TALLY_FIELD_INTEGER:
    case TALLY_FIELD_ENUMERATION:
    case TALLY_FIELD_TEXT:
        return "other";
    default:
        return "numbers";
    }
}

int
tally_schema_group_views(struct tally_schema *s, struct tally_err *err)
{
    static const char *const groups[] = {"forename", "surname", "names", "birth",
                                         "address",  "numbers", "other"};

    if (start_with_full(s, err) != 0) {
        return -1;
    }
    for (size_t g = 0; g < sizeof groups / sizeof groups[0]; g++) {
        struct tally_view *v = NULL;

        for (size_t i = 0; i < s->nfields; i++) {
            if (strcmp(group_of(s->fields[i].type), groups[g]) != 0) {
                continue;
            }
            if (v == NULL && (v = start_view(s, groups[g], err)) == NULL) {
                return -1;
            }
            v->weight[i] = s->fields[i].weight;
        }
    }
    return 0;
}

int
tally_schema_attribute_views(struct tally_schema *s, struct tally_err *err)
{
    if (start_with_full(s, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < s->nfields; i++) {
        struct tally_view *v = start_view(s, s->fields[i].name, err);

        if (v == NULL) {
            return -1;
        }
        v->weight[i] = s->fields[i].weight;
        v->required = UINT32_C(1) << i;
    }
    return 0;
}

/*
 * Exact match keys in a schema: reading them, refusing those that would give people away,
 * and adding some to a schema.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/schema.h"

#include "bloom/schema_private.h"

#include <stdlib.h>
#include <string.h>

#define KEY_LIST_MAX 2048

static const char *const KEY_MEMBERS[] = {"name", "fields", NULL};

static int
parse_name(const struct tally_schema *s, struct tally_match_key *k,
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
                              "the name of a match key is 1 to %d lower-case letters, "
                              "digits, underscores or hyphens",
                              TALLY_NAME_MAX);
    }
    for (const struct tally_match_key *other = s->match_keys; other < k; other++) {
        if (strcmp(other->name, name) == 0) {
            return tally_json_err(&j, err, TALLY_E_SCHEMA,
                                  "there are two match keys called '%s'", name);
        }
    }
    memcpy(k->name, name, strlen(name) + 1);
    return 0;
}

static int
parse_fields(const struct tally_schema *s, struct tally_match_key *k,
             const struct tally_json *obj, struct tally_err *err)
{
    struct tally_json list, item;
    size_t n = 0;

    if (tally_json_need(obj, "fields", &list, err) != 0 ||
        tally_json_length(&list, &n, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < n; i++) {
        size_t f;

        if (tally_json_at(&list, i, &item, err) != 0 ||
            tally_schema_field_named(s, &item, &f, err) != 0) {
            return -1;
        }
        if ((k->fields >> f & 1) != 0) {
            return tally_json_err(&item, err, TALLY_E_SCHEMA, "it stands there twice");
        }
        k->fields |= UINT32_C(1) << f;
    }
    return 0;
}

/* What a field says of a person: equal values of one group are common among strangers,
 * of two groups hardly. A number of a person does not need another. */
enum group { NUMBER, NAME, BIRTH, PLACE, LITTLE };

static enum group
group_of(enum tally_field_type type)
{
    switch (type) {
    case TALLY_FIELD_NHS_NUMBER:
    case TALLY_FIELD_CHI_NUMBER:
    case TALLY_FIELD_UPN:
    case TALLY_FIELD_ULN:
    case TALLY_FIELD_PNC_ID:
    case TALLY_FIELD_NATIONAL_INSURANCE:
        return NUMBER;
    case TALLY_FIELD_FORENAME:
    case TALLY_FIELD_SURNAME:
    case TALLY_FIELD_FULL_NAME:
        return NAME;
    case TALLY_FIELD_DATE:
        return BIRTH;
    case TALLY_FIELD_POSTCODE:
    case TALLY_FIELD_ADDRESS:
    case TALLY_FIELD_TELEPHONE:
    case TALLY_FIELD_EMAIL:
        return PLACE;
    default:
        return LITTLE;
    }
}

/* Whether strangers seldom share all fields of ${k}. */
static bool
tells_apart(const struct tally_schema *s, const struct tally_match_key *k)
{
    bool has[LITTLE + 1] = {false};

    for (size_t f = 0; f < s->nfields; f++) {
        if ((k->fields >> f & 1) != 0) {
            has[group_of(s->fields[f].type)] = true;
        }
    }
    return has[NUMBER] || has[NAME] + has[BIRTH] + has[PLACE] >= 2;
}

static int
parse_key(const struct tally_schema *s, struct tally_match_key *k,
          const struct tally_json *obj, struct tally_err *err)
{
    if (tally_json_only(obj, KEY_MEMBERS, err) != 0 || parse_name(s, k, obj, err) != 0 ||
        parse_fields(s, k, obj, err) != 0) {
        return -1;
    }
    if (!tells_apart(s, k)) {
        tally_json_err(obj, err, TALLY_E_SCHEMA,
                       "match key '%s' is the same for many people: it would link "
                       "strangers, and its values can be read from how often they occur",
                       k->name);
        return tally_err_hint(err, "take a number of a person, or at least two of: a "
                                   "name; a date; a postcode, address, telephone or "
                                   "e-mail");
    }
    return 0;
}

int
tally_schema_parse_match_keys(struct tally_schema *s, const struct tally_json *root,
                              struct tally_err *err)
{
    struct tally_json list, item;
    size_t n;
    int found = tally_json_find(root, "match_keys", &list, err);

    if (found <= 0) {
        return found;
    }
    if (tally_json_length(&list, &n, err) != 0) {
        return -1;
    }
    if (n == 0 || n > TALLY_MATCH_KEYS_MAX) {
        return tally_json_err(&list, err, TALLY_E_SCHEMA,
                              "%zu match keys, a schema that lists them has 1 to %d", n,
                              TALLY_MATCH_KEYS_MAX);
    }
    for (size_t i = 0; i < n; i++) {
        if (tally_json_at(&list, i, &item, err) != 0 ||
            parse_key(s, &s->match_keys[i], &item, err) != 0) {
            return -1;
        }
    }
    s->nmatch_keys = n;
    return 0;
}

void
tally_schema_warn_match_keys(const struct tally_schema *s, struct tally_warnings *w)
{
    if (s->nmatch_keys == 0) {
        return;
    }
    tally_schema_warn(w, "match keys are equal wherever values are, and no hardening "
                         "changes that: how often each occurs shows, and whoever has the "
                         "linkage key can look people up in them");
    for (size_t k = 0; k < s->nmatch_keys; k++) {
        for (size_t o = 0; o < k; o++) {
            if ((s->match_keys[k].fields & s->match_keys[o].fields) ==
                s->match_keys[o].fields) {
                tally_schema_warn(w,
                                  "match key '%s' adds nothing: whoever agrees on it "
                                  "agrees on '%s' too, which stands before it",
                                  s->match_keys[k].name, s->match_keys[o].name);
            }
        }
    }
}

/* Adding. */

static int
add_field(const struct tally_schema *s, struct tally_match_key *k, const char *name,
          struct tally_err *err)
{
    for (size_t f = 0; f < s->nfields; f++) {
        if (strcmp(s->fields[f].name, name) == 0) {
            k->fields |= UINT32_C(1) << f;
            return 0;
        }
    }
    tally_err_set(err, TALLY_E_USAGE, "the schema has no field '%.63s' for a match key",
                  name);
    return tally_err_hint(err, "write the names of fields with + between them, and keys "
                               "with commas: surname+date_of_birth,nhs_number");
}

/* The key over the fields that ${spec} names; + becomes - there. */
static int
add_key(struct tally_schema *s, char *spec, struct tally_err *err)
{
    struct tally_match_key *k = &s->match_keys[s->nmatch_keys];
    char copy[KEY_LIST_MAX + 1];
    char *at = copy;

    if (s->nmatch_keys == TALLY_MATCH_KEYS_MAX) {
        return tally_err_set(err, TALLY_E_USAGE, "a schema has at most %d match keys",
                             TALLY_MATCH_KEYS_MAX);
    }
    memcpy(copy, spec, strlen(spec) + 1);
    while (at != NULL) {
        if (add_field(s, k, strsep(&at, "+"), err) != 0) {
            return -1;
        }
    }
    for (char *plus = spec; (plus = strchr(plus, '+')) != NULL;) {
        *plus = '-';
    }
    if (!tally_view_name_valid(spec)) {
        return tally_err_set(err, TALLY_E_USAGE,
                             "the names of the fields make over %d characters: write "
                             "this match key into the schema by hand, with a short name",
                             TALLY_NAME_MAX);
    }
    memcpy(k->name, spec, strlen(spec) + 1);
    s->nmatch_keys++;
    return 0;
}

int
tally_schema_add_match_keys(struct tally_schema **out, const struct tally_schema *s,
                            const char *list, struct tally_err *err)
{
    struct tally_schema *draft;
    char copy[KEY_LIST_MAX + 1];
    char *at = copy;
    char *text = NULL;
    int rc = 0;

    if (strlen(list) > KEY_LIST_MAX) {
        return tally_err_set(err, TALLY_E_USAGE,
                             "the list of match keys is over %d bytes", KEY_LIST_MAX);
    }
    draft = malloc(sizeof *draft);
    if (draft == NULL) {
        return tally_err_nomem(err);
    }
    *draft = *s;
    memcpy(copy, list, strlen(list) + 1);
    while (at != NULL && rc == 0) {
        rc = add_key(draft, strsep(&at, ","), err);
    }
    if (rc == 0) {
        text = tally_schema_text(draft, 2);
        rc = text == NULL
                 ? tally_err_nomem(err)
                 : tally_schema_parse(out, "starter schema", text, strlen(text), err);
    }
    free(text);
    free(draft); /* what it points to is that of ${s} */
    return rc;
}

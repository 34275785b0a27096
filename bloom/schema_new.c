/*
 * Starter schemas: from a list of fields and a profile to a complete schema. The only
 * arithmetic is how many bits a token sets, and it uses nothing that could differ from
 * party to party.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/schema.h"

#include "bloom/schema_private.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SPEC_BYTES_MAX 8192
#define SPEC_PARTS     4 /* NAME:TYPE:WEIGHT:TOKENS */
#define FEW_FIELDS     4
#define FEW_FIELDS_T   2 /* more bits that diffusion combines into one */

static const struct profile {
    const char *name;
    uint32_t bits;
    double fill;
    uint32_t diffusion_t; /* of more than FEW_FIELDS fields */
    uint32_t diffusion_bits;
    uint32_t rbf_bits;
    int (*add_views)(struct tally_schema *s, struct tally_err *err); /* or NULL */
} PROFILES[] = {
    {"standard", 2048, 0.20, 6, 2048, 0, NULL},
    {"strict", 4096, 0.20, 8, 4096, 0, NULL},
    {"plain", 2048, 0.20, 0, 0, 0, NULL},
    {"group", 1024, 0.20, 0, 0, 0, tally_schema_group_views},
    {"attribute", 1024, 0.20, 0, 0, 0, tally_schema_attribute_views},
    {"rbf", 2048, 0.20, 0, 0, 512, NULL},
};

/* Fields that need no more than their name. Weights: a date of birth tells people apart
 * best and is typed most reliably, an address worst, sex hardly at all. */
static const struct known {
    const char *name;
    enum tally_field_type type;
    double weight;
} KNOWN[] = {
    {"forename", TALLY_FIELD_FORENAME, 1},
    {"forenames", TALLY_FIELD_FORENAME, 1},
    {"first_name", TALLY_FIELD_FORENAME, 1},
    {"given_name", TALLY_FIELD_FORENAME, 1},
    {"middle_name", TALLY_FIELD_FORENAME, 0.5},
    {"middle_names", TALLY_FIELD_FORENAME, 0.5},
    {"surname", TALLY_FIELD_SURNAME, 1},
    {"last_name", TALLY_FIELD_SURNAME, 1},
    {"family_name", TALLY_FIELD_SURNAME, 1},
    {"full_name", TALLY_FIELD_FULL_NAME, 2},
    {"date_of_birth", TALLY_FIELD_DATE, 2},
    {"dob", TALLY_FIELD_DATE, 2},
    {"birth_date", TALLY_FIELD_DATE, 2},
    {"sex", TALLY_FIELD_SEX, 0.3},
    {"gender", TALLY_FIELD_SEX, 0.3},
    {"postcode", TALLY_FIELD_POSTCODE, 1},
    {"address", TALLY_FIELD_ADDRESS, 0.6},
    {"nhs_number", TALLY_FIELD_NHS_NUMBER, 2},
    {"chi_number", TALLY_FIELD_CHI_NUMBER, 2},
    {"upn", TALLY_FIELD_UPN, 2},
    {"uln", TALLY_FIELD_ULN, 2},
    {"pnc_id", TALLY_FIELD_PNC_ID, 2},
    {"national_insurance", TALLY_FIELD_NATIONAL_INSURANCE, 2},
    {"ni_number", TALLY_FIELD_NATIONAL_INSURANCE, 2},
    {"nino", TALLY_FIELD_NATIONAL_INSURANCE, 2},
    {"telephone", TALLY_FIELD_TELEPHONE, 1},
    {"mobile", TALLY_FIELD_TELEPHONE, 1},
    {"email", TALLY_FIELD_EMAIL, 1},
};

static const char SPEC_HINT[] = "write NAME for a usual field such as forename, surname, "
                                "date_of_birth, sex, postcode, "
                                "address or nhs_number, and NAME:TYPE, NAME:TYPE:WEIGHT "
                                "or NAME:TYPE:WEIGHT:TOKENS for "
                                "any other";

static const struct known *
find_known(const char *name)
{
    for (size_t i = 0; i < sizeof KNOWN / sizeof KNOWN[0]; i++) {
        if (strcmp(KNOWN[i].name, name) == 0) {
            return &KNOWN[i];
        }
    }
    return NULL;
}

/* What a field weighs by its type when its name is not a usual one. A date may be any
 * date, so only dates of birth, known by name, weigh 2. */
static double
type_weight(enum tally_field_type type)
{
    switch (type) {
    case TALLY_FIELD_FULL_NAME:
    case TALLY_FIELD_NHS_NUMBER:
    case TALLY_FIELD_CHI_NUMBER:
    case TALLY_FIELD_UPN:
    case TALLY_FIELD_ULN:
    case TALLY_FIELD_PNC_ID:
    case TALLY_FIELD_NATIONAL_INSURANCE:
        return 2;
    case TALLY_FIELD_ADDRESS:
        return 0.6;
    case TALLY_FIELD_SEX:
        return 0.3;
    default:
        return 1;
    }
}

/* Cut blanks off both ends of ${text}, in place. */
static char *
trimmed(char *text)
{
    size_t len;

    text += strspn(text, " \t");
    len = strlen(text);
    while (len > 0 && strchr(" \t", text[len - 1]) != NULL) {
        text[--len] = '\0';
    }
    return text;
}

static int
set_type(struct tally_field *f, const char *text, struct tally_err *err)
{
    const struct known *known = find_known(f->name);
    int type;

    if (text[0] == '\0') {
        if (known == NULL) {
            tally_err_set(err, TALLY_E_USAGE, "field '%s' needs a type", f->name);
            return tally_err_hint(err, "%s", SPEC_HINT);
        }
        f->type = known->type;
    } else {
        type = tally_schema_find_type(text);
        if (type < 0) {
            tally_err_set(err, TALLY_E_USAGE, "field '%s' has the unknown type '%s'",
                          f->name, text);
            return tally_err_hint(err, "use " TALLY_SCHEMA_TYPES);
        }
        f->type = (enum tally_field_type)type;
    }
    f->weight =
        known != NULL && known->type == f->type ? known->weight : type_weight(f->type);
    return 0;
}

static int
set_weight(struct tally_field *f, const char *text, struct tally_err *err)
{
    char *end;
    double weight;

    if (text[0] == '\0') {
        return 0;
    }
    weight = strtod(text, &end);
    if (text[strspn(text, "0123456789.")] != '\0' || *end != '\0' ||
        !(weight >= TALLY_WEIGHT_MIN && weight <= TALLY_WEIGHT_MAX)) {
        return tally_err_set(
            err, TALLY_E_USAGE,
            "field '%s' has the weight '%s', which is not a number from %g to "
            "%g",
            f->name, text, TALLY_WEIGHT_MIN, TALLY_WEIGHT_MAX);
    }
    f->weight = weight;
    return 0;
}

/* The distance stands behind the kind, as in neighbourhood=10: it has no sensible
 * default. */
static int
set_distance(struct tally_field *f, const char *text, struct tally_err *err)
{
    char *end;
    long long distance;

    errno = 0;
    distance = text != NULL ? strtoll(text, &end, 10) : 0;
    if (text == NULL || *end != '\0' || errno != 0 || distance < 1 ||
        distance > TALLY_INTEGER_LIMIT) {
        tally_err_set(err, TALLY_E_USAGE, "field '%s' needs a distance of 1 or more",
                      f->name);
        return tally_err_hint(
            err, "write neighbourhood=10 for values that have nothing in common "
                 "when 10 apart");
    }
    f->distance = distance;
    return 0;
}

static int
set_tokens(struct tally_field *f, char *text, struct tally_err *err)
{
    char *distance = strchr(text, '=');
    int kind;

    if (distance != NULL) {
        *distance++ = '\0';
    }
    kind = text[0] == '\0' ? (int)tally_schema_default_kind(f->type)
                           : tally_schema_find_kind(text);
    if (kind < 0 || !tally_schema_kind_fits(f->type, (enum tally_token_kind)kind)) {
        tally_err_set(err, TALLY_E_USAGE,
                      "field '%s': tokens '%s' cannot be made of type %s", f->name, text,
                      tally_field_type_name(f->type));
        return tally_err_hint(err, "use bigrams, positional, date, postcode, whole or "
                                   "neighbourhood=DISTANCE");
    }
    f->tokens = (enum tally_token_kind)kind;
    if (f->tokens == TALLY_TOKENS_NEIGHBOURHOOD) {
        return set_distance(f, distance, err);
    }
    if (distance != NULL) {
        return tally_err_set(err, TALLY_E_USAGE,
                             "field '%s': only neighbourhood tokens have a distance",
                             f->name);
    }
    return 0;
}

static int
set_name(struct tally_schema *s, struct tally_field *f, const char *name,
         struct tally_err *err)
{
    if (!tally_schema_name_ok(name)) {
        tally_err_set(err, TALLY_E_USAGE, "'%.80s' cannot be the name of a field", name);
        return tally_err_hint(
            err, "use 1 to %d lower-case letters, digits or underscores", TALLY_NAME_MAX);
    }
    for (size_t i = 0; i < s->nfields; i++) {
        if (strcmp(s->fields[i].name, name) == 0) {
            return tally_err_set(err, TALLY_E_USAGE, "field '%s' is named twice", name);
        }
    }
    memcpy(f->name, name, strlen(name) + 1);
    memcpy(f->domain, f->name, sizeof f->domain);
    return 0;
}

static int
add_field(struct tally_schema *s, char *spec, struct tally_err *err)
{
    char empty[] = "";
    char *parts[SPEC_PARTS] = {empty, empty, empty, empty};
    struct tally_field *f = &s->fields[s->nfields];
    size_t n = 0;

    if (s->nfields == TALLY_SCHEMA_FIELDS_MAX) {
        return tally_err_set(err, TALLY_E_USAGE, "a schema has at most %d fields",
                             TALLY_SCHEMA_FIELDS_MAX);
    }
    for (char *at = spec; at != NULL; n++) {
        char *part = strsep(&at, ":");

        if (n == SPEC_PARTS) {
            tally_err_set(err, TALLY_E_USAGE, "field '%.63s' has more than %d parts",
                          spec, SPEC_PARTS);
            return tally_err_hint(err, "%s", SPEC_HINT);
        }
        parts[n] = trimmed(part);
    }
    f->minimum = -TALLY_INTEGER_LIMIT;
    f->maximum = TALLY_INTEGER_LIMIT;
    if (set_name(s, f, parts[0], err) != 0 || set_type(f, parts[1], err) != 0 ||
        set_weight(f, parts[2], err) != 0 || set_tokens(f, parts[3], err) != 0) {
        return -1;
    }
    s->nfields++;
    return 0;
}

static int
add_fields(struct tally_schema *s, const char *fields, struct tally_err *err)
{
    char *copy;
    int rc = 0;

    if (strlen(fields) > SPEC_BYTES_MAX) {
        return tally_err_set(err, TALLY_E_USAGE, "the list of fields is over %d bytes",
                             SPEC_BYTES_MAX);
    }
    copy = strdup(fields);
    if (copy == NULL) {
        return tally_err_nomem(err);
    }
    for (char *at = copy; at != NULL && rc == 0;) {
        rc = add_field(s, strsep(&at, ","), err);
    }
    free(copy);
    return rc;
}

/* Of few fields, strangers share so many that more diffusion has to hide it
 * (docs/privacy.md). */
static void
set_diffusion(struct tally_schema *s, const struct profile *p)
{
    uint32_t more = s->nfields <= FEW_FIELDS ? FEW_FIELDS_T : 0;

    if (p->diffusion_t > 0) {
        s->hardening.n = 1;
        s->hardening.steps[0] = (struct tally_harden_step){.kind = TALLY_HARDEN_DIFFUSION,
                                                           .t = p->diffusion_t + more,
                                                           .bits = p->diffusion_bits};
    }
}

static int
set_profile(struct tally_schema *s, const char *name, const struct profile **out,
            struct tally_err *err)
{
    for (size_t i = 0; i < sizeof PROFILES / sizeof PROFILES[0]; i++) {
        const struct profile *p = &PROFILES[i];

        if (strcmp(p->name, name) == 0) {
            memcpy(s->name, "starter", sizeof "starter");
            memcpy(s->profile, name, strlen(name) + 1);
            s->bits = p->bits;
            s->fill = p->fill;
            s->rbf_bits = p->rbf_bits;
            *out = p;
            return 0;
        }
    }
    tally_err_set(err, TALLY_E_USAGE, "unknown profile '%.80s'", name);
    return tally_err_hint(err, "use standard, strict, plain, group, attribute or rbf");
}

/* Share out the insertions that fill the filter to its target: each field gets its
 * weight's part, and each of its tokens the part of that. A filter of its own a field
 * fills by itself. */
static void
share_bits(const struct tally_schema *s, const double *weight, uint32_t *bits_per_token)
{
    bool own = s->rbf_bits > 0;
    double insertions = -(double)(own ? s->rbf_bits : s->bits) * log(1 - s->fill);
    double weights = 0;

    for (size_t i = 0; i < s->nfields; i++) {
        weights += weight[i];
    }
    for (size_t i = 0; i < s->nfields; i++) {
        double k = round(insertions * (own ? 1 : weight[i] / weights) /
                         tally_schema_field_tokens(&s->fields[i]));

        if (weight[i] > 0) {
            bits_per_token[i] = k < 2 ? 2 : k > TALLY_K_MAX ? TALLY_K_MAX : (uint32_t)k;
        }
    }
}

/* Fields and views share the filter by the same rule. A field that a view leaves out
 * weighs nothing there. */
static void
share_all_bits(struct tally_schema *s)
{
    double weight[TALLY_SCHEMA_FIELDS_MAX];
    uint32_t bits_per_token[TALLY_SCHEMA_FIELDS_MAX];

    for (size_t i = 0; i < s->nfields; i++) {
        weight[i] = s->fields[i].weight;
    }
    share_bits(s, weight, bits_per_token);
    for (size_t i = 0; i < s->nfields; i++) {
        s->fields[i].bits_per_token = bits_per_token[i];
    }
    for (size_t v = 0; v < s->nviews; v++) {
        share_bits(s, s->views[v].weight, s->views[v].bits_per_token);
    }
}

/* A complete draft as a schema: through the reader, so that it breaks no rule that a
 * loaded schema must keep. */
static int
finish(struct tally_schema **out, struct tally_schema *draft, struct tally_err *err)
{
    char *text;
    int rc;

    share_all_bits(draft);
    text = tally_schema_text(draft, 2);
    if (text == NULL) {
        return tally_err_nomem(err);
    }
    rc = tally_schema_parse(out, "starter schema", text, strlen(text), err);
    free(text);
    return rc;
}

int
tally_schema_new(struct tally_schema **out, const char *fields, const char *profile,
                 const char *views, struct tally_err *err)
{
    struct tally_schema *draft = calloc(1, sizeof *draft);
    const struct profile *p = NULL;
    int rc = -1;

    if (draft == NULL) {
        return tally_err_nomem(err);
    }
    if (set_profile(draft, profile, &p, err) != 0 ||
        add_fields(draft, fields, err) != 0) {
        goto done;
    }
    set_diffusion(draft, p);
    if (p->add_views != NULL && views != NULL) {
        tally_err_set(err, TALLY_E_USAGE, "profile '%s' has views of its own", p->name);
        goto done;
    }
    if ((p->add_views != NULL && p->add_views(draft, err) != 0) ||
        (views != NULL && tally_schema_usual_views(draft, views, err) != 0)) {
        goto done;
    }
    rc = finish(out, draft, err);

done:
    tally_schema_free(draft);
    return rc;
}

/* Other diffusion, or none, where there is diffusion. */
static int
set_t(struct tally_schema *s, uint32_t t, struct tally_err *err)
{
    struct tally_hardening *h = &s->hardening;
    size_t i = 0;

    while (i < h->n && h->steps[i].kind != TALLY_HARDEN_DIFFUSION) {
        i++;
    }
    if (i == h->n) {
        return t == 0 ? 0
                      : tally_err_set(err, TALLY_E_SCHEMA,
                                      "the schema has no diffusion to change");
    }
    h->steps[i].t = t;
    if (t == 0) {
        h->n--;
        memmove(&h->steps[i], &h->steps[i + 1], (h->n - i) * sizeof h->steps[0]);
        memset(&h->steps[h->n], 0, sizeof h->steps[0]);
    }
    return 0;
}

int
tally_schema_reweigh(struct tally_schema **out, const struct tally_schema *s,
                     const double *weight, double fill, uint32_t t, struct tally_err *err)
{
    struct tally_schema *draft;
    int rc;

    if (!s->views_implied || s->salted || s->nmatch_keys > 0) {
        return tally_err_set(
            err, TALLY_E_SCHEMA,
            "a schema with views, salt or match keys cannot be given other weights");
    }
    draft = calloc(1, sizeof *draft);
    if (draft == NULL) {
        return tally_err_nomem(err);
    }
    *draft = *s;
    draft->nfields = 0;
    for (size_t i = 0; i < s->nfields; i++) {
        if (weight[i] > 0) {
            draft->fields[draft->nfields] = s->fields[i];
            draft->fields[draft->nfields++].weight = weight[i];
        }
    }
    memcpy(draft->name, "tuned", sizeof "tuned");
    draft->fill = fill;
    draft->nviews = 0;
    rc = set_t(draft, t, err);
    if (rc == 0) {
        rc = finish(out, draft, err);
    }
    free(draft); /* what it points to is that of ${s} */
    return rc;
}

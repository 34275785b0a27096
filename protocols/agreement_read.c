/*
 * Reading an agreement: the shape of the file. What may stand in it is another file's.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "protocols/agreement.h"

#include "bloom/base/file.h"
#include "bloom/base/json.h"
#include "bloom/base/size.h"
#include "bloom/base/text.h"
#include "protocols/calendar.h"

#include <stdlib.h>
#include <string.h>

#define AGREEMENT_VERSION 1

static const struct {
    const char *name;
    unsigned role;
} roles[] = {
    {"convenor", TALLY_AS_CONVENOR},      {"data-owner", TALLY_AS_OWNER},
    {"linker", TALLY_AS_LINKER},          {"analyst", TALLY_AS_ANALYST},
    {"output-checker", TALLY_AS_CHECKER}, {"auditor", TALLY_AS_AUDITOR},
};
#define NROLES (sizeof roles / sizeof *roles)

static const char *const purposes[TALLY_PURPOSES] = {
    [TALLY_PURPOSE_ASSESSMENT] = "strategic-needs-assessment",
    [TALLY_PURPOSE_INTERVENTION] = "early-intervention-cohort",
};

const char *
tally_role_name(unsigned role)
{
    for (size_t i = 0; i < NROLES; i++) {
        if (roles[i].role == role) {
            return roles[i].name;
        }
    }
    return "";
}

unsigned
tally_role_find(const char *name)
{
    for (size_t i = 0; i < NROLES; i++) {
        if (strcmp(name, roles[i].name) == 0) {
            return roles[i].role;
        }
    }
    return 0;
}

const char *
tally_purpose_code(enum tally_purpose p)
{
    return purposes[p];
}

bool
tally_purpose_find(const char *code, enum tally_purpose *out)
{
    for (unsigned p = 0; p < TALLY_PURPOSES; p++) {
        if (strcmp(code, purposes[p]) == 0) {
            *out = (enum tally_purpose)p;
            return true;
        }
    }
    return false;
}

/* Member ${key} of ${obj}: printable text of 1 to ${max} bytes into ${out}. */
static int
text(const struct tally_json *obj, const char *key, size_t max, char *out,
     struct tally_err *err)
{
    char shown[TALLY_AGREEMENT_TEXT_MAX + 1];
    struct tally_json j;
    const char *s;

    if (tally_json_need(obj, key, &j, err) != 0 ||
        tally_json_str(&j, max, &s, err) != 0) {
        return -1;
    }
    tally_text_printable(s, shown, sizeof shown);
    if (*s == '\0' || strcmp(s, shown) != 0) {
        return tally_json_err(&j, err, TALLY_E_DATA, "must be printable text");
    }
    memcpy(out, s, strlen(s) + 1);
    return 0;
}

/* A day. */
static int
day(const struct tally_json *obj, const char *key, char out[TALLY_DAY],
    struct tally_err *err)
{
    char said[TALLY_AGREEMENT_TEXT_MAX + 1];
    struct tally_json j;

    if (tally_json_need(obj, key, &j, err) != 0 ||
        text(obj, key, TALLY_AGREEMENT_TEXT_MAX, said, err) != 0) {
        return -1;
    }
    if (!tally_day_valid(said)) {
        return tally_json_err(&j, err, TALLY_E_DATA, "must be a day such as 2027-03-31");
    }
    memcpy(out, said, TALLY_DAY);
    return 0;
}

/* ${len} bytes in lower-case hexadecimal digits. */
static int
hex(const struct tally_json *obj, const char *key, uint8_t *out, size_t len,
    struct tally_err *err)
{
    char digits[2 * TALLY_DIGEST_BYTES + 1];
    struct tally_json j;

    if (text(obj, key, 2 * len, digits, err) != 0 ||
        tally_json_need(obj, key, &j, err) != 0) {
        return -1;
    }
    if (!tally_hex_decode(digits, strlen(digits), out, len)) {
        return tally_json_err(&j, err, TALLY_E_DATA, "must be %zu hexadecimal digits",
                              2 * len);
    }
    return 0;
}

static int
flag(const struct tally_json *obj, const char *key, bool *out, struct tally_err *err)
{
    struct tally_json j;

    return tally_json_need(obj, key, &j, err) == 0 ? tally_json_bool(&j, out, err) : -1;
}

static int
number(const struct tally_json *obj, const char *key, int64_t min, int64_t max,
       int64_t *out, struct tally_err *err)
{
    struct tally_json j;

    return tally_json_need(obj, key, &j, err) == 0
               ? tally_json_int(&j, min, max, out, err)
               : -1;
}

/* The array ${key} with its length, at most ${max}. */
static int
array(const struct tally_json *obj, const char *key, size_t max, struct tally_json *out,
      size_t *n, struct tally_err *err)
{
    if (tally_json_need(obj, key, out, err) != 0 || tally_json_length(out, n, err) != 0) {
        return -1;
    }
    return *n <= max
               ? 0
               : tally_json_err(out, err, TALLY_E_DATA, "has more than %zu items", max);
}

static int
read_gateway(const struct tally_json *sends, const char *key,
             struct tally_agreed_gateway *g, struct tally_err *err)
{
    static const char *const known[] = {"basis", "reference", NULL};
    char code[TALLY_AGREEMENT_TEXT_MAX + 1];
    struct tally_json j, basis;

    if (tally_json_need(sends, key, &j, err) != 0 ||
        tally_json_only(&j, known, err) != 0 ||
        tally_json_need(&j, "basis", &basis, err) != 0 ||
        text(&j, "basis", TALLY_AGREEMENT_TEXT_MAX, code, err) != 0 ||
        text(&j, "reference", TALLY_AGREEMENT_TEXT_MAX, g->reference, err) != 0) {
        return -1;
    }
    if (!tally_gateway_find(code, &g->basis)) {
        tally_json_err(&basis, err, TALLY_E_DATA, "is not a known legal gateway");
        return tally_err_hint(err, "docs/protocols/agreement.md lists them; with "
                                   "\"other-enactment\" the reference names the power");
    }
    return 0;
}

static int
read_column(const struct tally_json *list, size_t i, struct tally_agreed_column *c,
            struct tally_err *err)
{
    static const char *const known[] = {"column", "type", "why", NULL};
    static const char *const types[] = {"text", "integer", "date", "category"};
    struct tally_json j;

    if (tally_json_at(list, i, &j, err) != 0 || tally_json_only(&j, known, err) != 0 ||
        text(&j, "column", TALLY_NAME_MAX, c->name, err) != 0 ||
        text(&j, "type", sizeof c->type - 1, c->type, err) != 0 ||
        text(&j, "why", TALLY_AGREEMENT_TEXT_MAX, c->why, err) != 0) {
        return -1;
    }
    for (size_t t = 0; t < sizeof types / sizeof *types; t++) {
        if (strcmp(c->type, types[t]) == 0) {
            return 0;
        }
    }
    return tally_json_err(&j, err, TALLY_E_DATA,
                          "type must be text, integer, date or category");
}

static int
read_columns(const struct tally_json *sends, struct tally_agreed_sending *s,
             struct tally_err *err)
{
    struct tally_json list;
    size_t n;

    if (array(sends, "payload", TALLY_AGREEMENT_COLUMNS_MAX, &list, &n, err) != 0) {
        return -1;
    }
    s->columns = calloc(n + 1, sizeof *s->columns);
    if (s->columns == NULL) {
        return tally_err_nomem(err);
    }
    for (s->ncolumns = 0; s->ncolumns < n; s->ncolumns++) {
        if (read_column(&list, s->ncolumns, &s->columns[s->ncolumns], err) != 0) {
            return -1;
        }
    }
    return 0;
}

static int
read_sending(const struct tally_json *j, struct tally_agreed_sending *s,
             struct tally_err *err)
{
    static const char *const known[] = {
        "source",     "people",   "patient_information", "social_care",    "to_linker",
        "to_analyst", "opt_outs", "records_max",         "deliveries_max", "payload",
        NULL};
    int64_t records, deliveries;

    if (tally_json_only(j, known, err) != 0 ||
        text(j, "source", TALLY_NAME_MAX, s->source, err) != 0 ||
        text(j, "people", TALLY_AGREEMENT_TEXT_MAX, s->people, err) != 0 ||
        flag(j, "patient_information", &s->patient_information, err) != 0 ||
        flag(j, "social_care", &s->social_care, err) != 0 ||
        read_gateway(j, "to_linker", &s->to_linker, err) != 0 ||
        read_gateway(j, "to_analyst", &s->to_analyst, err) != 0 ||
        text(j, "opt_outs", TALLY_AGREEMENT_TEXT_MAX, s->opt_outs, err) != 0 ||
        number(j, "records_max", 1, UINT32_MAX, &records, err) != 0 ||
        number(j, "deliveries_max", 1, 100000, &deliveries, err) != 0) {
        return -1;
    }
    s->records_max = (uint64_t)records;
    s->deliveries_max = (uint32_t)deliveries;
    if (!tally_source_valid(s->source)) {
        return tally_json_err(j, err, TALLY_E_DATA,
                              "source must be letters, digits, '_', '-' and '.' only");
    }
    return read_columns(j, s, err);
}

static int
read_roles(const struct tally_json *j, unsigned *out, struct tally_err *err)
{
    char name[TALLY_AGREEMENT_TEXT_MAX + 1];
    struct tally_json list, one;
    const char *s;
    size_t n;

    if (array(j, "roles", NROLES, &list, &n, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < n; i++) {
        unsigned role;

        if (tally_json_at(&list, i, &one, err) != 0 ||
            tally_json_str(&one, sizeof name - 1, &s, err) != 0) {
            return -1;
        }
        role = tally_role_find(s);
        if (role == 0 || (*out & role) != 0) {
            return tally_json_err(&one, err, TALLY_E_DATA,
                                  "is not a role, or stands twice");
        }
        *out |= role;
    }
    return *out != 0 ? 0 : tally_json_err(&list, err, TALLY_E_DATA, "a party has a role");
}

/* The card as the agreement repeats it. */
static int
read_card(const struct tally_json *j, struct tally_card *c, struct tally_err *err)
{
    char kind[TALLY_AGREEMENT_TEXT_MAX + 1];

    if (text(j, "name", TALLY_PARTY_NAME_MAX, c->name, err) != 0 ||
        text(j, "kind", TALLY_AGREEMENT_TEXT_MAX, kind, err) != 0 ||
        hex(j, "card", c->fingerprint, sizeof c->fingerprint, err) != 0 ||
        hex(j, "sign", c->sign, sizeof c->sign, err) != 0 ||
        hex(j, "seal", c->seal, sizeof c->seal, err) != 0) {
        return -1;
    }
    if (!tally_party_name_valid(c->name) || tally_party_kind(kind, &c->kind, err) != 0) {
        return tally_json_err(j, err, TALLY_E_DATA,
                              "name and kind must be those of the party's card");
    }
    return 0;
}

static int
read_party(const struct tally_json *list, size_t i, struct tally_agreed_party *p,
           struct tally_err *err)
{
    static const char *const known[] = {"name", "kind",  "organisation", "card", "sign",
                                        "seal", "roles", "sends",        NULL};
    struct tally_json j, sends;
    int found;

    if (tally_json_at(list, i, &j, err) != 0 || tally_json_only(&j, known, err) != 0 ||
        read_card(&j, &p->card, err) != 0 || read_roles(&j, &p->roles, err) != 0 ||
        text(&j, "organisation", TALLY_PARTY_NAME_MAX, p->organisation, err) != 0) {
        return -1;
    }
    p->first = p->card;
    if (!tally_party_name_valid(p->organisation)) {
        return tally_json_err(&j, err, TALLY_E_DATA, "organisation must be a name");
    }
    found = tally_json_find(&j, "sends", &sends, err);
    if (found < 0) {
        return -1;
    }
    if ((found == 1) != ((p->roles & TALLY_AS_OWNER) != 0)) {
        return tally_json_err(&j, err, TALLY_E_DATA,
                              "a data owner, and nobody else, has 'sends'");
    }
    return found == 1 ? read_sending(&sends, &p->sends, err) : 0;
}

static int
read_parties(const struct tally_json *root, struct tally_agreement *a,
             struct tally_err *err)
{
    struct tally_json list;
    size_t n;

    if (array(root, "parties", TALLY_AGREEMENT_PARTIES_MAX, &list, &n, err) != 0) {
        return -1;
    }
    a->parties = calloc(n + 1, sizeof *a->parties);
    if (a->parties == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t i = 0; i < n; i++) {
        a->nparties = i + 1; /* what a party took is freed even if it is half read */
        if (read_party(&list, i, &a->parties[i], err) != 0) {
            return -1;
        }
    }
    return 0;
}

static int
read_dates(const struct tally_json *root, struct tally_agreed_dates *d,
           struct tally_err *err)
{
    static const char *const in_dates[] = {"starts", "expires", "review", NULL};
    static const char *const in_retention[] = {"token_maps", "encodings", "link_map",
                                               "keys",       "cohort",    NULL};
    struct tally_json dates, keep;

    return tally_json_need(root, "dates", &dates, err) != 0 ||
                   tally_json_only(&dates, in_dates, err) != 0 ||
                   day(&dates, "starts", d->starts, err) != 0 ||
                   day(&dates, "expires", d->expires, err) != 0 ||
                   day(&dates, "review", d->review, err) != 0 ||
                   tally_json_need(root, "retention", &keep, err) != 0 ||
                   tally_json_only(&keep, in_retention, err) != 0 ||
                   day(&keep, "token_maps", d->token_maps, err) != 0 ||
                   day(&keep, "encodings", d->encodings, err) != 0 ||
                   day(&keep, "link_map", d->link_map, err) != 0 ||
                   day(&keep, "keys", d->keys, err) != 0 ||
                   day(&keep, "cohort", d->cohort, err) != 0
               ? -1
               : 0;
}

/* match.second_round, which may be left out: then there is none. */
static int
read_second_round(const struct tally_json *match, struct tally_agreed_second_round *r,
                  struct tally_err *err)
{
    static const char *const known[] = {"requests_max", "records_max", NULL};
    struct tally_json round, requests, records;
    int64_t nrequests, nrecords;
    int found = tally_json_find(match, "second_round", &round, err);

    if (found != 1) {
        return found;
    }
    if (tally_json_only(&round, known, err) != 0 ||
        tally_json_need(&round, "requests_max", &requests, err) != 0 ||
        tally_json_int(&requests, 1, 1000, &nrequests, err) != 0 ||
        tally_json_need(&round, "records_max", &records, err) != 0 ||
        tally_json_int(&records, 10, UINT32_MAX, &nrecords, err) != 0) {
        return -1;
    }
    r->requests_max = (uint32_t)nrequests;
    r->records_max = (uint64_t)nrecords;
    return 0;
}

static int
read_match(const struct tally_json *root, struct tally_agreement *a,
           struct tally_err *err)
{
    static const char *const in_match[] = {"fdr", "assign", "second_round", NULL};
    static const char *const in_audit[] = {"attack_max", NULL};
    char assign[TALLY_AGREEMENT_TEXT_MAX + 1];
    struct tally_json match, audit, fdr, attack;

    if (tally_json_need(root, "match", &match, err) != 0 ||
        tally_json_only(&match, in_match, err) != 0 ||
        tally_json_need(&match, "fdr", &fdr, err) != 0 ||
        tally_json_real(&fdr, 0.0001, 0.2, &a->fdr, err) != 0 ||
        text(&match, "assign", TALLY_AGREEMENT_TEXT_MAX, assign, err) != 0 ||
        read_second_round(&match, &a->second_round, err) != 0 ||
        tally_json_need(root, "audit", &audit, err) != 0 ||
        tally_json_only(&audit, in_audit, err) != 0 ||
        tally_json_need(&audit, "attack_max", &attack, err) != 0 ||
        tally_json_real(&attack, 0, 1, &a->attack_max, err) != 0) {
        return -1;
    }
    a->one_to_one = strcmp(assign, "one-to-one") == 0;
    return a->one_to_one || strcmp(assign, "many") == 0
               ? 0
               : tally_json_err(&match, err, TALLY_E_DATA,
                                "assign must be one-to-one or many");
}

static int
read_release(const struct tally_json *root, struct tally_agreed_release *r,
             struct tally_err *err)
{
    static const char *const known[] = {"profile", "threshold", "rounding", "row_level",
                                        NULL};
    struct tally_json j;
    int64_t threshold, rounding;

    if (tally_json_need(root, "release", &j, err) != 0 ||
        tally_json_only(&j, known, err) != 0 ||
        text(&j, "profile", sizeof r->profile - 1, r->profile, err) != 0 ||
        number(&j, "threshold", 1, 1000, &threshold, err) != 0 ||
        number(&j, "rounding", 1, 1000, &rounding, err) != 0 ||
        flag(&j, "row_level", &r->row_level, err) != 0) {
        return -1;
    }
    r->threshold = (uint32_t)threshold;
    r->rounding = (uint32_t)rounding;
    return 0;
}

static int
read_exceptions(const struct tally_json *root, struct tally_agreement *a,
                struct tally_err *err)
{
    static const char *const known[] = {"rule", "why", NULL};
    struct tally_json list, j;
    size_t n;

    if (array(root, "exceptions", TALLY_AGREEMENT_EXCEPTIONS_MAX, &list, &n, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < n; i++) {
        struct tally_agreed_exception *e = &a->exceptions[i];

        if (tally_json_at(&list, i, &j, err) != 0 ||
            tally_json_only(&j, known, err) != 0 ||
            text(&j, "rule", sizeof e->rule - 1, e->rule, err) != 0 ||
            text(&j, "why", TALLY_AGREEMENT_TEXT_MAX, e->why, err) != 0) {
            return -1;
        }
    }
    a->nexceptions = n;
    return 0;
}

static int
read_purpose(const struct tally_json *root, struct tally_agreement *a,
             struct tally_err *err)
{
    static const char *const known[] = {"code", "words", NULL};
    char code[TALLY_AGREEMENT_TEXT_MAX + 1];
    struct tally_json j;

    if (tally_json_need(root, "purpose", &j, err) != 0 ||
        tally_json_only(&j, known, err) != 0 ||
        text(&j, "code", TALLY_AGREEMENT_TEXT_MAX, code, err) != 0 ||
        text(&j, "words", TALLY_AGREEMENT_TEXT_MAX, a->purpose_words, err) != 0) {
        return -1;
    }
    return tally_purpose_find(code, &a->purpose)
               ? 0
               : tally_json_err(&j, err, TALLY_E_DATA, "code must be %s or %s",
                                purposes[0], purposes[1]);
}

/* What says that this is an agreement, and which. */
static int
read_title(const struct tally_json *root, struct tally_agreement *a,
           struct tally_err *err)
{
    char what[TALLY_AGREEMENT_TEXT_MAX + 1];
    int64_t version;

    if (text(root, "tallystick", TALLY_AGREEMENT_TEXT_MAX, what, err) != 0 ||
        number(root, "version", 0, 1000, &version, err) != 0) {
        return -1;
    }
    if (strcmp(what, "agreement") != 0 || version != AGREEMENT_VERSION) {
        return tally_json_err(root, err, TALLY_E_DATA, "not an agreement of version %d",
                              AGREEMENT_VERSION);
    }
    if (text(root, "reference", TALLY_NAME_MAX, a->reference, err) != 0 ||
        text(root, "title", TALLY_AGREEMENT_TEXT_MAX, a->title, err) != 0 ||
        text(root, "framework", sizeof a->framework - 1, a->framework, err) != 0) {
        return -1;
    }
    return tally_view_name_valid(a->reference)
               ? 0
               : tally_json_err(root, err, TALLY_E_DATA,
                                "reference must be lower-case letters, digits and '-'");
}

static int
read_root(const struct tally_json *root, struct tally_agreement *a, struct tally_err *err)
{
    static const char *const known[] = {
        "tallystick", "version", "reference", "title",      "framework",
        "purpose",    "dates",   "parties",   "schema",     "match",
        "audit",      "release", "retention", "exceptions", NULL};
    struct tally_json schema;

    return read_title(root, a, err) != 0 || tally_json_only(root, known, err) != 0 ||
                   read_purpose(root, a, err) != 0 ||
                   read_dates(root, &a->dates, err) != 0 ||
                   read_parties(root, a, err) != 0 ||
                   tally_json_need(root, "schema", &schema, err) != 0 ||
                   tally_schema_from_json(&a->schema, &schema, err) != 0 ||
                   read_match(root, a, err) != 0 ||
                   read_release(root, &a->release, err) != 0 ||
                   read_exceptions(root, a, err) != 0
               ? -1
               : 0;
}

int
tally_agreement_read(struct tally_agreement **out, const char *path,
                     struct tally_err *err)
{
    struct tally_agreement *a = calloc(1, sizeof *a);
    struct tally_json_doc *doc = NULL;
    struct tally_json root;
    uint8_t *bytes = NULL;
    size_t len = 0;
    int rc = -1;

    if (a == NULL) {
        return tally_err_nomem(err);
    }
    if (tally_file_read(path, TALLY_AGREEMENT_BYTES_MAX, &bytes, &len, err) == 0 &&
        tally_json_parse(&doc, path, bytes, len, err) == 0) {
        root = tally_json_root(doc);
        tally_digest(bytes, len, a->digest);
        rc = read_root(&root, a, err);
    }
    tally_json_doc_free(doc);
    free(bytes);
    if (rc != 0) {
        tally_agreement_free(a);
        return -1;
    }
    *out = a;
    return 0;
}

void
tally_agreement_free(struct tally_agreement *a)
{
    if (a == NULL) {
        return;
    }
    for (size_t i = 0; i < a->nparties; i++) {
        free(a->parties[i].sends.columns);
    }
    free(a->parties);
    tally_schema_free(a->schema);
    free(a);
}

const struct tally_agreed_party *
tally_agreement_with(const struct tally_agreement *a, enum tally_role role)
{
    for (size_t i = 0; i < a->nparties; i++) {
        if ((a->parties[i].roles & (unsigned)role) != 0) {
            return &a->parties[i];
        }
    }
    return NULL;
}

const struct tally_agreed_party *
tally_agreement_party(const struct tally_agreement *a, const struct tally_card *card)
{
    for (size_t i = 0; i < a->nparties; i++) {
        if (tally_card_same(&a->parties[i].card, card)) {
            return &a->parties[i];
        }
    }
    return NULL;
}

const struct tally_agreed_party *
tally_agreement_source(const struct tally_agreement *a, const char *source)
{
    for (size_t i = 0; i < a->nparties; i++) {
        if ((a->parties[i].roles & TALLY_AS_OWNER) != 0 &&
            strcmp(a->parties[i].sends.source, source) == 0) {
            return &a->parties[i];
        }
    }
    return NULL;
}

bool
tally_agreement_excepts(const struct tally_agreement *a, const char *rule)
{
    for (size_t i = 0; i < a->nexceptions; i++) {
        if (strcmp(a->exceptions[i].rule, rule) == 0) {
            return true;
        }
    }
    return false;
}

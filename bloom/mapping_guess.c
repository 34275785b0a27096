/*
 * Guessing a mapping from header names. It takes what is certain and asks about the rest:
 * a wrong column would be hashed like a right one and nobody would see it.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/mapping.h"

#include "bloom/base/bytes.h"
#include "bloom/base/text.h"

#include <stdlib.h>
#include <string.h>

#define KEY_MAX        127 /* letters and digits of a name that are compared */
#define CANDIDATES_MAX 8   /* columns named for one field before the message is cut */

/* Usual names of a field, as keys: lower-case letters and digits alone. Besides everyday
 * ones, English and Welsh: those of the NHS Data Dictionary, of school and police
 * exports, and of public test files. */
static const char *const FORENAME[] = {"forename",
                                       "forenames",
                                       "forename1",
                                       "firstname",
                                       "firstnames",
                                       "givenname",
                                       "givennames",
                                       "fname",
                                       "fnamec1",
                                       "christianname",
                                       "persongivenname",
                                       "patientforename",
                                       "legalforename",
                                       "pupilforename",
                                       "childforename",
                                       "clientforename",
                                       "nominalforename",
                                       "pername1",
                                       "enwcyntaf",
                                       "subjectforename",
                                       "studentforename",
                                       "learnerforename",
                                       "offenderforename",
                                       "forename1st",
                                       NULL};
static const char *const MIDDLE[] = {"middlename", "middlenames",   "forename2",
                                     "othernames", "middleinitial", NULL};
static const char *const SURNAME[] = {
    "surname",        "lastname",       "familyname",       "lname",
    "lnamec1",        "sname",          "personfamilyname", "patientsurname",
    "legalsurname",   "pupilsurname",   "childsurname",     "clientsurname",
    "nominalsurname", "pername2",       "cyfenw",           "subjectsurname",
    "studentsurname", "learnersurname", "offendersurname",  NULL};
static const char *const FULL_NAME[] = {
    "fullname",     "name",        "personname",   "personfullname", "patientname",
    "nominalname",  "pupilname",   "childname",    "clientname",     "enw",
    "enwllawn",     "subjectname", "offendername", "studentname",    "learnername",
    "nameofperson", NULL};
static const char *const BIRTH[] = {
    "dateofbirth",     "dob",        "birthdate",   "birthday",    "datebirth",
    "personbirthdate", "patientdob", "persondob",   "pupildob",    "childdob",
    "clientdob",       "nominaldob", "dobdate",     "dyddiadgeni", "subjectdob",
    "studentdob",      "learnerdob", "offenderdob", "dobirth",     NULL};
static const char *const SEX[] = {"sex",
                                  "gender",
                                  "sexcode",
                                  "gendercode",
                                  "sexdesc",
                                  "genderdesc",
                                  "personsex",
                                  "persongendercode",
                                  "personstatedgendercode",
                                  "personphenotypicsex",
                                  "rhyw",
                                  NULL};
static const char *const POSTCODE[] = {"postcode",
                                       "postalcode",
                                       "pcode",
                                       "zip",
                                       "zipcode",
                                       "homepostcode",
                                       "currentpostcode",
                                       "addresspostcode",
                                       "postcodeofusualaddress",
                                       "enumpc",
                                       "pc",
                                       "homepc",
                                       "addrpc",
                                       "addresspc",
                                       "addrpostcode",
                                       "codpost",
                                       NULL};
static const char *const ADDRESS[] = {"address",
                                      "addr",
                                      "addressline1",
                                      "address1",
                                      "addr1",
                                      "homeaddress",
                                      "streetaddress",
                                      "fulladdress",
                                      "currentaddress",
                                      "patientusualaddress",
                                      "enumcap",
                                      "cyfeiriad",
                                      NULL};
static const char *const NHS_NUMBER[] = {"nhsnumber", "nhsno",        "nhsnum",  "nhs",
                                         "newnhsno",  "newnhsnumber", "rhifgig", NULL};
static const char *const CHI_NUMBER[] = {"chinumber", "chino", "chi", "chinum", NULL};
static const char *const UPN[] = {"upn", "uniquepupilnumber", "pupilupn", "upncurrent",
                                  NULL};
static const char *const ULN[] = {"uln", "uniquelearnernumber", "learneruln", NULL};
static const char *const PNC_ID[] = {"pncid",       "pnc",    "pncnumber", "pncno",
                                     "pncidnumber", "pncref", NULL};
static const char *const NATIONAL_INSURANCE[] = {"nationalinsurance",
                                                 "nationalinsurancenumber",
                                                 "nationalinsuranceno",
                                                 "ninumber",
                                                 "nino",
                                                 "natinsno",
                                                 "rhifyswiriantgwladol",
                                                 NULL};
static const char *const TOWN[] = {"suburb",   "town",     "city",
                                   "locality", "posttown", NULL};
static const char *const PHONE[] = {"phone",        "telephone",       "tel",
                                    "mobile",       "phoneno",         "phonenumber",
                                    "telephoneno",  "telephonenumber", "mobileno",
                                    "mobilenumber", "contactnumber",   "homephone",
                                    "mobilephone",  "rhifffon",        NULL};
static const char *const EMAIL[] = {"email", "emailaddress", "mail", "ebost", NULL};

static const char *const BIRTH_DAY[] = {"dobday", "birthday", "dayofbirth", "bd",
                                        "dobd",   "dobdd",    NULL};
static const char *const BIRTH_MONTH[] = {
    "dobmonth", "dobmon", "birthmonth", "monthofbirth", "bm", "dobm", "dobmm", NULL};
static const char *const BIRTH_YEAR[] = {"dobyear", "birthyear", "yearofbirth", "by",
                                         "doby",    "dobyyyy",   "yob",         NULL};
static const char *const HOUSE[] = {"streetnumber", "housenumber", "houseno", "streetno",
                                    NULL};
static const char *const STREET[] = {"streetname", "street", "address1", "addressline1",
                                     NULL};

/* A meaning: its usual names, the types it may have, and the columns it is often split
 * into. */
struct meaning {
    const char *const *names;
    enum tally_field_type type;
    const char *const *parts[3];
    bool
        parts_first; /* the parts say more than a single column that bears a usual name */
};
static const struct meaning MEANINGS[] = {
    {FORENAME, TALLY_FIELD_FORENAME, {NULL, NULL, NULL}, false},
    {MIDDLE, TALLY_FIELD_TYPES, {NULL, NULL, NULL}, false},
    {SURNAME, TALLY_FIELD_SURNAME, {NULL, NULL, NULL}, false},
    {FULL_NAME, TALLY_FIELD_FULL_NAME, {NULL, NULL, NULL}, false},
    {BIRTH, TALLY_FIELD_DATE, {BIRTH_DAY, BIRTH_MONTH, BIRTH_YEAR}, false},
    {SEX, TALLY_FIELD_SEX, {NULL, NULL, NULL}, false},
    {POSTCODE, TALLY_FIELD_POSTCODE, {NULL, NULL, NULL}, false},
    {ADDRESS, TALLY_FIELD_ADDRESS, {HOUSE, STREET, NULL}, true},
    {NHS_NUMBER, TALLY_FIELD_NHS_NUMBER, {NULL, NULL, NULL}, false},
    {CHI_NUMBER, TALLY_FIELD_CHI_NUMBER, {NULL, NULL, NULL}, false},
    {UPN, TALLY_FIELD_UPN, {NULL, NULL, NULL}, false},
    {ULN, TALLY_FIELD_ULN, {NULL, NULL, NULL}, false},
    {PNC_ID, TALLY_FIELD_PNC_ID, {NULL, NULL, NULL}, false},
    {NATIONAL_INSURANCE, TALLY_FIELD_NATIONAL_INSURANCE, {NULL, NULL, NULL}, false},
    {TOWN, TALLY_FIELD_TYPES, {NULL, NULL, NULL}, false},
    {PHONE, TALLY_FIELD_TELEPHONE, {NULL, NULL, NULL}, false},
    {EMAIL, TALLY_FIELD_EMAIL, {NULL, NULL, NULL}, false},
};
#define NMEANINGS (sizeof MEANINGS / sizeof MEANINGS[0])

/* The letters and digits of ${name}, folded. Names that do not fit, or cannot be folded,
 * give "". */
static void
key_of(const char *name, char key[KEY_MAX + 1])
{
    uint8_t folded[4 * (KEY_MAX + 1)];
    unsigned dropped = 0;
    ptrdiff_t len = tally_text_fold((const uint8_t *)name, strlen(name), folded,
                                    sizeof folded, &dropped);
    size_t n = 0;

    for (ptrdiff_t i = 0; i < len; i++) {
        char c = (char)folded[i];

        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
            if (n == KEY_MAX) {
                n = 0;
                break;
            }
            key[n++] = c;
        }
    }
    key[n] = '\0';
}

static bool
in_list(const char *key, const char *const *list)
{
    for (; *list != NULL; list++) {
        if (strcmp(key, *list) == 0) {
            return true;
        }
    }
    return false;
}

bool
tally_mapping_identifies(const char *name)
{
    char key[KEY_MAX + 1];

    key_of(name, key);
    for (size_t i = 0; i < NMEANINGS; i++) {
        const char *const *names = MEANINGS[i].names;

        if (names != SEX && names != TOWN && in_list(key, names)) {
            return true;
        }
    }
    return false;
}

/* Columns that may be meant by something, as many as there are; the first few are kept.
 */
struct candidates {
    size_t n;
    size_t columns[CANDIDATES_MAX];
};

static void
find_listed(const struct tally_csv *csv, const char *const *list, struct candidates *c)
{
    c->n = 0;
    for (size_t i = 0; i < tally_csv_columns(csv); i++) {
        char key[KEY_MAX + 1];

        key_of(tally_csv_column(csv, i), key);
        if (in_list(key, list)) {
            if (c->n < CANDIDATES_MAX) {
                c->columns[c->n] = i;
            }
            c->n++;
        }
    }
}

/* How many fields of ${s} have ${type}. */
static size_t
fields_of_type(const struct tally_schema *s, enum tally_field_type type)
{
    size_t n = 0;

    for (size_t i = 0; i < s->nfields; i++) {
        n += s->fields[i].type == type;
    }
    return n;
}

/* What the field means: by its name; else by its type, when no other field could be meant
 * as well. */
static const struct meaning *
meaning_of(const struct tally_schema *s, const struct tally_field *f)
{
    char key[KEY_MAX + 1];

    key_of(f->name, key);
    for (size_t i = 0; i < NMEANINGS; i++) {
        if (in_list(key, MEANINGS[i].names)) {
            return &MEANINGS[i];
        }
    }
    for (size_t i = 0; i < NMEANINGS; i++) {
        if (MEANINGS[i].type == f->type && fields_of_type(s, f->type) == 1 &&
            f->type != TALLY_FIELD_DATE) {
            return &MEANINGS[i];
        }
    }
    return NULL;
}

static void
set_one(struct tally_mapping *m, size_t field, size_t column)
{
    m->nparts[field] = 1;
    m->parts[field][0] = column;
}

/* Each of the parts found exactly once: then the field is made of them. */
static bool
guess_parts(struct tally_mapping *m, size_t field, const struct meaning *meaning,
            const struct tally_csv *csv)
{
    size_t columns[3];
    size_t n = 0;

    for (; n < 3 && meaning->parts[n] != NULL; n++) {
        struct candidates c;

        find_listed(csv, meaning->parts[n], &c);
        if (c.n != 1) {
            return false;
        }
        columns[n] = c.columns[0];
    }
    if (n == 0) {
        return false;
    }
    m->nparts[field] = n;
    memcpy(m->parts[field], columns, n * sizeof columns[0]);
    return true;
}

/* Set the field when it can be told; else leave in ${c} the columns it might be. */
static bool
guess_field(struct tally_mapping *m, const struct tally_schema *s, size_t field,
            const struct tally_csv *csv, struct candidates *c)
{
    const struct tally_field *f = &s->fields[field];
    const struct meaning *meaning = meaning_of(s, f);
    const char *own[2] = {NULL, NULL};
    char key[KEY_MAX + 1];
    ptrdiff_t exact = tally_csv_find(csv, f->name);

    if (exact >= 0) {
        set_one(m, field, (size_t)exact);
        return true;
    }
    key_of(f->name, key);
    own[0] = key;
    find_listed(csv, own, c);
    if (c->n == 0 && meaning != NULL) {
        if (meaning->parts_first && guess_parts(m, field, meaning, csv)) {
            return true;
        }
        find_listed(csv, meaning->names, c);
        if (c->n == 0 && guess_parts(m, field, meaning, csv)) {
            return true;
        }
    }
    if (c->n == 1) {
        set_one(m, field, c->columns[0]);
    }
    return c->n == 1;
}

/* "field 'postcode': 'Postcode' or 'Home postcode'", or that there is none. */
static int
describe(struct tally_buf *b, const struct tally_field *f, const struct candidates *c,
         const struct tally_csv *csv, struct tally_err *err)
{
    if (tally_buf_printf(b, err, "%s%s", b->len > 0 ? "; " : "", f->name) != 0) {
        return -1;
    }
    if (c->n == 0) {
        return tally_buf_printf(b, err, " has no column with a usual name");
    }
    for (size_t i = 0; i < c->n && i < CANDIDATES_MAX; i++) {
        if (tally_buf_printf(b, err, "%s'%.64s'", i == 0 ? " may be " : " or ",
                             tally_csv_column(csv, c->columns[i])) != 0) {
            return -1;
        }
    }
    return 0;
}

int
tally_mapping_guess(struct tally_mapping *m, const struct tally_schema *s,
                    const struct tally_csv *csv, struct tally_err *err)
{
    struct tally_mapping guess = {0};
    struct tally_buf doubts = {0};
    int rc = 0;

    for (size_t i = 0; i < s->nfields && rc == 0; i++) {
        struct candidates c = {0};

        if (!guess_field(&guess, s, i, csv, &c)) {
            rc = describe(&doubts, &s->fields[i], &c, csv, err);
        }
    }
    if (rc == 0 && doubts.len > 0) {
        tally_err_set(err, TALLY_E_MAPPING,
                      "'%s': cannot tell the columns of every field: %.*s",
                      tally_csv_path(csv), (int)doubts.len, (const char *)doubts.data);
        rc = tally_err_hint(
            err, "write a mapping file with one line 'field = column' for each "
                 "field, 'field = -' for one that the file does not have, and "
                 "name it with --map");
    }
    tally_buf_free(&doubts);
    if (rc == 0) {
        *m = guess;
    }
    return rc;
}

/* A mapping to begin with. */

/* Whether column ${column} is in ${m}. */
static bool
is_used(const struct tally_mapping *m, const struct tally_schema *s, size_t column)
{
    for (size_t f = 0; f < s->nfields; f++) {
        for (size_t i = 0; i < m->nparts[f]; i++) {
            if (m->parts[f][i] == column) {
                return true;
            }
        }
    }
    return false;
}

/* A forename or surname without a column may be in one with whole names, most often as
 * "Surname, Forename". */
static bool
part_of_name(const struct tally_schema *s, struct tally_mapping *m, size_t field,
             const struct tally_csv *csv)
{
    enum tally_field_type type = s->fields[field].type;
    struct candidates c;

    find_listed(csv, FULL_NAME, &c);
    if (c.n != 1 || (type != TALLY_FIELD_FORENAME && type != TALLY_FIELD_SURNAME)) {
        return false;
    }
    set_one(m, field, c.columns[0]);
    if (type == TALLY_FIELD_SURNAME) {
        m->before[field] = ',';
    } else {
        m->after[field] = ',';
    }
    return true;
}

size_t
tally_mapping_known(const struct tally_schema *s, const struct tally_csv *csv)
{
    struct tally_mapping m = {0};
    size_t known = 0;

    for (size_t f = 0; f < s->nfields; f++) {
        struct candidates c = {0};

        known += guess_field(&m, s, f, csv, &c) || c.n > 0 || part_of_name(s, &m, f, csv);
    }
    return known;
}

/* The line of field ${field}, with a comment where it needs to be looked at. */
static int
draft_field(struct tally_buf *b, const struct tally_schema *s, struct tally_mapping *m,
            size_t field, const struct tally_csv *csv, struct tally_err *err)
{
    struct candidates c = {0};
    const char *name = s->fields[field].name;
    char *line;
    int rc = 0;

    if (!guess_field(m, s, field, csv, &c)) {
        if (c.n == 0 && part_of_name(s, m, field, csv)) {
            rc = tally_buf_printf(
                b, err, "# if it holds 'Surname, Forename'; else change this:\n");
        } else {
            for (size_t i = 0; i < c.n && i < CANDIDATES_MAX && rc == 0; i++) {
                rc = tally_buf_printf(b, err, "# %s = %s\n", name,
                                      tally_csv_column(csv, c.columns[i]));
            }
            return rc != 0 ? rc : tally_buf_printf(b, err, "%s = ???\n", name);
        }
    }
    line = rc == 0 ? tally_mapping_line(m, field, &m->readings[field], s, csv) : NULL;
    if (line == NULL) {
        return -1;
    }
    rc = tally_buf_printf(b, err, "%s\n", line);
    free(line);
    return rc;
}

char *
tally_mapping_draft(const struct tally_schema *s, const struct tally_csv *csv)
{
    struct tally_mapping m = {0};
    struct tally_buf b = {0};
    struct tally_err err = TALLY_ERR_INIT;
    int rc = 0;

    for (size_t f = 0; f < s->nfields && rc == 0; f++) {
        rc = draft_field(&b, s, &m, f, csv, &err);
    }
    for (size_t i = 0, n = 0; i < tally_csv_columns(csv) && rc == 0; i++) {
        if (!is_used(&m, s, i)) {
            rc = tally_buf_printf(
                &b, &err, "%s%s",
                n++ > 0 ? ", " : "# columns left over: ", tally_csv_column(csv, i));
        }
    }
    if (rc != 0 || tally_buf_append(&b, "", 1, &err) != 0) {
        tally_buf_free(&b);
        return NULL;
    }
    return (char *)b.data;
}

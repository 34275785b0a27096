/*
 * For tests of the governed flow.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/support/parties.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bloom/base/bytes.h"
#include "bloom/base/file.h"
#include "protocols/agreement_draft.h"
#include "protocols/agreement_sign.h"

#define PASSPHRASE "correct horse battery"

const char *const tally_party_folders[5] = {"police", "health", "education", "linker",
                                            "analyst"};

/* As cheap as may be: no test here is about the cost. */
static const struct tally_passbox_cost cheap = {1, 8};

struct tally_secret *
tally_party_passphrase(const char *text)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_secret *s = NULL;

    assert_int_equal(tally_secret_init(&err), 0);
    assert_int_equal(tally_secret_create(&s, strlen(text), &err), 0);
    memcpy(tally_secret_open(s), text, strlen(text));
    tally_secret_close(s);
    return s;
}

struct tally_card
tally_party_make(const char *dir, const char *name, enum tally_party_kind kind)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_secret *p = tally_party_passphrase(PASSPHRASE);
    struct tally_card card;

    assert_int_equal(tally_identity_create(dir, name, kind, p, &cheap, &card, &err), 0);
    tally_secret_free(p);
    return card;
}

int
tally_party_try(const char *dir, const char *text, struct tally_identity *out,
                struct tally_err *err)
{
    struct tally_secret *p = tally_party_passphrase(text);
    int rc = tally_identity_open(out, dir, p, err);

    tally_secret_free(p);
    return rc;
}

struct tally_identity
tally_party_open(const char *dir)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_identity id;

    assert_int_equal(tally_party_try(dir, PASSPHRASE, &id, &err), 0);
    return id;
}

static void
replace_all(char **text, const char *from, const char *to)
{
    char *at;

    while ((at = strstr(*text, from)) != NULL) {
        size_t before = (size_t)(at - *text);
        char *more = malloc(strlen(*text) + strlen(to) + 1);

        assert_non_null(more);
        memcpy(more, *text, before);
        strcpy(more + before, to);
        strcat(more, at + strlen(from));
        free(*text);
        *text = more;
    }
}

static void
put(const char *path, const void *data, size_t len)
{
    FILE *f = fopen(path, "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
}

void
tally_party_agreement(const char *path, const char *starts)
{
    static const char *const columns[] = {"offence", "area"};
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_schema *schema = NULL;
    struct tally_draft_party p[5] = {
        {.card = tally_party_make("police", "Northshire Police", TALLY_PARTY_POLICE),
         .roles = TALLY_AS_OWNER,
         .columns = columns,
         .ncolumns = 2},
        {.card = tally_party_make("health", "Northshire ICB", TALLY_PARTY_ICB),
         .roles = TALLY_AS_OWNER,
         .columns = columns + 1,
         .ncolumns = 1},
        {.card =
             tally_party_make("education", "Northshire Schools", TALLY_PARTY_EDUCATION),
         .roles = TALLY_AS_OWNER},
        {.card = tally_party_make("linker", "Trusted Linkage", TALLY_PARTY_LINKER),
         .roles = TALLY_AS_LINKER},
        {.card = tally_party_make("analyst", "Violence Reduction Unit", TALLY_PARTY_VRU),
         .roles = TALLY_AS_ANALYST | TALLY_AS_CONVENOR},
    };
    struct tally_draft d = {.framework = "serious-violence-duty",
                            .reference = "northshire",
                            .title = "Northshire assessment",
                            .starts = starts,
                            .months = 12,
                            .parties = p,
                            .nparties = 5};
    char *text = NULL;

    assert_int_equal(tally_schema_new(&schema, "forename,surname,date_of_birth,postcode",
                                      "standard", NULL, &err),
                     0);
    d.schema = schema;
    assert_int_equal(tally_agreement_draft(&d, &text, &err), 0);
    replace_all(&text, "STATE ", "stated: ");
    put(path, text, strlen(text));
    free(text);
    tally_schema_free(schema);
}

void
tally_party_sign_all(const char *path)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_agreement *a = NULL;

    assert_int_equal(tally_agreement_read(&a, path, &err), 0);
    for (size_t i = 0; i < 5; i++) {
        struct tally_identity id = tally_party_open(tally_party_folders[i]);
        struct tally_secret *p = tally_party_passphrase(PASSPHRASE);
        char *written = NULL;

        if (tally_agreement_sign(a, path, &id, p, &cheap, true, &written, &err) != 0) {
            fail_msg("%s", err.text);
        }
        tally_secret_free(p);
        free(written);
        tally_identity_close(&id);
    }
    tally_agreement_free(a);
}

void
tally_party_edit(const char *path, const char *from, const char *to)
{
    struct tally_err err = TALLY_ERR_INIT;
    uint8_t *data = NULL;
    size_t len, before;
    char *at;

    assert_int_equal(tally_file_read(path, 1u << 24, &data, &len, &err), 0);
    at = strstr((char *)data, from);
    assert_non_null(at);
    before = (size_t)(at - (char *)data);
    at = malloc(len + strlen(to) + 1);
    assert_non_null(at);
    memcpy(at, data, before);
    strcpy(at + before, to);
    strcat(at, (char *)data + before + strlen(from));
    put(path, at, strlen(at));
    free(at);
    free(data);
}

/* Where the value that begins at ${at} ends in a paper's body, where a scalar stands on a
 * line of its own. */
static char *
value_end(char *at)
{
    size_t depth = 0;

    while (depth > 0 || (*at != ',' && *at != '\n')) {
        depth += *at == '[' || *at == '{';
        depth -= *at == ']' || *at == '}';
        at++;
    }
    return at;
}

/* The body with the member changed. Caller frees. */
static char *
changed_body(char *body, const char *name, const char *value)
{
    char *out = malloc(strlen(body) + (value != NULL ? strlen(value) : 0) + 1);
    char quoted[64], *from, *to;

    (void)snprintf(quoted, sizeof quoted, "\"%s\": ", name);
    from = strstr(body, quoted);
    assert_non_null(out);
    assert_non_null(from);
    to = value_end(from + strlen(quoted));
    if (value != NULL) {
        from += strlen(quoted);
    } else if (*to == ',') {
        to++;
    } else { /* the last member: with the comma before it */
        while (*from != ',') {
            from--;
        }
    }
    memcpy(out, body, (size_t)(from - body));
    strcpy(out + (from - body), value != NULL ? value : "");
    strcat(out, to);
    return out;
}

void
tally_party_lie(const char *path, const char *domain, const char *dir, const char *name,
                const char *value)
{
    struct tally_identity id = tally_party_open(dir);
    struct tally_err err = TALLY_ERR_INIT;
    uint8_t digest[TALLY_DIGEST_BYTES], signature[TALLY_SIGNATURE_BYTES];
    char key_hex[2 * TALLY_SIGN_PUBLIC_BYTES + 1];
    char signature_hex[2 * TALLY_SIGNATURE_BYTES + 1];
    uint8_t *data = NULL;
    size_t len;
    char *body, *end;
    FILE *f;

    assert_int_equal(tally_file_read(path, 1u << 20, &data, &len, &err), 0);
    end = strstr((char *)data, "\nsignature ");
    assert_non_null(end);
    *end = '\0';
    body = changed_body((char *)data, name, value);
    tally_digest(body, strlen(body), digest);
    assert_int_equal(tally_sign(id.sign, domain, digest, signature, &err), 0);
    tally_hex_encode(id.card.sign, sizeof id.card.sign, key_hex);
    tally_hex_encode(signature, sizeof signature, signature_hex);
    f = fopen(path, "wb");
    assert_non_null(f);
    assert_true(fprintf(f, "%s\nsignature %s %s\n", body, key_hex, signature_hex) > 0);
    assert_int_equal(fclose(f), 0);
    free(body);
    free(data);
    tally_identity_close(&id);
}

static void
must_refuse(const char *path, tally_party_check_fn *check, size_t at)
{
    struct tally_err err = TALLY_ERR_INIT;

    if (check(&err) == 0) {
        fail_msg("%s changed at byte %zu was taken", path, at);
    }
    switch (err.code) { /* exit codes 4 and 5 */
    case TALLY_E_CORRUPT:
    case TALLY_E_KEY:
    case TALLY_E_KEY_MISMATCH:
    case TALLY_E_POLICY:
        break;
    default:
        fail_msg("%s changed at byte %zu: %s", path, at, err.text);
    }
}

void
tally_party_mutate(const char *path, tally_party_check_fn *check)
{
    struct tally_err err = TALLY_ERR_INIT;
    uint8_t *data = NULL;
    size_t len;

    assert_int_equal(tally_file_read(path, 1u << 24, &data, &len, &err), 0);
    for (size_t i = 0; i < 200; i++) {
        size_t at = i * len / 200;

        data[at] ^= (uint8_t)(1u << i % 8);
        put(path, data, len);
        data[at] ^= (uint8_t)(1u << i % 8);
        must_refuse(path, check, at);
        put(path, data, at);
        must_refuse(path, check, at);
    }
    put(path, data, len);
    free(data);
    if (check(&err) != 0) {
        fail_msg("%s as it was: %s", path, err.text);
    }
}

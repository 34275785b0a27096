/*
 * Schemas that are made from the names of fields, and what they share bits by.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/schema.h"

#include "bloom/base/bytes.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct tally_schema *
starter(const char *fields, const char *profile)
{
    struct tally_schema *s = NULL;
    struct tally_err err = TALLY_ERR_INIT;

    if (tally_schema_new(&s, fields, profile, NULL, &err) != 0) {
        fail_msg("%s", err.text);
    }
    return s;
}

/* Four fields are few, five are not; without diffusion there is nothing to add to. */
static void
few_fields_are_diffused_more(void **state)
{
    static const struct {
        const char *fields, *profile;
        uint32_t t;
    } rows[] = {{"forename,surname,date_of_birth,sex", "standard", 8},
                {"forename,surname,date_of_birth,sex", "strict", 10},
                {"forename,surname,date_of_birth,sex,postcode", "standard", 6},
                {"forename,surname,date_of_birth,sex,postcode", "strict", 8}};
    struct tally_schema *s;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        s = starter(rows[i].fields, rows[i].profile);
        assert_int_equal(s->hardening.n, 1);
        assert_int_equal(s->hardening.steps[0].t, rows[i].t);
        tally_schema_free(s);
    }
    s = starter("forename,surname", "plain");
    assert_int_equal(s->hardening.n, 0);
    tally_schema_free(s);
}

/* The worked example of docs/protocols/schema.md. */
static void
the_documented_digest_holds(void **state)
{
    struct tally_schema *s = starter("forename,date_of_birth", "standard");
    char hex[2 * TALLY_DIGEST_BYTES + 1];

    (void)state;
    assert_int_equal(s->fields[0].bits_per_token, 22);
    assert_int_equal(s->fields[1].bits_per_token, 25);
    tally_hex_encode(s->digest, sizeof s->digest, hex);
    assert_string_equal(
        hex, "bf99801d3adda43c46c676a863793b28f761e7341d1860e926d3f3b799bfda24");
    tally_schema_free(s);
}

#define USUAL "forename,surname,date_of_birth,sex,postcode,address,nhs_number"

static void
a_written_schema_reads_back_the_same(void **state)
{
    struct tally_schema *a = starter(USUAL ",age:integer:0.5:neighbourhood=10,"
                                           "force:enumeration,town:text",
                                     "strict");
    char *text = tally_schema_text(a, 2);
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_schema *b = NULL;
    char *again;

    (void)state;
    assert_int_equal(tally_schema_parse(&b, "test.json", text, strlen(text), &err), 0);
    again = tally_schema_text(b, 2);
    assert_string_equal(text, again);
    assert_memory_equal(a->digest, b->digest, TALLY_DIGEST_BYTES);
    free(text);
    free(again);
    tally_schema_free(a);
    tally_schema_free(b);
}

static void
starters_come_close_to_their_fill(void **state)
{
    static const char *const profiles[] = {"standard", "strict", "plain"};
    static const char *const lists[] = {USUAL, "full_name,date_of_birth",
                                        "forename,surname,postcode:text,suburb:text"};

    (void)state;
    for (size_t p = 0; p < 3; p++) {
        for (size_t l = 0; l < 3; l++) {
            struct tally_schema *s = starter(lists[l], profiles[p]);

            assert_true(fabs(tally_schema_expected_fill(s) - 0.20) < 0.02);
            assert_string_equal(s->profile, profiles[p]);
            assert_int_equal(s->bits, p == 1 ? 4096 : 2048);
            assert_int_equal(s->hardening.n, p < 2 ? 1 : 0);
            tally_schema_free(s);
        }
    }
}

static void
starters_know_usual_fields_and_take_others(void **state)
{
    struct tally_schema *s = starter(
        "forename, date_of_birth,sex::0.5,phone:text:2:positional,day:date", "plain");

    (void)state;
    assert_int_equal(s->nfields, 5);
    assert_int_equal(s->fields[0].type, TALLY_FIELD_FORENAME);
    assert_true(s->fields[1].weight == 2);
    assert_int_equal(s->fields[1].tokens, TALLY_TOKENS_DATE);
    assert_true(s->fields[2].weight == 0.5);
    assert_int_equal(s->fields[2].type, TALLY_FIELD_SEX);
    assert_int_equal(s->fields[3].type, TALLY_FIELD_TEXT);
    assert_int_equal(s->fields[3].tokens, TALLY_TOKENS_POSITIONAL);
    assert_true(s->fields[4].weight == 1);
    tally_schema_free(s);
}

static void
starters_share_bits_by_weight(void **state)
{
    struct tally_schema *s = starter("date_of_birth,sex", "plain");
    double insertions = -2048 * log(0.8);

    (void)state;
    assert_int_equal(s->fields[0].bits_per_token,
                     (unsigned)round(insertions * 2 / 2.3 / 12));
    assert_int_equal(s->fields[1].bits_per_token,
                     (unsigned)round(insertions * 0.3 / 2.3));
    tally_schema_free(s);
    /* One token and all the weight: capped. */
    s = starter("nhs_number::100:whole,sex::0.01", "plain");
    assert_int_equal(s->fields[0].bits_per_token, 256);
    assert_int_equal(s->fields[1].bits_per_token, 2);
    tally_schema_free(s);
}

static void
other_weights_share_the_bits_anew(void **state)
{
    struct tally_schema *s = starter("forename,date_of_birth,sex", "standard");
    struct tally_schema *r = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    double weight[3] = {1, 2, 0.3};

    (void)state;
    /* The same weights: the same bits under another name. */
    assert_int_equal(tally_schema_reweigh(&r, s, weight, 0.2, 6, &err), 0);
    assert_string_equal(r->name, "tuned");
    assert_string_equal(r->profile, "standard");
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(r->fields[i].bits_per_token, s->fields[i].bits_per_token);
    }
    tally_schema_free(r);
    /* A field of weight 0 is left out, and its bits go to the others. */
    weight[1] = 0;
    assert_int_equal(tally_schema_reweigh(&r, s, weight, 0.1, 8, &err), 0);
    assert_int_equal(r->nfields, 2);
    assert_string_equal(r->fields[1].name, "sex");
    assert_int_equal(r->fields[1].bits_per_token,
                     (unsigned)round(-2048 * log(0.9) * 0.3 / 1.3));
    assert_true(r->fill == 0.1 && r->hardening.n == 1);
    assert_true(r->hardening.steps[0].t == 8 && r->hardening.steps[0].bits == 2048);
    tally_schema_free(r);
    assert_int_equal(tally_schema_reweigh(&r, s, weight, 0.1, 0, &err), 0);
    assert_int_equal(r->hardening.n, 0);
    tally_schema_free(r);
    tally_schema_free(s);
}

static void
other_weights_keep_the_rules_of_a_schema(void **state)
{
    struct tally_schema *s = starter("forename,sex:enumeration", "plain");
    struct tally_schema *r = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    const double none[2] = {0, 0};
    const double heavy[2] = {1, 1000};
    const double fair[2] = {1, 1};

    (void)state;
    assert_int_equal(tally_schema_reweigh(&r, s, none, 0.2, 0, &err), -1);
    assert_int_equal(err.code, TALLY_E_SCHEMA);
    assert_int_equal(tally_schema_reweigh(&r, s, heavy, 0.2, 0, &err), -1);
    assert_int_equal(tally_schema_reweigh(&r, s, fair, 0.2, 6, &err), -1);
    assert_non_null(strstr(err.text, "no diffusion"));
    tally_schema_free(s);
    assert_int_equal(tally_schema_new(&s, USUAL, "plain", "full,no-address", &err), 0);
    assert_int_equal(tally_schema_reweigh(&r, s, fair, 0.2, 0, &err), -1);
    assert_int_equal(err.code, TALLY_E_SCHEMA);
    assert_null(r);
    tally_schema_free(s);
}

static void
starters_know_the_numbers_of_authorities(void **state)
{
    static const struct {
        const char *name;
        const char *type;
        double weight;
    } rows[] = {
        {"chi_number", "chi_number", 2},
        {"upn", "upn", 2},
        {"uln", "uln", 2},
        {"pnc_id", "pnc_id", 2},
        {"national_insurance", "national_insurance", 2},
        {"ni_number", "national_insurance", 2},
        {"telephone", "telephone", 1},
        {"mobile", "telephone", 1},
        {"email", "email", 1},
        {"other_pupil:upn", "upn", 2},
        {"pnc::1.5", "", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct tally_schema *s = NULL;
        struct tally_err err = TALLY_ERR_INIT;

        if (rows[i].weight == 0) {
            assert_int_equal(tally_schema_new(&s, rows[i].name, "plain", NULL, &err), -1);
            assert_non_null(strstr(err.text, "needs a type"));
            continue;
        }
        s = starter(rows[i].name, "plain");
        assert_string_equal(tally_field_type_name(s->fields[0].type), rows[i].type);
        assert_true(s->fields[0].weight == rows[i].weight);
        assert_int_equal(s->fields[0].tokens, s->fields[0].type == TALLY_FIELD_EMAIL
                                                  ? TALLY_TOKENS_BIGRAMS
                                                  : TALLY_TOKENS_POSITIONAL);
        tally_schema_free(s);
    }
}

static void
starters_refuse_what_makes_no_sense(void **state)
{
    static const struct {
        const char *fields;
        const char *profile;
        const char *part;
    } rows[] = {
        {"forename", "fast", "unknown profile 'fast'"},
        {"", "plain", "cannot be the name"},
        {"forename,,sex", "plain", "cannot be the name"},
        {"Forename", "plain", "cannot be the name"},
        {"height", "plain", "field 'height' needs a type"},
        {"height:metres", "plain", "unknown type 'metres'"},
        {"forename,forename", "plain", "named twice"},
        {"a:text:x", "plain", "not a number"},
        {"a:text:0", "plain", "not a number"},
        {"a:text:101", "plain", "not a number"},
        {"a:text:nan", "plain", "not a number"},
        {"a:text:1:syllables", "plain", "cannot be made"},
        {"a:text:1:date", "plain", "cannot be made"},
        {"a:text:1:bigrams:7", "plain", "more than 4 parts"},
        {"a:text:1:bigrams=7", "plain", "only neighbourhood"},
        {"a:integer:1:neighbourhood", "plain", "needs a distance"},
        {"a:integer:1:neighbourhood=0", "plain", "needs a distance"},
        {"a:integer:1:neighbourhood=99999999999999999999", "plain", "needs a distance"},
        {"a:integer:1:neighbourhood=", "plain", "needs a distance"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct tally_schema *s = NULL;
        struct tally_err err = TALLY_ERR_INIT;

        assert_int_equal(
            tally_schema_new(&s, rows[i].fields, rows[i].profile, NULL, &err), -1);
        assert_null(s);
        assert_int_equal(err.code, TALLY_E_USAGE);
        if (strstr(err.text, rows[i].part) == NULL) {
            fail_msg("'%s': got '%s', wanted '%s'", rows[i].fields, err.text,
                     rows[i].part);
        }
    }
}

/* Notes that there is a warning of attacks on plain encodings at ${ctx}, or of something
 * else. */
static void
look(void *ctx, const char *text)
{
    *(bool *)ctx = strstr(text, "frequency and graph matching") != NULL;
}

static void
default_profiles_warn_of_nothing_but_plain(void **state)
{
    static const char *const profiles[] = {"standard", "strict", "plain"};

    (void)state;
    for (size_t i = 0; i < sizeof profiles / sizeof profiles[0]; i++) {
        struct tally_schema *s = starter(USUAL, profiles[i]);
        bool plain = i == 2;
        bool attacks = false;

        assert_int_equal(tally_schema_warnings(s, look, &attacks), plain);
        assert_int_equal(attacks, plain);
        tally_schema_free(s);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_fields_are_diffused_more),
        cmocka_unit_test(the_documented_digest_holds),
        cmocka_unit_test(a_written_schema_reads_back_the_same),
        cmocka_unit_test(starters_come_close_to_their_fill),
        cmocka_unit_test(starters_know_usual_fields_and_take_others),
        cmocka_unit_test(starters_share_bits_by_weight),
        cmocka_unit_test(other_weights_share_the_bits_anew),
        cmocka_unit_test(other_weights_keep_the_rules_of_a_schema),
        cmocka_unit_test(starters_know_the_numbers_of_authorities),
        cmocka_unit_test(starters_refuse_what_makes_no_sense),
        cmocka_unit_test(default_profiles_warn_of_nothing_but_plain),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

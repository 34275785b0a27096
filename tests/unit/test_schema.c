/*
 * The schema: what is read, what is refused and how that is said, the canonical text,
 * starters and warnings.
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
#include <unistd.h>

#include <cmocka.h>

#define HEAD        "{\"tallystick_schema\": 1, \"name\": \"t\", \"bits\": 1024,\n"
#define FIELDS(...) HEAD "\"fields\": [" __VA_ARGS__ "]}"
#define FORENAME                                                                         \
    "{\"name\": \"forename\", \"type\": \"forename\", \"bits_per_token\": 10}"

static struct tally_schema *
parsed(const char *text)
{
    struct tally_schema *s = NULL;
    struct tally_err err = TALLY_ERR_INIT;

    if (tally_schema_parse(&s, "test.json", text, strlen(text), &err) != 0) {
        fail_msg("%s", err.text);
    }
    return s;
}

/* The text must be refused with ${code} and a message that holds ${part}. */
static void
check_refused(const char *text, enum tally_code code, const char *part)
{
    struct tally_schema *s = NULL;
    struct tally_err err = TALLY_ERR_INIT;

    assert_int_equal(tally_schema_parse(&s, "test.json", text, strlen(text), &err), -1);
    assert_null(s);
    if (err.code != code || strstr(err.text, part) == NULL) {
        fail_msg("got '%s' (%s), wanted '%s'", err.text, tally_err_name(err.code), part);
    }
    assert_non_null(strstr(err.text, "test.json"));
}

static void
a_small_schema_is_read_with_its_defaults(void **state)
{
    struct tally_schema *s = parsed(FIELDS(FORENAME));

    (void)state;
    assert_string_equal(s->name, "t");
    assert_string_equal(s->profile, "custom");
    assert_int_equal(s->bits, 1024);
    assert_true(s->fill == 0.2);
    assert_int_equal(s->hardening.n, 0);
    assert_int_equal(tally_schema_output_bits(s), 1024);
    assert_int_equal(s->nfields, 1);
    assert_string_equal(s->fields[0].domain, "forename");
    assert_int_equal(s->fields[0].tokens, TALLY_TOKENS_BIGRAMS);
    assert_int_equal(s->fields[0].bits_per_token, 10);
    assert_true(s->fields[0].weight == 1);
    tally_schema_free(s);
}

static void
every_member_is_read(void **state)
{
    struct tally_schema *s = parsed(
        "{\"tallystick_schema\": 1, \"name\": \"Anytown 2025\", \"profile\": "
        "\"standard\",\n"
        "\"bits\": 2048, \"fill\": 0.25,\n"
        "\"hardening\": [{\"kind\": \"diffusion\", \"t\": 6, \"bits\": 1984}],\n"
        "\"fields\": [\n"
        "{\"name\": \"age\", \"type\": \"integer\", \"tokens\": \"neighbourhood\", "
        "\"distance\": 10, \"minimum\": 0, \"maximum\": 120, \"weight\": 0.5, "
        "\"bits_per_token\": 3},\n"
        "{\"name\": \"force\", \"type\": \"enumeration\", \"values\": [\"A\", \"Bé\"], "
        "\"bits_per_token\": 20},\n"
        "{\"name\": \"surname\", \"type\": \"surname\", \"domain\": \"names\", "
        "\"tokens\": \"positional\", \"bits_per_token\": 9}]}");

    (void)state;
    assert_string_equal(s->name, "Anytown 2025");
    assert_int_equal(s->hardening.n, 1);
    assert_int_equal(s->hardening.steps[0].t, 6);
    assert_int_equal(s->hardening.steps[0].bits, 1984);
    assert_int_equal(tally_schema_output_bits(s), 1984);
    assert_int_equal(s->fields[0].distance, 10);
    assert_int_equal(s->fields[0].minimum, 0);
    assert_int_equal(s->fields[0].maximum, 120);
    assert_true(s->fields[0].weight == 0.5);
    assert_int_equal(s->fields[1].nvalues, 2);
    assert_string_equal(s->fields[1].values[1], "be");
    assert_string_equal(s->fields[2].domain, "names");
    assert_int_equal(s->fields[2].tokens, TALLY_TOKENS_POSITIONAL);
    tally_schema_free(s);
}

static void
members_that_are_unknown_or_missing_are_refused(void **state)
{
    (void)state;
    check_refused("", TALLY_E_JSON, "test.json");
    check_refused("[]", TALLY_E_JSON, "");
    check_refused("{}", TALLY_E_JSON, "tallystick_schema");
    check_refused(HEAD "\"fields\": [" FORENAME "], \"pepper\": 1}", TALLY_E_JSON,
                  "pepper");
    check_refused("{\"tallystick_schema\": 1, \"name\": \"t\", \"fields\": []}",
                  TALLY_E_JSON, "bits");
    check_refused("{\"tallystick_schema\": 1, \"name\": \"t\", \"bits\": 64}",
                  TALLY_E_JSON, "fields");
    check_refused(FIELDS("{\"name\": \"a\", \"type\": \"text\"}"), TALLY_E_JSON,
                  "bits_per_token");
    check_refused(FIELDS("{\"name\": \"a\", \"type\": \"text\", \"bits_per_token\": 2, "
                         "\"k\": 2}"),
                  TALLY_E_JSON, "fields[0]");
    check_refused(FIELDS("7"), TALLY_E_JSON, "fields[0]");
}

static void
another_version_is_refused(void **state)
{
    (void)state;
    check_refused("{\"tallystick_schema\": 2, \"novel\": true}", TALLY_E_SCHEMA,
                  "version 2");
    check_refused("{\"tallystick_schema\": 0}", TALLY_E_SCHEMA, "version 0");
}

static void
errors_name_line_and_path(void **state)
{
    (void)state;
    check_refused(HEAD
                  "\"fields\": [\n" FORENAME ",\n"
                  "{\"name\": \"dob\",\n \"type\": \"dates\", \"bits_per_token\": 2}]}",
                  TALLY_E_SCHEMA, "line 5: fields[1].type: unknown field type 'dates'");
}

static void
names_are_checked(void **state)
{
    (void)state;
    check_refused("{\"tallystick_schema\": 1, \"name\": \"\", \"bits\": 64}",
                  TALLY_E_SCHEMA, "label");
    check_refused("{\"tallystick_schema\": 1, \"name\": \"<b>\", \"bits\": 64}",
                  TALLY_E_SCHEMA, "label");
    check_refused(FIELDS("{\"name\": \"Fore name\", \"type\": \"text\", "
                         "\"bits_per_token\": 2}"),
                  TALLY_E_SCHEMA, "lower-case");
    check_refused(FIELDS("{\"name\": \"\", \"type\": \"text\", \"bits_per_token\": 2}"),
                  TALLY_E_SCHEMA, "lower-case");
    check_refused(FIELDS("{\"name\": \"a\", \"domain\": \"B\", \"type\": \"text\", "
                         "\"bits_per_token\": 2}"),
                  TALLY_E_SCHEMA, "fields[0].domain");
    check_refused(FIELDS(FORENAME "," FORENAME), TALLY_E_SCHEMA,
                  "two fields called 'forename'");
}

static void
bits_are_a_power_of_two_in_range(void **state)
{
    (void)state;
    check_refused(
        "{\"tallystick_schema\": 1, \"name\": \"t\", \"bits\": 1000, \"fields\": []}",
        TALLY_E_SCHEMA, "power of two");
    check_refused(
        "{\"tallystick_schema\": 1, \"name\": \"t\", \"bits\": 32, \"fields\": []}",
        TALLY_E_JSON, "bits");
    check_refused(
        "{\"tallystick_schema\": 1, \"name\": \"t\", \"bits\": 16384, \"fields\": []}",
        TALLY_E_JSON, "bits");
}

static void
fields_number_one_to_thirty_two(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_buf text = {0};
    struct tally_schema *s;

    (void)state;
    check_refused(FIELDS(""), TALLY_E_SCHEMA, "0 fields");
    for (int n = 32; n <= 33; n++) {
        tally_buf_wipe(&text);
        text.len = 0;
        assert_int_equal(tally_buf_printf(&text, &err, HEAD "\"fields\": ["), 0);
        for (int i = 0; i < n; i++) {
            assert_int_equal(tally_buf_printf(&text, &err,
                                              "%s{\"name\": \"f%d\", \"type\": \"sex\", "
                                              "\"bits_per_token\": 2}",
                                              i > 0 ? "," : "", i),
                             0);
        }
        assert_int_equal(tally_buf_append(&text, "]}", 3, &err), 0);
        if (n == 32) {
            s = parsed((const char *)text.data);
            assert_int_equal(s->nfields, 32);
            tally_schema_free(s);
        } else {
            check_refused((const char *)text.data, TALLY_E_SCHEMA, "33 fields");
        }
    }
    tally_buf_free(&text);
}

static void
tokens_must_fit_the_type(void **state)
{
    (void)state;
    check_refused(FIELDS("{\"name\": \"a\", \"type\": \"text\", \"tokens\": \"date\", "
                         "\"bits_per_token\": 2}"),
                  TALLY_E_SCHEMA, "date tokens cannot be made of a field of type text");
    check_refused(FIELDS("{\"name\": \"a\", \"type\": \"date\", \"tokens\": \"bigrams\", "
                         "\"bits_per_token\": 2}"),
                  TALLY_E_SCHEMA, "cannot be made");
    check_refused(
        FIELDS("{\"name\": \"a\", \"type\": \"text\", \"tokens\": \"trigrams\", "
               "\"bits_per_token\": 2}"),
        TALLY_E_SCHEMA, "unknown kind of tokens");
    check_refused(FIELDS("{\"name\": \"a\", \"type\": \"integer\", "
                         "\"tokens\": \"neighbourhood\", \"bits_per_token\": 2}"),
                  TALLY_E_SCHEMA, "need a distance");
    check_refused(FIELDS("{\"name\": \"a\", \"type\": \"integer\", "
                         "\"tokens\": \"neighbourhood\", \"distance\": 0, "
                         "\"bits_per_token\": 2}"),
                  TALLY_E_JSON, "distance");
    check_refused(FIELDS("{\"name\": \"a\", \"type\": \"integer\", \"distance\": 5, "
                         "\"bits_per_token\": 2}"),
                  TALLY_E_SCHEMA, "only neighbourhood");
}

static void
members_of_other_types_are_refused(void **state)
{
    (void)state;
    check_refused(FIELDS("{\"name\": \"a\", \"type\": \"text\", \"minimum\": 1, "
                         "\"bits_per_token\": 2}"),
                  TALLY_E_SCHEMA, "only a field of type integer has a minimum");
    check_refused(FIELDS("{\"name\": \"a\", \"type\": \"text\", \"values\": [], "
                         "\"bits_per_token\": 2}"),
                  TALLY_E_SCHEMA, "only a field of type enumeration");
    check_refused(FIELDS("{\"name\": \"a\", \"type\": \"integer\", \"minimum\": 2, "
                         "\"maximum\": 1, \"bits_per_token\": 2}"),
                  TALLY_E_SCHEMA, "minimum is above maximum");
    check_refused(FIELDS("{\"name\": \"a\", \"type\": \"integer\", "
                         "\"minimum\": 1000000000000000, \"bits_per_token\": 2}"),
                  TALLY_E_JSON, "minimum");
}

static void
enumeration_values_that_fold_alike_are_refused(void **state)
{
    (void)state;
    check_refused(
        FIELDS("{\"name\": \"a\", \"type\": \"enumeration\", "
               "\"values\": [\"Élan\", \"x\", \"elan \"], \"bits_per_token\": 2}"),
        TALLY_E_SCHEMA, "fields[0].values[2]: folds to the same text as values[0]");
    check_refused(
        FIELDS("{\"name\": \"a\", \"type\": \"enumeration\", \"values\": [\" \"], "
               "\"bits_per_token\": 2}"),
        TALLY_E_SCHEMA, "values[0]");
    check_refused(FIELDS("{\"name\": \"a\", \"type\": \"enumeration\", \"values\": [7], "
                         "\"bits_per_token\": 2}"),
                  TALLY_E_JSON, "values[0]");
}

static void
bits_per_token_is_limited_and_so_is_what_a_record_sets(void **state)
{
    (void)state;
    check_refused(FIELDS("{\"name\": \"a\", \"type\": \"text\", \"bits_per_token\": 0}"),
                  TALLY_E_JSON, "bits_per_token");
    check_refused(
        FIELDS("{\"name\": \"a\", \"type\": \"text\", \"bits_per_token\": 257}"),
        TALLY_E_JSON, "bits_per_token");
    check_refused(
        FIELDS("{\"name\": \"a\", \"type\": \"address\", \"bits_per_token\": 256}"),
        TALLY_E_SCHEMA, "99 % of the bits");
}

static void
hardening_is_known_or_refused_by_name(void **state)
{
    (void)state;
    check_refused(HEAD "\"hardening\": [{\"kind\": \"polish\"}], \"fields\": []}",
                  TALLY_E_SCHEMA, "does not know the hardening 'polish'");
    check_refused(HEAD
                  "\"hardening\": [{\"kind\": \"diffusion\", \"t\": 6, \"bits\": 1024},"
                  "{\"kind\": \"diffusion\", \"t\": 6, \"bits\": 1024}], \"fields\": []}",
                  TALLY_E_SCHEMA, "twice");
    check_refused(HEAD
                  "\"hardening\": [{\"kind\": \"diffusion\", \"t\": 1, \"bits\": 1024}], "
                  "\"fields\": []}",
                  TALLY_E_JSON, "hardening[0].t");
    check_refused(HEAD
                  "\"hardening\": [{\"kind\": \"diffusion\", \"t\": 6, \"bits\": 1000}], "
                  "\"fields\": []}",
                  TALLY_E_SCHEMA, "multiple of 64");
    check_refused(HEAD
                  "\"hardening\": [{\"kind\": \"diffusion\", \"t\": 6}], \"fields\": []}",
                  TALLY_E_JSON, "bits");
    check_refused(HEAD "\"hardening\": {}, \"fields\": []}", TALLY_E_JSON, "hardening");
}

/* Fields under which an ordinary record sets about 29 % and 34 % of 1024 bits. */
#define FULL_29 "{\"name\": \"a\", \"type\": \"forename\", \"bits_per_token\": 50}"
#define FULL_34 "{\"name\": \"a\", \"type\": \"forename\", \"bits_per_token\": 61}"
#define HARDENED(steps, fields)                                                          \
    HEAD "\"hardening\": [" steps "], \"fields\": [" fields "]}"
#define DIFFUSION "{\"kind\": \"diffusion\", \"t\": 6, \"bits\": 1024}"

static void
dangerous_hardening_is_refused_with_the_reason(void **state)
{
    (void)state;
    tally_schema_free(parsed(HARDENED(DIFFUSION, FULL_29)));
    check_refused(HARDENED(DIFFUSION, FULL_34), TALLY_E_SCHEMA,
                  "34 % full loses matches: 30 % is the most");
    check_refused(HARDENED("{\"kind\": \"rule90\"}, " DIFFUSION, FULL_29), TALLY_E_SCHEMA,
                  "41 % full");
    check_refused(HARDENED("{\"kind\": \"balance\"}, " DIFFUSION, FORENAME),
                  TALLY_E_SCHEMA, "50 % full");
    tally_schema_free(parsed(HARDENED(DIFFUSION ", {\"kind\": \"balance\"}", FULL_29)));
    /* The fullest view counts. */
    check_refused(HEAD "\"hardening\": [" DIFFUSION "], \"fields\": [" FULL_29
                       "], \"views\": [{\"name\": \"v\", \"fields\": [{\"name\": "
                       "\"a\", \"bits_per_token\": 61}]}]}",
                  TALLY_E_SCHEMA, "34 % full");
    check_refused("{\"tallystick_schema\": 1, \"name\": \"t\", \"bits\": 64, "
                  "\"hardening\": [{\"kind\": \"diffusion\", \"t\": 17, \"bits\": 64}], "
                  "\"fields\": []}",
                  TALLY_E_SCHEMA, "t 17 of the diffusion is above a quarter");
    check_refused(
        HARDENED("{\"kind\": \"fold\", \"times\": 4}, {\"kind\": \"rule90\"}, " DIFFUSION
                 ", {\"kind\": \"permute\"}, {\"kind\": "
                 "\"balance\"}",
                 FORENAME),
        TALLY_E_SCHEMA, "at most 4");
    check_refused("{\"tallystick_schema\": 1, \"name\": \"t\", \"bits\": 512, "
                  "\"hardening\": [{\"kind\": \"fold\", \"times\": 4}], \"fields\": []}",
                  TALLY_E_SCHEMA, "not a multiple of 64");
    check_refused("{\"tallystick_schema\": 1, \"name\": \"t\", \"bits\": 8192, "
                  "\"hardening\": [{\"kind\": \"balance\"}], \"fields\": []}",
                  TALLY_E_SCHEMA, "more than 8192");
}

static void
steps_of_hardening_are_part_of_the_canonical_text(void **state)
{
    struct tally_schema *s =
        parsed(HARDENED("{\"kind\": \"fold\"}, {\"kind\": \"balance\"}, {\"kind\": "
                        "\"permute\"}, {\"kind\": \"blip\", \"f\": 0.05}",
                        FORENAME));
    char *text = tally_schema_text(s, 0);

    (void)state;
    assert_int_equal(tally_schema_output_bits(s), 1024);
    assert_non_null(strstr(text, "\"hardening\":[{\"kind\":\"fold\",\"times\":1},{"
                                 "\"kind\":\"balance\"},{\"kind\":\"permute\"},{\"f\":"
                                 "0.05,\"kind\":\"blip\"}]"));
    free(text);
    tally_schema_free(s);
}

#define BORN "{\"name\": \"born\", \"type\": \"date\", \"bits_per_token\": 9}"

static void
only_validated_fields_may_salt(void **state)
{
    struct tally_schema *s =
        parsed(HEAD "\"salt\": \"born\", \"fields\": [" FORENAME ", " BORN "]}");
    struct tally_schema *without = parsed(FIELDS(FORENAME ", " BORN));
    char *text = tally_schema_text(s, 0);

    (void)state;
    assert_true(s->salted);
    assert_int_equal(s->salt_field, 1);
    assert_non_null(strstr(text, "\"salt\":\"born\""));
    assert_memory_not_equal(s->digest, without->digest, TALLY_DIGEST_BYTES);
    assert_false(without->salted);
    free(text);
    tally_schema_free(s);
    tally_schema_free(without);
    check_refused(HEAD "\"salt\": \"forename\", \"fields\": [" FORENAME "]}",
                  TALLY_E_SCHEMA, "'forename' cannot salt");
    check_refused(HEAD "\"salt\": \"e\", \"fields\": [{\"name\": \"e\", \"type\": "
                       "\"enumeration\", \"bits_per_token\": 9}]}",
                  TALLY_E_SCHEMA, "cannot salt");
    check_refused(HEAD "\"salt\": \"nobody\", \"fields\": [" FORENAME "]}",
                  TALLY_E_SCHEMA, "no field called 'nobody'");
    check_refused(HEAD "\"salt\": 7, \"fields\": [" FORENAME "]}", TALLY_E_JSON, "salt");
    s = parsed(HEAD "\"salt\": \"e\", \"fields\": [{\"name\": \"e\", \"type\": "
                    "\"enumeration\", \"values\": [\"a\"], \"bits_per_token\": 9}]}");
    tally_schema_free(s);
}

static void
the_digest_ignores_order_blanks_and_defaults_left_out(void **state)
{
    struct tally_schema *a = parsed(FIELDS(FORENAME));
    struct tally_schema *b =
        parsed("{\"fields\":[{\"bits_per_token\":10,\"weight\":1,\"tokens\":\"bigrams\","
               "\"domain\":\"forename\",\"type\":\"forename\",\"name\":\"forename\"}],"
               "\"hardening\":[],\"fill\":0.20,\"profile\":\"custom\",\"bits\":1024,"
               "\"name\":\"t\","
               "\"tallystick_schema\":1}");

    (void)state;
    assert_memory_equal(a->digest, b->digest, TALLY_DIGEST_BYTES);
    tally_schema_free(b);
    b = parsed(FIELDS("{\"name\": \"forename\", \"type\": \"forename\", "
                      "\"bits_per_token\": 11}"));
    assert_memory_not_equal(a->digest, b->digest, TALLY_DIGEST_BYTES);
    tally_schema_free(a);
    tally_schema_free(b);
}

static void
the_canonical_text_is_pinned(void **state)
{
    struct tally_schema *s = parsed(HEAD "\"fields\": [" FORENAME "]}");
    char *text = tally_schema_text(s, 0);

    (void)state;
    assert_string_equal(
        text, "{\"bits\":1024,\"fields\":[{\"bits_per_token\":10,\"domain\":\"forename\","
              "\"name\":\"forename\",\"tokens\":\"bigrams\",\"type\":\"forename\","
              "\"weight\":1.0}],\"fill\":0.2,\"hardening\":[],\"name\":\"t\","
              "\"profile\":\"custom\",\"tallystick_schema\":1}");
    free(text);
    tally_schema_free(s);
}

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
        hex, "dc0e57a552d32e15847ceb46d30e69800ab8bc44434491d89cdbdb87a7a932da");
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
    struct tally_schema *b = parsed(text);
    char *again = tally_schema_text(b, 2);

    (void)state;
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
            assert_int_equal(s->hardening.steps[0].t, p == 0 ? 6 : p == 1 ? 8 : 0);
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

/* Joins the warnings, one a line, into the text at ${ctx}. */
static void
collect(void *ctx, const char *text)
{
    char *all = ctx;

    strcat(all, text);
    strcat(all, "\n");
}

static size_t
warnings_of(struct tally_schema *s, char *all)
{
    all[0] = '\0';
    return tally_schema_warnings(s, collect, all);
}

static void
default_profiles_warn_of_nothing_but_plain(void **state)
{
    char all[8192];
    struct tally_schema *s = starter(USUAL, "standard");

    (void)state;
    assert_int_equal(warnings_of(s, all), 0);
    tally_schema_free(s);
    s = starter(USUAL, "strict");
    assert_int_equal(warnings_of(s, all), 0);
    tally_schema_free(s);
    s = starter(USUAL, "plain");
    assert_int_equal(warnings_of(s, all), 1);
    assert_non_null(strstr(all, "frequency and graph matching"));
    tally_schema_free(s);
}

static void
unwise_choices_are_warned_of(void **state)
{
    char all[8192];
    struct tally_schema *s = parsed(
        "{\"tallystick_schema\": 1, \"name\": \"t\", \"bits\": 256, \"fill\": 0.4,\n"
        "\"hardening\": [{\"kind\": \"diffusion\", \"t\": 3, \"bits\": 512}],\n"
        "\"fields\": [{\"name\": \"a\", \"type\": \"address\", \"bits_per_token\": 2},\n"
        "{\"name\": \"b\", \"type\": \"text\", \"domain\": \"a\", \"bits_per_token\": "
        "1}]}");

    (void)state;
    assert_int_equal(warnings_of(s, all), 6);
    assert_non_null(strstr(all, "t 3"));
    assert_non_null(strstr(all, "helps an attacker"));
    assert_non_null(strstr(all, "256 bits is short"));
    assert_non_null(strstr(all, "states a fill of 40 %"));
    assert_non_null(strstr(all, "field 'b' sets one bit a token"));
    assert_non_null(strstr(all, "fields 'a' and 'b' share a domain"));
    tally_schema_free(s);
    s = parsed(FIELDS(FORENAME));
    assert_true(warnings_of(s, all) > 0);
    assert_non_null(strstr(all, "one field alone"));
    tally_schema_free(s);
}

static void
unwise_hardening_is_warned_of(void **state)
{
    char all[8192];
    struct tally_schema *s = parsed(HARDENED("{\"kind\": \"balance\"}", FORENAME));

    (void)state;
    (void)warnings_of(s, all);
    assert_non_null(strstr(all, "balancing, without diffusion"));
    tally_schema_free(s);
    s = parsed(HARDENED(DIFFUSION ", {\"kind\": \"blip\", \"f\": 0.1}", FORENAME));
    (void)warnings_of(s, all);
    assert_non_null(strstr(all, "noise after diffusion"));
    assert_non_null(strstr(all, "single bits, not records"));
    tally_schema_free(s);
    s = parsed(HARDENED("{\"kind\": \"blip\", \"f\": 0.1}, " DIFFUSION, FORENAME));
    (void)warnings_of(s, all);
    assert_non_null(strstr(all, "noise before diffusion"));
    tally_schema_free(s);
    s = parsed(HARDENED(DIFFUSION ", {\"kind\": \"rule90\"}", FULL_29));
    (void)warnings_of(s, all);
    assert_non_null(strstr(all, "12 bits combined in one at 29 % fill"));
    tally_schema_free(s);
}

static void
a_schema_is_loaded_from_a_file(void **state)
{
    char path[] = "/tmp/tally-test-schema-XXXXXX";
    struct tally_schema *s = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    int fd = mkstemp(path);

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(write(fd, FIELDS(FORENAME), strlen(FIELDS(FORENAME))),
                     strlen(FIELDS(FORENAME)));
    close(fd);
    assert_int_equal(tally_schema_load(&s, path, &err), 0);
    assert_int_equal(s->nfields, 1);
    tally_schema_free(s);
    unlink(path);
    s = NULL;
    assert_int_equal(tally_schema_load(&s, path, &err), -1);
    assert_int_equal(err.code, TALLY_E_NO_FILE);
    assert_null(s);
    tally_schema_free(NULL);
}

static void
types_and_kinds_have_names(void **state)
{
    (void)state;
    assert_string_equal(tally_field_type_name(TALLY_FIELD_NHS_NUMBER), "nhs_number");
    assert_string_equal(tally_field_type_name(TALLY_FIELD_TYPES), "unknown");
    assert_string_equal(tally_token_kind_name(TALLY_TOKENS_WHOLE), "whole");
    assert_string_equal(tally_token_kind_name(TALLY_TOKEN_KINDS), "unknown");
    for (int t = 0; t < TALLY_FIELD_TYPES; t++) {
        for (int k = 0; k < TALLY_TOKEN_KINDS; k++) {
            assert_true(tally_schema_expected_tokens((enum tally_field_type)t,
                                                     (enum tally_token_kind)k) >= 1);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_small_schema_is_read_with_its_defaults),
        cmocka_unit_test(every_member_is_read),
        cmocka_unit_test(members_that_are_unknown_or_missing_are_refused),
        cmocka_unit_test(another_version_is_refused),
        cmocka_unit_test(errors_name_line_and_path),
        cmocka_unit_test(names_are_checked),
        cmocka_unit_test(bits_are_a_power_of_two_in_range),
        cmocka_unit_test(fields_number_one_to_thirty_two),
        cmocka_unit_test(tokens_must_fit_the_type),
        cmocka_unit_test(members_of_other_types_are_refused),
        cmocka_unit_test(enumeration_values_that_fold_alike_are_refused),
        cmocka_unit_test(bits_per_token_is_limited_and_so_is_what_a_record_sets),
        cmocka_unit_test(hardening_is_known_or_refused_by_name),
        cmocka_unit_test(dangerous_hardening_is_refused_with_the_reason),
        cmocka_unit_test(steps_of_hardening_are_part_of_the_canonical_text),
        cmocka_unit_test(only_validated_fields_may_salt),
        cmocka_unit_test(the_digest_ignores_order_blanks_and_defaults_left_out),
        cmocka_unit_test(the_canonical_text_is_pinned),
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
        cmocka_unit_test(unwise_choices_are_warned_of),
        cmocka_unit_test(unwise_hardening_is_warned_of),
        cmocka_unit_test(a_schema_is_loaded_from_a_file),
        cmocka_unit_test(types_and_kinds_have_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

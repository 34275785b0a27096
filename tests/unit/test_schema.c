/*
 * The schema: what is read, what is refused and how that is said, the canonical text and
 * warnings.
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
        cmocka_unit_test(unwise_choices_are_warned_of),
        cmocka_unit_test(unwise_hardening_is_warned_of),
        cmocka_unit_test(a_schema_is_loaded_from_a_file),
        cmocka_unit_test(types_and_kinds_have_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

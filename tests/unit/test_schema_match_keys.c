/*
 * Match keys in a schema: what is read, what would give people away, and adding some.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/schema.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FIELD(name, type)                                                                \
    "{\"name\": \"" name "\", \"type\": \"" type "\", \"bits_per_token\": 4}"
#define SCHEMA(keys)                                                                                                              \
    "{\"tallystick_schema\": 1, \"name\": \"t\", \"bits\": 1024, \"fields\": [" FIELD("forename", "forename") ", " FIELD(         \
        "surname",                                                                                                                \
        "surname") ", " FIELD("dob",                                                                                              \
                              "date") ", " FIELD("sex",                                                                           \
                                                 "sex") ", " FIELD("home",                                                        \
                                                                   "postcode") ","                                                \
                                                                               " " FIELD("nhs",                                   \
                                                                                         "nhs_number") "], \"match_keys\": " keys \
                                                                                                       "}"
#define KEY(name, fields) "{\"name\": \"" name "\", \"fields\": [" fields "]}"

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

static void
check_refused(const char *text, const char *part)
{
    struct tally_schema *s = NULL;
    struct tally_err err = TALLY_ERR_INIT;

    assert_int_equal(tally_schema_parse(&s, "test.json", text, strlen(text), &err), -1);
    if (strstr(err.text, part) == NULL) {
        fail_msg("got '%s', wanted '%s'", err.text, part);
    }
}

static void
match_keys_are_read_and_written_back(void **state)
{
    struct tally_schema *s = parsed(
        SCHEMA("[" KEY("nhs", "\"nhs\"") ", " KEY("born-here", "\"home\", \"dob\"") "]"));
    struct tally_schema *again;
    char *text = tally_schema_text(s, 0);

    (void)state;
    assert_int_equal(s->nmatch_keys, 2);
    assert_string_equal(s->match_keys[1].name, "born-here");
    assert_int_equal(s->match_keys[0].fields, 32);
    assert_int_equal(s->match_keys[1].fields, 4 + 16);
    /* in the order of the schema, however they were written */
    assert_non_null(strstr(text, "\"fields\":[\"dob\",\"home\"],\"name\":\"born-here\""));
    again = parsed(text);
    assert_memory_equal(again->digest, s->digest, sizeof(s->digest));
    tally_schema_free(again);
    free(text);
    tally_schema_free(s);
}

static void
keys_that_strangers_share_are_refused(void **state)
{
    static const char *const shared[] = {"\"forename\", \"surname\"", "\"dob\"",
                                         "\"dob\", \"sex\"",          "\"home\"",
                                         "\"surname\", \"sex\"",      ""};
    static const char *const fine[] = {"\"nhs\"", "\"surname\", \"dob\"",
                                       "\"forename\", \"home\"", "\"dob\", \"home\"",
                                       "\"nhs\", \"sex\""};
    char text[2048];

    (void)state;
    for (size_t i = 0; i < sizeof(shared) / sizeof(shared[0]); i++) {
        snprintf(text, sizeof(text), SCHEMA("[" KEY("k", "%s") "]"), shared[i]);
        check_refused(text, "match key 'k' is the same for many people");
    }
    for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++) {
        snprintf(text, sizeof(text), SCHEMA("[" KEY("k", "%s") "]"), fine[i]);
        tally_schema_free(parsed(text));
    }
}

static void
malformed_keys_are_refused(void **state)
{
    (void)state;
    check_refused(SCHEMA("[]"), "0 match keys");
    check_refused(SCHEMA("[" KEY("k", "\"nix\"") "]"), "no field called 'nix'");
    check_refused(SCHEMA("[" KEY("k", "\"nhs\", \"nhs\"") "]"), "stands there twice");
    check_refused(SCHEMA("[" KEY("K", "\"nhs\"") "]"), "name of a match key");
    check_refused(SCHEMA("[" KEY("k", "\"nhs\"") ", " KEY("k", "\"nhs\"") "]"),
                  "two match keys called 'k'");
    check_refused(SCHEMA("[{\"name\": \"k\"}]"), "fields");
    check_refused(SCHEMA("[{\"name\": \"k\", \"fields\": [\"nhs\"], \"x\": 1}]"), "x");
}

static void
count_words(void *ctx, const char *text)
{
    int *counts = ctx;

    counts[0] += strstr(text, "match keys are equal wherever values are") != NULL;
    counts[1] += strstr(text, "match key 'b' adds nothing") != NULL;
}

static void
what_keys_show_is_warned_of(void **state)
{
    struct tally_schema *s =
        parsed(SCHEMA("[" KEY("a", "\"nhs\"") ", " KEY("b", "\"nhs\", \"sex\"") "]"));
    struct tally_schema *other =
        parsed(SCHEMA("[" KEY("b", "\"nhs\", \"sex\"") ", " KEY("a", "\"nhs\"") "]"));
    int counts[2] = {0};

    (void)state;
    (void)tally_schema_warnings(s, count_words, counts);
    assert_int_equal(counts[0], 1);
    assert_int_equal(counts[1], 1);
    (void)tally_schema_warnings(other, count_words, counts);
    assert_int_equal(counts[0], 2);
    assert_int_equal(counts[1], 1);
    tally_schema_free(s);
    tally_schema_free(other);
}

static void
keys_are_added_by_the_names_of_their_fields(void **state)
{
    struct tally_schema *s = NULL, *with = NULL, *none = NULL;
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    assert_int_equal(
        tally_schema_new(&s, "surname,date_of_birth,nhs_number", "standard", NULL, &err),
        0);
    assert_int_equal(
        tally_schema_add_match_keys(&with, s, "nhs_number,surname+date_of_birth", &err),
        0);
    assert_int_equal(with->nmatch_keys, 2);
    assert_string_equal(with->match_keys[1].name, "surname-date_of_birth");
    assert_int_equal(with->match_keys[1].fields, 3);
    assert_memory_not_equal(with->digest, s->digest, sizeof(s->digest));
    assert_int_equal(tally_schema_add_match_keys(&none, s, "surname+", &err), -1);
    assert_int_equal(err.code, TALLY_E_USAGE);
    assert_int_equal(tally_schema_add_match_keys(&none, s, "surname", &err), -1);
    assert_int_equal(err.code, TALLY_E_SCHEMA);
    assert_null(none);
    tally_schema_free(with);
    tally_schema_free(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(match_keys_are_read_and_written_back),
        cmocka_unit_test(keys_that_strangers_share_are_refused),
        cmocka_unit_test(malformed_keys_are_refused),
        cmocka_unit_test(what_keys_show_is_warned_of),
        cmocka_unit_test(keys_are_added_by_the_names_of_their_fields),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

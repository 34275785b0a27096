/*
 * clkhash schemas: what is taken, what is refused and where, and what versions 1 and 2
 * become.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/clkhash_schema.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define KDF "\"kdf\": {\"type\": \"HKDF\"}"

static int
parse(const char *text, struct tally_clkhash_schema **out, struct tally_err *err)
{
    *err = (struct tally_err)TALLY_ERR_INIT;
    *out = NULL;
    return tally_clkhash_schema_parse(out, "s.json", text, strlen(text), err);
}

/* A schema of version  with one feature that ends in . */
static const char *
with_feature(int version, const char *config, const char *rest)
{
    static char text[2048];

    snprintf(text, sizeof text,
             "{\"version\": %d, \"clkConfig\": {\"l\": 1024, %s" KDF "},\n"
             "\"features\": [{\"identifier\": \"a\", %s}]}",
             version, config, rest);
    return text;
}

static void
assert_refused(const char *text, const char *why)
{
    struct tally_clkhash_schema *s;
    struct tally_err err;

    assert_int_equal(parse(text, &s, &err), -1);
    assert_null(s);
    assert_true(err.code == TALLY_E_SCHEMA || err.code == TALLY_E_JSON ||
                err.code == TALLY_E_LIMIT);
    if (strstr(err.text, why) == NULL) {
        fail_msg("'%s' does not say '%s'", err.text, why);
    }
}

static struct tally_clkhash_schema *
taken(const char *text)
{
    struct tally_clkhash_schema *s;
    struct tally_err err;

    if (parse(text, &s, &err) != 0) {
        fail_msg("%s", err.text);
    }
    return s;
}

#define STRING "\"format\": {\"type\": \"string\"}, "
#define HASHING                                                                          \
    "\"hashing\": {\"comparison\": {\"type\": \"ngram\", \"n\": 2}, \"strategy\": "      \
    "{\"bitsPerToken\": 5}}"

static void
schema_has_the_defaults_of_clkhash(void **state)
{
    struct tally_clkhash_schema *s = taken(with_feature(3, "", STRING HASHING));

    (void)state;
    assert_int_equal(s->version, 3);
    assert_int_equal(s->bits, 1024);
    assert_int_equal(s->folds, 0);
    assert_false(s->sha512);
    assert_int_equal(s->key_size, 64);
    assert_int_equal(s->salt_len, 0);
    assert_int_equal(s->features[0].format.encoding, TALLY_CLKHASH_UTF8);
    assert_int_equal(s->features[0].format.letters, TALLY_CLKHASH_MIXED);
    assert_int_equal(s->features[0].hashing.hash, TALLY_CLKHASH_BLAKE);
    assert_false(s->features[0].hashing.positional);
    assert_false(s->features[0].hashing.per_feature);
    tally_clkhash_schema_free(s);
}

static void
schema_takes_whole_numbers_with_a_fraction_of_zero(void **state)
{
    struct tally_clkhash_schema *s = taken(
        "{\"version\": 3.0, \"more\": 1, \"clkConfig\": {\"l\": 64.0, \"xor_folds\": 1, "
        "\"xorFolds\": 2, \"kdf\": {\"type\": \"HKDF\", \"salt\": \"*\", \"info\": "
        "\"Zm9v\"}},"
        "\"features\": [{\"identifier\": \"a\", \"ignored\": true}]}");

    (void)state;
    assert_int_equal(s->bits, 64);
    assert_int_equal(tally_clkhash_schema_unfolded(s), 128);
    assert_true(s->says_xor_folds_camel);
    assert_int_equal(s->salt_len, 0);
    assert_int_equal(s->info_len, 3);
    tally_clkhash_schema_free(s);
}

static void
schema_refuses_what_clkhash_refuses(void **state)
{
    (void)state;
    assert_refused("{}", "'version' is missing");
    assert_refused("[]", "must be an object");
    assert_refused("{\"version\": 4}", "version 1, 2 or 3");
    assert_refused("{\"version\": \"3\"}", "must be a number");
    assert_refused("{\"version\": 3}", "'clkConfig' is missing");
    assert_refused("{\"version\": 3, \"clkConfig\": {" KDF "}}", "'l' is missing");
    assert_refused("{\"version\": 3, \"clkConfig\": {\"l\": 0, " KDF "}}", "at least 1");
    assert_refused("{\"version\": 3, \"clkConfig\": {\"l\": 1.5, " KDF "}}",
                   "whole number");
    assert_refused(
        "{\"version\": 3, \"clkConfig\": {\"l\": 8, \"kdf\": {\"type\": \"x\"}}}",
        "kdf.type");
    assert_refused(
        "{\"version\": 3, \"clkConfig\": {\"l\": 8, \"kdf\": {\"type\": \"HKDF\", "
        "\"salt\": \"abc\"}}}",
        "salt");
    assert_refused("{\"version\": 3, \"clkConfig\": {\"l\": 8, " KDF "}}",
                   "'features' is missing");
    assert_refused(with_feature(3, "", "\"ignored\": false"), "'format' and 'hashing'");
    assert_refused(with_feature(3, "", "\"ignored\": true, \"x\": 1"), "unknown name");
    assert_refused(with_feature(1, "", STRING "\"hashing\": {\"ngram\": 2}"),
                   "'k' is missing");
}

static void
schema_refuses_formats_that_are_not_clkhashs(void **state)
{
    static const char *const bad[][2] = {
        {"\"type\": \"number\"", "not a word"},
        {"\"type\": \"string\", \"minimum\": 1", "unknown name"},
        {"\"type\": \"string\", \"pattern\": \"a\", \"maxLength\": 3", "unknown name"},
        {"\"type\": \"string\", \"pattern\": \"(\"", "regular expression"},
        {"\"type\": \"string\", \"encoding\": \"latin-1\"", "encoding"},
        {"\"type\": \"string\", \"maxLength\": 0", "at least 1"},
        {"\"type\": \"integer\", \"minimum\": 1.5", "whole number"},
        {"\"type\": \"date\"", "'format' is missing"},
        {"\"type\": \"date\", \"format\": \"%Q\"", "directive"},
        {"\"type\": \"enum\"", "'values' is missing"},
        {"\"type\": \"enum\", \"values\": [1]", "must be text"},
    };
    char rest[512];

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        snprintf(rest, sizeof rest, "\"format\": {%s}, " HASHING, bad[i][0]);
        assert_refused(with_feature(3, "", rest), bad[i][1]);
    }
}

static void
schema_refuses_hashing_that_is_not_clkhashs(void **state)
{
#define GRAM     "\"comparison\": {\"type\": \"ngram\", \"n\": 2}"
#define STRATEGY "\"strategy\": {\"bitsPerToken\": 5}"
    static const char *const bad[][2] = {
        {GRAM, "'strategy' is missing"},
        {STRATEGY, "'comparison' is missing"},
        {GRAM ", " STRATEGY ", \"weight\": 1", "unknown name"},
        {GRAM ", \"strategy\": {}", "must have"},
        {GRAM ", \"strategy\": {\"bitsPerToken\": 1, \"bitsPerFeature\": 1}", "not both"},
        {GRAM ", \"strategy\": {\"bitsPerToken\": 0}", "at least 1"},
        {GRAM ", " STRATEGY ", \"hash\": {\"type\": \"md5\"}", "hash.type"},
        {GRAM ", " STRATEGY ", \"missingValue\": {}", "'sentinel' is missing"},
        {"\"comparison\": {\"type\": \"ngram\", \"n\": 0}, " STRATEGY, "at least 1"},
        {"\"comparison\": {\"type\": \"ngram\"}, " STRATEGY, "'n' is missing"},
        {"\"comparison\": {\"type\": \"numeric\", \"thresholdDistance\": 0, "
         "\"resolution\": 1}, " STRATEGY,
         "above 0"},
        {"\"comparison\": {\"type\": \"numeric\", \"thresholdDistance\": 0.5, "
         "\"resolution\": 1}, " STRATEGY,
         "rounds to 0"},
        {"\"comparison\": {\"type\": \"numeric\", \"thresholdDistance\": 1}, " STRATEGY,
         "'resolution' is missing"},
    };
    char rest[512];

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        snprintf(rest, sizeof rest, STRING "\"hashing\": {%s}", bad[i][0]);
        assert_refused(with_feature(3, "", rest), bad[i][1]);
    }
}

static void
schema_leaves_an_ignored_feature_unchecked(void **state)
{
    struct tally_clkhash_schema *s =
        taken(with_feature(3, "",
                           "\"ignored\": true, \"format\": {\"type\": \"string\", "
                           "\"pattern\": \"(\"}, " HASHING));

    (void)state;
    assert_true(s->features[0].ignored);
    tally_clkhash_schema_free(s);
}

/* The one feature of a version 1 schema with k 15 and the given weight. */
static struct tally_clkhash_schema *
weighted(const char *weight)
{
    char rest[256];

    snprintf(rest, sizeof rest, STRING "\"hashing\": {\"ngram\": 2, \"weight\": %s}",
             weight);
    return taken(with_feature(1,
                              "\"k\": 15, \"hash\": {\"type\": \"doubleHash\", "
                              "\"prevent_singularity\": true}, ",
                              rest));
}

static void
schema_of_version_1_rounds_weights_half_to_even(void **state)
{
    static const struct {
        const char *weight;
        int64_t bits;
    } weights[] = {{"1", 15}, {"0.5", 8}, {"1.7", 26}, {"0.1", 2}, {"2", 30}};

    (void)state;
    for (size_t i = 0; i < sizeof weights / sizeof weights[0]; i++) {
        struct tally_clkhash_schema *s = weighted(weights[i].weight);

        assert_int_equal(s->features[0].hashing.bits, weights[i].bits);
        assert_int_equal(s->features[0].hashing.hash, TALLY_CLKHASH_DOUBLE);
        assert_true(s->features[0].hashing.prevent_singularity);
        tally_clkhash_schema_free(s);
    }
}

static void
schema_of_version_1_ignores_a_feature_of_no_weight(void **state)
{
    struct tally_clkhash_schema *s = weighted("0");
    const char *config = "\"k\": 15, \"hash\": {\"type\": \"blakeHash\"}, ";

    (void)state;
    assert_true(s->features[0].ignored);
    tally_clkhash_schema_free(s);
    assert_refused(
        with_feature(1, config, STRING "\"hashing\": {\"ngram\": 2, \"weight\": 0.01}"),
        "less than one bit");
    assert_refused(with_feature(1, config, STRING "\"hashing\": {\"ngram\": 0}"),
                   "at least 1 when");
}

static void
schema_of_version_1_takes_any_ngram_of_a_feature_of_no_weight(void **state)
{
    static const char V1[] = "\"k\": 15, \"hash\": {\"type\": \"doubleHash\"}, ";
    struct tally_clkhash_schema *s =
        taken(with_feature(1, V1, STRING "\"hashing\": {\"ngram\": 0, \"weight\": 0}"));

    (void)state;
    assert_true(s->features[0].ignored);
    tally_clkhash_schema_free(s);
    assert_refused(with_feature(1, V1, STRING "\"hashing\": {\"ngram\": 0}"),
                   "at least 1 when brought to version 3");
}

/* Python has no limit to whole numbers, and neither do its schemas. */
static void
schema_takes_bounds_beyond_64_bits(void **state)
{
    struct tally_clkhash_schema *s = taken(with_feature(
        3, "",
        "\"format\": {\"type\": \"integer\", \"minimum\": -5, \"maximum\": "
        "100000000000000000000}, \"hashing\": {\"comparison\": {\"type\": \"exact\"}, "
        "\"strategy\": {\"bitsPerToken\": 7}}"));

    (void)state;
    assert_string_equal(s->features[0].format.minimum, "-5");
    assert_string_equal(s->features[0].format.maximum, "100000000000000000000");
    assert_int_equal(s->features[0].hashing.bits, 7);
    assert_int_equal(s->bits, 1024);
    tally_clkhash_schema_free(s);
}

static void
schema_without_features_is_one_but_encodes_nothing(void **state)
{
    struct tally_clkhash_schema *s =
        taken("{\"version\": 3, \"clkConfig\": {\"l\": 64, " KDF "}, \"features\": []}");
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    assert_int_equal(tally_clkhash_schema_usable(s, &err), -1);
    assert_non_null(strstr(err.text, "no feature"));
    tally_clkhash_schema_free(s);
}

static void
schema_of_version_2_becomes_version_3(void **state)
{
    struct tally_clkhash_schema *s =
        taken(with_feature(2, "",
                           "\"format\": {\"type\": \"integer\", \"maximum\": 1e3}, "
                           "\"hashing\": {\"ngram\": 1, "
                           "\"positional\": true, \"strategy\": {\"numBits\": 40}, "
                           "\"missingValue\": {\"sentinel\": \"\"}}"));
    char *text = tally_clkhash_schema_text(s);
    struct tally_clkhash_schema *again;

    (void)state;
    assert_non_null(text);
    again = taken(text);
    assert_int_equal(again->version, 3);
    assert_string_equal(again->features[0].format.maximum, "1000");
    assert_true(again->features[0].hashing.per_feature);
    assert_int_equal(again->features[0].hashing.bits, 40);
    assert_int_equal(again->features[0].hashing.n, 1);
    assert_true(again->features[0].hashing.positional);
    assert_string_equal(again->features[0].hashing.sentinel, "");
    assert_null(again->features[0].hashing.replace);
    free(text);
    tally_clkhash_schema_free(s);
    tally_clkhash_schema_free(again);
}

static void
schema_tells_what_cannot_encode(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_clkhash_schema *s = taken(with_feature(3, "", STRING HASHING));

    (void)state;
    assert_int_equal(tally_clkhash_schema_usable(s, &err), 0);
    s->bits = 1000;
    assert_int_equal(tally_clkhash_schema_usable(s, &err), -1);
    assert_non_null(strstr(err.text, "power of two"));
    s->bits = 1024;
    s->key_size = 65;
    assert_int_equal(tally_clkhash_schema_usable(s, &err), -1);
    assert_non_null(strstr(err.text, "at most 64 bytes"));
    s->key_size = 4081;
    assert_int_equal(tally_clkhash_schema_usable(s, &err), -1);
    assert_non_null(strstr(err.text, "HKDF"));
    tally_clkhash_schema_free(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(schema_has_the_defaults_of_clkhash),
        cmocka_unit_test(schema_takes_whole_numbers_with_a_fraction_of_zero),
        cmocka_unit_test(schema_refuses_what_clkhash_refuses),
        cmocka_unit_test(schema_refuses_formats_that_are_not_clkhashs),
        cmocka_unit_test(schema_refuses_hashing_that_is_not_clkhashs),
        cmocka_unit_test(schema_leaves_an_ignored_feature_unchecked),
        cmocka_unit_test(schema_of_version_1_rounds_weights_half_to_even),
        cmocka_unit_test(schema_of_version_1_ignores_a_feature_of_no_weight),
        cmocka_unit_test(schema_of_version_1_takes_any_ngram_of_a_feature_of_no_weight),
        cmocka_unit_test(schema_takes_bounds_beyond_64_bits),
        cmocka_unit_test(schema_without_features_is_one_but_encodes_nothing),
        cmocka_unit_test(schema_of_version_2_becomes_version_3),
        cmocka_unit_test(schema_tells_what_cannot_encode),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

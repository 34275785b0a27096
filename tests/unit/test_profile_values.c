/*
 * Profiling: counting in bounded memory, and looking at single values.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/profile.h"

#include "bloom/base/bytes.h"
#include "bloom/base/secret.h"
#include "bloom/profile_private.h"

#include <sodium.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
siphash_gives_the_published_vector_and_agrees_with_libsodium(void **state)
{
    uint8_t key[16], text[64];
    uint64_t words[2];

    (void)state;
    for (unsigned i = 0; i < sizeof text; i++) {
        text[i] = (uint8_t)i;
    }
    memcpy(key, text, sizeof key);
    words[0] = tally_le64_load(key);
    words[1] = tally_le64_load(key + 8);
    assert_true(tally_siphash(words, text, 15) == UINT64_C(0xa129ca6149be45e5));
    for (size_t len = 0; len <= sizeof text; len++) {
        uint8_t want[8];

        crypto_shorthash(want, text, len, key);
        assert_true(tally_siphash(words, text, len) == tally_le64_load(want));
    }
}

/* A hash for the number ${i}. */
static uint64_t
hash_of(uint64_t i)
{
    static const uint64_t key[2] = {1, 2};

    return tally_siphash(key, &i, sizeof i);
}

static struct tally_frequency
count(size_t limit, uint64_t distinct, uint64_t times)
{
    struct tally_counter *c = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_frequency f;

    assert_int_equal(tally_counter_create(&c, limit, &err), 0);
    for (uint64_t t = 0; t < times; t++) {
        for (uint64_t i = 0; i < distinct; i++) {
            assert_int_equal(tally_counter_add(c, hash_of(i), &err), 0);
        }
    }
    tally_counter_read(c, &f);
    tally_counter_free(c);
    return f;
}

static void
a_counter_is_exact_up_to_its_limit(void **state)
{
    static const size_t limits[] = {1, 48, 49, 1000, 100000};

    (void)state;
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        struct tally_frequency f = count(limits[i], limits[i], 2);

        assert_true(f.exact);
        assert_int_equal(f.distinct, limits[i]);
        assert_int_equal(f.once, 0);
        assert_int_equal(f.top, 2);
        assert_int_equal(f.values, 2 * limits[i]);
        assert_true(fabs(f.entropy_bits - log2((double)limits[i])) < 1e-9);
    }
}

static void
a_counter_of_nothing_has_no_entropy(void **state)
{
    struct tally_frequency f = count(10, 0, 1);

    (void)state;
    assert_true(f.exact && f.entropy_bits >= 0 && f.entropy_bits <= 0);
    assert_int_equal(f.distinct + f.once + f.top + f.values, 0);
}

static void
a_counter_estimates_beyond_its_limit(void **state)
{
    struct tally_frequency f = count(3072, 200000, 1);

    (void)state;
    assert_false(f.exact);
    assert_int_equal(f.values, 200000);
    assert_in_range(f.distinct, 184000, 216000);
    assert_int_equal(f.once, f.distinct);
    assert_true(fabs(f.entropy_bits - log2(200000)) < 1.5);
}

static void
a_counter_finds_a_frequent_value_that_comes_late(void **state)
{
    struct tally_counter *c = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_frequency f;

    (void)state;
    assert_int_equal(tally_counter_create(&c, 48, &err), 0);
    for (uint64_t i = 0; i < 20000; i++) {
        assert_int_equal(tally_counter_add(c, hash_of(i), &err), 0);
    }
    for (uint64_t i = 0; i < 1000; i++) {
        assert_int_equal(tally_counter_add(c, hash_of(UINT64_MAX), &err), 0);
    }
    tally_counter_read(c, &f);
    tally_counter_free(c);
    assert_false(f.exact);
    assert_in_range(f.top, 1000 - 21000 / 256, 1000);
}

static void
a_counter_takes_the_hash_zero(void **state)
{
    struct tally_counter *c = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_frequency f;

    (void)state;
    assert_int_equal(tally_counter_create(&c, 10, &err), 0);
    assert_int_equal(tally_counter_add(c, 0, &err), 0);
    assert_int_equal(tally_counter_add(c, 0, &err), 0);
    tally_counter_read(c, &f);
    tally_counter_free(c);
    assert_int_equal(f.distinct, 1);
    assert_int_equal(f.top, 2);
}

static void
a_share_says_none_and_all_only_when_it_is_so(void **state)
{
    static const struct {
        uint64_t count, of;
        const char *text;
    } cases[] = {{0, 0, "-"},          {0, 5, "0%"},
                 {5, 5, "100%"},       {1, 3, "33.3%"},
                 {1, 1000, "0.1%"},    {1, 100000, "under 0.1%"},
                 {999, 1000, "99.9%"}, {99999, 100000, "over 99.9%"}};
    char text[TALLY_SHARE_TEXT];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        tally_share_text(cases[i].count, cases[i].of, text);
        assert_string_equal(text, cases[i].text);
    }
}

static void
a_value_is_seen_for_what_it_looks_like(void **state)
{
    static const struct {
        const char *text;
        enum tally_look look;
    } cases[] = {{"", TALLY_LOOK_NOTHING},
                 {" - ", TALLY_LOOK_NOTHING},
                 {"UNKNOWN", TALLY_LOOK_NOTHING},
                 {"1900-01-01", TALLY_LOOK_NOTHING},
                 {"F", TALLY_LOOK_SEX},
                 {"Female", TALLY_LOOK_SEX},
                 {"a.b@example.org", TALLY_LOOK_EMAIL},
                 {"943 476 5919", TALLY_LOOK_NHS},
                 {"9434765918", TALLY_LOOK_NUMBER},
                 {"1984-07-31", TALLY_LOOK_DATE},
                 {"31st July 1984", TALLY_LOOK_DATE},
                 {"03/25/1990", TALLY_LOOK_DATE},
                 {"SW1A 1AA", TALLY_LOOK_POSTCODE},
                 {"A0001", TALLY_LOOK_TEXT},
                 {"3136", TALLY_LOOK_NUMBER},
                 {"12.50", TALLY_LOOK_TEXT},
                 {"O'Brien-Jones", TALLY_LOOK_WORDS},
                 {"Siân", TALLY_LOOK_WORDS},
                 {"12 High Street", TALLY_LOOK_TEXT},
                 {"a_b", TALLY_LOOK_TEXT}};
    struct tally_value_scratch *s = calloc(1, sizeof *s);

    (void)state;
    assert_non_null(s);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *t = cases[i].text;

        if (tally_look_of((const uint8_t *)t, strlen(t), s) != cases[i].look) {
            fail_msg("'%s' looks otherwise", t);
        }
    }
    free(s);
}

static void
a_date_shows_its_style_and_order(void **state)
{
    static const struct {
        const char *text;
        enum tally_date_style style;
        enum tally_date_order order;
    } cases[] = {{"1984-07-31", TALLY_STYLE_YEAR_FIRST, TALLY_ORDER_NONE},
                 {"1984-07-31T09:30:00", TALLY_STYLE_YEAR_FIRST, TALLY_ORDER_NONE},
                 {"19840731", TALLY_STYLE_COMPACT, TALLY_ORDER_NONE},
                 {"31/07/1984", TALLY_STYLE_YEAR_LAST, TALLY_ORDER_DAY_FIRST},
                 {"7.31.1984", TALLY_STYLE_YEAR_LAST, TALLY_ORDER_MONTH_FIRST},
                 {"03/04/1984", TALLY_STYLE_YEAR_LAST, TALLY_ORDER_EITHER},
                 {"04/04/1984", TALLY_STYLE_YEAR_LAST, TALLY_ORDER_NONE},
                 {"31/31/1984", TALLY_STYLE_YEAR_LAST, TALLY_ORDER_NONE},
                 {"03/04/84", TALLY_STYLE_SHORT_YEAR, TALLY_ORDER_EITHER},
                 {"31st July 1984", TALLY_STYLE_MONTH_NAME, TALLY_ORDER_NONE},
                 {"Tue 31 Jul 1984", TALLY_STYLE_MONTH_NAME, TALLY_ORDER_NONE},
                 {"1984", TALLY_STYLE_OTHER, TALLY_ORDER_NONE},
                 {"", TALLY_STYLE_OTHER, TALLY_ORDER_NONE}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        enum tally_date_style style;
        enum tally_date_order order;

        tally_date_shape((const uint8_t *)cases[i].text, strlen(cases[i].text), &style,
                         &order);
        if (style != cases[i].style || order != cases[i].order) {
            fail_msg("'%s': style %d, order %d", cases[i].text, (int)style, (int)order);
        }
    }
}

static struct tally_cell
cell(const char *text)
{
    return (struct tally_cell){(const uint8_t *)text, strlen(text)};
}

static void
blanks_case_and_foreign_characters_are_seen(void **state)
{
    struct tally_value_scratch *s = calloc(1, sizeof *s);

    (void)state;
    assert_non_null(s);
    assert_int_equal(tally_trimmed(cell(" \tAnn\xc2\xa0 ")).len, 3);
    assert_int_equal(tally_trimmed(cell("  ")).len, 0);
    assert_int_equal(tally_trimmed(cell("")).len, 0);
    assert_int_equal(tally_case_of((const uint8_t *)"ANN", 3), TALLY_CASE_UPPER);
    assert_int_equal(tally_case_of((const uint8_t *)"ann", 3), TALLY_CASE_LOWER);
    assert_int_equal(tally_case_of((const uint8_t *)"Ann", 3), TALLY_CASE_MIXED);
    assert_int_equal(tally_case_of((const uint8_t *)"A", 1), TALLY_CASE_NONE);
    assert_false(tally_outside_alphabet((const uint8_t *)"Si\xc3\xa2n", 5, s));
    assert_true(tally_outside_alphabet((const uint8_t *)"\xd0\x90nn", 4, s));
    assert_true(tally_outside_alphabet((const uint8_t *)"A\x01n", 3, s));
    assert_int_equal(tally_characters((const uint8_t *)"Si\xc3\xa2n", 5), 4);
    free(s);
}

static void
usual_names_are_of_one_kind(void **state)
{
    (void)state;
    assert_int_equal(tally_name_mark("emily"), TALLY_MARK_FORENAME);
    assert_int_equal(tally_name_mark("zoe"), TALLY_MARK_FORENAME);
    assert_int_equal(tally_name_mark("smith"), TALLY_MARK_SURNAME);
    assert_int_equal(tally_name_mark("wright"), TALLY_MARK_SURNAME);
    assert_int_equal(tally_name_mark("mccarthy"), TALLY_MARK_SURNAME);
    assert_int_equal(tally_name_mark("thomas"), 0);
    assert_int_equal(tally_name_mark(""), 0);
}
int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(siphash_gives_the_published_vector_and_agrees_with_libsodium),
        cmocka_unit_test(a_counter_is_exact_up_to_its_limit),
        cmocka_unit_test(a_counter_of_nothing_has_no_entropy),
        cmocka_unit_test(a_counter_estimates_beyond_its_limit),
        cmocka_unit_test(a_counter_finds_a_frequent_value_that_comes_late),
        cmocka_unit_test(a_counter_takes_the_hash_zero),
        cmocka_unit_test(a_share_says_none_and_all_only_when_it_is_so),
        cmocka_unit_test(a_value_is_seen_for_what_it_looks_like),
        cmocka_unit_test(a_date_shows_its_style_and_order),
        cmocka_unit_test(blanks_case_and_foreign_characters_are_seen),
        cmocka_unit_test(usual_names_are_of_one_kind),
    };
    struct tally_err err = TALLY_ERR_INIT;

    return tally_secret_init(&err) != 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}

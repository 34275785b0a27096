/*
 * Patterns with Python's meaning: where its syntax and PCRE2's part, which of the two is
 * followed, and that a pattern cannot run for ever.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/clkhash_regex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* 1 matches whole, 0 not, -1 given up, -2 no pattern. */
static int
match(const char *pattern, const char *text)
{
    struct tally_clkhash_flags flags = {.whole = true};
    struct tally_clkhash_regex *r = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_buf out = {0};
    int status = -2;

    if (tally_clkhash_pattern(pattern, &out, &flags, &err) == 0 &&
        tally_clkhash_regex_create(&r, out.data != NULL ? (void *)out.data : "", out.len,
                                   &flags, &err) == 0) {
        status = tally_clkhash_regex_match(r, (const uint8_t *)text, strlen(text));
    } else {
        assert_int_equal(err.code, TALLY_E_SCHEMA);
    }
    tally_clkhash_regex_free(r);
    tally_buf_free(&out);
    return status;
}

static void
regex_matches_the_whole_text(void **state)
{
    (void)state;
    assert_int_equal(match("[a-z]{3}\\d{3}", "abc123"), 1);
    assert_int_equal(match("[a-z]{3}\\d{3}", "abc1234"), 0);
    assert_int_equal(match("[a-z]{3}\\d{3}", "abc123\n"), 0);
    assert_int_equal(match("a|ab", "ab"), 1);
    assert_int_equal(match("", ""), 1);
    assert_int_equal(match("", "a"), 0);
}

static void
regex_classes_know_unicode_as_python_does(void **state)
{
    (void)state;
    assert_int_equal(match("\\d", "\u0663"), 1);
    assert_int_equal(match("\\w+", "\u00c5s\u00e9_\u5c71"), 1);
    assert_int_equal(match("\\s", "\x1c"), 1);
    assert_int_equal(match("[\\S]", "\x1c"), 0);
    assert_int_equal(match("(?a)\\d", "\u0663"), 0);
    assert_int_equal(match("(?i)\u00e9", "\u00c9"), 1);
    assert_int_equal(match(".", "\n"), 0);
    assert_int_equal(match("(?s).", "\n"), 1);
}

static void
regex_reads_pythons_own_syntax(void **state)
{
    (void)state;
    assert_int_equal(match("a{,2}", "aa"), 1);
    assert_int_equal(match("a{,2}", "aaa"), 0);
    assert_int_equal(match("a{,}", "aaaa"), 1);
    assert_int_equal(match("a{x}", "a{x}"), 1);
    assert_int_equal(match("\\u00e9\\x61\\101\\07", "\u00e9aA\a"), 1);
    assert_int_equal(match("(?P<n>a)(?P=n)\\1", "aaa"), 1);
    assert_int_equal(match("(a)?(?(1)b|c)", "ab"), 1);
    assert_int_equal(match("a\\Z", "a"), 1);
    assert_int_equal(match("[[:alpha:]]", ":]"), 1);
    assert_int_equal(match("[]a]", "]"), 1);
    assert_int_equal(match("\\v", "\v"), 1);
    assert_int_equal(match("(?x) a b # both\n c", "abc"), 1);
    assert_int_equal(match("a(?#b)c", "ac"), 1);
}

static void
regex_refuses_what_python_refuses(void **state)
{
    const char *const bad[] = {"(",     ")",        "[a",        "*a",
                               "a**",   "a{2}{3}",  "^*",        "\\h",
                               "\\q",   "\\Q.\\E",  "(*ACCEPT)", "(?<n>a)",
                               "(?|a)", "(?R)",     "\\2(a)",    "(?P=n)(?P<n>a)",
                               "a(?i)", "[\\d-z]",  "[z-a]",     "\\",
                               "\\x1",  "(?P<1>a)", "\\K",       "\\N{DASH}"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(match(bad[i], "a"), -2);
    }
}

static void
regex_gives_up_rather_than_run_for_ever(void **state)
{
    (void)state;
    assert_int_equal(match("(a|a)*(?:b|c)", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaad"),
                     -1);
}

/* Without regard to case Python takes i and I, with dots and without, for one letter. */
static void
dotted_and_dotless_i_are_one_letter_without_case(void **state)
{
    static const char *const four[] = {"i", "I", "\u0130", "\u0131"};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        char pattern[16];

        for (size_t k = 0; k < 4; k++) {
            snprintf(pattern, sizeof pattern, "(?i)%s", four[k]);
            assert_int_equal(match(pattern, four[i]), 1);
            snprintf(pattern, sizeof pattern, "(?i)[^%s]", four[k]);
            assert_int_equal(match(pattern, four[i]), 0);
        }
        assert_int_equal(match("(?i)[a-z]", four[i]), 1);
        assert_int_equal(match("(?i)[H-J]", four[i]), 1);
        assert_int_equal(match("(?i)[^a-h]", four[i]), 1);
        assert_int_equal(match("(?i)[a-h]", four[i]), 0);
        assert_int_equal(match("(?i)[^\\w]", four[i]), 0);
        assert_int_equal(match("(?ia)[a-z]", four[i]), i < 2);
        assert_int_equal(match("i", four[i]), i == 0);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dotted_and_dotless_i_are_one_letter_without_case),
        cmocka_unit_test(regex_matches_the_whole_text),
        cmocka_unit_test(regex_classes_know_unicode_as_python_does),
        cmocka_unit_test(regex_reads_pythons_own_syntax),
        cmocka_unit_test(regex_refuses_what_python_refuses),
        cmocka_unit_test(regex_gives_up_rather_than_run_for_ever),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

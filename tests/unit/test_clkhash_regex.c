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
    struct tally_clkhash_regex *r = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    int status = -2;

    if (tally_clkhash_regex_python(&r, pattern, &err) == 0) {
        status = tally_clkhash_regex_match(r, (const uint8_t *)text, strlen(text));
    } else {
        assert_int_equal(err.code, TALLY_E_SCHEMA);
    }
    tally_clkhash_regex_free(r);
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
    assert_int_equal(match("[+--]", ","), 1);
    assert_int_equal(match("[a-c-\\d]", "-"), 1);
    assert_int_equal(match("[^]-]", "-"), 0);
    assert_int_equal(match("[\u00e0-\u00f6]", "\u00e9"), 1);
    assert_int_equal(match("\\B", ""), 0);
    assert_int_equal(match("\\v", "\v"), 1);
    assert_int_equal(match("(?x) a b # both\n c", "abc"), 1);
    assert_int_equal(match("a(?#b)c", "ac"), 1);
}

static void
regex_refuses_what_python_refuses(void **state)
{
    const char *const bad[] = {"(",      ")",        "[a",        "*a",
                               "a**",    "a{2}{3}",  "^*",        "\\h",
                               "\\q",    "\\Q.\\E",  "(*ACCEPT)", "(?<n>a)",
                               "(?|a)",  "(?R)",     "\\2(a)",    "(?P=n)(?P<n>a)",
                               "a(?i)",  "[\\d-z]",  "[z-a]",     "\\",
                               "\\x1",   "(?P<1>a)", "\\K",       "\\N{DASH}",
                               "a)",     "(?au)a",   "(?a-u:a)",  "(?i-i:a)",
                               "(?i-)",  "(?i-:a)",  "(?L)a",     "(?n:a)",
                               "(?-:a)", "((?i)a)",  "(?i",       "(?ai)(a)\\1",
                               "(a\\1)", "[a-\\d]"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(match(bad[i], "a"), -2);
    }
}

/* What a pattern that Python refuses is told by. */
static void
refusals_name_the_construct_and_where_it_stands(void **state)
{
    static const struct {
        const char *pattern, *why;
    } cases[] = {
        {"[A-Z]\\N{DASH}",
         "\\N{NAME}, which is not known here (write the character itself, "
         "or \\uXXXX) at byte 5"},
        {"[A-Z](?i)x", "flags that do not stand in front of all (write (?i:...) for a "
                       "part) at byte 7"},
        {"(a(b)", "a group that is not closed at byte 5"},
        {"(?i-a:b)", "flags a and u cannot be turned off at byte 4"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct tally_clkhash_regex *r = NULL;
        struct tally_err err = TALLY_ERR_INIT;

        assert_int_equal(tally_clkhash_regex_python(&r, cases[i].pattern, &err), -1);
        assert_non_null(strstr(err.text, cases[i].why));
    }
}

/* Flags for a part of a pattern hold in it and not behind it. */
static void
flags_hold_for_their_group_only(void **state)
{
    (void)state;
    assert_int_equal(match("(?i:a)b", "Ab"), 1);
    assert_int_equal(match("(?i:a)b", "AB"), 0);
    assert_int_equal(match("(?i)a(?-i:b)c", "AbC"), 1);
    assert_int_equal(match("(?i)a(?-i:b)c", "ABC"), 0);
    assert_int_equal(match("(?i)((?-i:a)|b)c", "BC"), 1);
    assert_int_equal(match("(?s:.).", "\n\n"), 0);
    assert_int_equal(match("(?s:.).", "\na"), 1);
    assert_int_equal(match("(?s-i:(?i:a).)", "A\n"), 1);
    assert_int_equal(match("a\n(?m:^)b", "a\nb"), 1);
    assert_int_equal(match("a\n^b", "a\nb"), 0);
    assert_int_equal(match("a(?x: b # c\n) c", "ab c"), 1);
    assert_int_equal(match("(?x) a(?-x: b)", "a b"), 1);
    assert_int_equal(match("(?x) (?i) a", "A"), 1);
    assert_int_equal(match("(?i:\u0131)i", "Ii"), 1);
}

static void
the_flag_a_knows_ascii_only_where_it_holds(void **state)
{
    (void)state;
    assert_int_equal(match("(?a:\\d)\\d", "3\u0663"), 1);
    assert_int_equal(match("(?a:\\d)\\d", "\u06633"), 0);
    assert_int_equal(match("(?a)(?u:\\w)\\w", "\u00e9e"), 1);
    assert_int_equal(match("(?a)(?u:\\w)\\w", "e\u00e9"), 0);
    assert_int_equal(match("(?a:\\W)\\W*", "\u00e9"), 1);
    assert_int_equal(match("(?a:[\\W\\d])+", "\u00e97"), 1);
    assert_int_equal(match("(?a:\\s)", "\u00a0"), 0);
    assert_int_equal(match("(?a:[^\\S])", "\v"), 1);
    assert_int_equal(match("a(?a:\\b)\u00e9", "a\u00e9"), 1);
    assert_int_equal(match("a(?a:\\B)\u00e9", "a\u00e9"), 0);
    assert_int_equal(match("a\\b\u00e9", "a\u00e9"), 0);
    assert_int_equal(match("(?ai:k)", "\u212a"), 0);
    assert_int_equal(match("(?i:k)", "\u212a"), 1);
    assert_int_equal(match("(?ai:\u00e9)", "\u00c9"), 0);
    assert_int_equal(match("(?ai:[a-c])", "B"), 1);
    assert_int_equal(match("(?ai:[^a-c])", "B"), 0);
    assert_int_equal(match("(?ai:[^a-c])", "\u212a"), 1);
    assert_int_equal(match("(?ai:[h-])", "H"), 1);
    assert_int_equal(match("(?ai:[h-])", "-"), 1);
    assert_int_equal(match("(?ai:[h-])", "a"), 0);
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
        cmocka_unit_test(refusals_name_the_construct_and_where_it_stands),
        cmocka_unit_test(flags_hold_for_their_group_only),
        cmocka_unit_test(the_flag_a_knows_ascii_only_where_it_holds),
        cmocka_unit_test(regex_gives_up_rather_than_run_for_ever),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

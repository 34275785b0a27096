/*
 * Tokens: n-grams at their edges, and every encoding.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/clkhash_tokens.h"

#include "bloom/base/bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The tokens of  in hexadecimal, with a comma after each. */
static void
assert_hex(const struct tally_clkhash_feature *f, const char *text, const char *want)
{
    struct tally_cell value = {(const uint8_t *)text, strlen(text)};
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_clkhash_tokens *t = NULL;
    char have[1024];
    size_t n = 99;
    size_t at = 0;

    have[0] = '\0';
    assert_int_equal(tally_clkhash_tokens_create(&t, f, &err), 0);
    assert_int_equal(tally_clkhash_tokens_begin(t, value, &n, &err), 0);
    for (size_t i = 0; i < n; i++) {
        struct tally_cell token = tally_clkhash_tokens_next(t);

        tally_hex_encode(token.data, token.len, have + at);
        at += 2 * token.len;
        have[at++] = ',';
        have[at] = '\0';
    }
    assert_string_equal(have, want);
    tally_clkhash_tokens_free(t);
}

/* The same for tokens that are ASCII. */
static void
assert_text(const struct tally_clkhash_feature *f, const char *text, const char *want)
{
    char hex[1024];
    size_t at = 0;

    for (const char *c = want; *c != '\0'; c++) {
        at += (size_t)snprintf(hex + at, sizeof hex - at, *c == ',' ? "," : "%02x",
                               (unsigned)*c);
    }
    hex[at] = '\0';
    assert_hex(f, text, hex);
}

static struct tally_clkhash_feature
ngrams(int64_t n, bool positional)
{
    struct tally_clkhash_feature f = {0};

    f.hashing.comparison = TALLY_CLKHASH_NGRAM;
    f.hashing.n = n;
    f.hashing.positional = positional;
    return f;
}

static void
tokens_are_ngrams_with_blanks_around(void **state)
{
    struct tally_clkhash_feature two = ngrams(2, false);
    struct tally_clkhash_feature three = ngrams(3, false);
    struct tally_clkhash_feature one = ngrams(1, false);

    (void)state;
    assert_text(&two, "clk", " c,cl,lk,k ,");
    assert_text(&two, "a", " a,a ,");
    assert_text(&two, " x ", "  , x,x ,  ,");
    assert_text(&three, "a", "  a, a ,a  ,");
    assert_text(&one, "aba", "a,b,a,");
    assert_text(&two, "", "");
    assert_hex(&two, "\u5c71", "20e5b1b1,e5b1b120,");
}

static void
tokens_carry_their_position(void **state)
{
    struct tally_clkhash_feature one = ngrams(1, true);
    struct tally_clkhash_feature two = ngrams(2, true);

    (void)state;
    assert_text(&one, "xxxxxxxxxxx", "1 x,2 x,3 x,4 x,5 x,6 x,7 x,8 x,9 x,10 x,11 x,");
    assert_text(&two, "ab", "1  a,2 ab,3 b ,");
}

static void
tokens_of_the_whole_are_one(void **state)
{
    struct tally_clkhash_feature f = {0};

    (void)state;
    f.hashing.comparison = TALLY_CLKHASH_EXACT;
    assert_text(&f, "a whole", "a whole,");
    assert_text(&f, "", "");
}

static void
tokens_in_wide_encodings_begin_with_a_mark(void **state)
{
    struct tally_clkhash_feature f = {0};

    (void)state;
    f.hashing.comparison = TALLY_CLKHASH_EXACT;
    f.format.encoding = TALLY_CLKHASH_UTF16;
    assert_hex(&f, "a\u00e9", "fffe6100e900,");
    assert_hex(&f, "\U0001f600", "fffe3dd800de,");
    f.format.encoding = TALLY_CLKHASH_UTF32;
    assert_hex(&f, "a\u00e9", "fffe000061000000e9000000,");
    f = ngrams(1, true);
    f.format.encoding = TALLY_CLKHASH_UTF16;
    assert_hex(&f, "a", "fffe310020006100,");
    f.format.type = TALLY_CLKHASH_ENUM;
    assert_hex(&f, "a", "312061,");
}

static void
tokens_of_numbers_are_in_the_encoding_too(void **state)
{
    char distance[] = "8";
    struct tally_clkhash_feature f = {0};

    (void)state;
    f.hashing.comparison = TALLY_CLKHASH_NUMERIC;
    f.hashing.distance = distance;
    f.hashing.resolution = 1;
    assert_text(&f, "0", "-8,0,8,");
    f.format.encoding = TALLY_CLKHASH_UTF16;
    assert_hex(&f, "0", "fffe2d003800,fffe3000,fffe3800,");
}

static void
tokens_refuse_what_they_cannot_say(void **state)
{
    struct tally_cell value = {(const uint8_t *)"\u00e9", 2};
    char distance[] = "8";
    struct tally_clkhash_feature f = ngrams(2, false);
    struct tally_clkhash_tokens *t = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    size_t n;

    (void)state;
    f.format.encoding = TALLY_CLKHASH_ASCII;
    assert_int_equal(tally_clkhash_tokens_create(&t, &f, &err), 0);
    assert_int_equal(tally_clkhash_tokens_begin(t, value, &n, &err), -1);
    assert_int_equal(err.code, TALLY_E_DATA);
    tally_clkhash_tokens_free(t);
    f.hashing.comparison = TALLY_CLKHASH_NUMERIC;
    f.hashing.distance = distance;
    f.hashing.resolution = 1;
    assert_int_equal(tally_clkhash_tokens_create(&t, &f, &err), 0);
    assert_int_equal(tally_clkhash_tokens_begin(t, value, &n, &err), -1);
    assert_non_null(strstr(err.text, "not a number"));
    tally_clkhash_tokens_free(t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_are_ngrams_with_blanks_around),
        cmocka_unit_test(tokens_carry_their_position),
        cmocka_unit_test(tokens_of_the_whole_are_one),
        cmocka_unit_test(tokens_in_wide_encodings_begin_with_a_mark),
        cmocka_unit_test(tokens_of_numbers_are_in_the_encoding_too),
        cmocka_unit_test(tokens_refuse_what_they_cannot_say),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

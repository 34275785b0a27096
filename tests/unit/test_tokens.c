/*
 * Tokens: their exact bytes for every kind, and what they must have in common when values
 * are alike.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/tokens.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct tally_value
value_of(const char *text)
{
    struct tally_value v = {.reason = TALLY_VALUE_OK, .len = (uint8_t)strlen(text)};

    memcpy(v.text, text, strlen(text) + 1);
    return v;
}

/* Tokens of ${text}, in the type that goes with ${kind}. */
static const struct tally_tokens *
tokens_of(enum tally_token_kind kind, const char *text, struct tally_tokens *out)
{
    const struct tally_field f = {
        .type = kind == TALLY_TOKENS_DATE ? TALLY_FIELD_DATE : TALLY_FIELD_TEXT,
        .tokens = kind,
        .distance = 5,
    };
    struct tally_value v = value_of(text);

    tally_tokenise(&f, &v, out);
    return out;
}

/* The tokens as one text: "b_a/0 bab/0", bytes and occurrence. */
static void
check(enum tally_token_kind kind, const char *text, const char *wanted)
{
    static struct tally_tokens t;
    char got[4096];
    size_t n = 0;

    tokens_of(kind, text, &t);
    got[0] = '\0';
    for (size_t i = 0; i < t.n; i++) {
        n += (size_t)snprintf(got + n, sizeof got - n, "%s%.*s/%u", i > 0 ? " " : "",
                              (int)t.list[i].len, (const char *)t.bytes + t.list[i].at,
                              t.list[i].occurrence);
        assert_true(n < sizeof got);
    }
    assert_string_equal(got, wanted);
}

static size_t
shared(const struct tally_tokens *a, const struct tally_tokens *b)
{
    size_t n = 0;

    for (size_t i = 0; i < a->n; i++) {
        for (size_t j = 0; j < b->n; j++) {
            n += a->list[i].len == b->list[j].len &&
                 a->list[i].occurrence == b->list[j].occurrence &&
                 memcmp(a->bytes + a->list[i].at, b->bytes + b->list[j].at,
                        a->list[i].len) == 0;
        }
    }
    return n;
}

static void
bigrams_are_padded_word_by_word(void **state)
{
    (void)state;
    check(TALLY_TOKENS_BIGRAMS, "ann", "b_a/0 ban/0 bnn/0 bn_/0");
    check(TALLY_TOKENS_BIGRAMS, "a", "b_a/0 ba_/0");
    check(TALLY_TOKENS_BIGRAMS, "st ives",
          "b_s/0 bst/0 bt_/0 b_i/0 biv/0 bve/0 bes/0 bs_/0");
}

static void
repeated_bigrams_are_numbered(void **state)
{
    (void)state;
    check(TALLY_TOKENS_BIGRAMS, "anana", "b_a/0 ban/0 bna/0 ban/1 bna/1 ba_/0");
    check(TALLY_TOKENS_BIGRAMS, "a a", "b_a/0 ba_/0 b_a/1 ba_/1");
}

static void
bigrams_do_not_depend_on_the_order_of_words(void **state)
{
    static struct tally_tokens a;
    static struct tally_tokens b;

    (void)state;
    tokens_of(TALLY_TOKENS_BIGRAMS, "anna maria smith", &a);
    tokens_of(TALLY_TOKENS_BIGRAMS, "smith anna maria", &b);
    assert_int_equal(a.n, b.n);
    assert_int_equal(shared(&a, &b), a.n);
}

static void
positional_tokens_carry_their_place(void **state)
{
    static struct tally_tokens t;
    char text[TALLY_VALUE_MAX + 1];

    (void)state;
    check(TALLY_TOKENS_POSITIONAL, "2a2", "p002/0 p01a/0 p022/0");
    memset(text, 'x', TALLY_VALUE_MAX);
    text[TALLY_VALUE_MAX] = '\0';
    tokens_of(TALLY_TOKENS_POSITIONAL, text, &t);
    assert_int_equal(t.n, 255);
    assert_int_equal(t.list[99].len, 4);
    assert_memory_equal(t.bytes + t.list[99].at, "p99x", 4);
    assert_int_equal(t.list[254].len, 5);
    assert_memory_equal(t.bytes + t.list[254].at, "p254x", 5);
}

static void
dates_have_digits_components_and_the_unordered_pair(void **state)
{
    (void)state;
    check(TALLY_TOKENS_DATE, "19840731",
          "p001/0 p019/0 p028/0 p034/0 p040/0 p057/0 p063/0 p071/0 y1984/0 m07/0 d31/0 "
          "s0731/0");
    check(TALLY_TOKENS_DATE, "19841203",
          "p001/0 p019/0 p028/0 p034/0 p041/0 p052/0 p060/0 p073/0 y1984/0 m12/0 d03/0 "
          "s0312/0");
}

static void
swapped_day_and_month_keep_the_pair_and_the_year(void **state)
{
    static struct tally_tokens a;
    static struct tally_tokens b;

    (void)state;
    tokens_of(TALLY_TOKENS_DATE, "19840512", &a);
    tokens_of(TALLY_TOKENS_DATE, "19841205", &b);
    assert_int_equal(shared(&a, &b), 4 + 1 + 1);
}

static void
missing_parts_of_a_date_have_no_tokens(void **state)
{
    static struct tally_tokens a;
    static struct tally_tokens b;

    (void)state;
    check(TALLY_TOKENS_DATE, "1984----", "p001/0 p019/0 p028/0 p034/0 y1984/0");
    check(TALLY_TOKENS_DATE, "198407--",
          "p001/0 p019/0 p028/0 p034/0 p040/0 p057/0 y1984/0 m07/0");
    check(TALLY_TOKENS_DATE, "----0731",
          "p040/0 p057/0 p063/0 p071/0 m07/0 d31/0 s0731/0");
    tokens_of(TALLY_TOKENS_DATE, "1984----", &a);
    tokens_of(TALLY_TOKENS_DATE, "1975----", &b);
    assert_int_equal(shared(&a, &b), 2);
}

static void
postcodes_keep_inward_places_whatever_the_outward_length(void **state)
{
    static struct tally_tokens a;
    static struct tally_tokens b;

    (void)state;
    check(TALLY_TOKENS_POSTCODE, "sw1a1aa",
          "p00s/0 p01w/0 p021/0 p03a/0 p101/0 p11a/0 p12a/0 osw1a/0 zsw1a1/0");
    check(TALLY_TOKENS_POSTCODE, "m11aa",
          "p00m/0 p011/0 p101/0 p11a/0 p12a/0 om1/0 zm11/0");
    check(TALLY_TOKENS_POSTCODE, "m11", "p00m/0 p011/0 p021/0 om11/0");
    tokens_of(TALLY_TOKENS_POSTCODE, "po82hg", &a);
    tokens_of(TALLY_TOKENS_POSTCODE, "po8", &b);
    assert_int_equal(shared(&a, &b), b.n);
}

static void
a_whole_value_is_one_token_cut_at_250_bytes(void **state)
{
    static struct tally_tokens t;
    char text[TALLY_VALUE_MAX + 1];

    (void)state;
    check(TALLY_TOKENS_WHOLE, "f", "wf/0");
    check(TALLY_TOKENS_WHOLE, "two words", "wtwo words/0");
    memset(text, 'y', TALLY_VALUE_MAX);
    text[TALLY_VALUE_MAX] = '\0';
    tokens_of(TALLY_TOKENS_WHOLE, text, &t);
    assert_int_equal(t.n, 1);
    assert_int_equal(t.list[0].len, 251);
}

static void
neighbourhoods_start_at_the_value(void **state)
{
    (void)state;
    check(TALLY_TOKENS_NEIGHBOURHOOD, "7", "n7/0 n8/0 n9/0 n10/0 n11/0");
    check(TALLY_TOKENS_NEIGHBOURHOOD, "-2", "n-2/0 n-1/0 n0/0 n1/0 n2/0");
}

static size_t
overlap(int64_t distance, int64_t x, int64_t y, size_t *most)
{
    static struct tally_tokens a;
    static struct tally_tokens b;
    const struct tally_field f = {.type = TALLY_FIELD_INTEGER,
                                  .tokens = TALLY_TOKENS_NEIGHBOURHOOD,
                                  .distance = distance};
    char text[32];
    struct tally_value v;

    (void)snprintf(text, sizeof text, "%lld", (long long)x);
    v = value_of(text);
    tally_tokenise(&f, &v, &a);
    (void)snprintf(text, sizeof text, "%lld", (long long)y);
    v = value_of(text);
    tally_tokenise(&f, &v, &b);
    *most = a.n > b.n ? a.n : b.n;
    return shared(&a, &b);
}

static void
neighbourhood_overlap_falls_linearly_to_zero_at_the_distance(void **state)
{
    size_t most;

    (void)state;
    for (int64_t distance = 1; distance <= TALLY_NEIGHBOURHOOD_STEPS; distance++) {
        for (int64_t x = -3; x <= 3; x++) {
            for (int64_t diff = 0; diff <= distance + 2; diff++) {
                int64_t left = distance > diff ? distance - diff : 0;

                assert_int_equal(overlap(distance, x, x + diff, &most), left);
                assert_int_equal(overlap(distance, x + diff, x, &most), left);
                assert_int_equal(most, distance);
            }
        }
    }
}

static void
wide_neighbourhoods_step_and_stay_within_one_token_of_the_line(void **state)
{
    static const int64_t distances[] = {33, 64, 65, 100, 1000, 9999, 999999999999999};

    (void)state;
    for (size_t i = 0; i < sizeof distances / sizeof distances[0]; i++) {
        int64_t distance = distances[i];
        int64_t step = tally_neighbourhood_step(distance);

        for (int64_t tenth = 0; tenth <= 11; tenth++) {
            int64_t diff = distance / 10 * tenth;
            int64_t left = diff < distance ? (distance - diff) / step : 0;
            size_t most;
            int64_t got = (int64_t)overlap(distance, -777, -777 + diff, &most);

            assert_true(got == left || got == left + (diff < distance));
            assert_in_range(most, TALLY_NEIGHBOURHOOD_STEPS / 2,
                            TALLY_NEIGHBOURHOOD_STEPS);
        }
    }
}

static void
a_value_without_text_has_no_tokens(void **state)
{
    static struct tally_tokens t;

    (void)state;
    for (int kind = 0; kind < TALLY_TOKEN_KINDS; kind++) {
        t.n = 7;
        tokens_of((enum tally_token_kind)kind, "", &t);
        assert_int_equal(t.n, 0);
        assert_int_equal(t.nbytes, 0);
    }
}

static void
the_longest_value_fits_whatever_it_holds(void **state)
{
    static struct tally_tokens t;
    char text[TALLY_VALUE_MAX + 1];

    (void)state;
    for (size_t i = 0; i < TALLY_VALUE_MAX; i++) {
        text[i] = i % 2 == 0 ? 'a' : ' ';
    }
    text[TALLY_VALUE_MAX] = '\0';
    tokens_of(TALLY_TOKENS_BIGRAMS, text, &t);
    assert_int_equal(t.n, 256);
    assert_int_equal(t.list[255].occurrence, 127);
    memset(text, 'a', TALLY_VALUE_MAX);
    tokens_of(TALLY_TOKENS_BIGRAMS, text, &t);
    assert_int_equal(t.n, 256);
    assert_int_equal(t.list[254].occurrence, 253);
}

/* The tokens of piece ${piece} as one text. */
static void
tokens_of_piece(const struct tally_tokens *t, size_t piece, char *out, size_t cap)
{
    size_t n = 0;

    out[0] = '\0';
    for (size_t i = 0; i < t->n; i++) {
        if (t->list[i].piece == piece) {
            n += (size_t)snprintf(out + n, cap - n, "%.*s/%u ", (int)t->list[i].len,
                                  (const char *)t->bytes + t->list[i].at,
                                  t->list[i].occurrence);
            assert_true(n < cap);
        }
    }
}

/* Pieces met so far, and what their tokens were. */
struct met {
    char said[300];
    char tokens[4096];
};

/* What is said of a piece has the tokens that it had before; if it is new it is noted. */
static void
compare_with_met(struct met *met, size_t *nmet, size_t cap, const char *said,
                 const char *tokens)
{
    for (size_t i = 0; i < *nmet; i++) {
        if (strcmp(met[i].said, said) == 0) {
            assert_string_equal(met[i].tokens, tokens);
            return;
        }
    }
    if (*nmet < cap) {
        struct met *m = &met[(*nmet)++];

        snprintf(m->said, sizeof(m->said), "%s", said);
        snprintf(m->tokens, sizeof(m->tokens), "%s", tokens);
    }
}

/* Piece ${p} of ${v}, by its code or by its characters. */
static void
say_piece(const struct tally_value *v, const uint32_t *code,
          const struct tally_piece *piece, char *out, size_t cap)
{
    if (code != NULL) {
        assert_true(*code < TALLY_CODES);
        snprintf(out, cap, "%u", (unsigned)*code);
        return;
    }
    assert_true(piece->len >= 1 && piece->at + piece->len <= v->len);
    snprintf(out, cap, "%.*s beside %u", piece->len, v->text + piece->at, piece->beside);
}

/* Cut ${v}: every token is of a piece, and pieces of which the same is said have the same
 * tokens. Counts stay all zeros. */
static void
check_pieces(const struct tally_field *f, const struct tally_value *v, struct met *met,
             size_t *nmet, size_t cap)
{
    static struct tally_tokens t;
    static struct tally_bigram_counts counts;
    uint32_t codes[TALLY_PIECES_MAX];
    struct tally_piece pieces[TALLY_CUT_MAX];
    bool coded = tally_has_codes(f);
    size_t n = coded ? tally_code(f, v, &counts, codes) : tally_cut(f, v, pieces);
    size_t total = 0;

    for (size_t i = 0; i < sizeof(counts.of); i++) {
        assert_int_equal(counts.of[i], 0);
    }
    if (n == 0) {
        return; /* too many of a kind, or nothing but pads */
    }
    tally_tokenise(f, v, &t);
    for (size_t p = 0; p < n; p++) {
        char tokens[4096], said[300];

        for (size_t i = 0; i < t.n; i++) {
            total += t.list[i].piece == p;
        }
        say_piece(v, coded ? &codes[p] : NULL, coded ? NULL : &pieces[p], said,
                  sizeof(said));
        tokens_of_piece(&t, p, tokens, sizeof(tokens));
        compare_with_met(met, nmet, cap, said, tokens);
    }
    assert_int_equal(total, t.n);
}

static void
like_pieces_have_like_tokens(void **state)
{
    static const struct {
        enum tally_token_kind kind;
        const char *letters;
        size_t least, most;
    } cases[] = {
        {TALLY_TOKENS_BIGRAMS, "ab ", 1, 12},
        {TALLY_TOKENS_BIGRAMS, "abcd _", 1, 60},
        {TALLY_TOKENS_BIGRAMS, "a", 1, 255},
        {TALLY_TOKENS_POSITIONAL, "01", 1, 12},
        {TALLY_TOKENS_POSITIONAL, "0123", 1, 20},
        {TALLY_TOKENS_POSTCODE, "m1", 2, 7},
        {TALLY_TOKENS_WHOLE, "xy", 1, 255},
        {TALLY_TOKENS_NEIGHBOURHOOD, "12", 1, 9},
    };
    enum { MET = 400 };
    struct met *met = malloc(MET * sizeof(*met));
    uint32_t seed = 1;

    (void)state;
    assert_non_null(met);
    for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
        const struct tally_field f = {
            .type = TALLY_FIELD_TEXT, .tokens = cases[c].kind, .distance = 50};
        size_t nmet = 0;

        for (size_t round = 0; round < 400; round++) {
            size_t span = cases[c].most - cases[c].least + 1;
            struct tally_value v = {.reason = TALLY_VALUE_OK};

            v.len = (uint8_t)(cases[c].least + round % span);
            for (size_t i = 0; i < v.len; i++) {
                seed = seed * 1664525u + 1013904223u;
                v.text[i] = cases[c].letters[(seed >> 16) % strlen(cases[c].letters)];
            }
            check_pieces(&f, &v, met, &nmet, MET);
        }
        assert_true(nmet > 0);
    }
    free(met);
}

/* Codes say how often a bigram came before, up to seven times. */
static void
a_bigram_that_comes_a_ninth_time_has_no_code(void **state)
{
    const struct tally_field f = {.type = TALLY_FIELD_TEXT,
                                  .tokens = TALLY_TOKENS_BIGRAMS};
    static struct tally_bigram_counts counts;
    uint32_t codes[TALLY_PIECES_MAX];
    struct tally_value eight = value_of("aaaaaaaaa"), nine = value_of("aaaaaaaaaa");

    (void)state;
    assert_int_equal(tally_code(&f, &eight, &counts, codes), 10);
    assert_int_equal(codes[4] - codes[3], 1u << TALLY_CODE_BITS);
    assert_int_equal(tally_code(&f, &nine, &counts, codes), 0);
}

static void
a_date_is_cut_behind_its_year(void **state)
{
    static const char *const dates[] = {"19840731", "----0731", "1984--31",
                                        "1984----", "19851207", "19840712"};
    const struct tally_field f = {.type = TALLY_FIELD_DATE, .tokens = TALLY_TOKENS_DATE};
    struct met *met = malloc(16 * sizeof(*met));
    size_t nmet = 0;

    (void)state;
    assert_non_null(met);
    for (size_t i = 0; i < sizeof(dates) / sizeof(dates[0]); i++) {
        struct tally_value v = value_of(dates[i]);

        check_pieces(&f, &v, met, &nmet, 16);
    }
    assert_int_equal(nmet, 8); /* three years, five of the rest */
    free(met);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bigrams_are_padded_word_by_word),
        cmocka_unit_test(repeated_bigrams_are_numbered),
        cmocka_unit_test(bigrams_do_not_depend_on_the_order_of_words),
        cmocka_unit_test(positional_tokens_carry_their_place),
        cmocka_unit_test(dates_have_digits_components_and_the_unordered_pair),
        cmocka_unit_test(swapped_day_and_month_keep_the_pair_and_the_year),
        cmocka_unit_test(missing_parts_of_a_date_have_no_tokens),
        cmocka_unit_test(postcodes_keep_inward_places_whatever_the_outward_length),
        cmocka_unit_test(a_whole_value_is_one_token_cut_at_250_bytes),
        cmocka_unit_test(neighbourhoods_start_at_the_value),
        cmocka_unit_test(neighbourhood_overlap_falls_linearly_to_zero_at_the_distance),
        cmocka_unit_test(wide_neighbourhoods_step_and_stay_within_one_token_of_the_line),
        cmocka_unit_test(a_value_without_text_has_no_tokens),
        cmocka_unit_test(the_longest_value_fits_whatever_it_holds),
        cmocka_unit_test(like_pieces_have_like_tokens),
        cmocka_unit_test(a_bigram_that_comes_a_ninth_time_has_no_code),
        cmocka_unit_test(a_date_is_cut_behind_its_year),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

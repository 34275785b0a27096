/*
 * The filter of a record: positions are those of an independent implementation, and the
 * cache never changes what is set.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/clk.h"

#include "bloom/base/bytes.h"
#include "bloom/tokens.h"
#include "tests/support/testkey.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BITS 2048

static void
field(struct tally_schema *s, const char *name, const char *domain,
      enum tally_field_type type, enum tally_token_kind tokens, uint32_t k)
{
    struct tally_field *f = &s->fields[s->nfields++];

    snprintf(f->name, sizeof(f->name), "%s", name);
    snprintf(f->domain, sizeof(f->domain), "%s", domain);
    f->type = type;
    f->tokens = tokens;
    f->bits_per_token = k;
    f->weight = 1;
    f->distance = 1;
}

/* Two names that share a key, a text whose tokens are too long for the cache, a date. */
static struct tally_schema *
schema(uint32_t bits)
{
    struct tally_schema *s = calloc(1, sizeof(*s));

    assert_non_null(s);
    snprintf(s->name, sizeof(s->name), "test");
    s->bits = bits;
    field(s, "forename", "name", TALLY_FIELD_FORENAME, TALLY_TOKENS_BIGRAMS, 5);
    field(s, "surname", "name", TALLY_FIELD_SURNAME, TALLY_TOKENS_BIGRAMS, 20);
    field(s, "note", "note", TALLY_FIELD_TEXT, TALLY_TOKENS_WHOLE, 40);
    field(s, "born", "born", TALLY_FIELD_DATE, TALLY_TOKENS_DATE, 7);
    return s;
}

static struct tally_clk *
make(const struct tally_schema *s, const char *view)
{
    struct tally_secret *key = tally_testkey();
    struct tally_clk *c = NULL;
    struct tally_err err = TALLY_ERR_INIT;

    assert_int_equal(tally_clk_create(&c, s, view, key, &err), 0);
    tally_secret_free(key);
    return c;
}

static void
set_value(struct tally_value *v, const char *text)
{
    memset(v, 0, sizeof(*v));
    v->reason = text[0] != '\0' ? TALLY_VALUE_OK : TALLY_VALUE_MISSING;
    v->len = (uint8_t)strlen(text);
    memcpy(v->text, text, strlen(text));
}

static void
clk_positions_are_those_of_the_documentation(void **state)
{
    static const uint32_t twenty[] = {1058, 1504, 541, 951, 618,  332, 1041,
                                      981,  424,  900, 102, 1247, 94,  1189,
                                      628,  1746, 765, 365, 1623, 970};
    static const uint32_t second[] = {1932, 1365, 902, 729, 836};
    static const uint32_t short_filter[] = {4, 21, 42, 30, 43};
    struct tally_schema *s = schema(BITS), *small = schema(64);
    struct tally_clk *c = make(s, "full"), *d = make(small, "full");
    const uint8_t *token = (const uint8_t *)"_s";
    uint32_t out[256];

    (void)state;
    tally_clk_positions(c, 1, token, 2, 0, out);
    assert_memory_equal(out, twenty, sizeof(twenty));
    tally_clk_positions(c, 0, token, 2, 0, out);
    assert_memory_equal(out, twenty, 5 * sizeof(*out));
    tally_clk_positions(c, 0, token, 2, 1, out);
    assert_memory_equal(out, second, sizeof(second));
    tally_clk_positions(d, 0, token, 0, 0, out);
    assert_memory_equal(out, short_filter, sizeof(short_filter));
    tally_clk_free(c);
    tally_clk_free(d);
    free(s);
    free(small);
}

/* The definition: every token hashed, no cache. */
static void
reference(struct tally_clk *c, const struct tally_schema *s,
          const struct tally_value *values, uint8_t *filter)
{
    struct tally_tokens *t = malloc(sizeof(*t));
    uint32_t out[256];
    size_t f, i, k;

    assert_non_null(t);
    for (f = 0; f < s->nfields; f++) {
        if (values[f].len == 0) {
            continue;
        }
        tally_tokenise(&s->fields[f], &values[f], t);
        for (i = 0; i < t->n; i++) {
            tally_clk_positions(c, f, t->bytes + t->list[i].at, t->list[i].len,
                                t->list[i].occurrence, out);
            for (k = 0; k < s->fields[f].bits_per_token; k++) {
                filter[out[k] / 8] |= (uint8_t)(128 >> out[k] % 8);
            }
        }
    }
    free(t);
}

static void
random_word(uint32_t *seed, char *out, size_t len, const char *letters)
{
    size_t i;

    for (i = 0; i < len; i++) {
        *seed = *seed * 1664525u + 1013904223u;
        out[i] = letters[(*seed >> 16) % strlen(letters)];
    }
    out[len] = '\0';
}

/* Records begun before the last is finished, in turn over three of their values. */
static void
clk_is_the_same_in_two_halves(void **state)
{
    struct tally_schema *s = schema(BITS);
    struct tally_clk *c = make(s, "full"), *plain = make(s, "full");
    struct tally_value values[3][4];
    uint8_t filters[3][BITS / 8] = {{0}}, slow[BITS / 8];
    uint32_t seed = 9;
    char text[64];

    (void)state;
    tally_clk_finish(c); /* nothing was begun */
    for (size_t i = 0; i < 300; i++) {
        size_t at = i % 3, before = (i + 2) % 3;

        random_word(&seed, text, i % 9, "abc ");
        set_value(&values[at][0], text);
        random_word(&seed, text, i % 30, "abcdefghijklm ");
        set_value(&values[at][1], text);
        set_value(&values[at][2], i % 4 == 0 ? "some note" : "");
        set_value(&values[at][3], i % 5 == 0 ? "" : "19840731");
        memset(filters[at], 0, BITS / 8);
        tally_clk_begin(c, values[at], filters[at]);
        if (i % 7 == 0) {
            tally_clk_finish(c);
        }
        if (i > 0) {
            memset(slow, 0, sizeof(slow));
            reference(plain, s, values[before], slow);
            assert_memory_equal(filters[before], slow, sizeof(slow));
        }
    }
    tally_clk_free(c);
    tally_clk_free(plain);
    free(s);
}

static void
clk_cache_never_changes_a_bit(void **state)
{
    struct tally_schema *s = schema(BITS);
    struct tally_clk *c = make(s, "full");
    struct tally_value values[4];
    uint32_t seed = 7;
    char text[64];
    int i;

    (void)state;
    for (i = 0; i < 3000; i++) {
        uint8_t fast[BITS / 8] = {0}, slow[BITS / 8] = {0};

        /* few letters for repeated bigrams, many for evictions */
        random_word(&seed, text, (size_t)(i % 9), "ab ");
        set_value(&values[0], text[0] == ' ' ? "a" : text);
        random_word(&seed, text, (size_t)(i % 21),
                    "abcdefghijklmnopqrstuvwxyz0123456789");
        set_value(&values[1], text);
        random_word(&seed, text, (size_t)(i % 40), "xyz");
        set_value(&values[2], text);
        snprintf(text, sizeof(text), "%04d%02d%02d", 1900 + i % 120, 1 + i % 12,
                 1 + i % 28);
        set_value(&values[3], i % 5 == 0 ? "" : text);
        tally_clk_add(c, values, fast);
        reference(c, s, values, slow);
        assert_memory_equal(fast, slow, sizeof(fast));
    }
    tally_clk_free(c);
    free(s);
}

/* Odd text has more bigrams than there is room for. */
static void
clk_of_odd_text_is_as_without_a_cache(void **state)
{
    struct tally_schema *s = schema(BITS);
    struct tally_clk *c = make(s, "full");
    struct tally_value values[4] = {{0}};
    char text[64], letters[95];
    uint32_t seed = 3;

    (void)state;
    for (size_t i = 0; i + 1 < sizeof(letters); i++) {
        letters[i] = (char)('!' + i);
    }
    letters[sizeof(letters) - 1] = '\0';
    for (size_t i = 0; i < 600; i++) {
        uint8_t fast[BITS / 8] = {0}, slow[BITS / 8] = {0};

        for (size_t f = 0; f < 3; f++) {
            random_word(&seed, text, 63, letters);
            set_value(&values[f], text);
        }
        tally_clk_add(c, values, fast);
        reference(c, s, values, slow);
        assert_memory_equal(fast, slow, sizeof(fast));
    }
    tally_clk_free(c);
    free(s);
}

/* The filter of forename "a" alone, of somebody born on ${born}. */
static void
filter_of_a(const char *born, bool salted, uint8_t *filter)
{
    struct tally_schema *s = schema(BITS);
    struct tally_value values[4];
    struct tally_clk *c;
    size_t i;

    s->salted = salted;
    s->salt_field = 3;
    s->fields[3].bits_per_token = 0;
    c = make(s, "full");
    for (i = 0; i < 4; i++) {
        set_value(&values[i], "");
    }
    set_value(&values[0], "a");
    set_value(&values[3], born);
    memset(filter, 0, BITS / 8);
    tally_clk_add(c, values, filter);
    tally_clk_free(c);
    free(s);
}

/* A clk that has seen many salts and one made for the record alone agree. */
static void
clk_with_many_salts_is_as_without_a_cache(void **state)
{
    struct tally_schema *s = schema(BITS);
    struct tally_value values[4];
    struct tally_clk *c;

    (void)state;
    s->salted = true;
    s->salt_field = 3;
    s->fields[3].bits_per_token = 0;
    c = make(s, "full");
    for (size_t i = 0; i < 4; i++) {
        set_value(&values[i], "");
    }
    for (unsigned i = 0; i < 3000; i++) {
        uint8_t have[BITS / 8] = {0}, want[BITS / 8];
        char born[16];

        snprintf(born, sizeof(born), "%04u0731", 1000 + i * 7 % 2500);
        set_value(&values[0], "a");
        set_value(&values[3], i % 50 == 0 ? "----0731" : born);
        tally_clk_add(c, values, have);
        if (i % 100 == 0 || i > 2980) {
            filter_of_a(values[3].text, true, want);
            assert_memory_equal(have, want, sizeof(want));
        }
    }
    tally_clk_free(c);
    free(s);
}

/* Positions from an implementation in Python. */
static void
clk_salts_every_token_of_a_record(void **state)
{
    static const uint32_t positions[] = {763,  255, 1627, 1528, 1882,
                                         1451, 327, 1071, 259,  197};
    uint8_t want[BITS / 8] = {0}, have[BITS / 8], other[BITS / 8], plain[BITS / 8];
    size_t i;

    (void)state;
    for (i = 0; i < 10; i++) {
        want[positions[i] / 8] |= (uint8_t)(128 >> positions[i] % 8);
    }
    filter_of_a("19840731", true, have);
    assert_memory_equal(have, want, sizeof(want));
    filter_of_a("1984----", true, have);
    assert_memory_equal(have, want, sizeof(want));
    filter_of_a("19850731", true, other);
    assert_memory_not_equal(other, want, sizeof(want));
    filter_of_a("19840731", false, plain);
    assert_memory_not_equal(plain, want, sizeof(want));
    /* Without a salt a record is like one of a schema without. */
    filter_of_a("", true, other);
    assert_memory_equal(other, plain, sizeof(plain));
    filter_of_a("----0731", true, other);
    assert_memory_equal(other, plain, sizeof(plain));
}

static void
clk_of_nothing_sets_no_bit(void **state)
{
    struct tally_schema *s = schema(BITS);
    struct tally_clk *c = make(s, "full");
    struct tally_value values[4];
    uint8_t filter[BITS / 8] = {0};
    size_t i;

    (void)state;
    for (i = 0; i < 4; i++) {
        set_value(&values[i], "");
    }
    tally_clk_add(c, values, filter);
    for (i = 0; i < sizeof(filter); i++) {
        assert_int_equal(filter[i], 0);
    }
    tally_clk_free(c);
    free(s);
}

static void
clk_fields_of_one_domain_set_the_same_bits(void **state)
{
    struct tally_schema *s = schema(BITS);
    struct tally_clk *c;
    struct tally_value values[4];
    uint8_t one[BITS / 8] = {0}, two[BITS / 8] = {0};
    size_t i;

    (void)state;
    s->fields[1].bits_per_token = 5;
    c = make(s, "full");
    for (i = 0; i < 4; i++) {
        set_value(&values[i], "");
    }
    set_value(&values[0], "james");
    tally_clk_add(c, values, one);
    set_value(&values[0], "");
    set_value(&values[1], "james");
    tally_clk_add(c, values, two);
    assert_memory_equal(one, two, sizeof(one));
    tally_clk_free(c);
    free(s);
}

static void
clk_views_and_domains_share_no_key(void **state)
{
    struct tally_schema *s = schema(BITS);
    struct tally_clk *full = make(s, "full"), *other = make(s, "no-address");
    uint32_t a[20], b[20];

    (void)state;
    tally_clk_positions(full, 1, (const uint8_t *)"_s", 2, 0, a);
    tally_clk_positions(other, 1, (const uint8_t *)"_s", 2, 0, b);
    assert_memory_not_equal(a, b, sizeof(a));
    tally_clk_positions(full, 3, (const uint8_t *)"_s", 2, 0, b);
    assert_memory_not_equal(a, b, 7 * sizeof(*a));
    tally_clk_free(full);
    tally_clk_free(other);
    free(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clk_positions_are_those_of_the_documentation),
        cmocka_unit_test(clk_cache_never_changes_a_bit),
        cmocka_unit_test(clk_of_odd_text_is_as_without_a_cache),
        cmocka_unit_test(clk_is_the_same_in_two_halves),
        cmocka_unit_test(clk_with_many_salts_is_as_without_a_cache),
        cmocka_unit_test(clk_salts_every_token_of_a_record),
        cmocka_unit_test(clk_of_nothing_sets_no_bit),
        cmocka_unit_test(clk_fields_of_one_domain_set_the_same_bits),
        cmocka_unit_test(clk_views_and_domains_share_no_key),
    };

    return cmocka_run_group_tests(tests, tally_testkey_init, NULL);
}

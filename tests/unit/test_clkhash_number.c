/*
 * Numbers as text by Python's rules, and the tokens of the numeric comparison at their
 * edges: ties, negative values, values beyond 64 bits.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/clkhash_number.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
assert_int(const char *text, const char *want)
{
    char out[64];
    ptrdiff_t n = tally_clkhash_int((const uint8_t *)text, strlen(text), out);

    if (want == NULL) {
        assert_int_equal(n, -1);
        return;
    }
    assert_int_equal(n, strlen(want));
    assert_memory_equal(out, want, (size_t)n);
}

static void
number_int_takes_what_python_takes(void **state)
{
    (void)state;
    assert_int("13", "13");
    assert_int("+13", "13");
    assert_int(" 13\n", "13");
    assert_int("\u00a013\u2003", "13");
    assert_int("0013", "13");
    assert_int("000", "0");
    assert_int("-0", "0");
    assert_int("-007", "-7");
    assert_int("1_000_000", "1000000");
    assert_int("\u0663\u0664", "34");
    assert_int("\uff11", "1");
    assert_int("123456789012345678901234567890", "123456789012345678901234567890");
}

static void
number_int_refuses_what_python_refuses(void **state)
{
    const char *const bad[] = {"",   " ",  "-",   "--1", "1.0", "0x10",    "1__0",
                               "_1", "1_", "1 2", "1e3", "+ 5", "\u22125", "\0345"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int(bad[i], NULL);
    }
}

static void
number_compare_orders_by_size_and_sign(void **state)
{
    (void)state;
    assert_true(tally_clkhash_int_compare("9", 1, "10", 2) < 0);
    assert_true(tally_clkhash_int_compare("-9", 2, "-10", 3) > 0);
    assert_true(tally_clkhash_int_compare("-1", 2, "0", 1) < 0);
    assert_true(tally_clkhash_int_compare("21", 2, "12", 2) > 0);
    assert_int_equal(tally_clkhash_int_compare("-12", 3, "-12", 3), 0);
}

static bool
float_of(const char *text, double *v)
{
    char scratch[64];

    return tally_clkhash_float((const uint8_t *)text, strlen(text), scratch, v);
}

static void
number_float_knows_fractions_and_exponents(void **state)
{
    const char *const bad[] = {"",      ".",   "e5",  "1e",    "1e_5", "1._5",
                               "0x1p3", "inf", "nan", "1e400", "1,5"};
    double v = 0;

    (void)state;
    assert_true(float_of(" 1_0.5 ", &v) && v == 10.5);
    assert_true(float_of(".5", &v) && v == .5);
    assert_true(float_of("5.", &v) && v == 5);
    assert_true(float_of("-1E+3", &v) && v == -1000);
    assert_true(float_of("\u0663.\u0665", &v) && v == 3.5);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(float_of(bad[i], &v));
    }
}

/* The tokens of , with commas between them. */
static void
assert_tokens(const char *distance, int64_t resolution, int64_t precision,
              const char *text, const char *want)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_clkhash_number *n = NULL;
    char have[512] = "";

    assert_int_equal(
        tally_clkhash_number_create(&n, distance, resolution, precision, &err), 0);
    assert_true(tally_clkhash_number_begin(n, (const uint8_t *)text, strlen(text)));
    for (int64_t i = 0; i < 2 * resolution + 1; i++) {
        size_t len;
        const char *token = tally_clkhash_number_next(n, &len);

        strncat(have, token, len);
        strcat(have, ",");
    }
    assert_string_equal(have, want);
    tally_clkhash_number_free(n);
}

static void
number_tokens_are_the_neighbours_of_the_value(void **state)
{
    (void)state;
    assert_tokens("8", 2, 0, "25", "88,96,104,112,120,");
    assert_tokens("8", 2, 0, "-25", "-112,-104,-96,-88,-80,");
    assert_tokens("8", 2, 0, "0", "-16,-8,0,8,16,");
    assert_tokens("8", 2, 0, "-24.99", "-112,-104,-96,-88,-80,");
    assert_tokens("75", 1, 2, "-3.14159", "-675,-600,-525,");
    assert_tokens("2", 1, 0, "1", "0,2,4,");
}

static void
number_tokens_of_ties_go_up(void **state)
{
    (void)state;
    assert_tokens("4", 1, 0, "1", "0,4,8,");
    assert_tokens("4", 1, 0, "-1", "-4,0,4,");
    assert_tokens("75", 1, 1, "1.25", "-75,0,75,");
}

static void
number_tokens_beyond_64_bits_are_exact(void **state)
{
    (void)state;
    assert_tokens("333", 3, 0, "12345678901234567890",
                  "74074073407407406224,74074073407407406557,74074073407407406890,"
                  "74074073407407407223,74074073407407407556,74074073407407407889,"
                  "74074073407407408222,");
    assert_tokens("10000000000000000000000000001", 1, 0, "-7",
                  "-10000000000000000000000000001,0,10000000000000000000000000001,");
    assert_tokens("10000000000000000000000000001", 1, 0,
                  "-100000000000000000000000000000",
                  "-210000000000000000000000000021,-200000000000000000000000000020,"
                  "-190000000000000000000000000019,");
}

static void
number_tokens_need_a_number(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_clkhash_number *n = NULL;

    (void)state;
    assert_int_equal(tally_clkhash_number_create(&n, "8", 2, 0, &err), 0);
    assert_false(tally_clkhash_number_begin(n, (const uint8_t *)"x", 1));
    assert_false(tally_clkhash_number_begin(n, (const uint8_t *)"nan", 3));
    tally_clkhash_number_free(n);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(number_int_takes_what_python_takes),
        cmocka_unit_test(number_int_refuses_what_python_refuses),
        cmocka_unit_test(number_compare_orders_by_size_and_sign),
        cmocka_unit_test(number_float_knows_fractions_and_exponents),
        cmocka_unit_test(number_tokens_are_the_neighbours_of_the_value),
        cmocka_unit_test(number_tokens_of_ties_go_up),
        cmocka_unit_test(number_tokens_beyond_64_bits_are_exact),
        cmocka_unit_test(number_tokens_need_a_number),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

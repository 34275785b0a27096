/*
 * Cells against their format: each rule kept and broken, missing values, and case by the
 * full Unicode mappings.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/clkhash_format.h"

#include "bloom/clkhash_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char scratch[TALLY_CLKHASH_CELL_BYTES + 16];

/*  is the value, or what the message says when the cell is refused. */
static void
assert_cell(const struct tally_clkhash_feature *f, bool validate, const char *text,
            int status, const char *want)
{
    struct tally_cell cell = {(const uint8_t *)text, strlen(text)};
    struct tally_clkhash_column *c = NULL;
    struct tally_cell value = {NULL, 0};
    struct tally_err err = TALLY_ERR_INIT;

    assert_int_equal(tally_clkhash_column_create(&c, f, validate, &err), 0);
    assert_int_equal(tally_clkhash_column_read(c, cell, scratch, &value, &err), status);
    if (status == 0) {
        assert_int_equal(value.len, strlen(want));
        assert_memory_equal(value.data, want, value.len);
    } else {
        assert_int_equal(err.code, TALLY_E_DATA);
        assert_non_null(strstr(err.text, want));
    }
    tally_clkhash_column_free(c);
}

static struct tally_clkhash_feature
of_type(enum tally_clkhash_type type)
{
    struct tally_clkhash_feature f = {0};

    f.format.type = type;
    f.format.min_length = f.format.max_length = -1;
    return f;
}

static void
format_of_text_keeps_it_as_it_is(void **state)
{
    struct tally_clkhash_feature f = of_type(TALLY_CLKHASH_STRING);

    (void)state;
    assert_cell(&f, true, " A b ", 0, " A b ");
    assert_cell(&f, true, "", 0, "");
}

static void
format_lengths_count_characters(void **state)
{
    struct tally_clkhash_feature f = of_type(TALLY_CLKHASH_STRING);

    (void)state;
    f.format.min_length = 2;
    f.format.max_length = 3;
    assert_cell(&f, true, "\u5c71\u7530\u5c71", 0, "\u5c71\u7530\u5c71");
    assert_cell(&f, true, "\u5c71", -1, "shorter than the minLength of 2");
    assert_cell(&f, true, "abcd", -1, "longer than the maxLength of 3");
    assert_cell(&f, false, "abcd", 0, "abcd");
}

static void
format_case_follows_the_full_mappings(void **state)
{
    struct tally_clkhash_feature f = of_type(TALLY_CLKHASH_STRING);

    (void)state;
    f.format.letters = TALLY_CLKHASH_UPPER;
    assert_cell(&f, true, "\u00c5-1 \u738b", 0, "\u00c5-1 \u738b");
    assert_cell(&f, true, "Ab", -1, "not in upper case");
    assert_cell(&f, true, "STRA\u00dfE", -1, "not in upper case");
    assert_cell(&f, true, "\ufb01", -1, "not in upper case");
    f.format.letters = TALLY_CLKHASH_LOWER;
    assert_cell(&f, true, "\u00e5-1\u00df", 0, "\u00e5-1\u00df");
    assert_cell(&f, true, "\u0130", -1, "not in lower case");
    assert_cell(&f, false, "A", 0, "A");
}

static void
format_pattern_and_ascii_hold_for_the_whole_cell(void **state)
{
    struct tally_clkhash_feature f = of_type(TALLY_CLKHASH_STRING);

    (void)state;
    f.format.pattern = "[a-z]+";
    assert_cell(&f, true, "abc", 0, "abc");
    assert_cell(&f, true, "abc1", -1, "does not match the pattern");
    assert_cell(&f, false, "abc1", 0, "abc1");
    f.format.pattern = NULL;
    f.format.encoding = TALLY_CLKHASH_ASCII;
    assert_cell(&f, true, "\u00e9", -1, "not ASCII");
}

static void
format_integers_get_one_form_within_bounds(void **state)
{
    struct tally_clkhash_feature f = of_type(TALLY_CLKHASH_INTEGER);
    char low[] = "-5";
    char high[] = "100000000000000000000";

    (void)state;
    f.format.minimum = low;
    f.format.maximum = high;
    assert_cell(&f, true, " +0_7 ", 0, "7");
    assert_cell(&f, true, "-5", 0, "-5");
    assert_cell(&f, true, "-6", -1, "below the minimum of -5");
    assert_cell(&f, true, "100000000000000000001", -1, "above the maximum");
    assert_cell(&f, false, "-6", 0, "-6");
    assert_cell(&f, true, "", -1, "not a whole number");
    assert_cell(&f, false, "1.0", -1, "not a whole number");
}

static void
format_dates_get_one_form(void **state)
{
    struct tally_clkhash_feature f = of_type(TALLY_CLKHASH_DATE);

    (void)state;
    f.format.date = "%d/%m/%Y";
    assert_cell(&f, true, "1/2/2003", 0, "20030201");
    assert_cell(&f, false, "2003", -1, "not a date of the form %d/%m/%Y");
}

static void
format_enum_lists_all_that_is_allowed(void **state)
{
    const char *values[] = {"f", "m"};
    struct tally_clkhash_feature f = of_type(TALLY_CLKHASH_ENUM);

    (void)state;
    f.format.values = values;
    f.format.nvalues = 2;
    assert_cell(&f, true, "m", 0, "m");
    assert_cell(&f, true, "F", -1, "none of the values");
    assert_cell(&f, true, "", -1, "none of the values");
    assert_cell(&f, false, "", 0, "");
}

static void
format_missing_values_are_replaced_unchecked(void **state)
{
    struct tally_clkhash_feature f = of_type(TALLY_CLKHASH_INTEGER);

    (void)state;
    f.hashing.sentinel = "N/A";
    assert_cell(&f, true, "N/A", 0, "N/A");
    assert_cell(&f, true, "N/A ", -1, "not a whole number");
    f.hashing.replace = "none";
    assert_cell(&f, true, "N/A", 0, "none");
    f.hashing.sentinel = "";
    f.hashing.replace = "";
    assert_cell(&f, true, "", 0, "");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(format_of_text_keeps_it_as_it_is),
        cmocka_unit_test(format_lengths_count_characters),
        cmocka_unit_test(format_case_follows_the_full_mappings),
        cmocka_unit_test(format_pattern_and_ascii_hold_for_the_whole_cell),
        cmocka_unit_test(format_integers_get_one_form_within_bounds),
        cmocka_unit_test(format_dates_get_one_form),
        cmocka_unit_test(format_enum_lists_all_that_is_allowed),
        cmocka_unit_test(format_missing_values_are_replaced_unchecked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

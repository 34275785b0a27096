/*
 * Profiling: what is found in small exports with a known fault each. Dates are in
 * test_profile_dates.c.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/file.h"
#include "bloom/profile_private.h"
#include "tests/support/profilerun.h"
#include "tests/support/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
an_ordinary_file_is_good(void **state)
{
    struct profilerun x = {0};

    (void)state;
    profilerun_put(&x, PROFILERUN_NAMES);
    profilerun_put_people(&x, 500);
    profilerun_run_well(&x);
    assert_int_equal(x.p->records, 500);
    assert_int_equal(x.p->nfields, 5);
    assert_int_equal(tally_profile_count(x.p, TALLY_VERDICT_FIX), 0);
    assert_int_equal(tally_profile_count(x.p, TALLY_VERDICT_LOOK), 0);
    assert_int_equal(profilerun_field(&x, "sex")->frequency.distinct, 2);
    assert_int_equal(profilerun_field(&x, "postcode")->usable, 500);
    profilerun_stop(&x);
}

static void
every_outcome_is_counted(void **state)
{
    struct profilerun x = {0};

    (void)state;
    profilerun_put(&x, "forename,date_of_birth,nhs_number\n");
    profilerun_put(&x, ",1984-07-31,9434765919\n");
    profilerun_put(&x, "UNKNOWN,1900-01-01,9434765918\n");
    profilerun_put(&x, "12,UNKNOWN,12\n");
    profilerun_put(&x, "\" Ann \",1984-02-31,9999999999\n");
    profilerun_put(&x, "Ann\xd0\x90,84-01-02,\n");
    profilerun_run_well(&x);
    profilerun_assert_found(&x, "forename", TALLY_CHECK_MISSING, 1, TALLY_VERDICT_LOOK);
    profilerun_assert_found(&x, "forename", TALLY_CHECK_PLACEHOLDER, 1,
                            TALLY_VERDICT_LOOK);
    profilerun_assert_found(&x, "forename", TALLY_CHECK_INVALID, 1, TALLY_VERDICT_FIX);
    profilerun_assert_found(&x, "forename", TALLY_CHECK_REPAIRED, 1, TALLY_VERDICT_LOOK);
    profilerun_assert_found(&x, "forename", TALLY_CHECK_ALPHABET, 1, TALLY_VERDICT_FIX);
    profilerun_assert_found(&x, "forename", TALLY_CHECK_BLANKS, 1, TALLY_VERDICT_GOOD);
    profilerun_assert_found(&x, "date_of_birth", TALLY_CHECK_DEFAULT_DATE, 1,
                            TALLY_VERDICT_LOOK);
    profilerun_assert_found(&x, "date_of_birth", TALLY_CHECK_PLACEHOLDER, 1,
                            TALLY_VERDICT_LOOK);
    profilerun_assert_found(&x, "date_of_birth", TALLY_CHECK_IMPOSSIBLE, 1,
                            TALLY_VERDICT_FIX);
    profilerun_assert_found(&x, "nhs_number", TALLY_CHECK_CHECK_DIGIT, 1,
                            TALLY_VERDICT_FIX);
    profilerun_assert_found(&x, "nhs_number", TALLY_CHECK_INVALID, 1, TALLY_VERDICT_FIX);
    assert_int_equal(profilerun_field(&x, "nhs_number")->usable, 1);
    assert_int_equal(profilerun_field(&x, "forename")->verdict, TALLY_VERDICT_FIX);
    profilerun_stop(&x);
}

static void
a_file_of_empty_cells_says_so(void **state)
{
    struct profilerun x = {0};

    (void)state;
    profilerun_put(&x, PROFILERUN_NAMES);
    for (int i = 0; i < 100; i++) {
        profilerun_put(&x, ",,,,\n");
    }
    profilerun_run_well(&x);
    profilerun_assert_found(&x, "surname", TALLY_CHECK_MISSING, 100, TALLY_VERDICT_FIX);
    profilerun_assert_found(&x, NULL, TALLY_CHECK_NOTHING_USABLE, 100, TALLY_VERDICT_FIX);
    profilerun_assert_found(&x, NULL, TALLY_CHECK_DUPLICATES, 0, TALLY_VERDICT_GOOD);
    assert_int_equal(x.p->compared, 0);
    profilerun_stop(&x);
}

static void
duplicates_are_found_after_normalisation(void **state)
{
    struct profilerun x = {0};

    (void)state;
    profilerun_put(&x, PROFILERUN_NAMES);
    profilerun_put_people(&x, 100);
    profilerun_put(&x, "Ann,O'Neil,1984-07-31,F,SW1A 1AA\n");
    profilerun_put(&x, "ANN,ONEIL,31/07/1984,female,sw1a1aa\n");
    profilerun_put(&x, " ann ,O Neil,31 July 1984,2,SW1A1AA\n");
    profilerun_put(&x, ",,,F,\n,,,F,\n");
    profilerun_run_well(&x);
    profilerun_assert_found(&x, NULL, TALLY_CHECK_DUPLICATES, 2, TALLY_VERDICT_LOOK);
    assert_int_equal(x.p->in_groups, 3);
    assert_int_equal(x.p->largest, 3);
    assert_int_equal(x.p->compared, 103);
    profilerun_stop(&x);
}

static void
ids_must_be_there_and_unique(void **state)
{
    struct profilerun x = {.id = "id"};

    (void)state;
    profilerun_put(
        &x,
        "id,forename,surname\n1,Ann,Lee\n2,Bob,Ray\n2,Cat,May\n,Dan,Fox\n ,Eve,Kay\n");
    profilerun_run_well(&x);
    profilerun_assert_found(&x, NULL, TALLY_CHECK_ID_REPEATED, 1, TALLY_VERDICT_FIX);
    profilerun_assert_found(&x, NULL, TALLY_CHECK_ID_EMPTY, 2, TALLY_VERDICT_FIX);
    assert_int_equal(x.p->nfields, 2);
    assert_string_equal(x.p->id_column, "id");
    profilerun_stop(&x);
}

static void
alias_rows_are_counted_and_must_have_a_main_row(void **state)
{
    struct profilerun x = {.id = "id", .alias_of = "of"};

    (void)state;
    profilerun_put(&x, "id,of," PROFILERUN_NAMES);
    profilerun_put(&x, "a,3,Nan,,,,\n1,,Ann,Lee,1990-02-03,F,LS1 4AP\n");
    profilerun_put(
        &x, " 2 ,,Bob,Ray,1980-02-03,M,LS2 8AA\n2,,Cat,Fox,1970-02-03,F,LS3 1AA\n");
    profilerun_put(
        &x, "a, 1 ,Annie,,,,\na,1,Nancy,,,,\n,2,Rob,,,,\n3,,,,,,\n,4,Sue,Lee,,,\n");
    profilerun_run_well(&x);
    assert_int_equal(x.p->records, 4);
    assert_int_equal(x.p->alias_rows, 5);
    assert_int_equal(x.p->nfields, 5); /* neither column of ids is one */
    assert_int_equal(profilerun_field(&x, "forename")->usable, 3);
    profilerun_assert_found(&x, NULL, TALLY_CHECK_ALIAS_ORPHAN, 1, TALLY_VERDICT_FIX);
    profilerun_assert_found(&x, NULL, TALLY_CHECK_ID_REPEATED, 1, TALLY_VERDICT_FIX);
    profilerun_assert_found(&x, NULL, TALLY_CHECK_ID_EMPTY, 0, TALLY_VERDICT_GOOD);
    profilerun_assert_found(&x, NULL, TALLY_CHECK_NOTHING_USABLE, 1, TALLY_VERDICT_FIX);
    profilerun_stop(&x);
}

static void
placeholders_are_counted_by_the_rules_of_normalisation(void **state)
{
    struct profilerun x = {0};
    char text[TALLY_RULES_TEXT];

    (void)state;
    profilerun_put(&x, PROFILERUN_NAMES "Baby,unknown,1900-01-01,F,ZZ99 3VZ\n");
    profilerun_put(&x, "n/k,Lee,unknown,F,NFA\ntest,Ray,00/00/0000,M,LS2 8AA\n");
    profilerun_run_well(&x);
    (void)tally_rules_text(profilerun_field(&x, "forename")->rules, text);
    assert_string_equal(text, "not-known word 1, test record 1, baby 1");
    (void)tally_rules_text(profilerun_field(&x, "date_of_birth")->rules, text);
    assert_string_equal(text, "not-known word 1, default date 2");
    (void)tally_rules_text(profilerun_field(&x, "sex")->rules, text);
    assert_string_equal(text, "");
    profilerun_assert_found(&x, "date_of_birth", TALLY_CHECK_DEFAULT_DATE, 2,
                            TALLY_VERDICT_FIX);
    profilerun_assert_found(&x, "date_of_birth", TALLY_CHECK_PLACEHOLDER, 1,
                            TALLY_VERDICT_LOOK);
    profilerun_stop(&x);
}

static void
names_the_wrong_way_round_are_found(void **state)
{
    struct profilerun x = {0};

    (void)state;
    profilerun_put(&x, "forename,surname\n");
    for (int i = 0; i < 30; i++) {
        profilerun_put(&x, "Emily,Smith\n");
    }
    profilerun_put(&x, "Jones,Sarah\nTaylor,Thomas\n");
    profilerun_run_well(&x);
    profilerun_assert_found(&x, NULL, TALLY_CHECK_SWAPPED_NAMES, 1, TALLY_VERDICT_LOOK);
    profilerun_stop(&x);
    x = (struct profilerun){0};
    profilerun_put(&x, "surname,forename\n");
    for (int i = 0; i < 30; i++) {
        profilerun_put(&x, "Emily,Smith\n");
    }
    profilerun_run_well(&x);
    profilerun_assert_found(&x, NULL, TALLY_CHECK_SWAPPED_NAMES, 30, TALLY_VERDICT_FIX);
    profilerun_stop(&x);
}

static void
columns_that_hold_another_type_are_found(void **state)
{
    struct profilerun x = {0};

    (void)state;
    profilerun_put(&x, "sex,postcode,date_of_birth,nhs_number\n");
    for (int i = 0; i < 40; i++) {
        profilerun_put(&x, "CF%d 1AB,%s,%d,1984-07-%02d\n", 1 + i, i % 2 ? "M" : "F",
                       30000 + i * 7, 1 + i % 30);
    }
    profilerun_run_well(&x);
    profilerun_assert_found(&x, "sex", TALLY_CHECK_CONTENT, 40, TALLY_VERDICT_FIX);
    assert_non_null(
        strstr(profilerun_found(&x, "sex", TALLY_CHECK_CONTENT)->action, "UK postcodes"));
    assert_non_null(strstr(profilerun_found(&x, "postcode", TALLY_CHECK_CONTENT)->action,
                           "sex codes"));
    assert_non_null(
        strstr(profilerun_found(&x, "date_of_birth", TALLY_CHECK_CONTENT)->action,
               "spreadsheet"));
    assert_non_null(
        strstr(profilerun_found(&x, "nhs_number", TALLY_CHECK_CONTENT)->action, "dates"));
    profilerun_stop(&x);
}

static void
constant_skewed_and_long_values_are_found(void **state)
{
    struct profilerun x = {0};

    (void)state;
    profilerun_put(&x, "forename,surname,postcode\n");
    for (int i = 0; i < 100; i++) {
        profilerun_put(&x, "Ann,%s%c%c,%s\n",
                       i == 7 ? "Lee see note about former name and address " : "Lee",
                       'a' + i % 26, 'a' + i / 26, i < 40 ? "CF10 1AB" : "");
    }
    profilerun_run_well(&x);
    profilerun_assert_found(&x, "forename", TALLY_CHECK_CONSTANT, 100,
                            TALLY_VERDICT_LOOK);
    profilerun_assert_found(&x, "forename", TALLY_CHECK_TOP, 100, TALLY_VERDICT_GOOD);
    profilerun_assert_found(&x, "surname", TALLY_CHECK_LENGTH, 1, TALLY_VERDICT_LOOK);
    profilerun_assert_found(&x, "surname", TALLY_CHECK_TOP, 1, TALLY_VERDICT_GOOD);
    profilerun_assert_found(&x, "postcode", TALLY_CHECK_CONSTANT, 40, TALLY_VERDICT_LOOK);
    profilerun_stop(&x);
    x = (struct profilerun){0};
    profilerun_put(&x, "forename,postcode\n");
    for (int i = 0; i < 100; i++) {
        profilerun_put(&x, "Ann,CF%d 1AB\n", i < 40 ? 10 : 10 + i);
    }
    profilerun_run_well(&x);
    profilerun_assert_found(&x, "postcode", TALLY_CHECK_TOP, 40, TALLY_VERDICT_FIX);
    profilerun_stop(&x);
}

static void
other_columns_get_a_type_from_content_and_no_orders(void **state)
{
    struct profilerun x = {0};

    (void)state;
    profilerun_put(&x, "forename,seen,count,note\n");
    for (int i = 0; i < 50; i++) {
        profilerun_put(&x, "Ann%c,2024-01-%02d,%d,\n", 'a' + i % 26, 1 + i % 28, i);
    }
    profilerun_run_well(&x);
    assert_int_equal(profilerun_field(&x, "seen")->type, TALLY_FIELD_DATE);
    assert_int_equal(profilerun_field(&x, "count")->type, TALLY_FIELD_INTEGER);
    assert_int_equal(profilerun_field(&x, "note")->type, TALLY_FIELD_TEXT);
    assert_int_equal(profilerun_field(&x, "note")->type_source, TALLY_TYPE_FROM_CONTENT);
    assert_false(profilerun_field(&x, "note")->identifying);
    profilerun_assert_found(&x, "note", TALLY_CHECK_MISSING, 50, TALLY_VERDICT_GOOD);
    profilerun_stop(&x);
}

static void
a_schema_says_which_fields_and_types(void **state)
{
    struct profilerun x = {0};

    (void)state;
    assert_int_equal(
        tally_schema_new(&x.schema, "forename,house:integer", "plain", NULL, &x.err), 0);
    profilerun_put(&x, "note,house,forename\nx,7,Ann\ny,seven,Bob\n");
    profilerun_run_well(&x);
    assert_int_equal(x.p->nfields, 2);
    assert_string_equal(x.p->schema, "starter");
    assert_int_equal(profilerun_field(&x, "house")->type, TALLY_FIELD_INTEGER);
    assert_int_equal(profilerun_field(&x, "house")->type_source, TALLY_TYPE_FROM_SCHEMA);
    assert_int_equal(profilerun_field(&x, "house")->reasons[TALLY_VALUE_INVALID], 1);
    profilerun_stop(&x);
}

static void
further_values_of_a_field_are_looked_at_by_themselves(void **state)
{
    struct profilerun x = {.mapped = true};

    (void)state;
    assert_int_equal(tally_schema_new(&x.schema, "forename,surname,postcode,dob", "plain",
                                      NULL, &x.err),
                     0);
    x.mapping.nparts[0] = 1;
    x.mapping.parts[0][0] = 0;
    x.mapping.nparts[1] = 3; /* b + c | d */
    for (size_t i = 0; i < 3; i++) {
        x.mapping.parts[1][i] = 1 + i;
    }
    x.mapping.another[1][2] = true;
    x.mapping.nparts[2] = 1;
    x.mapping.parts[2][0] = 4;
    x.mapping.split[2] = ';';
    profilerun_put(
        &x, "a,b,c,d,e\nAnn,Lee,Ray,Fox,SW1A 1AA; CF10 1AB;\nBob,Kay,,12,;;rubbish\n");
    profilerun_run_well(&x);
    assert_int_equal(x.p->nfields, 7);
    assert_string_equal(profilerun_field(&x, "surname")->columns, "b + c");
    assert_int_equal(profilerun_field(&x, "surname")->usable, 2);
    assert_int_equal(profilerun_field(&x, "surname (value 2)")->usable, 1);
    profilerun_assert_found(&x, "surname (value 2)", TALLY_CHECK_INVALID, 1,
                            TALLY_VERDICT_GOOD);
    assert_int_equal(profilerun_field(&x, "postcode")->usable, 1);
    assert_int_equal(profilerun_field(&x, "postcode (value 2)")->usable, 1);
    assert_int_equal(
        profilerun_field(&x, "postcode (value 3)")->reasons[TALLY_VALUE_INVALID], 1);
    assert_false(profilerun_field(&x, "postcode (value 2)")->identifying);
    assert_int_equal(profilerun_field(&x, "dob")->reasons[TALLY_VALUE_MISSING], 2);
    assert_int_equal(x.p->compared, 2);
    profilerun_stop(&x);
}

static void
a_header_alone_and_a_file_without_header_are_refused(void **state)
{
    struct profilerun x = {0};

    (void)state;
    profilerun_put(&x, PROFILERUN_NAMES);
    assert_int_equal(profilerun_try(&x), -1);
    assert_int_equal(x.err.code, TALLY_E_DATA);
    assert_non_null(strstr(x.err.text, "no data rows"));
    profilerun_stop(&x);
    x = (struct profilerun){0};
    profilerun_put(&x, "Ann,Qvortex,1984-07-31\nBob,Ray,1985-01-02\n");
    assert_int_equal(profilerun_try(&x), -1);
    assert_int_equal(x.err.code, TALLY_E_DATA);
    assert_non_null(strstr(x.err.text, "column 3"));
    assert_null(strstr(x.err.text, "1984"));
    profilerun_stop(&x);
}

static void
the_profile_is_the_same_with_any_threads(void **state)
{
    struct profilerun x = {.limit = 96};
    char *one, *four;

    (void)state;
    profilerun_put(&x, "forename,surname,date_of_birth,sex,postcode,note\n");
    for (unsigned i = 0; i < 10000; i++) {
        profilerun_put(&x, "F%u,S%u,%u-%02u-%02u,F,CF%u 1AB,n%u\n", i % 3000, i % 7,
                       1950 + i % 60, 1 + i % 12, 1 + i % 28, i % 90, i);
    }
    x.threads = 1;
    profilerun_run_well(&x);
    one = profilerun_as_json(&x);
    assert_false(profilerun_field(&x, "forename")->frequency.exact);
    x.threads = 4;
    profilerun_run_well(&x);
    four = profilerun_as_json(&x);
    assert_string_equal(one, four);
    free(one);
    free(four);
    profilerun_stop(&x);
}

static void
rows_larger_than_a_batch_are_read(void **state)
{
    struct profilerun x = {0};
    char *cell_text = malloc(1000001);

    (void)state;
    assert_non_null(cell_text);
    memset(cell_text, 'x', 1000000);
    cell_text[1000000] = '\0';
    profilerun_put(&x, "a,b,c,d,e,f,g\n");
    for (int row = 0; row < 3; row++) {
        for (int i = 0; i < 7; i++) {
            assert_int_equal(tally_buf_append(&x.text, cell_text, 1000000, &x.err), 0);
            profilerun_put(&x, "%s", i < 6 ? "," : "\n");
        }
        profilerun_put(&x, "1,2,3,4,5,6,7\n");
    }
    free(cell_text);
    profilerun_run_well(&x);
    assert_int_equal(x.p->records, 6);
    assert_int_equal(profilerun_field(&x, "g")->frequency.distinct, 2);
    profilerun_stop(&x);
}

static char *
as_html(const struct profilerun *x)
{
    struct tally_outfile *f = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    uint8_t *text = NULL;
    size_t len;

    if (tally_outfile_open(&f, "x.html", 0600, true, &err) != 0 ||
        tally_profile_html(f, x->p, &err) != 0 ||
        tally_outfile_commit(&f, 1, &err) != 0 ||
        tally_file_read("x.html", 1 << 24, &text, &len, &err) != 0) {
        fail_msg("%s", err.text);
    }
    tally_outfile_free(f);
    return (char *)text;
}

static void
no_value_is_in_the_page_or_the_json(void **state)
{
    static const char *const values[] = {"vortex", "anary", "1984",  "sw1a",
                                         "SW1A",   "Emily", "emily", "9434765919"};
    struct profilerun x = {.id = "id"};
    char *html, *json;

    (void)state;
    profilerun_put(&x, "id,forename,surname,date_of_birth,postcode,nhs_number,<b>note\n");
    for (int i = 0; i < 30; i++) {
        profilerun_put(
            &x, "Qanary%d,Emily,Qvortex,1984-07-31,SW1A 1AA,9434765919,Qanary\n", i / 2);
    }
    profilerun_run_well(&x);
    html = as_html(&x);
    json = profilerun_as_json(&x);
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        /* The page tells in general how a date without a day is written: 1984-00-00. */
        if (strcmp(values[i], "1984") != 0) {
            assert_null(strstr(html, values[i]));
            assert_null(strstr(json, values[i]));
        }
    }
    assert_null(strstr(html, "1984-07"));
    assert_null(strstr(json, "1984-07"));
    assert_null(strstr(html, "<b>"));
    assert_non_null(strstr(html, "&lt;b&gt;note"));
    assert_non_null(strstr(html, "aggregate about personal data"));
    assert_non_null(strstr(json, "aggregate about personal data"));
    free(html);
    free(json);
    profilerun_stop(&x);
}

static void
every_check_and_verdict_has_a_name_and_an_action(void **state)
{
    (void)state;
    for (int c = 0; c < TALLY_CHECKS; c++) {
        const struct tally_profile_rule *r = &tally_profile_rules[c];

        assert_non_null(r->name);
        assert_string_equal(tally_check_name((enum tally_check)c), r->name);
        assert_non_null(tally_check_label((enum tally_check)c));
        assert_true(r->actions[TALLY_VERDICT_GOOD][0] != '\0');
        if (r->look < TALLY_SHARE_NEVER) {
            assert_true(r->actions[TALLY_VERDICT_LOOK][0] != '\0');
        }
        if (r->fix < TALLY_SHARE_NEVER) {
            assert_true(r->actions[TALLY_VERDICT_FIX][0] != '\0');
        }
    }
    assert_string_equal(tally_check_name(TALLY_CHECKS), "unknown");
    assert_string_equal(tally_verdict_name(TALLY_VERDICT_FIX), "fix before encoding");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_ordinary_file_is_good),
        cmocka_unit_test(every_outcome_is_counted),
        cmocka_unit_test(a_file_of_empty_cells_says_so),
        cmocka_unit_test(duplicates_are_found_after_normalisation),
        cmocka_unit_test(ids_must_be_there_and_unique),
        cmocka_unit_test(alias_rows_are_counted_and_must_have_a_main_row),
        cmocka_unit_test(placeholders_are_counted_by_the_rules_of_normalisation),
        cmocka_unit_test(names_the_wrong_way_round_are_found),
        cmocka_unit_test(columns_that_hold_another_type_are_found),
        cmocka_unit_test(constant_skewed_and_long_values_are_found),
        cmocka_unit_test(other_columns_get_a_type_from_content_and_no_orders),
        cmocka_unit_test(a_schema_says_which_fields_and_types),
        cmocka_unit_test(further_values_of_a_field_are_looked_at_by_themselves),
        cmocka_unit_test(a_header_alone_and_a_file_without_header_are_refused),
        cmocka_unit_test(the_profile_is_the_same_with_any_threads),
        cmocka_unit_test(rows_larger_than_a_batch_are_read),
        cmocka_unit_test(no_value_is_in_the_page_or_the_json),
        cmocka_unit_test(every_check_and_verdict_has_a_name_and_an_action),
    };

    return cmocka_run_group_tests(tests, profilerun_enter, tally_scratch_leave);
}

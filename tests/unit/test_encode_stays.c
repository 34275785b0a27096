/*
 * People who stay at home: lists, marks, and what is told of them.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/bytes.h"
#include "bloom/base/file.h"
#include "bloom/payload.h"
#include "tests/support/encoderun.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define HEADER "id,forename,surname,date_of_birth,postcode,nhs_number\n"
#define ANN    "Ann", "Lee", "1990-02-03", "LS1 4AP", "943 476 5919"

#define ALIAS_HEADER "id,of,forename,surname,date_of_birth,postcode,nhs_number,flag\n"

static void
people_on_a_list_of_ids_stay_with_all_their_aliases(void **state)
{
    static const char text[] = ALIAS_HEADER "1,,Ann,Lee,,,,\nx,1,Nan,Lee,,,,\n"
                                            "2,,Bob,Ray,,,,\n3,,Cat,Fox,,,,\n";
    struct encoderun a = {.id = "id",
                          .alias_of = "of",
                          .opt_out = "id\n1\n 2 \n99\n\n",
                          .exclude = "2\n98\n"};
    struct tally_encfile *e = encoderun_open(&a, text);
    size_t n;

    (void)state;
    assert_int_equal(tally_encfile_info(e)->records, 1);
    (void)encoderun_first_row(e, 0, "3", &n);
    assert_int_equal(n, 1);
    assert_int_equal(a.sum.stayed[TALLY_STAYS_OPT_OUT], 2); /* the first reason counts */
    assert_int_equal(a.sum.stayed[TALLY_STAYS_LISTED], 0);
    assert_int_equal(a.lists[0].people, 3);
    assert_int_equal(a.lists[0].met, 2);
    assert_int_equal(a.lists[1].people, 2); /* without a header, the first line counts */
    assert_int_equal(a.lists[1].met, 1);
    assert_int_equal(a.sum.alias_rows, 0);
    tally_encfile_close(e);
}

static void
people_on_a_list_of_numbers_stay_however_they_are_written(void **state)
{
    struct encoderun a = {.opt_out =
                              "nhs_number,why\n943-476-5919,post\n1234567890,phone\n"};
    struct tally_encfile *e = encoderun_open(&a, HEADER "1,Ann,Lee,,,943 476 5919\n"
                                                        "2,Bob,Ray,,,\n");
    struct tally_payload *p = NULL;
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    assert_int_equal(tally_encfile_info(e)->records, 1);
    assert_int_equal(a.sum.stayed[TALLY_STAYS_OPT_OUT], 1);
    assert_int_equal(a.lists[0].unreadable, 1);
    assert_int_equal(a.lists[0].people, 2);
    assert_int_equal(tally_payload_open(&p, encoderun_pay, &err), 0);
    assert_int_equal(tally_payload_records(p), 1);
    assert_memory_equal(tally_payload_tokens(p), tally_encfile_tokens(e), 16);
    tally_payload_close(p);
    tally_encfile_close(e);
}

static void
a_listed_number_in_the_last_of_many_aliases_is_found(void **state)
{
    struct encoderun a = {
        .id = "id", .alias_of = "of", .exclude = "nhs_number\n9434765919\n"};
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_buf b = {0};

    (void)state;
    assert_int_equal(tally_buf_printf(&b, &err, ALIAS_HEADER "2,,B,R,,,,\n1,,A,B,,,,\n"),
                     0);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(tally_buf_printf(&b, &err, "x,1,N%c,,,,%s,\n", 'a' + i,
                                          i == 19 ? "943 476 5919" : ""),
                         0);
    }
    assert_int_equal(tally_buf_append(&b, "", 1, &err), 0);
    assert_int_equal(encoderun(&a, (const char *)b.data), TALLY_OK);
    assert_int_equal(a.sum.records, 1);
    assert_int_equal(a.sum.stayed[TALLY_STAYS_LISTED], 1);
    tally_buf_free(&b);
}

static void
marked_people_stay_and_unforeseen_marks_are_counted(void **state)
{
    struct encoderun a = {.id = "id", .mark = "flag", .ids_stay = true};
    struct tally_encfile *e =
        encoderun_open(&a, ALIAS_HEADER "1,,Ann,Lee,,,, y \n2,,Bob,Ray,,,,\n"
                                        "3,,Cat,Fox,,,,yes\n2,,Bob,Ray,,,,N\n"
                                        "4,,Dan,Poe,,,,false\n5,,Eve,Fry,,,,not so\n");

    (void)state;
    assert_int_equal(tally_encfile_info(e)->records, 5);
    assert_int_equal(a.sum.stayed[TALLY_STAYS_MARKED], 1);
    assert_int_equal(a.others, 2); /* "yes" and "not so" */
    tally_encfile_close(e);
}

static void
marked_aliases_stay_while_the_person_leaves(void **state)
{
    static const char *const ann[] = {"Ann", "Lee", "", "", ""};
    struct encoderun a = {.id = "id",
                          .alias_of = "of",
                          .mark = "flag",
                          .marks_aliases = true,
                          .map = "forename = forename | postcode\nsurname = surname\n"
                                 "date_of_birth = -\npostcode = -\nnhs_number = -\n"};
    struct tally_encfile *e =
        encoderun_open(&a, ALIAS_HEADER "1,,Ann,Lee,,Anna,,\nx,1,Nan,Lee,,,,Y\n"
                                        "x,1,Nell,Lee,,,,\n2,,Bob,Ray,,Robert,,Y\n"
                                        "x,2,Rob,Ray,,,,\n3,,,Sly,,Sue,,Y\n");
    size_t n;
    uint64_t at = encoderun_first_row(e, 0, "1", &n);

    (void)state;
    assert_int_equal(tally_encfile_info(e)->records, 3);
    assert_int_equal(n, 3); /* Ann, Nell, Anna */
    encoderun_assert_row(e, &a, 0, at, "1", ann);
    (void)encoderun_first_row(e, 0, "2", &n);
    assert_int_equal(n, 1);
    {
        static const char *const sly[] = {"", "Sly", "", "", ""}; /* Sue is an alias */

        at = encoderun_first_row(e, 0, "3", &n);
        assert_int_equal(n, 1);
        encoderun_assert_row(e, &a, 0, at, "3", sly);
    }
    assert_int_equal(a.sum.alias_rows, 1);
    assert_int_equal(a.sum.alias_rows_stayed, 2);
    assert_int_equal(a.sum.records_bare, 2);
    tally_encfile_close(e);
}

static void
lists_that_could_match_nobody_are_refused(void **state)
{
    static const char text[] = HEADER "1,Ann,Lee,,,\n";
    struct encoderun a = {.opt_out = "1\n2\n"};

    (void)state;
    encoderun_refused(&a, text, TALLY_E_USAGE, "no column of ids is named");
    a.opt_out = "surname\nLee\n";
    encoderun_refused(&a, text, TALLY_E_USAGE, "does not point to one person");
    a.opt_out = "what,who\n1,2\n";
    encoderun_refused(&a, text, TALLY_E_USAGE, "no column is called like");
    a.opt_out = "nhs_number\n9434765919\n";
    a.map = "forename = forename\nsurname = surname\ndate_of_birth = -\npostcode = -\n"
            "nhs_number = -\n";
    encoderun_refused(&a, text, TALLY_E_USAGE, "which");
    a = (struct encoderun){.mark = "nix"};
    encoderun_refused(&a, text, TALLY_E_MAPPING, "no column 'nix'");
    a = (struct encoderun){.id = "id", .opt_out = "1\n"};
    encoderun_refused(&a, text, TALLY_E_DATA, "every record stays");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(people_on_a_list_of_ids_stay_with_all_their_aliases),
        cmocka_unit_test(people_on_a_list_of_numbers_stay_however_they_are_written),
        cmocka_unit_test(a_listed_number_in_the_last_of_many_aliases_is_found),
        cmocka_unit_test(marked_people_stay_and_unforeseen_marks_are_counted),
        cmocka_unit_test(marked_aliases_stay_while_the_person_leaves),
        cmocka_unit_test(lists_that_could_match_nobody_are_refused),
    };

    return cmocka_run_group_tests(tests, encoderun_make, encoderun_remove);
}

/*
 * Records with several encodings: views, and several values of a field. What is in the
 * file is compared with encodings made by hand.
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

static void
every_record_has_a_row_in_each_view_whose_fields_it_has(void **state)
{
    static const char *const ann[] = {ANN};
    static const char *const bob[] = {"Bob", "", "1980-01-05", "LS2 8AA", ""};
    struct encoderun a = {.views = "full,no-address,no-surname", .id = "id"};
    struct tally_encfile *e =
        encoderun_open(&a, HEADER "1,Ann,Lee,1990-02-03,LS1 4AP,9434765919\n"
                                  "2,Bob,,1980-01-05,LS2 8AA,\n"
                                  "3,,,,,\n");
    const struct tally_enc_info *info = tally_encfile_info(e);
    size_t n;

    (void)state;
    assert_int_equal(info->records, 3);
    assert_int_equal(info->nviews, 3);
    assert_true(tally_encfile_rows_are_records(e, 0));
    assert_int_equal(info->views[1].rows, 1); /* needs a surname */
    assert_int_equal(info->views[2].rows, 2);
    assert_int_equal(a.sum.views[2].records, 2);
    assert_int_equal(a.sum.empty_records, 1);
    for (size_t v = 0; v < 3; v++) {
        encoderun_assert_row(e, &a, v, encoderun_first_row(e, v, "1", &n), "1", ann);
        assert_int_equal(n, 1);
    }
    encoderun_assert_row(e, &a, 0, encoderun_first_row(e, 0, "2", &n), "2", bob);
    encoderun_assert_row(e, &a, 2, encoderun_first_row(e, 2, "2", &n), "2", bob);
    assert_true(a.sum.views[1].mean_fill > 0.1 && a.sum.views[1].mean_fill < 0.3);
    tally_encfile_close(e);
}

static void
a_view_of_all_fields_is_what_a_schema_without_views_gives(void **state)
{
    static const char text[] = HEADER "1,Ann,Lee,1990-02-03,LS1 4AP,9434765919\n";
    struct encoderun plain = {.id = "id"};
    struct encoderun full = {.id = "id", .views = "full,no-surname"};
    struct tally_encfile *e = encoderun_open(&plain, text);
    uint8_t row[ENCODERUN_ROW];

    (void)state;
    memcpy(row, tally_encfile_matrix(e), ENCODERUN_ROW);
    tally_encfile_close(e);
    e = encoderun_open(&full, text);
    assert_memory_equal(tally_encfile_matrix(e), row, ENCODERUN_ROW);
    assert_memory_not_equal(tally_encfile_view_matrix(e, 1), row, ENCODERUN_ROW);
    tally_encfile_close(e);
}

static void
several_values_give_a_row_for_each_combination_near_ones_first(void **state)
{
    static const char *const rows[][5] = {
        {"Ann", "Lee", "1990-02-03", "LS1 4AP", ""},
        {"Anna", "Lee", "1990-02-03", "LS1 4AP", ""},
        {"Ann", "Ng", "1990-02-03", "LS1 4AP", ""},
        {"Anna", "Ng", "1990-02-03", "LS1 4AP", ""},
    };
    struct encoderun a = {.id = "id",
                          .map = "forename = f1 | f2\nsurname = s [split ;]\n"
                                 "date_of_birth = dob\npostcode = p\nnhs_number = -\n"};
    /* LEE twice is one value, and UNKNOWN is none */
    struct tally_encfile *e =
        encoderun_open(&a, "id,f1,f2,s,dob,p\n"
                           "1,Ann,Anna,Lee;LEE; ;Unknown;Ng,1990-02-03,LS1 4AP\n"
                           "2,,Bob,,,\n");
    size_t n;
    uint64_t at = encoderun_first_row(e, 0, "1", &n);

    (void)state;
    assert_int_equal(tally_encfile_info(e)->records, 2);
    assert_int_equal(tally_encfile_info(e)->views[0].rows, 5);
    assert_int_equal(n, 4);
    for (size_t i = 0; i < 4; i++) {
        encoderun_assert_row(e, &a, 0, at + i, "1", rows[i]);
    }
    assert_int_equal(a.sum.more_values[0], 1);
    assert_int_equal(a.sum.more_values[1], 1);
    assert_int_equal(a.sum.reasons[0][TALLY_VALUE_OK],
                     2); /* Bob is in the second column */
    assert_int_equal(a.sum.records_cut, 0);
    tally_encfile_close(e);
}

static void
what_is_beyond_the_limit_is_left_out_and_counted(void **state)
{
    static const char *const first[] = {"Ann", "A", "", "LS1 4AP", ""};
    static const char *const second[] = {"Ann", "B", "", "LS1 4AP", ""};
    static const char *const other[] = {"Ann", "A", "", "LS2 8AA", ""};
    struct encoderun a = {.id = "id",
                          .map =
                              "forename = f\nsurname = s [split |]\ndate_of_birth = -\n"
                              "postcode = p [split |]\nnhs_number = -\n"};
    struct tally_encfile *e =
        encoderun_open(&a, "id,f,s,p\n1,Ann,A|B|C,LS1 4AP|LS2 8AA|LS3 1AA\n2,Bob,A|B,\n");
    size_t n;
    uint64_t at = encoderun_first_row(e, 0, "1", &n);

    (void)state;
    assert_int_equal(n, TALLY_ENCODE_VALUES_MAX); /* of nine */
    encoderun_assert_row(e, &a, 0, at, "1", first);
    encoderun_assert_row(e, &a, 0, at + 1, "1", second);
    encoderun_assert_row(e, &a, 0, at + 2, "1", other);
    assert_int_equal(a.sum.records_cut, 1);
    assert_int_equal(a.sum.values_cut, 0);
    tally_encfile_close(e);
}

static void
a_cell_of_ten_thousand_aliases_keeps_the_first_ones(void **state)
{
    struct encoderun a = {.id = "id",
                          .map =
                              "forename = f\nsurname = s [split |]\ndate_of_birth = -\n"
                              "postcode = -\nnhs_number = -\n"};
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_buf b = {0};
    struct tally_encfile *e;

    (void)state;
    assert_int_equal(tally_buf_printf(&b, &err, "id,f,s\n1,Ann,a"), 0);
    for (int i = 1; i < 10000; i++) {
        assert_int_equal(tally_buf_printf(&b, &err, "|q%c%c%c%c", 'a' + i / 1000,
                                          'a' + i / 100 % 10, 'a' + i / 10 % 10,
                                          'a' + i % 10),
                         0);
    }
    assert_int_equal(tally_buf_append(&b, "\n2,Bob,b\n", 10, &err), 0);
    e = encoderun_open(&a, (const char *)b.data);
    assert_int_equal(tally_encfile_info(e)->records, 2);
    assert_int_equal(tally_encfile_info(e)->views[0].rows, 9);
    assert_int_equal(a.sum.values_cut, 9992);
    assert_int_equal(a.sum.records_cut, 1);
    tally_buf_free(&b);
    tally_encfile_close(e);
}

static void
a_dry_run_says_the_same_and_writes_nothing(void **state)
{
    static const char text[] = HEADER "1,Ann,Lee,1990-02-03,LS1 4AP,9434765919\n"
                                      "2,Bob,,1980-01-05,LS2 8AA,\n";
    struct encoderun real = {.views = "full,no-surname", .id = "id"};
    struct encoderun dry = {.views = "full,no-surname", .id = "id", .dry_run = true};
    struct tally_err err = TALLY_ERR_INIT;
    uint8_t *data;
    size_t len;

    (void)state;
    assert_int_equal(encoderun(&real, text), TALLY_OK);
    assert_int_equal(tally_file_read(encoderun_enc, 1 << 20, &data, &len, &err), 0);
    free(data);
    assert_int_equal(real.sum.enc_bytes, len);
    assert_int_equal(tally_file_read(encoderun_pay, 1 << 20, &data, &len, &err), 0);
    free(data);
    assert_int_equal(real.sum.payload_bytes, len);
    assert_int_equal(encoderun(&dry, text), TALLY_OK);
    assert_int_not_equal(access(encoderun_enc, F_OK), 0);
    assert_int_not_equal(access(encoderun_pay, F_OK), 0);
    assert_memory_equal(&dry.sum, &real.sum, sizeof(dry.sum));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_record_has_a_row_in_each_view_whose_fields_it_has),
        cmocka_unit_test(a_view_of_all_fields_is_what_a_schema_without_views_gives),
        cmocka_unit_test(several_values_give_a_row_for_each_combination_near_ones_first),
        cmocka_unit_test(what_is_beyond_the_limit_is_left_out_and_counted),
        cmocka_unit_test(a_cell_of_ten_thousand_aliases_keeps_the_first_ones),
        cmocka_unit_test(a_dry_run_says_the_same_and_writes_nothing),
    };

    return cmocka_run_group_tests(tests, encoderun_make, encoderun_remove);
}

/*
 * Alias rows, brought to their main rows wherever they stand.
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

#define ALIAS_HEADER "id,of,forename,surname,date_of_birth,postcode,nhs_number,flag\n"

static void
alias_rows_join_their_main_row_wherever_they_stand(void **state)
{
    static const char *const rows[][5] = {
        {"Ann", "Lee", "1990-02-03", "LS1 4AP", ""},
        {"Nan", "Lee", "1990-02-03", "LS1 4AP", ""}, /* the main row says the rest */
        {"Ann", "Ng", "1991-02-03", "LS1 4AP", ""},
    };
    struct encoderun a = {.id = "id", .alias_of = "of", .views = "full,no-surname"};
    struct tally_encfile *e =
        encoderun_open(&a, ALIAS_HEADER "x,1,Nan,,,,,\n"
                                        "2,,Bob,Ray,1980-01-05,LS2 8AA,,\n"
                                        "1,,Ann,Lee,1990-02-03,LS1 4AP,,\n"
                                        ", 1 ,Ann,Ng,1991-02-03,,,\n"
                                        "x,1,ANN,lee,,,,\n"); /* as the main row */
    const struct tally_enc_info *info = tally_encfile_info(e);
    size_t n;
    uint64_t at = encoderun_first_row(e, 0, "1", &n);

    (void)state;
    assert_int_equal(info->records, 2);
    assert_int_equal(info->views[0].rows, 4);
    assert_int_equal(info->views[1].rows, 4);
    assert_int_equal(n, 3);
    for (size_t i = 0; i < 3; i++) {
        encoderun_assert_row(e, &a, 0, at + i, "1", rows[i]);
    }
    assert_int_equal(a.sum.alias_rows, 3);
    assert_int_equal(a.sum.rows_read, 5);
    assert_int_equal(a.sum.records, 2);
    assert_int_equal(a.sum.reasons[0][TALLY_VALUE_OK], 2); /* of main rows */
    tally_encfile_close(e);
}

static void
aliases_that_fit_no_record_are_refused(void **state)
{
    struct encoderun a = {.id = "id", .alias_of = "of"};

    (void)state;
    encoderun_refused(&a, ALIAS_HEADER "1,,a,b,,,,\n9,3,a,b,,,,\n9,2,a,b,,,,\n",
                      TALLY_E_DATA,
                      "2 alias rows have no main row, the first of them row 3");
    encoderun_refused(&a, ALIAS_HEADER "1,,a,b,,,,\n2,,a,b,,,,\n1,,a,c,,,,\n",
                      TALLY_E_DATA, "rows 2 and 4 have the same id");
    encoderun_refused(&a, ALIAS_HEADER "1,,a,b,,,,\n,,a,b,,,,\n", TALLY_E_DATA,
                      "row 3: column 'id': the id is empty");
    a.id = NULL;
    encoderun_refused(&a, ALIAS_HEADER "1,,a,b,,,,\n", TALLY_E_USAGE, "column of ids");
}

static void
ten_thousand_alias_rows_keep_the_first_ones(void **state)
{
    struct encoderun a = {.id = "id", .alias_of = "of", .ids_stay = true};
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_buf b = {0};
    struct tally_encfile *e;

    (void)state;
    assert_int_equal(tally_buf_printf(&b, &err, ALIAS_HEADER), 0);
    for (int i = 0; i < 10000; i++) {
        assert_int_equal(tally_buf_printf(&b, &err, ",1,q%c%c%c%c,x,,,,\n",
                                          'a' + i / 1000, 'a' + i / 100 % 10,
                                          'a' + i / 10 % 10, 'a' + i % 10),
                         0);
    }
    assert_int_equal(tally_buf_printf(&b, &err, "1,,Ann,Lee,,,,\n2,,Bob,Ray,,,,\n"), 0);
    assert_int_equal(tally_buf_append(&b, "", 1, &err), 0);
    e = encoderun_open(&a, (const char *)b.data);
    assert_false(tally_encfile_info(e)->has_ids);
    assert_int_equal(tally_encfile_info(e)->records, 2);
    assert_int_equal(tally_encfile_info(e)->views[0].rows, 1 + TALLY_ENCODE_VALUES_MAX);
    assert_int_equal(a.sum.alias_rows, TALLY_ENCODE_VALUES_MAX - 1);
    assert_int_equal(a.sum.values_cut, 10000 - a.sum.alias_rows);
    assert_int_equal(a.sum.records_cut, 1);
    tally_buf_free(&b);
    tally_encfile_close(e);
}

static void
write_many(void)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_buf b = {0};

    assert_int_equal(tally_buf_printf(&b, &err, ALIAS_HEADER), 0);
    for (int i = 0; i < 9000; i++) {
        assert_int_equal(
            tally_buf_printf(&b, &err, "P%d,,n%c%c,s%c,19%02d-01-%02d,LS%d 4AP,,%s\n", i,
                             'a' + i % 26, 'a' + i / 26 % 26, 'a' + i % 13, i % 90 + 10,
                             i % 28 + 1, i % 20 + 1, i % 100 == 7 ? "Y" : ""),
            0);
        if (i % 5 == 0) {
            assert_int_equal(tally_buf_printf(&b, &err, "x,P%d,alias%c,,,,,\n",
                                              (i + 4000) % 9000, 'a' + i % 26),
                             0);
        }
    }
    encoderun_write(b.data, b.len);
    tally_buf_free(&b);
}

static void
many_aliases_give_the_same_bytes_for_any_number_of_threads(void **state)
{
    struct encoderun a = {.id = "id",
                          .alias_of = "of",
                          .mark = "flag",
                          .views = "full,no-address,no-surname",
                          .seed = 3};
    struct tally_err err = TALLY_ERR_INIT;
    uint8_t *first = NULL, *again = NULL;
    size_t len = 0, len_again = 0;
    struct tally_encode_summary sum;

    (void)state;
    write_many();
    a.threads = 1;
    assert_int_equal(encoderun(&a, NULL), TALLY_OK);
    sum = a.sum;
    assert_int_equal(sum.rows_read, 10800);
    assert_int_equal(sum.stayed[TALLY_STAYS_MARKED], 90);
    assert_int_equal(sum.records, 8910);
    assert_int_equal(sum.alias_rows, 1800); /* P2, P7 ... have no alias */
    assert_int_equal(sum.views[0].rows, 8910 + 1800);
    assert_int_equal(tally_file_read(encoderun_enc, 1 << 26, &first, &len, &err), 0);
    assert_int_equal(sum.enc_bytes, len);
    a.threads = 4;
    assert_int_equal(encoderun(&a, NULL), TALLY_OK);
    assert_int_equal(tally_file_read(encoderun_enc, 1 << 26, &again, &len_again, &err),
                     0);
    assert_int_equal(len, len_again);
    assert_memory_equal(first, again, len);
    assert_memory_equal(&sum, &a.sum, sizeof(sum));
    free(first);
    free(again);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alias_rows_join_their_main_row_wherever_they_stand),
        cmocka_unit_test(aliases_that_fit_no_record_are_refused),
        cmocka_unit_test(ten_thousand_alias_rows_keep_the_first_ones),
        cmocka_unit_test(many_aliases_give_the_same_bytes_for_any_number_of_threads),
    };

    return cmocka_run_group_tests(tests, encoderun_make, encoderun_remove);
}

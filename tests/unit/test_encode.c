/*
 * The encoder as a whole: an export in, the encodings file out. What it refuses is in
 * test_encode_refuses.c, its payload part in test_encode_payload.c.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/bytes.h"
#include "bloom/base/file.h"
#include "tests/support/encoderun.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const struct encoderun USUAL = {
    .fields = ENCODERUN_PEOPLE_FIELDS, .id = "id", .no_payload = true};

static void
encode_writes_the_encoding_of_each_record(void **state)
{
    static const char *const ann[] = {"Ann", "O'Neill", "1990-02-03", "F", "LS1 4AP"};
    static const char *const bob[] = {"Bob", "Ng", "", "M", ""};
    struct encoderun a = USUAL;
    struct tally_encfile *e =
        encoderun_open(&a, ENCODERUN_PEOPLE "17,Ann,O'Neill,1990-02-03,F,LS1 4AP,x,1\n"
                                            "18,Bob,Ng,,M,,y,2\n");
    const struct tally_enc_info *info = tally_encfile_info(e);
    uint8_t check[TALLY_KEY_CHECK_BYTES];

    (void)state;
    assert_int_equal(info->records, 2);
    assert_int_equal(info->bits, 2048);
    assert_int_equal(info->hardening.n, 1);
    assert_int_equal(info->hardening.steps[0].t, 6);
    assert_string_equal(info->source, "police");
    assert_string_equal(info->profile, "standard");
    assert_string_equal(info->tool, TALLY_VERSION);
    assert_true(tally_hex_decode("28dc476765037ad7", 16, check, sizeof(check)));
    assert_memory_equal(info->key_check, check, sizeof(check));
    assert_memory_equal(a.sum.key_check, check, sizeof(check));
    encoderun_assert_row(e, &a, 0, encoderun_record(e, "17"), "17", ann);
    encoderun_assert_row(e, &a, 0, encoderun_record(e, "18"), "18", bob);
    assert_int_equal(a.sum.records, 2);
    assert_int_equal(a.sum.empty_records, 0);
    assert_int_equal(a.sum.reasons[2][TALLY_VALUE_OK], 1);
    assert_int_equal(a.sum.reasons[2][TALLY_VALUE_MISSING], 1);
    assert_int_equal(a.sum.reasons[0][TALLY_VALUE_OK], 2);
    assert_true(a.sum.mean_fill > 0.05 && a.sum.mean_fill < 0.4);
    tally_encfile_close(e);
}

static uint8_t *
slurp(const char *path, size_t *len)
{
    struct tally_err err = TALLY_ERR_INIT;
    uint8_t *data = NULL;

    assert_int_equal(tally_file_read(path, 1 << 26, &data, len, &err), 0);
    return data;
}

static void
encode_gives_the_same_bytes_for_any_number_of_threads(void **state)
{
    static const unsigned threads[] = {1, 2, 4};
    struct encoderun a = USUAL;
    struct tally_encode_summary first;
    uint8_t *enc[3], *pay[3];
    size_t enc_len[3], pay_len[3];

    (void)state;
    a.no_payload = false;
    a.payload[0] = "note";
    a.payload[1] = "count";
    encoderun_people(13000); /* four batches, the last of them short */
    for (size_t i = 0; i < 3; i++) {
        a.threads = threads[i];
        assert_int_equal(encoderun(&a, NULL), TALLY_OK);
        enc[i] = slurp(encoderun_enc, &enc_len[i]);
        pay[i] = slurp(encoderun_pay, &pay_len[i]);
        first = i == 0 ? a.sum : first;
        assert_int_equal(enc_len[i], enc_len[0]);
        assert_int_equal(pay_len[i], pay_len[0]);
        assert_memory_equal(enc[i], enc[0], enc_len[0]);
        assert_memory_equal(pay[i], pay[0], pay_len[0]);
        assert_memory_equal(&a.sum, &first, sizeof(first));
    }
    assert_int_equal(a.sum.records, 13000);
    for (size_t i = 0; i < 3; i++) {
        free(enc[i]);
        free(pay[i]);
    }
}

static void
encode_leaves_nothing_of_the_order_of_the_export(void **state)
{
    struct encoderun a = USUAL;
    struct tally_encfile *e;
    unsigned rising = 0;

    (void)state;
    encoderun_people(1000);
    e = encoderun_open(&a, NULL);
    for (unsigned i = 1; i < 1000; i++) {
        size_t len, before_len;
        const char *id = tally_encfile_id(e, i, &len);
        const char *before = tally_encfile_id(e, i - 1, &before_len);

        rising += atoi(id + 1) > atoi(before + 1);
    }
    assert_true(rising > 400 && rising < 600);
    tally_encfile_close(e);
}

static void
encode_takes_new_tokens_from_the_system_each_time(void **state)
{
    struct encoderun a = USUAL;
    uint8_t tokens[2][160], delivery[2][16];

    (void)state;
    a.own_tokens = true;
    encoderun_people(10);
    for (size_t i = 0; i < 2; i++) {
        struct tally_encfile *e = encoderun_open(&a, NULL);

        memcpy(tokens[i], tally_encfile_tokens(e), 160);
        memcpy(delivery[i], tally_encfile_info(e)->delivery, 16);
        tally_encfile_close(e);
    }
    assert_memory_not_equal(tokens[0], tokens[1], 160);
    assert_memory_not_equal(delivery[0], delivery[1], 16);
}

static void
encode_counts_records_without_a_usable_field(void **state)
{
    struct encoderun a = USUAL;
    struct tally_encfile *e =
        encoderun_open(&a, ENCODERUN_PEOPLE "1,,,,,,,\n2,ann,lee,,,,,\n");

    (void)state;
    assert_int_equal(a.sum.empty_records, 1);
    assert_int_equal(tally_encfile_popcounts(e)[encoderun_record(e, "1")], 0);
    assert_true(tally_encfile_popcounts(e)[encoderun_record(e, "2")] > 0);
    tally_encfile_close(e);
}

static void
encode_counts_placeholders_by_rule(void **state)
{
    struct encoderun a = USUAL;

    (void)state;
    a.fields = "forename,date_of_birth,postcode";
    assert_int_equal(encoderun(&a, "id,forename,dob,postcode\n"
                                   "1,Baby,01/01/1900,ZZ99 3VZ\n"
                                   "2,unknown,1900-01-01,NFA\n"
                                   "3,test,03/04/1990,SW1A 1AA\n"),
                     TALLY_OK);
    assert_int_equal(a.sum.rules[0][TALLY_RULE_BABY], 1);
    assert_int_equal(a.sum.rules[0][TALLY_RULE_NOT_KNOWN], 1);
    assert_int_equal(a.sum.rules[0][TALLY_RULE_TEST], 1);
    assert_int_equal(a.sum.rules[1][TALLY_RULE_DEFAULT_DATE], 2);
    assert_int_equal(a.sum.rules[2][TALLY_RULE_PSEUDO_POSTCODE], 1);
    assert_int_equal(a.sum.rules[2][TALLY_RULE_NO_ABODE], 1);
}

/* Rows that differ in how a field is split over columns give the same encoding. */
static void
encode_joins_columns_as_the_mapping_says(void **state)
{
    static const char *const values[3][2] = {
        {"1990-02-03", "1 high street leeds"}, {"//", ""}, {"", "1 high street leeds"}};
    struct encoderun a = USUAL;
    struct tally_encfile *e;

    (void)state;
    a.fields = "date_of_birth,address";
    a.map = "date_of_birth = dob_day + dob_month + dob_year\n"
            "address = address1 + address2 + address3\n";
    e = encoderun_open(&a, "id,dob_day,dob_month,dob_year,address1,address2,address3\n"
                           "1,3,2,1990,1 high street,,leeds\n"
                           "2,,,, ,\t,\n"
                           "3,,,,1,high street,leeds\n"
                           "4,3,,1990,,,\n");
    assert_int_equal(a.sum.reasons[0][TALLY_VALUE_MISSING], 2);
    assert_int_equal(a.sum.reasons[1][TALLY_VALUE_MISSING], 2);
    for (size_t i = 0; i < 3; i++) {
        const char id[2] = {(char)('1' + i), '\0'};

        encoderun_assert_row(e, &a, 0, encoderun_record(e, id), id, values[i]);
    }
    encoderun_assert_row(e, &a, 0, encoderun_record(e, "4"), "4",
                         (const char *const[]){"3//1990", ""});
    tally_encfile_close(e);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encode_writes_the_encoding_of_each_record),
        cmocka_unit_test(encode_gives_the_same_bytes_for_any_number_of_threads),
        cmocka_unit_test(encode_leaves_nothing_of_the_order_of_the_export),
        cmocka_unit_test(encode_takes_new_tokens_from_the_system_each_time),
        cmocka_unit_test(encode_counts_records_without_a_usable_field),
        cmocka_unit_test(encode_counts_placeholders_by_rule),
        cmocka_unit_test(encode_joins_columns_as_the_mapping_says),
    };

    return cmocka_run_group_tests(tests, encoderun_make, encoderun_remove);
}

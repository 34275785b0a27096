/*
 * What the encoder refuses, with a reason and without a file.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/interrupt.h"
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

#define ROW ",a,b,,,,,\n"

static void
encode_refuses_bad_ids_and_names_the_rows(void **state)
{
    struct encoderun a = USUAL;
    char text[2048];
    int n =
        snprintf(text, sizeof(text), "%s%0*d" ROW, ENCODERUN_PEOPLE, TALLY_ID_MAX + 1, 7);

    (void)state;
    assert_true(n > TALLY_ID_MAX && (size_t)n < sizeof(text));
    encoderun_refused(&a, ENCODERUN_PEOPLE "1" ROW "2" ROW "1" ROW, TALLY_E_DATA,
                      "rows 2 and 4 have the same id");
    encoderun_refused(&a, ENCODERUN_PEOPLE "1" ROW ROW, TALLY_E_DATA,
                      "row 3: column 'id': the id is empty");
    encoderun_refused(&a, ENCODERUN_PEOPLE "1" ROW "  " ROW, TALLY_E_DATA,
                      "row 3: column 'id': the id is empty");
    encoderun_refused(&a, ENCODERUN_PEOPLE "1" ROW "\"x\ny\"" ROW, TALLY_E_DATA,
                      "row 3: column 'id': the id has a control character");
    encoderun_refused(&a, text, TALLY_E_DATA, "the id is over 1024 bytes");
}

static void
encode_refuses_a_file_without_rows_unless_told(void **state)
{
    struct encoderun a = USUAL;
    struct tally_encfile *e;

    (void)state;
    encoderun_refused(&a, ENCODERUN_PEOPLE, TALLY_E_DATA, "no data rows");
    a.allow_empty = true;
    a.no_payload = false;
    a.payload[0] = "note";
    e = encoderun_open(&a, ENCODERUN_PEOPLE);
    assert_int_equal(tally_encfile_info(e)->records, 0);
    tally_encfile_close(e);
}

static void
encode_leaves_no_file_when_the_export_is_broken(void **state)
{
    struct encoderun a = {
        .fields = ENCODERUN_PEOPLE_FIELDS, .id = "id", .payload = {"note"}};

    (void)state;
    encoderun_refused(&a, ENCODERUN_PEOPLE "1" ROW "2,a,b\n", TALLY_E_CSV, "row 3");
    encoderun_refused(&a, ENCODERUN_PEOPLE "1,a,b,,,,\xff,\n", TALLY_E_TEXT, "row 2");
    encoderun_refused(&a, ENCODERUN_PEOPLE "1,a,b,,,,\"open,\n", TALLY_E_CSV, "row 2");
}

static void
encode_ends_when_interrupted_and_leaves_no_file(void **state)
{
    struct encoderun a = USUAL;

    (void)state;
    encoderun_people(100);
    tally_interrupt_set(true);
    encoderun_refused(&a, NULL, TALLY_E_INTERRUPTED, "");
    tally_interrupt_set(false);
}

static void
encode_never_overwrites_without_force(void **state)
{
    struct encoderun a = USUAL;

    (void)state;
    assert_int_equal(encoderun(&a, ENCODERUN_PEOPLE "1" ROW), TALLY_OK);
    a.no_force = true;
    assert_int_equal(encoderun(&a, ENCODERUN_PEOPLE "2" ROW), TALLY_E_EXISTS);
    assert_int_equal(access(encoderun_enc, F_OK), 0);
    /* a payload file in the way stops both */
    assert_int_equal(unlink(encoderun_enc), 0);
    a.no_payload = false;
    a.payload[0] = "note";
    assert_int_equal(encoderun(&a, ENCODERUN_PEOPLE "1" ROW), TALLY_OK);
    assert_int_equal(unlink(encoderun_enc), 0);
    assert_int_equal(encoderun(&a, ENCODERUN_PEOPLE "1" ROW), TALLY_E_EXISTS);
    assert_int_not_equal(access(encoderun_enc, F_OK), 0);
}

static void
encode_refuses_jobs_that_make_no_sense(void **state)
{
    static const char text[] = ENCODERUN_PEOPLE "1" ROW;
    struct encoderun a = USUAL;

    (void)state;
    a.source = "po/ice";
    encoderun_refused(&a, text, TALLY_E_USAGE, "name of the source");
    a = (struct encoderun){
        .fields = ENCODERUN_PEOPLE_FIELDS, .id = "id", .payload = {"id"}};
    encoderun_refused(&a, text, TALLY_E_USAGE, "it cannot be payload");
    a.payload[0] = a.payload[1] = "note";
    encoderun_refused(&a, text, TALLY_E_USAGE, "asked for twice");
}

static void
encode_never_writes_over_its_input(void **state)
{
    static const char text[] = ENCODERUN_PEOPLE "1" ROW;
    struct encoderun a = USUAL;
    char have[sizeof(text)] = "";
    FILE *f;

    (void)state;
    a.onto_input = true;
    encoderun_refused(&a, text, TALLY_E_USAGE, "");
    f = fopen(encoderun_csv, "rb");
    assert_non_null(f);
    assert_int_equal(fread(have, 1, sizeof(have), f), sizeof(text) - 1);
    assert_int_equal(fclose(f), 0);
    assert_string_equal(have, text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encode_refuses_bad_ids_and_names_the_rows),
        cmocka_unit_test(encode_refuses_a_file_without_rows_unless_told),
        cmocka_unit_test(encode_leaves_no_file_when_the_export_is_broken),
        cmocka_unit_test(encode_ends_when_interrupted_and_leaves_no_file),
        cmocka_unit_test(encode_never_overwrites_without_force),
        cmocka_unit_test(encode_refuses_jobs_that_make_no_sense),
        cmocka_unit_test(encode_never_writes_over_its_input),
    };

    return cmocka_run_group_tests(tests, encoderun_make, encoderun_remove);
}

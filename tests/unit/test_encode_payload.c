/*
 * The encoder's payload part: the columns asked for, under the tokens of the encodings.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/bytes.h"
#include "bloom/payload.h"
#include "tests/support/encoderun.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct tally_payload *
open_payload(void)
{
    struct tally_payload *p = NULL;
    struct tally_err err = TALLY_ERR_INIT;

    if (tally_payload_open(&p, encoderun_pay, &err) != 0) {
        fail_msg("%s", err.text);
    }
    return p;
}

static void
encode_gives_payload_under_the_same_tokens(void **state)
{
    struct encoderun a = {
        .fields = ENCODERUN_PEOPLE_FIELDS, .id = "id", .payload = {"count", "note"}};
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_encfile *e;
    struct tally_payload *p;

    (void)state;
    encoderun_people(1000);
    e = encoderun_open(&a, NULL);
    p = open_payload();
    assert_int_equal(tally_payload_records(p), 1000);
    assert_string_equal(tally_payload_source(p), "police");
    assert_string_equal(tally_payload_column(p, 0), "count");
    assert_memory_equal(tally_payload_delivery(p), tally_encfile_info(e)->delivery, 16);
    assert_memory_equal(tally_payload_tokens(p), tally_encfile_tokens(e), 16000);
    for (uint64_t i = 0; i < 1000; i++) {
        size_t len;
        const char *id = tally_encfile_id(e, i, &len);
        struct tally_cell cells[2];
        char number[16];
        const char *note;

        assert_int_equal(tally_payload_row(p, i, cells, &err), 0);
        snprintf(number, sizeof(number), "%.*s", (int)cells[0].len,
                 (const char *)cells[0].data);
        assert_int_equal(len - 1, cells[0].len);
        assert_memory_equal(id + 1, number, len - 1);
        note = atoi(number) % 7 != 0 ? "plain" : ENCODERUN_NOTE;
        assert_int_equal(cells[1].len, strlen(note));
        assert_memory_equal(cells[1].data, note, cells[1].len);
    }
    tally_payload_close(p);
    tally_encfile_close(e);
}

static void
encode_gives_a_payload_part_without_columns(void **state)
{
    struct encoderun a = {.fields = ENCODERUN_PEOPLE_FIELDS};
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_encfile *e;
    struct tally_payload *p;
    struct tally_cell none;

    (void)state;
    encoderun_people(1000);
    e = encoderun_open(&a, NULL);
    p = open_payload();
    assert_int_equal(tally_payload_records(p), 1000);
    assert_int_equal(tally_payload_columns(p), 0);
    assert_memory_equal(tally_payload_tokens(p), tally_encfile_tokens(e), 16000);
    assert_int_equal(tally_payload_row(p, 999, &none, &err), 0);
    tally_payload_close(p);
    tally_encfile_close(e);
}

static void
encode_takes_rows_larger_than_a_batch_holds(void **state)
{
    struct encoderun a = {
        .fields = "forename,surname,extra:text", .payload = {"note"}, .threads = 3};
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_buf b = {NULL, 0, 0};
    struct tally_payload *p;
    const size_t big = 1000000;
    char *note = malloc(big + 1);

    (void)state;
    assert_non_null(note);
    memset(note, 'n', big);
    note[big] = '\0';
    assert_int_equal(tally_buf_printf(&b, &err, "forename,surname,note,extra\n"), 0);
    for (size_t i = 0; i < 8; i++) {
        const char *text = i % 3 == 0 ? note : "nnn";

        assert_int_equal(tally_buf_printf(&b, &err, "ann,lee,%s,%s\n", text, text), 0);
    }
    encoderun_write(b.data, b.len);
    if (encoderun(&a, NULL) != TALLY_OK) {
        fail_msg("%s", a.err.text);
    }
    assert_int_equal(a.sum.records, 8);
    p = open_payload();
    for (size_t i = 0; i < 8; i++) {
        struct tally_cell cell;

        assert_int_equal(tally_payload_row(p, i, &cell, &err), 0);
        assert_true(cell.len == big || cell.len == 3);
        assert_memory_equal(cell.data, note, cell.len);
    }
    tally_payload_close(p);
    tally_buf_free(&b);
    free(note);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encode_gives_payload_under_the_same_tokens),
        cmocka_unit_test(encode_gives_a_payload_part_without_columns),
        cmocka_unit_test(encode_takes_rows_larger_than_a_batch_holds),
    };

    return cmocka_run_group_tests(tests, encoderun_make, encoderun_remove);
}

/*
 * Payload parts: cells come back as they went in, and parts that disagree are refused.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/payload.h"

#include "bloom/base/bytes.h"
#include "bloom/base/file.h"
#include "bloom/base/secret.h"
#include "bloom/container.h"
#include "tests/support/hexdump.h"
#include "tests/support/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const char *const path = tally_scratch_path;

static const char *const columns[] = {"offence", "months"};

static struct tally_payload_info
facts(uint64_t records)
{
    struct tally_payload_info info = {.source = "police",
                                      .tool = "0.1.0",
                                      .records = records,
                                      .ncolumns = 2,
                                      .columns = columns};

    memset(info.delivery, 0xd1, sizeof(info.delivery));
    return info;
}

/* Two cells as a row; returns its length. */
static size_t
make_row(uint8_t *row, const char *a, const char *b)
{
    size_t na = strlen(a), nb = strlen(b);

    tally_le32_store(row, (uint32_t)na);
    memcpy(row + 4, a, na);
    tally_le32_store(row + 4 + na, (uint32_t)nb);
    memcpy(row + 8 + na, b, nb);
    return 8 + na + nb;
}

static void
write_two(void)
{
    struct tally_payload_info info = facts(2);
    struct tally_payload_writer *w = NULL;
    struct tally_outfile *f = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    uint8_t one[64], two[64], token[TALLY_TOKEN_BYTES];
    size_t n1 = make_row(one, "theft", "12"), n2 = make_row(two, "", "3");

    assert_int_equal(tally_outfile_open(&f, path, 0600, true, &err), 0);
    assert_int_equal(tally_payload_begin(&w, f, &info, n1 + n2, &err), 0);
    memset(token, 0xa1, sizeof(token));
    assert_int_equal(tally_payload_add(w, token, one, n1, &err), 0);
    memset(token, 0xb2, sizeof(token));
    assert_int_equal(tally_payload_add(w, token, two, n2, &err), 0);
    assert_int_equal(tally_payload_end(w, &err), 0);
    assert_int_equal(tally_outfile_commit(&f, 1, &err), 0);
    tally_payload_writer_free(w);
    tally_outfile_free(f);
}

static struct tally_payload *
open_it(void)
{
    struct tally_payload *p = NULL;
    struct tally_err err = TALLY_ERR_INIT;

    if (tally_payload_open(&p, path, &err) != 0) {
        fail_msg("%s", err.text);
    }
    return p;
}

static void
assert_cell(const struct tally_cell *cell, const char *text)
{
    assert_int_equal(cell->len, strlen(text));
    assert_memory_equal(cell->data, text, cell->len);
}

static void
payload_is_read_back_as_it_was_written(void **state)
{
    struct tally_cell cells[2];
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_payload *p;

    (void)state;
    write_two();
    p = open_it();
    assert_string_equal(tally_payload_source(p), "police");
    assert_int_equal(tally_payload_delivery(p)[15], 0xd1);
    assert_int_equal(tally_payload_records(p), 2);
    assert_int_equal(tally_payload_columns(p), 2);
    assert_string_equal(tally_payload_column(p, 0), "offence");
    assert_string_equal(tally_payload_column(p, 1), "months");
    assert_int_equal(tally_payload_tokens(p)[0], 0xa1);
    assert_int_equal(tally_payload_tokens(p)[16], 0xb2);
    assert_int_equal(tally_payload_row(p, 0, cells, &err), 0);
    assert_cell(&cells[0], "theft");
    assert_cell(&cells[1], "12");
    assert_int_equal(tally_payload_row(p, 1, cells, &err), 0);
    assert_cell(&cells[0], "");
    assert_cell(&cells[1], "3");
    tally_payload_close(p);
}

static void
payload_may_hold_no_record(void **state)
{
    struct tally_payload_info info = facts(0);
    struct tally_payload_writer *w = NULL;
    struct tally_outfile *f = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_payload *p;

    (void)state;
    assert_int_equal(tally_outfile_open(&f, path, 0600, true, &err), 0);
    assert_int_equal(tally_payload_begin(&w, f, &info, 0, &err), 0);
    assert_int_equal(tally_payload_end(w, &err), 0);
    assert_int_equal(tally_outfile_commit(&f, 1, &err), 0);
    tally_payload_writer_free(w);
    tally_outfile_free(f);
    p = open_it();
    assert_int_equal(tally_payload_records(p), 0);
    tally_payload_close(p);
}

/* A container with right digests and these parts; two records. With ${more}, there is an
 * empty MATRIX besides. Opens it and reads its rows. */
static enum tally_code
forged_with(bool more, const char *meta, const uint8_t *tokens, const uint64_t *offsets,
            const void *rows, size_t len, struct tally_err *err)
{
    const struct tally_section_plan plan[] = {{TALLY_SECTION_META, 0, strlen(meta)},
                                              {TALLY_SECTION_TOKENS, 0, 32},
                                              {TALLY_SECTION_OFFSETS, 0, 24},
                                              {TALLY_SECTION_BYTES, 0, len},
                                              {TALLY_SECTION_MATRIX, 0, 0}};
    struct tally_container_writer *w = NULL;
    struct tally_payload *p = NULL;
    struct tally_outfile *f = NULL;
    struct tally_cell cells[2];
    uint8_t le[24];
    size_t i;
    int rc;

    memset(err, 0, sizeof(*err));
    for (i = 0; i < 3; i++) {
        tally_le64_store(le + 8 * i, offsets[i]);
    }
    assert_int_equal(tally_outfile_open(&f, path, 0600, true, err), 0);
    assert_int_equal(
        tally_container_begin(&w, f, TALLY_KIND_PAYLOAD, plan, more ? 5 : 4, err), 0);
    assert_int_equal(tally_container_write(w, 0, meta, strlen(meta), err), 0);
    assert_int_equal(tally_container_write(w, 1, tokens, 32, err), 0);
    assert_int_equal(tally_container_write(w, 2, le, 24, err), 0);
    assert_int_equal(tally_container_write(w, 3, rows, len, err), 0);
    assert_int_equal(tally_container_end(w, err), 0);
    assert_int_equal(tally_outfile_commit(&f, 1, err), 0);
    tally_container_writer_free(w);
    tally_outfile_free(f);
    if (tally_payload_open(&p, path, err) != 0) {
        assert_null(p);
        return err->code;
    }
    rc = tally_payload_row(p, 0, cells, err);
    if (rc == 0) {
        rc = tally_payload_row(p, 1, cells, err);
    }
    tally_payload_close(p);
    return rc == 0 ? TALLY_OK : err->code;
}

static enum tally_code
forged(const char *meta, const uint8_t *tokens, const uint64_t *offsets, const void *rows,
       size_t len, struct tally_err *err)
{
    return forged_with(false, meta, tokens, offsets, rows, len, err);
}

#define META(columns)                                                                    \
    "{\"columns\":" columns ",\"delivery\":\"d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1\","        \
    "\"format\":\"tallystick payload\",\"recipient\":\"analyst\",\"records\":2,"         \
    "\"source\":\"police\",\"status\":\"pseudonymised\",\"tool\":\"t\",\"version\":1}"
#define TWO META("[\"a\",\"b\"]")

static const uint8_t tokens2[32] = {1, [16] = 2};
static const uint64_t offsets2[3] = {0, 10, 19};
/* "x" "y", then "" "z" */
#define ROWS "\1\0\0\0x\1\0\0\0y\0\0\0\0\1\0\0\0z"

static void
payload_with_parts_that_disagree_is_refused(void **state)
{
    static const uint64_t late[3] = {1, 10, 19}, back[3] = {0, 20, 19},
                          cut[3] = {0, 10, 18};
    static const uint64_t moved[3] = {0, 11, 19}, shorter[3] = {0, 9, 19};
    static const uint8_t same[32] = {1, [16] = 1};
    struct tally_err err;

    (void)state;
    assert_int_equal(forged(TWO, tokens2, offsets2, ROWS, 19, &err), TALLY_OK);
    assert_int_equal(forged(TWO, same, offsets2, ROWS, 19, &err), TALLY_E_CORRUPT);
    assert_int_equal(forged(TWO, tokens2, late, ROWS, 19, &err), TALLY_E_CORRUPT);
    assert_int_equal(forged(TWO, tokens2, back, ROWS, 19, &err), TALLY_E_CORRUPT);
    assert_int_equal(forged(TWO, tokens2, cut, ROWS, 19, &err), TALLY_E_CORRUPT);
    assert_int_equal(forged(TWO, tokens2, moved, ROWS, 19, &err), TALLY_E_CORRUPT);
    assert_int_equal(forged(TWO, tokens2, shorter, ROWS, 19, &err), TALLY_E_CORRUPT);
    assert_int_equal(forged_with(true, TWO, tokens2, offsets2, ROWS, 19, &err),
                     TALLY_E_CORRUPT);
}

static void
payload_with_a_bad_cell_is_refused(void **state)
{
    struct tally_err err;

    (void)state;
    assert_int_equal(forged(TWO, tokens2, offsets2,
                            "\377\377\377\377x\1\0\0\0y\0\0\0\0\1\0\0\0z", 19, &err),
                     TALLY_E_CORRUPT);
    assert_int_equal(
        forged(TWO, tokens2, offsets2, "\1\0\0\0\0\1\0\0\0y\0\0\0\0\1\0\0\0z", 19, &err),
        TALLY_E_CORRUPT);
    assert_int_equal(forged(TWO, tokens2, offsets2,
                            "\1\0\0\0\377\1\0\0\0y\0\0\0\0\1\0\0\0z", 19, &err),
                     TALLY_E_CORRUPT);
}

static void
payload_with_a_wrong_description_is_refused(void **state)
{
    struct tally_err err;

    (void)state;
    assert_int_equal(forged(META("[]"), tokens2, offsets2, ROWS, 19, &err),
                     TALLY_E_CORRUPT);
    assert_int_equal(forged(META("[\"a\",\"a\"]"), tokens2, offsets2, ROWS, 19, &err),
                     TALLY_E_CORRUPT);
    assert_int_equal(forged(META("[\"a\",\"\"]"), tokens2, offsets2, ROWS, 19, &err),
                     TALLY_E_CORRUPT);
    assert_int_equal(forged(META("[\"a\",\"\\n\"]"), tokens2, offsets2, ROWS, 19, &err),
                     TALLY_E_CORRUPT);
    assert_int_equal(forged(META("[\"a\",3]"), tokens2, offsets2, ROWS, 19, &err),
                     TALLY_E_CORRUPT);
    assert_int_equal(forged(META("7"), tokens2, offsets2, ROWS, 19, &err),
                     TALLY_E_CORRUPT);
    assert_int_equal(forged("{\"version\":1}", tokens2, offsets2, ROWS, 19, &err),
                     TALLY_E_CORRUPT);
    assert_int_equal(forged("{\"version\":2}", tokens2, offsets2, ROWS, 19, &err),
                     TALLY_E_FORMAT);
}

static void
payload_writer_refuses_what_a_reader_would(void **state)
{
    static const char *const bad[] = {"offence", "tab\there"};
    struct tally_payload_info info = facts(1);
    struct tally_payload_writer *w = NULL;
    struct tally_outfile *f = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    const uint8_t token[TALLY_TOKEN_BYTES] = {1};
    uint8_t row[64];
    size_t n = make_row(row, "a", "b");

    (void)state;
    assert_int_equal(tally_outfile_open(&f, path, 0600, true, &err), 0);
    info.columns = bad;
    assert_int_equal(tally_payload_begin(&w, f, &info, n, &err), -1);
    assert_int_equal(err.code, TALLY_E_BUG);
    info.columns = columns;
    info.records = (uint64_t)TALLY_ENC_RECORDS_MAX + 1;
    assert_int_equal(tally_payload_begin(&w, f, &info, n, &err), -1);
    assert_int_equal(err.code, TALLY_E_LIMIT);
    info.records = 2;
    assert_int_equal(tally_payload_begin(&w, f, &info, n, &err), 0);
    assert_int_equal(tally_payload_add(w, token, row, n + 1, &err), -1);
    assert_int_equal(err.code, TALLY_E_BUG);
    assert_int_equal(tally_payload_add(w, token, row, n, &err), 0);
    assert_int_equal(tally_payload_add(w, token, row, 0, &err), -1);
    assert_int_equal(err.code, TALLY_E_BUG);
    assert_int_equal(tally_payload_end(w, &err), -1);
    assert_int_equal(err.code, TALLY_E_BUG);
    tally_payload_writer_free(w);
    tally_outfile_free(f);
}

static void
payload_example_of_the_documentation_is_what_is_written(void **state)
{
    (void)state;
    write_two();
    tally_hexdump_check("docs/protocols/payload.md", path);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(payload_is_read_back_as_it_was_written),
        cmocka_unit_test(payload_may_hold_no_record),
        cmocka_unit_test(payload_with_parts_that_disagree_is_refused),
        cmocka_unit_test(payload_with_a_bad_cell_is_refused),
        cmocka_unit_test(payload_with_a_wrong_description_is_refused),
        cmocka_unit_test(payload_writer_refuses_what_a_reader_would),
        cmocka_unit_test(payload_example_of_the_documentation_is_what_is_written),
    };

    return cmocka_run_group_tests(tests, tally_scratch_make, tally_scratch_remove);
}

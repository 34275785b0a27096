/*
 * Encodings files with several views and with several rows of a record.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/encfile.h"

#include "bloom/base/bytes.h"
#include "bloom/base/file.h"
#include "bloom/container.h"
#include "tests/support/encbuild.h"
#include "tests/support/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define RECORDS  3
#define ROW      16 /* bytes */
#define SECTIONS 8

static const char *const path = tally_scratch_path;

/* View "full": record 0 once, record 1 twice, record 2 never. View "few": 1 and 2. */
static const uint8_t counts[RECORDS][2] = {{1, 0}, {2, 1}, {0, 1}};
static const uint8_t rows[RECORDS][3 * ROW] = {
    {0x01}, {0x03, [ROW] = 0x07, [2 * ROW] = 0x0f}, {0x1f}};

static struct tally_enc_info
two_views(void)
{
    struct tally_enc_info info = tally_encbuild_info("police", RECORDS, 8 * ROW);

    info.nviews = 2;
    info.views[0] = (struct tally_enc_view){"full", 3, 2};
    info.views[1] = (struct tally_enc_view){"few", 2, 2};
    return info;
}

/* Write by ${info} what counts and rows hold, as far as it goes. */
static int
write_it(const struct tally_enc_info *info, struct tally_err *err)
{
    struct tally_encfile_writer *w = NULL;
    struct tally_outfile *f = NULL;
    uint8_t token[TALLY_TOKEN_BYTES] = {0};
    int rc;

    assert_int_equal(tally_outfile_open(&f, path, 0600, true, err), 0);
    rc = tally_encfile_begin(&w, f, info, 0, err);
    for (uint8_t i = 0; i < RECORDS && rc == 0; i++) {
        token[0] = i;
        rc = tally_encfile_add_rows(w, token, counts[i], rows[i], NULL, 0, err);
    }
    if (rc == 0) {
        rc = tally_encfile_end(w, err);
    }
    if (rc == 0) {
        rc = tally_outfile_commit(&f, 1, err);
    }
    tally_encfile_writer_free(w);
    tally_outfile_free(f);
    return rc;
}

static void
write_views(void)
{
    struct tally_enc_info info = two_views();
    struct tally_err err = TALLY_ERR_INIT;

    if (write_it(&info, &err) != 0) {
        fail_msg("%s", err.text);
    }
}

static void
views_are_read_back_as_they_were_written(void **state)
{
    struct tally_encfile *e = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    const struct tally_enc_info *info;

    (void)state;
    write_views();
    if (tally_encfile_open(&e, path, &err) != 0) {
        fail_msg("%s", err.text);
    }
    info = tally_encfile_info(e);
    assert_int_equal(info->records, 3);
    assert_int_equal(info->nviews, 2);
    assert_string_equal(info->views[1].name, "few");
    assert_int_equal(info->views[0].rows, 3);
    assert_int_equal(info->views[0].records, 2);
    assert_false(tally_encfile_rows_are_records(e, 0));
    assert_int_equal(tally_encfile_record_of_row(e, 0, 0), 0);
    assert_int_equal(tally_encfile_record_of_row(e, 0, 1), 1);
    assert_int_equal(tally_encfile_record_of_row(e, 0, 2), 1);
    assert_int_equal(tally_encfile_record_of_row(e, 1, 0), 1);
    assert_int_equal(tally_encfile_record_of_row(e, 1, 1), 2);
    assert_ptr_equal(tally_encfile_matrix(e), tally_encfile_view_matrix(e, 0));
    assert_memory_equal(tally_encfile_matrix(e), rows[0], ROW);
    assert_memory_equal(tally_encfile_matrix(e) + 64, rows[1], ROW);
    assert_memory_equal(tally_encfile_matrix(e) + 128, rows[1] + ROW, ROW);
    assert_memory_equal(tally_encfile_view_matrix(e, 1), rows[1] + 2 * ROW, ROW);
    assert_memory_equal(tally_encfile_view_matrix(e, 1) + 64, rows[2], ROW);
    assert_int_equal(tally_encfile_popcounts(e)[2], 3);
    assert_int_equal(tally_encfile_view_popcounts(e, 1)[1], 5);
    tally_encfile_close(e);
}

static void
one_view_of_each_record_once_is_not_spoken_of(void **state)
{
    static const uint8_t one[RECORDS * ROW] = {1, [ROW] = 2, [2 * ROW] = 4};
    struct tally_enc_info info = tally_encbuild_info("police", RECORDS, 8 * ROW);
    struct tally_container *c = NULL;
    struct tally_encfile *e = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    const uint8_t *meta;
    size_t len;

    (void)state;
    tally_encbuild(path, &info, one, NULL, NULL);
    assert_int_equal(tally_container_open(&c, path, TALLY_KIND_ENCODINGS, &err), 0);
    assert_int_equal(tally_container_sections(c), 4);
    meta = tally_container_section(c, TALLY_SECTION_META, 0, &len);
    assert_null(memmem(meta, len, "views", 5));
    tally_container_close(c);
    assert_int_equal(tally_encfile_open(&e, path, &err), 0);
    assert_int_equal(tally_encfile_info(e)->nviews, 1);
    assert_string_equal(tally_encfile_info(e)->views[0].name, TALLY_VIEW_FULL);
    assert_int_equal(tally_encfile_info(e)->views[0].rows, 3);
    assert_true(tally_encfile_rows_are_records(e, 0));
    assert_int_equal(tally_encfile_record_of_row(e, 0, 2), 2);
    tally_encfile_close(e);
}

static void
rows_that_are_not_planned_are_a_bug_of_the_writer(void **state)
{
    struct tally_enc_info info = two_views();
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    info.views[0].rows = 2;
    assert_int_equal(write_it(&info, &err), -1);
    assert_int_equal(err.code, TALLY_E_BUG);
    info.views[0].rows = 4;
    assert_int_equal(write_it(&info, &err), -1);
    assert_int_equal(err.code, TALLY_E_BUG);
    info = two_views();
    info.views[1].records = 1;
    assert_int_equal(write_it(&info, &err), -1);
    assert_int_equal(err.code, TALLY_E_BUG);
    info = two_views();
    info.views[1].rows = 1; /* fewer rows than records */
    assert_int_equal(write_it(&info, &err), -1);
    assert_int_equal(err.code, TALLY_E_BUG);
    info = two_views();
    info.views[1].rows = (uint64_t)TALLY_ENC_RECORDS_MAX + 1;
    assert_int_equal(write_it(&info, &err), -1);
    assert_int_equal(err.code, TALLY_E_LIMIT);
}

/* Forgery: the sections of a good file, each of which a case may change. */
struct forgery {
    struct tally_section_plan plan[SECTIONS];
    uint8_t bytes[SECTIONS][1024];
    size_t n;
};

static struct forgery
good(void)
{
    static const uint32_t kinds[SECTIONS][2] = {
        {TALLY_SECTION_META, 0},      {TALLY_SECTION_TOKENS, 0},
        {TALLY_SECTION_MATRIX, 0},    {TALLY_SECTION_POPCOUNTS, 0},
        {TALLY_SECTION_RECORDS, 0},   {TALLY_SECTION_MATRIX, 1},
        {TALLY_SECTION_POPCOUNTS, 1}, {TALLY_SECTION_RECORDS, 1}};
    struct tally_container *c = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    struct forgery f;

    memset(&f, 0, sizeof(f));
    write_views();
    assert_int_equal(tally_container_open(&c, path, TALLY_KIND_ENCODINGS, &err), 0);
    assert_int_equal(tally_container_sections(c), SECTIONS);
    for (size_t i = 0; i < SECTIONS; i++) {
        size_t len;
        const uint8_t *from = tally_container_section(c, kinds[i][0], kinds[i][1], &len);

        assert_true(from != NULL && len < sizeof(f.bytes[i]));
        memcpy(f.bytes[i], from, len);
        f.plan[i] = (struct tally_section_plan){kinds[i][0], kinds[i][1], len};
    }
    f.n = SECTIONS;
    tally_container_close(c);
    return f;
}

static enum tally_code
opened(const struct forgery *forged, struct tally_err *err)
{
    struct tally_container_writer *w = NULL;
    struct tally_encfile *e = NULL;
    struct tally_outfile *f = NULL;

    memset(err, 0, sizeof(*err));
    assert_int_equal(tally_outfile_open(&f, path, 0600, true, err), 0);
    assert_int_equal(
        tally_container_begin(&w, f, TALLY_KIND_ENCODINGS, forged->plan, forged->n, err),
        0);
    for (size_t i = 0; i < forged->n; i++) {
        assert_int_equal(
            tally_container_write(w, i, forged->bytes[i], forged->plan[i].len, err), 0);
    }
    assert_int_equal(tally_container_end(w, err), 0);
    assert_int_equal(tally_outfile_commit(&f, 1, err), 0);
    tally_container_writer_free(w);
    tally_outfile_free(f);
    if (tally_encfile_open(&e, path, err) == 0) {
        tally_encfile_close(e);
        return TALLY_OK;
    }
    return err->code;
}

static void
rows_in_the_wrong_order_or_of_no_record_are_refused(void **state)
{
    struct forgery f = good();
    struct tally_err err;

    (void)state;
    assert_int_equal(opened(&f, &err), TALLY_OK);
    f.bytes[4][0] = 2; /* 2, 1, 1 */
    assert_int_equal(opened(&f, &err), TALLY_E_CORRUPT);
    assert_non_null(strstr(err.text, "order of records"));
    f = good();
    f.bytes[7][4] = 3; /* there is no record 3 */
    assert_int_equal(opened(&f, &err), TALLY_E_CORRUPT);
    f = good();
    f.bytes[7][4] = 1; /* of one record instead of two */
    assert_int_equal(opened(&f, &err), TALLY_E_CORRUPT);
    assert_non_null(strstr(err.text, "as many records"));
    f = good();
    f.bytes[6][0]++;
    assert_int_equal(opened(&f, &err), TALLY_E_CORRUPT);
}

static void
sections_that_the_views_do_not_need_are_refused(void **state)
{
    struct forgery f = good();
    struct tally_err err;

    (void)state;
    f.n--; /* the rows of view 1 are not the records, so this is wanted */
    assert_int_equal(opened(&f, &err), TALLY_E_CORRUPT);
    f = good();
    f.plan[7].index = 2;
    assert_int_equal(opened(&f, &err), TALLY_E_CORRUPT);
    f = good();
    f.plan[5].len -= 64;
    assert_int_equal(opened(&f, &err), TALLY_E_CORRUPT);
}

/* Replace ${from} in the description by ${to}, which is as long. */
static enum tally_code
with_meta(const char *from, const char *to, struct tally_err *err)
{
    struct forgery f = good();
    char *at = strstr((char *)f.bytes[0], from);

    assert_int_equal(strlen(from), strlen(to));
    assert_non_null(at);
    memcpy(at, to, strlen(to));
    return opened(&f, err);
}

static void
a_description_of_views_that_makes_no_sense_is_refused(void **state)
{
    static const char *const cases[][2] = {
        {"\"rows\":3", "\"rows\":1"},
        {"\"rows\":3", "\"rows\":4"},
        {"\"records\":2,\"rows\":3", "\"records\":4,\"rows\":3"},
        {"\"records\":2,\"rows\":3", "\"records\":0,\"rows\":3"},
        {"\"name\":\"few\"", "\"name\":\"\"   "},
        {"\"name\":\"full\"", "\"name\":\"few\" "},
        {"\"name\":\"full\"", "\"nome\":\"full\""},
        {"\"views\":[", "\"wiews\":["},
    };
    struct tally_err err;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        enum tally_code code = with_meta(cases[i][0], cases[i][1], &err);

        if (code != TALLY_E_CORRUPT) {
            fail_msg("case %zu: %s (%s)", i, tally_err_name(code), err.text);
        }
    }
}

static void
a_view_that_goes_without_saying_must_not_be_said(void **state)
{
    static const char views[] =
        ",\"views\":[{\"name\":\"full\",\"records\":3,\"rows\":3}]}";
    static const uint8_t one[RECORDS * ROW] = {1, [ROW] = 2, [2 * ROW] = 4};
    struct tally_enc_info info = tally_encbuild_info("police", RECORDS, 8 * ROW);
    struct tally_container *c = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    struct forgery f;

    (void)state;
    memset(&f, 0, sizeof(f));
    tally_encbuild(path, &info, one, NULL, NULL);
    assert_int_equal(tally_container_open(&c, path, TALLY_KIND_ENCODINGS, &err), 0);
    for (uint32_t kind = 1; kind <= 4; kind++) {
        size_t len;
        const uint8_t *from = tally_container_section(c, kind, 0, &len);

        memcpy(f.bytes[f.n], from, len);
        f.plan[f.n++] = (struct tally_section_plan){kind, 0, len};
    }
    tally_container_close(c);
    assert_int_equal(opened(&f, &err), TALLY_OK);
    memcpy(f.bytes[0] + f.plan[0].len - 1, views, sizeof(views) - 1);
    f.plan[0].len += sizeof(views) - 2;
    assert_int_equal(opened(&f, &err), TALLY_E_CORRUPT);
    assert_non_null(strstr(err.text, "goes without saying"));
}

static void
files_with_other_views_do_not_fit_together(void **state)
{
    struct tally_enc_info a = two_views();
    struct tally_enc_info b = two_views();
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    assert_int_equal(tally_enc_compatible(&a, &b, &err), 0);
    memcpy(b.views[1].name, "new", 4);
    assert_int_equal(tally_enc_compatible(&a, &b, &err), -1);
    assert_int_equal(err.code, TALLY_E_SCHEMA_MISMATCH);
    b = two_views();
    b.nviews = 1;
    assert_int_equal(tally_enc_compatible(&a, &b, &err), -1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(views_are_read_back_as_they_were_written),
        cmocka_unit_test(one_view_of_each_record_once_is_not_spoken_of),
        cmocka_unit_test(rows_that_are_not_planned_are_a_bug_of_the_writer),
        cmocka_unit_test(rows_in_the_wrong_order_or_of_no_record_are_refused),
        cmocka_unit_test(sections_that_the_views_do_not_need_are_refused),
        cmocka_unit_test(a_description_of_views_that_makes_no_sense_is_refused),
        cmocka_unit_test(a_view_that_goes_without_saying_must_not_be_said),
        cmocka_unit_test(files_with_other_views_do_not_fit_together),
    };

    return cmocka_run_group_tests_name("encodings of views", tests, tally_scratch_make,
                                       tally_scratch_remove);
}

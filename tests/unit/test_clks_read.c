/*
 * Reading filters from JSON: what is taken, what each kind of bad file is called, no
 * prefix of a good file is taken, and which sources go together.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/clks.h"

#include "bloom/base/interrupt.h"
#include "bloom/base/secret.h"
#include "tests/support/encbuild.h"
#include "tests/support/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ONE "{\"clks\": [\"AAEC\"]}"

static int
read_text(const char *text, struct tally_encfile **out, struct tally_err *err)
{
    *err = (struct tally_err)TALLY_ERR_INIT;
    *out = NULL;
    tally_scratch_put("f.json", text, 0600);
    return tally_clks_read(out, "f.json", err);
}

static void
assert_refused(const char *text, enum tally_code code, const char *says)
{
    struct tally_encfile *e;
    struct tally_err err;

    assert_int_equal(read_text(text, &e, &err), -1);
    assert_null(e);
    if (err.code != code || strstr(err.text, says) == NULL) {
        fail_msg("%s: %s (%s)", text, err.text, tally_err_name(err.code));
    }
}

static void
filters_become_a_matrix_in_their_order(void **state)
{
    static const uint8_t rows[2][64] = {{0x00, 0x01, 0x02}, {0xff, 0xef, 0x80}};
    static const char text[] = " \n{ \"clks\"\t:\r\n[ \"AAEC\" ,\"/++A\"\n] } \n";
    uint8_t digest[TALLY_DIGEST_BYTES];
    const struct tally_enc_info *info;
    struct tally_encfile *e;
    struct tally_err err;
    size_t len;

    (void)state;
    assert_int_equal(read_text(text, &e, &err), 0);
    info = tally_encfile_info(e);
    assert_true(info->legacy);
    assert_string_equal(info->source, "f");
    assert_int_equal(info->records, 2);
    assert_int_equal(info->bits, 24);
    assert_int_equal(info->stride, 64);
    assert_int_equal(info->nviews, 1);
    assert_int_equal(info->views[0].rows, 2);
    assert_false(info->duplicates_possible);
    assert_false(info->has_key_check);
    assert_true(info->fill > 18.0 / 48 - 1e-9 && info->fill < 18.0 / 48 + 1e-9);
    assert_int_equal((uintptr_t)tally_encfile_matrix(e) % 64, 0);
    assert_memory_equal(tally_encfile_matrix(e), rows, sizeof(rows));
    assert_int_equal(tally_encfile_popcounts(e)[0], 2);
    assert_int_equal(tally_encfile_popcounts(e)[1], 16);
    assert_true(tally_encfile_rows_are_records(e, 0));
    assert_memory_equal(tally_encfile_tokens(e), "00000000000000000000000000000001", 32);
    assert_memory_equal(tally_encfile_id(e, 0, &len), "0", 1);
    assert_int_equal(len, 1);
    tally_digest(text, sizeof(text) - 1, digest);
    assert_memory_equal(tally_encfile_digest(e), digest, sizeof(digest));
    assert_memory_equal(info->delivery, digest, sizeof(info->delivery));
    tally_encfile_close(e);
}

/* A file of ${n} filters of ${bytes} bytes, the first two bytes of each its number. */
static void
put_many(const char *path, size_t n, size_t bytes)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_clks *c = NULL;
    uint8_t *filter = calloc(1, bytes + 1);

    assert_non_null(filter);
    assert_int_equal(tally_clks_open(&c, path, bytes, true, &err), 0);
    for (size_t i = 0; i < n; i++) {
        filter[0] = (uint8_t)i;
        filter[bytes > 1 ? 1 : 0] = (uint8_t)(i >> (bytes > 1 ? 8 : 0));
        assert_int_equal(tally_clks_add(c, filter, &err), 0);
    }
    assert_int_equal(tally_clks_commit(c, &err), 0);
    tally_clks_free(c);
    free(filter);
}

/* 25,000 filters of 128 bytes are over four buffers of the reader long. */
static void
filters_that_were_written_are_read_back(void **state)
{
    static const size_t lengths[] = {1, 2, 3, 63, 64, 65, 125, 128, 1022, 1023, 1024};
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_encfile *e = NULL;
    size_t len;

    (void)state;
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        size_t n = lengths[i] == 128 ? 25000 : 11;

        put_many("many.json", n, lengths[i]);
        assert_int_equal(tally_encodings_open(&e, "many.json", &err), 0);
        assert_int_equal(tally_encfile_info(e)->records, n);
        assert_int_equal(tally_encfile_info(e)->bits, lengths[i] * 8);
        for (size_t row = 0; row < n; row++) {
            const uint8_t *p =
                tally_encfile_matrix(e) + row * tally_encfile_info(e)->stride;
            char id[24];

            assert_int_equal(lengths[i] > 1 ? p[0] | p[1] << 8 : p[0], row);
            (void)snprintf(id, sizeof(id), "%zu", row);
            assert_memory_equal(tally_encfile_id(e, row, &len), id, strlen(id));
            assert_int_equal(len, strlen(id));
        }
        tally_encfile_close(e);
    }
}

static void
filters_too_long_are_over_the_limit(void **state)
{
    static const size_t lengths[] = {1025, 1026, 1027, 5000, 2000000};
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_encfile *e = NULL;

    (void)state;
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        put_many("long.json", 1, lengths[i]);
        assert_int_equal(tally_clks_read(&e, "long.json", &err), -1);
        assert_int_equal(err.code, TALLY_E_LIMIT);
        assert_non_null(strstr(err.text, "clks[0]: is longer than 8,192 bits"));
    }
}

static void
files_of_another_form_are_refused_by_name(void **state)
{
    (void)state;
    assert_refused("[\"AAEC\"]", TALLY_E_JSON, "byte 1: an object");
    assert_refused("{}", TALLY_E_JSON, "\"clks\" should stand here");
    assert_refused("{\"clk\": [\"AAEC\"]}", TALLY_E_JSON, "is not \"clks\"");
    assert_refused("{\"clknblocks\": [[\"AAEC\", \"1\"]]}", TALLY_E_FORMAT, "blocks");
    assert_refused("{\"encodings\": {\"1\": \"AAEC\"}}", TALLY_E_FORMAT, "blocks");
    assert_refused("{\"clks\" [\"AAEC\"]}", TALLY_E_JSON, "colon");
    assert_refused("{\"clks\": \"AAEC\"}", TALLY_E_JSON, "list of filters");
    assert_refused("{\"clks\": []}", TALLY_E_DATA, "no filter");
    assert_refused("{\"clks\": [1, 2]}", TALLY_E_JSON, "quotation marks");
    assert_refused("{\"clks\": [\"AAEC\",]}", TALLY_E_JSON, "quotation marks");
    assert_refused("{\"clks\": [[\"AAEC\", \"1\"]]}", TALLY_E_JSON, "byte 11: a filter");
    assert_refused("{\"clks\": [\"AAEC\" \"AAEC\"]}", TALLY_E_JSON, "comma");
    assert_refused("{\"clks\": [\"AAEC\"], \"n\": 1}", TALLY_E_JSON, "should end");
    assert_refused(ONE ONE, TALLY_E_JSON, "nothing should follow");
    assert_refused("", TALLY_E_CORRUPT, "ends too soon");
}

static void
filters_that_are_none_are_named_by_their_row(void **state)
{
    (void)state;
    assert_refused("{\"clks\": [\"\"]}", TALLY_E_DATA, "clks[0]: is empty");
    assert_refused("{\"clks\": [\"AAEC\", \"\"]}", TALLY_E_DATA,
                   "clks[1]: is not as long");
    assert_refused("{\"clks\": [\"AAE\"]}", TALLY_E_DATA, "clks[0]: is not base64");
    assert_refused("{\"clks\": [\"AA-_\"]}", TALLY_E_DATA, "clks[0]: is not base64");
    assert_refused("{\"clks\": [\"AAEC\", \"AA\\/C\"]}", TALLY_E_DATA, "clks[1]: is not");
    assert_refused("{\"clks\": [\"AAEC\", \"AAEC\", \"AAE=\"]}", TALLY_E_DATA,
                   "clks[2]: is not as long as those before");
    assert_refused("{\"clks\": [\"AAEC\", \"AAECAAEC\"]}", TALLY_E_DATA,
                   "clks[1]: is not as long");
}

/* Each is a file of that length and not a text with a NUL at the end. */
static void
no_file_that_was_cut_is_taken(void **state)
{
    static const char whole[] = "{\"clks\": [\"AAEC\", \"/++A\", \"AAAA\"]}";
    char text[sizeof(whole)];

    (void)state;
    for (size_t len = 0; len < sizeof(whole) - 1; len++) {
        memcpy(text, whole, len);
        text[len] = '\0';
        assert_refused(text, TALLY_E_CORRUPT, "ends too soon");
    }
}

/* Whatever a byte becomes, the file is refused or its filters are still three of 24 bits;
 * the sanitisers watch. */
static void
no_changed_byte_does_harm(void **state)
{
    static const char whole[] = "{\"clks\": [\"AAEC\", \"/++A\", \"AAAA\"]}";
    char text[sizeof(whole)];
    struct tally_encfile *e;
    struct tally_err err;

    (void)state;
    for (size_t at = 0; at < sizeof(whole) - 1; at++) {
        for (int c = 1; c < 256; c++) {
            memcpy(text, whole, sizeof(whole));
            text[at] = (char)c;
            if (read_text(text, &e, &err) == 0) {
                assert_int_equal(tally_encfile_info(e)->records, 3);
                assert_int_equal(tally_encfile_info(e)->bits, 24);
                tally_encfile_close(e);
            } else {
                assert_true(err.code == TALLY_E_JSON || err.code == TALLY_E_DATA ||
                            err.code == TALLY_E_CORRUPT);
            }
        }
    }
}

static void
a_source_is_named_after_its_file(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_encfile *e = NULL;
    char stem[TALLY_NAME_MAX + 10];
    char path[sizeof(stem) + 5];

    (void)state;
    tally_scratch_put("my clks\xc3\xa9.v2.json", ONE, 0600);
    assert_int_equal(tally_clks_read(&e, "./my clks\xc3\xa9.v2.json", &err), 0);
    assert_string_equal(tally_encfile_info(e)->source, "my_clks__.v2");
    tally_encfile_close(e);
    memset(stem, 'x', sizeof(stem) - 1);
    stem[sizeof(stem) - 1] = '\0';
    (void)snprintf(path, sizeof(path), "%s.json", stem);
    tally_scratch_put(path, ONE, 0600);
    assert_int_equal(tally_clks_read(&e, path, &err), 0);
    assert_int_equal(strlen(tally_encfile_info(e)->source), TALLY_NAME_MAX);
    tally_encfile_close(e);
}

static void
files_are_recognised_by_how_they_begin(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_encfile *e = NULL;
    struct tally_enc_info info = tally_encbuild_info("a", 1, 64);

    (void)state;
    assert_true(tally_clks_begins(ONE, strlen(ONE)));
    assert_true(tally_clks_begins(" {\n\"clknblocks\"", 15));
    assert_false(tally_clks_begins("{\"clks", 6));
    assert_false(tally_clks_begins("{\"version\": 3", 13));
    assert_false(tally_clks_begins("\"clks\"", 6));
    assert_false(tally_clks_begins("{", 1));
    assert_false(tally_clks_begins("", 0));
    tally_encbuild("a.json", &info, (const uint8_t *)"12345678", NULL, NULL);
    assert_int_equal(tally_encodings_open(&e, "a.json", &err), 0);
    assert_false(tally_encfile_info(e)->legacy);
    tally_encfile_close(e);
    tally_scratch_put("b.enc", "\n" ONE, 0600);
    assert_int_equal(tally_encodings_open(&e, "b.enc", &err), 0);
    assert_true(tally_encfile_info(e)->legacy);
    tally_encfile_close(e);
    assert_int_equal(tally_encodings_open(&e, "absent", &err), -1);
    assert_int_equal(err.code, TALLY_E_NO_FILE);
    assert_int_equal(tally_clks_read(&e, ".", &err), -1);
    assert_int_equal(err.code, TALLY_E_NO_FILE);
}

static void
legacy_filters_go_with_their_like_alone(void **state)
{
    struct tally_enc_info ours = tally_encbuild_info("ours", 1, 64);
    struct tally_enc_info a = {.legacy = true, .bits = 64, .source = "a"};
    struct tally_enc_info b = {.legacy = true, .bits = 64, .source = "b"};
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    assert_int_equal(tally_enc_compatible(&a, &b, &err), 0);
    b.bits = 72;
    assert_int_equal(tally_enc_compatible(&a, &b, &err), -1);
    assert_int_equal(err.code, TALLY_E_SCHEMA_MISMATCH);
    assert_non_null(strstr(err.text, "'a' and 'b' differ in length (64 and 72 bits)"));
    assert_int_equal(tally_enc_compatible(&a, &ours, &err), -1);
    assert_int_equal(err.code, TALLY_E_SCHEMA_MISMATCH);
    assert_non_null(strstr(err.text, "source 'a' is clkhash JSON and source 'ours'"));
    assert_int_equal(tally_enc_compatible(&ours, &a, &err), -1);
    assert_non_null(strstr(err.text, "source 'a' is clkhash JSON and source 'ours'"));
}

static void
an_interrupt_ends_the_reading(void **state)
{
    struct tally_encfile *e;
    struct tally_err err;

    (void)state;
    tally_interrupt_set(true);
    assert_int_equal(read_text(ONE, &e, &err), -1);
    assert_int_equal(err.code, TALLY_E_INTERRUPTED);
    tally_interrupt_set(false);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(filters_become_a_matrix_in_their_order),
        cmocka_unit_test(filters_that_were_written_are_read_back),
        cmocka_unit_test(filters_too_long_are_over_the_limit),
        cmocka_unit_test(files_of_another_form_are_refused_by_name),
        cmocka_unit_test(filters_that_are_none_are_named_by_their_row),
        cmocka_unit_test(no_file_that_was_cut_is_taken),
        cmocka_unit_test(no_changed_byte_does_harm),
        cmocka_unit_test(a_source_is_named_after_its_file),
        cmocka_unit_test(files_are_recognised_by_how_they_begin),
        cmocka_unit_test(legacy_filters_go_with_their_like_alone),
        cmocka_unit_test(an_interrupt_ends_the_reading),
    };

    return cmocka_run_group_tests(tests, tally_scratch_enter, tally_scratch_leave);
}

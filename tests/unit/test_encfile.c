/*
 * Encodings files: read back as written, and refused where the parts do not agree.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/encfile.h"

#include "bloom/base/bytes.h"
#include "bloom/base/file.h"
#include "bloom/container.h"
#include "tests/support/encbuild.h"
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

static struct tally_encfile *
open_it(void)
{
    struct tally_encfile *e = NULL;
    struct tally_err err = TALLY_ERR_INIT;

    if (tally_encfile_open(&e, path, &err) != 0) {
        fail_msg("%s", err.text);
    }
    return e;
}

/* Three records, given out of order of their tokens. */
static const uint8_t rows3[3 * 16] = {0xff, [16] = 0x01, [17] = 0x80, [47] = 0x07};
static const char *const ids3[] = {"c", "a", "b-\xc3\xa9"};
static const uint8_t tokens3[3 * 16] = {[0] = 3, [16] = 1, [32] = 2};

static void
encfile_is_read_back_as_it_was_written(void **state)
{
    struct tally_enc_info info = tally_encbuild_info("police", 3, 128);
    const struct tally_enc_info *have;
    struct tally_encfile *e;
    const char *id;
    size_t len;

    (void)state;
    info.duplicates_possible = true;
    info.hardening.n = 1;
    info.hardening.steps[0] =
        (struct tally_harden_step){.kind = TALLY_HARDEN_DIFFUSION, .t = 6, .bits = 128};
    tally_encbuild(path, &info, rows3, tokens3, ids3);
    e = open_it();
    have = tally_encfile_info(e);
    assert_string_equal(have->source, "police");
    assert_string_equal(have->schema_name, "test");
    assert_string_equal(have->profile, "plain");
    assert_string_equal(have->unicode, "15.0.0");
    assert_string_equal(have->tool, "test");
    assert_true(have->duplicates_possible && have->has_ids && have->has_key_check);
    assert_int_equal(have->records, 3);
    assert_int_equal(have->bits, 128);
    assert_int_equal(have->stride, 64);
    assert_int_equal(have->normaliser_version, 1);
    assert_int_equal(have->fold_version, 1);
    assert_int_equal(have->hardening.n, 1);
    assert_int_equal(have->hardening.steps[0].t, 6);
    assert_int_equal(have->hardening.steps[0].bits, 128);
    assert_true(have->fill == 0.2);
    assert_memory_equal(have->key_check, info.key_check, sizeof(info.key_check));
    assert_memory_equal(have->delivery, info.delivery, sizeof(info.delivery));
    assert_memory_equal(have->schema_digest, info.schema_digest, TALLY_DIGEST_BYTES);
    assert_memory_equal(have->normaliser_digest, info.normaliser_digest,
                        TALLY_DIGEST_BYTES);
    assert_int_equal((uintptr_t)tally_encfile_matrix(e) % 64, 0);
    assert_memory_equal(tally_encfile_tokens(e), tokens3 + 16, 16);
    assert_memory_equal(tally_encfile_matrix(e), rows3 + 16, 16);
    assert_memory_equal(tally_encfile_matrix(e) + 64, rows3 + 32, 16);
    assert_memory_equal(tally_encfile_matrix(e) + 128, rows3, 16);
    assert_int_equal(tally_encfile_popcounts(e)[0], 2);
    assert_int_equal(tally_encfile_popcounts(e)[1], 3);
    assert_int_equal(tally_encfile_popcounts(e)[2], 8);
    id = tally_encfile_id(e, 1, &len);
    assert_int_equal(len, 4);
    assert_memory_equal(id, "b-\xc3\xa9", 4);
    tally_encfile_close(e);
}

static void
encfile_states_every_step_of_hardening(void **state)
{
    static const struct tally_hardening want = {
        .n = 3,
        .steps = {{.kind = TALLY_HARDEN_DIFFUSION, .t = 6, .bits = 256},
                  {.kind = TALLY_HARDEN_FOLD, .times = 1},
                  {.kind = TALLY_HARDEN_BLIP, .f = 0.05}}};
    struct tally_enc_info info = tally_encbuild_info("police", 3, 128);
    char have_text[TALLY_HARDENING_TEXT], want_text[TALLY_HARDENING_TEXT];
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_enc_info other;
    struct tally_encfile *e;

    (void)state;
    info.hardening = want;
    tally_encbuild(path, &info, rows3, tokens3, ids3);
    e = open_it();
    tally_hardening_text(&tally_encfile_info(e)->hardening, have_text);
    tally_hardening_text(&want, want_text);
    assert_string_equal(have_text, want_text);
    other = *tally_encfile_info(e);
    assert_int_equal(tally_enc_compatible(tally_encfile_info(e), &other, &err), 0);
    other.hardening.n = 2;
    assert_int_equal(tally_enc_compatible(tally_encfile_info(e), &other, &err), -1);
    assert_int_equal(err.code, TALLY_E_SCHEMA_MISMATCH);
    assert_non_null(strstr(err.text, "BLIP"));
    tally_encfile_close(e);
}

static void
encfile_without_ids_has_none(void **state)
{
    struct tally_enc_info info = tally_encbuild_info("health", 3, 128);
    struct tally_encfile *e;
    size_t len = 9;

    (void)state;
    info.has_key_check = false;
    tally_encbuild(path, &info, rows3, NULL, NULL);
    e = open_it();
    assert_false(tally_encfile_info(e)->has_ids);
    assert_false(tally_encfile_info(e)->has_key_check);
    assert_null(tally_encfile_id(e, 0, &len));
    assert_int_equal(len, 0);
    tally_encfile_close(e);
}

static void
encfile_may_hold_no_record(void **state)
{
    struct tally_enc_info info = tally_encbuild_info("none", 0, 8192);
    static const char *const ids[] = {NULL};
    struct tally_encfile *e;

    (void)state;
    tally_encbuild(path, &info, rows3, NULL, NULL);
    e = open_it();
    assert_int_equal(tally_encfile_info(e)->records, 0);
    assert_int_equal(tally_encfile_info(e)->stride, 1024);
    tally_encfile_close(e);
    tally_encbuild(path, &info, rows3, NULL, ids);
    e = open_it();
    assert_true(tally_encfile_info(e)->has_ids);
    tally_encfile_close(e);
}

/* Forgery: the sections of a good file of one record, each of which a case may replace.
 */
struct parts {
    char meta[2048];
    uint8_t tokens[32];
    uint8_t matrix[128];
    uint8_t popcounts[8];
    uint8_t offsets[24];
    uint8_t ids[16];
    uint64_t len[7]; /* by section kind */
};

static void
take(struct parts *p, const struct tally_container *c, uint32_t kind, void *to,
     size_t cap)
{
    size_t len;
    const uint8_t *from = tally_container_section(c, kind, 0, &len);

    assert_true(from != NULL && len < cap + 1);
    memcpy(to, from, len);
    p->len[kind] = len;
}

static struct parts
good_parts(void)
{
    static const char *const ids[] = {"one", "two2"};
    struct tally_enc_info info = tally_encbuild_info("police", 2, 128);
    struct tally_container *c = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    struct parts p;

    memset(&p, 0, sizeof(p));
    tally_encbuild(path, &info, rows3, NULL, ids);
    assert_int_equal(tally_container_open(&c, path, TALLY_KIND_ENCODINGS, &err), 0);
    take(&p, c, TALLY_SECTION_META, p.meta, sizeof(p.meta) - 1);
    take(&p, c, TALLY_SECTION_TOKENS, p.tokens, sizeof(p.tokens));
    take(&p, c, TALLY_SECTION_MATRIX, p.matrix, sizeof(p.matrix));
    take(&p, c, TALLY_SECTION_POPCOUNTS, p.popcounts, sizeof(p.popcounts));
    take(&p, c, TALLY_SECTION_OFFSETS, p.offsets, sizeof(p.offsets));
    take(&p, c, TALLY_SECTION_BYTES, p.ids, sizeof(p.ids));
    tally_container_close(c);
    return p;
}

/* Write ${p} as a container whose digests are right, and open it. */
static enum tally_code
forged(const struct parts *p, struct tally_err *err)
{
    const void *from[] = {p->meta,      p->tokens,  p->matrix,
                          p->popcounts, p->offsets, p->ids};
    struct tally_section_plan plan[6];
    struct tally_container_writer *w = NULL;
    struct tally_encfile *e = NULL;
    struct tally_outfile *f = NULL;
    size_t i, n = 0;

    memset(err, 0, sizeof(*err));
    for (i = 0; i < 6; i++) {
        if (p->len[i + 1] != UINT64_MAX) {
            plan[n++] = (struct tally_section_plan){(uint32_t)i + 1, 0, p->len[i + 1]};
        }
    }
    assert_int_equal(tally_outfile_open(&f, path, 0600, true, err), 0);
    assert_int_equal(tally_container_begin(&w, f, TALLY_KIND_ENCODINGS, plan, n, err), 0);
    for (i = 0; i < n; i++) {
        assert_int_equal(
            tally_container_write(w, i, from[plan[i].kind - 1], plan[i].len, err), 0);
    }
    assert_int_equal(tally_container_end(w, err), 0);
    assert_int_equal(tally_outfile_commit(&f, 1, err), 0);
    tally_container_writer_free(w);
    tally_outfile_free(f);
    if (tally_encfile_open(&e, path, err) == 0) {
        tally_encfile_close(e);
        return TALLY_OK;
    }
    assert_null(e);
    return err->code;
}

static void
encfile_with_parts_that_disagree_is_refused(void **state)
{
    struct tally_err err;
    struct parts p = good_parts();

    (void)state;
    assert_int_equal(forged(&p, &err), TALLY_OK);
    p.popcounts[0]++;
    assert_int_equal(forged(&p, &err), TALLY_E_CORRUPT);
    assert_non_null(strstr(err.text, "as many bits"));
    p = good_parts();
    p.matrix[16] = 1;
    assert_int_equal(forged(&p, &err), TALLY_E_CORRUPT);
    assert_non_null(strstr(err.text, "padding bits"));
    p = good_parts();
    memcpy(p.tokens + 16, p.tokens, 16);
    assert_int_equal(forged(&p, &err), TALLY_E_CORRUPT);
    assert_non_null(strstr(err.text, "ascending"));
    p = good_parts();
    p.len[TALLY_SECTION_TOKENS] = 16;
    assert_int_equal(forged(&p, &err), TALLY_E_CORRUPT);
    p = good_parts();
    p.len[TALLY_SECTION_MATRIX] = 64;
    assert_int_equal(forged(&p, &err), TALLY_E_CORRUPT);
    p = good_parts();
    p.len[TALLY_SECTION_POPCOUNTS] = UINT64_MAX;
    assert_int_equal(forged(&p, &err), TALLY_E_CORRUPT);
}

static void
encfile_with_bad_ids_is_refused(void **state)
{
    struct tally_err err;
    struct parts p = good_parts();

    (void)state;
    p.offsets[0] = 1;
    assert_int_equal(forged(&p, &err), TALLY_E_CORRUPT);
    p = good_parts();
    p.offsets[16] = 8;
    assert_int_equal(forged(&p, &err), TALLY_E_CORRUPT);
    p = good_parts();
    p.offsets[8] = 200;
    assert_int_equal(forged(&p, &err), TALLY_E_CORRUPT);
    p = good_parts();
    p.offsets[8] = 0; /* an empty id */
    assert_int_equal(forged(&p, &err), TALLY_E_CORRUPT);
    p = good_parts();
    p.ids[1] = '\n';
    assert_int_equal(forged(&p, &err), TALLY_E_CORRUPT);
    p = good_parts();
    p.ids[1] = 0xff;
    assert_int_equal(forged(&p, &err), TALLY_E_CORRUPT);
    p = good_parts();
    p.len[TALLY_SECTION_BYTES] = UINT64_MAX;
    assert_int_equal(forged(&p, &err), TALLY_E_CORRUPT);
    p = good_parts();
    p.len[TALLY_SECTION_OFFSETS] = UINT64_MAX;
    assert_int_equal(forged(&p, &err), TALLY_E_CORRUPT);
}

/* Replace ${from} in the description by ${to}, which is as long, and say what opening
 * gives. */
static enum tally_code
with_meta(const char *from, const char *to, struct tally_err *err)
{
    struct parts p = good_parts();
    char *at = strstr(p.meta, from);

    assert_int_equal(strlen(from), strlen(to));
    if (at == NULL) {
        fail_msg("the description has no %s: %s", from, p.meta);
    }
    memcpy(at, to, strlen(to));
    return forged(&p, err);
}

static void
encfile_with_a_wrong_description_is_refused(void **state)
{
    static const char *const cases[][2] = {
        {"\"records\":2", "\"records\":3"},
        {"\"records\":2", "\"records\":x"},
        {"\"bits\":128", "\"bits\":129"},
        {"\"bits\":128", "\"bits\":  0"},
        {"\"stride\":64", "\"stride\":32"},
        {"\"source\":\"police\"", "\"source\":\"po/ice\""},
        {"\"source\":\"police\"", "\"source\":\"\"      "},
        {"\"source\":\"police\"", "\"source\":\"\\u0007\""},
        {"\"duplicates\":\"none\"", "\"duplicates\":\"some\""},
        {"\"recipient\":\"linker\"", "\"recipient\":\"linkex\""},
        {"\"status\":\"pseudonymised\"", "\"status\":\"anonymised\"   "},
        {"\"format\":\"tallystick e", "\"format\":\"tallystick f"},
        {"\"ids\":true", "\"ids\":1   "},
        {"\"key_check\":\"c4", "\"key_check\":\"g4"},
        {"\"delivery\":\"d1", "\"delivery\":\"zz"},
        {"\"tool\":\"test\"", "\"tolo\":\"test\""},
        {"\"fill\":0.2", "\"fill\":2.0"},
        {"\"diffusion_t\":0", "\"diffusion_x\":0"},
        {"\"diffusion_t\":0", "\"diffusion_t\":1"},
        {"\"fold\":1", "\"fold\":x"},
    };
    struct tally_err err;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (with_meta(cases[i][0], cases[i][1], &err) != TALLY_E_CORRUPT) {
            fail_msg("%s: %s %s", cases[i][1], tally_err_name(err.code), err.text);
        }
    }
}

static void
encfile_of_a_later_version_is_not_read(void **state)
{
    struct tally_err err;

    (void)state;
    assert_int_equal(with_meta("\"tool\":\"test\",\"version\":1",
                               "\"tool\":\"test\",\"version\":2", &err),
                     TALLY_E_FORMAT);
    assert_non_null(strstr(err.text, "version 2"));
}

static void
encfile_writer_refuses_what_a_reader_would(void **state)
{
    struct tally_enc_info info = tally_encbuild_info("police", 1, 128);
    struct tally_encfile_writer *w = NULL;
    struct tally_outfile *f = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    uint8_t token[16] = {1};

    (void)state;
    assert_int_equal(tally_outfile_open(&f, path, 0600, true, &err), 0);
    info.bits = 100;
    assert_int_equal(tally_encfile_begin(&w, f, &info, 0, &err), -1);
    assert_int_equal(err.code, TALLY_E_BUG);
    info.bits = 128;
    info.records = (uint64_t)TALLY_ENC_RECORDS_MAX + 1;
    assert_int_equal(tally_encfile_begin(&w, f, &info, 0, &err), -1);
    assert_int_equal(err.code, TALLY_E_LIMIT);
    info.records = 2;
    assert_int_equal(tally_encfile_begin(&w, f, &info, 5, &err), -1);
    assert_int_equal(err.code, TALLY_E_BUG);
    assert_int_equal(tally_encfile_begin(&w, f, &info, 0, &err), 0);
    assert_int_equal(tally_encfile_add(w, token, rows3, NULL, 0, &err), 0);
    assert_int_equal(tally_encfile_add(w, token, rows3, NULL, 0, &err), -1);
    assert_int_equal(err.code, TALLY_E_BUG);
    assert_int_equal(tally_encfile_end(w, &err), -1);
    assert_int_equal(err.code, TALLY_E_BUG);
    tally_encfile_writer_free(w);
    tally_outfile_free(f);
}

static void
encfiles_may_be_linked_when_nothing_differs(void **state)
{
    struct tally_enc_info a = tally_encbuild_info("police", 3, 128);
    struct tally_enc_info b = tally_encbuild_info("health", 9, 128);
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    assert_int_equal(tally_enc_compatible(&a, &b, &err), 0);
    a.has_key_check = b.has_key_check = false;
    b.key_check[0]++;
    assert_int_equal(tally_enc_compatible(&a, &b, &err), 0);
}

static void
encfiles_that_differ_say_in_what(void **state)
{
    const struct tally_enc_info a = tally_encbuild_info("police", 3, 128);
    struct tally_enc_info b = tally_encbuild_info("health", 3, 128);
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    b.schema_digest[31]++;
    assert_int_equal(tally_enc_compatible(&a, &b, &err), -1);
    assert_int_equal(err.code, TALLY_E_SCHEMA_MISMATCH);
    assert_non_null(strstr(err.text, "'police' and 'health'"));
    assert_non_null(strstr(err.text, "different schemas"));
    b = tally_encbuild_info("health", 3, 192);
    assert_int_equal(tally_enc_compatible(&a, &b, &err), -1);
    assert_int_equal(err.code, TALLY_E_SCHEMA_MISMATCH);
    assert_non_null(strstr(err.text, "length or hardening"));
    b = tally_encbuild_info("health", 3, 128);
    b.normaliser_digest[0]++;
    assert_int_equal(tally_enc_compatible(&a, &b, &err), -1);
    assert_int_equal(err.code, TALLY_E_SCHEMA_MISMATCH);
    assert_non_null(strstr(err.text, "normalisation rules"));
    snprintf(b.unicode, sizeof(b.unicode), "16.0.0");
    assert_int_equal(tally_enc_compatible(&a, &b, &err), -1);
    assert_non_null(strstr(err.text, "Unicode tables"));
    b = tally_encbuild_info("health", 3, 128);
    b.key_check[7]++;
    assert_int_equal(tally_enc_compatible(&a, &b, &err), -1);
    assert_int_equal(err.code, TALLY_E_KEY_MISMATCH);
    assert_non_null(strstr(err.text, "different linkage keys"));
    b.has_key_check = false;
    assert_int_equal(tally_enc_compatible(&a, &b, &err), -1);
    assert_int_equal(err.code, TALLY_E_KEY_MISMATCH);
    assert_non_null(strstr(err.text, "source 'police' states"));
}

static void
ids_and_source_names_have_rules(void **state)
{
    char longest[TALLY_ID_MAX + 1];

    (void)state;
    memset(longest, 'a', sizeof(longest));
    assert_true(tally_id_valid(longest, TALLY_ID_MAX));
    assert_false(tally_id_valid(longest, TALLY_ID_MAX + 1));
    assert_false(tally_id_valid("", 0));
    assert_true(tally_id_valid("a b/\xc3\xa9", 6));
    assert_false(tally_id_valid("a\tb", 3));
    assert_false(tally_id_valid("a\x7f", 2));
    assert_false(tally_id_valid("\xc3", 1));
    longest[TALLY_NAME_MAX] = '\0';
    assert_true(tally_source_valid(longest));
    longest[TALLY_NAME_MAX] = 'a';
    longest[TALLY_NAME_MAX + 1] = '\0';
    assert_false(tally_source_valid(longest));
    assert_true(tally_source_valid("West_Yorkshire-1.b"));
    assert_false(tally_source_valid(""));
    assert_false(tally_source_valid("a b"));
    assert_false(tally_source_valid("caf\xc3\xa9"));
}

static void
encfile_example_of_the_documentation_is_what_is_written(void **state)
{
    static const uint8_t rows[16] = {0x80, [7] = 0x01, [8] = 0xf0, [15] = 0x0f};
    static const char *const ids[] = {"P-2", "P-10"};
    struct tally_enc_info info = tally_encbuild_info("police", 2, 64);
    uint8_t tokens[32];

    (void)state;
    memset(tokens, 0xb2, 16);
    memset(tokens + 16, 0xa1, 16);
    snprintf(info.tool, sizeof(info.tool), "0.1.0");
    tally_encbuild(path, &info, rows, tokens, ids);
    tally_hexdump_check("docs/protocols/encodings.md", path);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encfile_is_read_back_as_it_was_written),
        cmocka_unit_test(encfile_states_every_step_of_hardening),
        cmocka_unit_test(encfile_without_ids_has_none),
        cmocka_unit_test(encfile_may_hold_no_record),
        cmocka_unit_test(encfile_with_parts_that_disagree_is_refused),
        cmocka_unit_test(encfile_with_bad_ids_is_refused),
        cmocka_unit_test(encfile_with_a_wrong_description_is_refused),
        cmocka_unit_test(encfile_of_a_later_version_is_not_read),
        cmocka_unit_test(encfile_writer_refuses_what_a_reader_would),
        cmocka_unit_test(encfiles_may_be_linked_when_nothing_differs),
        cmocka_unit_test(encfiles_that_differ_say_in_what),
        cmocka_unit_test(ids_and_source_names_have_rules),
        cmocka_unit_test(encfile_example_of_the_documentation_is_what_is_written),
    };

    return cmocka_run_group_tests(tests, tally_scratch_make, tally_scratch_remove);
}

/*
 * The container: what is written is read back, and anything cut or changed is refused.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/container.h"

#include "bloom/base/bytes.h"
#include "bloom/base/file.h"
#include "bloom/base/secret.h"
#include "bloom/container_layout.h"
#include "tests/support/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const char *const path = tally_scratch_path;

/* META, 70 bytes of tokens, an empty section, 130 bytes. */
static void
write_container(enum tally_container_kind kind, const char *meta)
{
    const struct tally_section_plan plan[] = {
        {TALLY_SECTION_META, 0, strlen(meta)},
        {TALLY_SECTION_TOKENS, 0, 70},
        {TALLY_SECTION_BYTES, 0, 0},
        {TALLY_SECTION_BYTES, 7, 130},
    };
    struct tally_container_writer *w = NULL;
    struct tally_outfile *f = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    uint8_t bytes[130];
    size_t i;

    for (i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)(i + 1);
    }
    assert_int_equal(tally_outfile_open(&f, path, 0600, true, &err), 0);
    assert_int_equal(tally_container_begin(&w, f, kind, plan, 4, &err), 0);
    assert_int_equal(tally_container_write(w, 3, bytes, 100, &err), 0);
    assert_int_equal(tally_container_write(w, 1, bytes, 70, &err), 0);
    assert_int_equal(tally_container_write(w, 0, meta, strlen(meta), &err), 0);
    assert_int_equal(tally_container_write(w, 3, bytes + 100, 30, &err), 0);
    assert_int_equal(tally_container_end(w, &err), 0);
    assert_int_equal(tally_outfile_commit(&f, 1, &err), 0);
    tally_container_writer_free(w);
    tally_outfile_free(f);
}

static void
write_bytes(const void *p, size_t len)
{
    FILE *f = fopen(path, "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(p, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
}

static uint8_t *
read_bytes(size_t *len)
{
    struct tally_err err = TALLY_ERR_INIT;
    uint8_t *data = NULL;

    assert_int_equal(tally_file_read(path, 1 << 24, &data, len, &err), 0);
    return data;
}

static enum tally_code
open_code(enum tally_container_kind kind, struct tally_err *err)
{
    struct tally_container *c = NULL;

    memset(err, 0, sizeof(*err));
    if (tally_container_open(&c, path, kind, err) != 0) {
        assert_null(c);
        return err->code;
    }
    tally_container_close(c);
    return TALLY_OK;
}

static void
container_gives_back_its_sections(void **state)
{
    struct tally_container *c = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_json meta, v;
    const uint8_t *p;
    int64_t one = 0;
    size_t len, i;

    (void)state;
    write_container(TALLY_KIND_PAYLOAD, "{\"one\":1}");
    assert_int_equal(tally_container_open(&c, path, 0, &err), 0);
    assert_int_equal(tally_container_kind(c), TALLY_KIND_PAYLOAD);
    meta = tally_container_meta(c);
    assert_int_equal(tally_json_need(&meta, "one", &v, &err), 0);
    assert_int_equal(tally_json_int(&v, 0, 9, &one, &err), 0);
    assert_int_equal(one, 1);
    p = tally_container_section(c, TALLY_SECTION_BYTES, 7, &len);
    assert_int_equal(len, 130);
    assert_int_equal((uintptr_t)p % 64, 0);
    for (i = 0; i < len; i++) {
        assert_int_equal(p[i], i + 1);
    }
    assert_non_null(tally_container_section(c, TALLY_SECTION_BYTES, 0, &len));
    assert_int_equal(len, 0);
    assert_null(tally_container_section(c, TALLY_SECTION_BYTES, 1, &len));
    assert_int_equal(len, 0);
    tally_container_close(c);
}

static void
container_holds_sections_longer_than_a_buffer(void **state)
{
    const size_t n = ((size_t)3 << 20) + 5;
    const struct tally_section_plan plan[] = {{TALLY_SECTION_META, 0, 2},
                                              {TALLY_SECTION_BYTES, 0, n},
                                              {TALLY_SECTION_MATRIX, 0, 1u << 20}};
    struct tally_container_writer *w = NULL;
    struct tally_container *c = NULL;
    struct tally_outfile *f = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    uint8_t *bytes = malloc(n);
    const uint8_t *p;
    size_t len, i;

    (void)state;
    assert_non_null(bytes);
    for (i = 0; i < n; i++) {
        bytes[i] = (uint8_t)(i * 7 + i / 251);
    }
    assert_int_equal(tally_outfile_open(&f, path, 0600, true, &err), 0);
    assert_int_equal(tally_container_begin(&w, f, TALLY_KIND_LINKMAP, plan, 3, &err), 0);
    assert_int_equal(tally_container_write(w, 0, "{}", 2, &err), 0);
    for (i = 0; i < n; i += 999) {
        assert_int_equal(
            tally_container_write(w, 1, bytes + i, n - i < 999 ? n - i : 999, &err), 0);
    }
    assert_int_equal(tally_container_write(w, 2, bytes, 1u << 20, &err), 0);
    assert_int_equal(tally_container_end(w, &err), 0);
    assert_int_equal(tally_outfile_commit(&f, 1, &err), 0);
    tally_container_writer_free(w);
    tally_outfile_free(f);
    assert_int_equal(tally_container_open(&c, path, TALLY_KIND_LINKMAP, &err), 0);
    p = tally_container_section(c, TALLY_SECTION_BYTES, 0, &len);
    assert_int_equal(len, n);
    assert_memory_equal(p, bytes, n);
    p = tally_container_section(c, TALLY_SECTION_MATRIX, 0, &len);
    assert_memory_equal(p, bytes, len);
    tally_container_close(c);
    free(bytes);
}

/* A container of two sections of ${len} bytes each, cut into pieces after every ${step}
 * bytes; 0: not cut. Pieces go into the file in the reverse order. */
static void
write_cut(size_t len, size_t step)
{
    const struct tally_section_plan plan[] = {{TALLY_SECTION_META, 0, 2},
                                              {TALLY_SECTION_TOKENS, 0, len},
                                              {TALLY_SECTION_BYTES, 0, len}};
    struct tally_container_piece *pieces[2] = {NULL, NULL};
    struct tally_container_writer *w = NULL;
    struct tally_outfile *f = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    uint8_t byte;

    assert_int_equal(tally_outfile_open(&f, path, 0600, true, &err), 0);
    assert_int_equal(tally_container_begin(&w, f, TALLY_KIND_PAYLOAD, plan, 3, &err), 0);
    assert_int_equal(tally_container_write(w, 0, "{}", 2, &err), 0);
    for (size_t i = 0; i < 2 && step > 0; i++) {
        assert_int_equal(tally_container_piece_create(&pieces[i], w, &err), 0);
    }
    for (size_t i = 0; i < len; i++) {
        byte = (uint8_t)(i * 7 % 251);
        assert_int_equal(tally_container_write(w, 1, &byte, 1, &err), 0);
        assert_int_equal(tally_container_write(w, 2, &byte, 1, &err), 0);
        if (step > 0 && (i + 1) % step == 0) {
            tally_container_cut(w, pieces[(i + 1) / step % 2]);
        }
        if (step > 0 && (i + 1) % (2 * step) == 0) {
            assert_int_equal(tally_container_place(w, pieces[0], &err), 0);
            assert_int_equal(tally_container_place(w, pieces[1], &err), 0);
            tally_container_take_in(w, pieces[1]);
            tally_container_take_in(w, pieces[0]);
        }
    }
    assert_int_equal(tally_container_end(w, &err), 0);
    assert_int_equal(tally_outfile_commit(&f, 1, &err), 0);
    tally_container_piece_free(pieces[0]);
    tally_container_piece_free(pieces[1]);
    tally_container_writer_free(w);
    tally_outfile_free(f);
}

static void
container_in_pieces_is_the_same_file(void **state)
{
    /* a rest that was not cut, with and without padding, and none */
    static const size_t lens[] = {1000, 1024, 1200, 1280};

    (void)state;
    for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
        uint8_t *whole, *cut;
        size_t whole_len, cut_len;

        write_cut(lens[i], 0);
        whole = read_bytes(&whole_len);
        write_cut(lens[i], 100);
        cut = read_bytes(&cut_len);
        assert_int_equal(cut_len, whole_len);
        assert_memory_equal(cut, whole, whole_len);
        free(whole);
        free(cut);
    }
}

static void
container_refuses_every_changed_byte(void **state)
{
    struct tally_err err;
    uint8_t *good;
    size_t len, i;

    (void)state;
    write_container(TALLY_KIND_ENCODINGS, "{\"a\":2}");
    good = read_bytes(&len);
    assert_int_equal(open_code(TALLY_KIND_ENCODINGS, &err), TALLY_OK);
    for (i = 0; i < len; i++) {
        enum tally_code code;

        good[i] ^= 0x10;
        write_bytes(good, len);
        good[i] ^= 0x10;
        code = open_code(TALLY_KIND_ENCODINGS, &err);
        /* magic and version decide what the file is at all */
        assert_true(code == TALLY_E_CORRUPT || (code == TALLY_E_FORMAT && i < 12));
    }
    free(good);
}

static void
container_refuses_every_truncation(void **state)
{
    struct tally_err err;
    uint8_t *good;
    size_t len, n;

    (void)state;
    write_container(TALLY_KIND_ENCODINGS, "{\"a\":2}");
    good = read_bytes(&len);
    for (n = 0; n < len; n++) {
        write_bytes(good, n);
        assert_int_equal(open_code(TALLY_KIND_ENCODINGS, &err),
                         n < 8 ? TALLY_E_FORMAT : TALLY_E_CORRUPT);
    }
    good = realloc(good, len + 64);
    assert_non_null(good);
    memset(good + len, 0, 64);
    write_bytes(good, len + 64);
    assert_int_equal(open_code(TALLY_KIND_ENCODINGS, &err), TALLY_E_CORRUPT);
    free(good);
}

/* Patch ${n} bytes at ${at} and make the header digest right again, as only a forger
 * would. */
static enum tally_code
patched(size_t at, const void *p, size_t n, struct tally_err *err)
{
    uint8_t *data;
    size_t len;

    write_container(TALLY_KIND_ENCODINGS, "{\"a\":2}");
    data = read_bytes(&len);
    memcpy(data + at, p, n);
    tally_digest(data, tally_container_digest_at(4), data + tally_container_digest_at(4));
    write_bytes(data, len);
    free(data);
    return open_code(TALLY_KIND_ENCODINGS, err);
}

static void
container_refuses_a_forged_section_table(void **state)
{
    static const uint8_t ff[8] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    static const uint8_t six[4] = {6, 0, 0, 0};
    const size_t third = TALLY_HEAD_BYTES + 2 * TALLY_ENTRY_BYTES;
    struct tally_err err;

    (void)state;
    assert_int_equal(patched(third + TALLY_ENTRY_OFFSET, ff, 8, &err), TALLY_E_CORRUPT);
    assert_int_equal(patched(third + TALLY_ENTRY_LENGTH, ff, 8, &err), TALLY_E_CORRUPT);
    assert_int_equal(patched(third + TALLY_ENTRY_LENGTH, six, 1, &err), TALLY_E_CORRUPT);
    assert_int_equal(patched(third + TALLY_ENTRY_RESERVED, six, 1, &err),
                     TALLY_E_CORRUPT);
    assert_int_equal(patched(third + TALLY_ENTRY_DIGEST, ff, 8, &err), TALLY_E_CORRUPT);
    assert_int_equal(patched(TALLY_HEAD_RESERVED, six, 1, &err), TALLY_E_CORRUPT);
    assert_int_equal(patched(TALLY_HEAD_KIND, ff, 4, &err), TALLY_E_CORRUPT);
    assert_int_equal(patched(third + TALLY_ENTRY_INDEX, "\7", 1, &err), TALLY_E_CORRUPT);
    assert_non_null(strstr(err.text, "twice"));
    assert_int_equal(patched(third + TALLY_ENTRY_KIND, ff, 1, &err), TALLY_E_FORMAT);
    assert_non_null(strstr(err.text, "section kind 255"));
    assert_int_equal(patched(TALLY_HEAD_SECTIONS, ff, 4, &err), TALLY_E_CORRUPT);
}

static void
container_of_a_later_version_is_not_read(void **state)
{
    struct tally_err err;

    (void)state;
    assert_int_equal(patched(TALLY_HEAD_VERSION, "\2", 1, &err), TALLY_E_FORMAT);
    assert_non_null(strstr(err.text, "format version 2"));
    assert_string_not_equal(err.hint, "");
}

static void
container_says_what_a_wrong_file_is(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
        const char *says;
    } cases[] = {
        {"", 0, "is empty"},
        {"SQLite format 3\0x", 17, "a SQLite database"},
        {"PK\3\4zzzz", 8, "a ZIP archive or a spreadsheet"},
        {"id,forename\n1,a\n", 16, "looks like a CSV file"},
        {"{\"a\":1}", 7, "JSON text"},
        {"tallystick linkage key 1\n", 25, "a linkage key file"},
        {"TALLYXYZ", 8, "of a kind this program does not know"},
        {"\x7f\x45LF,", 5, "not a Tallystick file"},
        {"a", 1, "not a Tallystick file"},
    };
    struct tally_err err;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        write_bytes(cases[i].bytes, cases[i].len);
        assert_int_equal(open_code(TALLY_KIND_ENCODINGS, &err), TALLY_E_FORMAT);
        assert_non_null(strstr(err.text, cases[i].says));
    }
    write_container(TALLY_KIND_PAYLOAD, "{}");
    assert_int_equal(open_code(TALLY_KIND_ENCODINGS, &err), TALLY_E_FORMAT);
    assert_non_null(strstr(err.text, "this is a payload part, not an encodings file"));
    unlink(path);
    assert_int_equal(open_code(TALLY_KIND_ENCODINGS, &err), TALLY_E_NO_FILE);
}

static void
container_needs_a_description(void **state)
{
    struct tally_err err;

    (void)state;
    write_container(TALLY_KIND_ENCODINGS, "");
    assert_int_equal(open_code(TALLY_KIND_ENCODINGS, &err), TALLY_E_CORRUPT);
    write_container(TALLY_KIND_ENCODINGS, "{\"a\":1,\"a\":2}");
    assert_int_equal(open_code(TALLY_KIND_ENCODINGS, &err), TALLY_E_CORRUPT);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(container_gives_back_its_sections),
        cmocka_unit_test(container_holds_sections_longer_than_a_buffer),
        cmocka_unit_test(container_in_pieces_is_the_same_file),
        cmocka_unit_test(container_refuses_every_changed_byte),
        cmocka_unit_test(container_refuses_every_truncation),
        cmocka_unit_test(container_refuses_a_forged_section_table),
        cmocka_unit_test(container_of_a_later_version_is_not_read),
        cmocka_unit_test(container_says_what_a_wrong_file_is),
        cmocka_unit_test(container_needs_a_description),
    };

    return cmocka_run_group_tests(tests, tally_scratch_make, tally_scratch_remove);
}

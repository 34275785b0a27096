/*
 * The link map: what is written comes back, what is not a link map is refused, and
 * pseudonyms are the function of key and cluster that the format says.
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "bloom/base/bytes.h"
#include "bloom/container.h"
#include "protocols/linkmap.h"

#define N 5

struct scratch {
    char dir[64];
    char path[96];
    uint8_t tokens[2][N * 16];
    uint8_t pseudonyms[2][N * 16];
    uint8_t strengths[2][N * 4];
    uint8_t parts[2][N * 4];
    uint8_t wider[2][N * 16];
    struct tally_linkmap_source sources[2];
};

static int
setup(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct scratch *s = calloc(1, sizeof *s);

    assert_non_null(s);
    assert_int_equal(tally_secret_init(&err), 0);
    strcpy(s->dir, "/tmp/tally-test-linkmap-XXXXXX");
    assert_non_null(mkdtemp(s->dir));
    snprintf(s->path, sizeof s->path, "%s/a.map", s->dir);
    for (size_t k = 0; k < 2; k++) {
        for (size_t i = 0; i < N; i++) {
            s->tokens[k][16 * i] = (uint8_t)(10 * i + k + 1);
            s->pseudonyms[k][16 * i] = (uint8_t)(0xa0 + i);
            tally_le32_store(&s->strengths[k][4 * i], (uint32_t)(i * 250000));
            tally_le32_store(&s->parts[k][4 * i], (uint32_t)i);
            s->wider[k][16 * i] = (uint8_t)(0xa0 + i / 2);
        }
        snprintf(s->sources[k].name, sizeof s->sources[k].name,
                 k == 0 ? "police" : "health");
        memset(s->sources[k].delivery, (int)k + 1, TALLY_DELIVERY_BYTES);
        s->sources[k].records = N;
        s->sources[k].tokens = s->tokens[k];
        s->sources[k].pseudonyms = s->pseudonyms[k];
        s->sources[k].strengths = s->strengths[k];
        s->sources[k].parts = s->parts[k];
        s->sources[k].wider = s->wider[k];
    }
    *state = s;
    return 0;
}

static int
teardown(void **state)
{
    struct scratch *s = *state;

    unlink(s->path);
    assert_int_equal(rmdir(s->dir), 0);
    free(s);
    return 0;
}

static enum tally_code
try_write(struct scratch *s, size_t n)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_outfile *f = NULL;

    assert_int_equal(tally_outfile_open(&f, s->path, 0600, true, &err), 0);
    if (tally_linkmap_write(f, s->sources, n, &err) == 0) {
        assert_int_equal(tally_outfile_commit(&f, 1, &err), 0);
    }
    tally_outfile_free(f);
    return err.code;
}

static enum tally_code
try_open(const char *path)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_linkmap *m = NULL;

    assert_int_equal(tally_linkmap_open(&m, path, &err), -1);
    assert_null(m);
    assert_true(err.text[0] != '\0');
    return err.code;
}

static void
a_link_map_comes_back_as_it_was_written(void **state)
{
    struct scratch *s = *state;
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_linkmap *m = NULL;

    s->sources[1].records = 0;
    assert_int_equal(try_write(s, 2), TALLY_OK);
    assert_int_equal(tally_linkmap_open(&m, s->path, &err), 0);
    assert_int_equal(tally_linkmap_sources(m), 2);
    for (size_t k = 0; k < 2; k++) {
        const struct tally_linkmap_source *got = tally_linkmap_source(m, k);
        size_t n = s->sources[k].records;

        assert_string_equal(got->name, s->sources[k].name);
        assert_memory_equal(got->delivery, s->sources[k].delivery, TALLY_DELIVERY_BYTES);
        assert_int_equal(got->records, n);
        if (n > 0) {
            assert_memory_equal(got->tokens, s->tokens[k], 16 * n);
            assert_memory_equal(got->pseudonyms, s->pseudonyms[k], 16 * n);
            assert_memory_equal(got->strengths, s->strengths[k], 4 * n);
            assert_memory_equal(got->parts, s->parts[k], 4 * n);
            assert_memory_equal(got->wider, s->wider[k], 16 * n);
        }
    }
    tally_linkmap_close(m);
}

static void
the_description_says_status_and_recipient_and_no_more(void **state)
{
    struct scratch *s = *state;
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_container *c = NULL;
    const uint8_t *meta;
    size_t len = 0;
    static const char want[] =
        "{\"format\":\"tallystick link map\",\"recipient\":\"analyst\",\"sources\":["
        "{\"delivery\":\"01010101010101010101010101010101\",\"name\":\"police\","
        "\"records\":5},"
        "{\"delivery\":\"02020202020202020202020202020202\",\"name\":\"health\","
        "\"records\":5}],"
        "\"status\":\"pseudonymised\",\"version\":2}";

    assert_int_equal(try_write(s, 2), TALLY_OK);
    assert_int_equal(tally_container_open(&c, s->path, TALLY_KIND_LINKMAP, &err), 0);
    meta = tally_container_section(c, TALLY_SECTION_META, 0, &len);
    assert_int_equal(len, strlen(want));
    assert_memory_equal(meta, want, len);
    assert_int_equal(tally_container_sections(c), 11);
    tally_container_close(c);
}

static void
sources_that_cannot_stand_together_are_not_written(void **state)
{
    struct scratch *s = *state;

    assert_int_equal(try_write(s, 0), TALLY_E_USAGE);
    assert_int_equal(try_write(s, 65), TALLY_E_USAGE);
    snprintf(s->sources[1].name, sizeof s->sources[1].name, "police");
    assert_int_equal(try_write(s, 2), TALLY_E_USAGE);
    snprintf(s->sources[1].name, sizeof s->sources[1].name, "he/alth");
    assert_int_equal(try_write(s, 2), TALLY_E_USAGE);
    snprintf(s->sources[1].name, sizeof s->sources[1].name, "health");
    memset(s->sources[1].delivery, 1, TALLY_DELIVERY_BYTES);
    assert_int_equal(try_write(s, 2), TALLY_E_USAGE);
    memset(s->sources[1].delivery, 2, TALLY_DELIVERY_BYTES);
    assert_int_equal(try_write(s, 2), TALLY_OK);
}

static void
what_is_out_of_order_or_range_is_not_written(void **state)
{
    struct scratch *s = *state;

    memcpy(s->tokens[1] + 16, s->tokens[1], 16);
    assert_int_equal(try_write(s, 2), TALLY_E_USAGE);
    s->tokens[1][16] = 0;
    assert_int_equal(try_write(s, 2), TALLY_E_USAGE);
    s->tokens[1][16] = 12;
    tally_le32_store(s->strengths[0], 1000001);
    assert_int_equal(try_write(s, 2), TALLY_E_USAGE);
    tally_le32_store(s->strengths[0], 1000000);
    assert_int_equal(try_write(s, 2), TALLY_OK);
    tally_le32_store(s->parts[0], TALLY_LINKMAP_PART_MAX + 1);
    assert_int_equal(try_write(s, 2), TALLY_E_USAGE);
}

/** A container of kind LINKMAP with this description and sections, past the writer's own
 * checks. */
static void
write_raw(const char *path, const char *meta, const struct tally_section_plan *plan,
          size_t n)
{
    static const uint8_t zeros[256];
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_section_plan all[8];
    struct tally_container_writer *w = NULL;
    struct tally_outfile *f = NULL;

    all[0] = (struct tally_section_plan){TALLY_SECTION_META, 0, strlen(meta)};
    memcpy(all + 1, plan, n * sizeof *plan);
    assert_int_equal(tally_outfile_open(&f, path, 0600, true, &err), 0);
    assert_int_equal(tally_container_begin(&w, f, TALLY_KIND_LINKMAP, all, n + 1, &err),
                     0);
    assert_int_equal(tally_container_write(w, 0, meta, strlen(meta), &err), 0);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(tally_container_write(w, i + 1, zeros, plan[i].len, &err), 0);
    }
    assert_int_equal(tally_container_end(w, &err), 0);
    tally_container_writer_free(w);
    assert_int_equal(tally_outfile_commit(&f, 1, &err), 0);
    tally_outfile_free(f);
}

#define META(status, version, more, source)                                              \
    "{\"format\":\"tallystick link map\",\"recipient\":\"analyst\",\"sources\":[" source \
    "],\"status\":\"" status "\",\"version\":" version more "}"
#define ONE                                                                              \
    "{\"delivery\":\"01010101010101010101010101010101\",\"name\":\"police\","            \
    "\"records\":1}"

static void
a_file_that_breaks_a_rule_is_refused(void **state)
{
    struct scratch *s = *state;
    static const struct tally_section_plan good[] = {{TALLY_SECTION_TOKENS, 0, 16},
                                                     {TALLY_SECTION_PSEUDONYMS, 0, 16},
                                                     {TALLY_SECTION_STRENGTH, 0, 4},
                                                     {TALLY_SECTION_PARTS, 0, 4},
                                                     {TALLY_SECTION_WIDER, 0, 16},
                                                     {TALLY_SECTION_MATRIX, 0, 64}};
    static const struct tally_section_plan cut[] = {{TALLY_SECTION_TOKENS, 0, 16},
                                                    {TALLY_SECTION_PSEUDONYMS, 0, 15},
                                                    {TALLY_SECTION_STRENGTH, 0, 4},
                                                    {TALLY_SECTION_PARTS, 0, 4},
                                                    {TALLY_SECTION_WIDER, 0, 16}};
    static const struct tally_section_plan two[] = {{TALLY_SECTION_TOKENS, 0, 32},
                                                    {TALLY_SECTION_PSEUDONYMS, 0, 32},
                                                    {TALLY_SECTION_STRENGTH, 0, 8},
                                                    {TALLY_SECTION_PARTS, 0, 8},
                                                    {TALLY_SECTION_WIDER, 0, 32}};
    static const struct tally_section_plan other[] = {{TALLY_SECTION_TOKENS, 0, 0},
                                                      {TALLY_SECTION_PSEUDONYMS, 0, 0},
                                                      {TALLY_SECTION_STRENGTH, 0, 0},
                                                      {TALLY_SECTION_PARTS, 0, 0},
                                                      {TALLY_SECTION_MATRIX, 0, 64}};
    static const char *const bad[] = {
        META("personal", "2", "", ONE),
        META("pseudonymised", "2", ",\"key\":1", ONE),
        META("pseudonymised", "2", "", ""),
        META("pseudonymised", "2", "", ONE "," ONE),
        META("pseudonymised", "2", "",
             "{\"delivery\":\"0101\",\"name\":\"police\",\"records\":1}"),
        META("pseudonymised", "2", "",
             "{\"delivery\":\"01010101010101010101010101010101\",\"name\":\"..\\/"
             "x\",\"records\":1}"),
        META("pseudonymised", "2", "",
             "{\"delivery\":\"01010101010101010101010101010101\",\"name\":\"police\","
             "\"records\":-1}"),
    };
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_linkmap *m = NULL;

    write_raw(s->path, META("pseudonymised", "2", "", ONE), good, 5);
    assert_int_equal(tally_linkmap_open(&m, s->path, &err), 0);
    tally_linkmap_close(m);
    write_raw(s->path, META("pseudonymised", "2", "", ONE), good, 6);
    assert_int_equal(try_open(s->path), TALLY_E_CORRUPT);
    write_raw(s->path, META("pseudonymised", "2", "", ONE), good, 4);
    assert_int_equal(try_open(s->path), TALLY_E_CORRUPT);
    write_raw(s->path, META("pseudonymised", "2", "", ONE), cut, 5);
    assert_int_equal(try_open(s->path), TALLY_E_CORRUPT);
    write_raw(s->path, META("pseudonymised", "2", "", ONE), two, 5);
    assert_int_equal(try_open(s->path), TALLY_E_CORRUPT);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        write_raw(s->path, bad[i], good, 5);
        assert_int_equal(try_open(s->path), TALLY_E_CORRUPT);
    }
    write_raw(s->path, META("pseudonymised", "1", "", ONE), good, 5);
    assert_int_equal(try_open(s->path), TALLY_E_FORMAT);
    /* An empty source, whose absent section makes room for another. */
    write_raw(
        s->path,
        META("pseudonymised", "2", "",
             "{\"delivery\":\"01010101010101010101010101010101\",\"name\":\"police\","
             "\"records\":0}"),
        other, 5);
    assert_int_equal(try_open(s->path), TALLY_E_CORRUPT);
    /* Two records with one token. */
    write_raw(
        s->path,
        META("pseudonymised", "2", "",
             "{\"delivery\":\"01010101010101010101010101010101\",\"name\":\"police\","
             "\"records\":2}"),
        two, 5);
    assert_int_equal(try_open(s->path), TALLY_E_CORRUPT);
}

static void
every_cut_and_every_flipped_bit_is_noticed(void **state)
{
    struct scratch *s = *state;
    uint8_t *data = NULL;
    size_t len = 0;
    struct tally_err err = TALLY_ERR_INIT;

    assert_int_equal(try_write(s, 2), TALLY_OK);
    assert_int_equal(tally_file_read(s->path, 1 << 20, &data, &len, &err), 0);
    for (size_t i = 0; i < len; i += 7) {
        FILE *f = fopen(s->path, "wb");

        assert_non_null(f);
        data[i] ^= 0x10;
        assert_int_equal(fwrite(data, 1, len, f), len);
        fclose(f);
        data[i] ^= 0x10;
        (void)try_open(s->path);
        assert_int_equal(truncate(s->path, (off_t)i), 0);
        (void)try_open(s->path);
    }
    free(data);
}

static void
another_file_is_told_from_a_link_map(void **state)
{
    struct scratch *s = *state;
    FILE *f = fopen(s->path, "wb");

    assert_non_null(f);
    fputs("source_a,id_a,source_b,id_b,score,probability\n", f);
    fclose(f);
    assert_int_equal(try_open(s->path), TALLY_E_FORMAT);
    assert_int_equal(try_open("/nonexistent/a.map"), TALLY_E_NO_FILE);
}

static struct tally_secret *
release_key(uint8_t first)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_secret *k = NULL;
    uint8_t *p;

    assert_int_equal(tally_secret_create(&k, 32, &err), 0);
    p = tally_secret_open(k);
    for (size_t i = 0; i < 32; i++) {
        p[i] = (uint8_t)(first + i);
    }
    tally_secret_close(k);
    return k;
}

static void
pseudonyms_match_an_independent_computation(void **state)
{
    /* HKDF-SHA256 and keyed BLAKE2b-256 by another implementation, release key 00 01 ..
     * 1f. */
    static const struct {
        uint64_t cluster;
        const char *pseudonym;
    } cases[] = {
        {1, "bc84cc256edd829b9081771cb993103d"},
        {2, "0bb2f3f38cb393cbba2b805c6dedf39d"},
        {1ull << 40, "71c11daee1a3430fb2b842dcf95ed7eb"},
    };
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_secret *key = release_key(0);
    struct tally_pseudonymiser *p = NULL;

    (void)state;
    assert_int_equal(tally_pseudonymiser_create(&p, key, &err), 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t out[TALLY_PSEUDONYM_BYTES];
        char text[2 * TALLY_PSEUDONYM_BYTES + 1];

        tally_pseudonym(p, cases[i].cluster, out);
        tally_hex_encode(out, sizeof out, text);
        assert_string_equal(text, cases[i].pseudonym);
    }
    tally_pseudonymiser_free(p);
    tally_pseudonymiser_free(NULL);
    tally_secret_free(key);
}

static void
another_release_key_gives_other_pseudonyms(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_secret *keys[2] = {release_key(0), release_key(1)};
    uint8_t out[2][TALLY_PSEUDONYM_BYTES];

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct tally_pseudonymiser *p = NULL;

        assert_int_equal(tally_pseudonymiser_create(&p, keys[i], &err), 0);
        tally_pseudonym(p, 1, out[i]);
        tally_pseudonymiser_free(p);
        tally_secret_free(keys[i]);
    }
    assert_memory_not_equal(out[0], out[1], TALLY_PSEUDONYM_BYTES);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_link_map_comes_back_as_it_was_written, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(
            the_description_says_status_and_recipient_and_no_more, setup, teardown),
        cmocka_unit_test_setup_teardown(
            sources_that_cannot_stand_together_are_not_written, setup, teardown),
        cmocka_unit_test_setup_teardown(
            what_is_out_of_order_or_range_is_not_written, setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_that_breaks_a_rule_is_refused, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(every_cut_and_every_flipped_bit_is_noticed, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(another_file_is_told_from_a_link_map, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(pseudonyms_match_an_independent_computation,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(another_release_key_gives_other_pseudonyms, setup,
                                        teardown),
    };

    return cmocka_run_group_tests_name("linkmap", tests, NULL, NULL);
}

/*
 * The candidate-pair file: what is written is read back, all widths are read, and a file
 * that was cut or changed is refused.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "protocols/pairfile.h"

#include "protocols/pairfile_csv.h"
#include "tests/support/hexdump.h"
#include "tests/support/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const struct tally_scored_pair three[] = {
    {1.0, 0, 1, 7, 3},
    {2.0 / 3, 0, 2, 1, 258},
    {0.5, 1, 2, 4294967295u, 0},
};
static char root[4096];

static void
write_pairs(const char *path, const struct tally_scored_pair *pairs, size_t n)
{
    struct tally_outfile *f = NULL;
    struct tally_pairfile_writer w;
    struct tally_err err = TALLY_ERR_INIT;

    assert_int_equal(tally_outfile_open(&f, path, 0600, true, &err), 0);
    assert_int_equal(tally_pairfile_begin(&w, f, &err), 0);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(tally_pairfile_add(&w, &pairs[i], &err), 0);
    }
    assert_int_equal(tally_outfile_commit(&f, 1, &err), 0);
    tally_outfile_free(f);
}

static void
put_bytes(const char *path, const void *p, size_t len)
{
    FILE *f = fopen(path, "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(p, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
}

static void
same_pair(const struct tally_scored_pair *x, const struct tally_scored_pair *y)
{
    assert_memory_equal(&x->score, &y->score, sizeof x->score);
    assert_int_equal(x->source_a, y->source_a);
    assert_int_equal(x->source_b, y->source_b);
    assert_int_equal(x->a, y->a);
    assert_int_equal(x->b, y->b);
}

/* Reads to the end or to an error. */
static int
read_all(const char *path, struct tally_err *err)
{
    struct tally_pairfile *p;
    struct tally_scored_pair pair;
    int more;

    if (tally_pairfile_open(&p, path, err) != 0) {
        return -1;
    }
    while ((more = tally_pairfile_next(p, &pair, err)) == 1) {
    }
    tally_pairfile_close(p);
    return more;
}

static void
the_worked_dump_is_what_is_written(void **state)
{
    char doc[4200];

    (void)state;
    write_pairs("pairs.bin", three, 3);
    (void)snprintf(doc, sizeof doc, "%s/docs/protocols/pairs.md", root);
    tally_hexdump_check(doc, "pairs.bin");
}

static void
pairs_are_read_back_as_they_were_written(void **state)
{
    struct tally_pairfile *p;
    struct tally_scored_pair pair;
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    write_pairs("pairs.bin", three, 3);
    assert_int_equal(tally_pairfile_open(&p, "pairs.bin", &err), 0);
    assert_int_equal(tally_pairfile_count(p), 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(tally_pairfile_next(p, &pair, &err), 1);
        same_pair(&pair, &three[i]);
    }
    assert_int_equal(tally_pairfile_next(p, &pair, &err), 0);
    assert_int_equal(tally_pairfile_next(p, &pair, &err), 0);
    tally_pairfile_close(p);
    write_pairs("pairs.bin", NULL, 0);
    assert_int_equal(read_all("pairs.bin", &err), 0);
}

/* More than a buffer of them. */
static void
many_pairs_are_read_through_the_buffer(void **state)
{
    const size_t n = 60000;
    struct tally_scored_pair *pairs = calloc(n, sizeof *pairs);
    struct tally_pairfile *p;
    struct tally_scored_pair pair;
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    assert_non_null(pairs);
    for (size_t i = 0; i < n; i++) {
        pairs[i] = (struct tally_scored_pair){1.0 / (double)(i + 1), 0, 1, i, n - i};
    }
    write_pairs("pairs.bin", pairs, n);
    assert_int_equal(tally_pairfile_open(&p, "pairs.bin", &err), 0);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(tally_pairfile_next(p, &pair, &err), 1);
        same_pair(&pair, &pairs[i]);
    }
    tally_pairfile_close(p);
    free(pairs);
}

static void
every_width_is_read(void **state)
{
    static const uint8_t narrow[] = {1, 2, 1,    2,    0x00, 0x3c, 0, 1, 5, 0,
                                     6, 1, 0x55, 0x35, 0,    1,    7, 0, 8, 0};
    static const uint8_t wide[] = {1, 4, 2, 8, 0, 0, 0x40, 0x3f, 1, 0, 2, 0, 9, 0,
                                   0, 0, 1, 0, 0, 0, 8,    0,    0, 0, 0, 0, 0, 0};
    struct tally_pairfile *p;
    struct tally_scored_pair pair;
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    put_bytes("pairs.bin", narrow, sizeof narrow);
    assert_int_equal(tally_pairfile_open(&p, "pairs.bin", &err), 0);
    assert_int_equal(tally_pairfile_next(p, &pair, &err), 1);
    same_pair(&pair, &(struct tally_scored_pair){1, 0, 1, 5, 262});
    assert_int_equal(tally_pairfile_next(p, &pair, &err), 1);
    same_pair(&pair, &(struct tally_scored_pair){0.333251953125, 0, 1, 7, 8});
    tally_pairfile_close(p);
    put_bytes("pairs.bin", wide, sizeof wide);
    assert_int_equal(tally_pairfile_open(&p, "pairs.bin", &err), 0);
    assert_int_equal(tally_pairfile_next(p, &pair, &err), 1);
    same_pair(&pair, &(struct tally_scored_pair){.75, 1, 2, 4294967305u, 8});
    tally_pairfile_close(p);
}

static void
refused(const void *bytes, size_t len, enum tally_code code, const char *text)
{
    struct tally_err err = TALLY_ERR_INIT;

    put_bytes("bad.bin", bytes, len);
    assert_int_equal(read_all("bad.bin", &err), -1);
    assert_int_equal(err.code, code);
    if (strstr(err.text, text) == NULL) {
        fail_msg("'%s' does not say '%s'", err.text, text);
    }
}

static void
files_that_are_cut_or_changed_are_refused(void **state)
{
    uint8_t bytes[4 + 3 * 24];
    uint8_t changed[sizeof bytes];
    FILE *f;

    (void)state;
    write_pairs("pairs.bin", three, 3);
    f = fopen("pairs.bin", "rb");
    assert_non_null(f);
    assert_int_equal(fread(bytes, 1, sizeof bytes, f), sizeof bytes);
    (void)fclose(f);
    for (size_t len = 0; len < 4; len++) {
        refused(bytes, len, TALLY_E_FORMAT, "not a file of candidate pairs");
    }
    for (size_t len = 5; len < sizeof bytes; len++) {
        if ((len - 4) % 24 != 0) {
            refused(bytes, len, TALLY_E_CORRUPT, "ends within pair");
        }
    }
    for (size_t at = 0; at < 4; at++) {
        memcpy(changed, bytes, sizeof bytes);
        changed[at] = 3;
        refused(changed, sizeof bytes, TALLY_E_FORMAT, "not a file of candidate pairs");
    }
    memcpy(changed, bytes, sizeof bytes);
    changed[4 + 24 + 7] = 0x40; /* above 1 */
    refused(changed, sizeof bytes, TALLY_E_CORRUPT, "pair 1: the score is not from 0");
    changed[4 + 24 + 6] = 0xf8;
    changed[4 + 24 + 7] = 0x7f; /* no number */
    refused(changed, sizeof bytes, TALLY_E_CORRUPT, "pair 1: the score is not from 0");
    memcpy(changed, bytes, sizeof bytes);
    memcpy(changed + 4 + 48, bytes + 4, 8);
    refused(changed, sizeof bytes, TALLY_E_CORRUPT, "pair 2: the score is above that of");
    memcpy(changed, bytes, sizeof bytes);
    memset(changed + 4 + 8, 0, 16);
    refused(changed, sizeof bytes, TALLY_E_CORRUPT, "pair 0: a record is paired with");
}

/* The sanitisers watch. */
static void
no_changed_byte_does_harm(void **state)
{
    uint8_t bytes[4 + 3 * 24];
    struct tally_err err = TALLY_ERR_INIT;
    FILE *f;

    (void)state;
    write_pairs("pairs.bin", three, 3);
    f = fopen("pairs.bin", "rb");
    assert_non_null(f);
    assert_int_equal(fread(bytes, 1, sizeof bytes, f), sizeof bytes);
    (void)fclose(f);
    for (size_t at = 0; at < sizeof bytes; at++) {
        for (unsigned c = 0; c < 256; c += 51) {
            uint8_t kept = bytes[at];

            bytes[at] = (uint8_t)c;
            put_bytes("bad.bin", bytes, sizeof bytes);
            if (read_all("bad.bin", &err) != 0) {
                assert_true(err.code == TALLY_E_FORMAT || err.code == TALLY_E_CORRUPT);
            }
            bytes[at] = kept;
        }
    }
}

static int
convert(int (*how)(const char *, struct tally_outfile *, uint64_t *, struct tally_err *),
        const char *from, const char *to, struct tally_err *err)
{
    struct tally_outfile *f = NULL;
    uint64_t pairs = 0;
    int status = -1;

    assert_int_equal(tally_outfile_open(&f, to, 0600, true, err), 0);
    if (how(from, f, &pairs, err) == 0) {
        status = tally_outfile_commit(&f, 1, err);
        assert_int_equal(pairs, 3);
    }
    tally_outfile_free(f);
    return status;
}

static void
csv_and_back_is_the_same_file(void **state)
{
    struct tally_pairfile *p;
    struct tally_scored_pair pair;
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    write_pairs("pairs.bin", three, 3);
    assert_int_equal(convert(tally_pairfile_to_csv, "pairs.bin", "pairs.csv", &err), 0);
    tally_scratch_holds("pairs.csv", "source_a,record_a,source_b,record_b,score\n"
                                     "0,7,1,3,1\n"
                                     "0,1,2,258,0.6666666666666666\n"
                                     "1,4294967295,2,0,0.5\n");
    assert_int_equal(convert(tally_pairfile_from_csv, "pairs.csv", "back.bin", &err), 0);
    assert_int_equal(tally_pairfile_open(&p, "back.bin", &err), 0);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(tally_pairfile_next(p, &pair, &err), 1);
        same_pair(&pair, &three[i]);
    }
    tally_pairfile_close(p);
}

static void
csv_refused(const char *text, enum tally_code code, const char *says)
{
    struct tally_err err = TALLY_ERR_INIT;

    tally_scratch_put("bad.csv", text, 0600);
    assert_int_equal(convert(tally_pairfile_from_csv, "bad.csv", "bad.bin", &err), -1);
    assert_int_equal(err.code, code);
    if (strstr(err.text, says) == NULL) {
        fail_msg("'%s' does not say '%s'", err.text, says);
    }
}

#define HEAD "source_a,record_a,source_b,record_b,score\n"

static void
csv_that_breaks_a_rule_is_refused_by_row(void **state)
{
    (void)state;
    csv_refused("source_a,record_a,source_b,score\n0,1,2,.5\n", TALLY_E_DATA,
                "no column 'record_b'");
    csv_refused(HEAD "0,1,1,2,1\n0,x,1,2,.5\n", TALLY_E_DATA,
                "row 3, column 'record_a': not a whole number");
    csv_refused(HEAD "0,1,1,4294967296,.5\n", TALLY_E_DATA, "row 2, column 'record_b'");
    csv_refused(HEAD "0,1,1,,.5\n", TALLY_E_DATA, "row 2, column 'record_b'");
    csv_refused(HEAD "0,1,1,2,1.5\n", TALLY_E_DATA,
                "row 2, column 'score': not a number");
    csv_refused(HEAD "0,1,1,2,nan\n", TALLY_E_DATA,
                "row 2, column 'score': not a number");
    csv_refused(HEAD "0,1,1,2,.5x\n", TALLY_E_DATA,
                "row 2, column 'score': not a number");
    csv_refused(HEAD "0,1,1,2,\n", TALLY_E_DATA, "row 2, column 'score': not a number");
    csv_refused(HEAD "0,1,0,1,1\n", TALLY_E_DATA,
                "row 2, column 'record_b': a record is");
    csv_refused(HEAD "0,1,1,2,.5\n0,1,1,3,.6\n", TALLY_E_DATA,
                "row 3, column 'score': above that of the row before");
}

static int
enter(void **state)
{
    return getcwd(root, sizeof root) == NULL ? -1 : tally_scratch_enter(state);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_worked_dump_is_what_is_written),
        cmocka_unit_test(pairs_are_read_back_as_they_were_written),
        cmocka_unit_test(many_pairs_are_read_through_the_buffer),
        cmocka_unit_test(every_width_is_read),
        cmocka_unit_test(files_that_are_cut_or_changed_are_refused),
        cmocka_unit_test(no_changed_byte_does_harm),
        cmocka_unit_test(csv_and_back_is_the_same_file),
        cmocka_unit_test(csv_that_breaks_a_rule_is_refused_by_row),
    };

    return cmocka_run_group_tests(tests, enter, tally_scratch_leave);
}

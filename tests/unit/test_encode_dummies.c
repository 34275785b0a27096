/*
 * Dummies: how many there are, who lends them values, and who can tell them.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/encode.h"

#include "bloom/base/bytes.h"
#include "bloom/bits.h"
#include "bloom/encfile.h"
#include "bloom/exclude.h"
#include "bloom/payload.h"
#include "tests/support/testkey.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define ROW 256 /* bytes of an encoding */

static char folder[64];
static char csv_path[96], enc_path[96], pay_path[96];

struct attempt {
    unsigned dummies;
    bool with_ids;
    bool without_payload;
    bool mark; /* column mark says who stays */
    struct tally_encode_summary sum;
    struct tally_err err;
};

static int
make_folder(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    snprintf(folder, sizeof(folder), "/tmp/tally-dummies-XXXXXX");
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    snprintf(csv_path, sizeof(csv_path), "%s/in.csv", folder);
    snprintf(enc_path, sizeof(enc_path), "%s/out.enc", folder);
    snprintf(pay_path, sizeof(pay_path), "%s/out.pay", folder);
    return tally_secret_init(&err);
}

static int
remove_folder(void **state)
{
    (void)state;
    unlink(csv_path);
    unlink(enc_path);
    unlink(pay_path);
    return rmdir(folder);
}

/* ${n} rows, each its number and one of ${rows}. */
static void
write_rows(const char *header, const char *const *rows, size_t nrows, size_t n)
{
    FILE *f = fopen(csv_path, "wb");

    assert_non_null(f);
    fprintf(f, "%s\n", header);
    for (size_t i = 0; i < n; i++) {
        fprintf(f, "%zu,%s\n", i, rows[i % nrows]);
    }
    assert_int_equal(fclose(f), 0);
}

static enum tally_code
run(struct attempt *a)
{
    const struct tally_csv_options options = {0};
    struct tally_encode_job job = {.source = "police",
                                   .out = enc_path,
                                   .payload_out = a->without_payload ? NULL : pay_path,
                                   .force = true,
                                   .dummies = a->dummies};
    struct tally_schema *s = NULL;
    struct tally_mapping mapping;
    int rc;

    memset(&a->err, 0, sizeof(a->err));
    job.key = tally_testkey();
    assert_int_equal(tally_schema_new(&s, "forename,surname,date_of_birth,postcode",
                                      "plain", NULL, &a->err),
                     0);
    assert_int_equal(tally_pool_create(&job.pool, 2, &a->err), 0);
    assert_int_equal(tally_csv_open(&job.csv, csv_path, &options, &a->err), 0);
    assert_int_equal(tally_mapping_guess(&mapping, s, job.csv, &a->err), 0);
    job.schema = s;
    job.mapping = &mapping;
    job.id_column = a->with_ids ? tally_csv_find(job.csv, "id") : -1;
    assert_int_equal(
        tally_exclude_create(&job.exclude, job.csv, s, &mapping, job.id_column, &a->err),
        0);
    if (a->mark) {
        assert_int_equal(tally_exclude_rule(job.exclude, "mark", "Y", false, &a->err), 0);
    }
    rc = tally_encode(&job, &a->sum, &a->err);
    tally_exclude_free(job.exclude);
    tally_csv_free(job.csv);
    tally_pool_free(job.pool);
    tally_schema_free(s);
    tally_secret_free(job.key);
    return rc == 0 ? TALLY_OK : a->err.code;
}

static struct tally_encfile *
encoded(struct attempt *a)
{
    struct tally_encfile *e = NULL;
    struct tally_err err = TALLY_ERR_INIT;

    if (run(a) != TALLY_OK || tally_encfile_open(&e, enc_path, &err) != 0) {
        fail_msg("%s %s", a->err.text, err.text);
    }
    return e;
}

static const char *const four[] = {"Ann,Ng,1990-02-03,LS1 4AP",
                                   "Bob,Oyelaran,1971-12-30,", "Carys,Jones,,CF10 1AA",
                                   "Dafydd,Macdonald-Smith,2001-07-08,EH1 1YZ"};

static void
dummies_are_padding_that_only_the_payload_tells(void **state)
{
    struct attempt a = {.dummies = 25};
    struct tally_payload *p = NULL;
    struct tally_encfile *e;

    (void)state;
    write_rows("id,forename,surname,date_of_birth,postcode", four, 4, 10000);
    e = encoded(&a);
    assert_int_equal(a.sum.records, 10000);
    assert_true(a.sum.dummies > 2450 && a.sum.dummies < 2550);
    assert_int_equal(tally_encfile_info(e)->records, 10000 + a.sum.dummies);
    assert_true(tally_encfile_info(e)->dummies);
    assert_int_equal(tally_payload_open(&p, pay_path, &a.err), 0);
    assert_int_equal(tally_payload_records(p), 10000);
    /* Counts of fields are of people. */
    assert_int_equal(a.sum.reasons[2][TALLY_VALUE_OK], 7500);
    assert_int_equal(a.sum.reasons[2][TALLY_VALUE_MISSING], 2500);
    tally_payload_close(p);
    tally_encfile_close(e);
}

/* Four kinds of people mixed field by field give 256 kinds of dummies, of which four are
 * like people: most dummies are new, with as many bits on average. */
static void
dummies_mix_the_fields_of_different_people(void **state)
{
    struct attempt a = {.dummies = 100};
    struct tally_encfile *e;
    const uint8_t *matrix;
    uint8_t people[4][ROW];
    size_t found = 0, other = 0;
    double bits[2] = {0, 0};

    (void)state;
    write_rows("id,forename,surname,date_of_birth,postcode", four, 4, 4);
    e = encoded(&a);
    assert_int_equal(a.sum.dummies, 0); /* too few to mix */
    assert_int_equal(tally_encfile_info(e)->records, 4);
    memcpy(people, tally_encfile_matrix(e), sizeof(people));
    tally_encfile_close(e);
    write_rows("id,forename,surname,date_of_birth,postcode", four, 4, 4000);
    e = encoded(&a);
    matrix = tally_encfile_matrix(e);
    for (size_t i = 0; i < tally_encfile_info(e)->records; i++) {
        bool person = false;

        for (size_t k = 0; k < 4; k++) {
            person = person || memcmp(people[k], matrix + i * ROW, ROW) == 0;
        }
        found += person;
        other += !person;
        bits[!person] += tally_encfile_popcounts(e)[i];
    }
    assert_true(found >= 4000 && found < 4150);
    assert_true(other > 3700);
    assert_true(bits[1] / (double)other > .95 * bits[0] / (double)found &&
                bits[1] / (double)other < 1.05 * bits[0] / (double)found);
    tally_encfile_close(e);
}

/* All who leave are alike here, so that a value of somebody who stays would show. */
static void
people_who_stay_lend_nothing(void **state)
{
    static const char *const rows[] = {"Ann,Ng,1990-02-03,LS1 4AP,",
                                       "Ann,Ng,1990-02-03,LS1 4AP,",
                                       "Zed,Quill,1950-05-05,EH1 1YZ,Y"};
    struct attempt a = {.dummies = 100, .mark = true};
    struct tally_encfile *e;
    const uint8_t *matrix;

    (void)state;
    write_rows("id,forename,surname,date_of_birth,postcode,mark", rows, 3, 3000);
    e = encoded(&a);
    matrix = tally_encfile_matrix(e);
    assert_int_equal(a.sum.records, 2000);
    assert_int_equal(a.sum.stayed[TALLY_STAYS_MARKED], 1000);
    assert_int_equal(a.sum.dummies, 2000);
    for (size_t i = 1; i < tally_encfile_info(e)->records; i++) {
        assert_memory_equal(matrix + i * ROW, matrix, ROW);
    }
    tally_encfile_close(e);
}

static void
dummies_that_could_be_told_are_refused(void **state)
{
    struct attempt ids = {.dummies = 10, .with_ids = true};
    struct attempt bare = {.dummies = 10, .without_payload = true};
    struct attempt many = {.dummies = 101};
    struct attempt none = {.dummies = 0, .with_ids = true};
    struct tally_encfile *e;

    (void)state;
    write_rows("id,forename,surname,date_of_birth,postcode", four, 4, 100);
    assert_int_equal(run(&ids), TALLY_E_USAGE);
    assert_non_null(strstr(ids.err.text, "give dummies away"));
    assert_int_equal(run(&bare), TALLY_E_USAGE);
    assert_non_null(strstr(bare.err.text, "payload"));
    assert_int_equal(run(&many), TALLY_E_USAGE);
    e = encoded(&none);
    assert_false(tally_encfile_info(e)->dummies);
    tally_encfile_close(e);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dummies_are_padding_that_only_the_payload_tells),
        cmocka_unit_test(dummies_mix_the_fields_of_different_people),
        cmocka_unit_test(people_who_stay_lend_nothing),
        cmocka_unit_test(dummies_that_could_be_told_are_refused),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}

/*
 * Dummies: how many there are, who lends them values, and who can tell them.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/payload.h"
#include "tests/support/encoderun.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Filters as they are before hardening, with payload to tell people by. */
#define PLAIN .fields = "forename,surname,date_of_birth,postcode", .profile = "plain"

/* ${n} rows, each its number and one of ${rows}. */
static void
write_rows(const char *header, const char *const *rows, size_t nrows, size_t n)
{
    FILE *f = fopen(encoderun_csv, "wb");

    assert_non_null(f);
    fprintf(f, "%s\n", header);
    for (size_t i = 0; i < n; i++) {
        fprintf(f, "%zu,%s\n", i, rows[i % nrows]);
    }
    assert_int_equal(fclose(f), 0);
}

static const char *const four[] = {"Ann,Ng,1990-02-03,LS1 4AP",
                                   "Bob,Oyelaran,1971-12-30,", "Carys,Jones,,CF10 1AA",
                                   "Dafydd,Macdonald-Smith,2001-07-08,EH1 1YZ"};

static void
dummies_are_padding_that_only_the_payload_tells(void **state)
{
    struct encoderun a = {PLAIN, .dummies = 25};
    struct tally_payload *p = NULL;
    struct tally_encfile *e;

    (void)state;
    write_rows("id,forename,surname,date_of_birth,postcode", four, 4, 10000);
    e = encoderun_open(&a, NULL);
    assert_int_equal(a.sum.records, 10000);
    assert_true(a.sum.dummies > 2450 && a.sum.dummies < 2550);
    assert_int_equal(tally_encfile_info(e)->records, 10000 + a.sum.dummies);
    assert_true(tally_encfile_info(e)->dummies);
    assert_int_equal(tally_payload_open(&p, encoderun_pay, &a.err), 0);
    assert_int_equal(tally_payload_records(p), 10000);
    /* Counts of fields are of people. */
    assert_int_equal(a.sum.reasons[2][TALLY_VALUE_OK], 7500);
    assert_int_equal(a.sum.reasons[2][TALLY_VALUE_MISSING], 2500);
    tally_payload_close(p);
    tally_encfile_close(e);
}

/* Four kinds of people mixed by forename, birth date and home (three times in four
 * surname and postcode together): 5 % of dummies are like people, give or take .35 %; most
 * are new, with as many bits on average. */
static void
dummies_mix_the_fields_of_different_people(void **state)
{
    struct encoderun a = {PLAIN, .dummies = 100};
    struct tally_encfile *e;
    const uint8_t *matrix;
    uint8_t people[4][ENCODERUN_ROW];
    size_t found = 0, other = 0;
    double bits[2] = {0, 0};

    (void)state;
    write_rows("id,forename,surname,date_of_birth,postcode", four, 4, 4);
    e = encoderun_open(&a, NULL);
    assert_int_equal(a.sum.dummies, 0); /* too few to mix */
    assert_int_equal(tally_encfile_info(e)->records, 4);
    memcpy(people, tally_encfile_matrix(e), sizeof(people));
    tally_encfile_close(e);
    write_rows("id,forename,surname,date_of_birth,postcode", four, 4, 4000);
    e = encoderun_open(&a, NULL);
    matrix = tally_encfile_matrix(e);
    for (size_t i = 0; i < tally_encfile_info(e)->records; i++) {
        bool person = false;

        for (size_t k = 0; k < 4; k++) {
            person = person ||
                     memcmp(people[k], matrix + i * ENCODERUN_ROW, ENCODERUN_ROW) == 0;
        }
        found += person;
        other += !person;
        bits[!person] += tally_encfile_popcounts(e)[i];
    }
    assert_true(found >= 4000 && found < 4290);
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
    struct encoderun a = {PLAIN, .dummies = 100, .mark = "mark"};
    struct tally_encfile *e;
    const uint8_t *matrix;

    (void)state;
    write_rows("id,forename,surname,date_of_birth,postcode,mark", rows, 3, 3000);
    e = encoderun_open(&a, NULL);
    matrix = tally_encfile_matrix(e);
    assert_int_equal(a.sum.records, 2000);
    assert_int_equal(a.sum.stayed[TALLY_STAYS_MARKED], 1000);
    assert_int_equal(a.sum.dummies, 2000);
    for (size_t i = 1; i < tally_encfile_info(e)->records; i++) {
        assert_memory_equal(matrix + i * ENCODERUN_ROW, matrix, ENCODERUN_ROW);
    }
    tally_encfile_close(e);
}

static void
dummies_that_could_be_told_are_refused(void **state)
{
    struct encoderun ids = {PLAIN, .dummies = 10, .id = "id"};
    struct encoderun bare = {PLAIN, .dummies = 10, .no_payload = true};
    struct encoderun many = {PLAIN, .dummies = 101};
    struct encoderun none = {PLAIN, .dummies = 0, .id = "id"};
    struct tally_encfile *e;

    (void)state;
    write_rows("id,forename,surname,date_of_birth,postcode", four, 4, 100);
    assert_int_equal(encoderun(&ids, NULL), TALLY_E_USAGE);
    assert_non_null(strstr(ids.err.text, "give dummies away"));
    assert_int_equal(encoderun(&bare, NULL), TALLY_E_USAGE);
    assert_non_null(strstr(bare.err.text, "payload"));
    assert_int_equal(encoderun(&many, NULL), TALLY_E_USAGE);
    e = encoderun_open(&none, NULL);
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

    return cmocka_run_group_tests(tests, encoderun_make, encoderun_remove);
}

/*
 * Match keys in an encodings file: which records have which, under whose hash.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/domains.h"
#include "bloom/kdf.h"
#include "bloom/matchkey.h"
#include "tests/support/encoderun.h"
#include "tests/support/testkey.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define HEADER "id,of,forename,surname,date_of_birth,postcode,nhs_number\n"
#define KEYS   "nhs_number,forename+surname+date_of_birth,surname+postcode"

/* Key ${k} of ${a} over ${values}. */
static void
by_hand(const struct encoderun *a, size_t k, const char *const *values,
        uint8_t out[TALLY_MATCHKEY_BYTES])
{
    struct tally_schema *s = encoderun_schema(a);
    const char *const purpose[] = {TALLY_DOMAIN_MATCH_KEY, s->match_keys[k].name};
    struct tally_secret *key = tally_testkey(), *derived = NULL;
    struct tally_value normal[TALLY_SCHEMA_FIELDS_MAX];
    struct tally_err err = TALLY_ERR_INIT;

    encoderun_normalise(a, values, normal);
    assert_int_equal(tally_kdf(key, purpose, 2, &derived, &err), 0);
    assert_true(
        tally_matchkey(tally_secret_open(derived), normal, s->match_keys[k].fields, out));
    tally_secret_close(derived);
    tally_secret_free(derived);
    tally_secret_free(key);
    tally_schema_free(s);
}

/* Record ${id} has exactly ${n} keys ${k}, those of ${rows} in their order. */
static void
assert_keys(const struct encoderun *a, const struct tally_encfile *e, size_t k,
            const char *id, const char *const (*rows)[5], size_t n)
{
    const uint8_t *keys = tally_encfile_match_keys(e, k);
    uint64_t record = encoderun_record(e, id);
    uint8_t want[TALLY_MATCHKEY_BYTES];
    size_t found = 0;

    for (uint64_t i = 0; i < tally_encfile_info(e)->match_keys[k].rows; i++) {
        if (tally_encfile_record_of_key(e, k, i) == record) {
            assert_true(found < n);
            by_hand(a, k, rows[found++], want);
            assert_memory_equal(keys + i * TALLY_MATCHKEY_BYTES, want, sizeof(want));
        }
    }
    assert_int_equal(found, n);
}

static void
records_have_the_keys_whose_fields_they_have_whole(void **state)
{
    static const char *const ann[][5] = {
        {"Ann", "Lee", "1990-02-03", "LS1 4AP", "943 476 5919"}};
    static const char *const bob[][5] = {{"Bob", "Ray", "1980-01-05", "", ""}};
    struct encoderun a = {.id = "id", .match_keys = KEYS};
    struct tally_encfile *e =
        encoderun_open(&a, HEADER "1,,ann,LEE,3/2/1990,ls14ap,9434765919\n"
                                  "2,,Bob,Ray,1980-01-05,LS2,\n"
                                  "3,,Cat,Fox,1971,,\n");
    const struct tally_enc_info *info = tally_encfile_info(e);

    (void)state;
    assert_int_equal(info->nmatch_keys, 3);
    assert_string_equal(info->match_keys[1].name, "forename-surname-date_of_birth");
    assert_int_equal(info->match_keys[0].rows, 1);
    assert_int_equal(info->match_keys[1].rows, 2); /* 1971 is no whole date */
    assert_int_equal(info->match_keys[2].rows, 1); /* LS2 is no whole postcode */
    assert_int_equal(a.sum.nmatch_keys, 3);
    assert_int_equal(a.sum.match_keys[1].records, 2);
    for (size_t k = 0; k < 3; k++) {
        assert_keys(&a, e, k, "1", ann, 1);
        assert_keys(&a, e, k, "3", NULL, 0);
    }
    assert_keys(&a, e, 1, "2", bob, 1);
    assert_keys(&a, e, 2, "2", NULL, 0);
    tally_encfile_close(e);
}

static void
each_alias_gives_a_key(void **state)
{
    static const char *const ann[][5] = {
        {"Ann", "Lee", "1990-02-03", "", ""},
        {"Ann", "Ng", "1990-02-03", "", ""},
        {"Nan", "Ng", "1990-02-03", "", ""},
    };
    struct encoderun a = {
        .id = "id", .alias_of = "of", .match_keys = KEYS, .views = "full,no-surname"};
    struct tally_encfile *e = encoderun_open(&a, HEADER "1,,Ann,Lee,1990-02-03,,\n"
                                                        "x,1,,Ng,,,\n"
                                                        "x,1,Nan,Ng,,,\n"
                                                        "2,,Bob,Ray,,,\n");

    (void)state;
    assert_int_equal(tally_encfile_info(e)->match_keys[1].rows, 3);
    assert_int_equal(tally_encfile_info(e)->match_keys[1].records, 1);
    assert_keys(&a, e, 1, "1", ann, 3);
    tally_encfile_close(e);
}

static void
the_encodings_are_as_they_are_without_keys(void **state)
{
    static const char *const ann[] = {"Ann", "Lee", "1990-02-03", "LS1 4AP", ""};
    struct encoderun a = {.id = "id", .match_keys = KEYS};
    struct tally_encfile *e = encoderun_open(&a, HEADER "1,,Ann,Lee,1990-02-03,LS1 4AP,\n"
                                                        "2,,Bob,Ray,1980-01-05,,\n");
    uint8_t want[ENCODERUN_ROW];

    (void)state;
    encoderun_by_hand(&a, 0, ann, want);
    assert_memory_equal(tally_encfile_matrix(e) +
                            encoderun_record(e, "1") * ENCODERUN_ROW,
                        want, ENCODERUN_ROW);
    tally_encfile_close(e);
}

static void
dummies_have_keys_too(void **state)
{
    struct encoderun a = {.dummies = 100, .match_keys = KEYS};
    char text[8192] = HEADER;
    struct tally_encfile *e;

    (void)state;
    for (int i = 0; i < 40; i++) {
        size_t len = strlen(text);

        snprintf(text + len, sizeof(text) - len,
                 "%d,,Ann%c,Lee%c,1990-02-%02d,LS%d 4AP,\n", i, 'a' + i % 26,
                 'a' + i % 13, 1 + i % 28, 1 + i % 9);
    }
    e = encoderun_open(&a, text);
    assert_int_equal(tally_encfile_info(e)->records, 80);
    assert_int_equal(tally_encfile_info(e)->match_keys[0].rows, 0);
    assert_int_equal(tally_encfile_info(e)->match_keys[1].rows, 80);
    assert_int_equal(tally_encfile_info(e)->match_keys[1].records, 80);
    tally_encfile_close(e);
}

static void
keys_and_files_are_the_same_for_any_number_of_threads(void **state)
{
    struct encoderun one = {.id = "id", .match_keys = KEYS, .threads = 1, .seed = 5};
    struct encoderun four = {.id = "id", .match_keys = KEYS, .threads = 4, .seed = 5};
    uint8_t digest[TALLY_DIGEST_BYTES];
    struct tally_encfile *e;
    static char text[400000] = HEADER;
    size_t len = strlen(text);

    (void)state;
    for (int i = 0; i < 9000; i++) {
        len += (size_t)snprintf(text + len, sizeof(text) - len,
                                "%d,,n%c,s%c%c,19%02d-01-%02d,LS%d 4AP,\n", i,
                                'a' + i % 26, 'a' + i / 26 % 26, 'a' + i % 11,
                                i % 90 + 10, i % 28 + 1, i % 20 + 1);
    }
    e = encoderun_open(&one, text);
    memcpy(digest, tally_encfile_digest(e), sizeof(digest));
    tally_encfile_close(e);
    e = encoderun_open(&four, NULL);
    assert_memory_equal(tally_encfile_digest(e), digest, sizeof(digest));
    assert_int_equal(tally_encfile_info(e)->match_keys[2].rows, 9000);
    tally_encfile_close(e);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_have_the_keys_whose_fields_they_have_whole),
        cmocka_unit_test(each_alias_gives_a_key),
        cmocka_unit_test(the_encodings_are_as_they_are_without_keys),
        cmocka_unit_test(dummies_have_keys_too),
        cmocka_unit_test(keys_and_files_are_the_same_for_any_number_of_threads),
    };

    return cmocka_run_group_tests(tests, encoderun_make, encoderun_remove);
}

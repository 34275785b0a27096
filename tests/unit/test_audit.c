/*
 * Attacks on small populations of made-up people: they must break what is known to be
 * broken, whatever the key, and must not break what is hardened. And what a crafted file
 * gives away by itself.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/audit/audit.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "benchmarks/synth.h"
#include "tests/support/encbuild.h"
#include "tests/support/scratch.h"
#include "tests/support/testkey.h"

#define PEOPLE 300

static struct tally_err err;
static struct tally_pool *pool;

static struct tally_schema *
schema(bool hardened)
{
    static const char form[] =
        "{\"tallystick_schema\": 1, \"name\": \"small\", \"profile\": \"test\", "
        "\"bits\": 512, \"fill\": 0.2, \"hardening\": [%s], \"fields\": ["
        "{\"name\": \"forename\", \"type\": \"forename\", \"bits_per_token\": 3},"
        "{\"name\": \"surname\", \"type\": \"surname\", \"bits_per_token\": 3},"
        "{\"name\": \"date_of_birth\", \"type\": \"date\", \"bits_per_token\": 4},"
        "{\"name\": \"sex\", \"type\": \"sex\", \"bits_per_token\": 6},"
        "{\"name\": \"postcode\", \"type\": \"postcode\", \"bits_per_token\": 3}]}";
    char text[1024];
    struct tally_schema *s = NULL;

    snprintf(text, sizeof text, form,
             hardened ? "{\"kind\": \"diffusion\", \"t\": 6, \"bits\": 512}" : "");
    if (tally_schema_parse(&s, "small.json", text, strlen(text), &err) != 0) {
        fail_msg("%s", err.text);
    }
    return s;
}

/* The population as encodings under the key of number ${number}. */
static struct tally_encfile *
encode(const struct tally_audit_source *people, uint8_t number)
{
    struct tally_secret *key = NULL;
    struct tally_encfile *e = NULL;

    assert_int_equal(tally_secret_create(&key, 32, &err), 0);
    memset(tally_secret_open(key), number, 32);
    tally_secret_close(key);
    if (tally_audit_encode(people, key, &e, &err) != 0) {
        fail_msg("%s", err.text);
    }
    tally_secret_free(key);
    return e;
}

static int
make_people(void **state)
{
    static const char *const sources[] = {"health"};
    const struct tally_synth_job job = {.people = PEOPLE + 40,
                                        .sources = sources,
                                        .nsources = 1,
                                        .seed = 11,
                                        .out = "people"};
    struct tally_synth_summary summary;

    if (tally_secret_init(&err) != 0 || tally_scratch_enter(state) != 0) {
        return -1;
    }
    return tally_pool_create(&pool, 2, &err) != 0 ? -1
                                                  : tally_synth(&job, &summary, &err);
}

static int
remove_people(void **state)
{
    tally_pool_free(pool);
    return tally_scratch_leave(state);
}

/* Attack encodings under key ${number}, with the same people as population. */
static void
attack(bool hardened, uint8_t number, unsigned wanted, struct tally_audit_result *out)
{
    struct tally_schema *s = schema(hardened);
    struct tally_audit_source people = {
        .path = "people/health.csv", .schema = s, .pool = pool};
    struct tally_encfile *e = encode(&people, number);
    struct tally_audit_job job = {.file = e,
                                  .people = &people,
                                  .seed = number,
                                  .records = PEOPLE,
                                  .budget = .05,
                                  .known = .1,
                                  .wanted = wanted,
                                  .pool = pool};

    assert_int_equal(tally_secret_create(&job.key, 32, &err), 0);
    memset(tally_secret_open(job.key), number, 32);
    tally_secret_close(job.key);
    if (tally_audit(&job, out, &err) != 0) {
        fail_msg("%s", err.text);
    }
    tally_secret_free(job.key);
    tally_encfile_close(e);
    tally_schema_free(s);
}

#define BIT(a) (1u << (a))

static void
plain_encodings_fall_whatever_the_key(void **state)
{
    (void)state;
    for (uint8_t key = 1; key <= 3; key++) {
        struct tally_audit_result r;

        attack(false, key, BIT(TALLY_A1_KEY) | BIT(TALLY_A3_GRAPH) | BIT(TALLY_A4_KNOWN),
               &r);
        assert_int_equal(r.knowing, TALLY_KNOWN_BY_KEY);
        assert_int_equal(r.overlap, r.victims);
        assert_true(r.attacks[TALLY_A1_KEY].success.share == 1);
        assert_true(r.attacks[TALLY_A3_GRAPH].success.share > .8);
        assert_true(r.attacks[TALLY_A4_KNOWN].success.share > .5);
        assert_true(r.attacks[TALLY_A3_GRAPH].broken);
        assert_true(r.broken && r.attacked);
        assert_false(r.attacks[TALLY_A5_PATTERN].ran);
    }
}

static void
hardened_encodings_stand_but_for_who_has_the_key(void **state)
{
    struct tally_audit_result r;

    (void)state;
    attack(true, 4, ~0u, &r);
    assert_true(r.attacks[TALLY_A1_KEY].success.share == 1);
    assert_false(r.attacks[TALLY_A1_KEY].broken); /* no budget is for it */
    for (int a = TALLY_A2_FREQUENCY; a <= TALLY_A5_PATTERN; a++) {
        assert_true(r.attacks[a].ran);
        /* Guessing right is 1 in 300; nine of 270 have no chance that counts. */
        assert_true(r.attacks[a].success.share < .03);
    }
    assert_false(r.attacks[TALLY_A6_REUSE].ran);
    assert_true(r.attacked && !r.broken);
}

static void
granted_pairs_are_no_success(void **state)
{
    struct tally_audit_result r;
    const struct tally_audit_outcome *o = &r.attacks[TALLY_A4_KNOWN];

    (void)state;
    attack(false, 5, BIT(TALLY_A4_KNOWN), &r);
    assert_int_equal(o->possible, r.overlap - (r.overlap + 5) / 10);
    assert_true(o->claimed <= o->possible);
}

static void
results_do_not_depend_on_threads(void **state)
{
    struct tally_audit_result two, one;
    struct tally_pool *kept = pool;

    (void)state;
    attack(false, 6, BIT(TALLY_A3_GRAPH) | BIT(TALLY_A5_PATTERN), &two);
    assert_int_equal(tally_pool_create(&pool, 1, &err), 0);
    attack(false, 6, BIT(TALLY_A3_GRAPH) | BIT(TALLY_A5_PATTERN), &one);
    tally_pool_free(pool);
    pool = kept;
    for (int a = 0; a < TALLY_AUDIT_ATTACKS; a++) {
        assert_int_equal(one.attacks[a].correct, two.attacks[a].correct);
        assert_int_equal(one.attacks[a].claimed, two.attacks[a].claimed);
        assert_int_equal(one.attacks[a].sure, two.attacks[a].sure);
    }
}

/* Whether two files under keys ${a} and ${b} are found to share one. */
static double
reuse(uint8_t a, uint8_t b)
{
    struct tally_schema *s = schema(true);
    struct tally_audit_source people = {
        .path = "people/health.csv", .schema = s, .pool = pool};
    struct tally_encfile *x = encode(&people, a);
    struct tally_encfile *y = encode(&people, b);
    struct tally_audit_job job = {
        .file = x, .other = y, .records = PEOPLE, .wanted = ~0u, .pool = pool};
    struct tally_audit_result r;

    assert_int_equal(tally_audit(&job, &r, &err), 0);
    assert_false(r.attacked);
    tally_encfile_close(x);
    tally_encfile_close(y);
    tally_schema_free(s);
    return r.attacks[TALLY_A6_REUSE].success.share;
}

static void
a_key_used_twice_is_found_and_other_keys_are_not(void **state)
{
    (void)state;
    assert_true(reuse(7, 7) > .9);
    assert_true(reuse(7, 8) == 0);
}

static void
another_key_or_schema_is_refused(void **state)
{
    struct tally_schema *s = schema(true);
    struct tally_schema *plain = schema(false);
    struct tally_audit_source people = {
        .path = "people/health.csv", .schema = s, .pool = pool};
    struct tally_encfile *e = encode(&people, 1);
    struct tally_audit_job job = {
        .file = e, .people = &people, .records = PEOPLE, .pool = pool};
    struct tally_audit_result r;

    (void)state;
    job.key = tally_testkey();
    assert_int_equal(tally_audit(&job, &r, &err), -1);
    assert_int_equal(err.code, TALLY_E_KEY_MISMATCH);
    people.schema = plain;
    assert_int_equal(tally_audit(&job, &r, &err), -1);
    assert_int_equal(err.code, TALLY_E_SCHEMA_MISMATCH);
    tally_secret_free(job.key);
    tally_encfile_close(e);
    tally_schema_free(s);
    tally_schema_free(plain);
}

/* Attacks that compare need two of each side; a file of nobody is no reason to fail. */
static void
attacks_need_two_encodings_and_two_people(void **state)
{
    struct tally_schema *s = schema(false);
    struct tally_audit_source one = {.path = "one.csv", .schema = s, .pool = pool};
    struct tally_enc_info none = tally_encbuild_info("none", 0, 512);
    struct tally_encfile *e = NULL;
    struct tally_audit_job job = {
        .people = &one, .records = PEOPLE, .known = 1, .wanted = ~0u, .pool = pool};
    struct tally_audit_result r;

    (void)state;
    tally_scratch_put("one.csv",
                      "forename,surname,date_of_birth,sex,postcode\n"
                      "Ann,Jones,1990-01-02,F,SW1A 1AA\n",
                      0600);
    job.file = encode(&one, 9);
    assert_int_equal(tally_audit(&job, &r, &err), 0);
    for (int a = TALLY_A2_FREQUENCY; a <= TALLY_A5_PATTERN; a++) {
        assert_false(r.attacks[a].ran);
        assert_non_null(strstr(r.attacks[a].why_not, "needs two encodings"));
    }
    assert_false(r.attacked);
    tally_encfile_close((struct tally_encfile *)job.file);
    memcpy(none.schema_digest, s->digest, sizeof none.schema_digest);
    tally_encbuild("none.enc", &none, NULL, NULL, NULL);
    assert_int_equal(tally_encfile_open(&e, "none.enc", &err), 0);
    one.path = "people/health.csv";
    job.file = e;
    assert_int_equal(tally_audit(&job, &r, &err), 0);
    assert_int_equal(r.victims, 0);
    assert_false(r.attacked || r.attacks[TALLY_A5_PATTERN].ran);
    tally_encfile_close(e);
    tally_schema_free(s);
}

/* Rows of 64 bits, the first bytes of which are given. */
static void
measure(const uint8_t (*first)[2], size_t n, struct tally_audit_static *out)
{
    uint8_t *rows = calloc(n + 1, 8);
    struct tally_enc_info info = tally_encbuild_info("crafted", n, 64);
    struct tally_encfile *e = NULL;
    uint32_t records[16];
    struct tally_audit_rows taken = {0};

    for (size_t i = 0; i < n; i++) {
        memcpy(rows + 8 * i, first[i], 2);
        records[i] = (uint32_t)i;
    }
    tally_encbuild("crafted.enc", &info, rows, NULL, NULL);
    assert_int_equal(tally_encfile_open(&e, "crafted.enc", &err), 0);
    assert_int_equal(tally_audit_rows_take(&taken, e, 0, records, n, &err), 0);
    assert_int_equal(tally_audit_static_measure(&taken, NULL, pool, out, &err), 0);
    tally_audit_rows_free(&taken);
    tally_encfile_close(e);
    free(rows);
}

static void
static_leakage_counts_what_was_put_there(void **state)
{
    /* Bits 0 and 1 always go together; three rows are equal; one is empty. */
    static const uint8_t rows[][2] = {{0xc0, 1}, {0xc0, 1}, {0xc0, 1}, {0xc4, 0},
                                      {0x08, 0}, {0x18, 0}, {0x00, 0}, {0x08, 2}};
    struct tally_audit_static s;

    (void)state;
    measure(rows, 8, &s);
    assert_int_equal(s.rows, 7);
    assert_int_equal(s.empty, 1);
    assert_int_equal(s.largest_group, 3);
    assert_true(fabs(s.unique - 4.0 / 7) < 1e-9);
    assert_true(fabs(s.frequent - 3.0 / 7) < 1e-9);
    assert_true(fabs(s.frequency_high - 4.0 / 7) < 1e-9);
    assert_true(s.frequency_low == 0);
    assert_int_equal(s.linked, 1);
    assert_true(s.largest_phi > .999);
    assert_true(s.gini > .8);
    assert_true(s.ones_low == 1 && s.ones_high == 3);
    /* The three and 0xc4 among each other, 0x08 and the two that share its bit. */
    assert_int_equal(s.compared, 8);
    assert_true(fabs(s.neighbours - (4 * 3 + 2 + 1 + 1) / 8.0) < 1e-9);
    assert_true(isnan(s.token_correlation));
}

static void
static_leakage_of_nothing_is_nothing(void **state)
{
    struct tally_audit_static s;

    (void)state;
    measure(NULL, 0, &s);
    assert_int_equal(s.rows, 0);
    assert_true(s.unique == 0 && s.gini == 0 && s.largest_phi == 0 && s.neighbours == 0);
}

static void
the_number_of_tokens_shows_where_set_bits_follow_it(void **state)
{
    uint8_t matrix[4 * 64] = {0};
    uint32_t ones[] = {2, 4, 6, 0};
    const uint32_t tokens[] = {1, 2, 3, 90};
    const uint32_t unknown[] = {1, TALLY_AUDIT_NONE, TALLY_AUDIT_NONE, 7};
    const struct tally_audit_rows r = {4, 64, 64, matrix, ones};

    (void)state;
    assert_true(fabs(tally_audit_token_correlation(&r, tokens) - 1) < 1e-9);
    assert_true(isnan(tally_audit_token_correlation(&r, unknown)));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_encodings_fall_whatever_the_key),
        cmocka_unit_test(hardened_encodings_stand_but_for_who_has_the_key),
        cmocka_unit_test(granted_pairs_are_no_success),
        cmocka_unit_test(results_do_not_depend_on_threads),
        cmocka_unit_test(a_key_used_twice_is_found_and_other_keys_are_not),
        cmocka_unit_test(another_key_or_schema_is_refused),
        cmocka_unit_test(attacks_need_two_encodings_and_two_people),
        cmocka_unit_test(static_leakage_counts_what_was_put_there),
        cmocka_unit_test(static_leakage_of_nothing_is_nothing),
        cmocka_unit_test(the_number_of_tokens_shows_where_set_bits_follow_it),
    };

    return cmocka_run_group_tests(tests, make_people, remove_people);
}

/*
 * Attacks and audits in which memory runs out, or Ctrl-C comes, at each place in turn:
 * they end with that word and leave nothing.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/audit/audit_private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bloom/audit/audit_cutter.h"
#include "bloom/audit/audit_truth.h"
#include "tests/support/auditscene.h"
#include "tests/support/nth.h"
#include "tests/support/scratch.h"
#include "tests/support/testkey.h"
#include "tests/support/testpool.h"

#define PEOPLE 8

static struct tally_testscene crafted;
static struct tally_schema *schema;
static struct tally_secret *key;
static struct tally_encfile *file;

/* Four of twenty tokens; and the last person is like the first. */
static size_t
some(size_t i, uint32_t out[TALLY_SCENE_TOKENS])
{
    for (uint32_t k = 0; k < 4; k++) {
        out[k] = ((uint32_t)(i % (PEOPLE - 1)) * 3 + k * k) % 20;
    }
    return 4;
}

static struct tally_audit_source
population(void)
{
    return (struct tally_audit_source){
        .path = "people.csv", .schema = schema, .pool = tally_testpool};
}

static int
make(void **state)
{
    static const char form[] =
        "{\"tallystick_schema\": 1, \"name\": \"small\", \"profile\": \"test\", "
        "\"bits\": 256, \"fill\": 0.2, \"hardening\": [], \"fields\": ["
        "{\"name\": \"surname\", \"type\": \"surname\", \"bits_per_token\": 3},"
        "{\"name\": \"sex\", \"type\": \"sex\", \"bits_per_token\": 6}]}";
    struct tally_audit_source people;
    struct tally_err err = TALLY_ERR_INIT;

    if (tally_secret_init(&err) != 0 || tally_scratch_enter(state) != 0 ||
        tally_testpool_enter(state) != 0) {
        return -1;
    }
    tally_scratch_put("people.csv",
                      "id,surname,sex\n1,Jones,F\n2,Evans,M\n3,Davies,F\n4,Okafor,M\n"
                      "5,Nowak,F\n6,Singh,M\n7,Smith,F\n8,Khan,M\n",
                      0600);
    tally_scratch_put("truth.csv", "id_1,id_2\n1,1\n2,2\n", 0600);
    assert_int_equal(tally_schema_parse(&schema, "s.json", form, strlen(form), &err), 0);
    key = tally_testkey();
    people = population();
    assert_int_equal(tally_audit_encode(&people, key, &file, &err), 0);
    tally_testscene_make(&crafted, PEOPLE, PEOPLE, 64, 20, some);
    crafted.granted[0] = 0;
    crafted.granted[1] = 1;
    crafted.granted[2] = 2;
    return 0;
}

static int
unmake(void **state)
{
    tally_testscene_free(&crafted);
    tally_encfile_close(file);
    tally_secret_free(key);
    tally_schema_free(schema);
    (void)tally_testpool_leave(state);
    return tally_scratch_leave(state);
}

static int
mine(const struct tally_audit_scene *s, struct tally_audit_claims *out,
     struct tally_err *err)
{
    size_t natoms;

    return tally_attack_pattern(s, out, &natoms, err);
}

struct attack {
    int (*run)(const struct tally_audit_scene *s, struct tally_audit_claims *out,
               struct tally_err *err);
};

static int
attack(void *ctx, struct tally_err *err)
{
    const struct attack *a = ctx;
    struct tally_audit_claims c = {0};
    int rc = a->run(&crafted.scene, &c, err);

    tally_audit_claims_free(&c);
    return rc;
}

static void
an_attack_without_memory_or_time_ends(void **state)
{
    struct attack all[] = {{tally_attack_key},       {tally_attack_reuse},
                           {tally_attack_frequency}, {tally_attack_graph},
                           {tally_attack_known},     {mine}};

    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        (void)tally_nth_each(TALLY_NTH_ALLOC, 0, attack, &all[i]);
        (void)tally_nth_each(TALLY_NTH_INTERRUPT, 0, attack, &all[i]);
    }
}

static int
measure(void *ctx, struct tally_err *err)
{
    struct tally_audit_static s;

    (void)ctx;
    return tally_audit_static_measure(&crafted.victims, NULL, tally_testpool, &s, err);
}

static int
read_truth(void *ctx, struct tally_err *err)
{
    const struct tally_audit_source people = population();
    struct tally_audit_ids ids = {0};
    uint32_t *of = NULL;
    int rc = -1;

    (void)ctx;
    if (tally_audit_truth_from_key(file, file, &of, err) == 0) {
        free(of);
        rc = tally_audit_read_ids(&people, "id", &ids, err);
    }
    tally_audit_ids_free(&ids);
    return rc;
}

static int
cut_tokens(void *ctx, struct tally_err *err)
{
    static const uint32_t rows[] = {0, 2, 7};
    const struct tally_audit_source people = population();
    struct tally_audit_tokens t = {0};
    int rc = tally_audit_tokens_of(&people, 0, rows, 3, &t, err);

    (void)ctx;
    tally_audit_tokens_free(&t);
    return rc;
}

/* More different tokens than a dictionary has room for at first. */
static int
cut_many(void *ctx, struct tally_err *err)
{
    struct tally_audit_cutter *c = NULL;
    struct tally_audit_tokens t = {0};
    int rc = tally_audit_cutter_create(&c, err);

    (void)ctx;
    for (uint32_t i = 0; rc == 0 && i < 5000; i++) {
        rc = tally_audit_cutter_token(c, "surname", i % 3, &i, sizeof i, i, err);
    }
    if (rc == 0) {
        rc = tally_audit_cutter_end(c, err);
    }
    if (rc == 0) {
        tally_audit_cutter_take(c, &t);
        assert_int_equal(t.n, 1);
        assert_int_equal(t.ntokens, 5000);
        assert_int_equal(t.k[4999], 4999);
    }
    tally_audit_cutter_free(c);
    tally_audit_tokens_free(&t);
    return rc;
}

static void
measuring_and_reading_without_memory_end(void **state)
{
    static tally_nth_fn *const all[] = {measure, read_truth, cut_tokens, cut_many};

    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        (void)tally_nth_each(TALLY_NTH_ALLOC, 0, all[i], NULL);
    }
    (void)tally_nth_each(TALLY_NTH_INTERRUPT, 0, measure, NULL);
    (void)tally_nth_each(TALLY_NTH_INTERRUPT, 0, read_truth, NULL);
    (void)tally_nth_each(TALLY_NTH_INTERRUPT, 0, cut_tokens, NULL);
}

/* With what is known of who is who: by the key, the caller or a file. */
static int
audit(void *ctx, struct tally_err *err)
{
    static const uint32_t who[PEOPLE] = {0, 1, 2, 3, 4, 5, 6, TALLY_AUDIT_NONE};
    const char *by = ctx;
    const struct tally_audit_source people = population();
    const struct tally_audit_job job = {
        .file = file,
        .other = strcmp(by, "other") == 0 ? file : NULL,
        .people = strcmp(by, "other") == 0 ? NULL : &people,
        .key = strcmp(by, "key") == 0 ? key : NULL,
        .who = strcmp(by, "caller") == 0 ? who : NULL,
        .records = PEOPLE - 2,
        .budget = .05,
        .known = .5,
        .wanted = 1u << TALLY_A2_FREQUENCY | 1u << TALLY_A6_REUSE,
        .pool = tally_testpool};
    struct tally_audit_result r;

    return tally_audit(&job, &r, err);
}

/* The last calls: those before are of reading and encoding, which have tests of their
 * own. */
static void
an_audit_without_memory_or_time_ends(void **state)
{
    (void)state;
    (void)tally_nth_each(TALLY_NTH_ALLOC, 150, audit, "key");
    (void)tally_nth_each(TALLY_NTH_ALLOC, 40, audit, "caller");
    (void)tally_nth_each(TALLY_NTH_ALLOC, 40, audit, "other");
    (void)tally_nth_each(TALLY_NTH_INTERRUPT, 40, audit, "key");
    (void)tally_nth_each(TALLY_NTH_INTERRUPT, 10, audit, "other");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_attack_without_memory_or_time_ends),
        cmocka_unit_test(measuring_and_reading_without_memory_end),
        cmocka_unit_test(an_audit_without_memory_or_time_ends),
    };

    return cmocka_run_group_tests(tests, make, unmake);
}

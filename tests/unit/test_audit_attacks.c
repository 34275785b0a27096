/*
 * Attacks on sets made to set them off, or to give them nothing: everybody alike, nobody
 * alike, one person, empty encodings, full ones, more victims than people. What they say
 * is compared with who is who: victim i is person i.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/audit/audit_attack.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/auditscene.h"
#include "tests/support/testpool.h"

static struct tally_err err;

/* Nine tokens of a hundred, at random. */
static size_t
at_random(size_t i, uint32_t out[TALLY_SCENE_TOKENS])
{
    uint64_t state = i + 77;

    for (size_t k = 0; k < 9; k++) {
        out[k] = tally_audit_below(&state, 100);
    }
    return 9;
}

/* The same five for everybody. */
static size_t
all_alike(size_t i, uint32_t out[TALLY_SCENE_TOKENS])
{
    (void)i;
    for (uint32_t k = 0; k < 5; k++) {
        out[k] = k;
    }
    return 5;
}

static size_t
nothing(size_t i, uint32_t out[TALLY_SCENE_TOKENS])
{
    (void)i;
    (void)out;
    return 0;
}

/* A token of one's own, and nothing else. */
static size_t
nothing_in_common(size_t i, uint32_t out[TALLY_SCENE_TOKENS])
{
    out[0] = (uint32_t)i;
    return 1;
}

/* Value v for every 2^v-th person: value 0 is twice as common as value 1, and so on. */
static size_t
halves(size_t i, uint32_t out[TALLY_SCENE_TOKENS])
{
    uint32_t v = i == 0 ? 5 : (uint32_t)__builtin_ctzll(i);

    for (uint32_t k = 0; k < 4; k++) {
        out[k] = (v < 5 ? v : 5) * 4 + k;
    }
    return 4;
}

struct tally {
    size_t claimed;
    size_t sure;
    size_t right;
    size_t twice; /* claims of a person who was claimed before */
};

static struct tally
count(const struct tally_audit_claims *c)
{
    struct tally t = {0};

    for (size_t v = 0; v < c->n; v++) {
        t.claimed += c->person[v] != TALLY_AUDIT_NONE;
        t.sure += c->sure[v];
        t.right += c->person[v] == v;
        for (size_t w = 0; c->person[v] != TALLY_AUDIT_NONE && w < v; w++) {
            t.twice += c->person[w] == c->person[v];
        }
        assert_true(!c->sure[v] || c->person[v] != TALLY_AUDIT_NONE);
    }
    return t;
}

typedef int attack_fn(const struct tally_audit_scene *s, struct tally_audit_claims *out,
                      struct tally_err *e);

static int
pattern(const struct tally_audit_scene *s, struct tally_audit_claims *out,
        struct tally_err *e)
{
    size_t natoms;

    return tally_attack_pattern(s, out, &natoms, e);
}

static struct tally
run(attack_fn *attack, const struct tally_audit_scene *s)
{
    struct tally_audit_claims c = {0};
    struct tally t;

    if (attack(s, &c, &err) != 0) {
        fail_msg("%s", err.text);
    }
    t = count(&c);
    tally_audit_claims_free(&c);
    return t;
}

static void
the_key_names_all_who_have_bits(void **state)
{
    struct tally_testscene t;
    struct tally_audit_scene same;
    struct tally got;

    (void)state;
    tally_testscene_make(&t, 40, 40, 512, 100, at_random);
    same = t.scene;
    same.people = same.victims;
    got = run(tally_attack_key, &same);
    assert_int_equal(got.claimed, 40);
    assert_int_equal(got.right, 40);
    assert_int_equal(got.sure, 40);
    /* A victim without bits is nobody; one that is like no person neither. */
    memset(t.victims.matrix, 0, t.victims.stride);
    t.victims.ones[0] = 0;
    got = run(tally_attack_key, &same);
    assert_int_equal(got.claimed, 39);
    tally_testscene_free(&t);
    tally_testscene_make(&t, 3, 3, 512, 3, nothing_in_common);
    memset(t.people.matrix, 0, 3 * t.people.stride);
    memset(t.people.ones, 0, 3 * sizeof *t.people.ones);
    assert_int_equal(run(tally_attack_key, &t.scene).claimed, 0);
    /* Nearest is not equal: named, but not sure. */
    for (uint32_t bit = 0; bit < 512; bit++) {
        tally_testscene_set(&t.people, 1, bit);
    }
    got = run(tally_attack_key, &t.scene);
    assert_int_equal(got.claimed, 3);
    assert_int_equal(got.sure, 0);
    tally_testscene_free(&t);
}

static void
full_and_empty_encodings_are_no_sign_of_a_key_used_twice(void **state)
{
    struct tally_testscene t;

    (void)state;
    tally_testscene_make(&t, 4, 4, 512, 1, nothing);
    assert_int_equal(run(tally_attack_reuse, &t.scene).claimed, 0);
    for (uint32_t bit = 0; bit < 512; bit++) {
        for (size_t i = 0; i < 4; i++) {
            tally_testscene_set(&t.victims, i, bit);
            tally_testscene_set(&t.people, i, bit);
        }
    }
    assert_int_equal(run(tally_attack_reuse, &t.scene).claimed, 0);
    tally_testscene_free(&t);
}

static void
common_values_fall_to_frequency(void **state)
{
    struct tally_testscene t;
    struct tally got;

    (void)state;
    tally_testscene_make(&t, 256, 256, 512, 24, halves);
    got = run(tally_attack_frequency, &t.scene);
    /* Value v is that of the first person who has it. */
    assert_true(got.claimed >= 240);
    assert_true(got.sure >= 224);
    tally_testscene_free(&t);
    /* Everybody alike, nobody there, one person: no ranks that stand clear. */
    tally_testscene_make(&t, 50, 50, 512, 5, all_alike);
    assert_int_equal(run(tally_attack_frequency, &t.scene).claimed, 0);
    tally_testscene_free(&t);
    tally_testscene_make(&t, 50, 50, 512, 5, nothing);
    assert_int_equal(run(tally_attack_frequency, &t.scene).claimed, 0);
    tally_testscene_free(&t);
    tally_testscene_make(&t, 1, 1, 512, 100, at_random);
    assert_int_equal(run(tally_attack_frequency, &t.scene).claimed, 0);
    tally_testscene_free(&t);
    /* Ties in the population alone, and a list that has fewer values than the file. */
    tally_testscene_make(&t, 256, 200, 512, 24, halves);
    for (size_t i = 0; i < 200; i++) {
        memcpy(t.people.matrix + i * t.people.stride,
               t.people.matrix + (i & 3) * t.people.stride, t.people.stride);
        t.people.ones[i] = t.people.ones[i & 3];
    }
    assert_int_equal(run(tally_attack_frequency, &t.scene).claimed, 128);
    tally_testscene_free(&t);
}

static void
alike_by_how_they_resemble_others(void **state)
{
    struct tally_testscene t;
    struct tally got;

    (void)state;
    tally_testscene_make(&t, 150, 150, 512, 100, at_random);
    got = run(tally_attack_graph, &t.scene);
    assert_true(got.right > 140);
    assert_true(got.sure > 100);
    tally_testscene_free(&t);
    /* More victims than people, and the other way round. */
    tally_testscene_make(&t, 150, 120, 512, 100, at_random);
    got = run(tally_attack_graph, &t.scene);
    assert_true(got.claimed <= 120);
    tally_testscene_free(&t);
    tally_testscene_make(&t, 130, 150, 512, 100, at_random);
    got = run(tally_attack_graph, &t.scene);
    assert_int_equal(got.twice, 0);
    assert_true(got.claimed <= 130);
    tally_testscene_free(&t);
}

/* Whatever the sets, A3 names nobody for two, and is not sure where all are alike. */
static void
who_resemble_nobody_or_everybody_are_not_found(void **state)
{
    tally_testscene_fn *const sets[] = {all_alike, nothing, nothing_in_common};
    static const size_t sizes[][2] = {{2, 2}, {2, 3}, {3, 2}, {40, 40}, {40, 5}, {5, 40}};

    (void)state;
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        for (size_t j = 0; j < sizeof sizes / sizeof *sizes; j++) {
            size_t nv = sizes[j][0], np = sizes[j][1];
            struct tally_testscene t;
            struct tally got;

            tally_testscene_make(&t, nv, np, 512, 40, sets[i]);
            got = run(tally_attack_graph, &t.scene);
            assert_int_equal(got.twice, 0);
            assert_true(got.claimed <= (nv < np ? nv : np));
            assert_true(sets[i] == nothing_in_common || got.sure <= 2);
            if (sets[i] != nothing_in_common) {
                assert_int_equal(run(pattern, &t.scene).claimed, 0);
            }
            tally_testscene_free(&t);
        }
    }
}

static void
known_people_give_away_the_rest(void **state)
{
    struct tally_testscene t;
    struct tally got;

    (void)state;
    tally_testscene_make(&t, 150, 150, 512, 100, at_random);
    for (uint32_t i = 0; i < 60; i++) {
        t.granted[i] = i;
    }
    got = run(tally_attack_known, &t.scene);
    assert_true(got.right > 75);
    assert_true(got.claimed <= 90); /* what was granted is no success */
    tally_testscene_free(&t);
    /* With nobody known, nothing is learnt. */
    tally_testscene_make(&t, 40, 40, 512, 40, nothing_in_common);
    got = run(tally_attack_known, &t.scene);
    assert_true(got.sure <= 1);
    tally_testscene_free(&t);
}

static void
tokens_that_many_share_are_mined(void **state)
{
    struct tally_testscene t;
    size_t natoms = 99;
    struct tally_audit_claims c = {0};

    (void)state;
    tally_testscene_make(&t, 200, 200, 512, 100, at_random);
    assert_int_equal(tally_attack_pattern(&t.scene, &c, &natoms, &err), 0);
    assert_true(natoms > 20);
    tally_audit_claims_free(&c);
    tally_testscene_free(&t);
    /* Bits that all or none set go with no other. */
    tally_testscene_make(&t, 30, 30, 512, 100, all_alike);
    assert_int_equal(tally_attack_pattern(&t.scene, &c, &natoms, &err), 0);
    assert_int_equal(natoms, 0);
    assert_int_equal(count(&c).claimed, 0);
    tally_audit_claims_free(&c);
    tally_testscene_free(&t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_key_names_all_who_have_bits),
        cmocka_unit_test(full_and_empty_encodings_are_no_sign_of_a_key_used_twice),
        cmocka_unit_test(common_values_fall_to_frequency),
        cmocka_unit_test(alike_by_how_they_resemble_others),
        cmocka_unit_test(who_resemble_nobody_or_everybody_are_not_found),
        cmocka_unit_test(known_people_give_away_the_rest),
        cmocka_unit_test(tokens_that_many_share_are_mined),
    };

    return cmocka_run_group_tests(tests, tally_testpool_enter, tally_testpool_leave);
}

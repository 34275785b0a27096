/*
 * Which records of a new delivery were in the one before: by token, by id, by equal
 * encodings and by linking the two, each record once and nobody who is new.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/succession.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bloom/clks.h"
#include "tests/support/encbuild.h"
#include "tests/support/scratch.h"

#define BITS      1024
#define ROW_BYTES (BITS / 8)
#define MOST      700

/* A record as a test gives it. */
struct record {
    uint32_t person;
    uint32_t token; /* a number that tells its token */
    uint32_t slips; /* bits turned over */
    const char *id;
};

static uint64_t random_state;

static uint32_t
random_number(void)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random_state >> 32);
}

static void
row_of(const struct record *r, uint8_t *row)
{
    random_state = 1000003u * r->person + 17;
    for (size_t i = 0; i < ROW_BYTES; i++) {
        row[i] = (uint8_t)(random_number() & random_number());
    }
    for (uint32_t i = 0; i < r->slips; i++) {
        uint32_t bit = random_number() % BITS;

        row[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

/* Tokens are as good as random: of the first delivery's records and of the next one's they
 * stand in no common order. */
static void
token_of(uint32_t number, uint8_t token[TALLY_TOKEN_BYTES])
{
    memset(token, 0, TALLY_TOKEN_BYTES);
    random_state = number;
    (void)random_number();
    for (size_t i = 0; i < 8; i++) {
        token[i] = (uint8_t)(random_number() >> 7);
    }
    memcpy(token + 8, &number, sizeof number);
}

static struct tally_encfile *
delivery(const char *path, const struct record *list, size_t n, bool other_key)
{
    struct tally_enc_info info = tally_encbuild_info("police", n, BITS);
    uint8_t *rows = calloc(n + 1, ROW_BYTES);
    uint8_t *tokens = calloc(n + 1, TALLY_TOKEN_BYTES);
    const char **ids = calloc(n + 1, sizeof *ids);
    struct tally_encfile *e = NULL;
    struct tally_err err = TALLY_ERR_INIT;

    assert_true(rows != NULL && tokens != NULL && ids != NULL);
    for (size_t i = 0; i < n; i++) {
        row_of(&list[i], rows + i * ROW_BYTES);
        token_of(list[i].token, tokens + i * TALLY_TOKEN_BYTES);
        ids[i] = list[i].id;
    }
    info.key_check[0] ^= other_key;
    tally_encbuild(path, &info, rows, tokens, n > 0 && ids[0] != NULL ? ids : NULL);
    assert_int_equal(tally_encfile_open(&e, path, &err), 0);
    free(rows);
    free(tokens);
    free(ids);
    return e;
}

/* What came of two deliveries. */
struct outcome {
    struct tally_successor *list;
    size_t n;
    enum tally_succession_by by;
};

static struct outcome
succeed_with(const struct record *old, size_t nold, const struct record *new, size_t nnew,
             bool other_key, unsigned threads)
{
    struct tally_encfile *was = delivery("old.enc", old, nold, false);
    struct tally_encfile *is = delivery("new.enc", new, nnew, other_key);
    struct outcome o = {.list = NULL};
    struct tally_pool *pool = NULL;
    struct tally_err err = TALLY_ERR_INIT;

    assert_int_equal(tally_pool_create(&pool, threads, &err), 0);
    if (tally_succession(was, is, pool, NULL, &o.list, &o.n, &o.by, &err) != 0) {
        fail_msg("%s", err.text);
    }
    for (size_t i = 1; i < o.n; i++) {
        assert_true(memcmp(o.list[i - 1].token, o.list[i].token, TALLY_TOKEN_BYTES) < 0);
    }
    tally_pool_free(pool);
    tally_encfile_close(was);
    tally_encfile_close(is);
    return o;
}

static struct outcome
succeed(const struct record *old, size_t nold, const struct record *new, size_t nnew)
{
    return succeed_with(old, nold, new, nnew, false, 2);
}

/* The number of the token that token ${number} of the new delivery had; 0: it is new. */
static uint32_t
was(const struct outcome *o, uint32_t number)
{
    uint8_t token[TALLY_TOKEN_BYTES];
    const uint8_t *at;

    token_of(number, token);
    at = tally_successor_was(o->list, o->n, token);
    if (at == NULL) {
        return 0;
    }
    memcpy(&number, at + 8, sizeof number);
    return number;
}

static void
a_token_that_was_kept_tells_before_all_else(void **state)
{
    const struct record old[] = {{1, 11, 0, "a"}, {2, 12, 0, "b"}, {3, 13, 0, "c"}};
    const struct record new[] = {{7, 11, 0, "b"}, {2, 22, 0, "b2"}, {3, 23, 0, "c"}};
    struct outcome o = succeed(old, 3, new, 3);

    (void)state;
    assert_int_equal(o.by, TALLY_SUCCESSION_BY_ID);
    assert_int_equal(o.n, 2);
    assert_int_equal(was(&o, 11), 11);
    assert_int_equal(was(&o, 22), 0);
    assert_int_equal(was(&o, 23), 13);
    free(o.list);
}

/* Whatever its encodings say; an id that stands in a file twice says nothing, and one is
 * not another that it begins. */
static void
ids_tell_where_each_stands_once(void **state)
{
    const struct record old[] = {{1, 11, 0, "1"},  {2, 12, 0, "10"}, {3, 13, 0, "7"},
                                 {4, 14, 0, "7"},  {5, 15, 0, "9"},  {6, 16, 0, "y"},
                                 {8, 18, 0, "zz"}, {9, 19, 0, "q"}};
    const struct record new[] = {{9, 21, 0, "1"}, {2, 22, 0, "100"}, {3, 23, 0, "7"},
                                 {5, 25, 0, "9"}, {5, 26, 0, "9"},   {6, 27, 0, "z"},
                                 {1, 28, 0, "q"}};
    struct outcome o = succeed(old, 8, new, 7);

    (void)state;
    assert_int_equal(o.by, TALLY_SUCCESSION_BY_ID);
    assert_int_equal(o.n, 2);
    assert_int_equal(was(&o, 21), 11);
    assert_int_equal(was(&o, 28), 19);
    free(o.list);
}

/* Persons 0 to 599, and of the next delivery 60 to 659 under tokens of its own; forty that
 * are in both have changed. */
static size_t
quarter(struct record *list, bool later, uint32_t slips)
{
    for (uint32_t i = 0; i < 600; i++) {
        uint32_t person = later ? i + 60 : i;

        list[i] = (struct record){.person = person,
                                  .token = (later ? 2000 : 1000) + person,
                                  .slips = later && i < 40 ? slips : 0};
    }
    return 600;
}

/* A newcomer may look like somebody who left, but never surely so. */
static void
encodings_and_links_tell_where_there_are_no_ids(void **state)
{
    struct record old[MOST], new[MOST];
    size_t n = quarter(old, false, 0), m = quarter(new, true, 30), changed = 0;
    struct outcome o = succeed(old, n, new, m);

    (void)state;
    assert_int_equal(o.by, TALLY_SUCCESSION_BY_LINK);
    assert_in_range(o.n, 535, 545);
    o.n = tally_successors_sure(o.list, o.n);
    for (uint32_t person = 60; person < 660; person++) {
        uint32_t number = was(&o, 2000 + person);

        if (person >= 600) {
            assert_int_equal(number, 0);
        } else if (person >= 100 || number != 0) {
            assert_int_equal(number, 1000 + person);
            changed += person < 100;
        }
    }
    assert_in_range(changed, 20, 40);
    assert_int_equal(o.n, 500 + changed);
    free(o.list);
}

/* Of several that are the same each takes one, as many as there are. */
static void
nobody_is_taken_twice(void **state)
{
    struct record old[MOST], new[MOST];
    size_t n = quarter(old, false, 0), m = quarter(new, true, 0), taken = 0;
    struct outcome o;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        old[n++] = (struct record){.person = 5000, .token = 5001 + (uint32_t)i};
    }
    for (size_t i = 0; i < 5; i++) {
        new[m++] = (struct record){.person = 5000, .token = 6001 + (uint32_t)i};
    }
    /* One kept its token, and is somebody else now by its encodings. */
    new[m++] = (struct record){.person = 7777, .token = 5001};
    o = succeed(old, n, new, m);
    assert_int_equal(was(&o, 5001), 5001);
    for (uint32_t i = 0; i < 5; i++) {
        uint32_t number = was(&o, 6001 + i);

        assert_true(number == 0 || number == 5002 || number == 5003);
        taken += number != 0;
        for (uint32_t j = 0; number != 0 && j < i; j++) {
            assert_int_not_equal(number, was(&o, 6001 + j));
        }
    }
    assert_int_equal(taken, 2);
    free(o.list);
}

static void
threads_do_not_matter(void **state)
{
    struct record old[MOST], new[MOST];
    size_t n = quarter(old, false, 0), m = quarter(new, true, 110);
    struct outcome one = succeed_with(old, n, new, m, false, 1);
    struct outcome three = succeed_with(old, n, new, m, false, 3);

    (void)state;
    assert_int_equal(one.n, three.n);
    assert_memory_equal(one.list, three.list, one.n * sizeof *one.list);
    free(one.list);
    free(three.list);
}

static void
encodings_of_another_key_tell_nothing(void **state)
{
    struct record old[MOST], new[MOST];
    size_t n = quarter(old, false, 0), m = quarter(new, true, 0);
    struct outcome o;

    (void)state;
    new[5].token = old[7].token;
    o = succeed_with(old, n, new, m, true, 2);
    assert_int_equal(o.by, TALLY_SUCCESSION_BY_TOKEN);
    assert_int_equal(o.n, 1);
    assert_int_equal(was(&o, old[7].token), old[7].token);
    free(o.list);
}

static void
a_delivery_may_be_empty(void **state)
{
    const struct record one[] = {{1, 11, 0, NULL}};
    struct outcome none = succeed(one, 0, one, 1), gone = succeed(one, 1, one, 0);

    (void)state;
    assert_int_equal(none.n + gone.n, 0);
    assert_int_equal(was(&none, 11), 0);
    free(none.list);
    free(gone.list);
}

static void
filters_without_tokens_are_refused(void **state)
{
    const struct record one[] = {{1, 11, 0, NULL}};
    struct tally_encfile *with = delivery("old.enc", one, 1, false), *without = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    struct outcome o;

    (void)state;
    tally_scratch_put("f.json", "{\"clks\": [\"AAEC\"]}", 0600);
    assert_int_equal(tally_clks_read(&without, "f.json", &err), 0);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(tally_succession(i == 0 ? with : without, i == 0 ? without : with,
                                          NULL, NULL, &o.list, &o.n, &o.by, &err),
                         -1);
        assert_int_equal(err.code, TALLY_E_USAGE);
    }
    tally_encfile_close(with);
    tally_encfile_close(without);
}

static struct tally_successor
successor(uint32_t is, uint32_t before, bool doubtful)
{
    struct tally_successor s = {.doubtful = doubtful};

    token_of(is, s.token);
    token_of(before, s.was);
    return s;
}

static void
doubtful_ones_can_be_left_out(void **state)
{
    struct tally_successor list[] = {successor(1, 11, false), successor(2, 12, true),
                                     successor(3, 13, false), successor(4, 14, true)};
    const struct tally_successor third = list[2];

    (void)state;
    assert_int_equal(tally_successors_sure(list, 4), 2);
    assert_memory_equal(&list[1], &third, sizeof third);
    assert_int_equal(tally_successors_sure(list, 0), 0);
}

/* 1 became 2, 2 became 3; 5 stayed 5; 7 and 8 became each other, which no series does. */
static void
a_token_of_long_ago_is_followed_to_the_present_one(void **state)
{
    struct tally_successor list[] = {successor(2, 1, false), successor(3, 2, false),
                                     successor(5, 5, false), successor(8, 7, false),
                                     successor(7, 8, false)};
    const uint32_t now[][2] = {{1, 3}, {2, 3}, {3, 3}, {4, 4}, {5, 5}};
    uint8_t token[TALLY_TOKEN_BYTES], wanted[TALLY_TOKEN_BYTES];

    (void)state;
    tally_successors_by_was(list, 5);
    for (size_t i = 0; i < 5; i++) {
        token_of(now[i][0], token);
        token_of(now[i][1], wanted);
        tally_successor_now(list, 5, token);
        assert_memory_equal(token, wanted, sizeof token);
        tally_successor_now(list, 0, token);
        assert_memory_equal(token, wanted, sizeof token);
    }
    token_of(7, token);
    tally_successor_now(list, 5, token); /* it ends */
    tally_successors_by_was(NULL, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_that_was_kept_tells_before_all_else),
        cmocka_unit_test(ids_tell_where_each_stands_once),
        cmocka_unit_test(encodings_and_links_tell_where_there_are_no_ids),
        cmocka_unit_test(nobody_is_taken_twice),
        cmocka_unit_test(threads_do_not_matter),
        cmocka_unit_test(encodings_of_another_key_tell_nothing),
        cmocka_unit_test(a_delivery_may_be_empty),
        cmocka_unit_test(filters_without_tokens_are_refused),
        cmocka_unit_test(doubtful_ones_can_be_left_out),
        cmocka_unit_test(a_token_of_long_ago_is_followed_to_the_present_one),
    };

    return cmocka_run_group_tests_name("succession", tests, tally_scratch_enter,
                                       tally_scratch_leave);
}

/*
 * External sort: order, ties, runs on disk, several passes, long records.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/sorter.h"

#include "bloom/base/bytes.h"
#include "bloom/base/interrupt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A small fixed generator: the same records on every run. */
static uint64_t
scramble(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

struct plan {
    size_t memory;
    uint64_t nrecs;
    uint64_t nkeys; /* fewer than records makes ties; 0 leaves keys unbounded */
    size_t len_min;
    size_t len_spread;
};

static size_t
plan_len(const struct plan *p, uint64_t i)
{
    return p->len_min + (p->len_spread == 0 ? 0 : scramble(i ^ 77) % p->len_spread);
}

/* The key of record ${i}: its order lies in the last bytes as often as in the first. */
static void
plan_key(const struct plan *p, uint64_t i, uint8_t key[TALLY_SORT_KEY])
{
    uint64_t v = p->nkeys == 0 ? scramble(i) : scramble(i) % p->nkeys;

    memset(key, 0, TALLY_SORT_KEY);
    for (int b = 0; b < 8; b++) {
        key[(i % 2 == 0 || p->nkeys != 0 ? 4 : 0) + b] = (uint8_t)(v >> (56 - 8 * b));
    }
}

/* Record ${i} holds its number and then bytes that follow from it. */
static void
plan_fill(uint64_t i, uint8_t *data, size_t len)
{
    uint8_t number[8];

    tally_le64_store(number, i);
    memcpy(data, number, len < 8 ? len : 8);
    for (size_t k = 8; k < len; k++) {
        data[k] = (uint8_t)(i + k * 31);
    }
}

static struct tally_sorter *
plan_add_all(const struct plan *p)
{
    struct tally_sorter *s = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    uint8_t *data = malloc(p->len_min + p->len_spread + 1);
    uint8_t key[TALLY_SORT_KEY];

    assert_non_null(data);
    assert_int_equal(tally_sorter_create(&s, p->memory, NULL, &err), 0);
    for (uint64_t i = 0; i < p->nrecs; i++) {
        size_t len = plan_len(p, i);

        plan_key(p, i, key);
        plan_fill(i, data, len);
        assert_int_equal(tally_sorter_add(s, key, data, len, &err), 0);
    }
    free(data);
    assert_int_equal(tally_sorter_count(s), p->nrecs);
    return s;
}

/* Sort the plan's records and check order, ties, completeness and every byte. */
static void
plan_check(const struct plan *p)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_sorter *s = plan_add_all(p);
    uint8_t last_key[TALLY_SORT_KEY] = {0};
    uint64_t last = 0;
    uint64_t seen = 0;
    uint64_t sum = 0;
    uint8_t *expect = malloc(p->len_min + p->len_spread + 1);
    const uint8_t *key;
    const void *data;
    size_t len;

    assert_non_null(expect);
    assert_int_equal(tally_sorter_finish(s, &err), 0);
    while (tally_sorter_next(s, &key, &data, &len, &err) == 1) {
        uint64_t i = tally_le64_load(data);
        uint8_t want[TALLY_SORT_KEY];
        int order = memcmp(last_key, key, TALLY_SORT_KEY);

        plan_key(p, i, want);
        assert_memory_equal(key, want, TALLY_SORT_KEY);
        assert_int_equal(len, plan_len(p, i));
        plan_fill(i, expect, len);
        assert_memory_equal(data, expect, len);
        assert_true(order < 0 || (order == 0 && (seen == 0 || last < i)));
        memcpy(last_key, key, TALLY_SORT_KEY);
        last = i;
        seen++;
        sum += i;
    }
    assert_int_equal(err.code, TALLY_OK);
    assert_int_equal(seen, p->nrecs);
    assert_true(p->nrecs == 0 || sum == p->nrecs * (p->nrecs - 1) / 2);
    assert_int_equal(tally_sorter_next(s, &key, &data, &len, &err), 0);
    free(expect);
    tally_sorter_free(s);
}

static void
sorter_of_nothing_and_of_one(void **state)
{
    const struct plan none = {.memory = 1 << 20};
    const struct plan one = {.memory = 1 << 20, .nrecs = 1, .len_min = 8};

    (void)state;
    plan_check(&none);
    plan_check(&one);
    tally_sorter_free(NULL);
}

static void
sorter_in_memory_orders_and_keeps_ties(void **state)
{
    (void)state;
    for (uint64_t n = 2; n < 80; n++) {
        const struct plan p = {1 << 20, n, n % 3 == 0 ? 5 : 0, 8, 40};

        plan_check(&p);
    }
    plan_check(&(struct plan){16 << 20, 30000, 0, 8, 100});
    plan_check(&(struct plan){16 << 20, 30000, 7, 8, 100});
    plan_check(&(struct plan){16 << 20, 30000, 1, 8, 0});
}

static void
sorter_on_disk_orders_and_keeps_ties(void **state)
{
    (void)state;
    plan_check(&(struct plan){256 << 10, 20000, 0, 8, 300});
    plan_check(&(struct plan){256 << 10, 20000, 7, 8, 300});
    plan_check(&(struct plan){256 << 10, 20000, 1, 8, 300});
    plan_check(&(struct plan){1 << 20, 20000, 0, 280, 0});
}

static void
sorter_with_more_runs_than_it_can_merge_at_once(void **state)
{
    (void)state;
    /* 64 KiB merges four runs at once; this makes about 500: four passes. */
    plan_check(&(struct plan){0, 100000, 0, 280, 0});
    plan_check(&(struct plan){0, 30000, 11, 8, 900});
}

static void
sorter_takes_records_longer_than_its_memory(void **state)
{
    (void)state;
    plan_check(&(struct plan){0, 40, 0, 8, 300000});
    plan_check(&(struct plan){64 << 10, 300, 3, 8, 70000});
    plan_check(&(struct plan){1 << 20, 3, 0, 16 << 20, 0});
}

static void
sorter_keeps_empty_records(void **state)
{
    struct tally_sorter *s = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    const uint8_t low[TALLY_SORT_KEY] = {1};
    const uint8_t high[TALLY_SORT_KEY] = {2};
    const uint8_t *key;
    const void *data;
    size_t len;

    (void)state;
    assert_int_equal(tally_sorter_create(&s, 1 << 16, NULL, &err), 0);
    assert_int_equal(tally_sorter_add(s, high, NULL, 0, &err), 0);
    assert_int_equal(tally_sorter_add(s, low, "", 0, &err), 0);
    assert_int_equal(tally_sorter_finish(s, &err), 0);
    assert_int_equal(tally_sorter_next(s, &key, &data, &len, &err), 1);
    assert_int_equal(key[0], 1);
    assert_int_equal(len, 0);
    assert_int_equal(tally_sorter_next(s, &key, &data, &len, &err), 1);
    assert_int_equal(key[0], 2);
    assert_int_equal(tally_sorter_next(s, &key, &data, &len, &err), 0);
    tally_sorter_free(s);
}

static void
sorter_refuses_a_record_over_the_limit(void **state)
{
    struct tally_sorter *s = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    const uint8_t key[TALLY_SORT_KEY] = {0};
    uint8_t byte = 0;

    (void)state;
    assert_int_equal(tally_sorter_create(&s, 1 << 16, NULL, &err), 0);
    assert_int_equal(tally_sorter_add(s, key, &byte, (16u << 20) + 1, &err), -1);
    assert_int_equal(err.code, TALLY_E_LIMIT);
    assert_int_equal(tally_sorter_count(s), 0);
    tally_sorter_free(s);
}

static void
sorter_names_a_folder_it_cannot_write_in(void **state)
{
    struct tally_sorter *s = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    uint8_t key[TALLY_SORT_KEY] = {0};
    uint8_t data[1000] = {0};
    int rc = 0;

    (void)state;
    assert_int_equal(tally_sorter_create(&s, 0, "/nonexistent/folder/x", &err), 0);
    for (int i = 0; i < 1000 && rc == 0; i++) {
        rc = tally_sorter_add(s, key, data, sizeof data, &err);
    }
    assert_int_equal(rc, -1);
    assert_int_equal(err.code, TALLY_E_IO);
    assert_non_null(strstr(err.text, "'/nonexistent/folder'"));
    tally_sorter_free(s);
}

static void
sorter_ends_early_when_it_is_interrupted(void **state)
{
    const struct plan p = {0, 5000, 0, 280, 0};
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_sorter *s = plan_add_all(&p);

    (void)state;
    tally_interrupt_set(true);
    assert_int_equal(tally_sorter_finish(s, &err), -1);
    assert_int_equal(err.code, TALLY_E_INTERRUPTED);
    tally_interrupt_set(false);
    tally_sorter_free(s);
}

static void
sorter_freed_at_any_stage_leaks_nothing(void **state)
{
    const struct plan small = {1 << 20, 10, 0, 8, 0};
    const struct plan large = {0, 5000, 0, 280, 0};
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_sorter *s;
    const uint8_t *key;
    const void *data;
    size_t len;

    (void)state;
    tally_sorter_free(plan_add_all(&small));
    tally_sorter_free(plan_add_all(&large));
    s = plan_add_all(&large);
    assert_int_equal(tally_sorter_finish(s, &err), 0);
    assert_int_equal(tally_sorter_next(s, &key, &data, &len, &err), 1);
    tally_sorter_free(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sorter_of_nothing_and_of_one),
        cmocka_unit_test(sorter_in_memory_orders_and_keeps_ties),
        cmocka_unit_test(sorter_on_disk_orders_and_keeps_ties),
        cmocka_unit_test(sorter_with_more_runs_than_it_can_merge_at_once),
        cmocka_unit_test(sorter_takes_records_longer_than_its_memory),
        cmocka_unit_test(sorter_keeps_empty_records),
        cmocka_unit_test(sorter_refuses_a_record_over_the_limit),
        cmocka_unit_test(sorter_names_a_folder_it_cannot_write_in),
        cmocka_unit_test(sorter_ends_early_when_it_is_interrupted),
        cmocka_unit_test(sorter_freed_at_any_stage_leaks_nothing),
    };

    return cmocka_run_group_tests_name("sorter", tests, NULL, NULL);
}

/*
 * Progress: what the callback hears, how often, and from one thread at a time.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/progress.h"

#include "bloom/base/pool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

struct heard {
    unsigned calls;
    unsigned ends;
    uint64_t last;
    uint64_t total;
    const char *phase;
    const char *unit;
    atomic_int inside;
    atomic_int overlaps;
};

static void
hear(void *ctx, const char *phase, const char *unit, uint64_t done, uint64_t total)
{
    struct heard *h = ctx;

    if (atomic_fetch_add(&h->inside, 1) != 0) {
        atomic_fetch_add(&h->overlaps, 1);
    }
    h->calls++;
    h->phase = phase;
    h->unit = unit;
    h->total = total;
    if (done == UINT64_MAX) {
        h->ends++;
    } else {
        h->last = done;
    }
    atomic_fetch_sub(&h->inside, 1);
}

static uint64_t
now_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static void
progress_to_nobody_is_ignored(void **state)
{
    struct tally_progress mute = {0};

    (void)state;
    tally_progress_begin(NULL, "read", "records", 1);
    tally_progress_add(NULL, 1);
    tally_progress_end(NULL);
    tally_progress_begin(&mute, "read", "records", 1);
    usleep(250000);
    tally_progress_add(&mute, 1);
    tally_progress_end(&mute);
}

static void
progress_tells_of_the_start_the_count_and_the_end(void **state)
{
    struct heard h = {0};
    struct tally_progress p = {.show = hear, .ctx = &h};
    uint64_t start = now_ms();
    unsigned calls;

    (void)state;
    tally_progress_begin(&p, "read", "records", 10);
    assert_int_equal(h.calls, 1);
    assert_string_equal(h.phase, "read");
    assert_string_equal(h.unit, "records");
    assert_int_equal(h.total, 10);
    assert_int_equal(h.last, 0);
    tally_progress_add(&p, 3);
    calls = h.calls; /* 2 when the machine was busy elsewhere for long enough */
    assert_true(calls == 1 || now_ms() - start >= 200);
    usleep(250000);
    tally_progress_add(&p, 4);
    assert_int_equal(h.calls, calls + 1);
    assert_int_equal(h.last, 7);
    tally_progress_end(&p);
    assert_int_equal(h.ends, 1);
    tally_progress_begin(&p, "write", "pairs", 0);
    assert_int_equal(h.last, 0);
    assert_string_equal(h.phase, "write");
    tally_progress_end(&p);
    assert_int_equal(h.ends, 2);
}

static int
count_chunk(void *ctx, size_t chunk, unsigned worker, struct tally_err *err)
{
    (void)chunk;
    (void)worker;
    (void)err;
    for (int i = 0; i < 1000; i++) {
        tally_progress_add(ctx, 1);
    }
    usleep(1000);
    return 0;
}

static void
progress_from_many_threads_comes_one_at_a_time_and_not_too_often(void **state)
{
    struct heard h = {0};
    struct tally_progress p = {.show = hear, .ctx = &h};
    struct tally_pool *pool = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    uint64_t start = now_ms();

    (void)state;
    assert_int_equal(tally_pool_create(&pool, 4, &err), 0);
    tally_progress_begin(&p, "compare", "pairs", 0);
    assert_int_equal(tally_pool_run(pool, 1000, count_chunk, &p, &err), 0);
    usleep(250000);
    tally_progress_add(&p, 0);
    assert_int_equal(h.last, 1000000);
    tally_progress_end(&p);
    assert_int_equal(atomic_load(&h.overlaps), 0);
    assert_true(h.calls <= (now_ms() - start) / 200 + 3);
    tally_pool_free(pool);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(progress_to_nobody_is_ignored),
        cmocka_unit_test(progress_tells_of_the_start_the_count_and_the_end),
        cmocka_unit_test(
            progress_from_many_threads_comes_one_at_a_time_and_not_too_often),
    };

    return cmocka_run_group_tests_name("progress", tests, NULL, NULL);
}

/*
 * The pool: every chunk once, the same error whatever the threads, interrupts.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/pool.h"

#include "bloom/base/interrupt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define CHUNKS 1000

static const unsigned thread_counts[] = {1, 2, 3, 8, 0};
#define THREAD_COUNTS (sizeof thread_counts / sizeof thread_counts[0])

struct job {
    unsigned char done[CHUNKS]; /* each chunk writes its own: a race would show in TSan */
    size_t fail_from;           /* this chunk and those above fail */
    size_t interrupt_at;
    unsigned nthreads;
    atomic_uint bad_worker;
    atomic_size_t started;
};

static int
job_chunk(void *ctx, size_t chunk, unsigned worker, struct tally_err *err)
{
    struct job *j = ctx;

    j->done[chunk]++;
    atomic_fetch_add(&j->started, 1);
    if (worker >= j->nthreads) {
        atomic_fetch_add(&j->bad_worker, 1);
    }
    if (chunk == j->interrupt_at) {
        tally_interrupt_set(true);
    }
    while (chunk > j->interrupt_at && !tally_interrupted()) {
        usleep(100); /* or fast threads could finish before the signal */
    }
    if (chunk >= j->fail_from) {
        if (chunk == j->fail_from) {
            usleep(2000); /* let higher chunks fail first */
        }
        return tally_err_set(err, TALLY_E_DATA, "chunk %zu", chunk);
    }
    return 0;
}

static struct tally_pool *
job_start(struct job *j, unsigned nthreads)
{
    struct tally_pool *p = NULL;
    struct tally_err err = TALLY_ERR_INIT;

    assert_int_equal(tally_pool_create(&p, nthreads, &err), 0);
    memset(j->done, 0, sizeof j->done);
    j->fail_from = SIZE_MAX;
    j->interrupt_at = SIZE_MAX;
    j->nthreads = tally_pool_threads(p);
    atomic_init(&j->bad_worker, 0);
    atomic_init(&j->started, 0);
    return p;
}

static void
pool_runs_every_chunk_once_and_can_run_again(void **state)
{
    struct job j;
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    for (size_t t = 0; t < THREAD_COUNTS; t++) {
        struct tally_pool *p = job_start(&j, thread_counts[t]);

        for (int run = 1; run <= 20; run++) {
            assert_int_equal(tally_pool_run(p, CHUNKS, job_chunk, &j, &err), 0);
            for (size_t i = 0; i < CHUNKS; i++) {
                assert_int_equal(j.done[i], run);
            }
        }
        assert_int_equal(atomic_load(&j.bad_worker), 0);
        tally_pool_free(p);
    }
    tally_pool_free(NULL);
}

static void
pool_with_no_chunks_or_one_is_fine(void **state)
{
    struct job j;
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    for (size_t t = 0; t < THREAD_COUNTS; t++) {
        struct tally_pool *p = job_start(&j, thread_counts[t]);

        assert_int_equal(tally_pool_run(p, 0, job_chunk, &j, &err), 0);
        assert_int_equal(atomic_load(&j.started), 0);
        assert_int_equal(tally_pool_run(p, 1, job_chunk, &j, &err), 0);
        assert_int_equal(atomic_load(&j.started), 1);
        tally_pool_free(p);
    }
}

static void
pool_returns_the_error_of_the_lowest_failed_chunk(void **state)
{
    struct job j;
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    for (size_t t = 0; t < THREAD_COUNTS; t++) {
        for (size_t from = 0; from < 40; from += 3) {
            struct tally_pool *p = job_start(&j, thread_counts[t]);
            char want[32];

            j.fail_from = from;
            snprintf(want, sizeof want, "chunk %zu", from);
            assert_int_equal(tally_pool_run(p, CHUNKS, job_chunk, &j, &err), -1);
            assert_int_equal(err.code, TALLY_E_DATA);
            assert_string_equal(err.text, want);
            assert_true(atomic_load(&j.started) < CHUNKS);
            /* A failed run leaves nothing behind in the pool. */
            j.fail_from = SIZE_MAX;
            assert_int_equal(tally_pool_run(p, CHUNKS, job_chunk, &j, &err), 0);
            tally_pool_free(p);
        }
    }
}

static void
pool_stops_when_it_is_interrupted(void **state)
{
    struct job j;
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    for (size_t t = 0; t < THREAD_COUNTS; t++) {
        struct tally_pool *p = job_start(&j, thread_counts[t]);

        j.interrupt_at = 10;
        assert_int_equal(tally_pool_run(p, CHUNKS, job_chunk, &j, &err), -1);
        assert_int_equal(err.code, TALLY_E_INTERRUPTED);
        assert_true(atomic_load(&j.started) >= 11);
        assert_true(atomic_load(&j.started) < CHUNKS);
        tally_interrupt_set(false);
        tally_pool_free(p);
    }
}

static void
pool_counts_its_threads_and_refuses_too_many(void **state)
{
    struct tally_pool *p = NULL;
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    assert_int_equal(tally_pool_create(&p, 3, &err), 0);
    assert_int_equal(tally_pool_threads(p), 3);
    tally_pool_free(p);
    assert_int_equal(tally_pool_create(&p, 0, &err), 0);
    assert_in_range(tally_pool_threads(p), 1, TALLY_THREADS_MAX);
    tally_pool_free(p);
    p = NULL;
    assert_int_equal(tally_pool_create(&p, TALLY_THREADS_MAX + 1, &err), -1);
    assert_int_equal(err.code, TALLY_E_USAGE);
    assert_null(p);
    assert_int_equal(tally_pool_create(&p, TALLY_THREADS_MAX, &err), 0);
    tally_pool_free(p);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pool_runs_every_chunk_once_and_can_run_again),
        cmocka_unit_test(pool_with_no_chunks_or_one_is_fine),
        cmocka_unit_test(pool_returns_the_error_of_the_lowest_failed_chunk),
        cmocka_unit_test(pool_stops_when_it_is_interrupted),
        cmocka_unit_test(pool_counts_its_threads_and_refuses_too_many),
    };

    return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}

/*
 * The pipeline: every part once, batches begun and ended in order, few at a time, and the
 * same error whatever the threads.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/pipeline.h"

#include "bloom/base/interrupt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define BATCHES 60
#define PLACES  3
#define PARTS   7 /* of the longest batch */

static const unsigned thread_counts[] = {1, 2, 3, 8};
#define THREAD_COUNTS (sizeof thread_counts / sizeof thread_counts[0])

enum { NOWHERE = 99 };

/* Batch b has b % PARTS + 1 parts and lies in place b % PLACES. */
struct job {
    size_t begun; /* begin and end write without atomics: a race would show in TSan */
    size_t ended;
    size_t of[PLACES]; /* the batch in each place */
    atomic_uint done[BATCHES][PARTS];
    atomic_uint wrong;
    size_t begin_fails, part_fails, end_fails; /* in these batches */
    size_t slow_end;                           /* this batch takes long to end */
    size_t interrupt_at;
};

static int
fails(struct tally_err *err, const char *what, size_t batch)
{
    return tally_err_set(err, TALLY_E_DATA, "%s %zu", what, batch);
}

static int
job_begin(void *ctx, size_t place, size_t *parts, struct tally_err *err)
{
    struct job *j = ctx;
    size_t batch = j->begun;

    atomic_fetch_add(&j->wrong, place != batch % PLACES);
    if (batch == j->begin_fails) {
        return fails(err, "begin", batch);
    }
    if (batch == j->interrupt_at) {
        tally_interrupt_set(true);
    }
    if (batch == BATCHES) {
        return 0;
    }
    j->of[place] = batch;
    j->begun++;
    *parts = batch % PARTS + 1;
    return 0;
}

static int
job_part(void *ctx, size_t place, size_t part, unsigned worker, struct tally_err *err)
{
    struct job *j = ctx;
    size_t batch = j->of[place];

    (void)worker;
    atomic_fetch_add(&j->done[batch][part], 1);
    if (batch >= j->part_fails && part >= 1) {
        usleep(part == 1 ? 2000 : 0); /* let higher parts fail first */
        return fails(err, part == 1 ? "part 1 of" : "a higher part of", batch);
    }
    return 0;
}

static int
job_end(void *ctx, size_t place, struct tally_err *err)
{
    struct job *j = ctx;
    size_t batch = j->of[place];

    atomic_fetch_add(&j->wrong, batch != j->ended || place != batch % PLACES);
    for (size_t i = 0; i <= batch % PARTS; i++) {
        atomic_fetch_add(&j->wrong, atomic_load(&j->done[batch][i]) != 1);
    }
    if (batch == j->slow_end) {
        usleep(20000);
    }
    if (batch == j->end_fails) {
        return fails(err, "end", batch);
    }
    j->ended++;
    return 0;
}

static void
job_clear(struct job *j)
{
    memset(j, 0, sizeof *j);
    j->begin_fails = j->part_fails = j->end_fails = NOWHERE;
    j->slow_end = j->interrupt_at = NOWHERE;
}

static int
job_run(struct job *j, unsigned threads, struct tally_err *err)
{
    static const struct tally_pipeline pipeline = {PLACES, job_begin, job_part, job_end};
    struct tally_pool *pool = NULL;
    int rc;

    *err = (struct tally_err)TALLY_ERR_INIT;
    assert_int_equal(tally_pool_create(&pool, threads, err), 0);
    rc = tally_pipeline_run(pool, &pipeline, j, err);
    tally_pool_free(pool);
    assert_int_equal(atomic_load(&j->wrong), 0);
    return rc;
}

static void
every_part_runs_once_between_begin_and_end(void **state)
{
    struct tally_err err;
    struct job j;

    (void)state;
    for (size_t t = 0; t < THREAD_COUNTS; t++) {
        for (unsigned run = 0; run < 20; run++) {
            job_clear(&j);
            j.slow_end = run == 0 ? 4 : NOWHERE;
            assert_int_equal(job_run(&j, thread_counts[t], &err), 0);
            assert_int_equal(j.begun, BATCHES);
            assert_int_equal(j.ended, BATCHES);
        }
    }
}

static void
nothing_to_do_is_fine(void **state)
{
    struct tally_err err;
    struct job j;

    (void)state;
    job_clear(&j);
    j.begun = j.ended = BATCHES; /* a multiple of PLACES */
    assert_int_equal(job_run(&j, 2, &err), 0);
    assert_int_equal(j.ended, BATCHES);
}

static void
expect_error(struct job *j, unsigned threads, const char *text, size_t ended)
{
    struct tally_err err;

    assert_int_equal(job_run(j, threads, &err), -1);
    assert_int_equal(err.code, TALLY_E_DATA);
    assert_string_equal(err.text, text);
    assert_int_equal(j->ended, ended);
    assert_true(j->begun <= ended + PLACES);
}

static void
the_first_batch_that_fails_gives_the_error_and_those_before_it_end(void **state)
{
    struct job j;

    (void)state;
    for (size_t t = 0; t < THREAD_COUNTS; t++) {
        unsigned threads = thread_counts[t];

        job_clear(&j);
        j.begin_fails = 20;
        expect_error(&j, threads, "begin 20", 20);

        job_clear(&j);
        j.part_fails = 22; /* and all that follow */
        expect_error(&j, threads, "part 1 of 22", 22);

        job_clear(&j);
        j.end_fails = 24;
        expect_error(&j, threads, "end 24", 24);

        job_clear(&j);
        j.begin_fails = 32; /* read ahead while 30 is slow to end */
        j.slow_end = j.end_fails = 30;
        expect_error(&j, threads, "end 30", 30);
    }
}

static void
an_interrupt_stops_it(void **state)
{
    struct tally_err err;
    struct job j;

    (void)state;
    for (size_t t = 0; t < THREAD_COUNTS; t++) {
        job_clear(&j);
        j.interrupt_at = 10;
        assert_int_equal(job_run(&j, thread_counts[t], &err), -1);
        assert_int_equal(err.code, TALLY_E_INTERRUPTED);
        assert_true(j.begun <= 11 && j.ended < 11);
        tally_interrupt_set(false);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_part_runs_once_between_begin_and_end),
        cmocka_unit_test(nothing_to_do_is_fine),
        cmocka_unit_test(
            the_first_batch_that_fails_gives_the_error_and_those_before_it_end),
        cmocka_unit_test(an_interrupt_stops_it),
    };

    return cmocka_run_group_tests_name("pipeline", tests, NULL, NULL);
}

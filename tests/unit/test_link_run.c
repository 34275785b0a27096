/*
 * Whole link runs over sources made for the purpose: what is linked, what is not, and
 * that threads and kernels do not matter.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/link.h"

#include "bloom/base/secret.h"
#include "tests/support/encbuild.h"
#include "tests/support/scratch.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BITS      1024
#define ROW_BYTES (BITS / 8)
#define PEOPLE    600

static uint64_t random_state;

static uint32_t
random_number(void)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random_state >> 32);
}

/* Row of person ${p}: about a quarter of its bits set, always the same ones. */
static void
person_row(uint32_t p, uint8_t *row)
{
    random_state = 1000003u * p + 17;
    for (size_t i = 0; i < ROW_BYTES; i++) {
        row[i] = (uint8_t)(random_number() & random_number());
    }
}

/* The same with ${flips} bits turned over, as another source may have spelt the person.
 */
static void
noisy_row(uint32_t p, uint32_t source, unsigned flips, uint8_t *row)
{
    person_row(p, row);
    random_state = 7919u * p + source + 1;
    for (unsigned i = 0; i < flips; i++) {
        uint32_t bit = random_number() % BITS;

        row[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

struct fixture {
    void *folder;
    struct tally_pool *pool;
    struct tally_encfile *files[4];
    struct tally_link_source sources[4];
    size_t n;
};

static int
setup(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct fixture *f = calloc(1, sizeof *f);

    assert_non_null(f);
    assert_int_equal(tally_secret_init(&err), 0);
    assert_int_equal(tally_pool_create(&f->pool, 2, &err), 0);
    assert_int_equal(tally_scratch_enter(&f->folder), 0);
    *state = f;
    return 0;
}

static int
teardown(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < f->n; i++) {
        tally_encfile_close(f->files[i]);
    }
    tally_pool_free(f->pool);
    assert_int_equal(tally_scratch_leave(&f->folder), 0);
    free(f);
    return 0;
}

/* A source of the people ${first} to ${first} + ${n} - 1, its row i being person first +
 * i. */
static void
add_source(struct fixture *f, const char *name, uint32_t first, size_t n, unsigned flips,
           bool duplicates)
{
    static uint8_t rows[2 * PEOPLE][ROW_BYTES];
    struct tally_enc_info info = tally_encbuild_info(name, n, BITS);
    struct tally_err err = TALLY_ERR_INIT;
    char path[64];

    info.duplicates_possible = duplicates;
    for (uint32_t i = 0; i < n; i++) {
        noisy_row(first + i, (uint32_t)f->n, flips, rows[i]);
    }
    (void)snprintf(path, sizeof path, "%s.enc", name);
    tally_encbuild(path, &info, rows[0], NULL, NULL);
    assert_int_equal(tally_encfile_open(&f->files[f->n], path, &err), 0);
    f->sources[f->n] = (struct tally_link_source){name, f->files[f->n]};
    f->n++;
}

static struct tally_link_job
job_of(struct fixture *f)
{
    return (struct tally_link_job){
        .sources = f->sources, .nsources = f->n, .fdr = .02, .pool = f->pool};
}

static void
run_link(const struct tally_link_job *job, struct tally_link_result *r)
{
    struct tally_err err = TALLY_ERR_INIT;
    int rc = tally_link_run(job, r, &err);

    if (rc != 0) {
        print_error("%s\n", err.text);
    }
    assert_int_equal(rc, 0);
}

static void
shared_people_are_linked_and_others_are_not(void **state)
{
    struct fixture *f = *state;
    struct tally_link_result r;
    size_t right = 0;

    add_source(f, "a", 0, PEOPLE, 30, false);
    add_source(f, "b", 200, PEOPLE, 30, false);
    struct tally_link_job job = job_of(f);
    run_link(&job, &r);
    for (size_t i = 0; i < r.nlinks; i++) {
        const struct tally_link *l = &r.links[i];

        right += l->row_a == l->row_b + 200;
        assert_int_equal(r.cluster[0][l->row_a], r.cluster[1][l->row_b]);
        assert_true(l->common * 2 <= l->total);
        assert_true(isnan(l->probability) ||
                    (l->probability >= 0 && l->probability <= 1));
    }
    assert_int_equal(right, r.nlinks);
    assert_in_range(right, 396, 400);
    assert_int_equal(r.nclusters, 2 * PEOPLE - right);
    assert_int_equal(r.ncalibrations, 1);
    assert_int_equal(r.calibrations[0].how, TALLY_THRESHOLD_DECOYS);
    assert_int_equal(r.calibrations[0].links, right);
    assert_true(r.calibrations[0].estimated_precision > .97);
    tally_link_result_free(&r);
}

static void
links_stand_by_descending_score(void **state)
{
    struct fixture *f = *state;
    struct tally_link_result r;

    add_source(f, "a", 0, 300, 10, false);
    add_source(f, "b", 0, 300, 90, false);
    struct tally_link_job job = job_of(f);
    run_link(&job, &r);
    assert_in_range(r.nlinks, 280, 300);
    for (size_t i = 1; i < r.nlinks; i++) {
        const struct tally_link *x = &r.links[i - 1];
        const struct tally_link *y = &r.links[i];

        assert_true((uint64_t)x->common * y->total >= (uint64_t)y->common * x->total);
    }
    tally_link_result_free(&r);
}

static void
strangers_are_left_alone(void **state)
{
    struct fixture *f = *state;
    struct tally_link_result r;

    add_source(f, "a", 0, 80, 0, false);
    add_source(f, "b", 5000, 2 * PEOPLE, 0, false);
    struct tally_link_job job = job_of(f);
    run_link(&job, &r);
    assert_in_range(r.nlinks, 0, 1);
    tally_link_result_free(&r);
}

static void
threads_and_kernels_do_not_change_the_result(void **state)
{
    struct fixture *f = *state;
    struct tally_link_result first;
    struct tally_link_result r;
    const char *kernels[] = {"portable", "popcnt", "avx2", "avx512"};
    struct tally_err err = TALLY_ERR_INIT;

    add_source(f, "a", 0, 300, 60, false);
    add_source(f, "b", 150, 300, 60, false);
    add_source(f, "c", 100, 250, 60, false);
    struct tally_link_job job = job_of(f);
    run_link(&job, &first);
    assert_in_range(first.nlinks, 400, 600);
    for (size_t k = 0; k < 4; k++) {
        for (unsigned threads = 1; threads <= 4; threads *= 2) {
            setenv("TALLY_CPU", kernels[k], 1);
            assert_int_equal(tally_pool_create(&job.pool, threads, &err), 0);
            run_link(&job, &r);
            assert_int_equal(r.nlinks, first.nlinks);
            assert_memory_equal(r.links, first.links, r.nlinks * sizeof *r.links);
            for (size_t s = 0; s < 3; s++) {
                assert_memory_equal(r.cluster[s], first.cluster[s],
                                    r.nrecords[s] * sizeof *r.cluster[s]);
            }
            tally_link_result_free(&r);
            tally_pool_free(job.pool);
        }
    }
    unsetenv("TALLY_CPU");
    tally_link_result_free(&first);
}

static void
a_cluster_holds_one_record_of_a_clean_source(void **state)
{
    struct fixture *f = *state;
    struct tally_link_result r;
    uint8_t *seen;

    add_source(f, "a", 0, 300, 150, false);
    add_source(f, "b", 0, 300, 150, false);
    add_source(f, "c", 0, 300, 150, false);
    struct tally_link_job job = job_of(f);
    job.threshold_ppm = 400000;
    run_link(&job, &r);
    seen = calloc(r.nclusters, 1);
    assert_non_null(seen);
    for (size_t s = 0; s < 3; s++) {
        memset(seen, 0, r.nclusters);
        for (size_t i = 0; i < r.nrecords[s]; i++) {
            assert_int_equal(seen[r.cluster[s][i]]++, 0);
        }
    }
    assert_int_equal(r.calibrations[0].how, TALLY_THRESHOLD_GIVEN);
    assert_int_equal(r.calibrations[0].threshold_ppm, 400000);
    free(seen);
    tally_link_result_free(&r);
}

static void
empty_and_tiny_sources_work(void **state)
{
    struct fixture *f = *state;
    struct tally_link_result r;

    add_source(f, "none", 0, 0, 0, false);
    add_source(f, "one", 0, 1, 0, false);
    add_source(f, "two", 0, 2, 0, false);
    struct tally_link_job job = job_of(f);
    run_link(&job, &r);
    assert_int_equal(r.nsources, 3);
    assert_in_range(r.nclusters, 2, 3);
    assert_int_equal(r.ncalibrations, 3);
    tally_link_result_free(&r);
    job.sources = &f->sources[0];
    job.nsources = 1;
    run_link(&job, &r);
    assert_int_equal(r.nlinks, 0);
    assert_int_equal(r.nclusters, 0);
    tally_link_result_free(&r);
    job.sources = &f->sources[1];
    run_link(&job, &r);
    assert_int_equal(r.nlinks, 0);
    assert_int_equal(r.nclusters, 1);
    tally_link_result_free(&r);
}

static void
records_without_bits_match_nobody(void **state)
{
    struct fixture *f = *state;
    struct tally_enc_info info = tally_encbuild_info("empty", 3, BITS);
    static const uint8_t rows[3][ROW_BYTES];
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_link_result r;

    add_source(f, "a", 0, 100, 0, false);
    tally_encbuild("empty.enc", &info, rows[0], NULL, NULL);
    assert_int_equal(tally_encfile_open(&f->files[1], "empty.enc", &err), 0);
    f->sources[1] = (struct tally_link_source){"empty", f->files[1]};
    f->n = 2;
    struct tally_link_job job = job_of(f);
    run_link(&job, &r);
    assert_int_equal(r.nlinks, 0);
    tally_link_result_free(&r);
    job.sources = &f->sources[1];
    job.nsources = 1;
    run_link(&job, &r);
    assert_int_equal(r.nlinks, 0);
    assert_int_equal(r.nclusters, 3);
    tally_link_result_free(&r);
}

static void
a_minimum_probability_drops_links(void **state)
{
    struct fixture *f = *state;
    struct tally_link_result all;
    struct tally_link_result some;

    add_source(f, "a", 0, PEOPLE, 120, false);
    add_source(f, "b", 200, PEOPLE, 120, false);
    struct tally_link_job job = job_of(f);
    run_link(&job, &all);
    job.min_probability = .999;
    run_link(&job, &some);
    assert_in_range(some.nlinks, 0, all.nlinks);
    for (size_t i = 0; i < some.nlinks; i++) {
        assert_true(some.links[i].probability >= .999f);
    }
    tally_link_result_free(&all);
    tally_link_result_free(&some);
}

static void
files_that_do_not_fit_are_refused(void **state)
{
    struct fixture *f = *state;
    struct tally_enc_info info = tally_encbuild_info("b", 1, BITS);
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_link_result r;
    uint8_t row[ROW_BYTES];

    add_source(f, "a", 0, 10, 0, false);
    person_row(1, row);
    info.key_check[0] ^= 1;
    tally_encbuild("b.enc", &info, row, NULL, NULL);
    assert_int_equal(tally_encfile_open(&f->files[1], "b.enc", &err), 0);
    f->sources[1] = (struct tally_link_source){"b", f->files[1]};
    f->n = 2;
    struct tally_link_job job = job_of(f);
    assert_int_equal(tally_link_run(&job, &r, &err), -1);
    assert_int_equal(err.code, TALLY_E_KEY_MISMATCH);
    job.nsources = 0;
    assert_int_equal(tally_link_run(&job, &r, &err), -1);
    assert_int_equal(err.code, TALLY_E_USAGE);
}

static void
a_duplicate_source_may_link_several_records_to_one(void **state)
{
    struct fixture *f = *state;
    static uint8_t rows[400][ROW_BYTES];
    struct tally_enc_info info = tally_encbuild_info("dup", 400, BITS);
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_link_result r;
    size_t twice = 0;

    add_source(f, "clean", 0, 300, 20, false);
    for (uint32_t i = 0; i < 400; i++) {
        noisy_row(i / 2, 50 + i % 2, 20, rows[i]);
    }
    info.duplicates_possible = true;
    tally_encbuild("dup.enc", &info, rows[0], NULL, NULL);
    assert_int_equal(tally_encfile_open(&f->files[1], "dup.enc", &err), 0);
    f->sources[1] = (struct tally_link_source){"dup", f->files[1]};
    f->n = 2;
    struct tally_link_job job = job_of(f);
    run_link(&job, &r);
    for (uint32_t i = 0; i < 200; i++) {
        twice += r.cluster[1][2 * i] == r.cluster[0][i] &&
                 r.cluster[1][2 * i + 1] == r.cluster[0][i];
    }
    assert_in_range(twice, 190, 200);
    tally_link_result_free(&r);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(shared_people_are_linked_and_others_are_not),
        TEST(links_stand_by_descending_score),
        TEST(strangers_are_left_alone),
        TEST(threads_and_kernels_do_not_change_the_result),
        TEST(a_cluster_holds_one_record_of_a_clean_source),
        TEST(empty_and_tiny_sources_work),
        TEST(records_without_bits_match_nobody),
        TEST(a_minimum_probability_drops_links),
        TEST(files_that_do_not_fit_are_refused),
        TEST(a_duplicate_source_may_link_several_records_to_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

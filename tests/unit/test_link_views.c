/*
 * Linking on several views: people whom one view no longer finds are found by another,
 * and what a view lacks is not held against them.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/link.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/encbuild.h"
#include "tests/support/scratch.h"

#define BITS   1024
#define BYTES  (BITS / 8)
#define PEOPLE 400
#define VIEWS  2

static uint64_t state;

static uint32_t
number(void)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state >> 32);
}

/* A quarter of the bits, always the same of one person in one view. */
static void
row_of(uint32_t person, size_t view, uint8_t *row)
{
    state = 1000003u * person + 7919u * view + 17;
    for (size_t i = 0; i < BYTES; i++) {
        row[i] = (uint8_t)(number() & number());
    }
}

/* Every fifth person has another address in the second source, and so another first view;
 * every seventh has no second view at all. */
static uint8_t
add_person(uint32_t person, uint32_t source, uint8_t *rows, uint8_t *counts)
{
    row_of(source == 1 && person % 5 == 1 ? person + 10 * PEOPLE : person, 0, rows);
    counts[0] = 1;
    counts[1] = person % 7 != 3;
    if (counts[1] > 0) {
        row_of(person, 1, rows + BYTES);
    }
    for (unsigned v = 0; v < VIEWS; v++) { /* some noise of each source's own */
        for (unsigned i = 0; v < 1u + counts[1] && i < 12; i++) {
            uint32_t bit = (person * 31 + source * 977 + v * 57 + i * 83) % BITS;

            rows[v * BYTES + bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
    return counts[1];
}

static struct tally_encfile *
source(const char *name, uint32_t number_of, uint32_t first)
{
    struct tally_enc_info info = tally_encbuild_info(name, PEOPLE, BITS);
    struct tally_encfile_writer *w = NULL;
    struct tally_encfile *e = NULL;
    struct tally_outfile *f = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    uint8_t rows[VIEWS * BYTES], token[TALLY_TOKEN_BYTES];
    uint64_t second = 0;
    char path[64];

    for (uint32_t i = 0; i < PEOPLE; i++) {
        second += (first + i) % 7 != 3;
    }
    info.nviews = VIEWS;
    info.views[0] = (struct tally_enc_view){"full", PEOPLE, PEOPLE};
    info.views[1] = (struct tally_enc_view){"no-address", second, second};
    (void)snprintf(path, sizeof path, "%s.enc", name);
    assert_int_equal(tally_outfile_open(&f, path, 0600, true, &err), 0);
    assert_int_equal(tally_encfile_begin(&w, f, &info, 0, &err), 0);
    for (uint32_t i = 0; i < PEOPLE; i++) {
        uint8_t counts[TALLY_VIEWS_MAX] = {0};

        (void)add_person(first + i, number_of, rows, counts);
        tally_encbuild_token(i, token);
        assert_int_equal(tally_encfile_add_rows(w, token, counts, rows, NULL, 0, &err),
                         0);
    }
    assert_int_equal(tally_encfile_end(w, &err), 0);
    assert_int_equal(tally_outfile_commit(&f, 1, &err), 0);
    tally_encfile_writer_free(w);
    tally_outfile_free(f);
    assert_int_equal(tally_encfile_open(&e, path, &err), 0);
    return e;
}

struct two {
    struct tally_encfile *enc[2];
    struct tally_link_source sources[2];
};

/* Half of the people of each source stand in the other. */
static struct two
two_sources(void)
{
    struct two t = {{source("one", 0, 0), source("two", 1, PEOPLE / 2)}, {{0}}};

    t.sources[0] = (struct tally_link_source){"one", t.enc[0]};
    t.sources[1] = (struct tally_link_source){"two", t.enc[1]};
    return t;
}

static void
close_two(struct two *t)
{
    tally_encfile_close(t->enc[0]);
    tally_encfile_close(t->enc[1]);
}

static struct tally_link_result
link_known(struct two *t, size_t n, uint32_t threshold_ppm, unsigned threads,
           const struct tally_forced *must, size_t nmust)
{
    struct tally_link_job job = {.sources = t->sources,
                                 .nsources = n,
                                 .threshold_ppm = threshold_ppm,
                                 .must = must,
                                 .nmust = nmust};
    struct tally_link_result r;
    struct tally_err err = TALLY_ERR_INIT;

    assert_int_equal(tally_pool_create(&job.pool, threads, &err), 0);
    if (tally_link_run(&job, &r, &err) != 0) {
        fail_msg("%s", err.text);
    }
    tally_pool_free(job.pool);
    return r;
}

static struct tally_link_result
link_two(struct two *t, size_t n, uint32_t threshold_ppm, unsigned threads)
{
    return link_known(t, n, threshold_ppm, threads, NULL, 0);
}

static void
people_are_found_by_the_view_that_still_agrees(void **unused)
{
    struct two t = two_sources();
    struct tally_link_result r = link_two(&t, 2, 0, 2);
    size_t moved = 0;
    size_t lacking = 0;

    (void)unused;
    for (size_t i = 0; i < r.nlinks; i++) {
        uint32_t person = r.links[i].row_a;

        assert_int_equal(person, r.links[i].row_b + PEOPLE / 2);
        moved += person % 5 == 1;
        lacking += person % 7 == 3;
    }
    /* Lost are only those who moved and have no second view. */
    assert_true(moved >= 30);
    assert_true(lacking >= 20);
    assert_true(r.nlinks >= 190);
    assert_non_null(strstr(r.calibrations[0].note, "2 views weighed together"));
    assert_int_equal(r.calibrations[0].how, TALLY_THRESHOLD_DECOYS);
    tally_link_result_free(&r);
    close_two(&t);
}

static void
weighed_scores_lie_between_0_and_1_and_a_threshold_is_kept_to(void **unused)
{
    struct two t = two_sources();
    struct tally_link_result r = link_two(&t, 2, 700000, 2);

    (void)unused;
    assert_true(r.nlinks > 0);
    for (size_t i = 0; i < r.nlinks; i++) {
        uint64_t ppm = 2ull * TALLY_PPM * r.links[i].common / r.links[i].total;

        assert_true(ppm >= 700000 && ppm <= TALLY_PPM);
    }
    tally_link_result_free(&r);
    close_two(&t);
}

static void
threads_do_not_matter_when_views_are_weighed(void **unused)
{
    struct two t = two_sources();
    struct tally_link_result one = link_two(&t, 2, 0, 1);
    struct tally_link_result three = link_two(&t, 2, 0, 3);

    (void)unused;
    assert_int_equal(one.nlinks, three.nlinks);
    assert_memory_equal(one.links, three.links, one.nlinks * sizeof *one.links);
    tally_link_result_free(&one);
    tally_link_result_free(&three);
    close_two(&t);
}

/* Strangers who are linked because somebody says so teach nothing of views. */
static void
what_is_known_does_not_change_weights(void **unused)
{
    struct two t = two_sources();
    struct tally_forced must[50];
    struct tally_link_result before = link_two(&t, 2, 0, 2), after;
    size_t alike = 0;

    (void)unused;
    for (uint32_t i = 0; i < 50; i++) {
        must[i] = (struct tally_forced){0, i, 1, PEOPLE - 1 - i, i + 2, false};
    }
    after = link_known(&t, 2, 0, 2, must, 50);
    assert_int_equal(after.nlinks, before.nlinks + 50);
    assert_int_equal(after.calibrations[0].threshold_ppm,
                     before.calibrations[0].threshold_ppm);
    for (size_t i = 0; i < after.nlinks; i++) {
        alike += after.reasons[i].by != TALLY_LINKED_BY_MUST &&
                 memcmp(&after.views[VIEWS * i], &before.views[VIEWS * alike],
                        VIEWS * sizeof *after.views) == 0;
    }
    assert_int_equal(alike, before.nlinks);
    tally_link_result_free(&before);
    tally_link_result_free(&after);
    close_two(&t);
}

static void
one_source_alone_is_weighed_too(void **unused)
{
    struct two t = two_sources();
    struct tally_link_result r = link_two(&t, 1, 0, 2);

    (void)unused;
    assert_int_equal(r.nsources, 1);
    assert_int_equal(r.nclusters + r.nlinks, PEOPLE);
    tally_link_result_free(&r);
    close_two(&t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(people_are_found_by_the_view_that_still_agrees),
        cmocka_unit_test(weighed_scores_lie_between_0_and_1_and_a_threshold_is_kept_to),
        cmocka_unit_test(threads_do_not_matter_when_views_are_weighed),
        cmocka_unit_test(what_is_known_does_not_change_weights),
        cmocka_unit_test(one_source_alone_is_weighed_too),
    };

    return cmocka_run_group_tests_name("link views", tests, tally_scratch_enter,
                                       tally_scratch_leave);
}

/*
 * Clusters: numbering, sources that may stand in one once, and means that must hold up.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/cluster_split.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Three sources of two records: 0 1 | 2 3 | 4 5. */
static const uint32_t three[] = {0, 2, 4, 6};
static const bool once[] = {true, true, true};
static const bool often[] = {false, true, true};

static uint32_t scores[8][8];

static uint32_t
score(void *ctx, uint32_t x, uint32_t y)
{
    (void)ctx;
    return scores[x < y ? x : y][x < y ? y : x];
}

static void
run(const bool *limit, const struct tally_cluster_link *links, size_t n, bool mean,
    struct tally_clusters *out)
{
    struct tally_cluster_job job = {.nsources = 3,
                                    .start = three,
                                    .once = limit,
                                    .links = links,
                                    .nlinks = n,
                                    .score = mean ? score : NULL};
    struct tally_err err = TALLY_ERR_INIT;

    assert_int_equal(tally_cluster(&job, out, &err), 0);
}

static void
records_without_links_are_clusters_of_their_own(void **state)
{
    struct tally_clusters c = {0};

    (void)state;
    run(once, NULL, 0, false, &c);
    assert_int_equal(c.n, 6);
    for (uint32_t i = 0; i < 6; i++) {
        assert_int_equal(c.of[i], i);
        assert_int_equal(c.members[c.start[i]], i);
    }
    tally_clusters_free(&c);
    tally_clusters_free(&c);
    tally_clusters_free(NULL);
}

static void
records_that_must_stay_apart_do(void **state)
{
    static const struct tally_cluster_link links[] = {
        {0, 2, 9, 0}, {2, 4, 8, 0}, {3, 5, 7, 0}, {1, 3, 6, 0}};
    static const struct tally_cluster_apart apart[] = {{4, 0}, {5, 2}};
    static const uint32_t start[] = {0, 6};
    static const bool alone[] = {false};
    static const uint32_t expected[] = {0, 1, 0, 1, 2, 1};
    const struct tally_cluster_job job = {.nsources = 1,
                                          .start = start,
                                          .once = alone,
                                          .links = links,
                                          .nlinks = COUNT(links),
                                          .apart = apart,
                                          .napart = COUNT(apart)};
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_clusters c = {0};

    (void)state;
    assert_int_equal(tally_cluster(&job, &c, &err), 0);
    assert_memory_equal(c.of, expected, sizeof expected);
    tally_clusters_free(&c);
}

/* Sizes of what came together, as one number. */
static void
note_sizes(void *ctx, const struct tally_cluster_link *by, uint32_t x, uint32_t y)
{
    unsigned *seen = ctx;

    assert_true(by->key >= 6);
    *seen = *seen * 100 + (x > y ? 10 * x + y : 10 * y + x);
}

static void
whoever_asks_is_told_of_each_joining_and_its_sizes(void **state)
{
    static const struct tally_cluster_link links[] = {
        {0, 2, 9, 0}, {3, 5, 8, 0}, {0, 2, 8, 0}, {2, 4, 7, 0}, {3, 4, 6, 0}};
    static const uint32_t start[] = {0, 6};
    static const bool alone[] = {false};
    unsigned seen = 0;
    const struct tally_cluster_job job = {.nsources = 1,
                                          .start = start,
                                          .once = alone,
                                          .links = links,
                                          .nlinks = COUNT(links),
                                          .joined = note_sizes,
                                          .ctx = &seen};
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_clusters c = {0};

    (void)state;
    assert_int_equal(tally_cluster(&job, &c, &err), 0);
    assert_int_equal(seen, 11112132);
    tally_clusters_free(&c);
}

/* Scores of records 0 to 5 with each other: two groups of three that are not alike. */
static uint32_t
two_groups(void *ctx, uint32_t x, uint32_t y)
{
    (void)ctx;
    return x / 3 == y / 3 ? 90 : 10;
}

/* Links all of which joined, at first only the bridge between records 2 and 3. */
static void
split_groups(uint32_t need, bool second, const uint32_t expected[6], size_t splits)
{
    static const uint32_t start[] = {0, 6};
    static const bool alone[] = {false};
    const struct tally_cluster_link links[] = {{0, 1, 90, 0},    {1, 2, 90, 0},
                                               {3, 4, 90, 0},    {4, 5, 90, 0},
                                               {2, 3, 60, need}, {0, 5, 55, need}};
    struct tally_cluster_job job = {.nsources = 1,
                                    .start = start,
                                    .once = alone,
                                    .links = links,
                                    .nlinks = second ? 6 : 5};
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_clusters c = {0};
    size_t got = 9;

    assert_int_equal(tally_cluster(&job, &c, &err), 0);
    assert_int_equal(c.n, 1);
    job.score = two_groups;
    assert_int_equal(tally_cluster_split(&job, &c, &got, &err), 0);
    assert_int_equal(got, splits);
    assert_memory_equal(c.of, expected, 6 * sizeof *expected);
    assert_int_equal(c.start[c.n], 6);
    tally_clusters_free(&c);
}

static void
a_weak_bridge_is_cut(void **state)
{
    static const uint32_t whole[6] = {0};
    static const uint32_t halves[] = {0, 0, 0, 1, 1, 1};

    (void)state;
    split_groups(50, false, halves, 1);
    /* Strong enough across, or not to be questioned, or not the only way over. */
    split_groups(10, false, whole, 0);
    split_groups(0, false, whole, 0);
    split_groups(50, true, whole, 0);
}

static void
clusters_are_numbered_by_their_first_record(void **state)
{
    static const struct tally_cluster_link links[] = {{1, 5, 9, 0}, {5, 3, 8, 0}};
    static const uint32_t expected[] = {0, 1, 2, 1, 3, 1};
    struct tally_clusters c = {0};

    (void)state;
    run(once, links, COUNT(links), false, &c);
    assert_int_equal(c.n, 4);
    assert_memory_equal(c.of, expected, sizeof expected);
    assert_int_equal(c.start[2] - c.start[1], 3);
    assert_int_equal(c.members[c.start[1]], 1);
    assert_int_equal(c.members[c.start[1] + 1], 3);
    assert_int_equal(c.members[c.start[1] + 2], 5);
    tally_clusters_free(&c);
}

static void
two_records_of_one_clean_source_never_meet(void **state)
{
    /* 0 and 1 both link to 2, and 0 to 4, 4 to 3. */
    static const struct tally_cluster_link links[] = {
        {0, 2, 9, 0}, {1, 2, 8, 0}, {0, 4, 7, 0}, {4, 3, 6, 0}};
    struct tally_clusters c = {0};

    (void)state;
    run(once, links, COUNT(links), false, &c);
    assert_int_equal(c.of[0], c.of[2]);
    assert_int_not_equal(c.of[1], c.of[2]);
    assert_int_equal(c.of[4], c.of[0]);
    assert_int_not_equal(c.of[3], c.of[4]);
    tally_clusters_free(&c);
}

static void
records_of_a_source_with_duplicates_may_meet(void **state)
{
    static const struct tally_cluster_link links[] = {{0, 2, 9, 0}, {1, 2, 8, 0}};
    struct tally_clusters c = {0};

    (void)state;
    run(often, links, COUNT(links), false, &c);
    assert_int_equal(c.of[0], c.of[1]);
    assert_int_equal(c.of[0], c.of[2]);
    tally_clusters_free(&c);
}

static void
a_merge_needs_a_mean_that_holds_up(void **state)
{
    static const struct tally_cluster_link links[] = {{0, 2, 90, 50}, {2, 4, 60, 50}};
    struct tally_clusters c = {0};

    (void)state;
    memset(scores, 0, sizeof scores);
    scores[0][2] = 90;
    scores[2][4] = 60;
    scores[0][4] = 39; /* a mean of 49.5 */
    run(once, links, COUNT(links), true, &c);
    assert_int_not_equal(c.of[4], c.of[0]);
    tally_clusters_free(&c);
    scores[0][4] = 40; /* of 50 */
    run(once, links, COUNT(links), true, &c);
    assert_int_equal(c.of[4], c.of[0]);
    tally_clusters_free(&c);
}

static void
two_lone_records_join_on_their_link_alone(void **state)
{
    static const struct tally_cluster_link links[] = {{0, 2, 10, 50}};
    struct tally_clusters c = {0};

    (void)state;
    memset(scores, 0, sizeof scores);
    run(once, links, COUNT(links), true, &c);
    assert_int_equal(c.of[0], c.of[2]);
    tally_clusters_free(&c);
}

static unsigned calls;

static uint32_t
counting_score(void *ctx, uint32_t x, uint32_t y)
{
    (void)ctx;
    (void)x;
    (void)y;
    calls++;
    return 100;
}

static void
a_very_large_cluster_is_probed_not_compared_in_full(void **state)
{
    enum { N = 4000 };
    static struct tally_cluster_link links[N - 1];
    static const uint32_t one[] = {0, N};
    static const bool no[] = {false};
    struct tally_cluster_job job = {.nsources = 1,
                                    .start = one,
                                    .once = no,
                                    .links = links,
                                    .nlinks = N - 1,
                                    .score = counting_score};
    struct tally_clusters c = {0};
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    for (uint32_t i = 0; i + 1 < N; i++) {
        links[i] = (struct tally_cluster_link){i, i + 1, 100, 100};
    }
    calls = 0;
    assert_int_equal(tally_cluster(&job, &c, &err), 0);
    assert_int_equal(c.n, 1);
    assert_true(calls <= N * TALLY_CLUSTER_PROBES);
    tally_clusters_free(&c);
}

static void
no_records_make_no_clusters(void **state)
{
    static const uint32_t none[] = {0, 0};
    static const bool yes[] = {true};
    struct tally_cluster_job job = {.nsources = 1, .start = none, .once = yes};
    struct tally_clusters c = {0};
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    assert_int_equal(tally_cluster(&job, &c, &err), 0);
    assert_int_equal(c.n, 0);
    tally_clusters_free(&c);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_without_links_are_clusters_of_their_own),
        cmocka_unit_test(a_weak_bridge_is_cut),
        cmocka_unit_test(records_that_must_stay_apart_do),
        cmocka_unit_test(whoever_asks_is_told_of_each_joining_and_its_sizes),
        cmocka_unit_test(clusters_are_numbered_by_their_first_record),
        cmocka_unit_test(two_records_of_one_clean_source_never_meet),
        cmocka_unit_test(records_of_a_source_with_duplicates_may_meet),
        cmocka_unit_test(a_merge_needs_a_mean_that_holds_up),
        cmocka_unit_test(two_lone_records_join_on_their_link_alone),
        cmocka_unit_test(a_very_large_cluster_is_probed_not_compared_in_full),
        cmocka_unit_test(no_records_make_no_clusters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

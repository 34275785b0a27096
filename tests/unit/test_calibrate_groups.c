/*
 * The curve of sources that hold people several times, from groups that would join.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/calibrate.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define PEOPLE    3000u
#define TIMES     3u
#define RECORDS   (PEOPLE * TIMES)
#define LINKS_MAX (4 * RECORDS)

/* Keys of thousandths. */
#define KEY(thousandths) ((uint32_t)((thousandths)*2147484ull))

static struct tally_cluster_link links[LINKS_MAX];
static double axis[TALLY_HISTOGRAM_BINS + 1];
static struct tally_curve curve;

static int
descending(const void *left, const void *right)
{
    const struct tally_cluster_link *x = left;
    const struct tally_cluster_link *y = right;

    if (x->key != y->key) {
        return x->key > y->key ? -1 : 1;
    }
    return x->x != y->x ? (x->x < y->x ? -1 : 1) : x->y < y->y ? -1 : x->y > y->y;
}

/* The first ${several} people have three records each, which join at .92 to .99 and,
 * every third of them, at .6 to .9; others have one. Every ${kin}th person resembles a
 * neighbour: half of those from .615 up, a quarter from .63, an eighth from .645. */
static struct tally_groups
measure(uint32_t several, uint32_t kin)
{
    const uint32_t start[] = {0, RECORDS};
    const bool once[] = {false};
    struct tally_cluster_job joins = {
        .nsources = 1, .start = start, .once = once, .links = links};
    const struct tally_measure_groups job = {
        .job = &joins, .sure_bin = 900, .floor_bin = 300, .fdr = .05, .axis = axis};
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_groups found;
    size_t n = 0;

    for (unsigned i = 0; i <= TALLY_HISTOGRAM_BINS; i++) {
        axis[i] = i;
    }
    for (uint32_t i = 0; i < several; i++) {
        uint32_t third = i % 3 == 0 ? 600 + i * 7 % 300 : 920 + i * 11 % 70;

        links[n++] = (struct tally_cluster_link){3 * i, 3 * i + 1, KEY(920 + i % 70), 0};
        links[n++] = (struct tally_cluster_link){3 * i + 1, 3 * i + 2, KEY(third), 0};
    }
    for (uint32_t i = 0; kin > 0 && i + 1 < PEOPLE; i += kin) {
        double part = (i / kin * 61 % 1000 + .5) / 1000;

        links[n++] = (struct tally_cluster_link){
            3 * i, 3 * i + 3, KEY((uint32_t)(600 - 15 * log2(part))), 0};
    }
    qsort(links, n, sizeof *links, descending);
    joins.nlinks = n;
    assert_int_equal(tally_measure_groups(&job, &curve, &found, &err), 0);
    return found;
}

static double
expected_from(unsigned bin)
{
    double sum = 0;

    for (; bin < TALLY_HISTOGRAM_BINS; bin++) {
        sum += curve.expected_false[bin];
    }
    return sum;
}

static void
false_pairs_are_as_many_as_groups_that_would_join_foretell(void **state)
{
    struct tally_cut cut;

    (void)state;
    assert_true(measure(PEOPLE, 2).decoys);
    /* 1,500 joins of kin, each of them nine pairs. */
    assert_in_range(expected_from(615), .8 * 750 * 9, 1.2 * 750 * 9);
    assert_in_range(expected_from(630), .8 * 375 * 9, 1.2 * 375 * 9);
    cut = tally_curve_learn_cut(&curve, 300, .05);
    assert_in_range(cut.bin, 650, 720); /* a twentieth of 9,000 is false from .675 */
    assert_true(cut.recall > .7);
}

static void
without_kin_hardly_anything_is_false(void **state)
{
    (void)state;
    (void)measure(PEOPLE, 0);
    assert_true(expected_from(300) < 10);
}

static void
where_few_records_are_in_groups_these_say_nothing(void **state)
{
    (void)state;
    assert_false(measure(PEOPLE / 20, 2).decoys);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(false_pairs_are_as_many_as_groups_that_would_join_foretell),
        cmocka_unit_test(without_kin_hardly_anything_is_false),
        cmocka_unit_test(where_few_records_are_in_groups_these_say_nothing),
    };

    return cmocka_run_group_tests_name("calibrate groups", tests, NULL, NULL);
}

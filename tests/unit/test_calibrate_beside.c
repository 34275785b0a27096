/*
 * The curve of one source that holds people twice.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/calibrate.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <stdlib.h>

#include <cmocka.h>

#include "linker/curve.h"

#define PEOPLE    4000u
#define EDGES_MAX (8 * PEOPLE)

/* Keys of thousandths. */
#define KEY(thousandths) ((uint32_t)((thousandths)*2147484ull))

static struct tally_edge edges[EDGES_MAX];
static double axis[TALLY_HISTOGRAM_BINS + 1];

static int
descending(const void *left, const void *right)
{
    const struct tally_edge *x = left;
    const struct tally_edge *y = right;

    if (x->key != y->key) {
        return x->key > y->key ? -1 : 1;
    }
    return x->a != y->a ? (x->a < y->a ? -1 : 1) : x->b < y->b ? -1 : x->b > y->b;
}

/* ${twice} people stand there ${times} times, at .92 to .99; everybody has a neighbour
 * whose score falls evenly from .4 to .8, so that one in forty reaches .79. */
static struct tally_inside
measure(unsigned twice, unsigned times, bool many, struct tally_curve *curve)
{
    struct tally_measure_inside job = {.n = PEOPLE,
                                       .usable = PEOPLE,
                                       .edges = edges,
                                       .sure_key = KEY(900),
                                       .floor_bin = 300,
                                       .fdr = .05,
                                       .many = many,
                                       .axis = axis};
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_inside found;

    for (unsigned i = 0; i <= TALLY_HISTOGRAM_BINS; i++) {
        axis[i] = i;
    }
    for (uint32_t i = 0; i < twice; i++) {
        for (uint32_t k = 1; k < times; k++) {
            edges[job.nedges++] = (struct tally_edge){times * i, times * i + k,
                                                      KEY(920 + (i * 7 + k) % 70)};
        }
    }
    for (uint32_t i = 0; i < PEOPLE / 2; i++) {
        edges[job.nedges++] =
            (struct tally_edge){i, PEOPLE - 1 - i, KEY(400 + (i * 37) % 400)};
    }
    qsort(edges, job.nedges, sizeof *edges, descending);
    assert_int_equal(tally_measure_beside(&job, curve, &found, &err), 0);
    return found;
}

static double
expected_from(const struct tally_curve *curve, unsigned bin)
{
    double sum = 0;

    for (; bin < TALLY_HISTOGRAM_BINS; bin++) {
        sum += curve->expected_false[bin];
    }
    return sum;
}

static void
false_pairs_are_as_many_as_linked_records_foretell(void **state)
{
    static struct tally_curve curve;
    struct tally_cut cut;

    (void)state;
    assert_int_equal(measure(400, 2, true, &curve).found, TALLY_BESIDE_ENOUGH);
    /* 2,000 pairs between .4 and .8: half of them from .6 up, a tenth from .76. */
    assert_true(fabs(expected_from(&curve, 600) - 1000) < 150);
    assert_true(fabs(expected_from(&curve, 760) - 200) < 60);
    cut = tally_curve_learn_cut(&curve, 300, .05);
    assert_true(cut.bin > 760 && cut.bin <= 925);
    assert_true(cut.false_share < .05);
}

/* One partner is all that people have here: a record that found it makes no false pair,
 * and what was left over when links from a score up were made makes fewer. */
static void
where_people_stand_twice_at_most_a_record_has_one_partner(void **state)
{
    static struct tally_curve alone;
    static struct tally_curve many;
    struct tally_inside inside = measure(400, 2, false, &alone);

    (void)state;
    assert_int_equal(inside.found, TALLY_BESIDE_ENOUGH);
    assert_true(inside.paired);
    assert_false(measure(400, 2, true, &many).paired);
    assert_true(expected_from(&alone, 760) < .8 * expected_from(&many, 760));
    assert_true(expected_from(&alone, 760) > .3 * expected_from(&many, 760));
    assert_false(measure(400, 3, false, &alone).paired);
}

static void
without_people_who_stand_there_twice_nothing_is_said(void **state)
{
    static struct tally_curve curve;

    (void)state;
    assert_int_equal(measure(0, 2, false, &curve).found, TALLY_BESIDE_FEW);
    assert_true(expected_from(&curve, 0) == 0);
    assert_int_equal(measure(10, 2, false, &curve).found, TALLY_BESIDE_FEW);
}

static void
people_who_stand_there_many_times_are_told(void **state)
{
    static struct tally_curve curve;

    (void)state;
    assert_int_equal(measure(400, 4, false, &curve).found, TALLY_BESIDE_SEVERAL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(false_pairs_are_as_many_as_linked_records_foretell),
        cmocka_unit_test(where_people_stand_twice_at_most_a_record_has_one_partner),
        cmocka_unit_test(without_people_who_stand_there_twice_nothing_is_said),
        cmocka_unit_test(people_who_stand_there_many_times_are_told),
    };

    return cmocka_run_group_tests_name("calibrate beside", tests, NULL, NULL);
}

/*
 * How much each view counts, as learnt from links and decoys.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/balance.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "linker/assign.h"

#define PAIRS 400
#define VIEWS 3

static double axis[TALLY_HISTOGRAM_BINS + 1];
static uint32_t links[PAIRS * VIEWS];
static uint32_t decoys[PAIRS * VIEWS];

static uint32_t
key_of(double dice)
{
    return tally_edge_key((uint32_t)(dice * TALLY_PPM), 2 * TALLY_PPM);
}

/* Neighbours agree in the first view as often as true pairs do; the second tells them
 * apart, and the third says the same in a whisper. */
static struct tally_evidence
prepared(void)
{
    static uint32_t strangers[PAIRS * VIEWS];
    static struct tally_evidence e;

    for (size_t i = 0; i < sizeof axis / sizeof axis[0]; i++) {
        axis[i] = (double)i;
    }
    for (size_t i = 0; i < PAIRS; i++) {
        double some = (double)(i * 37 % PAIRS) / PAIRS;

        for (size_t v = 0; v < VIEWS; v++) {
            strangers[i * VIEWS + v] = key_of(.1 + .1 * some);
        }
        links[i * VIEWS] = decoys[i * VIEWS] = key_of(.8 + .2 * some);
        links[i * VIEWS + 1] = key_of(.6 + .4 * some);
        decoys[i * VIEWS + 1] = key_of(.1 + .4 * some);
        links[i * VIEWS + 2] = key_of(.4 + .5 * some);
        decoys[i * VIEWS + 2] = key_of(.3 + .5 * some);
    }
    tally_evidence_begin(&e, VIEWS, axis, strangers, PAIRS);
    return e;
}

/* Whether there was enough to find ${share}. */
static bool
balance(const struct tally_evidence *e, size_t nlinks, size_t ndecoys, double *share)
{
    struct tally_err err = TALLY_ERR_INIT;
    bool enough;

    assert_int_equal(
        tally_balance(e, links, nlinks, decoys, ndecoys, share, &enough, &err), 0);
    return enough;
}

static void
a_view_counts_for_what_it_tells_links_from_decoys(void **state)
{
    struct tally_evidence e = prepared();
    double share[VIEWS];

    (void)state;
    assert_true(balance(&e, PAIRS, PAIRS, share));
    assert_true(share[1] > share[2] && share[1] > 2 * share[0]);
    assert_true(share[0] >= 0 && share[2] >= 0);
    assert_true(fabs(share[0] + share[1] + share[2] - VIEWS) < 1e-9);
}

static void
shares_are_the_same_every_time(void **state)
{
    struct tally_evidence e = prepared();
    double once[VIEWS], again[VIEWS];

    (void)state;
    assert_true(balance(&e, PAIRS, PAIRS, once));
    assert_true(balance(&e, PAIRS, PAIRS, again));
    assert_memory_equal(once, again, sizeof once);
}

static void
too_few_pairs_leave_views_as_they_are(void **state)
{
    struct tally_evidence e = prepared();
    double share[VIEWS] = {7, 7, 7};

    (void)state;
    assert_false(balance(&e, TALLY_BALANCE_MIN - 1, PAIRS, share));
    assert_false(balance(&e, PAIRS, TALLY_BALANCE_MIN - 1, share));
    assert_false(balance(&e, 0, 0, share));
    assert_true(share[0] == 7);
}

static void
missing_views_are_no_evidence(void **state)
{
    struct tally_evidence e = prepared();
    double share[VIEWS];

    (void)state;
    for (size_t i = 0; i < PAIRS; i++) {
        links[i * VIEWS + 2] = TALLY_EVIDENCE_MISSING;
        decoys[i * VIEWS + 2] = TALLY_EVIDENCE_MISSING;
    }
    assert_true(balance(&e, PAIRS, PAIRS, share));
    assert_true(isfinite(share[0]) && isfinite(share[1]) && isfinite(share[2]));
    assert_true(share[1] > share[0]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_view_counts_for_what_it_tells_links_from_decoys),
        cmocka_unit_test(shares_are_the_same_every_time),
        cmocka_unit_test(too_few_pairs_leave_views_as_they_are),
        cmocka_unit_test(missing_views_are_no_evidence),
    };

    return cmocka_run_group_tests_name("balance", tests, NULL, NULL);
}

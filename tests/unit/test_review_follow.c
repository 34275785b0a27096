/*
 * What follows from other pairs of a second round: at least as sure as two links to a
 * third record, and never less sure than it was.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/review_impl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Records ${i} and ${j} of one source. */
static struct review_pair
pair(uint64_t i, uint64_t j, double after)
{
    return (struct review_pair){
        .why = REVIEW_MET, .answered = true, .row_a = i, .row_b = j, .after = after};
}

static void
a_third_record_tells(void **state)
{
    struct review_pair pairs[] = {pair(0, 1, .9), pair(1, 2, .8), pair(2, 0, .1),
                                  pair(3, 0, .5), pair(4, 5, .3)};
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    assert_int_equal(review_follow(pairs, 5, &err), 0);
    assert_true(pairs[0].after == .9 && pairs[1].after == .8);
    assert_true(pairs[2].after > .7199 && pairs[2].after < .7201);
    assert_true(pairs[3].after == .5 && pairs[4].after == .3);
}

static void
it_reaches_through_several(void **state)
{
    struct review_pair pairs[] = {pair(0, 1, 1), pair(1, 2, 1), pair(2, 3, 1),
                                  pair(0, 2, 0), pair(0, 3, 0)};
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    assert_int_equal(review_follow(pairs, 5, &err), 0);
    assert_true(pairs[3].after == 1);
    assert_true(pairs[4].after == 1);
}

/* Row 1 of another source is another record, and what was not answered says nothing. */
static void
only_what_was_answered_counts(void **state)
{
    struct review_pair pairs[] = {pair(0, 1, .9), pair(1, 2, .9), pair(0, 2, .1)};
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    pairs[1].a = 1;
    pairs[1].b = 1;
    assert_int_equal(review_follow(pairs, 3, &err), 0);
    assert_true(pairs[2].after == .1);
    pairs[1].a = pairs[1].b = 0;
    pairs[1].answered = false;
    assert_int_equal(review_follow(pairs, 3, &err), 0);
    assert_true(pairs[2].after == .1);
    assert_int_equal(review_follow(pairs, 0, &err), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_third_record_tells),
        cmocka_unit_test(it_reaches_through_several),
        cmocka_unit_test(only_what_was_answered_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

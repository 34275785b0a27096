/*
 * Allowance for blanks: full records score their Dice, short ones as if half of what they
 * lack had not been asked for, before diffusion and after.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/blanks.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define BITS     2048

static const struct tally_hardening plain = {.n = 0};
static const struct tally_hardening six = {
    .n = 1, .steps = {{.kind = TALLY_HARDEN_DIFFUSION, .t = 6, .bits = BITS}}};
static const struct tally_hardening balanced = {
    .n = 1, .steps = {{.kind = TALLY_HARDEN_BALANCE}}};

static struct tally_blanks
learn(const uint32_t *popcounts, size_t n, const struct tally_hardening *h)
{
    struct tally_matrix m = {.popcounts = popcounts, .n = n, .bits = BITS};
    struct tally_blanks b;
    struct tally_err err = TALLY_ERR_INIT;

    assert_int_equal(tally_blanks_learn(&b, &m, h, &err), 0);
    return b;
}

static double
score(const struct tally_blanks *b, uint32_t common, uint32_t pa, uint32_t pb)
{
    uint32_t total;
    uint32_t shared = tally_blanks_score(b, b, common, pa, pb, &total);

    return 2.0 * shared / total;
}

/* Empty rows do not count; the middle is 400. */
static const uint32_t some[] = {0, 0, 200, 390, 400, 410, 420, 0, 400};

static void
full_records_score_their_dice(void **state)
{
    struct tally_blanks b = learn(some, COUNT(some), &plain);

    (void)state;
    assert_int_equal(b.usual, 400);
    for (uint32_t pa = 380; pa <= 500; pa += 7) {
        for (uint32_t common = 0; common <= 380; common += 19) {
            uint32_t total;
            uint32_t shared = tally_blanks_score(&b, &b, common, pa, 500, &total);

            assert_int_equal(shared * (pa + 500), common * total);
        }
    }
    tally_blanks_free(&b);
}

static void
half_of_what_a_short_record_lacks_is_left_out(void **state)
{
    struct tally_blanks b = learn(some, COUNT(some), &plain);
    uint32_t total;

    (void)state;
    /* 180 under nineteen twentieths of 400, of which the other has 150. */
    assert_int_equal(tally_blanks_score(&b, &b, 100, 200, 400, &total), 200);
    assert_int_equal(total, 1200 - 180);
    assert_int_equal(tally_blanks_score(&b, &b, 100, 350, 200, &total), 200);
    assert_int_equal(total, 1100 - 150);
    /* What both lack is not there to disagree. */
    (void)tally_blanks_score(&b, &b, 100, 200, 200, &total);
    assert_int_equal(total, 800);
    tally_blanks_free(&b);
}

static void
a_source_is_rich_in_blanks_by_the_records_that_lack_a_quarter(void **state)
{
    static const uint32_t none[] = {0, 0, 0};
    static const uint32_t edge[] = {400, 400, 400, 400, 301, 300, 299, 0};
    struct tally_blanks b = learn(edge, COUNT(edge), &plain);

    (void)state;
    assert_true(fabs(b.blank_rich - 2.0 / 7) < 1e-9);
    tally_blanks_free(&b);
    b = learn(none, COUNT(none), &plain);
    assert_true(b.blank_rich <= 0);
    tally_blanks_free(&b);
}

/* Bits of ${share} of a filter. */
static uint32_t
bits_of(double share)
{
    return (uint32_t)lround(BITS * share);
}

/* The score of two records after diffusion of which ${fill_a} and ${fill_b} was set
 * before, and ${differing} differed. */
static double
diffused_score(const struct tally_blanks *b, double fill_a, double fill_b,
               double differing)
{
    uint32_t pa = bits_of(tally_hardening_shares(&six, 1, fill_a, 0).fill);
    uint32_t pb = bits_of(tally_hardening_shares(&six, 1, fill_b, 0).fill);
    uint32_t d = bits_of(tally_hardening_shares(&six, 1, .2, differing).differing);

    return score(b, (pa + pb - d) / 2, pa, pb);
}

static double
diffused_dice(double dice)
{
    struct tally_harden_shares s = tally_hardening_shares(&six, 1, .2, .4 * (1 - dice));

    return 1 - s.differing / (2 * s.fill);
}

#define ASSERT_NEAR(x, y) assert_true(fabs((x) - (y)) < .004)

static void
after_diffusion_scores_are_those_of_full_records_as_much_alike(void **state)
{
    uint32_t usual = bits_of(tally_hardening_shares(&six, 1, .2, 0).fill);
    struct tally_blanks b = learn(&usual, 1, &six);

    (void)state;
    ASSERT_NEAR(diffused_score(&b, .2, .2, .4 * .3), diffused_dice(.7));
    /* A fuller record tells no more than the usual one. */
    ASSERT_NEAR(diffused_score(&b, .24, .2, .4 * .3), diffused_dice(.7));
    /* Half of one record is blank and the rest agrees: .1 differs, of a length of .3;
     * half of what is lacking is left out. The usual is what is short of no twentieth. */
    ASSERT_NEAR(diffused_score(&b, .095, .2, .1),
                diffused_dice((.3 - .1) / (.3 - .1 / 2)));
    tally_blanks_free(&b);
}

static void
more_bits_in_common_never_score_less(void **state)
{
    uint32_t usual = bits_of(tally_hardening_shares(&six, 1, .2, 0).fill);
    struct tally_blanks b = learn(&usual, 1, &six);

    (void)state;
    for (uint32_t pa = 1; pa <= BITS; pa += 97) {
        for (uint32_t pb = 1; pb <= BITS; pb += 101) {
            double before = 0;

            for (uint32_t c = pa + pb > BITS ? pa + pb - BITS : 0; c <= pa && c <= pb;
                 c++) {
                double now = score(&b, c, pa, pb);

                assert_true(now >= before && now <= 1);
                before = now;
            }
        }
    }
    tally_blanks_free(&b);
}

static void
balancing_leaves_nothing_to_learn_from(void **state)
{
    static const uint32_t half[] = {BITS / 2, BITS / 2};
    struct tally_blanks b = learn(half, COUNT(half), &balanced);

    (void)state;
    assert_null(b.filled);
    assert_true(b.blank_rich <= 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(full_records_score_their_dice),
        cmocka_unit_test(half_of_what_a_short_record_lacks_is_left_out),
        cmocka_unit_test(a_source_is_rich_in_blanks_by_the_records_that_lack_a_quarter),
        cmocka_unit_test(after_diffusion_scores_are_those_of_full_records_as_much_alike),
        cmocka_unit_test(more_bits_in_common_never_score_less),
        cmocka_unit_test(balancing_leaves_nothing_to_learn_from),
    };

    return cmocka_run_group_tests_name("blanks", tests, NULL, NULL);
}

/*
 * Frequency adjustment: common values weigh less than rare ones, encodings that are never
 * shared are left alone.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/link_impl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define N      16
#define STRIDE 8
#define EQUAL  UINT32_C(0x80000000)

/* A view in which record i has the value that ${values} has at i; ' ': none. */
static void
fill(struct link_view *v, const char *values, uint8_t *rows, uint32_t *popcounts)
{
    struct tally_err err = TALLY_ERR_INIT;

    memset(rows, 0, N * STRIDE);
    for (size_t i = 0; i < N; i++) {
        rows[i * STRIDE + 3] = values[i] == ' ' ? 0 : (uint8_t)values[i];
        popcounts[i] = values[i] != ' ';
    }
    *v = (struct link_view){
        .m = {.rows = rows, .popcounts = popcounts, .n = N, .stride = STRIDE}};
    assert_int_equal(link_rarity_find(v, &err), 0);
}

static void
common_values_weigh_less_than_rare_ones(void **state)
{
    static struct link_run run;
    static struct link_source s;
    uint8_t rows[N * STRIDE];
    uint32_t popcounts[N];

    (void)state;
    fill(&s.views[0], "aaaaaaaabbccde  ", rows, popcounts);
    run.evidence.views[0].share = .5;
    /* 14 records, which share their value with (8 * 8 + 2 * 2 + 2 * 2 + 1 + 1) / 14. */
    assert_true(s.views[0].rarity[0] < 0 && s.views[0].rarity[0] > -.7f);
    assert_true(s.views[0].rarity[8] > 1.3f && s.views[0].rarity[8] < 1.5f);
    assert_true(s.views[0].rarity[12] == 2); /* the most there is */
    assert_true(s.views[0].rarity[15] == 0);
    assert_true(link_rarity_bits(&run, 0, &s, 12, &s, 13, EQUAL) == 1);
    assert_true(link_rarity_bits(&run, 0, &s, 12, &s, 13, EQUAL - 1) == 0);
    free(s.views[0].rarity);
    s.views[0].rarity = NULL;
    assert_true(link_rarity_bits(&run, 0, &s, 12, &s, 13, EQUAL) == 0);
}

static void
encodings_that_are_never_shared_are_left_alone(void **state)
{
    struct link_view v;
    uint8_t rows[N * STRIDE];
    uint32_t popcounts[N];

    (void)state;
    fill(&v, "abcdefghijklmnop", rows, popcounts);
    for (size_t i = 0; i < N; i++) {
        assert_true(v.rarity[i] == 0);
    }
    free(v.rarity);
    fill(&v, "                ", rows, popcounts);
    assert_true(v.rarity[0] == 0);
    free(v.rarity);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(common_values_weigh_less_than_rare_ones),
        cmocka_unit_test(encodings_that_are_never_shared_are_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

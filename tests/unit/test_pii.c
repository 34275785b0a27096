/*
 * The arena for personal values: alignment, limits, wiping.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/pii.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
pii_pieces_are_aligned_and_apart(void **state)
{
    struct tally_pii *a = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    uint8_t *last = NULL;

    (void)state;
    assert_int_equal(tally_pii_create(&a, 4096, &err), 0);
    for (size_t len = 1; len < 60; len++) {
        uint8_t *p = tally_pii_alloc(a, len);

        assert_non_null(p);
        assert_int_equal((uintptr_t)p % 16, 0);
        if (last != NULL) {
            assert_true(p >= last + len - 1);
            assert_int_equal(last[len - 2], 0xee);
        }
        memset(p, 0xee, len);
        last = p;
    }
    tally_pii_free(a);
    tally_pii_free(NULL);
}

static void
pii_full_arena_gives_null_until_it_is_reset(void **state)
{
    struct tally_pii *a = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    void *first;

    (void)state;
    assert_int_equal(tally_pii_create(&a, 100, &err), 0);
    assert_null(tally_pii_alloc(a, 101));
    assert_null(tally_pii_alloc(a, SIZE_MAX));
    first = tally_pii_alloc(a, 100);
    assert_non_null(first);
    assert_null(tally_pii_alloc(a, 1));
    tally_pii_reset(a);
    assert_ptr_equal(tally_pii_alloc(a, 90), first);
    assert_null(tally_pii_alloc(a, 5)); /* 90 rounded up leaves 4 */
    assert_non_null(tally_pii_alloc(a, 4));
    assert_null(tally_pii_alloc(a, 1));
    tally_pii_free(a);
}

static void
pii_reset_overwrites_what_was_used(void **state)
{
    struct tally_pii *a = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    uint8_t *p;

    (void)state;
    assert_int_equal(tally_pii_create(&a, 10000, &err), 0);
    p = tally_pii_alloc(a, 10000);
    memset(p, 'x', 10000);
    tally_pii_reset(a);
    for (size_t i = 0; i < 10000; i++) {
        assert_int_equal(p[i], 0);
    }
    tally_pii_free(a);
}

static void
pii_arena_of_nothing_and_of_too_much(void **state)
{
    struct tally_pii *a = NULL;
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    assert_int_equal(tally_pii_create(&a, 0, &err), 0);
    assert_null(tally_pii_alloc(a, 1));
    tally_pii_free(a);
    a = NULL;
    assert_int_equal(tally_pii_create(&a, SIZE_MAX, &err), -1);
    assert_int_equal(err.code, TALLY_E_NOMEM);
    assert_int_equal(tally_pii_create(&a, SIZE_MAX / 4, &err), -1);
    assert_int_equal(err.code, TALLY_E_NOMEM);
    assert_null(a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pii_pieces_are_aligned_and_apart),
        cmocka_unit_test(pii_full_arena_gives_null_until_it_is_reset),
        cmocka_unit_test(pii_reset_overwrites_what_was_used),
        cmocka_unit_test(pii_arena_of_nothing_and_of_too_much),
    };

    return cmocka_run_group_tests_name("pii", tests, NULL, NULL);
}

/*
 * The pool that tests share.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/support/testpool.h"

struct tally_pool *tally_testpool;

int
tally_testpool_enter(void **state)
{
    struct tally_err err;

    (void)state;
    return tally_pool_create(&tally_testpool, 2, &err);
}

int
tally_testpool_leave(void **state)
{
    (void)state;
    tally_pool_free(tally_testpool);
    return 0;
}

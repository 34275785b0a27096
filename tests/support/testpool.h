/*
 * A pool of two threads for all tests of a program.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_TESTS_TESTPOOL_H
#define TALLY_TESTS_TESTPOOL_H

#include "bloom/base/pool.h"

/** There between enter and leave, which are group set-up and group teardown. */
extern struct tally_pool *tally_testpool;
int tally_testpool_enter(void **state);
int tally_testpool_leave(void **state);

#endif

/*
 * Seconds on a clock that only goes forward, and of work done by this thread.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_JOIN_CLOCK_H
#define TALLY_JOIN_CLOCK_H

#include <time.h>

static inline double
tally_join_seconds(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/** Of this thread alone: what else the machine does leaves it as it is. */
static inline double
tally_join_thread_seconds(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

#endif

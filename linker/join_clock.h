/*
 * Seconds on a clock that only goes forward, and of work done by this thread or all.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_JOIN_CLOCK_H
#define TALLY_JOIN_CLOCK_H

#include <time.h>

static inline double
tally_join_clock(clockid_t clock)
{
    struct timespec t;

    (void)clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static inline double
tally_join_seconds(void)
{
    return tally_join_clock(CLOCK_MONOTONIC);
}

/** Of this thread alone: what else the machine does leaves it as it is. */
static inline double
tally_join_thread_seconds(void)
{
    return tally_join_clock(CLOCK_THREAD_CPUTIME_ID);
}

/** Of all threads of the process together. */
static inline double
tally_join_process_seconds(void)
{
    return tally_join_clock(CLOCK_PROCESS_CPUTIME_ID);
}

#endif

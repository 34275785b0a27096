/*
 * The clock this processor runs at just now, in MHz: a chain of additions, one a cycle,
 * timed in bursts, of which the fastest counts.
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#define BURSTS    200
#define ADDITIONS 1000000u

static double
seconds(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int
main(void)
{
    double least = 1;

    for (int burst = 0; burst < BURSTS; burst++) {
        double start = seconds();
        uint64_t x = 0;

        for (uint32_t i = 0; i < ADDITIONS / 8; i++) {
            /* The compiler must neither fold the chain nor take it for done. */
            for (int j = 0; j < 8; j++) {
                x += (uint64_t)burst + 1;
                __asm__ volatile("" : "+r"(x));
            }
        }
        double took = seconds() - start;

        least = took < least ? took : least;
    }
    printf("%.0f\n", ADDITIONS / least / 1e6);
    return 0;
}

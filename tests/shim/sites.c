/*
 * Places that calls come from: all who called, up to the beginning of the program. A
 * place is told once, with the number of its first call.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/shim/shim.h"

#include <execinfo.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/syscall.h>

#define FRAMES 48
#define SLOTS  (1u << 18)

static atomic_ulong seen[SLOTS];
static int to = -1;

void
shim_sites_begin(int fd)
{
    void *frames[FRAMES];

    if (fd >= 0) {
        (void)backtrace(frames,
                        FRAMES); /* loads what it needs, before calls are counted */
    }
    to = fd;
}

/* Whether ${site} is new. A table that is full has nothing new. */
static bool
add(unsigned long site)
{
    for (size_t i = 0; i < SLOTS; i++) {
        unsigned long was = 0;

        if (atomic_compare_exchange_strong(&seen[(site + i) % SLOTS], &was, site)) {
            return true;
        }
        if (was == site) {
            return false;
        }
    }
    return false;
}

void
shim_site(const char *class, unsigned long number)
{
    void *frames[FRAMES];
    uint64_t site = 0xcbf29ce484222325u; /* FNV-1a */
    char line[64];
    int n;

    if (to < 0) {
        return;
    }
    n = backtrace(frames, FRAMES);
    for (int i = 0; i < n; i++) {
        site = (site ^ (uintptr_t)frames[i]) * 0x100000001b3u;
    }
    site = (site ^ (uintptr_t) class) * 0x100000001b3u;
    site = (site ^ (site >> 29)) | 1;
    if (add(site)) {
        n = snprintf(line, sizeof line, "%s %lu\n", class, number);
        (void)shim_syscall(SYS_write, to, (long)line, n, 0, 0, 0);
    }
}

/*
 * Progress: phase and count, told to a callback. No terminal here.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_BASE_PROGRESS_H
#define TALLY_BASE_PROGRESS_H

#include <stdatomic.h>
#include <stdint.h>

/** Where progress goes. ${show} may be called from any thread, at most one at a time, about
 * five times a second; ${total} is 0 when unknown; ${done} == UINT64_MAX means the phase ended. */
struct tally_progress {
    void (*show)(void *ctx, const char *phase, const char *unit, uint64_t done, uint64_t total);
    void *ctx;
    /* private */
    const char *phase;
    const char *unit;
    uint64_t total;
    _Atomic uint64_t done;
    _Atomic uint64_t next_ms;
};

/** Start phase ${phase} of ${total} ${unit}s ("records", "pairs"). A NULL ${p} is ignored everywhere;
 * the strings are kept, not copied. */
void tally_progress_begin(struct tally_progress *p, const char *phase, const char *unit,
                          uint64_t total);
/** Count ${n} more. Any thread. */
void tally_progress_add(struct tally_progress *p, uint64_t n);
void tally_progress_end(struct tally_progress *p);

#endif

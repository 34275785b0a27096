/*
 * Progress: an atomic count, and a clock that lets one thread at a time tell about it.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/progress.h"

#include <stddef.h>
#include <time.h>

#define PROGRESS_EVERY_MS 200
#define PROGRESS_CLOSED   UINT64_MAX /* somebody is telling, or there is no phase */

static uint64_t
progress_now_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static void
progress_show(struct tally_progress *p, uint64_t done)
{
    if (p->show != NULL) {
        p->show(p->ctx, p->phase, p->unit, done, p->total);
    }
}

void
tally_progress_begin(struct tally_progress *p, const char *phase, const char *unit,
                     uint64_t total)
{
    if (p == NULL) {
        return;
    }
    p->phase = phase;
    p->unit = unit;
    p->total = total;
    atomic_store(&p->done, 0);
    progress_show(p, 0);
    atomic_store(&p->next_ms, progress_now_ms() + PROGRESS_EVERY_MS);
}

void
tally_progress_add(struct tally_progress *p, uint64_t n)
{
    uint64_t now;
    uint64_t due;

    if (p == NULL) {
        return;
    }
    atomic_fetch_add_explicit(&p->done, n, memory_order_relaxed);
    due = atomic_load(&p->next_ms);
    if (due == PROGRESS_CLOSED) {
        return;
    }
    now = progress_now_ms();
    if (now < due) {
        return;
    }
    /* Whoever closes the gate tells; it opens again when the callback has returned. */
    if (atomic_compare_exchange_strong(&p->next_ms, &due, PROGRESS_CLOSED)) {
        progress_show(p, atomic_load(&p->done));
        atomic_store(&p->next_ms, now + PROGRESS_EVERY_MS);
    }
}

void
tally_progress_end(struct tally_progress *p)
{
    if (p == NULL) {
        return;
    }
    atomic_store(&p->next_ms, PROGRESS_CLOSED);
    progress_show(p, UINT64_MAX);
}

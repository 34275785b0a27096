/*
 * The arena for personal values: whole pages of its own, so that locking them and leaving
 * them out of core dumps touches nothing else.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/pii.h"

#include "bloom/base/secret.h"
#include "bloom/base/size.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define PII_ALIGN 16
#define HUGE_FROM ((size_t)2 << 20) /* what is looked up at random wants few pages */

struct tally_pii {
    uint8_t *mem;
    size_t mapped; /* whole pages */
    size_t cap;
    size_t used;
};

int
tally_pii_create(struct tally_pii **out, size_t cap, struct tally_err *err)
{
    long page = sysconf(_SC_PAGESIZE);
    size_t align = page > 0 ? (size_t)page : 4096;
    struct tally_pii *a;
    void *mem;

    if (cap > SIZE_MAX / 2) {
        return tally_err_nomem(err);
    }
    a = calloc(1, sizeof *a);
    if (a == NULL) {
        return tally_err_nomem(err);
    }
    a->cap = cap;
    a->mapped = tally_size_align(cap == 0 ? 1 : cap, align);
    mem =
        mmap(NULL, a->mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mem == MAP_FAILED) {
        free(a);
        return tally_err_nomem(err);
    }
    a->mem = mem;
    /* Both are best effort: a limit on locked memory must not stop the work. Core dumps
     * are switched off for the whole process besides. */
    (void)madvise(mem, a->mapped, MADV_DONTDUMP);
    if (a->mapped >= HUGE_FROM) {
        (void)madvise(mem, a->mapped, MADV_HUGEPAGE);
    }
    (void)mlock(mem, a->mapped);
    *out = a;
    return 0;
}

void *
tally_pii_alloc(struct tally_pii *a, size_t len)
{
    void *p;

    /* ${used} is aligned, and at most PII_ALIGN - 1 above ${cap}. */
    if (a->used > a->cap || len > a->cap - a->used) {
        return NULL;
    }
    p = a->mem + a->used;
    a->used += tally_size_align(len, PII_ALIGN);
    return p;
}

void
tally_pii_reset(struct tally_pii *a)
{
    tally_wipe(a->mem, a->used < a->cap ? a->used : a->cap);
    a->used = 0;
}

void
tally_pii_free(struct tally_pii *a)
{
    if (a == NULL) {
        return;
    }
    tally_pii_reset(a);
    munmap(a->mem, a->mapped);
    free(a);
}

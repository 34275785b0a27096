/*
 * The allocator: counted, one call fails. What is asked for before the next allocator in
 * line can be found comes from a small room that is never given back.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/shim/shim.h"

#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ROOM_BYTES (64u << 10)

static _Alignas(64) char room[ROOM_BYTES];
static size_t room_used;
static atomic_bool finding;

static struct {
    void *(*malloc)(size_t);
    void *(*calloc)(size_t, size_t);
    void *(*realloc)(void *, size_t);
    void (*free)(void *);
    int (*posix_memalign)(void **, size_t, size_t);
    void *(*aligned_alloc)(size_t, size_t);
    void *(*memalign)(size_t, size_t);
} next;

static void *
from_room(size_t len)
{
    void *p = &room[room_used];

    len = (len + 15) & ~(size_t)15;
    if (len > ROOM_BYTES - room_used) {
        return NULL;
    }
    room_used += len;
    return p;
}

static bool
in_room(const void *p)
{
    return (const char *)p >= room && (const char *)p < room + ROOM_BYTES;
}

static void
find(void *slot, const char *name)
{
    void *f = dlsym(RTLD_NEXT, name);

    memcpy(slot, &f, sizeof f);
}

/* False while they are being looked for. One thread exists by then. */
static bool
ready(void)
{
    if (next.free != NULL) {
        return true;
    }
    if (atomic_exchange(&finding, true)) {
        return false;
    }
    find(&next.malloc, "malloc");
    find(&next.calloc, "calloc");
    find(&next.realloc, "realloc");
    find(&next.posix_memalign, "posix_memalign");
    find(&next.aligned_alloc, "aligned_alloc");
    find(&next.memalign, "memalign");
    find(&next.free, "free");
    return true;
}

static bool
refuse(void)
{
    int error = 0;

    if (!shim_armed()) {
        return false;
    }
    if (shim_count(SHIM_ALLOC, &error) == SHIM_PASS) {
        return false;
    }
    errno = ENOMEM;
    return true;
}

void *
malloc(size_t len)
{
    if (!ready()) {
        return from_room(len);
    }
    return refuse() ? NULL : next.malloc(len);
}

void *
calloc(size_t n, size_t len)
{
    if (!ready()) {
        return from_room(n * len); /* zeroed, as it is static */
    }
    return refuse() ? NULL : next.calloc(n, len);
}

void *
realloc(void *p, size_t len)
{
    void *to;

    if (!ready() || in_room(p)) {
        to = ready() ? next.malloc(len) : from_room(len);
        if (to != NULL && p != NULL) {
            size_t left = (size_t)(room + ROOM_BYTES - (char *)p);

            memcpy(to, p, len < left ? len : left);
        }
        return to;
    }
    return refuse() ? NULL : next.realloc(p, len);
}

void *
reallocarray(void *p, size_t n, size_t len)
{
    size_t all;

    if (__builtin_mul_overflow(n, len, &all)) {
        errno = ENOMEM;
        return NULL;
    }
    return realloc(p, all);
}

void
free(void *p)
{
    if (!in_room(p) && ready()) {
        next.free(p);
    }
}

int
posix_memalign(void **out, size_t align, size_t len)
{
    return !ready() || refuse() ? ENOMEM : next.posix_memalign(out, align, len);
}

void *
aligned_alloc(size_t align, size_t len)
{
    return !ready() || refuse() ? NULL : next.aligned_alloc(align, len);
}

void *
memalign(size_t align, size_t len)
{
    return !ready() || refuse() ? NULL : next.memalign(align, len);
}

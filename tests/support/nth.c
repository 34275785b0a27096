/*
 * The linker turns calls of NAME to __wrap_NAME, and of __real_NAME to NAME (--wrap).
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/support/nth.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "bloom/base/interrupt.h"

static enum tally_nth failing;
static atomic_size_t calls; /* of that kind so far */
static atomic_size_t nth;   /* the one that fails; 0: none does */

/* Whether this call of ${kind} is the one. */
static bool
is_nth(enum tally_nth kind)
{
    return kind == failing && atomic_fetch_add(&calls, 1) + 1 == atomic_load(&nth);
}

/* An allocation, or NULL when it is the one that fails. */
#define WRAP_ALLOC(name, params, args)                                                   \
    void *__real_##name params;                                                          \
    void *__wrap_##name params;                                                          \
    void *__wrap_##name params                                                           \
    {                                                                                    \
        return is_nth(TALLY_NTH_ALLOC) ? NULL : __real_##name args;                      \
    }

WRAP_ALLOC(malloc, (size_t n), (n))
WRAP_ALLOC(calloc, (size_t n, size_t size), (n, size))
WRAP_ALLOC(realloc, (void *p, size_t n), (p, n))
WRAP_ALLOC(reallocarray, (void *p, size_t n, size_t size), (p, n, size))
WRAP_ALLOC(aligned_alloc, (size_t align, size_t n), (align, n))
WRAP_ALLOC(strdup, (const char *s), (s))
WRAP_ALLOC(strndup, (const char *s, size_t n), (s, n))
WRAP_ALLOC(sodium_malloc, (size_t n), (n))

/* A system call, or ${none} with EIO. */
#define WRAP_IO(type, none, name, params, args)                                          \
    type __real_##name params;                                                           \
    type __wrap_##name params;                                                           \
    type __wrap_##name params                                                            \
    {                                                                                    \
        if (is_nth(TALLY_NTH_IO)) {                                                      \
            errno = EIO;                                                                 \
            return none;                                                                 \
        }                                                                                \
        return __real_##name args;                                                       \
    }

WRAP_IO(ssize_t, -1, read, (int fd, void *p, size_t n), (fd, p, n))
WRAP_IO(ssize_t, -1, write, (int fd, const void *p, size_t n), (fd, p, n))
WRAP_IO(ssize_t, -1, pread, (int fd, void *p, size_t n, off_t at), (fd, p, n, at))
WRAP_IO(ssize_t, -1, pwrite, (int fd, const void *p, size_t n, off_t at), (fd, p, n, at))
WRAP_IO(int, -1, fsync, (int fd), (fd))
WRAP_IO(int, -1, fstat, (int fd, struct stat *st), (fd, st))
WRAP_IO(int, -1, ftruncate, (int fd, off_t n), (fd, n))
WRAP_IO(int, -1, open, (const char *path, int how, mode_t mode), (path, how, mode))
WRAP_IO(int, -1, openat, (int dir, const char *path, int how, mode_t mode),
        (dir, path, how, mode))
WRAP_IO(char *, NULL, mkdtemp, (char *path), (path))
void *__real_mmap(void *at, size_t n, int may, int how, int fd, off_t from);
void *__wrap_mmap(void *at, size_t n, int may, int how, int fd, off_t from);
int __real_vasprintf(char **out, const char *fmt, va_list args) TALLY_PRINTF(2, 0);
int __wrap_vasprintf(char **out, const char *fmt, va_list args) TALLY_PRINTF(2, 0);
int __wrap_asprintf(char **out, const char *fmt, ...) TALLY_PRINTF(2, 3);
int __real_tally_interrupt_check(struct tally_err *err);
int __wrap_tally_interrupt_check(struct tally_err *err);
bool __real_tally_interrupted(void);
bool __wrap_tally_interrupted(void);

int
__wrap_vasprintf(char **out, const char *fmt, va_list args)
{
    return is_nth(TALLY_NTH_ALLOC) ? -1 : __real_vasprintf(out, fmt, args);
}

int
__wrap_asprintf(char **out, const char *fmt, ...)
{
    va_list args;
    int n;

    va_start(args, fmt);
    n = __wrap_vasprintf(out, fmt, args);
    va_end(args);
    return n;
}

void *
__wrap_mmap(void *at, size_t n, int may, int how, int fd, off_t from)
{
    return is_nth(fd < 0 ? TALLY_NTH_ALLOC : TALLY_NTH_IO)
               ? MAP_FAILED
               : __real_mmap(at, n, may, how, fd, from);
}

int
__wrap_tally_interrupt_check(struct tally_err *err)
{
    if (is_nth(TALLY_NTH_INTERRUPT)) {
        tally_interrupt_set(true);
    }
    return __real_tally_interrupt_check(err);
}

bool
__wrap_tally_interrupted(void)
{
    if (is_nth(TALLY_NTH_INTERRUPT)) {
        tally_interrupt_set(true);
    }
    return __real_tally_interrupted();
}

static int
run_with(size_t n, tally_nth_fn *run, void *ctx, struct tally_err *err)
{
    int rc;

    atomic_store(&calls, 0);
    atomic_store(&nth, n);
    rc = run(ctx, err);
    atomic_store(&nth, 0);
    tally_interrupt_set(false);
    return rc;
}

static bool
is_right(enum tally_nth kind, enum tally_code code)
{
    switch (kind) {
    case TALLY_NTH_ALLOC:
        return code == TALLY_E_NOMEM;
    case TALLY_NTH_IO:
        return code == TALLY_E_IO || code == TALLY_E_NO_FILE;
    case TALLY_NTH_INTERRUPT:
        break;
    }
    return code == TALLY_E_INTERRUPTED;
}

size_t
tally_nth_each(enum tally_nth kind, size_t most, tally_nth_fn *run, void *ctx)
{
    struct tally_err err = TALLY_ERR_INIT;
    size_t all;

    failing = kind;
    if (run_with(0, run, ctx, &err) != 0) {
        fail_msg("with nothing gone wrong: %s", err.text);
    }
    all = atomic_load(&calls);
    most = most == 0 || most > all ? all : most;
    for (size_t n = all - most + 1; n <= all; n++) {
        int rc;

        err = (struct tally_err)TALLY_ERR_INIT;
        rc = run_with(n, run, ctx, &err);
        if (rc == 0 && (kind != TALLY_NTH_ALLOC || atomic_load(&calls) < n)) {
            continue;
        }
        if (rc != -1 || !is_right(kind, err.code)) {
            fail_msg("kind %d, call %zu of %zu: returned %d, code %d, '%s'", (int)kind, n,
                     all, rc, (int)err.code, err.text);
        }
    }
    return most;
}

/*
 * The linker turns calls of NAME to __wrap_NAME, and of __real_NAME to NAME (--wrap).
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/support/nth.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

int __wrap_vasprintf(char **out, const char *fmt, va_list args);
int __wrap_asprintf(char **out, const char *fmt, ...) TALLY_PRINTF(2, 3);
int __real_tally_interrupt_check(struct tally_err *err);
int __wrap_tally_interrupt_check(struct tally_err *err);
bool __real_tally_interrupted(void);
bool __wrap_tally_interrupted(void);

int
__wrap_vasprintf(char **out, const char *fmt, va_list args)
{
    return is_nth(TALLY_NTH_ALLOC) ? -1 : vasprintf(out, fmt, args);
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

size_t
tally_nth_each(enum tally_nth kind, size_t most, tally_nth_fn *run, void *ctx)
{
    const enum tally_code code =
        kind == TALLY_NTH_ALLOC ? TALLY_E_NOMEM : TALLY_E_INTERRUPTED;
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
        if (rc == 0 && kind == TALLY_NTH_INTERRUPT) {
            continue;
        }
        if (rc != -1 || err.code != code) {
            fail_msg("call %zu of %zu: returned %d, code %d, '%s'", n, all, rc,
                     (int)err.code, err.text);
        }
    }
    return most;
}

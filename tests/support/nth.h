/*
 * For tests: the nth call of its kind fails, in our code alone; libraries that it calls
 * allocate as they like. A test that includes this header is linked so that the calls
 * come here first (CMakeLists.txt).
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_TESTS_NTH_H
#define TALLY_TESTS_NTH_H

#include <stddef.h>

#include "bloom/base/err.h"

enum tally_nth {
    TALLY_NTH_ALLOC,    /* malloc and its like: NULL */
    TALLY_NTH_IO,       /* a read, write, sync or opening: EIO */
    TALLY_NTH_INTERRUPT /* a look at whether Ctrl-C came: it did, just before */
};

/** What is tried: 0, or -1 with ${err}. It frees what it made. */
typedef int tally_nth_fn(void *ctx, struct tally_err *err);

/**
 * Run ${run}, which must go well, and then once for each of the last ${most} calls of
 * ${kind} that it made (0: for each of all), with that one failing: it must return -1
 * with TALLY_E_NOMEM, TALLY_E_IO (or TALLY_E_NO_FILE) or TALLY_E_INTERRUPTED. Or 0, where
 * there is another way to do what the system refused, Ctrl-C came too late, or fewer
 * calls were made this time: ${run} itself then looks whether all is there. Returns how
 * many were tried. LeakSanitizer sees what was left behind.
 */
size_t tally_nth_each(enum tally_nth kind, size_t most, tally_nth_fn *run, void *ctx);

#endif

/*
 * A pthread pool that runs numbered chunks. Which thread runs a chunk is not fixed; what
 * a chunk is, is: callers index results by chunk, so output does not depend on threads.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_BASE_POOL_H
#define TALLY_BASE_POOL_H

#include <stddef.h>

#include "bloom/base/err.h"

#define TALLY_THREADS_MAX 256

struct tally_pool;

/** ${nthreads} workers, 1 to TALLY_THREADS_MAX; 0 means one a processor available to us. */
TALLY_NODISCARD int tally_pool_create(struct tally_pool **out, unsigned nthreads,
                                      struct tally_err *err);

/** A chunk's work. ${worker} is below tally_pool_threads(), for scratch space. Returns 0, or -1
 * with ${err} set. ${ctx} is shared by all. */
typedef int tally_pool_fn(void *ctx, size_t chunk, unsigned worker, struct tally_err *err);

/**
 * Run chunks 0 to ${nchunks}-1, each once; returns when all have ended. After a failure or an
 * interrupt (TALLY_E_INTERRUPTED) no new chunk starts; the error of the lowest failed chunk is
 * returned. One run at a time; not to be called from a chunk. With one thread the caller runs them.
 */
TALLY_NODISCARD int tally_pool_run(struct tally_pool *p, size_t nchunks, tally_pool_fn *fn,
                                   void *ctx, struct tally_err *err);

unsigned tally_pool_threads(const struct tally_pool *p);
void tally_pool_free(struct tally_pool *p);

#endif

/*
 * Work that streams through in batches: each is begun in order, worked on in parts by
 * whichever threads are free, and ended in order. Several batches are on their way at a
 * time, so that one that takes long to begin or to end holds up nobody.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_BASE_PIPELINE_H
#define TALLY_BASE_PIPELINE_H

#include <stddef.h>

#include "bloom/base/err.h"
#include "bloom/base/pool.h"

#define TALLY_PIPELINE_BATCHES_MAX 16

/** What is done with a batch. ${batch} is its place, below nbatches, which is used again
 * once it has ended. Each returns 0, or -1 with ${err} set. */
struct tally_pipeline {
    size_t nbatches; /* on their way at a time, 1 to TALLY_PIPELINE_BATCHES_MAX */
    /** Fill the batch; ${parts} gets how many parts it has, 0 when there is nothing more
     * to come. One at a time, in order. */
    int (*begin)(void *ctx, size_t batch, size_t *parts, struct tally_err *err);
    /** Part ${part}, beside all others; ${worker} as in pool.h. */
    int (*part)(void *ctx, size_t batch, size_t part, unsigned worker,
                struct tally_err *err);
    /** All parts are done. One at a time, in the order of beginning. */
    int (*end)(void *ctx, size_t batch, struct tally_err *err);
};

/** Run until nothing more comes and all has ended. After a failure or an interrupt
 * (TALLY_E_INTERRUPTED) nothing later is begun; the error is that of the first batch that
 * failed, and in it of the lowest part, whatever the threads. As tally_pool_run, which
 * this takes. */
TALLY_NODISCARD int tally_pipeline_run(struct tally_pool *pool,
                                       const struct tally_pipeline *p, void *ctx,
                                       struct tally_err *err);

#endif

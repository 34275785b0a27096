/*
 * The work of a join while it goes on, and what is done with one tile of it: a kernel
 * scans the sketches for candidates, which are verified on whole rows in integers. Every
 * pair is decided by that last test alone, so that tiles, threads, kernel and sketch only
 * decide how long it takes.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_JOIN_TILE_H
#define TALLY_JOIN_TILE_H

#include "linker/join_choose.h"
#include "linker/join_collect.h"
#include "linker/join_side.h"

struct tally_join_scratch;

struct tally_join_work {
    const struct tally_kernel *kernel;
    struct tally_progress *progress; /* may be NULL */
    uint32_t threshold_ppm;
    struct tally_join_choice choice;
    struct tally_join_side a;
    struct tally_join_side b;
    struct tally_collect collect;
    struct tally_keep *keeps;           /* one a worker */
    struct tally_join_scratch *scratch; /* likewise */
    _Atomic uint64_t scanned;
    _Atomic uint64_t verified;
};

/** Find the pairs of tile ${ta} of A with tile ${tb} of B that count, and keep them for
 * ${worker}. In a self-join those count whose place in A is before their place in B.
 * Errors: TALLY_E_NOMEM, TALLY_E_LIMIT, TALLY_E_IO. */
TALLY_NODISCARD int tally_join_tile(struct tally_join_work *j, size_t ta, size_t tb,
                                    unsigned worker, struct tally_err *err);

/** Scratch space for ${nworkers}; NULL without memory. Freed by free(). */
struct tally_join_scratch *tally_join_scratch_make(size_t nworkers);

#endif

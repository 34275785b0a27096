/*
 * Merging sorted runs of one file: the second half of the external sort in sorter.h.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_BASE_RUN_MERGE_H
#define TALLY_BASE_RUN_MERGE_H

#include <stddef.h>
#include <stdint.h>

#include "bloom/base/err.h"
#include "bloom/base/sorter.h"

/** A run is records in key order, each the key, the length (32 bits, little-endian), the
 * data. */
#define TALLY_RUN_HEAD       (TALLY_SORT_KEY + 4)
#define TALLY_RUN_RECORD_MAX (16u * 1024 * 1024)

/** Memory that a run should have for reading; ${cap} / ${nruns} below must not be less.
 */
#define TALLY_RUN_READ_MIN (16u * 1024)

/** Where a run lies in the file, in bytes. */
struct tally_run {
    uint64_t start;
    uint64_t len;
};

struct tally_run_merge;

/** Begin to merge ${nruns} (at least one) runs of ${fd}. Of equal keys, that of the
 * earlier run comes first. ${mem} of ${cap} bytes is lent until the free, and wiped by
 * its owner. */
TALLY_NODISCARD int tally_run_merge_open(struct tally_run_merge **out, int fd,
                                         const struct tally_run *runs, size_t nruns,
                                         uint8_t *mem, size_t cap, struct tally_err *err);

/** The next record; pointers are valid until the next call. 1, 0 at the end, -1
 * (TALLY_E_CORRUPT when a run is not what was written). */
TALLY_NODISCARD int tally_run_merge_next(struct tally_run_merge *m, const uint8_t **key,
                                         const void **data, size_t *len,
                                         struct tally_err *err);

/** Release; NULL is no-op. */
void tally_run_merge_free(struct tally_run_merge *m);

#endif

/*
 * The privacy suite: the audit's attacks on synthetic people under several encodings and
 * hardenings, at several sizes and overlaps, beside the quality of the same encodings. It
 * takes hours; results are kept in a table as they come, and a run goes on where the last
 * one stopped.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_PRIVACY_H
#define TALLY_PRIVACY_H

#include <stddef.h>
#include <stdint.h>

#include "benchmarks/privacy_table.h"
#include "bloom/base/err.h"
#include "bloom/base/pool.h"
#include "bloom/base/progress.h"

struct tally_privacy_job {
    const char *encoding; /* only this; NULL: all */
    uint64_t people;      /* only this size; 0: all */
    uint32_t overlap_ppm; /* only this overlap; 0: all */
    const char *data;     /* folder of sets for F1; NULL: F1 is not measured */
    uint64_t seed;
    struct tally_pool *pool;
    struct tally_progress *progress; /* may be NULL */
    struct tally_privacy_table *table;
    /* Told what comes next, and after each cell, so that the table can be kept. */
    void (*say)(void *ctx, const char *text);
    int (*keep)(void *ctx, struct tally_err *err);
    void *ctx;
};

/** Measure every cell that the table lacks. TALLY_E_USAGE for an encoding that does not
 * exist. Works in a temporary folder that is gone afterwards. */
TALLY_NODISCARD int tally_privacy(const struct tally_privacy_job *job,
                                  struct tally_err *err);

/** Names of the encodings, weakest first, and of the sets for F1; NULL past the end. */
const char *tally_privacy_encoding(size_t i);
const char *tally_privacy_set(size_t i);

#endif

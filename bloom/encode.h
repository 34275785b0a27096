/*
 * The encoder: an export in, an encodings file (and a payload part) out. Streams, bounded
 * memory, threads.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_ENCODE_H
#define TALLY_ENCODE_H

#include <stdbool.h>
#include <stdint.h>

#include "bloom/base/csv.h"
#include "bloom/base/err.h"
#include "bloom/base/pool.h"
#include "bloom/base/progress.h"
#include "bloom/kdf.h"
#include "bloom/mapping.h"
#include "bloom/normalise.h"
#include "bloom/schema.h"

/** What to do. Pointers are the caller's. */
struct tally_encode_job {
    struct tally_csv *csv; /* opened, nothing read yet */
    const struct tally_schema *schema;
    const struct tally_mapping *mapping;
    struct tally_secret *key; /* 256-bit generated linkage key */
    const char *source;       /* what the linker calls it: see tally_source_valid */
    bool duplicates_possible;
    ptrdiff_t id_column; /* ids are kept in the encodings file; -1: not */
    const size_t *payload_columns;
    size_t npayload;
    const char *out; /* the .enc */
    /* ${out} is JSON of the filters in row order instead (clks.h): no tokens, no ids, no
     * payload. */
    bool clks;
    /* The .pay; NULL for none. Without columns it holds tokens only: the analyst learns
     * who is in the source. */
    const char *payload_out;
    bool force;
    bool allow_empty; /* false: no data rows is TALLY_E_DATA */
    struct tally_pool *pool;
    struct tally_progress *progress; /* may be NULL */
    /* Random bytes for tokens; NULL for the operating system's generator. Only tests set
     * it: a deterministic token is never made in production. One call at a time. */
    void (*random)(void *ctx, void *p, size_t len);
    void *random_ctx;
};

/** What was done. */
struct tally_encode_summary {
    uint64_t records;
    uint64_t reasons[TALLY_SCHEMA_FIELDS_MAX][TALLY_REASONS];
    uint64_t rules[TALLY_SCHEMA_FIELDS_MAX][TALLY_RULES]; /* [..][0] is not counted */
    uint64_t empty_records; /* records with no usable field: no bit is set for them */
    double mean_fill;       /* share of bits set before hardening */
    uint8_t key_check[TALLY_KEY_CHECK_BYTES];
};

/**
 * Run. Both files appear or neither. Output stands in token order; with the same tokens
 * it is the same bytes whatever the number of threads. Memory: about 100 MB, whatever the
 * rows. Ids must be unique and not empty (TALLY_E_DATA with both rows). A date column
 * whose figures can only be read with day and month the other way round, or which mixes
 * both ways, is TALLY_E_DATA with the line that the mapping needs. Interrupts end it with
 * TALLY_E_INTERRUPTED and no file.
 */
TALLY_NODISCARD int tally_encode(const struct tally_encode_job *job,
                                 struct tally_encode_summary *summary,
                                 struct tally_err *err);

#endif

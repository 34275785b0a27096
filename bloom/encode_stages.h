/*
 * The stages of the encoder and what they share: read rows into a batch, encode a slice
 * of it, store it by token, write the files. Only encode*.c include this.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_ENCODE_STAGES_H
#define TALLY_ENCODE_STAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/base/bytes.h"
#include "bloom/base/pii.h"
#include "bloom/base/sorter.h"
#include "bloom/clk.h"
#include "bloom/clks.h"
#include "bloom/diffusion.h"
#include "bloom/encfile.h"
#include "bloom/encode.h"

#define ENCODE_BATCH_ROWS 4096
#define ENCODE_SLICE_ROWS TALLY_DIFFUSION_BATCH
#define ENCODE_BATCHES    3 /* one being read, one encoded, one stored */
#define ENCODE_ID_KEY     32
#define ENCODE_ID_HASH    TALLY_SORT_KEY

/** A row on its way, in the arena of its batch. ${cells} is the LE32 length of each kept
 * column, then their bytes. */
struct encode_row {
    uint64_t number; /* as in errors */
    const uint8_t *cells;
    const uint8_t *id;
    size_t id_len;
    const uint8_t *payload; /* LE32 length and bytes of each payload column */
    size_t payload_len;
    uint8_t id_hash[ENCODE_ID_HASH];
};

struct encode_batch {
    struct tally_pii *arena;
    size_t nrows;
    struct encode_row *rows; /* ENCODE_BATCH_ROWS */
    uint8_t *filters;        /* ENCODE_BATCH_ROWS * stride, 64-byte aligned */
};

/** What one thread needs to encode. */
struct encode_worker {
    struct tally_clk *clk;
    struct tally_pii *arena;
    struct tally_value *values; /* one a field, in the arena */
    struct tally_buf joined;    /* a value made of several columns */
    uint8_t *plain;             /* a slice of filters before diffusion, 64-byte aligned */
    void *scratch;              /* for diffusion */
    uint64_t reasons[TALLY_SCHEMA_FIELDS_MAX][TALLY_REASONS];
    uint64_t rules[TALLY_SCHEMA_FIELDS_MAX][TALLY_RULES];
    uint64_t empty_records;
    uint64_t ones;
};

struct encoder {
    const struct tally_encode_job *job;
    struct tally_outfile *enc_file;
    struct tally_clks *clks;        /* instead of ${enc_file} */
    struct tally_outfile *pay_file; /* NULL without payload */
    uint8_t delivery[TALLY_DELIVERY_BYTES];
    uint8_t key_check[TALLY_KEY_CHECK_BYTES];

    /* Columns that fields are made of, each once, and where they stand in a row's cells.
     */
    size_t nkept;
    size_t *kept;
    size_t slot[TALLY_SCHEMA_FIELDS_MAX][TALLY_MAPPING_COLUMNS];

    /* Reading. */
    struct tally_cell *cells;
    bool pending; /* cells hold a row that no batch has taken yet */
    bool ended;

    /* Encoding. */
    struct tally_diffusion *diffusion; /* NULL without */
    size_t plain_stride;
    size_t stride;
    size_t nworkers;
    struct encode_worker *workers;
    uint8_t id_key[ENCODE_ID_KEY]; /* random, for this run only */

    /* Storing. */
    struct encode_batch batches[ENCODE_BATCHES];
    struct tally_sorter *by_token; /* bits / 8 bytes of filter, then the id */
    struct tally_sorter *payload;  /* by the same token */
    struct tally_sorter *by_id;    /* LE64 row number by hash of the id */
    uint8_t *record;               /* one record on its way to by_token */
    uint8_t *tokens;               /* of a batch */
    uint64_t records;
    uint64_t id_bytes;
    uint64_t payload_bytes;
};

/** Fill ${b} from the file; it stays empty after the last row. */
TALLY_NODISCARD int encode_read(struct encoder *e, struct encode_batch *b,
                                struct tally_err *err);
/** Encode rows ${slice} * ENCODE_SLICE_ROWS and on of ${b} in ${w}. */
TALLY_NODISCARD int encode_slice(struct encoder *e, struct encode_batch *b, size_t slice,
                                 struct encode_worker *w, struct tally_err *err);
/** Give every row of ${b} a token and hand it to the sorters. */
TALLY_NODISCARD int encode_store(struct encoder *e, struct encode_batch *b,
                                 struct tally_err *err);
/** All rows are stored: TALLY_E_DATA naming both rows where two have one id. */
TALLY_NODISCARD int encode_check_ids(struct encoder *e, struct tally_err *err);
/** All rows are counted in ${sum}: TALLY_E_DATA when a date column's own figures speak
 * against the order in which it was read. */
TALLY_NODISCARD int encode_check_dates(const struct encoder *e,
                                       const struct tally_encode_summary *sum,
                                       struct tally_err *err);
/** Write both files, uncommitted. */
TALLY_NODISCARD int encode_write(struct encoder *e, struct tally_err *err);

/** Threads' belongings. */
TALLY_NODISCARD int encode_worker_create(struct encoder *e, struct encode_worker *w,
                                         struct tally_err *err);
void encode_worker_free(struct encoder *e, struct encode_worker *w);

#endif

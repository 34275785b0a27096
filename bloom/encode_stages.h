/*
 * The stages of the encoder and what they share: read rows into a batch, encode a slice
 * of it, store it by token, write the files. With alias rows there are two rounds: the
 * first brings the rows of a record together, the second reads records from there. Only
 * encode*.c include this.
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
#include "bloom/encfile.h"
#include "bloom/encode.h"
#include "bloom/harden.h"
#include "bloom/kernels/kernels.h"
#include "bloom/normalise.h"

#define ENCODE_BATCH_ROWS 4096 /* at most, and with one view */
#define ENCODE_SLICES     8    /* of a batch */
#define ENCODE_BATCHES    6    /* on their way: while one is stored others are encoded */
#define ENCODE_ID_KEY     32
#define ENCODE_ID_HASH    TALLY_SORT_KEY
#define ENCODE_VALUES     TALLY_ENCODE_VALUES_MAX
#define ENCODE_PARTS      (TALLY_VIEWS_MAX + TALLY_MATCH_KEYS_MAX)

/** A record on its way, in the arena of its batch. ${cells} is the LE32 length of each
 * kept column, then their bytes: for the main row, then for each alias row. */
struct encode_row {
    uint64_t number; /* as in errors */
    const uint8_t *cells;
    size_t nlines; /* the main row and its alias rows */
    const uint8_t *id;
    size_t id_len;
    const uint8_t *payload; /* LE32 length and bytes of each payload column */
    size_t payload_len;
    uint8_t id_hash[ENCODE_ID_HASH];
    bool is_alias;     /* a row that is to be brought to its record */
    bool screened;     /* stay and aliases_stay are known */
    bool aliases_stay; /* only what stands first in each field of the main row leaves */
    bool cut;          /* there were more alias rows */
    enum tally_stay stay;
    uint8_t
        nrows[ENCODE_PARTS]; /* encodings in each view, then match keys of each kind */
};

/** Encodings of a slice: those of its records in view 0, then in view 1, ... Match keys
 * stand record by record. */
struct encode_filters {
    uint8_t *data; /* 64-byte aligned */
    size_t cap;    /* rows */
    size_t n;
    size_t start[TALLY_VIEWS_MAX];
    struct tally_buf keys;
};

struct encode_batch {
    struct tally_pii *arena;
    size_t nrows;
    struct encode_row *rows;    /* ENCODE_BATCH_ROWS */
    struct encode_row *dummies; /* as many; those of slice s begin where its rows do */
    size_t ndummies[ENCODE_SLICES];
    struct encode_filters filters[ENCODE_SLICES];
};

/** The usable values of one record. Value ${v} of field f in line l is values[(l *
 * ENCODE_VALUES + v) * nfields + f]: the first values of a line lie side by side. */
struct encode_values {
    struct tally_pii *arena;
    struct tally_value *values;
    struct tally_value *before; /* of the record before, whose filters may be at work */
    size_t nlines;
    uint8_t n[ENCODE_VALUES]
             [TALLY_SCHEMA_FIELDS_MAX]; /* usable values of a line's field */
    enum tally_reason reason[TALLY_SCHEMA_FIELDS_MAX]; /* of the main row's field */
    enum tally_rule rule[TALLY_SCHEMA_FIELDS_MAX];     /* that goes with it */
    bool any[TALLY_SCHEMA_FIELDS_MAX];     /* the main row's field has been looked at, */
    bool leading[TALLY_SCHEMA_FIELDS_MAX]; /* and what stands first in it is usable */
    uint64_t cut;                          /* values beyond the limit */
    enum tally_stay stay;                  /* by what lists say of values */
};

/** Which values make an encoding: of which line, and which of each field. */
struct encode_choice {
    uint8_t line;
    uint8_t value[TALLY_SCHEMA_FIELDS_MAX];
};

/** What one thread needs to encode in one view. */
struct encode_view {
    struct tally_clk *clk;
    uint8_t *plain; /* rows of a slice before hardening, 64-byte aligned */
    size_t cap;
    size_t n;
    uint64_t ones;
};

/** What one thread needs to encode. */
struct encode_worker {
    struct encode_values values;
    struct tally_value *chosen; /* one a field, in the arena of values */
    struct tally_buf joined;    /* a value made of several columns */
    struct tally_buf composed;  /* the cells of a dummy */
    struct encode_view views[TALLY_VIEWS_MAX];
    struct tally_buf *keys; /* of the slice at work */
    void *scratch;          /* for hardening */
    uint64_t reasons[TALLY_SCHEMA_FIELDS_MAX][TALLY_REASONS];
    uint64_t rules[TALLY_SCHEMA_FIELDS_MAX][TALLY_RULES];
    uint64_t more_values[TALLY_SCHEMA_FIELDS_MAX];
    uint64_t empty_records;
    uint64_t unsalted;
    uint64_t values_cut;
    uint64_t records_cut;
    uint64_t records_bare;
};

struct encode_group; /* encode_group.c */

struct encoder {
    const struct tally_encode_job *job;
    struct tally_outfile *enc_file;
    struct tally_clks *clks;        /* instead of ${enc_file} */
    struct tally_outfile *pay_file; /* NULL without payload */
    struct tally_outfile *map_file; /* NULL without a token map */
    uint8_t delivery[TALLY_DELIVERY_BYTES];
    uint8_t key_check[TALLY_KEY_CHECK_BYTES];

    /* Columns that fields are made of or that mark people, each once, and where they
     * stand in a row's cells. */
    size_t nkept;
    size_t *kept;
    size_t slot[TALLY_SCHEMA_FIELDS_MAX][TALLY_MAPPING_COLUMNS];
    size_t mark_slot[TALLY_EXCLUDE_RULES_MAX];
    size_t max_values;  /* ENCODE_VALUES where a field may have several, else 1 */
    bool one_cell_each; /* every field is one cell, and no list of people speaks of it */

    /* Reading. */
    struct tally_cell *cells;
    bool pending; /* cells hold a row that no batch has taken yet */
    bool ended;
    uint64_t rows_read;

    /* Bringing alias rows to their records: NULL without. */
    struct encode_group *group;

    /* Encoding. */
    const struct tally_kernel *kernel;
    size_t nviews;
    struct tally_schema *views; /* as each view hashes it */
    struct tally_harden *harden[TALLY_VIEWS_MAX];
    uint32_t fields_of[TALLY_VIEWS_MAX]; /* bit f: the view has field f */
    size_t nkeys;                        /* match keys, */
    struct tally_secret *key_secrets[TALLY_MATCH_KEYS_MAX];
    const uint8_t *key_bytes[TALLY_MATCH_KEYS_MAX]; /* opened as long as this lives */
    size_t slice_rows;
    size_t batch_rows;
    size_t plain_stride;
    size_t stride;
    size_t nworkers;
    struct encode_worker *workers;
    uint8_t id_key[ENCODE_ID_KEY]; /* random, for this run only */

    /* Storing. */
    struct encode_batch batches[ENCODE_BATCHES];
    /* How many rows and keys of each kind (a byte), the rows, the keys, then the id. */
    struct tally_sorter *by_token;
    struct tally_sorter *payload; /* by the same token */
    struct tally_sorter *by_id;   /* LE64 row number by hash of the id */
    uint8_t *tokens;              /* of a batch */
    uint64_t records;             /* dummies too */
    uint64_t dummies;
    uint64_t stayed[TALLY_STAY_REASONS];
    uint64_t rows[ENCODE_PARTS];
    uint64_t with_rows[ENCODE_PARTS];
    uint64_t id_bytes;
    uint64_t payload_bytes;

    /* Writing. */
    uint64_t enc_len;
    uint64_t pay_len;
};

/** Bytes of an encoding after hardening. */
static inline size_t
encode_row_bytes(const struct encoder *e)
{
    return tally_schema_output_bits(e->job->schema) / 8;
}

/** Fill ${b} from the file; it stays empty after the last row. */
TALLY_NODISCARD int encode_read(struct encoder *e, struct encode_batch *b,
                                struct tally_err *err);
/** Encode slice ${slice} of ${b} in ${w}, records that stay left out. */
TALLY_NODISCARD int encode_slice(struct encoder *e, struct encode_batch *b, size_t slice,
                                 struct encode_worker *w, struct tally_err *err);
/** Make the dummies of slice ${slice}, whose ${n} records ${rows} are encoded: a share
 * of those that leave, none when they are few. */
TALLY_NODISCARD int encode_dummies(struct encoder *e, struct encode_batch *b,
                                   size_t slice, const struct encode_row *rows, size_t n,
                                   struct encode_worker *w, struct tally_err *err);
/** Encode the dummy ${row} behind the records of a slice, counting nothing. */
TALLY_NODISCARD int encode_dummy(struct encoder *e, struct encode_worker *w,
                                 struct encode_row *row, struct tally_err *err);
/** Give every record of ${b} a token and hand it to the sorters. */
TALLY_NODISCARD int encode_store(struct encoder *e, struct encode_batch *b,
                                 struct tally_err *err);
/* Whether ids go to the last stage: for ${out}, or for the token map. */
static inline bool
encode_ids_ride(const struct tally_encode_job *job)
{
    return job->id_column >= 0 && (!job->ids_stay || job->token_map != NULL);
}

/** All rows are stored: TALLY_E_DATA naming both rows where two have one id. */
TALLY_NODISCARD int encode_check_ids(struct encoder *e, struct tally_err *err);
/** All rows are counted in ${sum}: TALLY_E_DATA when a date column's own figures speak
 * against the order in which it was read. */
TALLY_NODISCARD int encode_check_dates(const struct encoder *e,
                                       const struct tally_encode_summary *sum,
                                       struct tally_err *err);
/** Write both files, uncommitted; in a dry run only find out how long they would be. */
TALLY_NODISCARD int encode_write(struct encoder *e, struct tally_err *err);

/** Room for ${len} bytes of a record in the arena of ${b}. NULL with ${err} unset means
 * that the batch is full. */
uint8_t *encode_room(struct encode_batch *b, size_t len, struct tally_err *err);

/** In the first round: find out whose row each is and who stays. */
TALLY_NODISCARD int encode_screen_slice(struct encoder *e, struct encode_batch *b,
                                        size_t slice, struct encode_worker *w,
                                        struct tally_err *err);
/** The sorter of rows by record, and its end. */
TALLY_NODISCARD int encode_group_create(struct encoder *e, struct tally_err *err);
void encode_group_free(struct encode_group *g);
/** Sort the rows of ${b} by record, and when all are in, read records in their place. */
TALLY_NODISCARD int encode_group_store(struct encoder *e, struct encode_batch *b,
                                       struct tally_err *err);
TALLY_NODISCARD int encode_group_turn(struct encoder *e, struct tally_err *err);
TALLY_NODISCARD int encode_group_read(struct encoder *e, struct encode_batch *b,
                                      struct tally_err *err);
/** All records are read: TALLY_E_DATA where an alias is of nobody, or two main rows have
 * one id. */
TALLY_NODISCARD int encode_group_check(const struct encoder *e, struct tally_err *err);
void encode_group_count(const struct encoder *e, struct tally_encode_summary *sum);

/** The values of ${row} into ${w}->values. */
TALLY_NODISCARD int encode_collect(const struct encoder *e, struct encode_worker *w,
                                   const struct encode_row *row, struct tally_err *err);
/** What lists and marks say of ${row}, whose values are in ${w}, into its stay and
 * aliases_stay. */
void encode_screen(struct encoder *e, struct encode_worker *w, struct encode_row *row);
/** Forget all but what stands first in each field of the main row. */
void encode_keep_first(const struct encoder *e, struct encode_worker *w);

/** Combinations of the collected values of ${fields} (bit f: field f), of which those in
 * ${required} must be there, first values first, at most ENCODE_VALUES of them into
 * ${out}. Returns how many; ${more} is set when some were left out. */
size_t encode_choose(const struct encoder *e, const struct encode_values *v,
                     uint32_t fields, uint32_t required, struct encode_choice *out,
                     bool *more);
/** The chosen values side by side, one a field. */
const struct tally_value *encode_gather(const struct encoder *e, struct encode_worker *w,
                                        const struct encode_choice *c);

/** Match keys: derive what they are hashed with; those of the collected values into
 * ${w}->keys and ${row}. */
TALLY_NODISCARD int encode_keys_create(struct encoder *e, struct tally_err *err);
TALLY_NODISCARD int encode_keys(struct encoder *e, struct encode_worker *w,
                                struct encode_row *row, bool *more,
                                struct tally_err *err);
void encode_keys_free(struct encoder *e);
/** Usable values of field ${f} in line ${l}, or in the main row when it has none; ${from}
 * gets the line. */
size_t encode_usable(const struct encode_values *v, size_t line, size_t f, size_t *from);
/** Value ${i} of field ${f} of line ${line}. */
struct tally_value *encode_value(const struct encoder *e, const struct encode_values *v,
                                 size_t line, size_t i, size_t f);

/** Threads' belongings. */
TALLY_NODISCARD int encode_worker_create(struct encoder *e, struct encode_worker *w,
                                         struct tally_err *err);
void encode_worker_free(struct encoder *e, struct encode_worker *w);
void encode_filters_free(const struct encoder *e, struct encode_filters *f);

#endif

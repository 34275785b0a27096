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
#include "bloom/encfile.h"
#include "bloom/exclude.h"
#include "bloom/given.h"
#include "bloom/kdf.h"
#include "bloom/mapping.h"
#include "bloom/normalise.h"
#include "bloom/schema.h"

/** Encodings of a record in one view, values of a field, and rows of a record (its own
 * and its aliases'): the first this many count, the rest is left out and counted. */
#define TALLY_ENCODE_VALUES_MAX 8

/** What to do. Pointers are the caller's. */
struct tally_encode_job {
    struct tally_csv *csv; /* opened, nothing read yet */
    const struct tally_schema *schema;
    const struct tally_mapping *mapping;
    struct tally_secret *key; /* 256-bit generated linkage key */
    const char *source;       /* what the linker calls it: see tally_source_valid */
    bool duplicates_possible;
    ptrdiff_t id_column; /* -1: none. Ids are kept in the encodings file unless: */
    bool ids_stay;       /* they only tell which rows belong together, and who stays */
    /* NULL, or a CSV file "id,token" of every record that leaves, in token order: the
     * data owner keeps it, and the ids then do not go into ${out}. */
    const char *token_map;
    /* NULL, or the column that holds, for an alias of a person, the id of the person's
     * main row; it is empty in main rows. Needs an id column. Alias rows give encodings
     * to the record of the main row, from which they take what they leave empty; their
     * ids and payload are not used. They may stand anywhere. */
    const size_t *alias_column;
    /* NULL, or tokens that records have already: each leaves under the one given for its
     * id, and those without are passed over. Needs an id column and ids_stay. */
    const struct tally_given *given;
    struct tally_exclude *exclude; /* who stays at home; may be NULL */
    const size_t *payload_columns;
    size_t npayload;
    const char *out; /* the .enc */
    /* ${out} is JSON of the filters in row order instead (clks.h): no tokens, no ids, no
     * payload, and one filter of each row. */
    bool clks;
    /* The .pay; NULL for none. Without columns it holds tokens only: the analyst learns
     * who is in the source. */
    const char *payload_out;
    /* Dummies for each 100 records that leave: encodings of nobody, in ${out} only. Needs
     * a payload file; not with ids in ${out}. */
#define TALLY_DUMMIES_MAX    100
#define TALLY_DUMMIES_STRICT 15 /* what commands add under the profile strict */
    unsigned dummies;
    bool force;
    bool allow_empty; /* false: no data rows is TALLY_E_DATA */
    bool dry_run;     /* do all but write the files */
    struct tally_pool *pool;
    struct tally_progress *progress; /* may be NULL */
    /* Random bytes for tokens; NULL for the operating system's generator. Only tests set
     * it: a deterministic token is never made in production. One call at a time. */
    void (*random)(void *ctx, void *p, size_t len);
    void *random_ctx;
};

/** One view of what was done. */
struct tally_encode_view {
    uint64_t rows;
    uint64_t records; /* with at least one row */
    double mean_fill; /* share of bits set before hardening */
};

/** What was done. Counts are of records that leave, but for those that say otherwise. */
struct tally_encode_summary {
    uint64_t records;
    uint64_t dummies;                    /* in the file beside the records */
    uint64_t rows_read;                  /* of the export */
    uint64_t stayed[TALLY_STAY_REASONS]; /* records that do not leave, by reason */
    uint64_t reasons[TALLY_SCHEMA_FIELDS_MAX][TALLY_REASONS]; /* of main rows */
    uint64_t rules[TALLY_SCHEMA_FIELDS_MAX][TALLY_RULES];     /* [..][0] is not counted */
    uint64_t more_values[TALLY_SCHEMA_FIELDS_MAX]; /* usable ones after the first */
    uint64_t empty_records;     /* records with no usable field: no bit is set for them */
    uint64_t unsalted;          /* records without a usable salt, hashed without one */
    uint64_t alias_rows;        /* of the export, carried under a main row */
    uint64_t alias_rows_stayed; /* marked to stay, alone or with their main row's mark */
    uint64_t records_bare; /* records that leave without their aliases, being marked */
    uint64_t values_cut;   /* values and alias rows beyond the limit */
    uint64_t records_cut;  /* records of which not every combination was carried */
    double mean_fill;      /* of the first view */
    size_t nviews;
    struct tally_encode_view views[TALLY_VIEWS_MAX];
    size_t nmatch_keys;
    struct tally_encode_view match_keys[TALLY_MATCH_KEYS_MAX]; /* without a fill */
    uint64_t enc_bytes; /* lengths of the two files */
    uint64_t payload_bytes;
    uint8_t key_check[TALLY_KEY_CHECK_BYTES];
    uint8_t delivery[TALLY_DELIVERY_BYTES]; /* as both files have it */
};

/**
 * Run. Both files appear or neither. Output stands in token order; with the same tokens
 * it is the same bytes whatever the number of threads. Memory, whatever the rows: about
 * 50 MB, and for each thread and view 20 MB, or 70 MB with salts. Kept ids, and those of
 * main rows when there are aliases, must be unique, and no id may be empty (TALLY_E_DATA
 * with both rows). An alias of nobody is TALLY_E_DATA too. A date column whose figures
 * can only be read with day and month the other way round, or which mixes both ways, is
 * TALLY_E_DATA with the line that the mapping needs. Interrupts end it with
 * TALLY_E_INTERRUPTED and no file.
 */
TALLY_NODISCARD int tally_encode(const struct tally_encode_job *job,
                                 struct tally_encode_summary *summary,
                                 struct tally_err *err);

#endif

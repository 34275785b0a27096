/*
 * The legacy encoder: rows of a CSV file and a clkhash schema in, exactly clkhash's
 * filters out. Streams, in bounded memory.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_CLKHASH_ENCODE_H
#define TALLY_CLKHASH_ENCODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/base/csv.h"
#include "bloom/base/progress.h"
#include "bloom/base/secret.h"
#include "bloom/clkhash_schema.h"

struct tally_clkhash_encoder;

/** For records of ${s}, which is kept, under ${secret} (NULL: an empty one).
 * TALLY_E_SCHEMA when it cannot encode. Not thread-safe: one a thread. */
TALLY_NODISCARD int tally_clkhash_encoder_create(struct tally_clkhash_encoder **out,
                                                 const struct tally_clkhash_schema *s,
                                                 struct tally_secret *secret,
                                                 bool validate, struct tally_err *err);

/** Bytes of a filter. */
size_t tally_clkhash_encoder_bytes(const struct tally_clkhash_encoder *e);

/**
 * One record: s->nfeatures ${cells} (valid UTF-8, at most TALLY_CLKHASH_CELL_MAX
 * characters each) into ${filter}, which is overwritten; bits after the last are zero. On
 * error
 * ${column} is the one at fault, and ${err} the rule.
 */
TALLY_NODISCARD int tally_clkhash_encoder_row(struct tally_clkhash_encoder *e,
                                              const struct tally_cell *cells,
                                              uint8_t *filter, size_t *column,
                                              struct tally_err *err);
void tally_clkhash_encoder_free(struct tally_clkhash_encoder *e);

enum tally_clkhash_header {
    TALLY_CLKHASH_HEADER_YES,    /* the first row names the columns, as the schema does */
    TALLY_CLKHASH_HEADER_NO,     /* there is none */
    TALLY_CLKHASH_HEADER_IGNORE, /* there is one, whatever it says */
};

/** What to do. Pointers are the caller's. */
struct tally_clkhash_job {
    const struct tally_clkhash_schema *schema;
    struct tally_secret *secret; /* NULL: empty */
    const char *input;           /* CSV, "-" for standard input */
    enum tally_clkhash_header header;
    bool no_validation;
    const char *out;
    bool force;
    struct tally_progress *progress; /* may be NULL */
};

struct tally_clkhash_summary {
    uint64_t records;
    double mean_fill; /* share of bits set */
};

/** Encode a file: the filters of all rows, or none and an error that names file, row and
 * column. */
TALLY_NODISCARD int tally_clkhash_encode(const struct tally_clkhash_job *job,
                                         struct tally_clkhash_summary *summary,
                                         struct tally_err *err);

#endif

/*
 * The encodings file (.enc): what an agency sends to the linker.
 * docs/protocols/encodings.md.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_ENCFILE_H
#define TALLY_ENCFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/base/err.h"
#include "bloom/base/file.h"
#include "bloom/container.h"
#include "bloom/kdf.h"
#include "bloom/schema.h"

#define TALLY_TOKEN_BYTES     16
#define TALLY_DELIVERY_BYTES  16
#define TALLY_ID_MAX          1024 /* bytes: see tally_id_valid */
#define TALLY_ENC_RECORDS_MAX UINT32_MAX
#define TALLY_ENC_VERSION     1

/** A view of the schema in a file: its rows, and how many records have at least one. */
struct tally_enc_view {
    char name[TALLY_NAME_MAX + 1];
    uint64_t rows;
    uint64_t records;
};

/** Facts about an encodings file, checked on opening. Strings are NUL-terminated and
 * printable. */
struct tally_enc_info {
    char source[TALLY_NAME_MAX + 1];
    bool duplicates_possible; /* the owner says people may stand in it twice */
    uint64_t records;
    bool dummies; /* some are of nobody, put there by the owner */
    /* Read from the JSON of clkhash (clks.h), which states neither schema nor rules nor
     * key: their digests are zeros. Never set in a file, and not read by a writer. */
    bool legacy;
    uint32_t bits;   /* of an encoding, after hardening: a multiple of 64 (legacy: 8) */
    uint32_t stride; /* bytes a row: bits / 8 rounded up to 64; not read by a writer */
    bool has_ids;
    bool has_key_check;
    uint8_t key_check[TALLY_KEY_CHECK_BYTES];
    uint8_t schema_digest[TALLY_DIGEST_BYTES];
    uint8_t normaliser_digest[TALLY_DIGEST_BYTES];
    int normaliser_version;
    int fold_version;
    char unicode[16];
    char tool[TALLY_NAME_MAX + 1];          /* release that wrote the file: informative */
    uint8_t delivery[TALLY_DELIVERY_BYTES]; /* the same in the payload part of the run */
    char schema_name[TALLY_NAME_MAX + 1];
    char profile[TALLY_NAME_MAX + 1];
    struct tally_hardening hardening;
    uint32_t rbf_bits;             /* of the filter of each field; 0: all share one */
    char salt[TALLY_NAME_MAX + 1]; /* the field that salts tokens; empty: none */
    double fill;                   /* target of the schema: informative */
    /* At least one. A writer that gives none has the view "full", each record once. */
    size_t nviews;
    struct tally_enc_view views[TALLY_VIEWS_MAX];
    size_t nmatch_keys; /* none in most files */
    struct tally_enc_view match_keys[TALLY_MATCH_KEYS_MAX];
};

/** An open encodings file: mapped, verified, immutable; share between threads freely. */
struct tally_encfile;

/** Errors as tally_container_open, and TALLY_E_CORRUPT where counts, order of tokens,
 * padding bits or popcounts do not hold. */
TALLY_NODISCARD int tally_encfile_open(struct tally_encfile **out, const char *path,
                                       struct tally_err *err);
const struct tally_enc_info *tally_encfile_info(const struct tally_encfile *e);
/** The digest that pins the whole file. */
const uint8_t *tally_encfile_digest(const struct tally_encfile *e);
/** records * 16 bytes, strictly ascending. */
const uint8_t *tally_encfile_tokens(const struct tally_encfile *e);
/** Of view ${v}: views[v].rows * stride bytes, 64-byte aligned rows, zero padded. */
const uint8_t *tally_encfile_view_matrix(const struct tally_encfile *e, size_t v);
/** Set bits of each row of view ${v}. */
const uint32_t *tally_encfile_view_popcounts(const struct tally_encfile *e, size_t v);
/** The record that row ${row} of view ${v} is of: never falls from row to row. */
uint32_t tally_encfile_record_of_row(const struct tally_encfile *e, size_t v,
                                     uint64_t row);
/** True when the rows of view ${v} are the records in order, each once. */
bool tally_encfile_rows_are_records(const struct tally_encfile *e, size_t v);
/** Of match key ${k}: match_keys[k].rows * TALLY_MATCHKEY_BYTES bytes, in the order of
 * records, and the record that key ${row} of them is of. */
const uint8_t *tally_encfile_match_keys(const struct tally_encfile *e, size_t k);
uint32_t tally_encfile_record_of_key(const struct tally_encfile *e, size_t k,
                                     uint64_t row);
/** Matrix and popcounts of view 0. */
const uint8_t *tally_encfile_matrix(const struct tally_encfile *e);
const uint32_t *tally_encfile_popcounts(const struct tally_encfile *e);
/** The id of record ${i}: NULL without ids. Not NUL-terminated. Legacy filters have the
 * number of the row, from 0. */
const char *tally_encfile_id(const struct tally_encfile *e, uint64_t i, size_t *len);
void tally_encfile_close(struct tally_encfile *e);

/** Writing: the facts first, then the records in ascending order of token. */
struct tally_encfile_writer;

/** Begin a file of ${info}->records records in ${f}, which stays the caller's and is not
 * committed here. ${id_bytes} is the length of all ids together, 0 unless
 * ${info}->has_ids. ${info} is not kept. TALLY_E_LIMIT, TALLY_E_NOMEM; TALLY_E_BUG where
 * ${info} breaks a rule that a reader would refuse. */
TALLY_NODISCARD int tally_encfile_begin(struct tally_encfile_writer **out,
                                        struct tally_outfile *f,
                                        const struct tally_enc_info *info,
                                        uint64_t id_bytes, struct tally_err *err);
/** The next record: ${row} is bits / 8 bytes, ${id} is ignored without ids. A token that
 * is not above the one before is TALLY_E_BUG. */
TALLY_NODISCARD int tally_encfile_add(struct tally_encfile_writer *w,
                                      const uint8_t token[TALLY_TOKEN_BYTES],
                                      const uint8_t *row, const void *id, size_t id_len,
                                      struct tally_err *err);
/** The same for a record with ${counts}[v] rows in view v, and then ${counts}[nviews + k]
 * match keys k: ${rows} holds them all, one after another. */
TALLY_NODISCARD int tally_encfile_add_rows(struct tally_encfile_writer *w,
                                           const uint8_t token[TALLY_TOKEN_BYTES],
                                           const uint8_t *counts, const uint8_t *rows,
                                           const void *id, size_t id_len,
                                           struct tally_err *err);
/** What ${w} appends to, which stays its own: for its length, and to write in pieces. */
struct tally_container_writer *
tally_encfile_container(const struct tally_encfile_writer *w);
/** All records are in: complete the file. */
TALLY_NODISCARD int tally_encfile_end(struct tally_encfile_writer *w,
                                      struct tally_err *err);
void tally_encfile_writer_free(struct tally_encfile_writer *w);

/** True for 1 to TALLY_ID_MAX bytes of valid UTF-8 without control characters. */
bool tally_id_valid(const void *id, size_t len);

/** True for 1 to TALLY_NAME_MAX characters of [A-Za-z0-9_.-]: what a source may be
 * called. */
bool tally_source_valid(const char *source);

/** 0 when ${a} and ${b} may be linked, as far as they say: legacy filters go with legacy
 * filters of their length, and with nothing else. Otherwise TALLY_E_SCHEMA_MISMATCH or
 * TALLY_E_KEY_MISMATCH saying which of schema, normaliser, Unicode tables, length or key
 * differ, and between which sources. */
TALLY_NODISCARD int tally_enc_compatible(const struct tally_enc_info *a,
                                         const struct tally_enc_info *b,
                                         struct tally_err *err);

#endif

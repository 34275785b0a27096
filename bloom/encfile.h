/*
 * The encodings file (.enc): what an agency sends to the linker. docs/protocols/encodings.md.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_ENCFILE_H
#define TALLY_ENCFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/base/err.h"
#include "bloom/kdf.h"
#include "bloom/schema.h"

#define TALLY_TOKEN_BYTES 16
#define TALLY_DELIVERY_BYTES 16
#define TALLY_ID_MAX 1024

/** Facts about an encodings file, checked on opening. Strings are NUL-terminated and printable. */
struct tally_enc_info {
    char source[TALLY_NAME_MAX + 1];
    bool duplicates_possible; /* the owner says people may stand in it twice */
    uint64_t records;
    uint32_t bits;
    uint32_t stride; /* bytes a row: bits / 8 rounded up to 64 */
    bool has_ids;
    bool has_key_check;
    uint8_t key_check[TALLY_KEY_CHECK_BYTES];
    uint8_t schema_digest[TALLY_DIGEST_BYTES];
    uint8_t normaliser_digest[TALLY_DIGEST_BYTES];
    int normaliser_version;
    char unicode[16];
    uint8_t delivery[TALLY_DELIVERY_BYTES]; /* the same in the payload part of one encode run */
    char schema_name[TALLY_NAME_MAX + 1];
    char profile[TALLY_NAME_MAX + 1];
    uint32_t diffusion_t;
    double fill;
};

/** An open encodings file: mapped, verified, immutable; share between threads freely. */
struct tally_encfile;

/** Errors as tally_container_open, and TALLY_E_CORRUPT where counts, order of tokens, padding bits or popcounts do not hold. */
TALLY_NODISCARD int tally_encfile_open(struct tally_encfile **out, const char *path,
                                       struct tally_err *err);
const struct tally_enc_info *tally_encfile_info(const struct tally_encfile *e);
/** The digest that pins the whole file. */
const uint8_t *tally_encfile_digest(const struct tally_encfile *e);
/** records * 16 bytes, strictly ascending. */
const uint8_t *tally_encfile_tokens(const struct tally_encfile *e);
/** records * stride bytes, 64-byte aligned rows, zero padded. */
const uint8_t *tally_encfile_matrix(const struct tally_encfile *e);
/** Set bits of each row. */
const uint32_t *tally_encfile_popcounts(const struct tally_encfile *e);
/** The id of record ${i}: NULL without ids. Not NUL-terminated. */
const char *tally_encfile_id(const struct tally_encfile *e, uint64_t i, size_t *len);
void tally_encfile_close(struct tally_encfile *e);

/** 0 when ${a} and ${b} may be linked; else TALLY_E_SCHEMA_MISMATCH or TALLY_E_KEY_MISMATCH saying which of schema,
 * normaliser, Unicode tables, length or key differ, and between which sources. */
TALLY_NODISCARD int tally_enc_compatible(const struct tally_enc_info *a,
                                         const struct tally_enc_info *b,
                                         struct tally_err *err);

#endif

/*
 * Provider sheets: what a data owner says of a delivery to the other parties, for the
 * report. Counts are hidden and rounded by the owner, so that the sheet may be handed on.
 * docs/protocols/sheet.md.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_PROTOCOLS_SHEET_H
#define TALLY_PROTOCOLS_SHEET_H

#include "bloom/base/file.h"
#include "bloom/encfile.h"
#include "bloom/encode.h"
#include "protocols/agreement.h"
#include "protocols/sign.h"

#define TALLY_SHEET_MIN      10   /* counts under it are hidden, zero included */
#define TALLY_SHEET_ROUND    5    /* the others are rounded to it */
#define TALLY_SHEET_HIDDEN   (-1) /* stands for a count or share that is not shown */
#define TALLY_SHEET_TEXT_MAX 400  /* bytes of a text in the owner's words */

/** What only people can say: GUILD's questions to data providers. */
enum tally_sheet_text {
    TALLY_SHEET_POPULATION, /* whom the records are about */
    TALLY_SHEET_PERIOD,     /* what years, and what changed in them */
    TALLY_SHEET_RECORDED,   /* how identifiers were captured */
    TALLY_SHEET_CLEANED,    /* what was done with them before */
    TALLY_SHEET_TEXTS
};
/** "population", "period", "recorded", "cleaned". */
const char *tally_sheet_text_name(enum tally_sheet_text t);

/** Shares of the records sent, in thousandths, or TALLY_SHEET_HIDDEN. */
struct tally_sheet_field {
    char name[TALLY_NAME_MAX + 1];
    int64_t usable;
    int64_t missing;  /* empty, or a placeholder */
    int64_t unusable; /* invalid, impossible, a wrong check digit */
};

/** Counts are rounded, or TALLY_SHEET_HIDDEN. */
struct tally_sheet {
    char source[TALLY_NAME_MAX + 1];
    char made[11];
    char tool[TALLY_NAME_MAX + 1];
    char schema_name[TALLY_NAME_MAX + 1];
    uint8_t schema_digest[TALLY_DIGEST_BYTES];
    uint8_t delivery_id[TALLY_DELIVERY_BYTES]; /* as in the encodings file */
    char texts[TALLY_SHEET_TEXTS][TALLY_SHEET_TEXT_MAX + 1]; /* empty: not stated */
    bool duplicates_possible;
    bool dummies;      /* then counts of records are hidden: they would tell how many */
    bool opt_out_list; /* whether a list was applied */
    bool exclude_list;
    int64_t rows; /* records in the export */
    int64_t stayed[TALLY_STAY_REASONS];
    int64_t records;        /* sent */
    int64_t nothing_usable; /* of them: no other record can be found by these */
    size_t nfields;
    struct tally_sheet_field fields[TALLY_SCHEMA_FIELDS_MAX];
    /* Under an agreement: signed by a party. */
    bool is_signed;
    uint8_t key[TALLY_SIGN_PUBLIC_BYTES];
    uint8_t agreement[TALLY_DIGEST_BYTES];
    uint64_t delivery;
};

/** The sheet of what ${job} did; texts are empty. Nothing in it is a count about people
 * but those that may be shown. */
void tally_sheet_make(struct tally_sheet *out, const struct tally_encode_job *job,
                      const struct tally_encode_summary *sum);

/** Read texts from the file ${path}, lines "population = ..." in any order; blank lines
 * and those that begin with # do not count. TALLY_E_DATA with the line, TALLY_E_NO_FILE.
 */
TALLY_NODISCARD int tally_sheet_read_texts(struct tally_sheet *s, const char *path,
                                           struct tally_err *err);

/** Append ${s} to ${f}, which is not committed; signed as a paper with ${seed}, or not
 * where that is NULL. TALLY_E_NOMEM, TALLY_E_IO. */
TALLY_NODISCARD int tally_sheet_write(struct tally_outfile *f,
                                      const struct tally_sheet *s,
                                      struct tally_secret *seed, struct tally_err *err);

/** Read a sheet; a signature in it holds, by whomever. TALLY_E_CORRUPT, TALLY_E_NO_FILE,
 * TALLY_E_NOMEM. */
TALLY_NODISCARD int tally_sheet_read(struct tally_sheet *out, const char *path,
                                     struct tally_err *err);

#endif

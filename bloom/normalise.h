/*
 * Normalisation: from what an export holds to the one form that all parties hash.
 * The rules stand in docs/normalisation.md; their version and digest travel with every
 * encodings file.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_NORMALISE_H
#define TALLY_NORMALISE_H

#include <stddef.h>
#include <stdint.h>

#include "bloom/schema.h"

#define TALLY_NORMALISER_VERSION 1
#define TALLY_VALUE_MAX          255 /* bytes of a normalised value; longer ones are cut */

/** What became of a value. MISSING and above carry no text. Pinned: they are reported. */
enum tally_reason {
    TALLY_VALUE_OK = 0,
    TALLY_VALUE_REPAIRED,    /* usable after repair: O for 0, cut, signs dropped, ... */
    TALLY_VALUE_MISSING,     /* empty, or blanks only */
    TALLY_VALUE_PLACEHOLDER, /* UNKNOWN, NFA, 1900-01-01, 9999999999, ZZ99 ... */
    TALLY_VALUE_INVALID,     /* breaks the format of its type */
    TALLY_VALUE_IMPOSSIBLE,  /* well-formed, but cannot be: 31 February, out of range */
    TALLY_VALUE_CHECK_DIGIT, /* check digit wrong */
    TALLY_REASONS
};
const char *tally_reason_name(enum tally_reason r); /* "ok", "repaired", "missing", ... */

/** A normalised value: lower-case ASCII. Lives in memory the caller wipes. */
struct tally_value {
    enum tally_reason reason;
    uint8_t len; /* 0 unless OK or REPAIRED */
    char text[TALLY_VALUE_MAX + 1];
};

/**
 * Normalise ${len} bytes of valid UTF-8 for field ${f}. Cannot fail: what cannot be used
 * says why in ${out}->reason. Thread-safe. Results by type: names a-z, 0-9
 * and single spaces; date "YYYYMMDD", with - for the digits of a part that is missing;
 * sex "m", "f" or "x"; postcode "sw1a1aa", or "sw1a" when that is all there is;
 * nhs_number ten digits; integer decimal; others folded with single spaces.
 */
void tally_normalise(const struct tally_field *f, const uint8_t *in, size_t len,
                     struct tally_value *out);

/** Digest of the rules: over normaliser version, fold table version, Unicode version and
 * the rule tables. */
void tally_normaliser_digest(uint8_t out[TALLY_DIGEST_BYTES]);

#endif

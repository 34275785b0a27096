/*
 * Normalisation: from what an export holds to the one form that all parties hash.
 * The rules stand in docs/normalisation.md; their version and digest travel with every
 * encodings file.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_NORMALISE_H
#define TALLY_NORMALISE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/schema.h"

#define TALLY_NORMALISER_VERSION 3
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

/** The rule that decided, where a reason alone would say too little: what kind of
 * placeholder it is, and what a date says about the order of day and month. */
enum tally_rule {
    TALLY_RULE_NONE = 0,
    TALLY_RULE_PUNCTUATION, /* "-", "???" */
    TALLY_RULE_NOT_KNOWN,   /* "unknown", "n/a", "refused" */
    TALLY_RULE_TEST,        /* "test", "dummy", "joe bloggs" */
    TALLY_RULE_NO_ABODE,    /* "nfa", "no fixed abode" */
    TALLY_RULE_REPEATED,    /* "xxx" */
    TALLY_RULE_NOT_NAMED,   /* "no surname", "fnu", "unknown male" */
    TALLY_RULE_BABY,        /* "baby", "baby boy", "twin 1" */
    TALLY_RULE_DEFAULT_DATE,
    TALLY_RULE_PSEUDO_POSTCODE,
    TALLY_RULE_NO_ADDRESS, /* "as above", "no known address" */
    TALLY_RULE_FILLER,     /* 9999999999, 1234567890 */
    TALLY_RULE_TEMPORARY,  /* a number given until the right one is known */
    TALLY_RULE_CODE,       /* 0 for a sex not known */
    TALLY_RULE_SHORT_YEAR, /* INVALID: a two-digit year in a column without a century */
    /* OK: a date in figures whose day is above 12. */
    TALLY_RULE_THIS_ORDER,
    /* IMPOSSIBLE: a date in figures that is one with day and month exchanged. */
    TALLY_RULE_OTHER_ORDER,
    TALLY_RULE_JANUARY, /* REPAIRED: 1 January, where it stands for an unknown day */
    TALLY_RULE_BAR,     /* not OK, and there is a | in it: perhaps several values */
    TALLY_RULES
};
const char *tally_rule_name(enum tally_rule r); /* "default date", "baby", ... */

/** ${counts} of values by rule in words, those that say why values are not encoded:
 * "default date 12, not-known word 3"; empty without any. Returns the length. */
#define TALLY_RULES_TEXT 512
size_t tally_rules_text(const uint64_t counts[TALLY_RULES], char out[TALLY_RULES_TEXT]);

/** How a column writes dates in figures. It is said in the mapping and never guessed from
 * a row. A year of four digits in front is always read as year, month, day. */
enum tally_reading_order { TALLY_READ_DMY = 0, TALLY_READ_MDY, TALLY_READ_YMD };
struct tally_date_reading {
    enum tally_reading_order order;
    int century;  /* first of the hundred years that two digits mean; 0: none are read */
    bool january; /* the 1st of January stands for a day and month that are not known */
};
#define TALLY_CENTURY_MIN 1850
#define TALLY_CENTURY_MAX 2001

/** A normalised value: lower-case ASCII. Lives in memory the caller wipes. */
struct tally_value {
    enum tally_reason reason;
    enum tally_rule rule;
    uint8_t len; /* 0 unless OK or REPAIRED */
    char text[TALLY_VALUE_MAX + 1];
};

/**
 * Normalise ${len} bytes of valid UTF-8 for field ${f}; ${reading} says how dates are
 * written (NULL: day, month, year), and other types do not look at it. Cannot fail: what
 * cannot be used says why in ${out}->reason. Thread-safe. Results by type: names a-z, 0-9
 * and single spaces; date "YYYYMMDD", with - for the digits of a part that is missing;
 * sex "m", "f" or "x"; postcode "sw1a1aa", or "sw1a" when that is all there is;
 * nhs_number, chi_number and uln ten digits; upn a letter and twelve digits; pnc_id
 * "YYYYNNNNNNNx"; national_insurance two letters and six digits; telephone "0..." within
 * the UK and "00..." outside; email as it is, in lower case; integer decimal; others
 * folded with single spaces.
 */
void tally_normalise(const struct tally_field *f,
                     const struct tally_date_reading *reading, const uint8_t *in,
                     size_t len, struct tally_value *out);

/** Digest of the rules: over normaliser version, fold table version, Unicode version and
 * the rule tables. */
void tally_normaliser_digest(uint8_t out[TALLY_DIGEST_BYTES]);

#endif

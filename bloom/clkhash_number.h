/*
 * Numbers written as text, by Python's rules, and the tokens of the numeric comparison:
 * whole numbers of any size, in decimal.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_CLKHASH_NUMBER_H
#define TALLY_CLKHASH_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/base/err.h"

/** Limits on what a schema may ask of the numeric comparison. */
#define TALLY_CLKHASH_RESOLUTION_MAX 100000
#define TALLY_CLKHASH_PRECISION_MAX  1000

/**
 * ${len} bytes of valid UTF-8 as int() reads them: blanks around it, a sign, digits of
 * any script, single underscores between digits. Writes the shortest decimal form ("-12",
 * "0") to ${out}, which has one byte for each character and one more, without a NUL.
 * Returns its length, or -1 when it is not a whole number.
 */
ptrdiff_t tally_clkhash_int(const uint8_t *text, size_t len, char *out);

/** The order of two such decimal forms: below, at or above 0. */
int tally_clkhash_int_compare(const char *a, size_t a_len, const char *b, size_t b_len);

/**
 * As float() reads it: also a fraction and an exponent. ${scratch} has one byte for
 * each character and one more, and is written over. False when it is no number, or not
 * finite.
 */
bool tally_clkhash_float(const uint8_t *text, size_t len, char *scratch, double *out);

/** A finite whole ${v}, exactly, as decimal digits and a NUL; ${out} has
 * TALLY_CLKHASH_WHOLE_MAX bytes. Returns the length. */
#define TALLY_CLKHASH_WHOLE_MAX 320
size_t tally_clkhash_whole(double v, char *out);

/** The tokens of one feature's numbers. Holds the value in hand, in wiped memory. */
struct tally_clkhash_number;

/** ${distance}: the threshold distance times 10^${precision}, decimal digits, above 0. */
TALLY_NODISCARD int tally_clkhash_number_create(struct tally_clkhash_number **out,
                                                const char *distance, int64_t resolution,
                                                int64_t precision, struct tally_err *err);

/** Take a value of at most TALLY_CLKHASH_CELL_MAX characters. False when it is not a
 * number. */
bool tally_clkhash_number_begin(struct tally_clkhash_number *n, const uint8_t *text,
                                size_t len);

/** The next of the 2 * resolution + 1 tokens, from the lowest up: decimal text, valid
 * until the next call. */
const char *tally_clkhash_number_next(struct tally_clkhash_number *n, size_t *len);

void tally_clkhash_number_free(struct tally_clkhash_number *n);

#endif

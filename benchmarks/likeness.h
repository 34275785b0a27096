/*
 * How alike two normalised values are, read in the clear: for the plaintext linker of
 * the quality suite.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_LIKENESS_H
#define TALLY_LIKENESS_H

#include <stddef.h>

#include "bloom/schema.h"

/** Levels of agreement, best first. */
enum tally_level {
    TALLY_LEVEL_EXACT,
    TALLY_LEVEL_CLOSE,
    TALLY_LEVEL_NEAR,
    TALLY_LEVEL_ELSE
};
#define TALLY_LEVELS 4

/** Jaro-Winkler similarity of two texts of at most TALLY_VALUE_MAX bytes, 0 to 1: Jaro
 * (1989), with Winkler's (1990) bonus of .1 a character for a common start of at most
 * four. */
double tally_likeness_jaro_winkler(const char *a, const char *b);

/** Letters to insert, leave out, replace or swap with their neighbour to make ${b} of
 * ${a}, each place touched once (optimal string alignment); at most ${limit} + 1 is
 * told. */
unsigned tally_likeness_edits(const char *a, const char *b, unsigned limit);

/**
 * The level of two values of a field of ${type}, as linkers in the clear have them: of
 * names and other text close is Jaro-Winkler .92, near .8; of dates and codes close is
 * one edit (or day and month exchanged), near two; of sex and lists exact or nothing.
 */
enum tally_level tally_likeness_level(enum tally_field_type type, const char *a,
                                      const char *b);

#endif

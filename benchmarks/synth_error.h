/*
 * How values go wrong: typing, reading by machine, spelling by ear. Private to
 * benchmarks/synth*.c.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_SYNTH_ERROR_H
#define TALLY_SYNTH_ERROR_H

#include <stddef.h>

#include "benchmarks/synth_rng.h"

/**
 * Each changes ${text} (NUL-terminated UTF-8 in ${cap} bytes) once, in place, at a random
 * ASCII letter or digit; text with nothing to change, or no room to grow, stays as it is.
 * Other characters are never cut.
 */

/** A neighbouring key instead (40 %), two swapped (20), one left out (20), a neighbour
 * added (10), one doubled (10). */
void tally_synth_typo(struct tally_synth_rng *r, char *text, size_t cap);
/** A character or pair that a scanner takes for another: m and rn, 0 and O, cl and d. */
void tally_synth_ocr(struct tally_synth_rng *r, char *text, size_t cap);
/** A spelling that sounds alike: ph and f, ie and y, a doubled letter single. */
void tally_synth_phonetic(struct tally_synth_rng *r, char *text, size_t cap);
/** Another digit for one digit: a neighbour on the keyboard, mostly. */
void tally_synth_digit(struct tally_synth_rng *r, char *text);
/** What short forms do to a double surname: the first half only, or a blank for the
 * hyphen or apostrophe, or nothing for it. */
void tally_synth_shorten(struct tally_synth_rng *r, char *text);

#endif

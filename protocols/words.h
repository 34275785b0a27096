/*
 * Digests as words, for two people to compare over the telephone.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_PROTOCOLS_WORDS_H
#define TALLY_PROTOCOLS_WORDS_H

#include <stddef.h>
#include <stdint.h>

/** Words that a fingerprint is said in: a byte each, so 128 bits. */
#define TALLY_WORDS 16

/** Room for them with blanks between and a NUL. */
#define TALLY_WORDS_TEXT 160

/** The first TALLY_WORDS bytes of ${digest} as words, separated by blanks. Two different
 * bytes are two different words; the list of 256 is fixed for good. */
void tally_words(const uint8_t digest[TALLY_WORDS], char out[TALLY_WORDS_TEXT]);

#endif

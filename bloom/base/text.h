/*
 * Unicode text: validation and folding to the plain alphabet that normalisation works on.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_BASE_TEXT_H
#define TALLY_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/base/err.h"

/** True when ${len} bytes at ${p} are valid UTF-8 (no overlongs, surrogates, or above
 * U+10FFFF). */
bool tally_text_valid(const uint8_t *p, size_t len);

/** Offset of the first byte that is not valid UTF-8, or ${len}. */
size_t tally_text_valid_prefix(const uint8_t *p, size_t len);

/**
 * Fold UTF-8 to lower-case ASCII without control characters: NFKD, case fold, marks
 * stripped (utf8proc), then the fold table for what NFKD leaves (l-stroke, o-slash, ae,
 * oe, d-stroke, eth, thorn, h-stroke, dotless i, eng, kra, sharp s, long s, curly quotes
 * to ', dashes to -, other blanks and line ends to space). A backtick or an acute accent
 * by itself becomes '. Writes at most ${cap} bytes to ${out}, and to ${dropped} the count
 * of code points that no rule maps, control characters among them. Returns the length
 * written, or -1 when ${cap} is too small or the input is not valid UTF-8. Takes no
 * memory. Thread-safe. The table's version is TALLY_FOLD_VERSION, utf8proc's
 * tally_text_unicode_version().
 */
#define TALLY_FOLD_VERSION 1
ptrdiff_t tally_text_fold(const uint8_t *in, size_t len, uint8_t *out, size_t cap,
                          unsigned *dropped);

/** The Unicode version of the tables in use, for instance "15.0.0". */
const char *tally_text_unicode_version(void);

/** Windows-1252 to UTF-8: at most 3 bytes out for one in. Returns the length, or -1 with
 * the offset of a byte that Windows-1252 leaves undefined (81 8D 8F 90 9D) in ${bad};
 * that is ${len} when ${cap} is too small. */
ptrdiff_t tally_text_from_1252(const uint8_t *in, size_t len, uint8_t *out, size_t cap,
                               size_t *bad);

/** Copy ${in} to ${out} (NUL-terminated, at most ${cap}) with control characters, invalid
 * UTF-8 and bidirectional overrides replaced by '?', for text from outside that is
 * displayed. */
void tally_text_printable(const char *in, char *out, size_t cap);

#endif

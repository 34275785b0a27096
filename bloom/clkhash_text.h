/*
 * Code points of text as the legacy encoder sees them: decoding what is known to be valid
 * UTF-8, and which characters count as blanks and digits.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_CLKHASH_TEXT_H
#define TALLY_CLKHASH_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The most characters a cell may have: the limit of Python's csv module. */
#define TALLY_CLKHASH_CELL_MAX 131072u
/** The same in bytes of UTF-8. */
#define TALLY_CLKHASH_CELL_BYTES (4u * TALLY_CLKHASH_CELL_MAX)

/** The code point at ${p}, which begins a valid UTF-8 sequence, into ${cp}; its bytes. */
static inline size_t
tally_clkhash_decode(const uint8_t *p, uint32_t *cp)
{
    if (p[0] < 0x80) {
        *cp = p[0];
        return 1;
    }
    if (p[0] < 0xE0) {
        *cp = (uint32_t)(p[0] & 0x1F) << 6 | (p[1] & 0x3Fu);
        return 2;
    }
    if (p[0] < 0xF0) {
        *cp =
            (uint32_t)(p[0] & 0x0F) << 12 | (uint32_t)(p[1] & 0x3F) << 6 | (p[2] & 0x3Fu);
        return 3;
    }
    *cp = (uint32_t)(p[0] & 0x07) << 18 | (uint32_t)(p[1] & 0x3F) << 12 |
          (uint32_t)(p[2] & 0x3F) << 6 | (p[3] & 0x3Fu);
    return 4;
}

/** ${cp} as UTF-8 at ${out} (at most 4 bytes); how many. */
size_t tally_clkhash_utf8(uint32_t cp, uint8_t *out);

/** Code points in ${len} bytes of valid UTF-8. */
size_t tally_clkhash_count(const uint8_t *p, size_t len);

/** True for the characters that Python's str.isspace() takes for blanks. */
bool tally_clkhash_is_space(uint32_t cp);

/** The value of a decimal digit of any script (general category Nd), or -1. */
int tally_clkhash_digit(uint32_t cp);

#endif

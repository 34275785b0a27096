/*
 * Characters of the legacy encoder. Digits come in tens, so that the first of each ten is
 * all there is to keep.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/clkhash_text.h"

/* The zeros of Unicode 15. */
static const uint32_t zeros[] = {
    0x0030,  0x0660,  0x06F0,  0x07C0,  0x0966,  0x09E6,  0x0A66,  0x0AE6,  0x0B66,
    0x0BE6,  0x0C66,  0x0CE6,  0x0D66,  0x0DE6,  0x0E50,  0x0ED0,  0x0F20,  0x1040,
    0x1090,  0x17E0,  0x1810,  0x1946,  0x19D0,  0x1A80,  0x1A90,  0x1B50,  0x1BB0,
    0x1C40,  0x1C50,  0xA620,  0xA8D0,  0xA900,  0xA9D0,  0xA9F0,  0xAA50,  0xABF0,
    0xFF10,  0x104A0, 0x10D30, 0x11066, 0x110F0, 0x11136, 0x111D0, 0x112F0, 0x11450,
    0x114D0, 0x11650, 0x116C0, 0x11730, 0x118E0, 0x11950, 0x11C50, 0x11D50, 0x11DA0,
    0x11F50, 0x16A60, 0x16AC0, 0x16B50, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6,
    0x1E140, 0x1E2F0, 0x1E4F0, 0x1E950, 0x1FBF0,
};
#define NZEROS (sizeof zeros / sizeof zeros[0])

size_t
tally_clkhash_utf8(uint32_t cp, uint8_t *out)
{
    if (cp < 0x80) {
        out[0] = (uint8_t)cp;
        return 1;
    }
    if (cp < 0x800) {
        out[0] = (uint8_t)(0xC0 | cp >> 6);
        out[1] = (uint8_t)(0x80 | (cp & 0x3F));
        return 2;
    }
    if (cp < 0x10000) {
        out[0] = (uint8_t)(0xE0 | cp >> 12);
        out[1] = (uint8_t)(0x80 | (cp >> 6 & 0x3F));
        out[2] = (uint8_t)(0x80 | (cp & 0x3F));
        return 3;
    }
    out[0] = (uint8_t)(0xF0 | cp >> 18);
    out[1] = (uint8_t)(0x80 | (cp >> 12 & 0x3F));
    out[2] = (uint8_t)(0x80 | (cp >> 6 & 0x3F));
    out[3] = (uint8_t)(0x80 | (cp & 0x3F));
    return 4;
}

size_t
tally_clkhash_count(const uint8_t *p, size_t len)
{
    size_t n = 0;

    for (size_t i = 0; i < len; i++) {
        n += (p[i] & 0xC0) != 0x80;
    }
    return n;
}

bool
tally_clkhash_is_space(uint32_t cp)
{
    if (cp < 0x80) {
        return cp == ' ' || (cp >= '\t' && cp <= '\r') || (cp >= 0x1C && cp <= 0x1F);
    }
    return cp == 0x85 || cp == 0xA0 || cp == 0x1680 || (cp >= 0x2000 && cp <= 0x200A) ||
           cp == 0x2028 || cp == 0x2029 || cp == 0x202F || cp == 0x205F || cp == 0x3000;
}

int
tally_clkhash_digit(uint32_t cp)
{
    size_t lo = 0;
    size_t hi = NZEROS;

    while (hi - lo > 1) { /* the last zero that is not above ${cp} */
        size_t mid = (lo + hi) / 2;

        if (zeros[mid] <= cp) {
            lo = mid;
        } else {
            hi = mid;
        }
    }
    return cp >= zeros[lo] && cp - zeros[lo] < 10 ? (int)(cp - zeros[lo]) : -1;
}

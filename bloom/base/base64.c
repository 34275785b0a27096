/*
 * Base64: the loose reader accepts what Python's b64decode accepts when it does not
 * validate, because published schemas were written against that.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/base64.h"

#include <string.h>

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void
tally_base64_encode(const uint8_t *in, size_t len, char *out)
{
    for (; len >= 3; len -= 3, in += 3, out += 4) {
        uint32_t v = (uint32_t)in[0] << 16 | (uint32_t)in[1] << 8 | in[2];

        out[0] = alphabet[v >> 18];
        out[1] = alphabet[v >> 12 & 63];
        out[2] = alphabet[v >> 6 & 63];
        out[3] = alphabet[v & 63];
    }
    if (len > 0) {
        uint32_t v = (uint32_t)in[0] << 16 | (len > 1 ? (uint32_t)in[1] << 8 : 0);

        out[0] = alphabet[v >> 18];
        out[1] = alphabet[v >> 12 & 63];
        out[2] = len > 1 ? alphabet[v >> 6 & 63] : '=';
        out[3] = '=';
    }
}

/* The place in the alphabet of the characters '+' to 'z'; -1: not in it. */
static const signed char places[] = {
    62, -1, -1, -1, 63, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, -1, -1, -1, -1, -1,
    -1, -1, 0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17,
    18, 19, 20, 21, 22, 23, 24, 25, -1, -1, -1, -1, -1, -1, 26, 27, 28, 29, 30, 31,
    32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51};

static int
sextet(char c)
{
    unsigned i = (unsigned)(unsigned char)c - '+';

    return i < sizeof places ? places[i] : -1;
}

/* 24 bits of four characters, or below 0. */
static int32_t
group(const char *in)
{
    int32_t a = sextet(in[0]), b = sextet(in[1]), c = sextet(in[2]), d = sextet(in[3]);

    return (a | b | c | d) < 0 ? -1 : a << 18 | b << 12 | c << 6 | d;
}

ptrdiff_t
tally_base64_decode(const char *in, size_t len, uint8_t *out)
{
    char last[4] = "AAAA";
    size_t pads = 0, n = 0, i;
    int32_t v;

    if (len % 4 != 0) {
        return -1;
    }
    while (pads < 2 && pads < len && in[len - 1 - pads] == '=') {
        pads++;
    }
    for (i = 0; i + (pads > 0 ? 4 : 0) < len; i += 4) {
        v = group(in + i);
        if (v < 0) {
            return -1;
        }
        out[n++] = (uint8_t)(v >> 16);
        out[n++] = (uint8_t)(v >> 8);
        out[n++] = (uint8_t)v;
    }
    if (pads == 0) {
        return (ptrdiff_t)n;
    }
    memcpy(last, in + i, 4 - pads);
    v = group(last);
    if (v < 0 || (v & (pads == 1 ? 0xff : 0xffff)) != 0) {
        return -1;
    }
    out[n++] = (uint8_t)(v >> 16);
    if (pads == 1) {
        out[n++] = (uint8_t)(v >> 8);
    }
    return (ptrdiff_t)n;
}

ptrdiff_t
tally_base64_decode_loose(const char *in, size_t len, uint8_t *out)
{
    unsigned held = 0; /* characters of the group so far */
    unsigned pads = 0; /* padding signs in a row */
    uint32_t bits = 0;
    ptrdiff_t n = 0;

    for (size_t i = 0; i < len; i++) {
        int v = sextet(in[i]);

        if (in[i] == '=') {
            if (held >= 2 && held + ++pads >= 4) {
                return n;
            }
            continue;
        }
        if (v < 0) {
            continue;
        }
        pads = 0;
        bits = bits << 6 | (uint32_t)v;
        held++;
        if (held > 1) { /* each character but the first completes a byte */
            out[n++] = (uint8_t)(bits >> (8 - 2 * held));
        }
        held %= 4;
    }
    return held == 0 ? n : -1;
}

/*
 * Base64: the loose reader accepts what Python's b64decode accepts when it does not
 * validate, because published schemas were written against that.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/base64.h"

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

static int
sextet(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }
    if (c >= '0' && c <= '9') {
        return c - '0' + 52;
    }
    return c == '+' ? 62 : c == '/' ? 63 : -1;
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

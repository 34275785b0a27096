/*
 * Base64 (RFC 4648, standard alphabet): writing, reading what was so written, and reading
 * as forgivingly as the legacy tools do.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_BASE_BASE64_H
#define TALLY_BASE_BASE64_H

#include <stddef.h>
#include <stdint.h>

/** Characters that ${len} bytes become, padding included. */
#define TALLY_BASE64_LEN(len) (4 * (((len) + 2) / 3))

/** ${len} bytes at ${in} as TALLY_BASE64_LEN(len) padded characters at ${out}, without
 * line ends and without a NUL. Not constant time: for encodings, not for keys. */
void tally_base64_encode(const uint8_t *in, size_t len, char *out);

/**
 * Decode ${len} characters at ${in} into ${out}, which has room for the bytes: 3 for
 * every 4 characters, less one for each padding sign. Returns their number, or -1 for
 * anything that tally_base64_encode would not have written; ${out} may then be half
 * filled.
 */
ptrdiff_t tally_base64_decode(const char *in, size_t len, uint8_t *out);

/**
 * Decode ${len} characters at ${in} into ${out}, which has room for 3 bytes for every 4
 * characters or part of 4. Characters outside the alphabet are skipped, and what follows
 * complete padding is not looked at. Returns the number of bytes, or -1 when a group is
 * left without its padding.
 */
ptrdiff_t tally_base64_decode_loose(const char *in, size_t len, uint8_t *out);

#endif

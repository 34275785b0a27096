/*
 * Bytes: little-endian loads and stores, hexadecimal, and a growing buffer.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_BASE_BYTES_H
#define TALLY_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/base/err.h"

/** Little-endian loads and stores; ${p} needs no alignment. */
static inline uint32_t
tally_le32_load(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
           (uint32_t)p[3] << 24;
}
static inline uint64_t
tally_le64_load(const uint8_t *p)
{
    return (uint64_t)tally_le32_load(p) | (uint64_t)tally_le32_load(p + 4) << 32;
}
static inline void
tally_le32_store(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
    p[2] = (uint8_t)(v >> 16);
    p[3] = (uint8_t)(v >> 24);
}
static inline void
tally_le64_store(uint8_t *p, uint64_t v)
{
    tally_le32_store(p, (uint32_t)v);
    tally_le32_store(p + 4, (uint32_t)(v >> 32));
}

/** Big-endian, whose byte order is the order of the numbers: for keys that are compared. */
static inline uint64_t
tally_be64_load(const uint8_t *p)
{
    uint64_t v = 0;

    for (int i = 0; i < 8; i++) {
        v = v << 8 | p[i];
    }
    return v;
}
static inline void
tally_be64_store(uint8_t *p, uint64_t v)
{
    for (int i = 0; i < 8; i++) {
        p[i] = (uint8_t)(v >> (56 - 8 * i));
    }
}

/** ${len} bytes at ${in} as 2*${len} lower-case hex digits and a NUL at ${out}. Not constant time. */
void tally_hex_encode(const uint8_t *in, size_t len, char *out);

/** Exactly 2*${len} hex digits at ${in} (of ${in_len} characters) into ${out}; false otherwise. */
bool tally_hex_decode(const char *in, size_t in_len, uint8_t *out, size_t len);

/** A growing byte buffer. Zeroed means empty. Owner frees with tally_buf_free. */
struct tally_buf {
    uint8_t *data;
    size_t len;
    size_t cap;
};

/** Append ${len} bytes. On error (TALLY_E_NOMEM) the buffer is unchanged. */
TALLY_NODISCARD int tally_buf_append(struct tally_buf *b, const void *p, size_t len,
                                     struct tally_err *err);

/** Append formatted text (no NUL). On error the buffer is unchanged. */
TALLY_NODISCARD int tally_buf_printf(struct tally_buf *b, struct tally_err *err,
                                     const char *fmt, ...) TALLY_PRINTF(3, 4);

/** Wipe what the buffer holds, keep its memory. */
void tally_buf_wipe(struct tally_buf *b);

/** Wipe and release. Safe on a zeroed buffer. */
void tally_buf_free(struct tally_buf *b);

#endif

/*
 * Sealing to a party: X25519 keys, and streams under a key of their own, encrypted and
 * authenticated in order to the last byte (libsodium's sealed boxes and secretstream:
 * XSalsa20-Poly1305 and XChaCha20-Poly1305).
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_PROTOCOLS_SEAL_H
#define TALLY_PROTOCOLS_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/base/err.h"
#include "bloom/base/secret.h"

#define TALLY_SEAL_PUBLIC_BYTES 32
#define TALLY_SEAL_SECRET_BYTES 32

/** A new secret key, freed by the caller, and its public key. Errors: TALLY_E_NOMEM. */
TALLY_NODISCARD int tally_seal_create(struct tally_secret **secret,
                                      uint8_t public_key[TALLY_SEAL_PUBLIC_BYTES],
                                      struct tally_err *err);
/** The public key of ${secret}. */
void tally_seal_public(struct tally_secret *secret, uint8_t out[TALLY_SEAL_PUBLIC_BYTES]);

#define TALLY_STREAM_KEY_BYTES    32
#define TALLY_STREAM_HEADER_BYTES 24
#define TALLY_SEALED_KEY_BYTES    80    /* a stream key sealed to somebody */
#define TALLY_STREAM_CHUNK        65536 /* bytes in, at most */
#define TALLY_STREAM_OVERHEAD     17    /* bytes more out, a chunk */

/** A stream, either way. Zeroed before use, wiped by tally_stream_end. */
struct tally_stream {
    _Alignas(64) uint8_t opaque[64];
};

/** Begin to encrypt under a new key, which is sealed to ${to}. Errors: TALLY_E_KEY
 * (${to} is no key). */
TALLY_NODISCARD int tally_stream_seal(struct tally_stream *s,
                                      const uint8_t to[TALLY_SEAL_PUBLIC_BYTES],
                                      uint8_t sealed_key[TALLY_SEALED_KEY_BYTES],
                                      uint8_t header[TALLY_STREAM_HEADER_BYTES],
                                      struct tally_err *err);
/** Begin to decrypt. Errors: TALLY_E_KEY (not sealed to ${own}). */
TALLY_NODISCARD int tally_stream_unseal(struct tally_stream *s, struct tally_secret *own,
                                        const uint8_t sealed_key[TALLY_SEALED_KEY_BYTES],
                                        const uint8_t header[TALLY_STREAM_HEADER_BYTES],
                                        struct tally_err *err);
/** Encrypt a chunk of ${len} <= TALLY_STREAM_CHUNK bytes into ${out}: len + OVERHEAD. */
void tally_stream_push(struct tally_stream *s, const uint8_t *in, size_t len, bool last,
                       uint8_t *out);
/** Decrypt a chunk as pushed, of ${len} >= OVERHEAD bytes, into ${out}; false when it is
 * not the next one of this stream. */
TALLY_NODISCARD bool tally_stream_pull(struct tally_stream *s, const uint8_t *in,
                                       size_t len, uint8_t *out, bool *last);
void tally_stream_end(struct tally_stream *s);

#endif

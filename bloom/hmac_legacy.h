/*
 * HMAC (RFC 2104) with the hashes that legacy encodings are made of: MD5 and SHA-1, and
 * SHA-512 for their key derivation. MD5 and SHA-1 are here to give the same bits as files
 * that exist, and for nothing else.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_HMAC_LEGACY_H
#define TALLY_HMAC_LEGACY_H

#include <stddef.h>
#include <stdint.h>

#include "bloom/base/err.h"

enum tally_hmac_hash { TALLY_HMAC_MD5, TALLY_HMAC_SHA1, TALLY_HMAC_SHA512 };

#define TALLY_HMAC_MD5_BYTES    16
#define TALLY_HMAC_SHA1_BYTES   20
#define TALLY_HMAC_SHA512_BYTES 64

/** A prepared key, in guarded memory. */
struct tally_hmac;

/** Prepare ${len} bytes of key, any number of them. Free with tally_hmac_free. */
TALLY_NODISCARD int tally_hmac_create(struct tally_hmac **out, enum tally_hmac_hash hash,
                                      const uint8_t *key, size_t len,
                                      struct tally_err *err);

/** The HMAC of ${len} bytes at ${p} followed by ${more_len} bytes at ${more}, into ${out}
 * (the bytes of the hash). Cannot fail. Thread-safe. */
void tally_hmac(const struct tally_hmac *h, const void *p, size_t len, const void *more,
                size_t more_len, uint8_t *out);

/** Wipe and release; NULL is no-op. */
void tally_hmac_free(struct tally_hmac *h);

#endif

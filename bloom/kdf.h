/*
 * Key derivation: HKDF with SHA-256 (RFC 5869), and the key check value.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_KDF_H
#define TALLY_KDF_H

#include <stddef.h>
#include <stdint.h>

#include "bloom/base/err.h"
#include "bloom/base/secret.h"

/** RFC 5869 as written, for vectors: ${out_len} up to 8160. */
TALLY_NODISCARD int tally_hkdf_sha256(const uint8_t *ikm, size_t ikm_len,
                                      const uint8_t *salt, size_t salt_len,
                                      const uint8_t *info, size_t info_len, uint8_t *out,
                                      size_t out_len, struct tally_err *err);

/**
 * The 32-byte key for a purpose: HKDF(ikm ${key}, no salt, info = for each of
 * TALLY_DOMAIN_ROOT and the
 * ${nparts} ${parts}: LE32 length, bytes). ${key} is opened for the call. Caller frees
 * ${out}.
 */
TALLY_NODISCARD int tally_kdf(struct tally_secret *key, const char *const *parts,
                              size_t nparts, struct tally_secret **out,
                              struct tally_err *err);

#define TALLY_KEY_CHECK_BYTES 8
/** First bytes of tally_kdf(key, "key check value"): shows that two parties hold one key.
 * Only for 256-bit generated keys, of which it gives nothing away. */
TALLY_NODISCARD int tally_key_check(struct tally_secret *key,
                                    uint8_t out[TALLY_KEY_CHECK_BYTES],
                                    struct tally_err *err);

#endif

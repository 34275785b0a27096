/*
 * Signatures: Ed25519 (RFC 8032) over the purpose and a digest of the exact bytes.
 * What is signed is LE32 length of the domain, the domain, and BLAKE2b-256 of the bytes,
 * so that a signature for one purpose is none for another.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_PROTOCOLS_SIGN_H
#define TALLY_PROTOCOLS_SIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/base/err.h"
#include "bloom/base/secret.h"

#define TALLY_SIGN_PUBLIC_BYTES 32
#define TALLY_SIGN_SEED_BYTES   32
#define TALLY_SIGNATURE_BYTES   64

/** The longest domain. */
#define TALLY_SIGN_DOMAIN_MAX 64

/** The public key of ${seed} (TALLY_SIGN_SEED_BYTES). Errors: TALLY_E_NOMEM. */
TALLY_NODISCARD int tally_sign_public(struct tally_secret *seed,
                                      uint8_t out[TALLY_SIGN_PUBLIC_BYTES],
                                      struct tally_err *err);

/** Sign ${digest} (BLAKE2b-256 of the bytes) for ${domain}. Errors: TALLY_E_NOMEM. */
TALLY_NODISCARD int tally_sign(struct tally_secret *seed, const char *domain,
                               const uint8_t digest[TALLY_DIGEST_BYTES],
                               uint8_t out[TALLY_SIGNATURE_BYTES], struct tally_err *err);

/** Whether ${signature} is that of the holder of ${key}. Weak keys and signatures in
 * other than their one form are refused. */
TALLY_NODISCARD bool tally_sign_verify(const uint8_t key[TALLY_SIGN_PUBLIC_BYTES],
                                       const char *domain,
                                       const uint8_t digest[TALLY_DIGEST_BYTES],
                                       const uint8_t signature[TALLY_SIGNATURE_BYTES]);

#endif

/*
 * Signatures. The expanded secret key lives in guarded memory for one call.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "protocols/sign.h"

#include "bloom/base/bytes.h"

#include <sodium.h>

#include <string.h>

_Static_assert(TALLY_SIGN_PUBLIC_BYTES == crypto_sign_PUBLICKEYBYTES, "Ed25519");
_Static_assert(TALLY_SIGN_SEED_BYTES == crypto_sign_SEEDBYTES, "Ed25519");
_Static_assert(TALLY_SIGNATURE_BYTES == crypto_sign_BYTES, "Ed25519");

#define MESSAGE_MAX (4 + TALLY_SIGN_DOMAIN_MAX + TALLY_DIGEST_BYTES)

/* What Ed25519 signs. Returns its length. */
static size_t
message(const char *domain, const uint8_t digest[TALLY_DIGEST_BYTES],
        uint8_t out[MESSAGE_MAX])
{
    size_t len = strlen(domain);

    TALLY_INVARIANT(len <= TALLY_SIGN_DOMAIN_MAX);
    tally_le32_store(out, (uint32_t)len);
    memcpy(out + 4, domain, len);
    memcpy(out + 4 + len, digest, TALLY_DIGEST_BYTES);
    return 4 + len + TALLY_DIGEST_BYTES;
}

/* Public and expanded secret key of ${seed}; the caller frees ${secret}. */
static int
expand(struct tally_secret *seed, uint8_t public_key[TALLY_SIGN_PUBLIC_BYTES],
       struct tally_secret **secret, struct tally_err *err)
{
    int rc;

    TALLY_INVARIANT(tally_secret_len(seed) == TALLY_SIGN_SEED_BYTES);
    if (tally_secret_create(secret, crypto_sign_SECRETKEYBYTES, err) != 0) {
        return -1;
    }
    rc = crypto_sign_seed_keypair(public_key, tally_secret_open(*secret),
                                  tally_secret_open(seed));
    tally_secret_close(seed);
    tally_secret_close(*secret);
    TALLY_INVARIANT(rc == 0);
    return 0;
}

int
tally_sign_public(struct tally_secret *seed, uint8_t out[TALLY_SIGN_PUBLIC_BYTES],
                  struct tally_err *err)
{
    struct tally_secret *secret = NULL;

    if (expand(seed, out, &secret, err) != 0) {
        return -1;
    }
    tally_secret_free(secret);
    return 0;
}

int
tally_sign(struct tally_secret *seed, const char *domain,
           const uint8_t digest[TALLY_DIGEST_BYTES], uint8_t out[TALLY_SIGNATURE_BYTES],
           struct tally_err *err)
{
    struct tally_secret *secret = NULL;
    uint8_t public_key[TALLY_SIGN_PUBLIC_BYTES];
    uint8_t text[MESSAGE_MAX];
    int rc;

    if (expand(seed, public_key, &secret, err) != 0) {
        return -1;
    }
    rc = crypto_sign_detached(out, NULL, text, message(domain, digest, text),
                              tally_secret_open(secret));
    tally_secret_close(secret);
    tally_secret_free(secret);
    TALLY_INVARIANT(rc == 0);
    return 0;
}

bool
tally_sign_verify(const uint8_t key[TALLY_SIGN_PUBLIC_BYTES], const char *domain,
                  const uint8_t digest[TALLY_DIGEST_BYTES],
                  const uint8_t signature[TALLY_SIGNATURE_BYTES])
{
    uint8_t text[MESSAGE_MAX];

    return crypto_sign_verify_detached(signature, text, message(domain, digest, text),
                                       key) == 0;
}

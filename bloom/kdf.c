/*
 * HKDF-SHA-256 over libsodium's HMAC (1.0.18 has no HKDF), and what is derived with it.
 * Parts of an info string carry their lengths, so that no two purposes can spell the same
 * bytes.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/kdf.h"

#include "bloom/base/bytes.h"
#include "bloom/base/domains.h"

#include <sodium.h>

#include <string.h>

#define HASH_BYTES    crypto_auth_hmacsha256_BYTES
#define HKDF_OUT_MAX  (255u * HASH_BYTES)
#define INFO_MAX      1024u
#define DERIVED_BYTES 32u

/* PRK = HMAC(salt, ikm); an absent salt is a key of no bytes, which HMAC pads with zeros
 * alike. */
static void
hkdf_extract(const uint8_t *salt, size_t salt_len, const uint8_t *ikm, size_t ikm_len,
             uint8_t prk[HASH_BYTES])
{
    static const uint8_t none[1] = {0};
    crypto_auth_hmacsha256_state st;

    crypto_auth_hmacsha256_init(&st, salt_len > 0 ? salt : none, salt_len);
    crypto_auth_hmacsha256_update(&st, ikm, ikm_len);
    crypto_auth_hmacsha256_final(&st, prk);
    tally_wipe(&st, sizeof(st));
}

/* T(i) = HMAC(PRK, T(i-1) | info | i). */
static void
hkdf_expand(const uint8_t prk[HASH_BYTES], const uint8_t *info, size_t info_len,
            uint8_t *out, size_t out_len)
{
    crypto_auth_hmacsha256_state st;
    uint8_t block[HASH_BYTES];
    uint8_t counter = 0;
    size_t done = 0;

    while (done < out_len) {
        size_t n = out_len - done < HASH_BYTES ? out_len - done : HASH_BYTES;

        crypto_auth_hmacsha256_init(&st, prk, HASH_BYTES);
        if (counter > 0) {
            crypto_auth_hmacsha256_update(&st, block, sizeof(block));
        }
        counter++;
        crypto_auth_hmacsha256_update(&st, info, info_len);
        crypto_auth_hmacsha256_update(&st, &counter, 1);
        crypto_auth_hmacsha256_final(&st, block);
        memcpy(out + done, block, n);
        done += n;
    }
    tally_wipe(&st, sizeof(st));
    tally_wipe(block, sizeof(block));
}

int
tally_hkdf_sha256(const uint8_t *ikm, size_t ikm_len, const uint8_t *salt,
                  size_t salt_len, const uint8_t *info, size_t info_len, uint8_t *out,
                  size_t out_len, struct tally_err *err)
{
    uint8_t prk[HASH_BYTES];

    if (out_len > HKDF_OUT_MAX) {
        return tally_err_set(err, TALLY_E_LIMIT,
                             "HKDF with SHA-256 gives at most %u bytes", HKDF_OUT_MAX);
    }
    hkdf_extract(salt, salt_len, ikm, ikm_len, prk);
    hkdf_expand(prk, info, info_len, out, out_len);
    tally_wipe(prk, sizeof(prk));
    return 0;
}

/* Append LE32 length and bytes of ${part}. */
static int
info_add(uint8_t *info, size_t *len, const char *part, struct tally_err *err)
{
    size_t n = strlen(part);

    if (n > INFO_MAX - 4 || *len > INFO_MAX - 4 - n) {
        return tally_err_set(err, TALLY_E_LIMIT,
                             "the purpose of a derived key is over %u bytes", INFO_MAX);
    }
    tally_le32_store(info + *len, (uint32_t)n);
    memcpy(info + *len + 4, part, n);
    *len += 4 + n;
    return 0;
}

int
tally_kdf(struct tally_secret *key, const char *const *parts, size_t nparts,
          struct tally_secret **out, struct tally_err *err)
{
    struct tally_secret *derived = NULL;
    uint8_t info[INFO_MAX];
    size_t len = 0;
    size_t i;
    int rc;

    if (info_add(info, &len, TALLY_DOMAIN_ROOT, err) != 0) {
        return -1;
    }
    for (i = 0; i < nparts; i++) {
        if (info_add(info, &len, parts[i], err) != 0) {
            return -1;
        }
    }
    if (tally_secret_create(&derived, DERIVED_BYTES, err) != 0) {
        return -1;
    }
    rc = tally_hkdf_sha256(tally_secret_open(key), tally_secret_len(key), NULL, 0, info,
                           len, tally_secret_open(derived), DERIVED_BYTES, err);
    tally_secret_close(derived);
    tally_secret_close(key);
    if (rc != 0) {
        tally_secret_free(derived);
        return -1;
    }
    *out = derived;
    return 0;
}

int
tally_key_check(struct tally_secret *key, uint8_t out[TALLY_KEY_CHECK_BYTES],
                struct tally_err *err)
{
    static const char *const purpose[] = {TALLY_DOMAIN_KEY_CHECK};
    struct tally_secret *derived = NULL;

    if (tally_kdf(key, purpose, 1, &derived, err) != 0) {
        return -1;
    }
    memcpy(out, tally_secret_open(derived), TALLY_KEY_CHECK_BYTES);
    tally_secret_close(derived);
    tally_secret_free(derived);
    return 0;
}

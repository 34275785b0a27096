/*
 * Boxes under a passphrase: LE32 passes, LE32 KiB, salt, nonce, cipher text with its tag.
 * Everything before the cipher text is authenticated with it.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "protocols/passbox.h"

#include <sodium.h>

#include <string.h>

#define SALT_BYTES   crypto_pwhash_SALTBYTES
#define NONCE_BYTES  crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG_BYTES    crypto_aead_xchacha20poly1305_ietf_ABYTES
#define KEY_BYTES    crypto_aead_xchacha20poly1305_ietf_KEYBYTES
#define HEADER_BYTES (8 + SALT_BYTES + NONCE_BYTES)
#define CONTEXT_MAX  64

_Static_assert(HEADER_BYTES + TAG_BYTES == TALLY_PASSBOX_OVERHEAD, "the layout");

const struct tally_passbox_cost tally_passbox_cost_usual = {3, 64 * 1024};

/* The header, then the context, as associated data. Returns its length. */
static size_t
associated(const uint8_t *header, const char *context,
           uint8_t out[HEADER_BYTES + CONTEXT_MAX])
{
    size_t len = strlen(context);

    TALLY_INVARIANT(len <= CONTEXT_MAX);
    memcpy(out, header, HEADER_BYTES);
    memcpy(out + HEADER_BYTES, context, len);
    return HEADER_BYTES + len;
}

/* The key for ${header}'s cost and salt. Caller frees it. */
static int
stretch(const uint8_t *header, struct tally_secret *passphrase, struct tally_secret **key,
        struct tally_err *err)
{
    uint64_t passes = tally_le32_load(header);
    size_t memory = (size_t)tally_le32_load(header + 4) * 1024;
    int rc;

    if (tally_secret_create(key, KEY_BYTES, err) != 0) {
        return -1;
    }
    rc = crypto_pwhash(tally_secret_open(*key), KEY_BYTES,
                       (const char *)tally_secret_open(passphrase),
                       tally_secret_len(passphrase), header + 8, passes, memory,
                       crypto_pwhash_ALG_ARGON2ID13);
    tally_secret_close(passphrase);
    tally_secret_close(*key);
    if (rc != 0) { /* it fails for want of memory alone */
        tally_secret_free(*key);
        *key = NULL;
        return tally_err_nomem(err);
    }
    return 0;
}

int
tally_passbox_seal(struct tally_buf *out, struct tally_secret *secret,
                   struct tally_secret *passphrase, const char *context,
                   const struct tally_passbox_cost *cost, struct tally_err *err)
{
    uint8_t header[HEADER_BYTES], ad[HEADER_BYTES + CONTEXT_MAX];
    uint8_t sealed[512 + TAG_BYTES];
    struct tally_secret *key = NULL;
    unsigned long long len = 0;
    int rc;

    TALLY_INVARIANT(tally_secret_len(secret) <= sizeof sealed - TAG_BYTES);
    tally_le32_store(header, cost->passes);
    tally_le32_store(header + 4, cost->memory_kib);
    tally_random(header + 8, SALT_BYTES + NONCE_BYTES);
    if (stretch(header, passphrase, &key, err) != 0) {
        return -1;
    }
    crypto_aead_xchacha20poly1305_ietf_encrypt(
        sealed, &len, tally_secret_open(secret), tally_secret_len(secret), ad,
        associated(header, context, ad), NULL, header + 8 + SALT_BYTES,
        tally_secret_open(key));
    tally_secret_close(secret);
    tally_secret_close(key);
    tally_secret_free(key);
    rc = tally_buf_append(out, header, sizeof header, err);
    return rc != 0 ? rc : tally_buf_append(out, sealed, (size_t)len, err);
}

static bool
in_range(const uint8_t *header)
{
    uint32_t passes = tally_le32_load(header);
    uint32_t memory = tally_le32_load(header + 4);

    return passes >= 1 && passes <= TALLY_PASSBOX_PASSES_MAX && memory >= 8 &&
           memory <= TALLY_PASSBOX_MEMORY_MAX;
}

/* Decrypt into the new ${out}. */
static int
unseal(const uint8_t *box, size_t len, const char *context, struct tally_secret *key,
       struct tally_secret *out)
{
    uint8_t ad[HEADER_BYTES + CONTEXT_MAX];
    int rc = crypto_aead_xchacha20poly1305_ietf_decrypt(
        tally_secret_open(out), NULL, NULL, box + HEADER_BYTES, len - HEADER_BYTES, ad,
        associated(box, context, ad), box + 8 + SALT_BYTES, tally_secret_open(key));

    tally_secret_close(out);
    tally_secret_close(key);
    return rc;
}

int
tally_passbox_open(const uint8_t *box, size_t len, size_t secret_len,
                   struct tally_secret *passphrase, const char *context,
                   struct tally_secret **out, struct tally_err *err)
{
    struct tally_secret *key = NULL, *secret = NULL;
    int rc = -1;

    if (len != secret_len + TALLY_PASSBOX_OVERHEAD || !in_range(box)) {
        return tally_err_set(err, TALLY_E_CORRUPT, "the sealed part is damaged");
    }
    if (stretch(box, passphrase, &key, err) != 0 ||
        tally_secret_create(&secret, secret_len, err) != 0) {
        goto end;
    }
    if (unseal(box, len, context, key, secret) != 0) {
        tally_err_set(err, TALLY_E_KEY,
                      "the passphrase is wrong, or the file was changed");
        goto end;
    }
    *out = secret;
    secret = NULL;
    rc = 0;
end:
    tally_secret_free(secret);
    tally_secret_free(key);
    return rc;
}

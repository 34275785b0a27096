/*
 * Sealing.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "protocols/seal.h"

#include <sodium.h>

#include <string.h>

typedef crypto_secretstream_xchacha20poly1305_state stream_state;

_Static_assert(TALLY_SEAL_PUBLIC_BYTES == crypto_box_PUBLICKEYBYTES, "X25519");
_Static_assert(TALLY_SEAL_SECRET_BYTES == crypto_box_SECRETKEYBYTES, "X25519");
_Static_assert(sizeof(stream_state) <= sizeof(struct tally_stream), "the state must fit");
_Static_assert(TALLY_STREAM_KEY_BYTES == crypto_secretstream_xchacha20poly1305_KEYBYTES,
               "secretstream");
_Static_assert(TALLY_STREAM_HEADER_BYTES ==
                   crypto_secretstream_xchacha20poly1305_HEADERBYTES,
               "secretstream");
_Static_assert(TALLY_STREAM_OVERHEAD == crypto_secretstream_xchacha20poly1305_ABYTES,
               "secretstream");
_Static_assert(TALLY_SEALED_KEY_BYTES == TALLY_STREAM_KEY_BYTES + crypto_box_SEALBYTES,
               "sealed box");

static stream_state *
state_of(struct tally_stream *s)
{
    return (stream_state *)(void *)s->opaque;
}

void
tally_seal_public(struct tally_secret *secret, uint8_t out[TALLY_SEAL_PUBLIC_BYTES])
{
    (void)crypto_scalarmult_base(out, tally_secret_open(secret));
    tally_secret_close(secret);
}

int
tally_seal_create(struct tally_secret **secret,
                  uint8_t public_key[TALLY_SEAL_PUBLIC_BYTES], struct tally_err *err)
{
    if (tally_secret_create(secret, TALLY_SEAL_SECRET_BYTES, err) != 0) {
        return -1;
    }
    tally_random(tally_secret_open(*secret), TALLY_SEAL_SECRET_BYTES);
    tally_secret_close(*secret);
    tally_seal_public(*secret, public_key);
    return 0;
}

int
tally_stream_seal(struct tally_stream *s, const uint8_t to[TALLY_SEAL_PUBLIC_BYTES],
                  uint8_t sealed_key[TALLY_SEALED_KEY_BYTES],
                  uint8_t header[TALLY_STREAM_HEADER_BYTES], struct tally_err *err)
{
    struct tally_secret *key = NULL;
    int rc;

    if (tally_secret_create(&key, TALLY_STREAM_KEY_BYTES, err) != 0) {
        return -1;
    }
    crypto_secretstream_xchacha20poly1305_keygen(tally_secret_open(key));
    rc = crypto_box_seal(sealed_key, tally_secret_open(key), TALLY_STREAM_KEY_BYTES, to);
    if (rc == 0) {
        rc = crypto_secretstream_xchacha20poly1305_init_push(state_of(s), header,
                                                             tally_secret_open(key));
        tally_secret_close(key);
    }
    tally_secret_close(key);
    tally_secret_close(key);
    tally_secret_free(key);
    return rc == 0
               ? 0
               : tally_err_set(err, TALLY_E_KEY, "the recipient's key cannot be used");
}

int
tally_stream_unseal(struct tally_stream *s, struct tally_secret *own,
                    const uint8_t sealed_key[TALLY_SEALED_KEY_BYTES],
                    const uint8_t header[TALLY_STREAM_HEADER_BYTES],
                    struct tally_err *err)
{
    uint8_t public_key[TALLY_SEAL_PUBLIC_BYTES];
    struct tally_secret *key = NULL;
    uint8_t *bytes;
    int rc;

    if (tally_secret_create(&key, TALLY_STREAM_KEY_BYTES, err) != 0) {
        return -1;
    }
    tally_seal_public(own, public_key);
    bytes = tally_secret_open(key);
    rc = crypto_box_seal_open(bytes, sealed_key, TALLY_SEALED_KEY_BYTES, public_key,
                              tally_secret_open(own));
    tally_secret_close(own);
    if (rc == 0) {
        rc = crypto_secretstream_xchacha20poly1305_init_pull(state_of(s), header, bytes);
    }
    tally_secret_close(key);
    tally_secret_free(key);
    return rc == 0 ? 0 : tally_err_set(err, TALLY_E_KEY, "not sealed to this key");
}

void
tally_stream_push(struct tally_stream *s, const uint8_t *in, size_t len, bool last,
                  uint8_t *out)
{
    int rc = crypto_secretstream_xchacha20poly1305_push(
        state_of(s), out, NULL, in, len, NULL, 0,
        last ? crypto_secretstream_xchacha20poly1305_TAG_FINAL
             : crypto_secretstream_xchacha20poly1305_TAG_MESSAGE);

    TALLY_INVARIANT(rc == 0);
}

bool
tally_stream_pull(struct tally_stream *s, const uint8_t *in, size_t len, uint8_t *out,
                  bool *last)
{
    unsigned char tag = 0;

    if (crypto_secretstream_xchacha20poly1305_pull(state_of(s), out, NULL, &tag, in, len,
                                                   NULL, 0) != 0) {
        return false;
    }
    *last = tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL;
    return *last || tag == crypto_secretstream_xchacha20poly1305_TAG_MESSAGE;
}

void
tally_stream_end(struct tally_stream *s)
{
    tally_wipe(s, sizeof *s);
}

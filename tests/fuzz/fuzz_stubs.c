/*
 * Stand-ins, put in the place of the real functions by the linker's --wrap and only in
 * the fuzz programs: the product has no switch that turns a check off. Every digest is
 * zero, every signature holds unless it begins with 0xEE, a sealed chunk is its content
 * behind the overhead, a passphrase costs nothing, no memory is locked, and large buffers
 * are not wiped through.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/secret.h"
#include "protocols/seal.h"
#include "protocols/sign.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

/* The linker's names for them. */
void __wrap_tally_digest(const void *p, size_t len, uint8_t out[TALLY_DIGEST_BYTES]);
void __wrap_tally_digest_final(struct tally_digest_state *st,
                               uint8_t out[TALLY_DIGEST_BYTES]);
bool __wrap_tally_sign_verify(const uint8_t *key, const char *domain,
                              const uint8_t *digest, const uint8_t *signature);
int __wrap_tally_stream_unseal(struct tally_stream *s, struct tally_secret *own,
                               const uint8_t *sealed_key, const uint8_t *header,
                               struct tally_err *err);
bool __wrap_tally_stream_pull(struct tally_stream *s, const uint8_t *in, size_t len,
                              uint8_t *out, bool *last);
int __wrap_crypto_pwhash(unsigned char *out, unsigned long long outlen,
                         const char *passwd, unsigned long long passwdlen,
                         const unsigned char *salt, unsigned long long opslimit,
                         size_t memlimit, int alg);
int __wrap_mlock(const void *p, size_t len);
int __wrap_madvise(void *p, size_t len, int advice);
void *__wrap_sodium_malloc(size_t len);
void __wrap_sodium_free(void *p);
int __wrap_sodium_mprotect_noaccess(void *p);
int __wrap_sodium_mprotect_readwrite(void *p);
int __wrap_mallopt(int what, int value);
void __wrap_tally_wipe(void *p, size_t len);

void
__wrap_tally_digest(const void *p, size_t len, uint8_t out[TALLY_DIGEST_BYTES])
{
    (void)p;
    (void)len;
    memset(out, 0, TALLY_DIGEST_BYTES);
}

void
__wrap_tally_digest_final(struct tally_digest_state *st, uint8_t out[TALLY_DIGEST_BYTES])
{
    (void)st;
    memset(out, 0, TALLY_DIGEST_BYTES);
}

bool
__wrap_tally_sign_verify(const uint8_t *key, const char *domain, const uint8_t *digest,
                         const uint8_t *signature)
{
    (void)key;
    (void)domain;
    (void)digest;
    return signature[0] != 0xEE;
}

int
__wrap_tally_stream_unseal(struct tally_stream *s, struct tally_secret *own,
                           const uint8_t *sealed_key, const uint8_t *header,
                           struct tally_err *err)
{
    (void)s;
    (void)own;
    (void)sealed_key;
    return header[0] != 0xEE ? 0
                             : tally_err_set(err, TALLY_E_KEY, "not sealed to this key");
}

/* The first byte of the overhead says whether it is the last chunk. */
bool
__wrap_tally_stream_pull(struct tally_stream *s, const uint8_t *in, size_t len,
                         uint8_t *out, bool *last)
{
    (void)s;
    memcpy(out, in + TALLY_STREAM_OVERHEAD, len - TALLY_STREAM_OVERHEAD);
    *last = in[0] != 0;
    return in[0] != 0xEE;
}

int
__wrap_crypto_pwhash(unsigned char *out, unsigned long long outlen, const char *passwd,
                     unsigned long long passwdlen, const unsigned char *salt,
                     unsigned long long opslimit, size_t memlimit, int alg)
{
    (void)passwd;
    (void)passwdlen;
    (void)salt;
    (void)opslimit;
    (void)memlimit;
    (void)alg;
    memset(out, 0x5A, (size_t)outlen);
    return 0;
}

int
__wrap_mlock(const void *p, size_t len)
{
    (void)p;
    (void)len;
    return 0;
}

int
__wrap_madvise(void *p, size_t len, int advice)
{
    (void)p;
    (void)len;
    (void)advice;
    return 0;
}

void *
__wrap_sodium_malloc(size_t len)
{
    return malloc(len > 0 ? len : 1);
}

void
__wrap_sodium_free(void *p)
{
    free(p);
}

int
__wrap_sodium_mprotect_noaccess(void *p)
{
    (void)p;
    return 0;
}

int
__wrap_sodium_mprotect_readwrite(void *p)
{
    (void)p;
    return 0;
}

/* The reader of workbooks has the C library overwrite what is freed: a quarter of its
 * time. */
int
__wrap_mallopt(int what, int value)
{
    (void)what;
    (void)value;
    return 1;
}

/* The beginning and the last byte, so that a wrong length is still seen: buffers of 64 KB
 * and more are wiped in every execution, a third of the time of what reads CSV. */
void
__wrap_tally_wipe(void *p, size_t len)
{
    if (len > 0) {
        memset(p, 0, len < 1024 ? len : 1024);
        ((volatile uint8_t *)p)[len - 1] = 0;
    }
}

/*
 * HMAC over OpenSSL's hashes: the one file that includes OpenSSL, left out of a build
 * without TALLY_LEGACY. The plain hash functions are used, not EVP_MAC: the states after
 * the padded key are kept, so that a short message costs two blocks and no allocation.
 * SPDX-License-Identifier: Apache-2.0
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "bloom/hmac_legacy.h"

#include "bloom/base/secret.h"

#include <openssl/md5.h>
#include <openssl/sha.h>

#include <stdlib.h>
#include <string.h>

#define BLOCK_MAX 128

union state {
    MD5_CTX md5;
    SHA_CTX sha1;
    SHA512_CTX sha512;
};

/* What both paddings of the key leave behind. */
struct pads {
    union state inner;
    union state outer;
};

struct tally_hmac {
    enum tally_hmac_hash hash;
    struct tally_secret *memory;
    const uint8_t *pads; /* struct pads in ${memory}, open as long as this lives */
};

static const struct {
    size_t block;
    size_t bytes;
} sizes[] = {
    [TALLY_HMAC_MD5] = {64, TALLY_HMAC_MD5_BYTES},
    [TALLY_HMAC_SHA1] = {64, TALLY_HMAC_SHA1_BYTES},
    [TALLY_HMAC_SHA512] = {128, TALLY_HMAC_SHA512_BYTES},
};

static void
begin(union state *s, enum tally_hmac_hash hash)
{
    int ok = hash == TALLY_HMAC_MD5    ? MD5_Init(&s->md5)
             : hash == TALLY_HMAC_SHA1 ? SHA1_Init(&s->sha1)
                                       : SHA512_Init(&s->sha512);

    TALLY_INVARIANT(ok == 1);
}

static void
update(union state *s, enum tally_hmac_hash hash, const void *p, size_t len)
{
    int ok = hash == TALLY_HMAC_MD5    ? MD5_Update(&s->md5, p, len)
             : hash == TALLY_HMAC_SHA1 ? SHA1_Update(&s->sha1, p, len)
                                       : SHA512_Update(&s->sha512, p, len);

    TALLY_INVARIANT(ok == 1);
}

static void
final(union state *s, enum tally_hmac_hash hash, uint8_t *out)
{
    int ok = hash == TALLY_HMAC_MD5    ? MD5_Final(out, &s->md5)
             : hash == TALLY_HMAC_SHA1 ? SHA1_Final(out, &s->sha1)
                                       : SHA512_Final(out, &s->sha512);

    TALLY_INVARIANT(ok == 1);
}

/* The state after one block of the key with every byte XORed with ${pad}. */
static void
absorb_pad(union state *s, enum tally_hmac_hash hash, const uint8_t key[BLOCK_MAX],
           uint8_t pad)
{
    uint8_t block[BLOCK_MAX];

    for (size_t i = 0; i < sizes[hash].block; i++) {
        block[i] = key[i] ^ pad;
    }
    begin(s, hash);
    update(s, hash, block, sizes[hash].block);
    tally_wipe(block, sizeof block);
}

static void
prepare(struct pads *pads, enum tally_hmac_hash hash, const uint8_t *key, size_t len)
{
    uint8_t block[BLOCK_MAX] = {0};

    if (len > sizes[hash].block) {
        begin(&pads->inner, hash);
        update(&pads->inner, hash, key, len);
        final(&pads->inner, hash, block);
    } else if (len > 0) {
        memcpy(block, key, len);
    }
    absorb_pad(&pads->inner, hash, block, 0x36);
    absorb_pad(&pads->outer, hash, block, 0x5c);
    tally_wipe(block, sizeof block);
}

int
tally_hmac_create(struct tally_hmac **out, enum tally_hmac_hash hash, const uint8_t *key,
                  size_t len, struct tally_err *err)
{
    struct tally_hmac *h = calloc(1, sizeof *h);
    struct pads pads;
    uint8_t *memory;

    if (h == NULL) {
        return tally_err_nomem(err);
    }
    h->hash = hash;
    if (tally_secret_create(&h->memory, sizeof pads, err) != 0) {
        free(h);
        return -1;
    }
    memset(&pads, 0, sizeof pads);
    prepare(&pads, hash, key, len);
    memory = tally_secret_open(h->memory);
    memcpy(memory, &pads, sizeof pads);
    tally_wipe(&pads, sizeof pads);
    h->pads = memory;
    *out = h;
    return 0;
}

void
tally_hmac(const struct tally_hmac *h, const void *p, size_t len, const void *more,
           size_t more_len, uint8_t *out)
{
    struct pads now;

    /* One copy; guarded memory ends at a page end, so it need not be aligned. */
    memcpy(&now, h->pads, sizeof now);
    update(&now.inner, h->hash, p, len);
    if (more_len > 0) {
        update(&now.inner, h->hash, more, more_len);
    }
    final(&now.inner, h->hash, out);
    update(&now.outer, h->hash, out, sizes[h->hash].bytes);
    final(&now.outer, h->hash, out);
    tally_wipe(&now, sizeof now);
}

void
tally_hmac_free(struct tally_hmac *h)
{
    if (h == NULL) {
        return;
    }
    tally_secret_close(h->memory);
    tally_secret_free(h->memory);
    free(h);
}

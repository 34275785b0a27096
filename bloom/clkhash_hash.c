/*
 * Keys and positions. Common tokens come again and again, so what their hashes gave is
 * kept in a small two-way cache for each feature, compared by the exact bytes of the
 * token: two numbers for double hashing, the first digests for BLAKE2b. Cache and keys
 * are in wiped memory.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/clkhash_hash.h"

#include "bloom/base/bytes.h"
#include "bloom/base/pii.h"
#include "bloom/clkhash_text.h"
#include "bloom/hmac_legacy.h"
#include "bloom/kdf.h"

#include <sodium.h>

#include <stdlib.h>
#include <string.h>

#define DIGEST_BYTES  64u
#define DIGEST_WORDS  (DIGEST_BYTES / 2)
#define CACHED_BYTES  14u /* longer tokens are hashed each time */
#define CACHED_BLOCKS 2u  /* digests of a token that are kept */
#define LOG2_SETS     10u
#define WAYS          2u

/* A cached token: its bytes padded with zeros and its length; no length: no token. */
struct cache_key {
    uint64_t lo;
    uint64_t hi;
};
struct double_entry {
    struct cache_key key;
    uint32_t start;
    uint32_t step;
};
struct blake_entry {
    struct cache_key key;
    uint64_t blocks; /* how many digests are there */
    uint8_t digests[CACHED_BLOCKS * DIGEST_BYTES];
};

struct tally_clkhash_hasher {
    enum tally_clkhash_hash kind;
    bool prevent_singularity;
    uint32_t bits;
    struct tally_hmac *sha1;
    struct tally_hmac *md5;
    struct tally_secret *blake_key;
    const uint8_t *key; /* open as long as this lives */
    size_t key_size;
    struct tally_pii *arena;
    struct double_entry *doubles; /* WAYS << LOG2_SETS of one of the two */
    struct blake_entry *blakes;
    struct blake_entry uncached; /* of a token too long for the cache */
};

/* RFC 5869 over HMAC-SHA-512: T(i) = HMAC(PRK, T(i-1) | info | i). */
static int
hkdf_sha512(const struct tally_clkhash_schema *s, const uint8_t *ikm, size_t ikm_len,
            uint8_t *out, size_t out_len, struct tally_err *err)
{
    struct tally_hmac *h = NULL;
    struct tally_buf message = {0};
    uint8_t block[TALLY_HMAC_SHA512_BYTES];
    uint8_t counter = 1;
    int status = -1;

    if (tally_hmac_create(&h, TALLY_HMAC_SHA512, s->salt, s->salt_len, err) != 0) {
        return -1;
    }
    tally_hmac(h, ikm, ikm_len, NULL, 0, block);
    tally_hmac_free(h);
    h = NULL;
    if (tally_hmac_create(&h, TALLY_HMAC_SHA512, block, sizeof block, err) != 0) {
        goto done;
    }
    for (size_t at = 0; at < out_len; at += sizeof block, counter++) {
        size_t n = out_len - at < sizeof block ? out_len - at : sizeof block;

        tally_buf_wipe(&message);
        message.len = 0;
        if ((at > 0 && tally_buf_append(&message, block, sizeof block, err) != 0) ||
            (s->info_len > 0 &&
             tally_buf_append(&message, s->info, s->info_len, err) != 0)) {
            goto done;
        }
        tally_hmac(h, message.data, message.len, &counter, 1, block);
        memcpy(out + at, block, n);
    }
    status = 0;
done:
    tally_hmac_free(h);
    tally_buf_free(&message);
    tally_wipe(block, sizeof block);
    return status;
}

int
tally_clkhash_keys(const struct tally_clkhash_schema *s, struct tally_secret *secret,
                   struct tally_secret **out, struct tally_err *err)
{
    static const uint8_t none[1] = {0};
    size_t len = 2 * s->nfeatures * (size_t)s->key_size;
    struct tally_secret *keys = NULL;
    const uint8_t *ikm = none;
    size_t ikm_len = 0;
    int status;

    if (tally_clkhash_schema_usable(s, err) != 0 ||
        tally_secret_create(&keys, len, err) != 0) {
        return -1;
    }
    if (secret != NULL) {
        ikm = tally_secret_open(secret);
        ikm_len = tally_secret_len(secret);
    }
    status = s->sha512 ? hkdf_sha512(s, ikm, ikm_len, tally_secret_open(keys), len, err)
                       : tally_hkdf_sha256(ikm, ikm_len, s->salt, s->salt_len,
                                           s->info != NULL ? s->info : none, s->info_len,
                                           tally_secret_open(keys), len, err);
    tally_secret_close(keys);
    if (secret != NULL) {
        tally_secret_close(secret);
    }
    if (status != 0) {
        tally_secret_free(keys);
        return -1;
    }
    *out = keys;
    return 0;
}

static int
take_keys(struct tally_clkhash_hasher *h, const uint8_t *keys, size_t key_size,
          struct tally_err *err)
{
    uint8_t *key;

    if (h->kind == TALLY_CLKHASH_DOUBLE) {
        return tally_hmac_create(&h->sha1, TALLY_HMAC_SHA1, keys, key_size, err) == 0
                   ? tally_hmac_create(&h->md5, TALLY_HMAC_MD5, keys + key_size, key_size,
                                       err)
                   : -1;
    }
    TALLY_INVARIANT(key_size <= crypto_generichash_blake2b_KEYBYTES_MAX);
    if (tally_secret_create(&h->blake_key, key_size, err) != 0) {
        return -1;
    }
    key = tally_secret_open(h->blake_key);
    memcpy(key, keys, key_size);
    h->key = key;
    h->key_size = key_size;
    return 0;
}

int
tally_clkhash_hasher_create(struct tally_clkhash_hasher **out,
                            const struct tally_clkhash_hashing *hashing, uint32_t bits,
                            const uint8_t *keys, size_t key_size, struct tally_err *err)
{
    struct tally_clkhash_hasher *h = calloc(1, sizeof *h);
    size_t entries = WAYS << LOG2_SETS;
    size_t bytes;
    void *cache;

    if (h == NULL) {
        return tally_err_nomem(err);
    }
    h->kind = hashing->hash;
    h->prevent_singularity = hashing->prevent_singularity;
    h->bits = bits;
    bytes = entries *
            (h->kind == TALLY_CLKHASH_DOUBLE ? sizeof *h->doubles : sizeof *h->blakes);
    if (take_keys(h, keys, key_size, err) != 0 ||
        tally_pii_create(&h->arena, bytes, err) != 0) {
        tally_clkhash_hasher_free(h);
        return -1;
    }
    cache = tally_pii_alloc(h->arena, bytes);
    TALLY_INVARIANT(cache != NULL);
    if (h->kind == TALLY_CLKHASH_DOUBLE) {
        h->doubles = cache;
    } else {
        h->blakes = cache;
    }
    *out = h;
    return 0;
}

/* A big-endian number of ${words} 32-bit words, modulo ${m}. */
static uint32_t
modulo(const uint8_t *p, size_t words, uint32_t m)
{
    uint64_t r = 0;

    if ((m & (m - 1)) == 0) { /* the last bits alone count */
        r = tally_be64_load(p + 4 * words - 8);
        return (uint32_t)(r & (m - 1));
    }
    for (size_t i = 0; i < words; i++, p += 4) {
        r = (r << 32 | (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 |
             p[3]) %
            m;
    }
    return (uint32_t)r;
}

/* A step of 0 sets one bit alone: hash again with a character behind, until it is not. */
static uint32_t
step_of(const struct tally_clkhash_hasher *h, const uint8_t *token, size_t len)
{
    uint8_t hash[TALLY_HMAC_MD5_BYTES];
    uint8_t suffix[4];
    uint32_t step;

    tally_hmac(h->md5, token, len, NULL, 0, hash);
    step = modulo(hash, sizeof hash / 4, h->bits);
    for (uint32_t c = 0; step == 0 && h->prevent_singularity && c < 0xD800; c++) {
        tally_hmac(h->md5, token, len, suffix, tally_clkhash_utf8(c, suffix), hash);
        step = modulo(hash, sizeof hash / 4, h->bits);
    }
    tally_wipe(hash, sizeof hash);
    return step;
}

static void
hash_double(const struct tally_clkhash_hasher *h, const uint8_t *token, size_t len,
            struct double_entry *e)
{
    uint8_t hash[TALLY_HMAC_SHA1_BYTES];

    tally_hmac(h->sha1, token, len, NULL, 0, hash);
    e->start = modulo(hash, sizeof hash / 4, h->bits);
    e->step = step_of(h, token, len);
    tally_wipe(hash, sizeof hash);
}

/* Digest ${block} of a token: the number of it, in decimal, is the salt. */
static void
hash_blake(const struct tally_clkhash_hasher *h, const uint8_t *token, size_t len,
           size_t block, uint8_t out[DIGEST_BYTES])
{
    static const uint8_t personal[crypto_generichash_blake2b_PERSONALBYTES] = {0};
    uint8_t salt[crypto_generichash_blake2b_SALTBYTES] = {0};
    size_t power = 1;
    size_t n = 0;

    while (power <= block / 10) {
        power *= 10;
    }
    for (; power > 0; power /= 10) {
        salt[n++] = (uint8_t)('0' + block / power % 10);
    }
    (void)crypto_generichash_blake2b_salt_personal(out, DIGEST_BYTES, token, len, h->key,
                                                   h->key_size, salt, personal);
}

/* Fourteen bytes of token at most, then length: equal keys are equal tokens. */
static struct cache_key
make_key(const uint8_t *token, size_t len)
{
    struct cache_key key;
    uint8_t bytes[16] = {0};

    memcpy(bytes, token, len);
    bytes[15] = (uint8_t)len;
    key.lo = tally_le64_load(bytes);
    key.hi = tally_le64_load(bytes + 8);
    return key;
}

static size_t
cache_slot(struct cache_key key)
{
    uint64_t x = key.lo * 0x9e3779b97f4a7c15u ^ key.hi * 0xc2b2ae3d27d4eb4fu;

    x ^= x >> 32;
    return (size_t)((x * 0x9e3779b97f4a7c15u) >> (64 - LOG2_SETS)) * WAYS;
}

static bool
is_key(struct cache_key a, struct cache_key b)
{
    return a.lo == b.lo && a.hi == b.hi;
}

static struct double_entry
find_double(struct tally_clkhash_hasher *h, const uint8_t *token, size_t len)
{
    struct double_entry fresh = {{0, 0}, 0, 0};
    struct double_entry *set;

    if (len == 0 || len > CACHED_BYTES) {
        hash_double(h, token, len, &fresh);
        return fresh;
    }
    fresh.key = make_key(token, len);
    set = h->doubles + cache_slot(fresh.key);
    for (size_t i = 0; i < WAYS; i++) {
        if (is_key(set[i].key, fresh.key)) {
            return set[i];
        }
    }
    hash_double(h, token, len, &fresh);
    set[1] = set[0];
    set[0] = fresh;
    return fresh;
}

/* The entry of a token, with at least ${blocks} digests in it, or as many as it holds. */
static const struct blake_entry *
find_blake(struct tally_clkhash_hasher *h, const uint8_t *token, size_t len,
           size_t blocks)
{
    struct blake_entry *e = &h->uncached;
    struct cache_key key = {0, 0};

    if (len == 0 || len > CACHED_BYTES) {
        e->blocks = 0;
    } else {
        key = make_key(token, len);
        e = h->blakes + cache_slot(key);
        if (is_key(e[1].key, key)) {
            e++;
        } else if (!is_key(e[0].key, key)) {
            e[1] = e[0];
            e->key = key;
            e->blocks = 0;
        }
    }
    for (; e->blocks < blocks && e->blocks < CACHED_BLOCKS; e->blocks++) {
        hash_blake(h, token, len, e->blocks, e->digests + e->blocks * DIGEST_BYTES);
    }
    return e;
}

static void
set_bit(uint8_t *filter, uint32_t p)
{
    filter[p >> 3] |= (uint8_t)(0x80u >> (p & 7u));
}

/* The first ${n} words of a digest, as bits set in ${filter}, or else as positions. */
static void
blake_words(const struct tally_clkhash_hasher *h, const uint8_t *digest, size_t n,
            uint8_t *filter, uint32_t *out)
{
    uint32_t mask = h->bits - 1;
    uint16_t words[DIGEST_WORDS];

    for (size_t i = 0; i < n; i++) {
        words[i] = (uint16_t)(digest[2 * i] | digest[2 * i + 1] << 8);
    }
    for (size_t i = 0; i < n && out == NULL; i++) {
        set_bit(filter, words[i] & mask);
    }
    for (size_t i = 0; i < n && out != NULL; i++) {
        out[i] = words[i] & mask;
    }
}

static void
add_blake(struct tally_clkhash_hasher *h, const uint8_t *token, size_t len, size_t k,
          uint8_t *filter, uint32_t *out)
{
    size_t blocks = (k + DIGEST_WORDS - 1) / DIGEST_WORDS;
    const struct blake_entry *e = find_blake(h, token, len, blocks);
    uint8_t further[DIGEST_BYTES];

    for (size_t b = 0; b < blocks; b++) {
        size_t left = k - b * DIGEST_WORDS;
        const uint8_t *digest = e->digests + b * DIGEST_BYTES;

        if (b >= CACHED_BLOCKS) {
            hash_blake(h, token, len, b, further);
            digest = further;
        }
        blake_words(h, digest, left < DIGEST_WORDS ? left : DIGEST_WORDS, filter,
                    out != NULL ? out + b * DIGEST_WORDS : NULL);
    }
    if (blocks > CACHED_BLOCKS) {
        tally_wipe(further, sizeof further);
    }
}

static void
add_double(struct tally_clkhash_hasher *h, const uint8_t *token, size_t len, size_t k,
           uint8_t *filter, uint32_t *out)
{
    struct double_entry e = find_double(h, token, len);
    uint32_t p = e.start;

    for (size_t i = 0; i < k; i++) {
        if (out != NULL) {
            out[i] = p;
        } else {
            set_bit(filter, p);
        }
        p += e.step;
        if (p >= h->bits) {
            p -= h->bits;
        }
    }
}

static void
add(struct tally_clkhash_hasher *h, const uint8_t *token, size_t len, size_t k,
    uint8_t *filter, uint32_t *out)
{
    if (k == 0) {
        return;
    }
    if (h->kind == TALLY_CLKHASH_DOUBLE) {
        add_double(h, token, len, k, filter, out);
    } else {
        add_blake(h, token, len, k, filter, out);
    }
}

void
tally_clkhash_hasher_add(struct tally_clkhash_hasher *h, const uint8_t *token, size_t len,
                         size_t k, uint8_t *filter)
{
    add(h, token, len, k, filter, NULL);
}

void
tally_clkhash_hasher_positions(struct tally_clkhash_hasher *h, const uint8_t *token,
                               size_t len, size_t k, uint32_t *out)
{
    add(h, token, len, k, NULL, out);
}

void
tally_clkhash_hasher_free(struct tally_clkhash_hasher *h)
{
    if (h == NULL) {
        return;
    }
    tally_hmac_free(h->sha1);
    tally_hmac_free(h->md5);
    if (h->key != NULL) {
        tally_secret_close(h->blake_key);
    }
    tally_secret_free(h->blake_key);
    tally_pii_free(h->arena);
    tally_wipe(&h->uncached, sizeof h->uncached);
    free(h);
}

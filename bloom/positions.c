/*
 * The positions of tokens. Tokens and salts are personal data: what is remembered of them
 * lies in wiped arenas (memo.h).
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/positions.h"

#include "bloom/base/bytes.h"
#include "bloom/base/domains.h"
#include "bloom/base/secret.h"
#include "bloom/base/size.h"
#include "bloom/kdf.h"
#include "bloom/memo.h"

#include <sodium.h>

#include <stdlib.h>
#include <string.h>

#define HASH_BYTES      64u
#define HASH_WORDS      (HASH_BYTES / 4)
#define POSITIONS_MAX   256u /* of a token */
#define TOKEN_BYTES_MAX 255u /* a token's length is a byte */
#define KIB             ((size_t)1 << 10)
#define TOKENS_MEMORY   (256 * KIB)  /* of a key and a number of positions */
#define SALTED_MEMORY   (8192 * KIB) /* the same, as tokens come with many salts */
#define SALTS_MEMORY    (64 * KIB)
#define SALT_IDS        UINT16_MAX

/* A derived key, open as long as it lives. */
struct domain {
    const char *name;
    struct tally_secret *secret;
    const uint8_t *key;
};

/* What is remembered under one key and one k: rows of k positions. */
struct cache {
    size_t domain;
    uint32_t k;
    struct tally_memo memo;
};

struct tally_positions {
    const struct tally_schema *schema;
    uint32_t mask; /* of a position */
    size_t ndomains;
    struct domain domains[TALLY_SCHEMA_FIELDS_MAX];
    size_t ncaches;
    struct cache caches[TALLY_SCHEMA_FIELDS_MAX];
    size_t cache_of[TALLY_SCHEMA_FIELDS_MAX];
    struct tally_secret *salt_secret; /* NULL without salt */
    const uint8_t *salt_key;
    struct tally_memo salts;      /* by value */
    uint32_t salt_ids;            /* given out */
    uint16_t last[POSITIONS_MAX]; /* of a token that is not remembered */
};

static size_t
find_domain(struct tally_positions *p, const char *name)
{
    size_t d;

    for (d = 0; d < p->ndomains; d++) {
        if (strcmp(p->domains[d].name, name) == 0) {
            return d;
        }
    }
    p->domains[d].name = name;
    return p->ndomains++;
}

static size_t
find_cache(struct tally_positions *p, size_t domain, uint32_t k)
{
    for (size_t i = 0; i < p->ncaches; i++) {
        if (p->caches[i].domain == domain && p->caches[i].k == k) {
            return i;
        }
    }
    TALLY_INVARIANT(k <= POSITIONS_MAX);
    p->caches[p->ncaches].domain = domain;
    p->caches[p->ncaches].k = k;
    return p->ncaches++;
}

static int
create_caches(struct tally_positions *p, struct tally_err *err)
{
    const struct tally_schema *s = p->schema;
    size_t memory = s->salted ? SALTED_MEMORY : TOKENS_MEMORY;

    for (size_t f = 0; f < s->nfields; f++) {
        if (s->fields[f].bits_per_token > 0) { /* else it is not in this view */
            p->cache_of[f] = find_cache(p, find_domain(p, s->fields[f].domain),
                                        s->fields[f].bits_per_token);
        }
    }
    for (size_t i = 0; i < p->ncaches; i++) {
        size_t row = tally_size_align(p->caches[i].k * sizeof(uint16_t), 8);

        if (tally_memo_create(&p->caches[i].memo, row, memory, err) != 0) {
            return -1;
        }
    }
    return s->salted ? tally_memo_create(&p->salts, sizeof(struct tally_positions_salt),
                                         SALTS_MEMORY, err)
                     : 0;
}

/* Open what is derived for ${purpose} as long as it lives. */
static int
open_key(const char *const *purpose, size_t nparts, struct tally_secret *key,
         struct tally_secret **secret, const uint8_t **bytes, struct tally_err *err)
{
    if (tally_kdf(key, purpose, nparts, secret, err) != 0) {
        return -1;
    }
    *bytes = tally_secret_open(*secret);
    return 0;
}

static int
derive_keys(struct tally_positions *p, const char *view, struct tally_secret *key,
            struct tally_err *err)
{
    for (size_t i = 0; i < p->ndomains; i++) {
        struct domain *d = &p->domains[i];
        const char *const purpose[] = {TALLY_DOMAIN_FIELD, view, d->name};

        if (open_key(purpose, 3, key, &d->secret, &d->key, err) != 0) {
            return -1;
        }
    }
    return p->schema->salted ? open_key((const char *const[]){TALLY_DOMAIN_SALT, view}, 2,
                                        key, &p->salt_secret, &p->salt_key, err)
                             : 0;
}

int
tally_positions_create(struct tally_positions **out, const struct tally_schema *s,
                       const char *view, struct tally_secret *key, struct tally_err *err)
{
    struct tally_positions *p = calloc(1, sizeof(*p));

    if (p == NULL) {
        return tally_err_nomem(err);
    }
    p->schema = s;
    p->mask = (s->rbf_bits > 0 ? s->rbf_bits : s->bits) - 1;
    if (create_caches(p, err) != 0 || derive_keys(p, view, key, err) != 0) {
        tally_positions_free(p);
        return -1;
    }
    *out = p;
    return 0;
}

void
tally_positions_free(struct tally_positions *p)
{
    if (p == NULL) {
        return;
    }
    for (size_t i = 0; i < p->ndomains; i++) {
        if (p->domains[i].key != NULL) {
            tally_secret_close(p->domains[i].secret);
        }
        tally_secret_free(p->domains[i].secret);
    }
    if (p->salt_key != NULL) {
        tally_secret_close(p->salt_secret);
    }
    tally_secret_free(p->salt_secret);
    for (size_t i = 0; i < p->ncaches; i++) {
        tally_memo_free(&p->caches[i].memo);
    }
    tally_memo_free(&p->salts);
    tally_wipe(p, sizeof(*p));
    free(p);
}

/* Salts have numbers so that they fit the key of a memo. A number is never given twice,
 * though a salt that was driven out comes back under another. */
void
tally_positions_salt(struct tally_positions *p, const struct tally_value *values,
                     struct tally_positions_salt *out)
{
    size_t f = p->schema->salt_field;
    const struct tally_value *v = &values[f];
    size_t len = tally_salt_len(&p->schema->fields[f], v);
    struct tally_memo_key key;
    const uint8_t *row;
    size_t set;

    memset(out, 0, sizeof(*out));
    if (len == 0) {
        return;
    }
    out->forgotten = len > TALLY_MEMO_KEY_MAX;
    if (out->forgotten) {
        tally_salt(p->salt_key, v->text, len, out->bytes);
        return;
    }
    key = tally_memo_key(v->text, len, 0);
    set = tally_memo_seek(&p->salts, &key);
    row = tally_memo_find(&p->salts, set, &key);
    if (row != NULL) {
        memcpy(out, row, sizeof(*out));
        return;
    }
    tally_salt(p->salt_key, v->text, len, out->bytes);
    out->forgotten = p->salt_ids == SALT_IDS;
    out->id = out->forgotten ? 0 : ++p->salt_ids;
    memcpy(tally_memo_add(&p->salts, set, &key), out, sizeof(*out));
}

/* A salt of zeros is BLAKE2b without one. */
void
tally_positions_hash(const struct tally_positions *p,
                     const struct tally_positions_salt *salt, size_t field,
                     const uint8_t *token, size_t len, uint32_t occurrence, uint32_t *out)
{
    const struct cache *cache = &p->caches[p->cache_of[field]];
    const uint8_t *key = p->domains[cache->domain].key;
    uint8_t message[TOKEN_BYTES_MAX + 8];
    uint8_t hash[HASH_BYTES];

    TALLY_INVARIANT(len <= TOKEN_BYTES_MAX);
    memcpy(message, token, len);
    tally_le32_store(message + len, occurrence);
    for (uint32_t i = 0; i < cache->k; i++) {
        if (i % HASH_WORDS == 0) {
            tally_le32_store(message + len + 4, i / HASH_WORDS);
            crypto_generichash_blake2b_salt_personal(
                hash, sizeof(hash), message, len + 8, key,
                crypto_generichash_blake2b_KEYBYTES, salt->bytes, NULL);
        }
        out[i] = tally_le32_load(hash + 4 * (i % HASH_WORDS)) & p->mask;
    }
    tally_wipe(message, len);
    tally_wipe(hash, sizeof(hash));
}

/* Whether the positions of a token are remembered; then ${key} is what by. */
static bool
find_key(const struct tally_positions_salt *salt, const uint8_t *token, size_t len,
         uint32_t occurrence, struct tally_memo_key *key)
{
    bool kept = !salt->forgotten && len >= 1 && len <= TALLY_MEMO_KEY_MAX;

    if (kept) {
        *key = tally_memo_key(token, len, occurrence | (uint64_t)salt->id << 32);
    }
    return kept;
}

void
tally_positions_expect(const struct tally_positions *p,
                       const struct tally_positions_salt *salt, size_t field,
                       const uint8_t *token, size_t len, uint32_t occurrence)
{
    const struct tally_memo *memo = &p->caches[p->cache_of[field]].memo;
    struct tally_memo_key key;

    if (find_key(salt, token, len, occurrence, &key)) {
        tally_memo_expect(memo, tally_memo_seek(memo, &key));
    }
}

const uint16_t *
tally_positions_of(struct tally_positions *p, const struct tally_positions_salt *salt,
                   size_t field, const uint8_t *token, size_t len, uint32_t occurrence)
{
    struct cache *cache = &p->caches[p->cache_of[field]];
    uint32_t positions[POSITIONS_MAX];
    struct tally_memo_key key = {{0}};
    bool kept = find_key(salt, token, len, occurrence, &key);
    uint16_t *row = p->last;
    size_t set = 0;

    if (kept) {
        set = tally_memo_seek(&cache->memo, &key);
        row = (uint16_t *)(void *)tally_memo_find(&cache->memo, set, &key);
        if (row != NULL) {
            return row;
        }
        row = (uint16_t *)(void *)tally_memo_add(&cache->memo, set, &key);
    }
    tally_positions_hash(p, salt, field, token, len, occurrence, positions);
    for (uint32_t i = 0; i < cache->k; i++) {
        row[i] = (uint16_t)positions[i];
    }
    tally_wipe(positions, cache->k * sizeof(*positions));
    return row;
}

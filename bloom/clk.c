/*
 * The keyed filter of one record. Most tokens come again and again, so their positions
 * are kept in a small two-way cache for each key, compared by the exact bytes of the
 * token: a few nanoseconds where BLAKE2b takes hundreds. Cache and tokens are personal
 * data and live in a wiped arena.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/clk.h"

#include "bloom/base/bytes.h"
#include "bloom/base/domains.h"
#include "bloom/base/pii.h"
#include "bloom/base/size.h"
#include "bloom/harden_salt.h"
#include "bloom/kdf.h"
#include "bloom/tokens.h"

#include <sodium.h>

#include <stdlib.h>
#include <string.h>

#define HASH_BYTES      64u
#define HASH_WORDS      (HASH_BYTES / 4)
#define POSITIONS_MAX   256u /* of a token */
#define TOKEN_BYTES_MAX 255u /* a token's length is a byte */
#define CACHED_BYTES    14u  /* longer tokens are hashed each time */
#define WAYS            2u
#define STEP            4u /* positions are set this many at a time */

/* A token that may be cached: its bytes padded with zeros, length and occurrence. No
 * length: none. */
struct cache_key {
    uint64_t lo;
    uint64_t hi;
};

/* A derived key, open as long as the clk lives. */
struct domain {
    const char *name;
    struct tally_secret *secret;
    const uint8_t *key;
};

/*
 * The positions of tokens under one key and one k. An entry is a cache_key, then for each
 * position its byte (two bytes each), then for each the bit in that byte. Unused places
 * up to a multiple of STEP set no bit.
 */
struct cache {
    size_t domain;
    uint32_t k;
    uint32_t padded; /* k up to a multiple of STEP */
    unsigned log2_sets;
    size_t entry_bytes;
    uint8_t *entries;
};

struct tally_clk {
    const struct tally_schema *schema;
    uint32_t bits;       /* of the filter of a field, */
    size_t field_stride; /* and bytes from one to the next: 0 where they share one */
    struct tally_pii *arena;
    struct tally_tokens *tokens;
    struct cache_key *keys; /* of these tokens, and where in the cache they belong */
    uint8_t **sets;
    size_t ndomains;
    struct domain domains[TALLY_SCHEMA_FIELDS_MAX];
    size_t ncaches;
    struct cache caches[TALLY_SCHEMA_FIELDS_MAX];
    size_t cache_of[TALLY_SCHEMA_FIELDS_MAX];
    struct tally_secret *salt_secret; /* NULL without salt */
    const uint8_t *salt_key;
    uint8_t salt[TALLY_SALT_BYTES]; /* of the record at work; zeros: none */
};

/* Sets of two, enough for the tokens that are common among values of the kind, and no
 * more: what is looked up for every record should stay in the processor's second-level
 * cache. */
static unsigned
cache_log2_sets(enum tally_token_kind kind)
{
    switch (kind) {
    case TALLY_TOKENS_POSTCODE: /* some 14,000 outward codes and sectors */
        return 13;
    case TALLY_TOKENS_BIGRAMS:
    case TALLY_TOKENS_DATE:
    case TALLY_TOKENS_NEIGHBOURHOOD:
        return 10;
    default:
        return 8;
    }
}

static size_t
find_domain(struct tally_clk *c, const char *name)
{
    size_t d;

    for (d = 0; d < c->ndomains; d++) {
        if (strcmp(c->domains[d].name, name) == 0) {
            return d;
        }
    }
    c->domains[d].name = name;
    return c->ndomains++;
}

static size_t
find_cache(struct tally_clk *c, size_t domain, uint32_t k)
{
    struct cache *cache;
    size_t i;

    for (i = 0; i < c->ncaches; i++) {
        if (c->caches[i].domain == domain && c->caches[i].k == k) {
            return i;
        }
    }
    cache = &c->caches[c->ncaches];
    cache->domain = domain;
    cache->k = k;
    cache->padded = (k + STEP - 1) / STEP * STEP;
    cache->entry_bytes =
        tally_size_align(sizeof(struct cache_key) + 3u * cache->padded, 16);
    return c->ncaches++;
}

static void
plan_caches(struct tally_clk *c)
{
    size_t f;

    for (f = 0; f < c->schema->nfields; f++) {
        const struct tally_field *field = &c->schema->fields[f];
        size_t i;
        unsigned sets;

        if (field->bits_per_token == 0) {
            continue; /* not in this view */
        }
        i = find_cache(c, find_domain(c, field->domain), field->bits_per_token);
        sets = cache_log2_sets(field->tokens);

        c->cache_of[f] = i;
        if (sets > c->caches[i].log2_sets) {
            c->caches[i].log2_sets = sets;
        }
    }
}

static size_t
cache_bytes(const struct cache *cache)
{
    return (WAYS << cache->log2_sets) * cache->entry_bytes;
}

/* A new arena is all zeros: every entry empty. */
static int
allocate(struct tally_clk *c, struct tally_err *err)
{
    size_t keys = TALLY_TOKENS_MAX * sizeof(*c->keys);
    size_t sets = TALLY_TOKENS_MAX * sizeof(*c->sets);
    size_t total = tally_size_align(sizeof(*c->tokens), 16) + keys + sets;
    size_t i;

    for (i = 0; i < c->ncaches; i++) {
        total += cache_bytes(&c->caches[i]);
    }
    if (tally_pii_create(&c->arena, total, err) != 0) {
        return -1;
    }
    c->tokens = tally_pii_alloc(c->arena, sizeof(*c->tokens));
    c->keys = tally_pii_alloc(c->arena, keys);
    c->sets = tally_pii_alloc(c->arena, sets);
    for (i = 0; i < c->ncaches; i++) {
        c->caches[i].entries = tally_pii_alloc(c->arena, cache_bytes(&c->caches[i]));
        TALLY_INVARIANT(c->caches[i].entries != NULL);
    }
    return 0;
}

/* Open what is derived for ${purpose} as long as the clk lives. */
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
derive_keys(struct tally_clk *c, const char *view, struct tally_secret *key,
            struct tally_err *err)
{
    size_t i;

    for (i = 0; i < c->ndomains; i++) {
        struct domain *d = &c->domains[i];
        const char *const purpose[] = {TALLY_DOMAIN_FIELD, view, d->name};

        if (open_key(purpose, 3, key, &d->secret, &d->key, err) != 0) {
            return -1;
        }
    }
    return c->schema->salted ? open_key((const char *const[]){TALLY_DOMAIN_SALT, view}, 2,
                                        key, &c->salt_secret, &c->salt_key, err)
                             : 0;
}

int
tally_clk_create(struct tally_clk **out, const struct tally_schema *s, const char *view,
                 struct tally_secret *key, struct tally_err *err)
{
    struct tally_clk *c = calloc(1, sizeof(*c));

    if (c == NULL) {
        return tally_err_nomem(err);
    }
    c->schema = s;
    c->bits = s->rbf_bits > 0 ? s->rbf_bits : s->bits;
    c->field_stride = s->rbf_bits / 8;
    plan_caches(c);
    if (allocate(c, err) != 0 || derive_keys(c, view, key, err) != 0) {
        tally_clk_free(c);
        return -1;
    }
    *out = c;
    return 0;
}

/* The first ${k} positions of a token. A salt of zeros is BLAKE2b without one. */
static void
hash_positions(const uint8_t *key, const uint8_t *salt, const uint8_t *token, size_t len,
               uint32_t occurrence, uint32_t bits, uint32_t k, uint32_t *out)
{
    uint8_t message[TOKEN_BYTES_MAX + 8];
    uint8_t hash[HASH_BYTES];
    uint32_t i;

    memcpy(message, token, len);
    tally_le32_store(message + len, occurrence);
    for (i = 0; i < k; i++) {
        if (i % HASH_WORDS == 0) {
            tally_le32_store(message + len + 4, i / HASH_WORDS);
            crypto_generichash_blake2b_salt_personal(
                hash, sizeof(hash), message, len + 8, key,
                crypto_generichash_blake2b_KEYBYTES, salt, NULL);
        }
        out[i] = tally_le32_load(hash + 4 * (i % HASH_WORDS)) & (bits - 1);
    }
    tally_wipe(message, len);
    tally_wipe(hash, sizeof(hash));
}

void
tally_clk_positions(struct tally_clk *c, size_t field, const uint8_t *token, size_t len,
                    uint32_t occurrence, uint32_t *out)
{
    const struct cache *cache = &c->caches[c->cache_of[field]];

    TALLY_INVARIANT(len <= TOKEN_BYTES_MAX);
    hash_positions(c->domains[cache->domain].key, c->salt, token, len, occurrence,
                   c->bits, cache->k, out);
}

/* A token too long to be cached, straight into the filter. */
static void
add_long(struct tally_clk *c, size_t field, const uint8_t *token, size_t len,
         uint32_t occurrence, uint8_t *filter)
{
    uint32_t positions[POSITIONS_MAX];
    uint32_t k = c->caches[c->cache_of[field]].k;
    uint32_t i;

    TALLY_INVARIANT(k <= POSITIONS_MAX);
    tally_clk_positions(c, field, token, len, occurrence, positions);
    for (i = 0; i < k; i++) {
        filter[positions[i] / 8] |= (uint8_t)(0x80u >> positions[i] % 8);
    }
    tally_wipe(positions, sizeof(positions));
}

/* The ${n} lowest bytes, n <= 8. */
static uint64_t
low_bytes(uint64_t x, size_t n)
{
    return n < 8 ? x & (((uint64_t)1 << (8 * n)) - 1) : x;
}

/* Fourteen bytes of token at most, then length and occurrence: equal keys are equal
 * tokens. Sixteen bytes can be read at ${token}. */
static struct cache_key
make_key(const uint8_t *token, size_t len, uint8_t occurrence)
{
    struct cache_key key;

    key.lo = low_bytes(tally_le64_load(token), len < 8 ? len : 8);
    key.hi = low_bytes(tally_le64_load(token + 8), len < 8 ? 0 : len - 8);
    key.hi |= (uint64_t)len << 48 | (uint64_t)occurrence << 56;
    return key;
}

/* Any spreading will do: a clash of slots costs time, never a wrong answer. */
static uint8_t *
cache_set(const struct cache *cache, struct cache_key key)
{
    uint64_t x = key.lo * 0x9e3779b97f4a7c15u ^ key.hi * 0xc2b2ae3d27d4eb4fu;

    x ^= x >> 32;
    x = (x * 0x9e3779b97f4a7c15u) >> (64 - cache->log2_sets);
    return cache->entries + x * WAYS * cache->entry_bytes;
}

static bool
entry_is(const uint8_t *entry, struct cache_key key)
{
    struct cache_key have;

    memcpy(&have, entry, sizeof(have));
    return have.lo == key.lo && have.hi == key.hi;
}

/* Hash a token into the first way of its set; what was there moves to the second. */
static void
fill_entry(struct tally_clk *c, size_t field, const struct tally_token *t, uint8_t *entry,
           struct cache_key key)
{
    const struct cache *cache = &c->caches[c->cache_of[field]];
    uint32_t positions[POSITIONS_MAX];
    uint8_t *bytes = entry + sizeof(key);
    uint8_t *masks = bytes + 2u * cache->padded;
    uint32_t i;

    memcpy(entry + cache->entry_bytes, entry, cache->entry_bytes);
    memset(entry, 0, cache->entry_bytes);
    memcpy(entry, &key, sizeof(key));
    tally_clk_positions(c, field, c->tokens->bytes + t->at, t->len, t->occurrence,
                        positions);
    for (i = 0; i < cache->k; i++) {
        uint16_t byte = (uint16_t)(positions[i] / 8);

        memcpy(bytes + 2u * i, &byte, sizeof(byte));
        masks[i] = (uint8_t)(0x80u >> positions[i] % 8);
    }
    tally_wipe(positions, sizeof(positions));
}

/* ${filter} overlaps nothing here, which the compiler cannot know of bytes unless told.
 */
static void
set_bits(const uint8_t *entry, size_t padded, uint8_t *restrict filter)
{
    const uint8_t *bytes = entry + sizeof(struct cache_key);
    const uint8_t *masks = bytes + 2u * padded;
    size_t i;

    for (i = 0; i < padded; i += STEP) {
        uint16_t at[STEP];
        uint8_t mask[STEP];

        memcpy(at, bytes + 2u * i, sizeof(at));
        memcpy(mask, masks + i, sizeof(mask));
        filter[at[0]] |= mask[0];
        filter[at[1]] |= mask[1];
        filter[at[2]] |= mask[2];
        filter[at[3]] |= mask[3];
    }
}

/* Salted positions differ from record to record, and the cache does not know the salt. */
static bool
cacheable(const struct tally_clk *c, const struct tally_token *token)
{
    return !c->schema->salted && token->len >= 1 && token->len <= CACHED_BYTES;
}

/* Where each token belongs is worked out before any is looked at, so that fetching
 * overlaps. */
static void
find_sets(struct tally_clk *c, const struct cache *cache)
{
    const struct tally_tokens *t = c->tokens;
    size_t i;

    TALLY_INVARIANT(t->nbytes + sizeof(struct cache_key) <= sizeof(t->bytes));
    for (i = 0; i < t->n; i++) {
        const struct tally_token *token = &t->list[i];

        if (cacheable(c, token)) {
            c->keys[i] = make_key(t->bytes + token->at, token->len, token->occurrence);
            c->sets[i] = cache_set(cache, c->keys[i]);
            __builtin_prefetch(c->sets[i]);
        }
    }
}

/* The entry of token ${i}, made if it is not there. */
static const uint8_t *
find_entry(struct tally_clk *c, size_t field, size_t i, size_t entry_bytes)
{
    uint8_t *entry = c->sets[i];

    if (entry_is(entry, c->keys[i])) {
        return entry;
    }
    if (entry_is(entry + entry_bytes, c->keys[i])) {
        return entry + entry_bytes;
    }
    fill_entry(c, field, &c->tokens->list[i], entry, c->keys[i]);
    return entry;
}

static void
add_field(struct tally_clk *c, size_t field, uint8_t *filter)
{
    const struct cache *cache = &c->caches[c->cache_of[field]];
    const struct tally_tokens *t = c->tokens;
    const size_t n = t->n, padded = cache->padded, entry_bytes = cache->entry_bytes;
    size_t i;

    find_sets(c, cache);
    for (i = 0; i < n; i++) {
        const struct tally_token *token = &t->list[i];

        if (cacheable(c, token)) {
            set_bits(find_entry(c, field, i, entry_bytes), padded, filter);
        } else {
            add_long(c, field, t->bytes + token->at, token->len, token->occurrence,
                     filter);
        }
    }
}

void
tally_clk_add(struct tally_clk *c, const struct tally_value *values, uint8_t *filter)
{
    size_t f;

    if (c->schema->salted) {
        const struct tally_value *v = &values[c->schema->salt_field];

        tally_salt(c->salt_key, v->text,
                   tally_salt_len(&c->schema->fields[c->schema->salt_field], v), c->salt);
    }

    for (f = 0; f < c->schema->nfields; f++) {
        if (values[f].len > 0 && c->schema->fields[f].bits_per_token > 0) {
            tally_tokenise(&c->schema->fields[f], &values[f], c->tokens);
            add_field(c, f, filter + f * c->field_stride);
        }
    }
}

void
tally_clk_free(struct tally_clk *c)
{
    size_t i;

    if (c == NULL) {
        return;
    }
    for (i = 0; i < c->ndomains; i++) {
        if (c->domains[i].key != NULL) {
            tally_secret_close(c->domains[i].secret);
        }
        tally_secret_free(c->domains[i].secret);
    }
    if (c->salt_key != NULL) {
        tally_secret_close(c->salt_secret);
    }
    tally_secret_free(c->salt_secret);
    tally_wipe(c->salt, sizeof(c->salt));
    tally_pii_free(c->arena);
    free(c);
}

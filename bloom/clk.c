/*
 * The keyed filter of one record. Most tokens come again and again, so their positions
 * are kept in a small two-way cache for each key, compared by the exact bytes of the
 * token: a few nanoseconds where BLAKE2b takes hundreds. Cache and tokens are personal
 * data and live in a wiped arena. SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/clk.h"

#include "bloom/base/bytes.h"
#include "bloom/base/domains.h"
#include "bloom/base/pii.h"
#include "bloom/base/size.h"
#include "bloom/kdf.h"
#include "bloom/tokens.h"

#include <sodium.h>

#include <stdlib.h>
#include <string.h>

#define HASH_BYTES      64u
#define HASH_WORDS      (HASH_BYTES / 4)
#define TOKEN_BYTES_MAX 255u /* a token's length is a byte */
#define CACHED_BYTES    14u  /* longer tokens are hashed each time */
#define WAYS            2u

/* A token that may be cached: its bytes padded with zeros, length and occurrence. No
 * length: none. */
struct cache_key {
    uint64_t lo;
    uint64_t hi;
};

/* A key and the cached positions made with it. Entries are a cache_key and ${k} LE16
 * positions. */
struct domain {
    const char *name;
    struct tally_secret *secret;
    const uint8_t *key; /* open as long as the clk lives */
    uint32_t k;         /* of the field that needs most; others use the first of them */
    unsigned log2_sets;
    size_t entry_bytes;
    uint8_t *entries;
};

struct tally_clk {
    const struct tally_schema *schema;
    struct tally_pii *arena;
    struct tally_tokens *tokens;
    size_t ndomains;
    struct domain domains[TALLY_SCHEMA_FIELDS_MAX];
    size_t domain_of[TALLY_SCHEMA_FIELDS_MAX];
};

/* Sets of two: enough for the tokens that are common among values of the kind. */
static unsigned
cache_log2_sets(enum tally_token_kind kind)
{
    switch (kind) {
    case TALLY_TOKENS_POSTCODE: /* some 14,000 outward codes and sectors */
        return 14;
    case TALLY_TOKENS_BIGRAMS:
    case TALLY_TOKENS_NEIGHBOURHOOD:
        return 11;
    default:
        return 10;
    }
}

static size_t
find_domain(const struct tally_clk *c, const char *name)
{
    size_t d;

    for (d = 0; d < c->ndomains; d++) {
        if (strcmp(c->domains[d].name, name) == 0) {
            break;
        }
    }
    return d;
}

/* Which domains there are, and the largest demand of their fields. */
static void
plan_domains(struct tally_clk *c)
{
    size_t f;

    for (f = 0; f < c->schema->nfields; f++) {
        const struct tally_field *field = &c->schema->fields[f];
        size_t d = find_domain(c, field->domain);
        unsigned sets = cache_log2_sets(field->tokens);

        if (d == c->ndomains) {
            c->ndomains++;
            c->domains[d].name = field->domain;
        }
        c->domain_of[f] = d;
        if (field->bits_per_token > c->domains[d].k) {
            c->domains[d].k = field->bits_per_token;
        }
        if (sets > c->domains[d].log2_sets) {
            c->domains[d].log2_sets = sets;
        }
    }
}

static size_t
cache_bytes(const struct domain *d)
{
    return (WAYS << d->log2_sets) * d->entry_bytes;
}

static int
allocate(struct tally_clk *c, struct tally_err *err)
{
    size_t total = sizeof(*c->tokens) + 64;
    size_t i;

    for (i = 0; i < c->ndomains; i++) {
        struct domain *d = &c->domains[i];

        d->entry_bytes = tally_size_align(sizeof(struct cache_key) + 2u * d->k, 16);
        total += cache_bytes(d) + 64;
    }
    if (tally_pii_create(&c->arena, total, err) != 0) {
        return -1;
    }
    c->tokens = tally_pii_alloc(c->arena, sizeof(*c->tokens));
    for (i = 0; i < c->ndomains; i++) {
        c->domains[i].entries = tally_pii_alloc(c->arena, cache_bytes(&c->domains[i]));
        TALLY_INVARIANT(c->domains[i].entries != NULL);
        memset(c->domains[i].entries, 0, cache_bytes(&c->domains[i]));
    }
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

        if (tally_kdf(key, purpose, 3, &d->secret, err) != 0) {
            return -1;
        }
        d->key = tally_secret_open(d->secret);
    }
    return 0;
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
    plan_domains(c);
    if (allocate(c, err) != 0 || derive_keys(c, view, key, err) != 0) {
        tally_clk_free(c);
        return -1;
    }
    *out = c;
    return 0;
}

/* The first ${k} positions of a token, two bytes each. */
static void
hash_positions(const struct domain *d, const uint8_t *token, size_t len,
               uint32_t occurrence, uint32_t bits, uint32_t k, uint16_t *out)
{
    uint8_t message[TOKEN_BYTES_MAX + 8];
    uint8_t hash[HASH_BYTES];
    uint32_t i;

    memcpy(message, token, len);
    tally_le32_store(message + len, occurrence);
    for (i = 0; i < k; i++) {
        if (i % HASH_WORDS == 0) {
            tally_le32_store(message + len + 4, i / HASH_WORDS);
            crypto_generichash_blake2b(hash, sizeof(hash), message, len + 8, d->key,
                                       crypto_generichash_blake2b_KEYBYTES);
        }
        out[i] = (uint16_t)(tally_le32_load(hash + 4 * (i % HASH_WORDS)) & (bits - 1));
    }
    tally_wipe(message, len);
    tally_wipe(hash, sizeof(hash));
}

void
tally_clk_positions(struct tally_clk *c, size_t field, const uint8_t *token, size_t len,
                    uint32_t occurrence, uint32_t *out)
{
    const struct domain *d = &c->domains[c->domain_of[field]];
    uint16_t positions[256];
    uint32_t k = c->schema->fields[field].bits_per_token;
    uint32_t i;

    TALLY_INVARIANT(len <= TOKEN_BYTES_MAX && k <= 256);
    hash_positions(d, token, len, occurrence, c->schema->bits, k, positions);
    for (i = 0; i < k; i++) {
        out[i] = positions[i];
    }
    tally_wipe(positions, sizeof(positions));
}

static void
set_bits(uint8_t *filter, const uint16_t *positions, uint32_t k)
{
    uint32_t i;

    for (i = 0; i < k; i++) {
        filter[positions[i] >> 3] |= (uint8_t)(0x80u >> (positions[i] & 7u));
    }
}

/* Fourteen bytes of token at most, then length and occurrence: equal keys are equal
 * tokens. */
static struct cache_key
make_key(const uint8_t *token, size_t len, uint32_t occurrence)
{
    struct cache_key key;
    uint8_t bytes[16] = {0};

    memcpy(bytes, token, len);
    bytes[14] = (uint8_t)len;
    bytes[15] = (uint8_t)occurrence;
    key.lo = tally_le64_load(bytes);
    key.hi = tally_le64_load(bytes + 8);
    return key;
}

/* Any spreading will do: a clash of slots costs time, never a wrong answer. */
static size_t
cache_set(const struct domain *d, struct cache_key key)
{
    uint64_t x = key.lo * 0x9e3779b97f4a7c15u ^ key.hi * 0xc2b2ae3d27d4eb4fu;

    x ^= x >> 32;
    return (size_t)((x * 0x9e3779b97f4a7c15u) >> (64 - d->log2_sets));
}

static bool
entry_is(const uint8_t *entry, struct cache_key key)
{
    struct cache_key have;

    memcpy(&have, entry, sizeof(have));
    return have.lo == key.lo && have.hi == key.hi;
}

/* The positions of a short token: from the cache, or hashed into it. */
static const uint16_t *
cached_positions(struct domain *d, const uint8_t *token, size_t len, uint32_t occurrence,
                 uint32_t bits)
{
    struct cache_key key = make_key(token, len, occurrence);
    uint8_t *first = d->entries + cache_set(d, key) * WAYS * d->entry_bytes;
    uint8_t *second = first + d->entry_bytes;
    void *positions;

    if (entry_is(first, key)) {
        return (const uint16_t *)(const void *)(first + sizeof(key));
    }
    if (entry_is(second, key)) {
        return (const uint16_t *)(const void *)(second + sizeof(key));
    }
    memcpy(second, first, d->entry_bytes);
    memcpy(first, &key, sizeof(key));
    positions = first + sizeof(key);
    hash_positions(d, token, len, occurrence, bits, d->k, positions);
    return positions;
}

static void
add_token(struct tally_clk *c, size_t field, const uint8_t *token, size_t len,
          uint32_t occurrence, uint8_t *filter)
{
    struct domain *d = &c->domains[c->domain_of[field]];
    uint32_t k = c->schema->fields[field].bits_per_token;
    uint16_t positions[256];

    if (len >= 1 && len <= CACHED_BYTES && occurrence <= UINT8_MAX) {
        set_bits(filter, cached_positions(d, token, len, occurrence, c->schema->bits), k);
        return;
    }
    hash_positions(d, token, len, occurrence, c->schema->bits, k, positions);
    set_bits(filter, positions, k);
    tally_wipe(positions, sizeof(positions));
}

void
tally_clk_add(struct tally_clk *c, const struct tally_value *values, uint8_t *filter)
{
    struct tally_tokens *t = c->tokens;
    size_t f, i;

    for (f = 0; f < c->schema->nfields; f++) {
        if (values[f].len == 0) {
            continue;
        }
        tally_tokenise(&c->schema->fields[f], &values[f], t);
        for (i = 0; i < t->n; i++) {
            add_token(c, f, t->bytes + t->list[i].at, t->list[i].len,
                      t->list[i].occurrence, filter);
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
    tally_pii_free(c->arena);
    free(c);
}

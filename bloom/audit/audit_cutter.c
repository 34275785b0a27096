/*
 * Numbering tokens.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/audit/audit_cutter.h"

#include <stdlib.h>
#include <string.h>

#include "bloom/base/bytes.h"

/* Tokens are told apart by a hash of domain, bytes and occurrence, which stands for them
 * from then on. */
struct dictionary {
    uint64_t *hash;
    uint32_t *number;
    size_t slots; /* a power of two */
    size_t used;
};

static uint64_t
hash_bytes(uint64_t h, const void *p, size_t len)
{
    const uint8_t *at = p;

    for (size_t i = 0; i < len; i++) {
        h = (h ^ at[i]) * 0x100000001b3u;
    }
    h ^= h >> 29;
    return h * 0x9e3779b97f4a7c15u;
}

static int
grow_dictionary(struct dictionary *d, struct tally_err *err)
{
    struct dictionary bigger = {.slots = d->slots == 0 ? 4096 : 2 * d->slots,
                                .used = d->used};

    bigger.hash = calloc(bigger.slots, sizeof *bigger.hash);
    bigger.number = calloc(bigger.slots, sizeof *bigger.number);
    if (bigger.hash == NULL || bigger.number == NULL) {
        free(bigger.hash);
        free(bigger.number);
        return tally_err_nomem(err);
    }
    for (size_t i = 0; i < d->slots; i++) {
        size_t at = d->hash[i] & (bigger.slots - 1);

        if (d->hash[i] == 0) {
            continue;
        }
        while (bigger.hash[at] != 0) {
            at = (at + 1) & (bigger.slots - 1);
        }
        bigger.hash[at] = d->hash[i];
        bigger.number[at] = d->number[i];
    }
    free(d->hash);
    free(d->number);
    *d = bigger;
    return 0;
}

/* The number of a token; ${is_new} when it has just got it. */
static int
number_of(struct dictionary *d, uint64_t hash, uint32_t *out, bool *is_new,
          struct tally_err *err)
{
    size_t at;

    if (2 * d->used >= d->slots && grow_dictionary(d, err) != 0) {
        return -1;
    }
    hash |= hash == 0;
    at = hash & (d->slots - 1);
    while (d->hash[at] != 0 && d->hash[at] != hash) {
        at = (at + 1) & (d->slots - 1);
    }
    *is_new = d->hash[at] == 0;
    if (*is_new) {
        d->hash[at] = hash;
        d->number[at] = (uint32_t)d->used++;
    }
    *out = d->number[at];
    return 0;
}

struct tally_audit_cutter {
    struct dictionary dictionary;
    struct tally_buf first;
    struct tally_buf list;
    struct tally_buf k;
};

int
tally_audit_cutter_create(struct tally_audit_cutter **out, struct tally_err *err)
{
    static const uint32_t zero = 0;
    struct tally_audit_cutter *c = calloc(1, sizeof *c);

    *out = c;
    return c == NULL ? tally_err_nomem(err)
                     : tally_buf_append(&c->first, &zero, sizeof zero, err);
}

int
tally_audit_cutter_token(struct tally_audit_cutter *c, const char *domain,
                         uint32_t occurrence, const void *token, size_t len, uint32_t k,
                         struct tally_err *err)
{
    uint64_t h = hash_bytes(1, domain, strlen(domain));
    uint32_t number;
    bool is_new;

    h = hash_bytes(hash_bytes(h, &occurrence, sizeof occurrence), token, len);
    if (number_of(&c->dictionary, h, &number, &is_new, err) != 0 ||
        tally_buf_append(&c->list, &number, sizeof number, err) != 0) {
        return -1;
    }
    return is_new ? tally_buf_append(&c->k, &k, sizeof k, err) : 0;
}

int
tally_audit_cutter_end(struct tally_audit_cutter *c, struct tally_err *err)
{
    uint32_t end = (uint32_t)(c->list.len / sizeof end);

    return tally_buf_append(&c->first, &end, sizeof end, err);
}

void
tally_audit_cutter_take(struct tally_audit_cutter *c, struct tally_audit_tokens *out)
{
    out->n = c->first.len / sizeof *out->first - 1;
    out->ntokens = c->dictionary.used;
    out->first = (uint32_t *)(void *)c->first.data;
    out->list = (uint32_t *)(void *)c->list.data;
    out->k = (uint32_t *)(void *)c->k.data;
    memset(&c->first, 0, sizeof c->first);
    memset(&c->list, 0, sizeof c->list);
    memset(&c->k, 0, sizeof c->k);
}

void
tally_audit_cutter_free(struct tally_audit_cutter *c)
{
    if (c == NULL) {
        return;
    }
    tally_buf_free(&c->first);
    tally_buf_free(&c->list);
    tally_buf_free(&c->k);
    free(c->dictionary.hash);
    free(c->dictionary.number);
    free(c);
}

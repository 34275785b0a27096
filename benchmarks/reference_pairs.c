/*
 * Blocking of the plaintext reference linker: which pairs are looked at. Records meet
 * under a value of a field, under its first and its second half, and under the values of
 * two fields; a key that too many share is passed over.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "benchmarks/reference_private.h"

#include <stdlib.h>
#include <string.h>

#include "benchmarks/synth_rng.h"
#include "bloom/base/interrupt.h"

#define BLOCK_OF_ONE 3000    /* pairs that may meet under one value */
#define BLOCK_OF_TWO 20000   /* and under two */
#define MANY         2000000 /* pairs to gather before repeats are dropped */
#define HALF_LEAST   6       /* characters a value needs to be cut in half */

enum part { PART_WHOLE, PART_FIRST, PART_SECOND, PARTS };

struct key {
    uint64_t hash;
    uint32_t x;
};

struct pairs {
    uint64_t *list;
    size_t n;
    size_t cap;
    size_t settled; /* how many there were when they were last put in order */
};

/* A hash of a part of a value; 0: there is none. */
static uint64_t
hash_part(const char *text, enum part part)
{
    size_t len = strlen(text);
    size_t from = part == PART_SECOND ? len / 2 : 0;
    size_t to = part == PART_FIRST ? (len + 1) / 2 : len;
    uint64_t h = part + 1;

    if (len == 0 || (part != PART_WHOLE && len < HALF_LEAST)) {
        return 0;
    }
    for (size_t i = from; i < to; i++) {
        h = tally_synth_mix(h ^ (unsigned char)text[i]);
    }
    return h == 0 ? 1 : h;
}

static int
compare_keys(const void *p, const void *q)
{
    const struct key *a = p;
    const struct key *b = q;

    if (a->hash != b->hash) {
        return a->hash < b->hash ? -1 : 1;
    }
    return (a->x > b->x) - (a->x < b->x);
}

static int
compare_pairs(const void *p, const void *q)
{
    uint64_t a = *(const uint64_t *)p;
    uint64_t b = *(const uint64_t *)q;

    return (a > b) - (a < b);
}

static int
add_pair(struct pairs *p, uint32_t x, uint32_t y, struct tally_err *err)
{
    if (p->n == p->cap) {
        size_t cap = p->cap == 0 ? 65536 : 2 * p->cap;
        uint64_t *list = realloc(p->list, cap * sizeof *list);

        if (list == NULL) {
            return tally_err_nomem(err);
        }
        p->list = list;
        p->cap = cap;
    }
    p->list[p->n++] = (uint64_t)x << 32 | y;
    return 0;
}

static void
settle(struct pairs *p)
{
    size_t n = 0;

    if (p->n > 0) {
        qsort(p->list, p->n, sizeof *p->list, compare_pairs);
    }
    for (size_t i = 0; i < p->n; i++) {
        if (n == 0 || p->list[n - 1] != p->list[i]) {
            p->list[n++] = p->list[i];
        }
    }
    p->n = n;
    p->settled = n;
}

/* The pairs of one block: ${keys}[0 .. n-1] share a hash and ascend; those below
 * ${second} are of the first source. */
static int
pair_block(struct pairs *p, const struct key *keys, size_t n, uint32_t second,
           bool inside, size_t limit, struct tally_err *err)
{
    size_t left = 0;

    while (left < n && keys[left].x < second) {
        left++;
    }
    if (inside ? n * (n - 1) / 2 > limit : left * (n - left) > limit) {
        return 0;
    }
    for (size_t i = 0; i < (inside ? n : left); i++) {
        for (size_t k = inside ? i + 1 : left; k < n; k++) {
            if (add_pair(p, keys[i].x, keys[k].x, err) != 0) {
                return -1;
            }
        }
    }
    return 0;
}

/* What one pass blocks by: a part of field f, or the values of fields f and g. */
struct pass {
    size_t f;
    size_t g;
    enum part part;
    bool two;
};

static uint64_t
key_of(const struct tally_reference *r, const struct pass *pass, uint32_t x)
{
    uint64_t h = hash_part(reference_text(r, x, pass->f), pass->part);
    uint64_t other;

    if (!pass->two || h == 0) {
        return h;
    }
    other = hash_part(reference_text(r, x, pass->g), PART_WHOLE);
    return other == 0 ? 0 : tally_synth_mix(h ^ tally_synth_mix(other));
}

static int
run_pass(const struct tally_reference *r, const struct pass *pass, size_t a, size_t b,
         struct key *keys, struct pairs *p, struct tally_err *err)
{
    size_t n = 0;

    for (size_t s = a;; s = b) {
        for (uint32_t x = r->start[s]; x < r->start[s + 1]; x++) {
            uint64_t h = key_of(r, pass, x);

            if (h != 0) {
                keys[n++] = (struct key){h, x};
            }
        }
        if (s == b) {
            break;
        }
    }
    if (n > 0) {
        qsort(keys, n, sizeof *keys, compare_keys);
    }
    for (size_t i = 0; i < n;) {
        size_t end = i + 1;

        while (end < n && keys[end].hash == keys[i].hash) {
            end++;
        }
        if (pair_block(p, keys + i, end - i, r->start[b], a == b,
                       pass->two ? BLOCK_OF_TWO : BLOCK_OF_ONE, err) != 0) {
            return -1;
        }
        i = end;
    }
    if (p->n > 2 * p->settled + MANY) {
        settle(p);
    }
    return tally_interrupt_check(err);
}

static int
run_passes(const struct tally_reference *r, size_t a, size_t b, struct key *keys,
           struct pairs *p, struct tally_err *err)
{
    size_t nfields = r->schema->nfields;

    for (size_t f = 0; f < nfields; f++) {
        for (int part = PART_WHOLE; part < PARTS; part++) {
            struct pass one = {.f = f, .part = (enum part)part};

            if (run_pass(r, &one, a, b, keys, p, err) != 0) {
                return -1;
            }
        }
        for (size_t g = f + 1; g < nfields; g++) {
            struct pass two = {.f = f, .g = g, .two = true};

            if (run_pass(r, &two, a, b, keys, p, err) != 0) {
                return -1;
            }
        }
    }
    return 0;
}

int
reference_candidates(const struct tally_reference *r, size_t a, size_t b, uint64_t **out,
                     size_t *n, struct tally_err *err)
{
    struct key *keys = calloc((size_t)reference_records(r) + 1, sizeof *keys);
    struct pairs p = {0};
    int rc = -1;

    if (keys == NULL) {
        return tally_err_nomem(err);
    }
    rc = run_passes(r, a, b, keys, &p, err);
    settle(&p);
    free(keys);
    if (rc != 0) {
        free(p.list);
        return -1;
    }
    *out = p.list;
    *n = p.n;
    return 0;
}

/*
 * Counting values by hash. Beyond the limit it is Wegman's adaptive sampling (Flajolet
 * 1990): only hashes whose lowest bits are zero stay, one more bit each time the table
 * fills. A hash that stays has been there since it first came, so its count is exact. The
 * most frequent value may fall out of such a sample; Space-Saving (Metwally, Agrawal and
 * El Abbadi 2005) keeps it.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/profile_count.h"

#include "bloom/base/bytes.h"
#include "bloom/base/secret.h"

#include <math.h>
#include <stdlib.h>

#define SLOTS_LEAST 64
#define FREQUENT    256 /* values on the list of frequent ones */

struct slot {
    uint64_t hash; /* 0: free */
    uint64_t count;
};

/* Counts of the values that seem most frequent; a count is too high by at most what
 * stands in over. */
struct frequent {
    uint64_t hash[FREQUENT];
    uint64_t count[FREQUENT];
    uint64_t over[FREQUENT];
    uint64_t least; /* the least count when it was last looked for */
    size_t at;      /* and its place */
};

struct tally_counter {
    struct slot *slots;
    size_t nslots; /* a power of two */
    size_t most;   /* slots never grow beyond this */
    size_t used;
    unsigned shift; /* the slot of a hash is hash >> shift */
    unsigned level; /* lowest bits of a hash that must be zero to stay */
    uint64_t values;
    struct frequent *frequent; /* NULL until the limit is passed */
};

static inline uint64_t
rotate(uint64_t x, unsigned n)
{
    return x << n | x >> (64 - n);
}

static inline void
sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[2] += v[3];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] = rotate(v[0], 32);
    v[2] += v[1];
    v[0] += v[3];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] = rotate(v[2], 32);
}

static inline void
sip_word(uint64_t v[4], uint64_t word)
{
    v[3] ^= word;
    sip_round(v);
    sip_round(v);
    v[0] ^= word;
}

uint64_t
tally_siphash(const uint64_t key[2], const void *p, size_t len)
{
    const uint8_t *bytes = p;
    uint64_t v[4] = {
        key[0] ^ UINT64_C(0x736f6d6570736575), key[1] ^ UINT64_C(0x646f72616e646f6d),
        key[0] ^ UINT64_C(0x6c7967656e657261), key[1] ^ UINT64_C(0x7465646279746573)};
    uint64_t last = (uint64_t)len << 56;
    size_t i = 0;

    for (; i + 8 <= len; i += 8) {
        sip_word(v, tally_le64_load(bytes + i));
    }
    for (unsigned at = 0; i < len; i++, at += 8) {
        last |= (uint64_t)bytes[i] << at;
    }
    sip_word(v, last);
    v[2] ^= 0xff;
    for (int round = 0; round < 4; round++) {
        sip_round(v);
    }
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static bool
is_full(const struct tally_counter *c)
{
    return c->used > c->nslots / 4 * 3;
}

/* The slot of ${hash}, or the free one where it belongs. There always is a free one. */
static struct slot *
find(struct slot *slots, size_t nslots, unsigned shift, uint64_t hash)
{
    size_t i = (size_t)(hash >> shift);

    while (slots[i].hash != 0 && slots[i].hash != hash) {
        i = (i + 1) & (nslots - 1);
    }
    return &slots[i];
}

/* Move to a table of ${nslots}, leaving out what is below the level. */
static int
rebuild(struct tally_counter *c, size_t nslots, struct tally_err *err)
{
    struct slot *slots = calloc(nslots, sizeof *slots);
    unsigned shift = 64;
    size_t used = 0;

    if (slots == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t n = nslots; n > 1; n /= 2) {
        shift--;
    }
    for (size_t i = 0; i < c->nslots; i++) {
        uint64_t hash = c->slots[i].hash;

        if (hash != 0 && (hash & ((UINT64_C(1) << c->level) - 1)) == 0) {
            *find(slots, nslots, shift, hash) = c->slots[i];
            used++;
        }
    }
    if (c->slots != NULL) {
        tally_wipe(c->slots, c->nslots * sizeof *slots);
        free(c->slots);
    }
    c->slots = slots;
    c->nslots = nslots;
    c->shift = shift;
    c->used = used;
    return 0;
}

int
tally_counter_create(struct tally_counter **out, size_t limit, struct tally_err *err)
{
    struct tally_counter *c = calloc(1, sizeof *c);

    if (c == NULL) {
        return tally_err_nomem(err);
    }
    c->most = SLOTS_LEAST;
    while (c->most / 4 * 3 < limit) {
        c->most *= 2;
    }
    if (rebuild(c, SLOTS_LEAST, err) != 0) {
        free(c);
        return -1;
    }
    *out = c;
    return 0;
}

/* The first entry with the least count from where the last one was on, round the list.
 * Least counts rise slowly, so the next is mostly near. */
static size_t
least_frequent(struct frequent *list)
{
    size_t least;

    for (size_t n = 0; n < FREQUENT; n++) {
        size_t i = (list->at + n) % FREQUENT;

        if (list->count[i] == list->least) {
            list->at = i;
            return i;
        }
    }
    least = 0;
    for (size_t i = 1; i < FREQUENT; i++) {
        least = list->count[i] < list->count[least] ? i : least;
    }
    list->least = list->count[least];
    list->at = least;
    return least;
}

static void
add_frequent(struct frequent *list, uint64_t hash)
{
    size_t i = 0;

    while (i < FREQUENT && list->hash[i] != hash) {
        i++;
    }
    if (i == FREQUENT) {
        i = least_frequent(list);
        list->hash[i] = hash;
        list->over[i] = list->count[i];
    }
    list->count[i]++;
}

/* Begin the list with the most frequent values of the table, whose counts are exact. A
 * value that is left out occurred no more often than the least that was taken. */
static int
begin_frequent(struct tally_counter *c, struct tally_err *err)
{
    struct frequent *list = calloc(1, sizeof *list);

    if (list == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t i = 0; i < c->nslots; i++) {
        size_t least = least_frequent(list);

        if (c->slots[i].count > list->count[least]) {
            list->hash[least] = c->slots[i].hash;
            list->count[least] = c->slots[i].count;
        }
    }
    c->frequent = list;
    return 0;
}

static int
make_room(struct tally_counter *c, struct tally_err *err)
{
    if (c->nslots < c->most) {
        return rebuild(c, 2 * c->nslots, err);
    }
    if (c->frequent == NULL && begin_frequent(c, err) != 0) {
        return -1;
    }
    while (is_full(c)) {
        c->level++;
        if (rebuild(c, c->nslots, err) != 0) {
            return -1;
        }
    }
    return 0;
}

int
tally_counter_add(struct tally_counter *c, uint64_t hash, struct tally_err *err)
{
    struct slot *s;

    hash = hash != 0 ? hash : UINT64_C(1) << 63;
    c->values++;
    if (c->frequent != NULL) {
        add_frequent(c->frequent, hash);
    }
    if ((hash & ((UINT64_C(1) << c->level) - 1)) != 0) {
        return 0;
    }
    s = find(c->slots, c->nslots, c->shift, hash);
    c->used += s->hash == 0;
    s->hash = hash;
    s->count++;
    return is_full(c) ? make_room(c, err) : 0;
}

/* Entropy from the sum of n log2 n over the values: log2 N - sum / N. */
static double
entropy(double sum, uint64_t values)
{
    double most, bits;

    if (values == 0) {
        return 0;
    }
    most = log2((double)values);
    bits = most - sum / (double)values;
    return bits < 0 ? 0 : bits > most ? most : bits;
}

void
tally_counter_read(const struct tally_counter *c, struct tally_frequency *out)
{
    struct tally_frequency f = {.exact = c->level == 0, .values = c->values};
    double sum = 0;

    for (size_t i = 0; i < c->nslots; i++) {
        uint64_t n = c->slots[i].count;

        f.distinct += n > 0;
        f.once += n == 1;
        f.top = n > f.top ? n : f.top;
        sum += n > 1 ? (double)n * log2((double)n) : 0;
    }
    for (size_t i = 0; c->frequent != NULL && i < FREQUENT; i++) {
        uint64_t sure = c->frequent->count[i] - c->frequent->over[i];

        f.top = sure > f.top ? sure : f.top;
    }
    f.distinct <<= c->level;
    f.once <<= c->level;
    f.entropy_bits = entropy(ldexp(sum, (int)c->level), c->values);
    *out = f;
}

void
tally_counter_free(struct tally_counter *c)
{
    if (c == NULL) {
        return;
    }
    tally_wipe(c->slots, c->nslots * sizeof *c->slots);
    free(c->slots);
    if (c->frequent != NULL) {
        tally_wipe(c->frequent, sizeof *c->frequent);
        free(c->frequent);
    }
    free(c);
}

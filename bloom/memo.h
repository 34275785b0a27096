/*
 * A bounded memory of results that come again and again: short keys to rows of bytes of
 * one length, in sets of two of which the one not asked for lately makes room. Keys and
 * rows may be personal data: they lie in an arena that is wiped.
 *
 * Where a key belongs is decided by multiply-shift hashing under random multipliers, each
 * memo's own (Dietzfelbinger, Hagerup, Katajainen and Penttonen 1997), so that no file
 * can aim at one set. Keys are compared whole: chance and malice cost time, and never
 * change a result.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_MEMO_H
#define TALLY_MEMO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "bloom/base/err.h"
#include "bloom/base/pii.h"

#define TALLY_MEMO_WAYS    2u
#define TALLY_MEMO_KEY_MAX 24u /* bytes */

/** Bytes, how many, and a tag. All zeros is no key. */
struct tally_memo_key {
    uint64_t word[4];
};

/** One thread's. Only the functions of this module look inside. */
struct tally_memo {
    struct tally_pii *arena;
    struct tally_memo_key *keys;
    uint8_t *rows;
    size_t row_bytes;
    unsigned shift; /* 64 - log2 of the number of sets */
    uint8_t *last; /* the way of each set that was asked for last: the other makes room */
    uint64_t multipliers[4];
};

/** An empty memo in ${m} with rows of ${row_bytes}, in at most ${memory} bytes (a few
 * rows at least). Free with tally_memo_free, which is a no-op on a zeroed one. */
TALLY_NODISCARD int tally_memo_create(struct tally_memo *m, size_t row_bytes,
                                      size_t memory, struct tally_err *err);
void tally_memo_free(struct tally_memo *m);

/** Room for the result of ${key}, which tally_memo_find did not find: a row of zeros.
 * What was found or added before in the same set may be gone. */
uint8_t *tally_memo_add(struct tally_memo *m, size_t set,
                        const struct tally_memo_key *key);

/* Two loads that may overlap hold any four bytes or more: no byte beyond ${len} is read.
 */
static inline uint64_t
tally_memo_word(const uint8_t *p, size_t len)
{
    uint32_t low, high;
    uint64_t whole;

    if (len >= 8) {
        memcpy(&whole, p, sizeof(whole));
        return whole;
    }
    if (len >= 4) {
        memcpy(&low, p, sizeof(low));
        memcpy(&high, p + len - 4, sizeof(high));
        return (uint64_t)high << 32 | low;
    }
    return (uint64_t)p[0] | (uint64_t)p[len / 2] << 8 | (uint64_t)p[len - 1] << 16;
}

/** The key of 1 to TALLY_MEMO_KEY_MAX bytes at ${p} and ${tag} (below 2^56): equal keys
 * are equal bytes and equal tags. */
static inline struct tally_memo_key
tally_memo_key(const void *p, size_t len, uint64_t tag)
{
    const uint8_t *at = p;
    struct tally_memo_key key = {
        {tally_memo_word(at, len), 0, 0, (uint64_t)len | tag << 8}};

    if (len > 8) {
        memcpy(&key.word[1], at + len - 8, 8);
    }
    if (len > 16) {
        memcpy(&key.word[2], at + 8, 8);
    }
    return key;
}

/** The set in which ${key} belongs; begins to fetch it. */
static inline size_t
tally_memo_seek(const struct tally_memo *m, const struct tally_memo_key *key)
{
    uint64_t sum = key->word[0] * m->multipliers[0] + key->word[1] * m->multipliers[1] +
                   key->word[2] * m->multipliers[2] + key->word[3] * m->multipliers[3];
    size_t set = (size_t)(sum >> m->shift);

    __builtin_prefetch(&m->keys[set * TALLY_MEMO_WAYS]);
    return set;
}

/** Zero when ${have} is ${key}. */
static inline uint64_t
tally_memo_differs(const struct tally_memo_key *have, const struct tally_memo_key *key)
{
    return (have->word[0] ^ key->word[0]) | (have->word[1] ^ key->word[1]) |
           (have->word[2] ^ key->word[2]) | (have->word[3] ^ key->word[3]);
}

/** The row of ${key}, valid until the next add, or NULL. Which of the two it is cannot be
 * foreseen: there is no branch on that. */
static inline uint8_t *
tally_memo_find(const struct tally_memo *m, size_t set, const struct tally_memo_key *key)
{
    size_t i = set * TALLY_MEMO_WAYS;
    bool first = tally_memo_differs(&m->keys[i], key) == 0;
    bool second = tally_memo_differs(&m->keys[i + 1], key) == 0;

    if (!(first | second)) {
        return NULL;
    }
    m->last[set] = second;
    return m->rows + (i + second) * m->row_bytes;
}

/** Begin to fetch the first rows of a set, whoever's they are. */
static inline void
tally_memo_expect(const struct tally_memo *m, size_t set)
{
    __builtin_prefetch(m->rows + set * TALLY_MEMO_WAYS * m->row_bytes);
}

/** tally_memo_find, and begin to fetch the row. */
static inline uint8_t *
tally_memo_fetch(const struct tally_memo *m, size_t set, const struct tally_memo_key *key)
{
    uint8_t *row = tally_memo_find(m, set, key);

    for (size_t i = 0; row != NULL && i < m->row_bytes; i += 64) {
        __builtin_prefetch(row + i);
    }
    return row;
}

#endif

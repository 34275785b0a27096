/*
 * The memory of results: making room, and its ends.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/memo.h"

#include "bloom/base/secret.h"

#define LOG2_SETS_MIN 1u

int
tally_memo_create(struct tally_memo *m, size_t row_bytes, size_t memory,
                  struct tally_err *err)
{
    size_t set_bytes = TALLY_MEMO_WAYS * (sizeof(struct tally_memo_key) + row_bytes) + 1;
    unsigned log2_sets = LOG2_SETS_MIN;

    while ((set_bytes << (log2_sets + 1)) <= memory) {
        log2_sets++;
    }
    memset(m, 0, sizeof(*m));
    if (tally_pii_create(&m->arena, (set_bytes << log2_sets) + 64, err) != 0) {
        return -1;
    }
    /* A new arena is all zeros, and its beginning lies on a page's. */
    m->keys = tally_pii_alloc(m->arena, sizeof(*m->keys) * TALLY_MEMO_WAYS << log2_sets);
    m->rows = tally_pii_alloc(m->arena, row_bytes * TALLY_MEMO_WAYS << log2_sets);
    m->last = tally_pii_alloc(m->arena, (size_t)1 << log2_sets);
    TALLY_INVARIANT(m->last != NULL);
    m->row_bytes = row_bytes;
    m->shift = 64 - log2_sets;
    tally_random(m->multipliers, sizeof(m->multipliers));
    for (size_t i = 0; i < 4; i++) {
        m->multipliers[i] |= 1; /* odd ones lose nothing */
    }
    return 0;
}

uint8_t *
tally_memo_add(struct tally_memo *m, size_t set, const struct tally_memo_key *key)
{
    uint8_t way = m->last[set] ^ 1;
    size_t place = set * TALLY_MEMO_WAYS + way;
    uint8_t *row = m->rows + place * m->row_bytes;

    m->last[set] = way;
    m->keys[place] = *key;
    memset(row, 0, m->row_bytes);
    return row;
}

void
tally_memo_free(struct tally_memo *m)
{
    tally_pii_free(m->arena);
    tally_wipe(m, sizeof(*m));
}

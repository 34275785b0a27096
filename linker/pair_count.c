/*
 * Open addressing with linear probing, at most half full.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/pair_count.h"

#include <stdlib.h>

#define SLOTS_FIRST 1024

struct tally_pair_count_slot {
    uint64_t key; /* greater number, then lesser: 0 is no pair of two */
    uint64_t count;
};

static struct tally_pair_count_slot *
slot_of(const struct tally_pair_count *c, uint64_t key)
{
    size_t at = (size_t)((key * 0x9e3779b97f4a7c15u) >> 32 ^ key) & (c->nslots - 1);

    while (c->slots[at].key != 0 && c->slots[at].key != key) {
        at = (at + 1) & (c->nslots - 1);
    }
    return &c->slots[at];
}

static int
grow(struct tally_pair_count *c, struct tally_err *err)
{
    struct tally_pair_count wider = {
        .nslots = c->nslots == 0 ? SLOTS_FIRST : 2 * c->nslots, .used = c->used};

    wider.slots = calloc(wider.nslots, sizeof *wider.slots);
    if (wider.slots == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t i = 0; i < c->nslots; i++) {
        if (c->slots[i].key != 0) {
            *slot_of(&wider, c->slots[i].key) = c->slots[i];
        }
    }
    free(c->slots);
    *c = wider;
    return 0;
}

uint64_t *
tally_pair_count_at(struct tally_pair_count *c, uint32_t x, uint32_t y,
                    struct tally_err *err)
{
    uint64_t key = x > y ? (uint64_t)x << 32 | y : (uint64_t)y << 32 | x;
    struct tally_pair_count_slot *slot;

    if (2 * (c->used + 1) > c->nslots && grow(c, err) != 0) {
        return NULL;
    }
    slot = slot_of(c, key);
    c->used += slot->key == 0;
    slot->key = key;
    return &slot->count;
}

void
tally_pair_count_free(struct tally_pair_count *c)
{
    free(c->slots);
    *c = (struct tally_pair_count){0};
}

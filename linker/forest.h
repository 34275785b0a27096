/*
 * Numbers that come together in trees: union-find, as parents in an array.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_FOREST_H
#define TALLY_FOREST_H

#include <stdint.h>

/** The root of the tree of ${x}. ${parent}[i] is i for a root; ways become shorter. */
static inline uint32_t
tally_forest_root(uint32_t *parent, uint32_t x)
{
    while (parent[x] != x) {
        parent[x] = parent[parent[x]];
        x = parent[x];
    }
    return x;
}

/** Make one tree of those of ${x} and ${y}; the lowest number is its root. */
static inline void
tally_forest_unite(uint32_t *parent, uint32_t x, uint32_t y)
{
    uint32_t a = tally_forest_root(parent, x);
    uint32_t b = tally_forest_root(parent, y);

    parent[a < b ? b : a] = a < b ? a : b;
}

#endif

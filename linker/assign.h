/*
 * From candidate pairs to links of two sources: in descending order of score, a record
 * that stands once in its source takes one partner at most.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_ASSIGN_H
#define TALLY_ASSIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/base/err.h"
#include "linker/join.h"

/** A scored pair. ${key} orders as Dice does, exactly: see tally_edge_key. */
struct tally_edge {
    uint32_t a;
    uint32_t b;
    uint32_t key;
};

/**
 * ${common} / ${total} in units of 2^-32, rounded down. Two different fractions whose
 * totals are at most 2 * TALLY_BITS_MAX have different keys, and equal ones have equal
 * keys, so keys compare as the fractions do. 0 when ${total} is 0.
 */
static inline uint32_t
tally_edge_key(uint32_t common, uint32_t total)
{
    return total == 0 ? 0 : (uint32_t)(((uint64_t)common << 32) / total);
}

/** Smallest key whose Dice score is at least ${ppm}. */
uint32_t tally_edge_key_of_ppm(uint32_t ppm);

/** The Dice score of ${key} in whole thousandths, rounded down: its place in a histogram.
 */
static inline uint32_t
tally_edge_bin(uint32_t key)
{
    return (uint32_t)(((uint64_t)key * 2000 + 1999) >> 32);
}

/** ${edges}, which stand in ascending (a, b), in descending order of score. ${out} is
 * malloced, never NULL. */
TALLY_NODISCARD int tally_edges_sort(const struct tally_edge *edges, size_t n,
                                     struct tally_edge **out, struct tally_err *err);
/** The same of malloced ${edges}, which are freed whatever comes of it. */
TALLY_NODISCARD int tally_edges_order(struct tally_edge *edges, size_t n,
                                      struct tally_edge **out, struct tally_err *err);

/** Who may have several partners. */
struct tally_assign_rule {
    size_t na; /* records of the first source */
    size_t nb;
    bool many_a; /* a record of the first source may link to several of the second */
    bool many_b; /* and the other way round */
};

/**
 * Take ${edges} (descending) one after the other; one is a link unless a record of it
 * that may have one partner only has one already. ${out} (malloced, never NULL) keeps
 * their order. With one partner on both sides every mutual-best pair is a link, and what
 * is left is linked greedily.
 */
TALLY_NODISCARD int tally_assign_links(const struct tally_edge *edges, size_t nedges,
                                       const struct tally_assign_rule *rule,
                                       struct tally_edge **out, size_t *nout,
                                       struct tally_err *err);

/** The same inside one source of ${n} records, each of which has one partner, but for
 * edges of ${sure_key} and more, which are links in any case. */
TALLY_NODISCARD int tally_assign_inside(const struct tally_edge *edges, size_t nedges,
                                        size_t n, uint32_t sure_key,
                                        struct tally_edge **out, size_t *nout,
                                        struct tally_err *err);

#endif

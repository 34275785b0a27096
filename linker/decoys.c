/*
 * Counting decoys. The rules mirror those of the assignment, so that a false link and a
 * decoy of the same score are equally likely to come about.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/decoys.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "linker/forest.h"

static void
clear(double counts[TALLY_HISTOGRAM_BINS])
{
    for (size_t i = 0; i < TALLY_HISTOGRAM_BINS; i++) {
        counts[i] = 0;
    }
}

int
tally_decoys_greedy(const struct tally_decoy_side *side, const uint32_t *partner_key,
                    uint32_t sure_key, double counts[TALLY_HISTOGRAM_BINS],
                    struct tally_err *err)
{
    uint8_t *used = calloc(side->n + 1, 1);

    if (used == NULL) {
        return tally_err_nomem(err);
    }
    clear(counts);
    for (size_t i = 0; i < side->ninside; i++) {
        const struct tally_edge *e = &side->inside[i];
        /* Gone already: linked to the other source at a better score than this. */
        uint32_t gone = e->key < sure_key ? sure_key : e->key + 1;
        bool a_gone = partner_key != NULL && partner_key[e->a] >= gone;
        bool b_gone = partner_key != NULL && partner_key[e->b] >= gone;

        if (used[e->a] || used[e->b] || a_gone || b_gone) {
            continue;
        }
        used[e->a] = 1;
        used[e->b] = 1;
        counts[tally_edge_bin(e->key)] += 2;
    }
    free(used);
    return 0;
}

int
tally_decoys_nearest(const struct tally_decoy_side *side,
                     double counts[TALLY_HISTOGRAM_BINS], struct tally_err *err)
{
    uint8_t *seen = calloc(side->n + 1, 1);

    if (seen == NULL) {
        return tally_err_nomem(err);
    }
    clear(counts);
    for (size_t i = 0; i < side->ninside; i++) {
        const struct tally_edge *e = &side->inside[i];

        counts[tally_edge_bin(e->key)] += !seen[e->a] + !seen[e->b];
        seen[e->a] = 1;
        seen[e->b] = 1;
    }
    free(seen);
    return 0;
}

void
tally_decoys_all(const struct tally_decoy_side *side, double counts[TALLY_HISTOGRAM_BINS])
{
    clear(counts);
    for (size_t i = 0; i < side->ninside; i++) {
        counts[tally_edge_bin(side->inside[i].key)] += 2;
    }
}

/* Partner of each record of one side among the links: row + 1, 0 for none. */
static void
take_swapped(const struct tally_decoy_cross *x, uint32_t *partner_a, uint32_t *partner_b,
             double counts[TALLY_HISTOGRAM_BINS])
{
    for (size_t i = 0; i < x->nlinks; i++) {
        partner_a[x->links[i].a] = x->links[i].b + 1;
        partner_b[x->links[i].b] = x->links[i].a + 1;
    }
    for (size_t i = 0; i < x->ncandidates; i++) {
        const struct tally_edge *e = &x->candidates[i];

        if (partner_a[e->a] == 0 || partner_b[e->b] == 0 || partner_a[e->a] == e->b + 1) {
            continue;
        }
        partner_a[e->a] = 0; /* used up */
        partner_b[e->b] = 0;
        counts[tally_edge_bin(e->key)] += 1;
    }
}

int
tally_decoys_swapped(const struct tally_decoy_cross *x,
                     double counts[TALLY_HISTOGRAM_BINS], struct tally_err *err)
{
    uint32_t *partner_a = calloc(x->na + 1, sizeof *partner_a);
    uint32_t *partner_b = calloc(x->nb + 1, sizeof *partner_b);

    if (partner_a == NULL || partner_b == NULL) {
        free(partner_a);
        free(partner_b);
        return tally_err_nomem(err);
    }
    clear(counts);
    take_swapped(x, partner_a, partner_b, counts);
    free(partner_a);
    free(partner_b);
    return 0;
}

/* Groups of records that links join. */
struct groups {
    uint32_t *parent;
    uint32_t *size; /* of a root */
    bool *seen;     /* of each record: its partner was met */
};

static void
join_groups(struct groups *g, uint32_t x, uint32_t y)
{
    x = tally_forest_root(g->parent, x);
    y = tally_forest_root(g->parent, y);
    if (x != y) {
        g->parent[y] = x;
        g->size[x] += g->size[y];
    }
}

/* Whether ${x} is of a group. */
static bool
is_linked(const struct groups *g, uint32_t x)
{
    return g->size[tally_forest_root(g->parent, x)] > 1;
}

/* Count ${e} for its record ${x}, unless it is the best that it has: its partner. */
static void
count_beside(struct groups *g, const struct tally_edge *e, uint32_t x,
             struct tally_decoys_beside *out)
{
    if (!is_linked(g, x)) {
        return;
    }
    if (g->seen[x]) {
        out->counts[tally_edge_bin(e->key)] += 1;
    }
    g->seen[x] = true;
}

static void
find_groups(struct groups *g, const struct tally_edge *edges, size_t nedges, size_t n,
            uint32_t sure_key, struct tally_decoys_beside *out)
{
    for (uint32_t i = 0; i < n; i++) {
        g->parent[i] = i;
        g->size[i] = 1;
    }
    for (size_t i = 0; i < nedges && edges[i].key >= sure_key; i++) {
        join_groups(g, edges[i].a, edges[i].b);
    }
    for (uint32_t i = 0; i < n; i++) {
        bool root = g->parent[i] == i;

        out->groups += root && g->size[i] > 1;
        out->several += root && g->size[i] > 2;
        out->linked += is_linked(g, i);
    }
}

int
tally_decoys_beside(const struct tally_edge *edges, size_t nedges, size_t n,
                    uint32_t sure_key, struct tally_decoys_beside *out,
                    struct tally_err *err)
{
    struct groups g = {malloc((n + 1) * sizeof *g.parent),
                       malloc((n + 1) * sizeof *g.size),
                       calloc(n + 1, sizeof *g.seen)};
    int status = 0;

    memset(out, 0, sizeof *out);
    if (g.parent == NULL || g.size == NULL || g.seen == NULL) {
        status = tally_err_nomem(err);
    } else {
        find_groups(&g, edges, nedges, n, sure_key, out);
        for (size_t i = 0; i < nedges; i++) {
            count_beside(&g, &edges[i], edges[i].a, out);
            count_beside(&g, &edges[i], edges[i].b, out);
        }
    }
    free(g.parent);
    free(g.size);
    free(g.seen);
    return status;
}

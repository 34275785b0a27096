/*
 * Optimal assignment inside conflict components. Each is solved by shortest augmenting
 * paths with potentials (Jonker and Volgenant 1987, without their column reduction), on a
 * dense matrix, as components are small. All numbers are integers, so nothing depends on
 * rounding.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/assign_optimal.h"

#include <stdlib.h>
#include <string.h>

#include "linker/forest.h"

#define NONE UINT32_MAX
#define SIDE (TALLY_OPTIMAL_MAX + 1)

struct optimal {
    const struct tally_edge *edges;
    size_t from; /* edges that are neither sure nor below the cut: [from, to) */
    size_t to;
    const struct tally_assign_rule *rule;
    uint32_t cut;
    uint8_t *taken_a;
    uint8_t *taken_b;
    uint8_t *chosen;  /* of each edge */
    uint32_t *parent; /* records of a, then of b */
    uint32_t *order;  /* edges by component */
    uint32_t *place;  /* of a record in its component */
    /* One component. */
    int64_t *cost;
    uint32_t *edge_at; /* NONE: no edge */
    uint32_t na;
    uint32_t nb;
};

static bool
is_free(const struct optimal *w, size_t i)
{
    return !w->taken_a[w->edges[i].a] && !w->taken_b[w->edges[i].b];
}

static void
take(struct optimal *w, size_t i)
{
    w->chosen[i] = 1;
    w->taken_a[w->edges[i].a] = 1;
    w->taken_b[w->edges[i].b] = 1;
}

static void
take_greedily(struct optimal *w, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        if (is_free(w, i)) {
            take(w, i);
        }
    }
}

/* The state of the search for an augmenting path: rows are records of a, columns of b,
 * both from 1; 0 is the start. */
struct search {
    int64_t u[SIDE];
    int64_t v[SIDE];
    int64_t least[SIDE];
    uint32_t row_of[SIDE]; /* of a column; 0: free */
    uint32_t way[SIDE];
    bool used[SIDE];
};

/* One step: the free column nearest to the tree of column ${at}. */
static uint32_t
nearest(const struct optimal *w, struct search *s, uint32_t at)
{
    uint32_t row = s->row_of[at];
    int64_t delta = INT64_MAX;
    uint32_t next = 0;

    s->used[at] = true;
    for (uint32_t j = 1; j <= w->nb; j++) {
        int64_t reduced;

        if (s->used[j]) {
            continue;
        }
        reduced = w->cost[(row - 1) * w->nb + (j - 1)] - s->u[row] - s->v[j];
        if (reduced < s->least[j]) {
            s->least[j] = reduced;
            s->way[j] = at;
        }
        if (s->least[j] < delta) {
            delta = s->least[j];
            next = j;
        }
    }
    for (uint32_t j = 0; j <= w->nb; j++) {
        if (s->used[j]) {
            s->u[s->row_of[j]] += delta;
            s->v[j] -= delta;
        } else {
            s->least[j] -= delta;
        }
    }
    return next;
}

static void
augment(const struct optimal *w, struct search *s, uint32_t row)
{
    uint32_t at = 0;

    s->row_of[0] = row;
    for (uint32_t j = 0; j <= w->nb; j++) {
        s->least[j] = INT64_MAX;
        s->used[j] = false;
    }
    do {
        at = nearest(w, s, at);
    } while (s->row_of[at] != 0);
    while (at != 0) {
        s->row_of[at] = s->row_of[s->way[at]];
        at = s->way[at];
    }
}

/* Fill the matrix of the component of edges order[from..to), of which no side is greater
 * than can be solved. Every record may also stay alone, at no cost: there are columns
 * enough for that. */
static bool
lay_out(struct optimal *w, size_t from, size_t to)
{
    uint32_t a = 0;
    uint32_t b = 0;

    for (size_t i = from; i < to; i++) {
        w->place[w->edges[w->order[i]].a] = NONE;
        w->place[w->rule->na + w->edges[w->order[i]].b] = NONE;
    }
    for (size_t i = from; i < to; i++) {
        uint32_t *pa = &w->place[w->edges[w->order[i]].a];
        uint32_t *pb = &w->place[w->rule->na + w->edges[w->order[i]].b];

        *pa = *pa == NONE ? a++ : *pa;
        *pb = *pb == NONE ? b++ : *pb;
    }
    w->na = a;
    w->nb = a > b ? a : b;
    if (w->nb > TALLY_OPTIMAL_MAX) {
        return false;
    }
    for (size_t i = 0; i < (size_t)w->na * w->nb; i++) {
        w->cost[i] = 0;
        w->edge_at[i] = NONE;
    }
    for (size_t i = from; i < to; i++) {
        const struct tally_edge *e = &w->edges[w->order[i]];
        size_t at = (size_t)w->place[e->a] * w->nb + w->place[w->rule->na + e->b];

        w->cost[at] = -(int64_t)(e->key - w->cut) - 1;
        w->edge_at[at] = w->order[i];
    }
    return true;
}

static void
solve(struct optimal *w)
{
    struct search s;

    memset(&s, 0, sizeof s);
    for (uint32_t row = 1; row <= w->na; row++) {
        augment(w, &s, row);
    }
    for (uint32_t j = 1; j <= w->nb; j++) {
        if (s.row_of[j] != 0) {
            uint32_t e = w->edge_at[(size_t)(s.row_of[j] - 1) * w->nb + (j - 1)];

            if (e != NONE) {
                take(w, e);
            }
        }
    }
}

struct by_component {
    uint32_t root;
    uint32_t edge;
};

static int
compare(const void *left, const void *right)
{
    const struct by_component *x = left;
    const struct by_component *y = right;

    if (x->root != y->root) {
        return x->root < y->root ? -1 : 1;
    }
    return x->edge < y->edge ? -1 : x->edge > y->edge;
}

/* Components of the free edges in [from, to): w->order lists their edges one component
 * after the other; ${list} says which is which. */
static size_t
find_components(struct optimal *w, struct by_component *list)
{
    size_t n = 0;

    for (uint32_t i = 0; i < w->rule->na + w->rule->nb; i++) {
        w->parent[i] = i;
    }
    for (size_t i = w->from; i < w->to; i++) {
        if (is_free(w, i)) {
            tally_forest_unite(w->parent, w->edges[i].a,
                               (uint32_t)w->rule->na + w->edges[i].b);
            list[n++].edge = (uint32_t)i;
        }
    }
    for (size_t i = 0; i < n; i++) {
        list[i].root = tally_forest_root(w->parent, w->edges[list[i].edge].a);
    }
    qsort(list, n, sizeof *list, compare);
    for (size_t i = 0; i < n; i++) {
        w->order[i] = list[i].edge;
    }
    return n;
}

static size_t
solve_components(struct optimal *w, struct by_component *list)
{
    size_t n = find_components(w, list);
    size_t greedy = 0;
    size_t end;

    for (size_t i = 0; i < n; i = end) {
        for (end = i + 1; end < n && list[end].root == list[i].root;) {
            end++;
        }
        if (end == i + 1) {
            take(w, list[i].edge);
        } else if (lay_out(w, i, end)) {
            solve(w);
        } else {
            for (size_t j = i; j < end; j++) { /* in descending order of score */
                take_greedily(w, list[j].edge, list[j].edge + (size_t)1);
            }
            greedy++;
        }
    }
    return greedy;
}

static int
make(struct optimal *w, size_t nedges, struct by_component **list, struct tally_err *err)
{
    size_t records = w->rule->na + w->rule->nb + 1;

    w->taken_a = calloc(w->rule->na + 1, 1);
    w->taken_b = calloc(w->rule->nb + 1, 1);
    w->chosen = calloc(nedges + 1, 1);
    w->parent = malloc(records * sizeof *w->parent);
    w->place = malloc(records * sizeof *w->place);
    w->order = malloc((w->to - w->from + 1) * sizeof *w->order);
    w->cost = malloc(sizeof *w->cost * TALLY_OPTIMAL_MAX * TALLY_OPTIMAL_MAX);
    w->edge_at = malloc(sizeof *w->edge_at * TALLY_OPTIMAL_MAX * TALLY_OPTIMAL_MAX);
    *list = malloc((w->to - w->from + 1) * sizeof **list);
    return w->taken_a == NULL || w->taken_b == NULL || w->chosen == NULL ||
                   w->parent == NULL || w->place == NULL || w->order == NULL ||
                   w->cost == NULL || w->edge_at == NULL || *list == NULL
               ? tally_err_nomem(err)
               : 0;
}

static void
release(struct optimal *w, struct by_component *list)
{
    free(w->taken_a);
    free(w->taken_b);
    free(w->chosen);
    free(w->parent);
    free(w->place);
    free(w->order);
    free(w->cost);
    free(w->edge_at);
    free(list);
}

int
tally_assign_optimal(const struct tally_edge *edges, size_t nedges,
                     const struct tally_assign_rule *rule, uint32_t cut, uint32_t sure,
                     struct tally_edge **out, size_t *nout, size_t *greedy,
                     struct tally_err *err)
{
    struct optimal w = {.edges = edges, .rule = rule, .cut = cut};
    struct by_component *list = NULL;
    struct tally_edge *links = malloc((nedges + 1) * sizeof *links);

    if (links == NULL) {
        return tally_err_nomem(err);
    }
    while (w.from < nedges && edges[w.from].key >= sure) {
        w.from++;
    }
    for (w.to = w.from; w.to < nedges && edges[w.to].key >= cut;) {
        w.to++;
    }
    if (make(&w, nedges, &list, err) != 0) {
        release(&w, list);
        free(links);
        return -1;
    }
    take_greedily(&w, 0, w.from);
    *greedy = solve_components(&w, list);
    take_greedily(&w, w.to, nedges);
    *nout = 0;
    for (size_t i = 0; i < nedges; i++) {
        if (w.chosen[i]) {
            links[(*nout)++] = edges[i];
        }
    }
    release(&w, list);
    *out = links;
    return 0;
}

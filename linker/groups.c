/*
 * Greedy groups. Records and groups are numbers; the pairs between two groups are counted
 * in a hash table, and each group lists those it has pairs with. A group that was taken
 * into another is left in these lists and passed over. The group with fewer neighbours
 * and members is taken into the other, so that all merging costs n log n.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/groups.h"

#include <stdlib.h>
#include <string.h>

#include "linker/pair_count.h"

#define NONE UINT32_MAX
#define PPM  1000000u

struct group {
    uint32_t first; /* member, and the last: a list through next */
    uint32_t last;
    uint32_t size;    /* 0: taken into another */
    uint64_t sources; /* bit i: it has a record of source i */
    uint32_t *neighbours;
    uint32_t nneighbours;
    uint32_t cap;
};

struct tally_groups {
    struct tally_groups_rule rule;
    size_t nsources;
    uint32_t start[TALLY_GROUP_SOURCES_MAX + 1]; /* records numbered through */
    uint32_t *group_of;                          /* of each record; NONE */
    uint32_t *next;                              /* member of its group; NONE */
    struct group *groups;
    uint32_t ngroups;
    uint32_t cap;
    struct tally_pair_count between;
};

int
tally_groups_create(struct tally_groups **out, const struct tally_groups_rule *rule,
                    const size_t *records, size_t nsources, struct tally_err *err)
{
    struct tally_groups *g = calloc(1, sizeof *g);
    uint64_t total = 0;

    TALLY_INVARIANT(nsources >= 1 && nsources <= TALLY_GROUP_SOURCES_MAX);
    TALLY_INVARIANT(rule->merge_ppm <= PPM);
    if (g == NULL) {
        return tally_err_nomem(err);
    }
    g->rule = *rule;
    g->nsources = nsources;
    for (size_t i = 0; i < nsources; i++) {
        total += records[i];
        if (total >= NONE) {
            tally_groups_free(g);
            return tally_err_set(err, TALLY_E_LIMIT, "more than %u records in all",
                                 NONE - 1);
        }
        g->start[i + 1] = (uint32_t)total;
    }
    g->group_of = malloc((total + 1) * sizeof *g->group_of);
    g->next = malloc((total + 1) * sizeof *g->next);
    if (g->group_of == NULL || g->next == NULL) {
        tally_groups_free(g);
        return tally_err_nomem(err);
    }
    memset(g->group_of, 0xff, (total + 1) * sizeof *g->group_of);
    memset(g->next, 0xff, (total + 1) * sizeof *g->next);
    *out = g;
    return 0;
}

void
tally_groups_free(struct tally_groups *g)
{
    if (g == NULL) {
        return;
    }
    for (uint32_t i = 0; i < g->ngroups; i++) {
        free(g->groups[i].neighbours);
    }
    free(g->groups);
    free(g->group_of);
    free(g->next);
    tally_pair_count_free(&g->between);
    free(g);
}

/* A new group of record ${x} alone. */
static int
new_group(struct tally_groups *g, uint32_t x, uint64_t source, struct tally_err *err)
{
    if (g->ngroups == g->cap) {
        uint32_t cap = g->cap == 0 ? 1024 : g->cap * 2;
        struct group *grown = realloc(g->groups, cap * sizeof *grown);

        if (grown == NULL) {
            return tally_err_nomem(err);
        }
        g->groups = grown;
        g->cap = cap;
    }
    g->groups[g->ngroups] =
        (struct group){.first = x, .last = x, .size = 1, .sources = source};
    g->group_of[x] = g->ngroups++;
    return 0;
}

static void
append(struct tally_groups *g, uint32_t into, uint32_t x, uint64_t source)
{
    struct group *to = &g->groups[into];

    g->next[to->last] = x;
    to->last = x;
    to->size++;
    to->sources |= source;
    g->group_of[x] = into;
}

static int
note_neighbour(struct group *of, uint32_t other, struct tally_err *err)
{
    if (of->nneighbours == of->cap) {
        uint32_t cap = of->cap == 0 ? 4 : of->cap * 2;
        uint32_t *grown = realloc(of->neighbours, cap * sizeof *grown);

        if (grown == NULL) {
            return tally_err_nomem(err);
        }
        of->neighbours = grown;
        of->cap = cap;
    }
    of->neighbours[of->nneighbours++] = other;
    return 0;
}

/* Count ${more} pairs between groups ${x} and ${y}. */
static int
count_between(struct tally_groups *g, uint32_t x, uint32_t y, uint64_t more,
              uint64_t *count, struct tally_err *err)
{
    uint64_t *at = tally_pair_count_at(&g->between, x, y, err);

    if (at == NULL) {
        return -1;
    }
    if (*at == 0 && (note_neighbour(&g->groups[x], y, err) != 0 ||
                     note_neighbour(&g->groups[y], x, err) != 0)) {
        return -1;
    }
    *at += more;
    *count = *at;
    return 0;
}

static bool
enough(const struct tally_groups *g, uint64_t pairs, uint64_t m, uint64_t n)
{
    return (unsigned __int128)pairs * PPM >= (unsigned __int128)g->rule.merge_ppm * m * n;
}

static bool
may_meet(const struct tally_groups *g, uint64_t sources_x, uint64_t sources_y)
{
    return !g->rule.once || (sources_x & sources_y) == 0;
}

/* What group ${from} had between itself and others, ${into} has from now on. */
static int
hand_over(struct tally_groups *g, uint32_t from, uint32_t into, struct tally_err *err)
{
    struct group *f = &g->groups[from];

    for (uint32_t i = 0; i < f->nneighbours; i++) {
        uint32_t other = f->neighbours[i];
        uint64_t *had;
        uint64_t count;

        if (other == into || g->groups[other].size == 0) {
            continue;
        }
        had = tally_pair_count_at(&g->between, from, other, err);
        if (had == NULL || count_between(g, into, other, *had, &count, err) != 0) {
            return -1;
        }
    }
    free(f->neighbours);
    f->neighbours = NULL;
    f->nneighbours = 0;
    f->cap = 0;
    return 0;
}

static int
merge(struct tally_groups *g, uint32_t x, uint32_t y, struct tally_err *err)
{
    struct group *gx = &g->groups[x];
    struct group *gy = &g->groups[y];
    bool x_stays =
        (uint64_t)gx->size + gx->nneighbours >= (uint64_t)gy->size + gy->nneighbours;
    uint32_t into = x_stays ? x : y;
    uint32_t from = x_stays ? y : x;
    struct group *i = &g->groups[into];
    struct group *f = &g->groups[from];

    for (uint32_t m = f->first; m != NONE; m = g->next[m]) {
        g->group_of[m] = into;
    }
    g->next[i->last] = f->first;
    i->last = f->last;
    i->size += f->size;
    i->sources |= f->sources;
    f->size = 0;
    return hand_over(g, from, into, err);
}

/* Record ${x}, new, and group ${y}. */
static int
join_one(struct tally_groups *g, uint32_t x, uint64_t source, uint32_t y,
         struct tally_err *err)
{
    uint64_t count;

    if (!enough(g, 1, 1, g->groups[y].size)) {
        return new_group(g, x, source, err) != 0
                   ? -1
                   : count_between(g, g->group_of[x], y, 1, &count, err);
    }
    if (may_meet(g, source, g->groups[y].sources)) {
        append(g, y, x, source);
    }
    return 0;
}

static int
join_two(struct tally_groups *g, uint32_t x, uint32_t y, struct tally_err *err)
{
    const struct group *gx = &g->groups[x];
    const struct group *gy = &g->groups[y];
    uint64_t count;

    if (count_between(g, x, y, 1, &count, err) != 0) {
        return -1;
    }
    return enough(g, count, gx->size, gy->size) && may_meet(g, gx->sources, gy->sources)
               ? merge(g, x, y, err)
               : 0;
}

int
tally_groups_add(struct tally_groups *g, uint32_t source_a, uint32_t a, uint32_t source_b,
                 uint32_t b, struct tally_err *err)
{
    uint32_t x = g->start[source_a] + a;
    uint32_t y = g->start[source_b] + b;
    uint64_t sx = (uint64_t)1 << source_a;
    uint64_t sy = (uint64_t)1 << source_b;
    uint32_t group_x = g->group_of[x];
    uint32_t group_y = g->group_of[y];

    if (x == y) {
        return 0;
    }
    if (group_x == NONE && group_y == NONE) {
        if (!may_meet(g, sx, sy)) {
            return 0;
        }
        if (new_group(g, x, sx, err) != 0) {
            return -1;
        }
        append(g, g->group_of[x], y, sy);
        return 0;
    }
    if (group_x == NONE) {
        return join_one(g, x, sx, group_y, err);
    }
    if (group_y == NONE) {
        return join_one(g, y, sy, group_x, err);
    }
    return group_x == group_y ? 0 : join_two(g, group_x, group_y, err);
}

static int
compare_members(const void *left, const void *right)
{
    const struct tally_group_member *x = left;
    const struct tally_group_member *y = right;

    if (x->source != y->source) {
        return x->source < y->source ? -1 : 1;
    }
    return x->record < y->record ? -1 : x->record > y->record;
}

static uint32_t
source_of(const struct tally_groups *g, uint32_t x)
{
    uint32_t source = 0;

    while (g->start[source + 1] <= x) {
        source++;
    }
    return source;
}

/* Members of group ${from}, in order, behind those in ${out}. */
static void
list_group(const struct tally_groups *g, const struct group *from,
           struct tally_group_list *out)
{
    size_t at = out->start[out->n];

    for (uint32_t m = from->first; m != NONE; m = g->next[m]) {
        uint32_t source = source_of(g, m);

        out->members[at++] = (struct tally_group_member){source, m - g->start[source]};
    }
    qsort(out->members + out->start[out->n], from->size, sizeof *out->members,
          compare_members);
    out->start[++out->n] = at;
}

int
tally_groups_list(const struct tally_groups *g, struct tally_group_list *out,
                  struct tally_err *err)
{
    uint32_t nrecords = g->start[g->nsources];
    struct tally_group_list l = {0};
    uint8_t *seen = calloc((size_t)g->ngroups + 1, 1);

    l.members = malloc(((size_t)nrecords + 1) * sizeof *l.members);
    l.start = malloc(((size_t)g->ngroups + 2) * sizeof *l.start);
    if (seen == NULL || l.members == NULL || l.start == NULL) {
        free(seen);
        tally_group_list_free(&l);
        return tally_err_nomem(err);
    }
    l.start[0] = 0;
    for (uint32_t x = 0; x < nrecords; x++) { /* the first of its group comes first */
        uint32_t group = g->group_of[x];

        if (group != NONE && !seen[group] && g->groups[group].size > 1) {
            seen[group] = 1;
            list_group(g, &g->groups[group], &l);
        }
    }
    free(seen);
    *out = l;
    return 0;
}

void
tally_group_list_free(struct tally_group_list *l)
{
    free(l->members);
    free(l->start);
    *l = (struct tally_group_list){0};
}

/*
 * Union-find with two conditions: one record of a source at most, and a mean score that
 * holds up. A wrong link between two families then stays out, where chaining would join
 * them.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/cluster.h"

#include <stdlib.h>
#include <string.h>

#include "linker/forest.h"

#define NONE UINT32_MAX

/* The forest. Members of a tree are a list in the order they joined, so that probing is
 * the same everywhere. */
struct forest {
    uint32_t *parent;
    uint32_t *next;  /* in the list of a tree; NONE at its end */
    uint32_t *last;  /* of a root: the end of its list */
    uint32_t *size;  /* of a root */
    uint64_t *holds; /* of a root: sources of which it holds its one record; 64 at most */
    bool *wary;      /* of a root: a record of it must stay apart from some other */
    struct tally_cluster_apart *apart; /* both ways round, ascending */
    size_t napart;
};

static void
forest_free(struct forest *f)
{
    free(f->parent);
    free(f->next);
    free(f->last);
    free(f->size);
    free(f->holds);
    free(f->wary);
    free(f->apart);
}

static int
compare_apart(const void *left, const void *right)
{
    const struct tally_cluster_apart *p = left;
    const struct tally_cluster_apart *q = right;

    if (p->x != q->x) {
        return p->x < q->x ? -1 : 1;
    }
    return p->y < q->y ? -1 : p->y > q->y;
}

static int
take_apart(struct forest *f, const struct tally_cluster_job *job, struct tally_err *err)
{
    f->wary = calloc((size_t)job->start[job->nsources] + 1, sizeof *f->wary);
    f->apart = malloc((2 * job->napart + 1) * sizeof *f->apart);
    if (f->wary == NULL || f->apart == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t i = 0; i < job->napart; i++) {
        uint32_t x = job->apart[i].x;
        uint32_t y = job->apart[i].y;

        f->apart[f->napart++] = (struct tally_cluster_apart){x, y};
        f->apart[f->napart++] = (struct tally_cluster_apart){y, x};
        f->wary[x] = true;
        f->wary[y] = true;
    }
    qsort(f->apart, f->napart, sizeof *f->apart, compare_apart);
    return 0;
}

static int
forest_make(struct forest *f, const struct tally_cluster_job *job, struct tally_err *err)
{
    uint32_t n = job->start[job->nsources];
    size_t room = (size_t)n + 1;

    f->parent = malloc(room * sizeof *f->parent);
    f->next = malloc(room * sizeof *f->next);
    f->last = malloc(room * sizeof *f->last);
    f->size = malloc(room * sizeof *f->size);
    f->holds = calloc(room, sizeof *f->holds);
    if (f->parent == NULL || f->next == NULL || f->last == NULL || f->size == NULL ||
        f->holds == NULL) {
        return tally_err_nomem(err);
    }
    for (uint32_t i = 0; i < n; i++) {
        f->parent[i] = i;
        f->next[i] = NONE;
        f->last[i] = i;
        f->size[i] = 1;
    }
    for (size_t s = 0; s < job->nsources; s++) {
        for (uint32_t i = job->start[s]; job->once[s] && i < job->start[s + 1]; i++) {
            f->holds[i] = 1ull << s;
        }
    }
    return take_apart(f, job, err);
}

/* The first pair of record ${x} that must stay apart. */
static size_t
first_apart(const struct forest *f, uint32_t x)
{
    size_t low = 0;
    size_t high = f->napart;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (f->apart[middle].x < x) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Whether a record of tree ${x} must stay apart from one of tree ${y}. */
static bool
must_stay_apart(struct forest *f, uint32_t x, uint32_t y)
{
    if (!f->wary[x] || !f->wary[y]) {
        return false;
    }
    for (uint32_t a = x; a != NONE; a = f->next[a]) {
        for (size_t i = first_apart(f, a); i < f->napart && f->apart[i].x == a; i++) {
            if (tally_forest_root(f->parent, f->apart[i].y) == y) {
                return true;
            }
        }
    }
    return false;
}

/* Whether the mean score between the trees of ${x} and ${y} is at least ${need}. */
static bool
holds_up(const struct forest *f, const struct tally_cluster_job *job, uint32_t x,
         uint32_t y, uint32_t need)
{
    uint64_t sum = 0;
    uint64_t pairs = 0;
    unsigned i = 0;

    for (uint32_t a = x; a != NONE && i < TALLY_CLUSTER_PROBES; a = f->next[a], i++) {
        unsigned j = 0;

        for (uint32_t b = y; b != NONE && j < TALLY_CLUSTER_PROBES; b = f->next[b], j++) {
            sum += job->score(job->ctx, a, b);
            pairs++;
        }
    }
    return sum >= pairs * need;
}

/* The greater tree takes in the smaller one; of two as great, the one with the lower
 * root. */
static void
join(struct forest *f, uint32_t x, uint32_t y)
{
    if (f->size[x] < f->size[y] || (f->size[x] == f->size[y] && y < x)) {
        uint32_t t = x;

        x = y;
        y = t;
    }
    f->parent[y] = x;
    f->next[f->last[x]] = y;
    f->last[x] = f->last[y];
    f->size[x] += f->size[y];
    f->holds[x] |= f->holds[y];
    f->wary[x] = f->wary[x] || f->wary[y];
}

static void
grow(struct forest *f, const struct tally_cluster_job *job)
{
    for (size_t i = 0; i < job->nlinks; i++) {
        const struct tally_cluster_link *l = &job->links[i];
        uint32_t x = tally_forest_root(f->parent, l->x);
        uint32_t y = tally_forest_root(f->parent, l->y);

        if (x == y || (f->holds[x] & f->holds[y]) != 0 || must_stay_apart(f, x, y)) {
            continue;
        }
        if (job->score == NULL || (f->size[x] == 1 && f->size[y] == 1) ||
            holds_up(f, job, x, y, l->need)) {
            if (job->joined != NULL) {
                job->joined(job->ctx, l, f->size[x], f->size[y]);
            }
            join(f, x, y);
        }
    }
}

/* Number the groups that ${of} tells, all of them below ${n}, by their first record, and
 * list their members. ${of} becomes part of ${out}; ${at} is room for n numbers. */
static int
number(uint32_t *of, uint32_t records, uint32_t *at, size_t n, struct tally_clusters *out,
       struct tally_err *err)
{
    out->of = of;
    out->members = malloc(((size_t)records + 1) * sizeof *out->members);
    out->start = calloc(n + 2, sizeof *out->start);
    if (out->members == NULL || out->start == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t i = 0; i < n; i++) {
        at[i] = NONE;
    }
    for (uint32_t i = 0; i < records; i++) {
        if (at[of[i]] == NONE) {
            at[of[i]] = (uint32_t)out->n++;
        }
        of[i] = at[of[i]];
        out->start[of[i] + 1]++;
    }
    for (size_t c = 0; c < out->n; c++) {
        out->start[c + 1] += out->start[c];
    }
    memcpy(at, out->start, out->n * sizeof *at);
    for (uint32_t i = 0; i < records; i++) {
        out->members[at[of[i]]++] = i;
    }
    return 0;
}

int
tally_clusters_of(const uint32_t *of, uint32_t records, size_t n, struct tally_clusters *c,
                  struct tally_err *err)
{
    struct tally_clusters fresh = {0};
    uint32_t *copy = malloc(((size_t)records + 1) * sizeof *copy);
    uint32_t *at = malloc((n + 1) * sizeof *at);
    int status;

    if (copy == NULL || at == NULL) {
        free(copy);
        free(at);
        return tally_err_nomem(err);
    }
    memcpy(copy, of, records * sizeof *copy);
    status = number(copy, records, at, n, &fresh, err);
    free(at);
    if (status != 0) {
        tally_clusters_free(&fresh);
        return -1;
    }
    tally_clusters_free(c);
    *c = fresh;
    return 0;
}

int
tally_cluster(const struct tally_cluster_job *job, struct tally_clusters *out,
              struct tally_err *err)
{
    uint32_t n = job->start[job->nsources];
    struct tally_clusters c = {0};
    struct forest f = {0};
    int status = -1;

    if (forest_make(&f, job, err) == 0) {
        grow(&f, job);
        for (uint32_t i = 0; i < n; i++) {
            f.size[i] = tally_forest_root(f.parent, i);
        }
        status = tally_clusters_of(f.size, n, n, &c, err);
    }
    forest_free(&f);
    if (status == 0) {
        *out = c;
    }
    return status;
}

void
tally_clusters_free(struct tally_clusters *c)
{
    if (c != NULL) {
        free(c->of);
        free(c->start);
        free(c->members);
        *c = (struct tally_clusters){0};
    }
}

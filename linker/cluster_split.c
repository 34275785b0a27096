/*
 * Bridges by depth-first search (Tarjan 1974), cluster by cluster.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/cluster_split.h"

#include <stdlib.h>
#include <string.h>

#define NONE UINT32_MAX

/* A link of the cluster at hand, by places in it. */
struct local {
    uint32_t x;
    uint32_t y;
    uint32_t need;
    bool gone;
};

struct splitting {
    const struct tally_cluster_job *job;
    const uint32_t *members; /* of the cluster at hand */
    uint32_t n;
    struct local *links;
    size_t nlinks;
    uint64_t *scores;   /* n * n, once needed */
    uint32_t *side;     /* of each place: 1 on the far side of a bridge */
    uint32_t *entered;  /* when the search came to it; NONE: not yet */
    uint32_t *lowest;   /* the earliest that can be reached without the way it came */
    uint32_t clock;
    size_t weakest;     /* link to go; SIZE_MAX: none */
    uint64_t weakest_mean;
    size_t splits;
};

/* Mark what can be reached from ${at} without link ${but}. Returns how many. */
static uint32_t
flood(struct splitting *w, uint32_t at, size_t but)
{
    uint32_t reached = 1;

    w->side[at] = 1;
    for (size_t i = 0; i < w->nlinks; i++) {
        const struct local *l = &w->links[i];
        uint32_t next = l->x == at ? l->y : l->y == at ? l->x : NONE;

        if (next != NONE && i != but && !l->gone && w->side[next] == 0) {
            reached += flood(w, next, but);
        }
    }
    return reached;
}

/* What bridge ${i} holds together: the mean score across it. One record alone is no group:
 * it was judged when it joined. */
static void
judge(struct splitting *w, size_t i)
{
    uint64_t sum = 0;
    uint64_t pairs = 0;
    uint64_t mean;
    uint32_t far;

    memset(w->side, 0, w->n * sizeof *w->side);
    far = flood(w, w->links[i].y, i);
    if (far < 2 || w->clock - far < 2) {
        return;
    }
    for (uint32_t x = 0; x < w->n; x++) {
        for (uint32_t y = 0; y < w->n; y++) {
            /* Only what hangs together still: links that went have cut off the rest. */
            if (w->side[x] == 1 && w->side[y] == 0 && w->entered[y] != NONE) {
                sum += w->scores[(size_t)x * w->n + y];
                pairs++;
            }
        }
    }
    mean = sum / pairs;
    if (mean < w->links[i].need && mean < w->weakest_mean) {
        w->weakest = i;
        w->weakest_mean = mean;
    }
}

/* Search on from ${at}, which was entered by link ${by}; bridges into ${bridges}. */
static void
search(struct splitting *w, uint32_t at, size_t by, uint8_t *bridges)
{
    w->entered[at] = w->lowest[at] = w->clock++;
    for (size_t i = 0; i < w->nlinks; i++) {
        const struct local *l = &w->links[i];
        uint32_t next = l->x == at ? l->y : l->y == at ? l->x : NONE;

        if (next == NONE || i == by || l->gone) {
            continue;
        }
        if (w->entered[next] == NONE) {
            search(w, next, i, bridges);
            bridges[i] = w->lowest[next] > w->entered[at];
        }
        if (w->lowest[next] < w->lowest[at]) {
            w->lowest[at] = w->lowest[next];
        }
    }
}

/* Look for the weakest bridge of the part that place ${start} is in. */
static void
look(struct splitting *w, uint32_t start, uint8_t *bridges)
{
    memset(w->entered, 0xff, w->n * sizeof *w->entered);
    memset(bridges, 0, w->nlinks);
    w->clock = 0;
    w->weakest = SIZE_MAX;
    w->weakest_mean = UINT64_MAX;
    search(w, start, SIZE_MAX, bridges);
    for (size_t i = 0; i < w->nlinks; i++) {
        if (bridges[i] && w->links[i].need > 0) {
            judge(w, i);
        }
    }
}

static void
fill_scores(struct splitting *w)
{
    for (uint32_t x = 0; x < w->n; x++) {
        for (uint32_t y = 0; y < x; y++) {
            uint32_t key = w->job->score(w->job->ctx, w->members[y], w->members[x]);

            w->scores[(size_t)x * w->n + y] = key;
            w->scores[(size_t)y * w->n + x] = key;
        }
    }
}

/* Take the cluster at hand apart until no bridge is weak. */
static void
take_apart(struct splitting *w, uint8_t *bridges)
{
    fill_scores(w);
    for (uint32_t start = 0; start < w->n; start++) {
        look(w, start, bridges);
        while (w->weakest != SIZE_MAX) {
            w->links[w->weakest].gone = true;
            w->splits++;
            look(w, start, bridges);
        }
    }
}

/* Links inside clusters, one cluster after the other. */
struct inside {
    size_t *start;
    uint32_t *list;
};

static int
sort_links(const struct tally_cluster_job *job, const struct tally_clusters *c,
           struct inside *in, struct tally_err *err)
{
    size_t *at = NULL;

    in->start = calloc(c->n + 2, sizeof *in->start);
    in->list = malloc((job->nlinks + 1) * sizeof *in->list);
    at = malloc((c->n + 2) * sizeof *at);
    if (in->start == NULL || in->list == NULL || at == NULL) {
        free(at);
        return tally_err_nomem(err);
    }
    for (size_t i = 0; i < job->nlinks; i++) {
        uint32_t k = c->of[job->links[i].x];

        in->start[k + 1] += k == c->of[job->links[i].y];
    }
    for (size_t k = 0; k < c->n; k++) {
        in->start[k + 1] += in->start[k];
    }
    memcpy(at, in->start, (c->n + 1) * sizeof *at);
    for (size_t i = 0; i < job->nlinks; i++) {
        uint32_t k = c->of[job->links[i].x];

        if (k == c->of[job->links[i].y]) {
            in->list[at[k]++] = (uint32_t)i;
        }
    }
    free(at);
    return 0;
}

static uint32_t
place_of(const struct splitting *w, uint32_t record)
{
    uint32_t low = 0;
    uint32_t high = w->n - 1;

    while (low < high) { /* members ascend */
        uint32_t middle = (low + high) / 2;

        if (w->members[middle] < record) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* The parts of the cluster at hand get numbers of their own in ${of}. */
static void
number_parts(struct splitting *w, uint32_t *of, size_t *n)
{
    uint32_t own = of[w->members[0]];
    bool first = true;

    memset(w->lowest, 0, w->n * sizeof *w->lowest); /* places done */
    for (uint32_t start = 0; start < w->n; start++) {
        if (w->lowest[start] == 0) {
            uint32_t number = first ? own : (uint32_t)(*n)++;

            memset(w->side, 0, w->n * sizeof *w->side);
            (void)flood(w, start, SIZE_MAX);
            for (uint32_t i = 0; i < w->n; i++) {
                if (w->side[i] == 1) {
                    of[w->members[i]] = number;
                    w->lowest[i] = 1;
                }
            }
            first = false;
        }
    }
}

/* One cluster; its links are in->list[from..to). */
static int
split_one(struct splitting *w, const struct inside *in, size_t from, size_t to,
          uint32_t *of, size_t *n, struct tally_err *err)
{
    uint8_t *bridges = malloc(to - from + 1);
    size_t before = w->splits;

    w->links = malloc((to - from + 1) * sizeof *w->links);
    if (bridges == NULL || w->links == NULL) {
        free(bridges);
        free(w->links);
        return tally_err_nomem(err);
    }
    w->nlinks = to - from;
    for (size_t i = 0; i < w->nlinks; i++) {
        const struct tally_cluster_link *l = &w->job->links[in->list[from + i]];

        w->links[i] = (struct local){place_of(w, l->x), place_of(w, l->y), l->need, false};
    }
    take_apart(w, bridges);
    if (w->splits > before) {
        number_parts(w, of, n);
    }
    free(bridges);
    free(w->links);
    return 0;
}

static int
split_all(struct splitting *w, const struct tally_clusters *c, const struct inside *in,
          uint32_t *of, size_t *n, struct tally_err *err)
{
    for (size_t k = 0; k < c->n; k++) {
        w->n = c->start[k + 1] - c->start[k];
        w->members = c->members + c->start[k];
        if (w->n >= 4 && w->n <= TALLY_SPLIT_MAX &&
            split_one(w, in, in->start[k], in->start[k + 1], of, n, err) != 0) {
            return -1;
        }
    }
    return 0;
}

int
tally_cluster_split(const struct tally_cluster_job *job, struct tally_clusters *c,
                    size_t *splits, struct tally_err *err)
{
    struct splitting w = {.job = job};
    struct inside in = {NULL, NULL};
    uint32_t records = job->start[job->nsources];
    uint32_t *of = malloc(((size_t)records + 1) * sizeof *of);
    size_t n = c->n;
    int status = -1;

    w.scores = malloc(sizeof *w.scores * TALLY_SPLIT_MAX * TALLY_SPLIT_MAX);
    w.side = malloc(3 * sizeof *w.side * TALLY_SPLIT_MAX);
    if (of == NULL || w.scores == NULL || w.side == NULL) {
        tally_err_nomem(err);
    } else {
        w.entered = w.side + TALLY_SPLIT_MAX;
        w.lowest = w.entered + TALLY_SPLIT_MAX;
        memcpy(of, c->of, records * sizeof *of);
        if (sort_links(job, c, &in, err) == 0 &&
            split_all(&w, c, &in, of, &n, err) == 0) {
            status = w.splits == 0 ? 0 : tally_clusters_of(of, records, n, c, err);
        }
    }
    *splits = w.splits;
    free(in.start);
    free(in.list);
    free(w.scores);
    free(w.side);
    free(of);
    return status;
}

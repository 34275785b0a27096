/*
 * Clusters against people. Clusters are what hangs together by links: the records of the
 * truth that no link names stand alone.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "benchmarks/evaluate_links.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A record with the cluster it was put in and the person it is of. */
struct placed {
    uint32_t cluster;
    uint32_t person;
};

static uint32_t
root_of(uint32_t *of, uint32_t x)
{
    while (of[x] != x) {
        of[x] = of[of[x]];
        x = of[x];
    }
    return x;
}

static void
join(uint32_t *of, const struct tally_judged *j, size_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        of[i] = i;
    }
    for (size_t i = 0; i < j->n; i++) {
        uint32_t x = root_of(of, j->items[i].a);
        uint32_t y = root_of(of, j->items[i].b);

        of[x > y ? x : y] = x > y ? y : x;
    }
}

/* Records that count: of the truth and in scope, or named by a link. A record nobody
 * knows is a person of its own. */
static size_t
place(const struct tally_judged *j, const struct tally_truth *t,
      const struct tally_truth_scope *scope, uint32_t *cluster, uint32_t *person,
      bool *linked, struct placed *out)
{
    size_t known = tally_truth_records(t);
    size_t all = known + j->nstrangers;
    size_t n = 0;

    join(cluster, j, all);
    tally_truth_people(t, person);
    for (size_t i = 0; i < j->n; i++) {
        linked[j->items[i].a] = true;
        linked[j->items[i].b] = true;
    }
    for (uint32_t x = 0; x < all; x++) {
        bool in_scope = tally_truth_in_scope(t, scope, x);

        if (in_scope || linked[x]) {
            out[n++] = (struct placed){root_of(cluster, x),
                                       in_scope ? person[x] : UINT32_MAX - x};
        }
    }
    return n;
}

static int
by_cluster(const void *p, const void *q)
{
    const struct placed *a = p;
    const struct placed *b = q;

    if (a->cluster != b->cluster) {
        return a->cluster < b->cluster ? -1 : 1;
    }
    return (a->person > b->person) - (a->person < b->person);
}

static int
by_person(const void *p, const void *q)
{
    const struct placed *a = p;
    const struct placed *b = q;

    if (a->person != b->person) {
        return a->person < b->person ? -1 : 1;
    }
    return (a->cluster > b->cluster) - (a->cluster < b->cluster);
}

/* Records ${from} to ${end} - 1 are one cluster: the sum over its records of the share of
 * it that is the record's person; and whether all are one person's. */
static double
shares_of_run(const struct placed *p, size_t from, size_t end, bool people)
{
    double sum = 0;

    for (size_t i = from; i < end;) {
        size_t next = i + 1;

        while (next < end && (people ? p[next].cluster == p[i].cluster
                                     : p[next].person == p[i].person)) {
            next++;
        }
        sum += (double)(next - i) * (double)(next - i) / (double)(end - from);
        i = next;
    }
    return sum;
}

/* The mean of those shares over all records, runs of ${people} or of clusters; how many
 * runs of two or more there are, in ${runs}. */
static double
mean_share(const struct placed *p, size_t n, bool people, uint64_t *runs)
{
    double sum = 0;

    *runs = 0;
    for (size_t i = 0; i < n;) {
        size_t end = i + 1;

        while (end < n &&
               (people ? p[end].person == p[i].person : p[end].cluster == p[i].cluster)) {
            end++;
        }
        sum += shares_of_run(p, i, end, people);
        *runs += end - i > 1;
        i = end;
    }
    return n == 0 ? (double)NAN : sum / (double)n;
}

/* Clusters of two or more that are one whole person; ${p} stands by person, so a run of
 * one (person, cluster) that is as long as both is one. */
static uint64_t
count_exact(const struct placed *p, size_t n, uint32_t *size_of_cluster)
{
    uint64_t exact = 0;

    for (size_t i = 0; i < n; i++) {
        size_of_cluster[p[i].cluster]++;
    }
    for (size_t i = 0; i < n;) {
        size_t end = i + 1;

        while (end < n && p[end].person == p[i].person) {
            end++;
        }
        exact += end - i > 1 && p[end - 1].cluster == p[i].cluster &&
                 size_of_cluster[p[i].cluster] == end - i;
        i = end;
    }
    return exact;
}

int
tally_evaluate_clusters(const struct tally_judged *j, const struct tally_truth *t,
                        const struct tally_truth_scope *scope,
                        struct tally_cluster_measures *out, struct tally_err *err)
{
    size_t all = tally_truth_records(t) + j->nstrangers + 1;
    uint32_t *cluster = calloc(all, sizeof *cluster);
    uint32_t *person = calloc(all, sizeof *person);
    bool *linked = calloc(all, sizeof *linked);
    struct placed *p = calloc(all, sizeof *p);
    int rc = -1;

    if (cluster == NULL || person == NULL || linked == NULL || p == NULL) {
        tally_err_nomem(err);
    } else {
        size_t n = place(j, t, scope, cluster, person, linked, p);

        out->records = n;
        qsort(p, n, sizeof *p, by_cluster);
        out->b3_precision = mean_share(p, n, false, &out->found);
        qsort(p, n, sizeof *p, by_person);
        out->b3_recall = mean_share(p, n, true, &out->people);
        out->b3_f1 =
            2 * out->b3_precision * out->b3_recall / (out->b3_precision + out->b3_recall);
        memset(person, 0, all * sizeof *person);
        out->exact = count_exact(p, n, person);
        rc = 0;
    }
    free(cluster);
    free(person);
    free(linked);
    free(p);
    return rc;
}

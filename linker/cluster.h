/*
 * Clusters: records held to be one person, from the links of all sources at once.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_CLUSTER_H
#define TALLY_CLUSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/base/err.h"

/** A link between two records of the run, numbered through: source after source, row
 * after row. */
struct tally_cluster_link {
    uint32_t x;
    uint32_t y;
    uint32_t key; /* its score: see tally_edge_key */
    uint32_t
        need; /* joining two clusters by it takes a mean score of this key across them */
};

/** Two records that are not one person. */
struct tally_cluster_apart {
    uint32_t x;
    uint32_t y;
};

struct tally_cluster_job {
    size_t nsources;
    const uint32_t
        *start; /* first record of each source, and one past the last: nsources + 1 */
    const bool *once; /* one a source: a cluster holds one record of it at most */
    const struct tally_cluster_link *links; /* the best first */
    size_t nlinks;
    /* Pairs of records that are never in one cluster. */
    const struct tally_cluster_apart *apart;
    size_t napart;
    /** The score of any two records, as a key. Called in a fixed order. NULL: any link
     * joins. */
    uint32_t (*score)(void *ctx, uint32_t x, uint32_t y);
    /** Told of every two clusters that come together, and how many records each held.
     * NULL: nobody asks. */
    void (*joined)(void *ctx, const struct tally_cluster_link *by, uint32_t size_x,
                   uint32_t size_y);
    void *ctx;
};

/** Clusters, numbered by their first record. Free with tally_clusters_free. */
struct tally_clusters {
    uint32_t *of;      /* the cluster of each record */
    size_t n;          /* clusters, those of one record included */
    uint32_t *start;   /* n + 1: where the records of each stand in members */
    uint32_t *members; /* record numbers, ascending in each cluster */
};

/**
 * Join along the links, the best first, unless both sides hold a record of one source
 * that may stand in a cluster once, or records that must stay apart, or the mean score
 * across falls short of the link's need. The mean is over at most TALLY_CLUSTER_PROBES
 * records of each side, those that joined first.
 */
#define TALLY_CLUSTER_PROBES 32
TALLY_NODISCARD int tally_cluster(const struct tally_cluster_job *job,
                                  struct tally_clusters *out, struct tally_err *err);

/** ${c} anew, with record i in the cluster that ${of}[i] < ${n} calls its own. */
TALLY_NODISCARD int tally_clusters_of(const uint32_t *of, uint32_t records, size_t n,
                                      struct tally_clusters *c, struct tally_err *err);
void tally_clusters_free(struct tally_clusters *c);

#endif

/*
 * Weak bridges: a single link that holds two groups of records together although, across
 * it, they are not alike. Such a cluster is taken apart again.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_CLUSTER_SPLIT_H
#define TALLY_CLUSTER_SPLIT_H

#include "linker/cluster.h"

/** Clusters of more records are left as they are. */
#define TALLY_SPLIT_MAX 200

/**
 * Split ${c}, grown from ${job}, of which score must not be NULL: where all that holds
 * two sides of two records or more together is one link, and the mean score across falls
 * short of its need, the weakest such link goes, until none is left. Clusters are
 * numbered anew; ${splits} counts the links that went.
 */
TALLY_NODISCARD int tally_cluster_split(const struct tally_cluster_job *job,
                                        struct tally_clusters *c, size_t *splits,
                                        struct tally_err *err);

#endif

/*
 * What the two halves of the store share: linker/store.c writes, linker/store_read.c
 * reads.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_STORE_IMPL_H
#define TALLY_STORE_IMPL_H

#include "linker/db.h"
#include "linker/store.h"

struct tally_store {
    struct tally_db *db;
    char *path;
    bool pending; /* a run is recorded but not committed */
    bool written; /* a run was recorded through this connection */
};

#define TALLY_STORE_HISTOGRAM_BYTES (8 * TALLY_HISTOGRAM_BINS)

#endif

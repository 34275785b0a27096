/*
 * A list that grows with the rows of a query.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/db_rows.h"

#include <stdlib.h>
#include <string.h>

#define FIRST 256u

struct rows {
    uint8_t *list;
    size_t size;
    size_t n;
    size_t cap;
};

/* Room for one more, zeroed. NULL when there is none. */
static void *
next(struct rows *r)
{
    if (r->n == r->cap) {
        size_t cap = 2 * r->cap + FIRST;
        uint8_t *more = reallocarray(r->list, cap, r->size);

        if (more == NULL) {
            return NULL;
        }
        r->list = more;
        r->cap = cap;
    }
    return memset(r->list + r->n++ * r->size, 0, r->size);
}

int
tally_db_rows(struct tally_stmt *q, size_t size, tally_db_row_fn *take, void *ctx,
              void **list, size_t *n, struct tally_err *err)
{
    struct rows r = {.list = calloc(1, size), .size = size};
    int rc = r.list == NULL ? tally_err_nomem(err) : 1;

    while (rc == 1 && (rc = tally_db_step(q, err)) == 1) {
        void *row = next(&r);

        rc = row == NULL ? tally_err_nomem(err) : take(ctx, q, row, err) == 0 ? 1 : -1;
    }
    tally_db_finalize(q);
    if (rc != 0) {
        free(r.list);
        return -1;
    }
    *list = r.list;
    *n = r.n;
    return 0;
}

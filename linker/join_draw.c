/*
 * Drawing rows.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/join_draw.h"

#include "linker/join_random.h"

#include <stdlib.h>
#include <string.h>

int
tally_join_draw_rows(struct tally_join_draw *out, const struct tally_matrix *from,
                     size_t n, uint64_t seed, struct tally_err *err)
{
    uint8_t *rows = aligned_alloc(TALLY_ROW_ALIGN, (n + 1) * from->stride);
    uint32_t *popcounts = malloc((n + 1) * sizeof *popcounts);
    uint32_t *row = malloc((n + 1) * sizeof *row);

    if (rows == NULL || popcounts == NULL || row == NULL) {
        free(rows);
        free(popcounts);
        free(row);
        return tally_err_nomem(err);
    }
    for (size_t i = 0; i < n; i++) {
        row[i] = (uint32_t)tally_join_random(&seed, from->n);
        memcpy(rows + i * from->stride, from->rows + row[i] * from->stride, from->stride);
        popcounts[i] = from->popcounts[row[i]];
    }
    out->row = row;
    out->m = (struct tally_matrix){rows, popcounts, n, from->stride, from->bits};
    return 0;
}

void
tally_join_draw_free(struct tally_join_draw *d)
{
    free((void *)(uintptr_t)d->m.rows);
    free((void *)(uintptr_t)d->m.popcounts);
    free(d->row);
}

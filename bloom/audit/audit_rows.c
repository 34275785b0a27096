/*
 * Rows out of an encodings file, their order, and their bits as columns.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/audit/audit_rows.h"

#include <stdlib.h>
#include <string.h>

#include "bloom/base/size.h"
#include "bloom/kernels/kernels.h"

/* Views pass over records without a row: where the rows of record ${record} begin, at or
 * after row ${row}. */
static uint64_t
rows_of(const struct tally_encfile *e, size_t v, uint64_t row, uint32_t record)
{
    uint64_t rows = tally_encfile_info(e)->views[v].rows;

    while (row < rows && tally_encfile_record_of_row(e, v, row) < record) {
        row++;
    }
    return row;
}

int
tally_audit_rows_take(struct tally_audit_rows *out, const struct tally_encfile *e,
                      size_t v, const uint32_t *records, size_t n, struct tally_err *err)
{
    const struct tally_enc_info *info = tally_encfile_info(e);
    const uint8_t *matrix = tally_encfile_view_matrix(e, v);
    const uint32_t *ones = tally_encfile_view_popcounts(e, v);
    struct tally_audit_rows r = {.n = n, .bits = info->bits, .stride = info->stride};
    uint64_t row = 0;

    r.matrix = aligned_alloc(TALLY_ROW_ALIGN, (n + 1) * r.stride);
    r.ones = calloc(n + 1, sizeof *r.ones);
    if (r.matrix == NULL || r.ones == NULL) {
        tally_audit_rows_free(&r);
        return tally_err_nomem(err);
    }
    memset(r.matrix, 0, (n + 1) * r.stride);
    for (size_t i = 0; i < n; i++) {
        row = rows_of(e, v, row, records[i]);
        if (row < info->views[v].rows &&
            tally_encfile_record_of_row(e, v, row) == records[i]) {
            memcpy(r.matrix + i * r.stride, matrix + row * r.stride, r.stride);
            r.ones[i] = ones[row];
        }
    }
    *out = r;
    return 0;
}

void
tally_audit_rows_free(struct tally_audit_rows *r)
{
    free(r->matrix);
    free(r->ones);
    memset(r, 0, sizeof *r);
}

bool
tally_audit_rows_equal(const struct tally_audit_rows *r, size_t i, size_t j)
{
    return memcmp(tally_audit_row(r, i), tally_audit_row(r, j), r->stride) == 0;
}

static int
compare_rows(const void *a, const void *b, void *ctx)
{
    const struct tally_audit_rows *r = ctx;
    uint32_t i = *(const uint32_t *)a;
    uint32_t j = *(const uint32_t *)b;
    int order = memcmp(tally_audit_row(r, i), tally_audit_row(r, j), r->stride);

    return order != 0 ? order : (i > j) - (i < j);
}

uint32_t *
tally_audit_rows_order(const struct tally_audit_rows *r)
{
    uint32_t *order = malloc((r->n + 1) * sizeof *order);

    if (order == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < r->n; i++) {
        order[i] = (uint32_t)i;
    }
    qsort_r(order, r->n, sizeof *order, compare_rows, (void *)r);
    return order;
}

uint8_t *
tally_audit_rows_transpose(const struct tally_audit_rows *r, size_t *stride)
{
    size_t width = tally_size_align(r->n / 8 + 1, TALLY_ROW_ALIGN);
    uint8_t *out = aligned_alloc(TALLY_ROW_ALIGN, width * r->bits);

    if (out == NULL) {
        return NULL;
    }
    memset(out, 0, width * r->bits);
    for (size_t i = 0; i < r->n; i++) {
        const uint8_t *row = tally_audit_row(r, i);

        for (uint32_t b = 0; b < r->bits; b++) {
            out[b * width + i / 8] |=
                (uint8_t)((row[b / 8] >> (7 - b % 8) & 1) << (7 - i % 8));
        }
    }
    *stride = width;
    return out;
}

/*
 * All rows of a query as a list.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_DB_ROWS_H
#define TALLY_DB_ROWS_H

#include "linker/db.h"

/** Put what stands in the present row of ${q} into ${row}, which is zeroed; 0, or -1. */
typedef int tally_db_row_fn(void *ctx, struct tally_stmt *q, void *row,
                            struct tally_err *err);

/** Step ${q} to its end and finalise it, whatever comes of it. ${list} (malloced, never
 * NULL) gets a row of ${size} bytes from ${take} for each of its ${n} rows; it is written
 * only on success. */
TALLY_NODISCARD int tally_db_rows(struct tally_stmt *q, size_t size, tally_db_row_fn *take,
                                  void *ctx, void **list, size_t *n,
                                  struct tally_err *err);

#endif

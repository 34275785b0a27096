/*
 * For tests of the CSV reader: a file in the current folder, opened, and held row by row
 * against what it should give; or refused as it should be.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_TESTS_CSVFILE_H
#define TALLY_TESTS_CSVFILE_H

#include <stddef.h>

#include "bloom/base/csv.h"

#define CSVFILE_PATH "test_csv.tmp.csv"

/** A literal that may hold NULs, and its length. */
#define BYTES(literal) literal, sizeof literal - 1

/** Write the file: ${len} bytes at ${p}; or ${before}, ${n} times ${fill}, ${after}. */
void csvfile_put(const void *p, size_t len);
void csvfile_put_long(const char *before, char fill, size_t n, const char *after);

/** The same opened, which must succeed. */
struct tally_csv *csvfile_open(const void *p, size_t len,
                               const struct tally_csv_options *options);
struct tally_csv *csvfile_open_text(const char *text);

void csvfile_assert_cell(const struct tally_cell *cell, const char *want);

/** The next row must have these cells; ${ncols} strings follow, at most eight. */
void csvfile_assert_row(struct tally_csv *c, size_t ncols, ...);

/** There must be no more rows. Frees ${c}. */
void csvfile_assert_end(struct tally_csv *c);

/** Read all rows of ${path}. 0, or -1 with ${err} set. */
int csvfile_read_all(const char *path, const struct tally_csv_options *options,
                     struct tally_err *err);

/** Reading the text to its end must fail with ${code} and exactly ${want} after the path.
 */
void csvfile_fails_with(const void *text, size_t len,
                        const struct tally_csv_options *options, enum tally_code code,
                        const char *want);
void csvfile_fails(const char *text, enum tally_code code, const char *want);

#endif

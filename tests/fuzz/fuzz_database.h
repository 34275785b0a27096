/*
 * A database in memory for the fuzz programs of stores and cohorts: a good one, of the
 * product's own making, in which an input changes cells, rows and bytes of pages.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_TESTS_FUZZ_DATABASE_H
#define TALLY_TESTS_FUZZ_DATABASE_H

#include <stddef.h>
#include <stdint.h>

/** Make tests/fuzz/base/${name} with the changes of ${data}, and return the path under
 * which SQLite and fuzz_memory.c have it. A change is a byte, what of (modulo 4: 0, 1 a
 * cell; 2 a row; 3 bytes), and cell: table, column, row, type (modulo 5: nothing, a byte,
 * 8 bytes, a real, a text or a blob of as many bytes as the next one says), value row:
 * table, row, which is deleted bytes: place (3 bytes, little-endian), how many (modulo 8,
 * plus 1), bytes Tables and columns count in the order they were made; numbers go round.
 */
const char *fuzz_database(const char *name, const uint8_t *data, size_t len);

#endif

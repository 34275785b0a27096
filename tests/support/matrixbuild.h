/*
 * Bit matrices for tests of the join: made, filled with rows of all kinds, counted.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_TEST_MATRIXBUILD_H
#define TALLY_TEST_MATRIXBUILD_H

#include "linker/join.h"

/** The next of a fixed row of numbers that goes on from ${state}. */
uint32_t test_random(uint64_t *state);

/** ${n} rows of ${bits} without set bits. */
void test_matrix_make(struct tally_matrix *m, size_t n, uint32_t bits);
void test_matrix_free(struct tally_matrix *m);

uint8_t *test_matrix_row(const struct tally_matrix *m, size_t i);

/** Flip bit ${bit} of a row. */
void test_flip(uint8_t *row, uint32_t bit);

/** Fill in the popcounts, once rows are as they should be. */
void test_matrix_count(const struct tally_matrix *m);

/** Independent bits, ${fill} in 256 of them set. */
void test_matrix_noise(const struct tally_matrix *m, uint32_t fill, uint64_t seed);

/** Rows like encoded people: ${words} words each, of a stock in which a few are far more
 * common than the rest, every word with bits of its own. */
void test_matrix_words(const struct tally_matrix *m, uint32_t words, uint64_t seed);

/** Make ${m} a matrix of rows of ${from} with up to ${flips} bits flipped. */
void test_matrix_copies(const struct tally_matrix *m, const struct tally_matrix *from,
                        uint32_t flips, uint64_t seed);

/** All pairs at or above ${ppm}, bit counts by the portable kernel, the plain way. ${b}
 * may be NULL. Caller frees the list. */
void test_matrix_join(const struct tally_matrix *a, const struct tally_matrix *b,
                      uint32_t ppm, struct tally_pairs *out);

#endif

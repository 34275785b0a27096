/*
 * For tests: an encodings file from rows given by hand, through the production writer.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_TESTS_ENCBUILD_H
#define TALLY_TESTS_ENCBUILD_H

#include <stddef.h>
#include <stdint.h>

#include "bloom/encfile.h"

/** Facts of an ordinary test file: source ${source}, ${n} records of ${bits} bits, a
 * schema "test", no diffusion, a key check value. Change what a test needs before
 * building. */
struct tally_enc_info tally_encbuild_info(const char *source, uint64_t n, uint32_t bits);

/**
 * Write ${path} (replacing it) with ${info}->records records: ${rows} of bits / 8 bytes
 * each, ${tokens} of 16 bytes or NULL for tokens that keep the order of ${rows}, ${ids}
 * NUL-terminated or NULL for none. Records may be given in any order: the file stands in
 * token order. Fails the test on error.
 */
void tally_encbuild(const char *path, const struct tally_enc_info *info,
                    const uint8_t *rows, const uint8_t *tokens, const char *const *ids);

/** The token that record ${i} gets when none are given: big-endian ${i} + 1, then zeros.
 */
void tally_encbuild_token(uint64_t i, uint8_t token[TALLY_TOKEN_BYTES]);

#endif

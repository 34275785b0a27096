/*
 * Fuzz targets. Each fuzz_NAME.c defines what one execution does with bytes from outside;
 * fuzz_stubs.c stands in, at link time and in these programs alone, for what would stop
 * blind bytes: signatures, digests, sealing and Argon2id.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_TESTS_FUZZ_H
#define TALLY_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/** One execution: libFuzzer's entry. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
/** Change an input; libFuzzer calls it where the program is linked with json_mutator.c.
 */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t len, size_t cap, unsigned seed);

/** Write the input as a file in memory (0600), and its path, which stays the same. File
 * ${i} of FUZZ_FILES. */
#define FUZZ_FILES 4
const char *fuzz_file(unsigned i, const uint8_t *data, size_t len);

/** The folder that the files lie in. */
const char *fuzz_dir(void);

/** Cut the input at bytes FUZZ_CUT into at most ${max} pieces; how many there are. */
#define FUZZ_CUT "\x01\xFE\x01"
struct fuzz_piece {
    const uint8_t *data;
    size_t len;
};
size_t fuzz_cut(const uint8_t *data, size_t len, struct fuzz_piece *out, size_t max);

/** Call something that may fail. */
#define FUZZ_TRY(x)                                                                      \
    do {                                                                                 \
        if (x) {                                                                         \
        }                                                                                \
    } while (0)

/** Hold something against what the code promises: aborts. */
#define FUZZ_MUST(x)                                                                     \
    do {                                                                                 \
        if (!(x)) {                                                                      \
            __builtin_trap();                                                            \
        }                                                                                \
    } while (0)

#endif

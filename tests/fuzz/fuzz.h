/*
 * Fuzz targets. Each fuzz_NAME.c defines what one execution does with bytes from outside;
 * fuzz_stubs.c stands in, at link time and in these programs alone, for what would stop
 * blind bytes: signatures, digests, sealing and Argon2id; fuzz_memory.c for the disk.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_TESTS_FUZZ_H
#define TALLY_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/** One execution: libFuzzer's entry. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
/** Change an input; libFuzzer calls it where the program is linked with fuzz_mutator.c. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t len, size_t cap, unsigned seed);

/** A file that is ${data}, which must stay as long as it is read (fuzz_memory.c): its
 * path, always the same. File ${i} of FUZZ_FILES, or by name. */
#define FUZZ_FILES 4
const char *fuzz_file(unsigned i, const uint8_t *data, size_t len);
const char *fuzz_named(const char *name, const uint8_t *data, size_t len);

/** The folder that the files lie in. */
const char *fuzz_dir(void);

/** Cut the input at bytes FUZZ_CUT into at most ${max} pieces; how many there are. */
#define FUZZ_CUT "\x01\xFE\x01"
struct fuzz_piece {
    const uint8_t *data;
    size_t len;
};
size_t fuzz_cut(const uint8_t *data, size_t len, struct fuzz_piece *out, size_t max);

/** Call ${run} with every place of the JSON in ${data} broken in turn, in memory of its very
 * length; how many calls. */
typedef void fuzz_run_fn(const uint8_t *data, size_t len);
unsigned long fuzz_break(const uint8_t *data, size_t len, fuzz_run_fn *run);

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

/*
 * Fuzz: links, truth and groups as CSV, with the mark between them.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/fuzz/fuzz.h"

#include "benchmarks/evaluate.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_evaluation e;
    struct fuzz_piece piece[4];
    const char *paths[4] = {NULL};
    size_t n = fuzz_cut(data, len, piece, 4);

    if (n < 2) {
        return 0;
    }
    for (size_t i = 0; i < n; i++) {
        paths[i] = fuzz_file((unsigned)i, piece[i].data, piece[i].len);
    }
    if (tally_evaluate(paths[0], paths[1], paths[2], paths[3], &e, &err) == 0) {
        tally_evaluation_free(&e);
    } else {
        FUZZ_MUST(err.text[0] != '\0');
    }
    return 0;
}

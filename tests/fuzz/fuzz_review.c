/*
 * Fuzz: requests of the second round.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "protocols/review.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_review_file *f = NULL;
    const struct tally_review *r;
    unsigned sum = 0;

    if (tally_review_open(&f, fuzz_file(0, data, len), &err) != 0) {
        FUZZ_MUST(err.text[0] != '\0');
        return 0;
    }
    r = tally_review_of(f);
    FUZZ_MUST(r->nlists >= 2 && r->nlists <= TALLY_REVIEW_SOURCES_MAX &&
              r->own < r->nlists);
    for (uint64_t i = 0; i < r->lists[r->own].records; i++) {
        sum += r->tokens[i * 16 + 15];
    }
    FUZZ_MUST(sum < UINT32_MAX);
    tally_review_close(f);
    return 0;
}

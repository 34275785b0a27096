/*
 * Fuzz: lists of canaries.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/canaries.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const uint8_t token[TALLY_TOKEN_BYTES];
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_canaries *c = NULL;

    if (tally_canaries_load(&c, fuzz_file(0, data, len), &err) != 0) {
        FUZZ_MUST(err.text[0] != '\0');
        return 0;
    }
    FUZZ_MUST(tally_canaries_count(c) > 0 &&
              tally_canaries_count(c) <= TALLY_CANARIES_MAX);
    (void)tally_canaries_has(c, "police", token);
    tally_canaries_free(c);
    return 0;
}

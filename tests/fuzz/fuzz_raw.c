/*
 * Fuzz: raw filters: the first two bytes are the bits.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/fuzz/fuzz.h"

#include "bloom/rawfilters.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_rawfilters f = {.rows = NULL};
    uint32_t bits;

    if (len < 2) {
        return 0;
    }
    bits = (uint32_t)(data[0] | data[1] << 8) % 9000;
    if (tally_rawfilters_read(&f, fuzz_file(0, data + 2, len - 2), bits, &err) == 0) {
        for (size_t i = 0; i < f.n; i++) {
            FUZZ_MUST(f.popcounts[i] <= bits);
        }
    } else {
        FUZZ_MUST(err.text[0] != '\0');
    }
    tally_rawfilters_free(&f);
    return 0;
}

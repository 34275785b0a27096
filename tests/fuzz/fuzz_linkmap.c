/*
 * Fuzz: link maps.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/fuzz/fuzz.h"

#include "protocols/linkmap.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_linkmap *m = NULL;
    unsigned sum = 0;

    if (tally_linkmap_open(&m, fuzz_file(0, data, len), &err) != 0) {
        FUZZ_MUST(err.text[0] != '\0');
        return 0;
    }
    FUZZ_MUST(tally_linkmap_sources(m) <= TALLY_LINKMAP_SOURCES_MAX);
    for (size_t i = 0; i < tally_linkmap_sources(m); i++) {
        const struct tally_linkmap_source *s = tally_linkmap_source(m, i);

        for (uint64_t r = 0; r < s->records; r++) {
            sum += 1u * s->tokens[r * 16] + s->pseudonyms[r * 16 + 15];
            sum += 1u * s->strengths[r * 4] + s->parts[r * 4 + 3] + s->wider[r * 16 + 15];
        }
    }
    FUZZ_MUST(sum < UINT32_MAX);
    tally_linkmap_close(m);
    return 0;
}

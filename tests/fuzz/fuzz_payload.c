/*
 * Fuzz: payload parts.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/fuzz/fuzz.h"

#include "bloom/payload.h"

#include <stdlib.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_payload *p = NULL;
    struct tally_cell *cells;
    unsigned sum = 0;

    if (tally_payload_open(&p, fuzz_file(0, data, len), &err) != 0) {
        FUZZ_MUST(err.text[0] != '\0');
        return 0;
    }
    cells = calloc(tally_payload_columns(p) + 1, sizeof *cells);
    FUZZ_MUST(cells != NULL && tally_payload_source(p) != NULL);
    for (size_t i = 0; i < tally_payload_columns(p); i++) {
        FUZZ_MUST(tally_payload_name_valid(tally_payload_column(p, i)));
    }
    for (uint64_t i = 0; i < tally_payload_records(p); i++) {
        sum += tally_payload_tokens(p)[i * TALLY_TOKEN_BYTES];
        if (tally_payload_row(p, i, cells, &err) == 0) {
            for (size_t c = 0; c < tally_payload_columns(p); c++) {
                sum += cells[c].len > 0 ? cells[c].data[cells[c].len - 1] : 0u;
            }
        }
    }
    FUZZ_MUST(sum < UINT32_MAX);
    free(cells);
    tally_payload_close(p);
    return 0;
}

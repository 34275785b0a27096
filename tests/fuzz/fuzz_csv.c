/*
 * Fuzz: tables of text. The first byte chooses how they are read.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/fuzz/fuzz.h"

#include "bloom/base/csv.h"

#include <stdlib.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const char delimiters[] = {0, ',', ';', '\t'};
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_csv_options o = {.delimiter = 0};
    struct tally_csv *csv = NULL;
    struct tally_cell *cells;
    uint64_t rows = 0;
    int rc = 1;

    if (len == 0) {
        return 0;
    }
    o.delimiter = delimiters[data[0] & 3];
    o.encoding = (data[0] & 4) != 0 ? TALLY_TEXT_WINDOWS_1252 : TALLY_TEXT_UTF8;
    o.no_header = (data[0] & 8) != 0;
    o.header_row = (data[0] >> 4) & 3;
    if (tally_csv_open(&csv, fuzz_file(0, data + 1, len - 1), &o, &err) != 0) {
        FUZZ_MUST(err.code != TALLY_OK && err.text[0] != '\0');
        return 0;
    }
    cells = calloc(tally_csv_columns(csv), sizeof *cells);
    FUZZ_MUST(cells != NULL && tally_csv_columns(csv) <= TALLY_CSV_COLUMNS_MAX);
    while ((rc = tally_csv_next(csv, cells, &err)) == 1) {
        unsigned sum = 0;

        for (size_t i = 0; i < tally_csv_columns(csv); i++) {
            for (size_t k = 0; k < cells[i].len; k++) {
                sum += cells[i].data[k];
                FUZZ_MUST(cells[i].data[k] != 0);
            }
        }
        rows += sum > 0;
    }
    FUZZ_MUST(rc == 0 || err.text[0] != '\0');
    FUZZ_MUST(rows <= tally_csv_row(csv));
    free(cells);
    tally_csv_free(csv);
    return 0;
}

/*
 * Fuzz: provider sheets, and the texts of one (an odd first byte).
 * SPDX-License-Identifier: Apache-2.0
 */
#include "protocols/sheet.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_sheet s = {.rows = 0};
    const char *path;
    int rc;

    if (len == 0) {
        return 0;
    }
    path = fuzz_file(0, data + 1, len - 1);
    rc = data[0] % 2 != 0 ? tally_sheet_read_texts(&s, path, &err)
                          : tally_sheet_read(&s, path, &err);
    FUZZ_MUST(rc == 0 || err.text[0] != '\0');
    FUZZ_MUST(s.nfields <= TALLY_SCHEMA_FIELDS_MAX);
    return 0;
}

/*
 * Fuzz: specs of tables. One byte stands for a spec that comes with the program.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/tables.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    const struct tally_tables_ready *ready =
        len == 1 ? tally_tables_ready(data[0] % 8u) : NULL;
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_tables *t = NULL;

    if (ready != NULL) {
        data = (const uint8_t *)ready->text;
        len = strlen(ready->text);
    }
    if (tally_tables_read(&t, "tables", data, len, &err) != 0) {
        FUZZ_MUST(ready == NULL && err.text[0] != '\0');
        return 0;
    }
    FUZZ_MUST(t->ntables > 0 && t->name != NULL);
    tally_tables_free(t);
    return 0;
}

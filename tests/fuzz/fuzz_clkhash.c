/*
 * Fuzz: clkhash schemas, versions 1 to 3.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/fuzz/fuzz.h"

#include "bloom/clkhash_schema.h"

#include <stdlib.h>
#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_clkhash_schema *s = NULL, *again = NULL;
    char *text;

    if (tally_clkhash_schema_parse(&s, "schema", data, len, &err) != 0) {
        FUZZ_MUST(err.text[0] != '\0');
        return 0;
    }
    FUZZ_TRY(tally_clkhash_schema_usable(s, &err));
    (void)tally_clkhash_schema_unfolded(s);
    text = tally_clkhash_schema_text(s);
    FUZZ_MUST(text != NULL);
    FUZZ_MUST(tally_clkhash_schema_parse(&again, "again", text, strlen(text), &err) == 0);
    free(text);
    tally_clkhash_schema_free(again);
    tally_clkhash_schema_free(s);
    return 0;
}

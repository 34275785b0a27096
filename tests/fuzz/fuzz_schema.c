/*
 * Fuzz: linkage schemas.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/fuzz/fuzz.h"

#include "bloom/schema.h"

#include <stdlib.h>
#include <string.h>

static void
count(void *ctx, const char *text)
{
    *(size_t *)ctx += strlen(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_schema *s = NULL, *again = NULL;
    size_t said = 0;
    char *text;

    if (tally_schema_parse(&s, "schema", data, len, &err) != 0) {
        FUZZ_MUST(err.text[0] != '\0');
        return 0;
    }
    (void)tally_schema_warnings(s, count, &said);
    FUZZ_MUST(tally_schema_output_bits(s) >= 64);
    FUZZ_MUST(tally_schema_expected_fill(s) >= 0);
    text = tally_schema_text(s, 0);
    FUZZ_MUST(text != NULL);
    /* What is written out is taken again, and is the same. */
    FUZZ_MUST(tally_schema_parse(&again, "again", text, strlen(text), &err) == 0);
    free(text);
    FUZZ_MUST(memcmp(s->digest, again->digest, sizeof s->digest) == 0);
    tally_schema_free(again);
    tally_schema_free(s);
    return 0;
}

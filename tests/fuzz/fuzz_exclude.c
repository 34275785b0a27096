/*
 * Fuzz: lists of people who stay at home.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/fuzz/fuzz.h"

#include "bloom/exclude.h"
#include "bloom/mapping.h"

#include <string.h>

static struct tally_schema *schema;
static struct tally_csv *csv;
static struct tally_mapping mapping;

static void
prepare(void)
{
    static const char header[] = "id,forename,surname,date_of_birth,nhs_number\n";
    struct tally_csv_options o = {.delimiter = ','};
    struct tally_err err = TALLY_ERR_INIT;

    FUZZ_MUST(tally_schema_new(&schema, "forename,surname,date_of_birth,nhs_number",
                               "plain", NULL, &err) == 0);
    FUZZ_MUST(tally_csv_open(&csv,
                             fuzz_file(1, (const uint8_t *)header, sizeof header - 1), &o,
                             &err) == 0);
    FUZZ_MUST(tally_mapping_guess(&mapping, schema, csv, &err) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct tally_csv_options o = {.delimiter = 0};
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_exclude *x = NULL;

    if (schema == NULL) {
        prepare();
    }
    FUZZ_MUST(tally_exclude_create(&x, csv, schema, &mapping, 0, &err) == 0);
    if (tally_exclude_list(x, TALLY_STAYS_OPT_OUT, fuzz_file(0, data, len), &o, &err) ==
        0) {
        (void)tally_exclude_by_id(x, "123", 3);
        (void)tally_exclude_counts(x, TALLY_STAYS_OPT_OUT);
    }
    tally_exclude_free(x);
    return 0;
}

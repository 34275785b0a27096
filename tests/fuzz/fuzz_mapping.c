/*
 * Fuzz: mapping files, for a fixed schema and the header after the mark.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/fuzz/fuzz.h"

#include "bloom/base/csv.h"
#include "bloom/mapping.h"

#include <stdlib.h>
#include <string.h>

static void
map(const struct tally_schema *s, const struct fuzz_piece *p, const char *header)
{
    static const char usual[] = "forename,surname,dob,sex,postcode,aka,spare\n";
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_csv_options o = {.delimiter = ','};
    struct tally_mapping m;
    struct tally_csv *csv = NULL;
    char *text;

    if (header == NULL) {
        header = fuzz_file(1, (const uint8_t *)usual, strlen(usual));
    }
    if (tally_csv_open(&csv, header, &o, &err) != 0) {
        return;
    }
    if (tally_mapping_load(&m, fuzz_file(0, p->data, p->len), s, csv, &err) == 0 ||
        tally_mapping_guess(&m, s, csv, &err) == 0) {
        text = tally_mapping_text(&m, s, csv);
        FUZZ_MUST(text != NULL);
        free(text);
    }
    text = tally_mapping_draft(s, csv);
    FUZZ_MUST(text != NULL);
    free(text);
    tally_csv_free(csv);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct tally_schema *s;
    struct tally_err err = TALLY_ERR_INIT;
    struct fuzz_piece piece[2];
    size_t n = fuzz_cut(data, len, piece, 2);

    if (s == NULL) {
        FUZZ_MUST(tally_schema_new(&s, "forename,surname,date_of_birth,sex,postcode",
                                   "plain", NULL, &err) == 0);
    }
    map(s, &piece[0], n == 2 ? fuzz_file(1, piece[1].data, piece[1].len) : NULL);
    return 0;
}

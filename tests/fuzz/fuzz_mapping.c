/*
 * Fuzz: mapping files, for a fixed schema and the header after the mark.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/fuzz/fuzz.h"

#include "bloom/base/csv.h"
#include "bloom/mapping.h"

#include <stdlib.h>

static struct tally_csv *
open_header(const uint8_t *header, size_t len)
{
    struct tally_csv_options o = {.delimiter = ','};
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_csv *csv = NULL;

    return tally_csv_open(&csv, fuzz_file(1, header, len), &o, &err) == 0 ? csv : NULL;
}

static void
write_out(const struct tally_mapping *m, const struct tally_schema *s,
          struct tally_csv *csv)
{
    char *text = tally_mapping_text(m, s, csv);

    FUZZ_MUST(text != NULL);
    free(text);
}

/* What is made of a header alone. */
static void
guess(const struct tally_schema *s, struct tally_csv *csv)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_mapping m;
    char *draft;

    if (tally_mapping_guess(&m, s, csv, &err) == 0) {
        write_out(&m, s, csv);
    }
    draft = tally_mapping_draft(s, csv);
    FUZZ_MUST(draft != NULL);
    free(draft);
}

static void
load(const struct fuzz_piece *p, const struct tally_schema *s, struct tally_csv *csv)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_mapping m;

    if (tally_mapping_load(&m, fuzz_file(0, p->data, p->len), s, csv, &err) == 0) {
        write_out(&m, s, csv);
    } else {
        FUZZ_MUST(err.text[0] != '\0');
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const uint8_t header[] = "forename,surname,dob,sex,postcode,aka,spare\n";
    static struct tally_schema *s;
    static struct tally_csv *usual;
    struct tally_err err = TALLY_ERR_INIT;
    struct fuzz_piece piece[2];
    struct tally_csv *csv;

    if (s == NULL) {
        FUZZ_MUST(tally_schema_new(&s, "forename,surname,date_of_birth,sex,postcode",
                                   "plain", NULL, &err) == 0);
        usual = open_header(header, sizeof header - 1);
        FUZZ_MUST(usual != NULL);
    }
    if (fuzz_cut(data, len, piece, 2) == 1) {
        load(&piece[0], s, usual);
        return 0;
    }
    csv = open_header(piece[1].data, piece[1].len);
    if (csv != NULL) {
        load(&piece[0], s, csv);
        guess(s, csv);
        tally_csv_free(csv);
    }
    return 0;
}

/*
 * Fuzz: cells under clkhash formats: a schema, and a cell after the mark.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/fuzz/fuzz.h"

#include "bloom/clkhash_format.h"
#include "bloom/clkhash_schema.h"
#include "bloom/clkhash_text.h"

#include <stdlib.h>

#include "bloom/base/text.h"

static void
read_cell(const struct tally_clkhash_feature *f, bool validate,
          const struct fuzz_piece *cell, char *scratch)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_clkhash_column *c = NULL;
    struct tally_cell value;

    if (tally_clkhash_column_create(&c, f, validate, &err) == 0) {
        FUZZ_TRY(tally_clkhash_column_read(c, (struct tally_cell){cell->data, cell->len},
                                           scratch, &value, &err));
    }
    tally_clkhash_column_free(c);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static char scratch[TALLY_CLKHASH_CELL_BYTES + 16];
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_clkhash_schema *s = NULL;
    struct fuzz_piece piece[2];

    if (fuzz_cut(data, len, piece, 2) != 2 || piece[1].len > TALLY_CLKHASH_CELL_BYTES ||
        !tally_text_valid(piece[1].data, piece[1].len) ||
        tally_clkhash_schema_parse(&s, "schema", piece[0].data, piece[0].len, &err) !=
            0) {
        return 0;
    }
    for (size_t i = 0; i < s->nfeatures && i < 4; i++) {
        if (!s->features[i].ignored) {
            read_cell(&s->features[i], true, &piece[1], scratch);
            read_cell(&s->features[i], false, &piece[1], scratch);
        }
    }
    tally_clkhash_schema_free(s);
    return 0;
}

/*
 * Filter rows by number.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/coded.h"

#include "bloom/tokens.h"

#include <string.h>

#define ROWS_MAX 4096u

int
tally_coded_create(struct tally_coded *c, size_t row_bytes, struct tally_err *err)
{
    size_t slots = TALLY_CODES * sizeof(*c->slots);

    memset(c, 0, sizeof(*c));
    if (tally_pii_create(&c->arena, slots + ROWS_MAX * row_bytes, err) != 0) {
        return -1;
    }
    c->slots = tally_pii_alloc(c->arena, slots);
    c->rows = tally_pii_alloc(c->arena, ROWS_MAX * row_bytes);
    TALLY_INVARIANT(c->rows != NULL);
    c->row_bytes = row_bytes;
    c->nrows = 1; /* number 0 is none */
    return 0;
}

void
tally_coded_free(struct tally_coded *c)
{
    tally_pii_free(c->arena);
    memset(c, 0, sizeof(*c));
}

uint8_t *
tally_coded_add(struct tally_coded *c, uint32_t code)
{
    if (c->nrows == ROWS_MAX) {
        return NULL;
    }
    c->slots[code] = (uint16_t)c->nrows;
    return c->rows + c->nrows++ * c->row_bytes;
}

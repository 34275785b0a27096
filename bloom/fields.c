/*
 * Joining cells to the value of a field.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/fields.h"

#include <stdbool.h>
#include <string.h>

#include "bloom/base/secret.h"

#define TEXT_MAX 4096

/* What is joined so far. */
struct joined {
    size_t len;
    uint8_t text[TEXT_MAX];
};

static void
append(struct joined *j, const void *p, size_t len)
{
    size_t n = len < TEXT_MAX - j->len ? len : TEXT_MAX - j->len;

    if (n > 0) {
        memcpy(j->text + j->len, p, n);
    }
    j->len += n;
}

/* Parts of a date keep their places, so that an empty one can be told; of anything else
 * what is there is taken, with blanks between. */
static void
join(struct joined *j, const struct tally_mapping *m, size_t f, bool date,
     const struct tally_cell *cells)
{
    j->len = 0;
    for (size_t i = 0; i < m->nparts[f] && (i == 0 || !m->another[f][i]); i++) {
        const struct tally_cell *cell = &cells[m->parts[f][i]];

        if (date ? i > 0 : j->len > 0 && cell->len > 0) {
            append(j, date ? "/" : " ", 1);
        }
        append(j, cell->data, cell->len);
    }
}

void
tally_fields_value(const struct tally_schema *schema, const struct tally_mapping *mapping,
                   size_t f, const struct tally_cell *cells, struct tally_value *out)
{
    const struct tally_field *field = &schema->fields[f];
    struct joined j;

    join(&j, mapping, f, field->type == TALLY_FIELD_DATE, cells);
    tally_normalise(field, &mapping->readings[f], j.text, j.len, out);
    tally_wipe(&j, sizeof j);
}

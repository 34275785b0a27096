/*
 * Dummies: records of nobody, made of the values of different people who leave, field by
 * field, so that each value, and how often it is missing, is as in real records. They
 * stand among the encodings and have no payload, by which the analyst tells them.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/encode_stages.h"

#include "bloom/base/secret.h"

#include <stdlib.h>
#include <string.h>

/* With fewer people to mix, a dummy would resemble one of them. */
#define DONORS_MIN 8

/* Dummies of a hundred that share a home with somebody real. */
#define HOMES 75

/* One of ${n}, each as likely as the others to within 2^-32. */
static size_t
any_of(size_t n)
{
    uint64_t x;

    tally_random(&x, sizeof(x));
    return (size_t)(x % n);
}

static const uint8_t *
cell_of(const struct encoder *e, const uint8_t *cells, size_t slot, size_t *len)
{
    const uint8_t *at = cells + 4 * e->nkept;

    for (size_t i = 0; i < slot; i++) {
        at += tally_le32_load(cells + 4 * i);
    }
    *len = tally_le32_load(cells + 4 * slot);
    return at;
}

/* What people of one home share. */
static bool
is_of_home(enum tally_field_type type)
{
    return type == TALLY_FIELD_SURNAME || type == TALLY_FIELD_POSTCODE ||
           type == TALLY_FIELD_ADDRESS;
}

/* Whose cell goes where: the columns of a field come from one person, other fields from
 * others. A column that no field is made of marks people and is left empty. Most people
 * share surname and address with somebody in the file, and a dummy that never did could
 * be told by having no near neighbour: HOMES in a hundred take these from one person. */
static void
choose_donors(const struct encoder *e, const struct encode_row *const *donors,
              size_t ndonors, const uint8_t **of_slot)
{
    const struct tally_mapping *m = e->job->mapping;
    const uint8_t *home = any_of(100) < HOMES ? donors[any_of(ndonors)]->cells : NULL;

    for (size_t f = 0; f < e->job->schema->nfields; f++) {
        const uint8_t *cells = home != NULL && is_of_home(e->job->schema->fields[f].type)
                                   ? home
                                   : donors[any_of(ndonors)]->cells;

        for (size_t i = 0; i < m->nparts[f]; i++) {
            of_slot[e->slot[f][i]] = cells;
        }
    }
}

/* The cells of a dummy into ${w}->composed. */
static int
compose(const struct encoder *e, struct encode_worker *w,
        const struct encode_row *const *donors, size_t ndonors, struct tally_err *err)
{
    const uint8_t *of_slot[TALLY_SCHEMA_FIELDS_MAX * TALLY_MAPPING_COLUMNS +
                           TALLY_EXCLUDE_RULES_MAX] = {NULL};
    uint8_t header[4];
    size_t len;

    choose_donors(e, donors, ndonors, of_slot);
    w->composed.len = 0;
    for (size_t i = 0; i < e->nkept; i++) {
        len = of_slot[i] != NULL ? tally_le32_load(of_slot[i] + 4 * i) : 0;
        tally_le32_store(header, (uint32_t)len);
        if (tally_buf_append(&w->composed, header, sizeof(header), err) != 0) {
            return -1;
        }
    }
    for (size_t i = 0; i < e->nkept; i++) {
        if (of_slot[i] != NULL) {
            const uint8_t *cell = cell_of(e, of_slot[i], i, &len);

            if (tally_buf_append(&w->composed, cell, len, err) != 0) {
                return -1;
            }
        }
    }
    return 0;
}

int
encode_dummies(struct encoder *e, struct encode_batch *b, size_t slice,
               const struct encode_row *rows, size_t n, struct encode_worker *w,
               struct tally_err *err)
{
    struct encode_row *dummies = b->dummies + slice * e->slice_rows;
    const struct encode_row **donors = calloc(n + 1, sizeof(*donors));
    size_t ndonors = 0, wanted;
    int rc = 0;

    b->ndummies[slice] = 0;
    if (donors == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t i = 0; i < n; i++) {
        if (rows[i].stay == TALLY_LEAVES && !rows[i].aliases_stay) {
            donors[ndonors++] = &rows[i];
        }
    }
    wanted = ndonors < DONORS_MIN ? 0 : (ndonors * e->job->dummies + 50) / 100;
    for (size_t i = 0; i < wanted && rc == 0; i++) {
        memset(&dummies[i], 0, sizeof(dummies[i]));
        rc = compose(e, w, donors, ndonors, err);
        if (rc == 0) {
            dummies[i].cells = w->composed.data;
            dummies[i].nlines = 1;
            rc = encode_dummy(e, w, &dummies[i], err);
            dummies[i].cells = NULL;
            b->ndummies[slice]++;
        }
    }
    free(donors);
    return rc;
}

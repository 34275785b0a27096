/*
 * Truth by ids and by equal encodings.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/audit/audit_truth.h"

#include <stdlib.h>
#include <string.h>

#include "bloom/audit/audit_rows.h"

/* An id, and what it is of. */
struct named {
    const char *id;
    size_t len;
    uint32_t of;
};

static int
compare_ids(const void *a, const void *b)
{
    const struct named *x = a;
    const struct named *y = b;
    size_t len = x->len < y->len ? x->len : y->len;
    int order = len > 0 ? memcmp(x->id, y->id, len) : 0;

    return order != 0 ? order : (x->len > y->len) - (x->len < y->len);
}

static uint32_t
find(const struct named *list, size_t n, const struct tally_cell *id)
{
    struct named want = {(const char *)id->data, id->len, 0};
    const struct named *found = bsearch(&want, list, n, sizeof *list, compare_ids);

    return found != NULL ? found->of : TALLY_AUDIT_NONE;
}

/* Both sides' ids in order. */
struct sides {
    struct named *records;
    size_t nrecords;
    struct named *people;
    size_t npeople;
};

static int
make_sides(struct sides *s, const struct tally_encfile *e,
           const struct tally_audit_ids *ids, struct tally_err *err)
{
    s->nrecords = (size_t)tally_encfile_info(e)->records;
    s->npeople = ids->n;
    s->records = calloc(s->nrecords + 1, sizeof *s->records);
    s->people = calloc(s->npeople + 1, sizeof *s->people);
    if (s->records == NULL || s->people == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t i = 0; i < s->nrecords; i++) {
        s->records[i].id = tally_encfile_id(e, i, &s->records[i].len);
        s->records[i].of = (uint32_t)i;
    }
    for (size_t i = 0; i < s->npeople; i++) {
        s->people[i] = (struct named){ids->text + ids->at[i], ids->at[i + 1] - ids->at[i],
                                      (uint32_t)i};
    }
    qsort(s->records, s->nrecords, sizeof *s->records, compare_ids);
    qsort(s->people, s->npeople, sizeof *s->people, compare_ids);
    return 0;
}

static int
read_pairs(struct tally_csv *csv, const struct sides *s, uint32_t *of, size_t *found,
           struct tally_err *err)
{
    ptrdiff_t one = tally_csv_find(csv, "id_1");
    ptrdiff_t two = tally_csv_find(csv, "id_2");
    struct tally_cell *cells = calloc(tally_csv_columns(csv), sizeof *cells);
    int got = -1;

    if (cells == NULL) {
        return tally_err_nomem(err);
    }
    if (one < 0 || two < 0) {
        (void)tally_err_set(err, TALLY_E_DATA, "%s has no columns id_1 and id_2",
                            tally_csv_path(csv));
        (void)tally_err_hint(err,
                             "id_1 is the id in the encodings file, id_2 that in the "
                             "population");
    } else {
        while ((got = tally_csv_next(csv, cells, err)) == 1) {
            uint32_t record = find(s->records, s->nrecords, &cells[one]);
            uint32_t person = find(s->people, s->npeople, &cells[two]);

            if (record != TALLY_AUDIT_NONE && person != TALLY_AUDIT_NONE) {
                *found += of[record] == TALLY_AUDIT_NONE;
                of[record] = person;
            }
        }
    }
    free(cells);
    return got;
}

static uint32_t *
nobody(size_t n)
{
    uint32_t *of = malloc((n + 1) * sizeof *of);

    for (size_t i = 0; of != NULL && i < n; i++) {
        of[i] = TALLY_AUDIT_NONE;
    }
    return of;
}

static int
refuse_without_ids(const struct tally_encfile *e, struct tally_err *err)
{
    if (tally_encfile_info(e)->has_ids || tally_encfile_info(e)->legacy) {
        return 0;
    }
    (void)tally_err_set(err, TALLY_E_DATA,
                        "the encodings file holds no ids, so the truth cannot be used");
    return tally_err_hint(err, "encode a copy for the audit with --id, or give --key, by "
                               "which the truth is found");
}

int
tally_audit_truth_read(const char *truth, const struct tally_encfile *e,
                       const struct tally_audit_ids *ids, uint32_t **out,
                       struct tally_err *err)
{
    const struct tally_csv_options options = {0};
    struct sides s = {0};
    struct tally_csv *csv = NULL;
    uint32_t *of = nobody((size_t)tally_encfile_info(e)->records);
    size_t found = 0;
    int rc = -1;

    if (of == NULL) {
        return tally_err_nomem(err);
    }
    if (refuse_without_ids(e, err) == 0 && make_sides(&s, e, ids, err) == 0 &&
        tally_csv_open(&csv, truth, &options, err) == 0) {
        rc = read_pairs(csv, &s, of, &found, err);
    }
    if (rc == 0 && found == 0) {
        rc = tally_err_set(err, TALLY_E_DATA,
                           "%s: no row holds an id of the encodings and one of the "
                           "population",
                           truth);
        (void)tally_err_hint(err,
                             "id_1 is the id in the encodings file, id_2 that in the "
                             "population; --id names its column");
    }
    tally_csv_free(csv);
    free(s.records);
    free(s.people);
    if (rc != 0) {
        free(of);
        return -1;
    }
    *out = of;
    return 0;
}

/* All first rows of view 0. */
static int
take_all(const struct tally_encfile *e, struct tally_audit_rows *out,
         struct tally_err *err)
{
    size_t n = (size_t)tally_encfile_info(e)->records;
    uint32_t *all = malloc((n + 1) * sizeof *all);
    int rc;

    if (all == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t i = 0; i < n; i++) {
        all[i] = (uint32_t)i;
    }
    rc = tally_audit_rows_take(out, e, 0, all, n, err);
    free(all);
    return rc;
}

/* Both in the order of their bytes: a merge finds what is equal. */
static int
merge_equal(const struct tally_audit_rows *v, const struct tally_audit_rows *p,
            uint32_t *of)
{
    uint32_t *ov = tally_audit_rows_order(v);
    uint32_t *op = tally_audit_rows_order(p);
    int rc = ov != NULL && op != NULL ? 0 : -1;

    for (size_t i = 0, j = 0; rc == 0 && i < v->n && j < p->n;) {
        int order =
            memcmp(tally_audit_row(v, ov[i]), tally_audit_row(p, op[j]), v->stride);

        if (order == 0 && v->ones[ov[i]] > 0) {
            of[ov[i]] = op[j];
        }
        i += order <= 0;
        j += order > 0;
    }
    free(ov);
    free(op);
    return rc;
}

int
tally_audit_truth_from_key(const struct tally_encfile *e,
                           const struct tally_encfile *people, uint32_t **out,
                           struct tally_err *err)
{
    struct tally_audit_rows v = {0};
    struct tally_audit_rows p = {0};
    int rc = -1;

    *out = NULL;
    if (take_all(e, &v, err) == 0 && take_all(people, &p, err) == 0) {
        *out = nobody(v.n);
        rc = *out != NULL && merge_equal(&v, &p, *out) == 0 ? 0 : tally_err_nomem(err);
    }
    tally_audit_rows_free(&v);
    tally_audit_rows_free(&p);
    if (rc != 0) {
        free(*out);
        *out = NULL;
    }
    return rc;
}

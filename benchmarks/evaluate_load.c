/*
 * Truth files into sorted arrays: records by (source, id), persons as numbers, pairs as
 * pairs of record numbers. Sorting and binary search keep memory near 60 bytes a record
 * and cost the same whatever the ids look like.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "benchmarks/evaluate_private.h"

#include "bloom/base/interrupt.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A row as read. ${key} is where "source byte, id, NUL" begins in the arena; a pair row
 * gives two. */
struct row {
    uint64_t key;
    uint64_t person; /* where the person's name begins in its own arena */
    uint32_t seq;    /* order of reading: decides which of two equal ids came first */
};

/* What exists only while loading. */
struct loader {
    struct tally_truth *t;
    struct row *rows;
    size_t nrows;
    size_t cap;
    size_t ntruth; /* rows that came from the truth; the rest are the groups file's */
    struct tally_buf persons;
    uint8_t *groups; /* (nrows - ntruth) by ncolumns */
    size_t groups_cap;
    uint32_t *number; /* person of each truth row, then record of each row */
};

static int
put_text(struct tally_buf *b, const struct tally_cell *cell, struct tally_err *err)
{
    if (tally_buf_append(b, cell->data, cell->len, err) != 0) {
        return -1;
    }
    return tally_buf_append(b, "", 1, err);
}

/* Append "source byte, id, NUL" as a row. */
static int
add_row(struct loader *l, int source, const struct tally_cell *id,
        const struct tally_cell *person, struct tally_err *err)
{
    char byte = (char)(source + 1);
    struct row *r;

    if (id->len == 0) {
        return tally_err_set(err, TALLY_E_DATA, "an empty id");
    }
    if (id->len > TALLY_TRUTH_ID_MAX) {
        return tally_err_set(err, TALLY_E_LIMIT, "an id of more than %u bytes",
                             TALLY_TRUTH_ID_MAX);
    }
    if (l->nrows == UINT32_MAX - 1) {
        return tally_err_set(err, TALLY_E_LIMIT, "more than 4 thousand million records");
    }
    if (l->nrows == l->cap) {
        size_t cap = l->cap == 0 ? 1024 : l->cap * 2;

        r = realloc(l->rows, cap * sizeof *r);
        if (r == NULL) {
            return tally_err_nomem(err);
        }
        l->rows = r;
        l->cap = cap;
    }
    r = &l->rows[l->nrows];
    r->key = l->t->keys.len;
    r->person = l->persons.len;
    r->seq = (uint32_t)l->nrows;
    if (tally_buf_append(&l->t->keys, &byte, 1, err) != 0 ||
        put_text(&l->t->keys, id, err) != 0) {
        return -1;
    }
    if (person != NULL && put_text(&l->persons, person, err) != 0) {
        return -1;
    }
    l->nrows++;
    return 0;
}

static int
copy_name(char out[64], const struct tally_cell *cell, const char *what,
          struct tally_err *err)
{
    if (cell->len == 0 || cell->len > 63) {
        return tally_err_set(err, TALLY_E_DATA, "%s must have 1 to 63 bytes", what);
    }
    memcpy(out, cell->data, cell->len);
    out[cell->len] = '\0';
    return 0;
}

static int
intern_source(struct tally_truth *t, const struct tally_cell *name, int *out,
              struct tally_err *err)
{
    int found = tally_truth_source(t, name);

    if (found < 0) {
        if (t->nsources == TALLY_TRUTH_SOURCES_MAX) {
            return tally_err_set(err, TALLY_E_LIMIT, "more than %u sources",
                                 TALLY_TRUTH_SOURCES_MAX);
        }
        if (copy_name(t->sources[t->nsources], name, "a source name", err) != 0) {
            return -1;
        }
        found = (int)t->nsources++;
    }
    *out = found;
    return 0;
}

static int
find_shape(const struct tally_csv *csv, enum tally_truth_shape *shape,
           struct tally_err *err)
{
    if (tally_csv_find(csv, "id_1") >= 0 && tally_csv_find(csv, "id_2") >= 0) {
        *shape = TALLY_TRUTH_PAIRS;
    } else if (tally_csv_find(csv, "id") >= 0 && tally_csv_find(csv, "ent_id") >= 0) {
        *shape = tally_csv_find(csv, "source") >= 0 ? TALLY_TRUTH_SOURCES
                                                    : TALLY_TRUTH_PERSONS;
    } else {
        tally_err_set(err, TALLY_E_DATA,
                      "truth '%s': the header is none of the three known",
                      tally_csv_path(csv));
        return tally_err_hint(err, "use the columns id_1,id_2 or id,ent_id or "
                                   "source,id,ent_id");
    }
    return 0;
}

static int
read_truth_row(struct loader *l, const struct tally_csv *csv,
               const struct tally_cell *cells, struct tally_err *err)
{
    const struct tally_cell *person;
    int source = 0;

    if (l->t->shape == TALLY_TRUTH_PAIRS) {
        if (add_row(l, 0, &cells[tally_csv_find(csv, "id_1")], NULL, err) != 0) {
            return -1;
        }
        return add_row(l, 0, &cells[tally_csv_find(csv, "id_2")], NULL, err);
    }
    if (l->t->shape == TALLY_TRUTH_SOURCES &&
        intern_source(l->t, &cells[tally_csv_find(csv, "source")], &source, err) != 0) {
        return -1;
    }
    person = &cells[tally_csv_find(csv, "ent_id")];
    if (person->len == 0) {
        return tally_err_set(err, TALLY_E_DATA, "an empty ent_id");
    }
    return add_row(l, source, &cells[tally_csv_find(csv, "id")], person, err);
}

/* The value of a group column as a number, added to the column's list when new. */
static int
intern_group(struct tally_truth_column *c, const struct tally_cell *cell, uint8_t *out,
             struct tally_err *err)
{
    struct tally_cell value = *cell;
    size_t i;

    if (value.len == 0) {
        *out = 0;
        return 0;
    }
    for (i = 0; i < c->ngroups; i++) {
        if (strlen(c->groups[i]) == value.len &&
            memcmp(c->groups[i], value.data, value.len) == 0) {
            break;
        }
    }
    if (i == c->ngroups) {
        if (i == TALLY_TRUTH_GROUPS_MAX) {
            tally_err_set(err, TALLY_E_LIMIT, "column '%s' has more than %u groups",
                          c->name, TALLY_TRUTH_GROUPS_MAX);
            return tally_err_hint(err, "put values into bands first, ages for instance");
        }
        if (copy_name(c->groups[i], &value, "a group name", err) != 0) {
            return -1;
        }
        c->ngroups++;
    }
    *out = (uint8_t)(i + 1);
    return 0;
}

static bool
is_group_column(const char *name)
{
    return strcmp(name, "id") != 0 && strcmp(name, "source") != 0;
}

static int
read_group_row(struct loader *l, const struct tally_csv *csv,
               const struct tally_cell *cells, struct tally_err *err)
{
    struct tally_truth *t = l->t;
    size_t used = (l->nrows - l->ntruth) * t->ncolumns;
    int source = 0;
    size_t c = 0;

    if (t->shape == TALLY_TRUTH_SOURCES) {
        source = tally_truth_source(t, &cells[tally_csv_find(csv, "source")]);
        if (source < 0) {
            return 0; /* nothing of that source is evaluated */
        }
    }
    if (used + t->ncolumns > l->groups_cap) {
        size_t cap = l->groups_cap == 0 ? 4096 : l->groups_cap * 2;
        uint8_t *p = realloc(l->groups, cap);

        if (p == NULL) {
            return tally_err_nomem(err);
        }
        l->groups = p;
        l->groups_cap = cap;
    }
    for (size_t i = 0; i < tally_csv_columns(csv); i++) {
        if (is_group_column(tally_csv_column(csv, i))) {
            if (intern_group(&t->columns[c], &cells[i], &l->groups[used + c], err) != 0) {
                return -1;
            }
            c++;
        }
    }
    return add_row(l, source, &cells[tally_csv_find(csv, "id")], NULL, err);
}

static int
read_group_header(struct tally_truth *t, const struct tally_csv *csv,
                  struct tally_err *err)
{
    if (tally_csv_find(csv, "id") < 0) {
        return tally_err_set(err, TALLY_E_DATA, "groups '%s': no column 'id'",
                             tally_csv_path(csv));
    }
    if (t->shape == TALLY_TRUTH_SOURCES && tally_csv_find(csv, "source") < 0) {
        return tally_err_set(err, TALLY_E_DATA,
                             "groups '%s': no column 'source', which the truth has",
                             tally_csv_path(csv));
    }
    t->columns = calloc(TALLY_TRUTH_COLUMNS_MAX, sizeof *t->columns);
    if (t->columns == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t i = 0; i < tally_csv_columns(csv); i++) {
        const char *name = tally_csv_column(csv, i);

        if (!is_group_column(name)) {
            continue;
        }
        if (t->ncolumns == TALLY_TRUTH_COLUMNS_MAX || strlen(name) > 63) {
            return tally_err_set(err, TALLY_E_LIMIT,
                                 "groups '%s': more than %u group columns, or a name of "
                                 "more than 63 bytes",
                                 tally_csv_path(csv), TALLY_TRUTH_COLUMNS_MAX);
        }
        strcpy(t->columns[t->ncolumns++].name, name);
    }
    return 0;
}

typedef int row_fn(struct loader *l, const struct tally_csv *csv,
                   const struct tally_cell *cells, struct tally_err *err);

static int
read_rows(struct loader *l, struct tally_csv *csv, row_fn *fn, struct tally_err *err)
{
    struct tally_cell *cells = calloc(tally_csv_columns(csv), sizeof *cells);
    int more;

    if (cells == NULL) {
        return tally_err_nomem(err);
    }
    while ((more = tally_csv_next(csv, cells, err)) > 0) {
        if ((l->nrows & 0xffff) == 0 && tally_interrupt_check(err) != 0) {
            more = -1;
            break;
        }
        if (fn(l, csv, cells, err) != 0) {
            tally_err_wrap(err, "'%s' row %" PRIu64, tally_csv_path(csv),
                           tally_csv_row(csv));
            more = -1;
            break;
        }
    }
    free(cells);
    return more;
}

static int
read_truth(struct loader *l, const char *path, struct tally_err *err)
{
    struct tally_csv *csv = NULL;
    int rc = -1;

    if (tally_csv_open(&csv, path, NULL, err) == 0 &&
        find_shape(csv, &l->t->shape, err) == 0) {
        rc = read_rows(l, csv, read_truth_row, err);
    }
    l->ntruth = l->nrows;
    tally_csv_free(csv);
    return rc;
}

static int
read_groups(struct loader *l, const char *path, struct tally_err *err)
{
    struct tally_csv *csv = NULL;
    int rc = -1;

    if (tally_csv_open(&csv, path, NULL, err) == 0 &&
        read_group_header(l->t, csv, err) == 0) {
        rc = read_rows(l, csv, read_group_row, err);
    }
    tally_csv_free(csv);
    return rc;
}

static int
compare_persons(const void *a, const void *b, void *arena)
{
    const struct row *x = a;
    const struct row *y = b;
    const char *base = arena;
    int c = strcmp(base + x->person, base + y->person);

    return c != 0 ? c : (x->seq > y->seq) - (x->seq < y->seq);
}

static int
compare_keys(const void *a, const void *b, void *arena)
{
    const struct row *x = a;
    const struct row *y = b;
    const char *base = arena;
    int c = strcmp(base + x->key, base + y->key);

    return c != 0 ? c : (x->seq > y->seq) - (x->seq < y->seq);
}

/* Give every truth row the number of its person, by seq. */
static void
number_persons(struct loader *l)
{
    const char *base = (const char *)l->persons.data;
    uint32_t next = 0;

    if (l->t->shape == TALLY_TRUTH_PAIRS || l->ntruth == 0) {
        return;
    }
    qsort_r(l->rows, l->ntruth, sizeof *l->rows, compare_persons, l->persons.data);
    for (size_t i = 0; i < l->ntruth; i++) {
        if (i > 0 &&
            strcmp(base + l->rows[i - 1].person, base + l->rows[i].person) != 0) {
            next++;
        }
        l->number[l->rows[i].seq] = next;
    }
}

/* Two rows of one id: an error when both come from one file, except in a list of pairs.
 */
static int
check_repeat(const struct loader *l, const struct row *first, const struct row *second,
             struct tally_err *err)
{
    bool truth = second->seq < l->ntruth;
    bool groups = first->seq >= l->ntruth;

    if (truth && l->t->shape != TALLY_TRUTH_PAIRS) {
        tally_err_set(err, TALLY_E_DATA, "truth: data row %u gives an id a second time",
                      second->seq + 1);
        return l->t->shape == TALLY_TRUTH_SOURCES
                   ? -1
                   : tally_err_hint(err, "use source,id,ent_id when ids are only unique "
                                         "within a source");
    }
    if (groups) {
        return tally_err_set(err, TALLY_E_DATA,
                             "groups: data row %zu gives an id a second time",
                             second->seq - l->ntruth + 1);
    }
    return 0;
}

/* Merge sorted rows of one key into records; l->number becomes the record of each row. */
static int
merge_rows(struct loader *l, struct tally_err *err)
{
    struct tally_truth *t = l->t;

    if (l->nrows > 0) {
        qsort_r(l->rows, l->nrows, sizeof *l->rows, compare_keys, t->keys.data);
    }
    for (size_t i = 0; i < l->nrows; i++) {
        const struct row *r = &l->rows[i];
        struct tally_truth_record *rec;

        if (t->nrecords > 0 && strcmp(tally_truth_key(t, t->records[t->nrecords - 1].key),
                                      tally_truth_key(t, r->key)) == 0) {
            if (check_repeat(l, &l->rows[i - 1], r, err) != 0) {
                return -1;
            }
        } else {
            rec = &t->records[t->nrecords++];
            rec->key = r->key;
            rec->source = (unsigned char)tally_truth_key(t, r->key)[0] - 1u;
            rec->person = TALLY_TRUTH_NONE;
            if (t->shape != TALLY_TRUTH_PAIRS && r->seq < l->ntruth) {
                rec->person = l->number[r->seq];
            }
        }
        l->number[r->seq] = (uint32_t)(t->nrecords - 1);
    }
    return 0;
}

static int
build_pairs(struct loader *l, struct tally_err *err)
{
    struct tally_truth *t = l->t;
    size_t n = 0;

    if (t->shape != TALLY_TRUTH_PAIRS || l->ntruth == 0) {
        return 0;
    }
    t->pairs = calloc(l->ntruth / 2, sizeof *t->pairs);
    if (t->pairs == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t i = 0; i + 1 < l->ntruth; i += 2) {
        if (l->number[i] == l->number[i + 1]) {
            tally_err_set(err, TALLY_E_DATA,
                          "truth: data row %zu pairs a record with itself", i / 2 + 1);
            return tally_err_hint(err,
                                  "use source,id,ent_id when ids are only unique within "
                                  "a source");
        }
        t->pairs[t->npairs++] = tally_truth_pair_key(l->number[i], l->number[i + 1]);
        /* Somebody's, by whichever number: pairs say whose. */
        t->records[l->number[i]].person = l->number[i];
        t->records[l->number[i + 1]].person = l->number[i + 1];
    }
    qsort(t->pairs, t->npairs, sizeof *t->pairs, tally_truth_compare_u64);
    for (size_t i = 0; i < t->npairs; i++) {
        if (i == 0 || t->pairs[i] != t->pairs[n - 1]) {
            t->pairs[n++] = t->pairs[i];
        }
    }
    t->npairs = n;
    return 0;
}

static int
compare_members(const void *a, const void *b)
{
    const struct tally_truth_member *x = a;
    const struct tally_truth_member *y = b;

    if (x->person != y->person) {
        return x->person < y->person ? -1 : 1;
    }
    return (x->record > y->record) - (x->record < y->record);
}

/* Records stand in order of source: a person's members in order of record are in order of
 * source. */
static int
build_members(struct tally_truth *t, struct tally_err *err)
{
    if (t->shape == TALLY_TRUTH_PAIRS || t->nrecords == 0) {
        return 0;
    }
    t->members = calloc(t->nrecords, sizeof *t->members);
    if (t->members == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t i = 0; i < t->nrecords; i++) {
        const struct tally_truth_record *r = &t->records[i];

        if (r->person != TALLY_TRUTH_NONE) {
            t->members[t->nmembers++] =
                (struct tally_truth_member){r->person, r->source, (uint32_t)i};
        }
    }
    qsort(t->members, t->nmembers, sizeof *t->members, compare_members);
    return 0;
}

static int
build_groups(struct loader *l, struct tally_err *err)
{
    struct tally_truth *t = l->t;

    if (t->ncolumns == 0 || t->nrecords == 0) {
        return 0;
    }
    t->group_of = calloc(t->nrecords, t->ncolumns);
    if (t->group_of == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t i = l->ntruth; i < l->nrows; i++) {
        memcpy(t->group_of + (size_t)l->number[i] * t->ncolumns,
               l->groups + (i - l->ntruth) * t->ncolumns, t->ncolumns);
    }
    return 0;
}

static int
build(struct loader *l, struct tally_err *err)
{
    struct tally_truth *t = l->t;

    l->number = calloc(l->nrows + 1, sizeof *l->number);
    t->records = calloc(l->nrows + 1, sizeof *t->records);
    if (l->number == NULL || t->records == NULL) {
        return tally_err_nomem(err);
    }
    number_persons(l);
    if (merge_rows(l, err) != 0 || build_pairs(l, err) != 0 ||
        build_members(t, err) != 0) {
        return -1;
    }
    return build_groups(l, err);
}

int
tally_truth_load(struct tally_truth **out, const char *truth, const char *groups,
                 struct tally_err *err)
{
    struct loader l = {.t = calloc(1, sizeof *l.t)};
    int rc = -1;

    if (l.t == NULL) {
        return tally_err_nomem(err);
    }
    if (read_truth(&l, truth, err) == 0 &&
        (groups == NULL || read_groups(&l, groups, err) == 0) && build(&l, err) == 0) {
        *out = l.t;
        l.t = NULL;
        rc = 0;
    }
    tally_truth_free(l.t);
    tally_buf_free(&l.persons);
    free(l.rows);
    free(l.groups);
    free(l.number);
    return rc;
}

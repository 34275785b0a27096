/*
 * Reading a cohort back by subgroup: for each payload column of few values, how many rows
 * have each and how many of these are linked.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/cohort_impl.h"

#include "bloom/base/bytes.h"

#include <stdlib.h>
#include <string.h>

/** Where a column stands, quoted for SQL. */
struct column {
    size_t source;
    char name[TALLY_COHORT_COLUMN_NAME + 1];
    char quoted[TALLY_COHORT_QUOTED];
};

static int
corrupt(const char *path, struct tally_err *err)
{
    return tally_err_set(err, TALLY_E_CORRUPT, "%s: its list of columns makes no sense",
                         path);
}

static size_t
source_called(const struct tally_cohort_facts *f, const char *name)
{
    size_t s = 0;

    while (s < f->nsources && strcmp(f->names[s], name) != 0) {
        s++;
    }
    return s;
}

/** The columns of all sources, in order. Malloced. */
static int
read_columns(struct tally_db *db, const char *path, const struct tally_cohort_facts *f,
             struct column **out, size_t *n, struct tally_err *err)
{
    struct tally_stmt *q = NULL;
    size_t cap = 0;
    int rc = tally_db_prepare(db,
                              "SELECT s.name, c.column_name FROM cohort_column c"
                              " JOIN cohort_source s ON s.name = c.source"
                              " ORDER BY s.position, c.position",
                              &q, err);

    while (rc == 0 && (rc = tally_db_step(q, err)) == 1) {
        const char *name = tally_db_text(q, 1, NULL);
        size_t source = source_called(f, tally_db_text(q, 0, NULL));
        struct column *list = *out;

        if (*n == cap) {
            cap = cap == 0 ? 16 : 2 * cap;
            list = realloc(*out, cap * sizeof *list);
            if (list == NULL) {
                rc = tally_err_nomem(err);
                break;
            }
            *out = list;
        }
        if (source == f->nsources || strlen(name) > TALLY_COHORT_COLUMN_NAME ||
            !tally_db_quote_name(name, list[*n].quoted, sizeof list[*n].quoted)) {
            rc = corrupt(path, err);
            break;
        }
        list[*n].source = source;
        (void)strcpy(list[*n].name, name);
        ++*n;
        rc = 0;
    }
    tally_db_finalize(q);
    return rc;
}

/** The values of a column into ${g}; nvalues 0 when there are too many, or they are too
 * long, to be groups of people. */
static int
read_values(struct tally_db *db, const char *path, const char *sql,
            struct tally_cohort_group *g, struct tally_err *err)
{
    struct tally_stmt *q = NULL;
    int rc = tally_db_prepare(db, sql, &q, err);

    while (rc == 0 && (rc = tally_db_step(q, err)) == 1) {
        size_t len = 0;
        const char *text = tally_db_text(q, 0, &len);
        int64_t rows = tally_db_int(q, 1);
        int64_t linked = tally_db_int(q, 2);
        struct tally_cohort_value *v = &g->values[g->nvalues];

        if (g->nvalues == TALLY_COHORT_VALUES_MAX || len > TALLY_COHORT_VALUE_MAX) {
            g->nvalues = 0;
            rc = 0;
            break;
        }
        if (rows < 0 || linked < 0 || linked > rows) {
            rc = corrupt(path, err);
            break;
        }
        memcpy(v->text, text, len + 1);
        v->rows = (uint64_t)rows;
        v->linked = (uint64_t)linked;
        g->nvalues++;
        rc = 0;
    }
    tally_db_finalize(q);
    return rc;
}

static int
read_group(struct tally_db *db, const char *path, const struct column *c,
           const struct tally_cohort_facts *f, struct tally_cohort_group *g,
           struct tally_err *err)
{
    char table[TALLY_NAME_MAX + 16];
    char quoted[TALLY_COHORT_QUOTED];
    struct tally_buf sql = {0};
    int rc = -1;

    (void)strcpy(table, "source_");
    (void)strcat(table, f->names[c->source]);
    g->source = c->source;
    (void)strcpy(g->column, c->name);
    if (!tally_db_quote_name(table, quoted, sizeof quoted)) {
        return corrupt(path, err);
    }
    if (tally_buf_printf(&sql, err,
                         "SELECT r.%s, COUNT(*), SUM(p.sources > 1) FROM %s r"
                         " JOIN person p USING (pseudonym) GROUP BY 1 ORDER BY 1"
                         " LIMIT %d",
                         c->quoted, quoted, TALLY_COHORT_VALUES_MAX + 1) == 0 &&
        tally_buf_append(&sql, "", 1, err) == 0) {
        rc = read_values(db, path, (const char *)sql.data, g, err);
    }
    tally_buf_free(&sql);
    return rc;
}

/** How many rows of each source are of people whom another source has seen. */
static int
read_linked(struct tally_db *db, const char *path, struct tally_cohort_facts *f,
            struct tally_err *err)
{
    for (size_t s = 0; s < f->nsources; s++) {
        char table[TALLY_NAME_MAX + 16];
        char quoted[TALLY_COHORT_QUOTED];
        struct tally_buf sql = {0};
        struct tally_stmt *q = NULL;
        int rc = -1;

        (void)strcpy(table, "source_");
        (void)strcat(table, f->names[s]);
        if (!tally_db_quote_name(table, quoted, sizeof quoted)) {
            return corrupt(path, err);
        }
        if (tally_buf_printf(&sql, err,
                             "SELECT COUNT(*) FROM %s JOIN person USING (pseudonym)"
                             " WHERE person.sources > 1",
                             quoted) == 0 &&
            tally_buf_append(&sql, "", 1, err) == 0 &&
            tally_db_prepare(db, (const char *)sql.data, &q, err) == 0 &&
            tally_db_step(q, err) == 1) {
            f->linked_rows[s] = (uint64_t)tally_db_int(q, 0);
            rc = f->linked_rows[s] <= f->rows[s] ? 0 : corrupt(path, err);
        }
        tally_db_finalize(q);
        tally_buf_free(&sql);
        if (rc != 0) {
            return -1;
        }
    }
    return 0;
}

int
tally_cohort_read_groups(struct tally_db *db, const char *path,
                         struct tally_cohort_facts *f, struct tally_err *err)
{
    struct column *columns = NULL;
    size_t n = 0;
    int rc;

    if (f->nsources < 2) { /* nothing can be linked to another source */
        return 0;
    }
    rc = read_linked(db, path, f, err);
    if (rc == 0) {
        rc = read_columns(db, path, f, &columns, &n, err);
    }
    if (rc == 0 && n > 0) {
        f->groups = calloc(n, sizeof *f->groups);
        rc = f->groups != NULL ? 0 : tally_err_nomem(err);
    }
    for (size_t i = 0; rc == 0 && i < n && f->ngroups < TALLY_COHORT_GROUPS_MAX; i++) {
        struct tally_cohort_group *g = &f->groups[f->ngroups];

        memset(g, 0, sizeof *g);
        rc = read_group(db, path, &columns[i], f, g, err);
        f->ngroups += g->nvalues > 1; /* one value tells nobody from anybody */
    }
    free(columns);
    return rc;
}

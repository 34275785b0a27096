/*
 * People of a cohort: a merge of its tables, all in order of pseudonym. Names of tables
 * and columns come from the cohort and are quoted; nothing of a spec is in any SQL.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/people.h"

#include "bloom/base/bytes.h"
#include "linker/cohort_impl.h"

#include <stdlib.h>
#include <string.h>

struct source {
    char name[TALLY_NAME_MAX + 1];
    size_t ncolumns;
    char **columns;         /* as the owner calls them */
    struct tally_buf names; /* SQL: the columns, quoted */
    struct tally_stmt *rows;
    bool more; /* a row is there, not taken yet */
};

struct tally_people {
    char *path;
    bool wide;
    const struct tally_withdrawn *withdrawn;
    struct tally_db *db;
    struct tally_stmt *people;
    size_t nsources;
    struct source sources[TALLY_SOURCES_MAX];
    struct tally_person_record *records;
    size_t nrecords;
    size_t record_cap;
    char **cells; /* of all records of the person */
    size_t ncells;
    size_t cell_cap;
    struct tally_buf text;
    size_t *places; /* of each cell in text */
};

static int
nonsense(const struct tally_people *p, struct tally_err *err)
{
    return tally_err_set(err, TALLY_E_CORRUPT, "%s: its tables make no sense", p->path);
}

static int
add_column(struct tally_people *p, struct tally_stmt *q, struct tally_err *err)
{
    const char *source = tally_db_text(q, 0, NULL);
    size_t i = tally_people_source(p, source);
    char quoted[TALLY_COHORT_QUOTED];
    struct source *s;
    char **more;

    if (i == TALLY_NONE ||
        !tally_db_quote_name(tally_db_text(q, 1, NULL), quoted, sizeof quoted)) {
        return nonsense(p, err);
    }
    s = &p->sources[i];
    more = realloc(s->columns, (s->ncolumns + 1) * sizeof *more);
    if (more == NULL) {
        return tally_err_nomem(err);
    }
    s->columns = more;
    s->columns[s->ncolumns] = strdup(tally_db_text(q, 2, NULL));
    if (s->columns[s->ncolumns] == NULL) {
        return tally_err_nomem(err);
    }
    s->ncolumns++;
    return tally_buf_printf(&s->names, err, p->wide ? ", s.%s" : ", %s", quoted);
}

static int
read_columns(struct tally_people *p, struct tally_err *err)
{
    struct tally_stmt *q = NULL;
    int rc = tally_db_prepare(p->db,
                              "SELECT source, column_name, payload_name"
                              " FROM cohort_column ORDER BY source, position",
                              &q, err);

    while (rc == 0 && (rc = tally_db_step(q, err)) == 1) {
        rc = add_column(p, q, err);
    }
    tally_db_finalize(q);
    return rc;
}

static int
prepare_rows(struct tally_people *p, struct source *s, const char *table,
             struct tally_err *err)
{
    char quoted[TALLY_COHORT_QUOTED];
    struct tally_buf sql = {0};
    int rc = -1;

    if (!tally_db_quote_name(table, quoted, sizeof quoted)) {
        return nonsense(p, err);
    }
    if (tally_buf_printf(
            &sql, err,
            p->wide ? "SELECT p.wider, s.pseudonym, s." TALLY_COHORT_PART "%.*s FROM %s s"
                      " JOIN person p USING (pseudonym) ORDER BY 1, s.rowid"
                    : "SELECT pseudonym, pseudonym, " TALLY_COHORT_PART "%.*s FROM %s"
                      " ORDER BY 1, rowid",
            (int)s->names.len, s->names.len > 0 ? (const char *)s->names.data : "",
            quoted) == 0 &&
        tally_buf_append(&sql, "", 1, err) == 0) {
        rc = tally_db_prepare(p->db, (const char *)sql.data, &s->rows, err);
    }
    tally_buf_free(&sql);
    return rc;
}

static int
read_sources(struct tally_people *p, struct tally_err *err)
{
    char tables[TALLY_SOURCES_MAX][TALLY_NAME_MAX + 16];
    struct tally_stmt *q = NULL;
    int rc = tally_db_prepare(
        p->db, "SELECT name, table_name FROM cohort_source ORDER BY position", &q, err);

    while (rc == 0 && (rc = tally_db_step(q, err)) == 1) {
        const char *name = tally_db_text(q, 0, NULL);
        const char *table = tally_db_text(q, 1, NULL);

        rc = 0;
        if (p->nsources == TALLY_SOURCES_MAX || !tally_source_valid(name) ||
            strlen(table) >= sizeof tables[0]) {
            rc = nonsense(p, err);
            break;
        }
        memcpy(p->sources[p->nsources].name, name, strlen(name) + 1);
        memcpy(tables[p->nsources++], table, strlen(table) + 1);
    }
    tally_db_finalize(q);
    if (rc != 0 || read_columns(p, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < p->nsources; i++) {
        if (prepare_rows(p, &p->sources[i], tables[i], err) != 0) {
            return -1;
        }
    }
    return 0;
}

int
tally_people_open(struct tally_people **out, const char *path, bool wide,
                  const struct tally_withdrawn *withdrawn, struct tally_err *err)
{
    struct tally_people *p = calloc(1, sizeof *p);
    int version = 0;

    if (p == NULL || (p->path = strdup(path)) == NULL) {
        free(p);
        return tally_err_nomem(err);
    }
    p->wide = wide;
    p->withdrawn = withdrawn;
    if (tally_db_open(&p->db, path, TALLY_DB_READ, TALLY_COHORT_APPLICATION, err) != 0 ||
        tally_db_version(p->db, &version, err) != 0) {
        tally_people_close(p);
        return -1;
    }
    if (version != TALLY_COHORT_VERSION) {
        tally_err_set(err, TALLY_E_FORMAT, "%s: a cohort of version %d is not known here",
                      path, version);
        tally_people_close(p);
        return -1;
    }
    if (read_sources(p, err) != 0 ||
        tally_db_prepare(p->db,
                         wide ? "SELECT DISTINCT wider FROM person ORDER BY 1"
                              : "SELECT pseudonym FROM person ORDER BY 1",
                         &p->people, err) != 0) {
        tally_people_close(p);
        return -1;
    }
    *out = p;
    return 0;
}

int
tally_people_rewind(struct tally_people *p, struct tally_err *err)
{
    for (size_t i = 0; i < p->nsources; i++) {
        int rc = tally_db_step(p->sources[i].rows, err);

        if (rc < 0) {
            return -1;
        }
        p->sources[i].more = rc == 1;
    }
    return 0;
}

static int
take_cell(struct tally_people *p, const char *text, size_t len, struct tally_err *err)
{
    if (p->ncells == p->cell_cap) {
        size_t cap = p->cell_cap == 0 ? 256 : 2 * p->cell_cap;
        char **cells = realloc(p->cells, cap * sizeof *cells);
        size_t *places = realloc(p->places, cap * sizeof *places);

        p->cells = cells != NULL ? cells : p->cells;
        p->places = places != NULL ? places : p->places;
        if (cells == NULL || places == NULL) {
            return tally_err_nomem(err);
        }
        p->cell_cap = cap;
    }
    p->places[p->ncells++] = p->text.len;
    return tally_buf_append(&p->text, text, len, err) == 0
               ? tally_buf_append(&p->text, "", 1, err)
               : -1;
}

static int
compare_text(const void *key, const void *entry)
{
    return strcmp(key, *(const char *const *)entry);
}

/* The row of ${s} that is there becomes a record of the person, unless it is withdrawn.
 */
static int
take_row(struct tally_people *p, size_t i, struct tally_err *err)
{
    struct source *s = &p->sources[i];
    const char *whose = tally_db_text(s->rows, 1, NULL);

    if (p->withdrawn->n > 0 &&
        bsearch(whose, p->withdrawn->list, p->withdrawn->n, sizeof *p->withdrawn->list,
                compare_text) != NULL) {
        return 0;
    }

    if (p->nrecords == p->record_cap) {
        size_t cap = p->record_cap == 0 ? 16 : 2 * p->record_cap;
        struct tally_person_record *more = realloc(p->records, cap * sizeof *more);

        if (more == NULL) {
            return tally_err_nomem(err);
        }
        p->records = more;
        p->record_cap = cap;
    }
    p->records[p->nrecords++] =
        (struct tally_person_record){.source = i, .part = tally_db_int(s->rows, 2)};
    for (size_t k = 0; k < s->ncolumns; k++) {
        size_t len;
        const char *text = tally_db_text(s->rows, (int)k + 3, &len);

        if (take_cell(p, text != NULL ? text : "", text != NULL ? len : 0, err) != 0) {
            return -1;
        }
    }
    return 0;
}

static int
take_rows(struct tally_people *p, const char *pseudonym, struct tally_err *err)
{
    for (size_t i = 0; i < p->nsources; i++) {
        struct source *s = &p->sources[i];

        while (s->more) {
            const char *whose = tally_db_text(s->rows, 0, NULL);
            int order = whose != NULL ? strcmp(whose, pseudonym) : -1, rc;

            if (order > 0) {
                break;
            }
            if (order < 0) {
                return nonsense(p, err); /* a row of nobody */
            }
            if (take_row(p, i, err) != 0 || (rc = tally_db_step(s->rows, err)) < 0) {
                return -1;
            }
            s->more = rc == 1;
        }
    }
    return 0;
}

static int
next_person(struct tally_people *p, struct tally_person *out, struct tally_err *err)
{
    int rc = tally_db_step(p->people, err);
    const char *pseudonym;
    size_t len, at = 0;

    for (size_t i = 0; rc == 0 && i < p->nsources; i++) {
        if (p->sources[i].more) {
            return nonsense(p, err); /* rows of nobody */
        }
    }
    if (rc != 1) {
        return rc;
    }
    pseudonym = tally_db_text(p->people, 0, &len);
    if (pseudonym == NULL || len != sizeof out->pseudonym - 1) {
        return nonsense(p, err);
    }
    memcpy(out->pseudonym, pseudonym, sizeof out->pseudonym);
    p->nrecords = p->ncells = p->text.len = 0;
    if (take_rows(p, out->pseudonym, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < p->ncells; i++) { /* the text stands still now */
        p->cells[i] = (char *)p->text.data + p->places[i];
    }
    for (size_t i = 0; i < p->nrecords; i++) {
        p->records[i].cells = (const char *const *)p->cells + at;
        at += p->sources[p->records[i].source].ncolumns;
    }
    out->records = p->records;
    out->nrecords = p->nrecords;
    return 1;
}

int
tally_people_next(struct tally_people *p, struct tally_person *out, struct tally_err *err)
{
    int rc;

    do {
        rc = next_person(p, out, err);
    } while (rc == 1 && out->nrecords == 0);
    return rc;
}

size_t
tally_people_source(const struct tally_people *p, const char *name)
{
    for (size_t i = 0; i < p->nsources; i++) {
        if (strcmp(p->sources[i].name, name) == 0) {
            return i;
        }
    }
    return TALLY_NONE;
}

size_t
tally_people_column(const struct tally_people *p, size_t source, const char *name)
{
    for (size_t i = 0; i < p->sources[source].ncolumns; i++) {
        if (strcmp(p->sources[source].columns[i], name) == 0) {
            return i;
        }
    }
    return TALLY_NONE;
}

void
tally_people_close(struct tally_people *p)
{
    if (p == NULL) {
        return;
    }
    tally_db_finalize(p->people);
    for (size_t i = 0; i < p->nsources; i++) {
        struct source *s = &p->sources[i];

        tally_db_finalize(s->rows);
        for (size_t k = 0; k < s->ncolumns; k++) {
            free(s->columns[k]);
        }
        free(s->columns);
        tally_buf_free(&s->names);
    }
    if (p->db != NULL) {
        tally_db_close(p->db);
    }
    free(p->records);
    free(p->cells);
    free(p->places);
    tally_buf_wipe(&p->text);
    tally_buf_free(&p->text);
    free(p->path);
    free(p);
}

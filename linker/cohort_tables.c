/*
 * The tables of a cohort: what they and their columns are called, and rows put into them.
 * Names come from other people's files, so they are counted, told apart and quoted.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/cohort_impl.h"

#include "bloom/base/bytes.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char fixed_tables[] =
    "CREATE TABLE cohort_info (key TEXT PRIMARY KEY, value TEXT NOT NULL)"
    " STRICT, WITHOUT ROWID;"
    "CREATE TABLE cohort_source (position INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
    " table_name TEXT NOT NULL, seen_column TEXT NOT NULL, rows INTEGER NOT NULL) STRICT;"
    "CREATE TABLE cohort_column (source TEXT NOT NULL, position INTEGER NOT NULL,"
    " column_name TEXT NOT NULL, payload_name TEXT NOT NULL,"
    " PRIMARY KEY (source, position)) STRICT, WITHOUT ROWID;";

static const char *const info[][2] = {
    {"format", "tallystick cohort"},
    {"version", "2"},
    {"status", "pseudonymised personal data"},
    {"recipient", "analyst"},
    {"tool_version", TALLY_VERSION},
    {"statement",
     "Every row is about a person. Names and dates are gone, but a row can "
     "still point to somebody by what it says, so this file is not anonymous. "
     "Keep it where the agreement says, try to recognise nobody, and release "
     "only tables that went through disclosure control."},
    {"person",
     "One row a pseudonym that at least one source sent payload for. sources is how "
     "many sources have seen the person; seen_NAME is 1 when NAME has."},
    {"match_strength",
     "How sure the linker is of the weakest record that makes up the person, "
     "0 to 1. Empty when the person has one record here."},
    {"wider", "People of one wider pseudonym are one person under the low thresholds."},
    {TALLY_COHORT_PART,
     "Under the high thresholds records of one pseudonym are one person only if they are "
     "of one part."},
};

/** A name of the pattern PREFIX NAME, quoted for SQL. */
static void
quote_prefixed(const char *prefix, const char *name, char out[TALLY_COHORT_QUOTED])
{
    char whole[TALLY_COHORT_COLUMN_NAME + 16];
    int len = snprintf(whole, sizeof whole, "%s%s", prefix, name);

    /* Lengths were checked when the names were settled. */
    TALLY_INVARIANT(len > 0 && (size_t)len < sizeof whole);
    TALLY_INVARIANT(tally_db_quote_name(whole, out, TALLY_COHORT_QUOTED));
}

static bool
column_taken(const struct cohort_source *s, size_t nsettled, const char *name)
{
    bool taken =
        strcasecmp(name, "pseudonym") == 0 || strcasecmp(name, TALLY_COHORT_PART) == 0;

    for (size_t i = 0; i < nsettled && !taken; i++) {
        taken = strcasecmp(name, s->columns[i]) == 0;
    }
    return taken;
}

/** Call column ${i} what the payload calls it, with a number behind when that is taken:
 * SQLite does not tell small letters from capitals. */
static int
name_column(struct cohort_source *s, size_t i, struct tally_err *err)
{
    const char *given = tally_payload_column(s->payload, i);
    char *name = strdup(given);

    for (unsigned n = 2; name != NULL && column_taken(s, i, name); n++) {
        free(name);
        if (asprintf(&name, "%s_%u", given, n) < 0) {
            name = NULL;
        }
    }
    if (name == NULL) {
        return tally_err_nomem(err);
    }
    s->columns[i] = name;
    return 0;
}

static int
name_source(struct cohort_source *s, struct tally_err *err)
{
    size_t n = tally_payload_columns(s->payload);

    s->columns = calloc(n + 1, sizeof *s->columns);
    s->cells = calloc(n + 1, sizeof *s->cells);
    if (s->columns == NULL || s->cells == NULL) {
        return tally_err_nomem(err);
    }
    s->ncolumns = n;
    for (size_t i = 0; i < n; i++) {
        if (name_column(s, i, err) != 0) {
            return -1;
        }
    }
    return 0;
}

int
tally_cohort_name_columns(struct cohort *c, struct tally_err *err)
{
    for (size_t i = 0; i < c->nsources; i++) {
        const char *name = c->sources[i].map->name;

        for (size_t j = 0; j < i; j++) {
            if (strcasecmp(name, c->sources[j].map->name) == 0) {
                tally_err_set(err, TALLY_E_USAGE,
                              "sources %s and %s differ in capital letters only, which a "
                              "database does not tell apart",
                              c->sources[j].map->name, name);
                return tally_err_hint(err, "link again and give one of them another name "
                                           "with NAME=FILE");
            }
        }
        if (name_source(&c->sources[i], err) != 0) {
            return -1;
        }
    }
    return 0;
}

static int
insert_info(struct cohort *c, struct tally_err *err)
{
    struct tally_stmt *q = NULL;
    int rc = tally_db_prepare(c->db, "INSERT INTO cohort_info VALUES (?1, ?2)", &q, err);

    for (size_t i = 0; rc == 0 && i < sizeof info / sizeof info[0]; i++) {
        tally_db_bind_text(q, 1, info[i][0], strlen(info[i][0]));
        tally_db_bind_text(q, 2, info[i][1], strlen(info[i][1]));
        rc = tally_db_step(q, err);
    }
    tally_db_finalize(q);
    return rc;
}

static int
insert_columns(struct cohort *c, const struct cohort_source *s, struct tally_err *err)
{
    struct tally_stmt *q = NULL;
    int rc = tally_db_prepare(c->db, "INSERT INTO cohort_column VALUES (?1, ?2, ?3, ?4)",
                              &q, err);

    for (size_t i = 0; rc == 0 && i < s->ncolumns; i++) {
        const char *given = tally_payload_column(s->payload, i);

        tally_db_bind_text(q, 1, s->map->name, strlen(s->map->name));
        tally_db_bind_int(q, 2, (int64_t)i + 1);
        tally_db_bind_text(q, 3, s->columns[i], strlen(s->columns[i]));
        tally_db_bind_text(q, 4, given, strlen(given));
        rc = tally_db_step(q, err);
    }
    tally_db_finalize(q);
    return rc;
}

/** Run the SQL text in ${b} and empty it. */
static int
run_text(struct cohort *c, struct tally_buf *b, struct tally_err *err)
{
    int rc = tally_buf_append(b, "", 1, err);

    if (rc == 0) {
        rc = tally_db_exec(c->db, (const char *)b->data, err);
    }
    tally_buf_free(b);
    return rc;
}

static int
create_person(struct cohort *c, struct tally_err *err)
{
    struct tally_buf b = {0};
    char seen[TALLY_COHORT_QUOTED];
    int rc = tally_buf_printf(&b, err,
                              "CREATE TABLE person (pseudonym TEXT PRIMARY KEY,"
                              " sources INTEGER NOT NULL");

    for (size_t i = 0; rc == 0 && i < c->nsources; i++) {
        quote_prefixed("seen_", c->sources[i].map->name, seen);
        rc = tally_buf_printf(&b, err, ", %s INTEGER NOT NULL", seen);
    }
    if (rc == 0) {
        rc = tally_buf_printf(&b, err,
                              ", match_strength REAL, wider TEXT NOT NULL)"
                              " STRICT, WITHOUT ROWID");
    }
    if (rc != 0) {
        tally_buf_free(&b);
        return -1;
    }
    return run_text(c, &b, err);
}

static int
create_source(struct cohort *c, const struct cohort_source *s, struct tally_err *err)
{
    struct tally_buf b = {0};
    char name[TALLY_COHORT_QUOTED];
    char by[TALLY_COHORT_QUOTED];
    int rc;

    quote_prefixed("source_", s->map->name, name);
    quote_prefixed("person_of_", s->map->name, by);
    rc = tally_buf_printf(&b, err,
                          "CREATE TABLE %s (pseudonym TEXT NOT NULL"
                          " REFERENCES person(pseudonym)",
                          name);
    for (size_t i = 0; rc == 0 && i < s->ncolumns; i++) {
        char column[TALLY_COHORT_QUOTED];

        quote_prefixed("", s->columns[i], column);
        rc = tally_buf_printf(&b, err, ", %s TEXT NOT NULL", column);
    }
    if (rc == 0) {
        rc = tally_buf_printf(&b, err,
                              ", " TALLY_COHORT_PART " INTEGER NOT NULL) STRICT;"
                              " CREATE INDEX %s ON %s (pseudonym)",
                              by, name);
    }
    if (rc != 0) {
        tally_buf_free(&b);
        return -1;
    }
    return run_text(c, &b, err);
}

int
tally_cohort_create_tables(struct cohort *c, struct tally_err *err)
{
    if (tally_db_exec(c->db, "PRAGMA user_version = 2; BEGIN", err) != 0 ||
        tally_db_exec(c->db, fixed_tables, err) != 0 || insert_info(c, err) != 0 ||
        create_person(c, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < c->nsources; i++) {
        if (create_source(c, &c->sources[i], err) != 0 ||
            insert_columns(c, &c->sources[i], err) != 0) {
            return -1;
        }
    }
    return 0;
}

/** An insert into ${table} (quoted) of ${n} values. */
static int
prepare_insert(struct cohort *c, const char *table, size_t n, struct tally_stmt **out,
               struct tally_err *err)
{
    struct tally_buf b = {0};
    int rc = tally_buf_printf(&b, err, "INSERT INTO %s VALUES (?", table);

    for (size_t i = 1; rc == 0 && i < n; i++) {
        rc = tally_buf_append(&b, ", ?", 3, err);
    }
    if (rc == 0) {
        rc = tally_buf_append(&b, ")", 2, err);
    }
    if (rc == 0) {
        rc = tally_db_prepare(c->db, (const char *)b.data, out, err);
    }
    tally_buf_free(&b);
    return rc;
}

int
tally_cohort_prepare(struct cohort *c, struct tally_err *err)
{
    if (prepare_insert(c, "person", c->nsources + 4, &c->insert_person, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < c->nsources; i++) {
        struct cohort_source *s = &c->sources[i];
        char name[TALLY_COHORT_QUOTED];

        quote_prefixed("source_", s->map->name, name);
        if (prepare_insert(c, name, s->ncolumns + 2, &s->insert, err) != 0) {
            return -1;
        }
    }
    return 0;
}

int
tally_cohort_insert_person(struct cohort *c, const struct cohort_person *p,
                           struct tally_err *err)
{
    struct tally_stmt *q = c->insert_person;
    double strength = p->strength_ppm == TALLY_COHORT_NO_STRENGTH
                          ? (double)NAN
                          : (double)p->strength_ppm / 1e6;

    tally_db_bind_text(q, 1, p->pseudonym, strlen(p->pseudonym));
    tally_db_bind_int(q, 2, __builtin_popcountll(p->seen));
    for (size_t i = 0; i < c->nsources; i++) {
        tally_db_bind_int(q, (int)i + 3, (int64_t)(p->seen >> i & 1));
    }
    tally_db_bind_real(q, (int)c->nsources + 3, strength);
    tally_db_bind_text(q, (int)c->nsources + 4, p->wider, strlen(p->wider));
    return tally_db_step(q, err);
}

int
tally_cohort_insert_row(struct cohort_source *s, const char *pseudonym,
                        struct tally_err *err)
{
    tally_db_bind_text(s->insert, 1, pseudonym, strlen(pseudonym));
    for (size_t i = 0; i < s->ncolumns; i++) {
        tally_db_bind_text(s->insert, (int)i + 2, (const char *)s->cells[i].data,
                           s->cells[i].len);
    }
    tally_db_bind_int(s->insert, (int)s->ncolumns + 2, s->part);
    return tally_db_step(s->insert, err);
}

int
tally_cohort_insert_sources(struct cohort *c, struct tally_err *err)
{
    for (size_t i = 0; i < c->nsources; i++) {
        const char *name = c->sources[i].map->name;
        struct tally_stmt *q = NULL;

        if (tally_db_prepare(c->db,
                             "INSERT INTO cohort_source VALUES (?1, ?2, 'source_' || ?2,"
                             " 'seen_' || ?2, ?3)",
                             &q, err) != 0) {
            return -1;
        }
        tally_db_bind_int(q, 1, (int64_t)i + 1);
        tally_db_bind_text(q, 2, name, strlen(name));
        tally_db_bind_int(q, 3, (int64_t)c->sources[i].nrows);
        if (tally_db_finish(q, err) != 0) {
            return -1;
        }
    }
    return 0;
}

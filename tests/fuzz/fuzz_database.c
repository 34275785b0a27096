/*
 * Databases for fuzzing: SQLite's memory file system, in which the harmed file lies while
 * the product opens it.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/fuzz/fuzz_database.h"

#include "tests/fuzz/fuzz.h"

#include <sqlite3.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_TABLES  48
#define MOST_COLUMNS 48
#define LARGEST      (1u << 20)

struct table {
    char name[64];
    char key[256]; /* the columns that say which row */
    char columns[MOST_COLUMNS][64];
    size_t ncolumns;
};

static struct table tables[MOST_TABLES];
static size_t ntables;
static uint8_t base[LARGEST];
static size_t base_len;
static sqlite3_file *file; /* stays open, and so the file stays */
static const char *path;

struct input {
    const uint8_t *at;
    size_t left;
};

static uint8_t
byte(struct input *in)
{
    if (in->left == 0) {
        return 0;
    }
    in->left--;
    return *in->at++;
}

static uint64_t
number(struct input *in, unsigned bytes)
{
    uint64_t v = 0;

    for (unsigned i = 0; i < bytes; i++) {
        v |= (uint64_t)byte(in) << (8 * i);
    }
    return v;
}

/* Fails where bytes were changed before that say what the file is. */
static sqlite3 *
connect(void)
{
    sqlite3 *db = NULL;

    FUZZ_MUST(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
                              NULL) == SQLITE_OK);
    if (sqlite3_exec(db, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF", NULL,
                     NULL, NULL) != SQLITE_OK) {
        sqlite3_close(db);
        return NULL;
    }
    return db;
}

static void
add_column(struct table *t, const char *name, bool in_key)
{
    size_t len = strlen(t->key);

    FUZZ_MUST(t->ncolumns < MOST_COLUMNS);
    (void)snprintf(t->columns[t->ncolumns++], sizeof t->columns[0], "%s", name);
    if (in_key) {
        (void)snprintf(t->key + len, sizeof t->key - len, "%s\"%s\"", len > 0 ? "," : "",
                       name);
    }
}

/* Note the tables of the good file, and the columns of each. */
static void
list_tables(void)
{
    sqlite3 *db = connect();
    sqlite3_stmt *s = NULL;
    struct table *t = NULL;

    FUZZ_MUST(
        sqlite3_prepare_v2(
            db,
            "SELECT m.name, c.name, c.pk FROM sqlite_schema m,"
            " pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE"
            " 'sqlite%' ORDER BY m.rowid, c.cid",
            -1, &s, NULL) == SQLITE_OK);
    while (sqlite3_step(s) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(s, 0);

        if (t == NULL || strcmp(t->name, name) != 0) {
            FUZZ_MUST(ntables < MOST_TABLES);
            t = &tables[ntables++];
            (void)snprintf(t->name, sizeof t->name, "%s", name);
        }
        add_column(t, (const char *)sqlite3_column_text(s, 1),
                   sqlite3_column_int(s, 2) > 0);
    }
    sqlite3_finalize(s);
    sqlite3_close(db);
    FUZZ_MUST(ntables > 0);
    for (size_t i = 0; i < ntables; i++) {
        if (tables[i].key[0] == '\0') {
            (void)snprintf(tables[i].key, sizeof tables[i].key, "rowid");
        }
    }
}

static void
put(const uint8_t *data, size_t len, size_t at)
{
    FUZZ_MUST(file->pMethods->xWrite(file, data, (int)len, (sqlite3_int64)at) ==
              SQLITE_OK);
}

static void
begin(const char *name)
{
    sqlite3_vfs *memory = sqlite3_vfs_find("memdb");
    char from[128];
    FILE *f;
    int flags = 0;

    (void)snprintf(from, sizeof from, "tests/fuzz/base/%s", name);
    f = fopen(from, "rb");
    FUZZ_MUST(f != NULL && memory != NULL);
    base_len = fread(base, 1, sizeof base, f);
    (void)fclose(f);
    FUZZ_MUST(base_len > 0 && base_len < sizeof base);
    FUZZ_MUST(sqlite3_vfs_register(memory, 1) == SQLITE_OK);
    file = calloc(1, (size_t)memory->szOsFile);
    path = fuzz_named(name, base, base_len);
    FUZZ_MUST(file != NULL && memory->xOpen(memory, path, file,
                                            SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
                                                SQLITE_OPEN_MAIN_DB,
                                            &flags) == SQLITE_OK);
    put(base, base_len, 0);
    list_tables();
}

static void
bind(sqlite3_stmt *s, struct input *in)
{
    uint64_t v;
    double real;
    uint8_t type = byte(in);
    size_t len;

    switch (type % 5) {
    case 0:
        (void)sqlite3_bind_null(s, 1);
        break;
    case 1:
        (void)sqlite3_bind_int64(s, 1, (int8_t)byte(in));
        break;
    case 2:
        (void)sqlite3_bind_int64(s, 1, (sqlite3_int64)number(in, 8));
        break;
    case 3:
        v = number(in, 8);
        memcpy(&real, &v, sizeof real);
        (void)sqlite3_bind_double(s, 1, real);
        break;
    case 4:
        len = byte(in);
        len = len < in->left ? len : in->left;
        if (type < 128) {
            (void)sqlite3_bind_text(s, 1, (const char *)in->at, (int)len,
                                    SQLITE_TRANSIENT);
        } else {
            (void)sqlite3_bind_blob(s, 1, len > 0 ? in->at : base, (int)len,
                                    SQLITE_TRANSIENT);
        }
        in->at += len;
        in->left -= len;
        break;
    }
}

/* Set a cell, or delete a row. What the table's rules forbid does not happen. */
static void
change_row(sqlite3 *db, struct input *in, bool cell)
{
    const struct table *t = &tables[byte(in) % ntables];
    const char *column = t->columns[cell ? byte(in) % t->ncolumns : 0];
    unsigned row = byte(in);
    sqlite3_stmt *s = NULL;
    char start[256];
    char sql[1024];

    if (cell) {
        (void)snprintf(start, sizeof start, "UPDATE \"%s\" SET \"%s\" = ?1", t->name,
                       column);
    } else {
        (void)snprintf(start, sizeof start, "DELETE FROM \"%s\"", t->name);
    }
    (void)snprintf(sql, sizeof sql,
                   "%s WHERE (%s) = (SELECT %s FROM \"%s\" LIMIT 1 OFFSET ?2)", start,
                   t->key, t->key, t->name);
    if (db == NULL || sqlite3_prepare_v2(db, sql, -1, &s, NULL) != SQLITE_OK) {
        return;
    }
    if (cell) {
        bind(s, in);
    }
    (void)sqlite3_bind_int64(s, 2, row);
    (void)sqlite3_step(s);
    sqlite3_finalize(s);
}

static void
change_bytes(struct input *in)
{
    size_t at = number(in, 3) % base_len;
    size_t len = byte(in) % 8 + 1u;
    uint8_t bytes[8];

    for (size_t i = 0; i < len; i++) {
        bytes[i] = byte(in);
    }
    put(bytes, len < base_len - at ? len : base_len - at, at);
}

const char *
fuzz_database(const char *name, const uint8_t *data, size_t len)
{
    struct input in = {data, len};
    sqlite3 *db = NULL;

    if (file == NULL) {
        begin(name);
    }
    FUZZ_MUST(file->pMethods->xTruncate(file, 0) == SQLITE_OK);
    put(base, base_len, 0);
    while (in.left > 0) {
        unsigned what = byte(&in) % 4;

        if (what == 3) {
            sqlite3_close(db); /* what it has read is no longer so */
            db = NULL;
            change_bytes(&in);
        } else {
            db = db != NULL ? db : connect();
            change_row(db, &in, what < 2);
        }
    }
    sqlite3_close(db);
    return path;
}

/*
 * The linker's store: its tables, opening and closing.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/store.h"

#include "bloom/base/bytes.h"
#include "bloom/base/size.h"
#include "linker/store_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STORE_APPLICATION 0x544c5953u /* "TLYS" */
#define STORE_VERSION     7

static const char store_tables[] =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;"
    "INSERT INTO meta VALUES ('format', 'tallystick store'), ('status', 'pseudonymised'),"
    " ('recipient', 'linker'), ('next_cluster', 1);"
    "CREATE TABLE source (id INTEGER PRIMARY KEY, name TEXT NOT NULL,"
    " delivery BLOB NOT NULL CHECK (length(delivery) = 16),"
    " schema_digest BLOB NOT NULL CHECK (length(schema_digest) = 32),"
    " file_digest BLOB NOT NULL CHECK (length(file_digest) = 32),"
    " records INTEGER NOT NULL, duplicates_possible INTEGER NOT NULL,"
    " path TEXT NOT NULL, UNIQUE (file_digest, name)) STRICT;"
    "CREATE TABLE run (id INTEGER PRIMARY KEY AUTOINCREMENT, started TEXT NOT NULL,"
    " seconds REAL NOT NULL, version TEXT NOT NULL, schema_name TEXT NOT NULL,"
    " profile TEXT NOT NULL, schema_digest BLOB NOT NULL, bits INTEGER NOT NULL,"
    " hardening TEXT NOT NULL, assign TEXT NOT NULL, threshold_ppm INTEGER,"
    " min_probability REAL, fdr REAL NOT NULL, compared INTEGER NOT NULL,"
    " links INTEGER NOT NULL, clusters INTEGER NOT NULL, first_cluster INTEGER NOT NULL,"
    " previous INTEGER REFERENCES run(id), undone INTEGER NOT NULL DEFAULT 0,"
    " agreement BLOB CHECK (length(agreement) = 32)) STRICT;"
    "CREATE TABLE run_source (run INTEGER NOT NULL REFERENCES run(id),"
    " position INTEGER NOT NULL, source INTEGER NOT NULL REFERENCES source(id),"
    " linked INTEGER NOT NULL, PRIMARY KEY (run, position)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE view (run INTEGER NOT NULL REFERENCES run(id),"
    " position INTEGER NOT NULL, name TEXT NOT NULL, PRIMARY KEY (run, position))"
    " STRICT, WITHOUT ROWID;"
    "CREATE TABLE calibration (run INTEGER NOT NULL, source_a INTEGER NOT NULL,"
    " source_b INTEGER NOT NULL, how INTEGER NOT NULL, threshold_ppm INTEGER NOT NULL,"
    " floor_ppm INTEGER NOT NULL, candidates INTEGER NOT NULL, links INTEGER NOT NULL,"
    " false_links REAL, estimated_precision REAL, estimated_recall REAL,"
    " low_confidence INTEGER NOT NULL, note TEXT NOT NULL, histogram BLOB NOT NULL,"
    " false_histogram BLOB NOT NULL, low_ppm INTEGER NOT NULL,"
    " high_ppm INTEGER NOT NULL, precision_low REAL, precision_high REAL,"
    " sensitivity REAL, matches INTEGER NOT NULL, possible INTEGER NOT NULL,"
    " further INTEGER NOT NULL, rivals INTEGER NOT NULL, twins INTEGER NOT NULL,"
    " household INTEGER NOT NULL, PRIMARY KEY (run, source_a, source_b),"
    " FOREIGN KEY (run, source_a) REFERENCES run_source(run, position),"
    " FOREIGN KEY (run, source_b) REFERENCES run_source(run, position))"
    " STRICT, WITHOUT ROWID;"
    "CREATE TABLE cluster (id INTEGER NOT NULL,"
    " run INTEGER NOT NULL REFERENCES run(id), records INTEGER NOT NULL,"
    " sources INTEGER NOT NULL, PRIMARY KEY (run, id)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE record (run INTEGER NOT NULL, source INTEGER NOT NULL,"
    " row INTEGER NOT NULL, token BLOB NOT NULL CHECK (length(token) = 16),"
    " cluster INTEGER NOT NULL, strength REAL, part INTEGER NOT NULL,"
    " wider INTEGER NOT NULL, PRIMARY KEY (run, source, row),"
    " FOREIGN KEY (run, cluster) REFERENCES cluster(run, id),"
    " FOREIGN KEY (run, source) REFERENCES run_source(run, position))"
    " STRICT, WITHOUT ROWID;"
    "CREATE INDEX record_token ON record(token);"
    /* Keys first and in order: a check of a table without row ids needs it so. */
    "CREATE TABLE link (run INTEGER NOT NULL,"
    " accepted INTEGER NOT NULL CHECK (accepted IN (0, 1)), rank INTEGER NOT NULL,"
    " source_a INTEGER NOT NULL, row_a INTEGER NOT NULL, source_b INTEGER NOT NULL,"
    " row_b INTEGER NOT NULL, common INTEGER NOT NULL, total INTEGER NOT NULL,"
    " probability REAL, band INTEGER NOT NULL CHECK (band IN (1, 2)),"
    " linked_by INTEGER NOT NULL CHECK (linked_by BETWEEN 1 AND 6),"
    " flags INTEGER NOT NULL, weight REAL, second_a INTEGER, second_a_ppm INTEGER,"
    " second_b INTEGER, second_b_ppm INTEGER, views BLOB NOT NULL,"
    " PRIMARY KEY (run, accepted, rank),"
    " FOREIGN KEY (run, source_a, row_a) REFERENCES record(run, source, row),"
    " FOREIGN KEY (run, source_b, row_b) REFERENCES record(run, source, row))"
    " STRICT, WITHOUT ROWID;"
    "CREATE INDEX link_a ON link(run, source_a, row_a);"
    "CREATE INDEX link_b ON link(run, source_b, row_b);"
    "CREATE TABLE change (run INTEGER NOT NULL REFERENCES run(id),"
    " kind TEXT NOT NULL CHECK (kind IN ('merge', 'split')),"
    " from_cluster INTEGER NOT NULL, to_cluster INTEGER NOT NULL,"
    " records INTEGER NOT NULL, PRIMARY KEY (run, from_cluster, to_cluster))"
    " STRICT, WITHOUT ROWID;"
    "CREATE TABLE known (run INTEGER NOT NULL, source_a INTEGER NOT NULL,"
    " token_a BLOB NOT NULL CHECK (length(token_a) = 16), source_b INTEGER NOT NULL,"
    " token_b BLOB NOT NULL CHECK (length(token_b) = 16),"
    " match INTEGER NOT NULL CHECK (match IN (0, 1)),"
    " PRIMARY KEY (run, source_a, token_a, source_b, token_b),"
    " FOREIGN KEY (run, source_a) REFERENCES run_source(run, position),"
    " FOREIGN KEY (run, source_b) REFERENCES run_source(run, position))"
    " STRICT, WITHOUT ROWID;"
    "CREATE TABLE withdrawn (token BLOB PRIMARY KEY CHECK (length(token) = 16),"
    " at TEXT NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE review (id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " run INTEGER NOT NULL REFERENCES run(id), asked TEXT NOT NULL, answered TEXT,"
    " digest BLOB NOT NULL CHECK (length(digest) = 32), number INTEGER NOT NULL,"
    " key_check BLOB UNIQUE,"
    " undone INTEGER NOT NULL DEFAULT 0) STRICT;"
    "CREATE TABLE review_list (review INTEGER NOT NULL REFERENCES review(id),"
    " position INTEGER NOT NULL, source TEXT NOT NULL, tokens BLOB NOT NULL,"
    " PRIMARY KEY (review, position)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE review_pair (review INTEGER NOT NULL, source_a INTEGER NOT NULL,"
    " token_a BLOB NOT NULL CHECK (length(token_a) = 16), source_b INTEGER NOT NULL,"
    " token_b BLOB NOT NULL CHECK (length(token_b) = 16),"
    " why INTEGER NOT NULL CHECK (why IN (1, 2, 3)), before REAL,"
    " accepted INTEGER NOT NULL, scores BLOB, weight REAL, after REAL,"
    " decision INTEGER CHECK (decision IN (0, 1)),"
    " PRIMARY KEY (review, source_a, token_a, source_b, token_b),"
    " FOREIGN KEY (review, source_a) REFERENCES review_list(review, position),"
    " FOREIGN KEY (review, source_b) REFERENCES review_list(review, position))"
    " STRICT, WITHOUT ROWID;"
    "CREATE TABLE reviewed (run INTEGER NOT NULL, source_a INTEGER NOT NULL,"
    " source_b INTEGER NOT NULL, review INTEGER NOT NULL REFERENCES review(id),"
    " checked INTEGER NOT NULL, links INTEGER NOT NULL, false_links REAL,"
    " estimated_precision REAL, precision_low REAL, precision_high REAL,"
    " estimated_recall REAL, PRIMARY KEY (run, source_a, source_b, review),"
    " FOREIGN KEY (run, source_a, source_b)"
    " REFERENCES calibration(run, source_a, source_b)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE succession (run INTEGER NOT NULL, source INTEGER NOT NULL,"
    " token BLOB NOT NULL CHECK (length(token) = 16),"
    " was BLOB NOT NULL CHECK (length(was) = 16), PRIMARY KEY (run, source, token),"
    " FOREIGN KEY (run, source) REFERENCES run_source(run, position))"
    " STRICT, WITHOUT ROWID;"
    "CREATE INDEX succession_token ON succession(token);"
    "CREATE INDEX succession_was ON succession(was);"
    "CREATE TABLE gone (run INTEGER NOT NULL, source INTEGER NOT NULL,"
    " token BLOB NOT NULL CHECK (length(token) = 16), PRIMARY KEY (run, source, token),"
    " FOREIGN KEY (run, source) REFERENCES run_source(run, position))"
    " STRICT, WITHOUT ROWID;"
    "CREATE INDEX gone_token ON gone(token);"
    "PRAGMA user_version = 7;"
    "COMMIT;";

static int
open_tables(struct tally_store *s, bool write, struct tally_err *err)
{
    int version = 0;

    if (tally_db_version(s->db, &version, err) != 0) {
        return -1;
    }
    if (version == 0 && write) {
        struct tally_err ignored = TALLY_ERR_INIT;

        if (tally_db_exec(s->db, store_tables, err) != 0) {
            (void)!tally_db_exec(s->db, "ROLLBACK", &ignored);
            return -1;
        }
        return 0;
    }
    if (version != STORE_VERSION) {
        return tally_err_set(
            err, TALLY_E_FORMAT,
            "%s: a store of version %d, but this program knows version %d", s->path,
            version, STORE_VERSION);
    }
    return store_check_shape(s, store_tables, err);
}

int
tally_store_open(struct tally_store **out, const char *path, bool write,
                 struct tally_err *err)
{
    struct tally_store *s = calloc(1, sizeof *s);

    if (s == NULL) {
        return tally_err_nomem(err);
    }
    s->path = strdup(path);
    if (s->path == NULL) {
        tally_err_nomem(err);
        goto fail;
    }
    if (tally_db_open(&s->db, path, write ? TALLY_DB_READ_WRITE : TALLY_DB_READ,
                      STORE_APPLICATION, err) != 0 ||
        open_tables(s, write, err) != 0) {
        goto fail;
    }
    *out = s;
    return 0;

fail:
    tally_store_close(s);
    return -1;
}

static bool
has_no_run(struct tally_store *s)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_stmt *q = NULL;
    int version = 0;
    bool empty;

    if (tally_db_version(s->db, &version, &err) != 0) {
        return false;
    }
    if (version == 0) {
        return true; /* not even its tables were made */
    }
    if (tally_db_prepare(s->db, "SELECT 1 FROM run LIMIT 1", &q, &err) != 0) {
        return false;
    }
    empty = tally_db_step(q, &err) == 0;
    tally_db_finalize(q);
    return empty;
}

/** A store that this connection made and nobody put a run into goes again: a failed
 * command leaves nothing. True when it went. */
static bool
remove_if_empty(struct tally_store *s)
{
    struct tally_err err = TALLY_ERR_INIT;
    bool empty = false;

    tally_db_tidying_up(s->db);
    /* Out of WAL first, or the log would outlive the file; this works only when nobody
     * else is connected. */
    if (tally_db_exec(s->db, "BEGIN EXCLUSIVE", &err) == 0) {
        empty = has_no_run(s);
        if (empty) {
            unlink(s->path);
        }
        (void)!tally_db_exec(s->db, "ROLLBACK", &err);
    }
    return empty;
}

/** A full disk can keep SQLite from ending its journal. */
static void
remove_journal(const char *store)
{
    char path[4096];

    if (snprintf(path, sizeof path, "%s-journal", store) < (int)sizeof path) {
        (void)unlink(path);
    }
}

void
tally_store_close(struct tally_store *s)
{
    bool removed = false;

    if (s == NULL) {
        return;
    }
    if (s->pending) {
        struct tally_err ignored = TALLY_ERR_INIT;

        (void)!tally_db_exec(s->db, "ROLLBACK", &ignored);
    }
    if (s->db != NULL && tally_db_is_new(s->db) && !s->written) {
        removed = remove_if_empty(s);
    }
    tally_db_close(s->db);
    if (removed) {
        remove_journal(s->path);
    }
    free(s->path);
    free(s);
}

int
tally_store_commit(struct tally_store *s, struct tally_err *err)
{
    if (tally_db_exec(s->db, "COMMIT", err) != 0) {
        return -1;
    }
    s->pending = false;
    s->written = true;
    if (tally_db_is_new(s->db)) {
        struct tally_err ignored = TALLY_ERR_INIT;

        /* The run is in; a store that stays out of WAL for now is told at the next
         * opening. */
        (void)!tally_db_use_wal(s->db, &ignored);
    }
    return 0;
}

/*
 * SQLite behind a narrow interface. Connections are set up for files that may have been
 * made by somebody else: no views, triggers or functions of theirs run, and limits are
 * low.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/db.h"

#include "bloom/base/interrupt.h"
#include "bloom/base/secret.h"
#include "linker/db_path.h"

#include <sqlite3.h>

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DB_BUSY_MS 10000
#define DB_LENGTH_MAX                                                                    \
    (16 << 20) /* one value, or one row: more than a payload row has */
#define DB_PROGRESS_OPS                                                                  \
    10000 /* instructions of SQLite between two looks at the interrupt flag */
#define DB_COPY_BYTES (256u << 10)

struct tally_db {
    sqlite3 *h;
    char *path;
    enum tally_db_mode mode;
    bool is_new;
    bool tidying_up; /* interrupts are past */
    int fd;          /* TALLY_DB_BUILD: the unnamed file; else -1 */
};

struct tally_stmt {
    sqlite3_stmt *s;
    struct tally_db *db;
    int bind_rc; /* the first failed bind, told at the step */
};

/** Whether tables and indexes agree, which is not looked at when a file is opened. */
static bool
is_whole(const struct tally_db *db)
{
    sqlite3_stmt *s = NULL;
    const char *said = NULL;
    bool whole;

    if (sqlite3_prepare_v2(db->h, "PRAGMA integrity_check(1)", -1, &s, NULL) == SQLITE_OK &&
        sqlite3_step(s) == SQLITE_ROW) {
        said = (const char *)sqlite3_column_text(s, 0);
    }
    whole = said == NULL || strcmp(said, "ok") == 0;
    sqlite3_finalize(s);
    return whole;
}

/** SQLite's result code as an error of ours. Its texts name tables and columns, never
 * values. */
static int
db_error(const struct tally_db *db, int rc, struct tally_err *err)
{
    const char *why = sqlite3_errstr(rc);

    if (db->h != NULL && sqlite3_errcode(db->h) == (rc & 0xff)) {
        why = sqlite3_errmsg(db->h);
    }
    switch (rc & 0xff) {
    case SQLITE_NOMEM:
        return tally_err_nomem(err);
    case SQLITE_INTERRUPT:
        if (tally_interrupt_check(err) != 0) {
            return -1;
        }
        return tally_err_set(err, TALLY_E_INTERRUPTED, "%s: interrupted", db->path);
    case SQLITE_NOTADB:
        return tally_err_set(err, TALLY_E_FORMAT, "%s: not a database of tallystick",
                             db->path);
    case SQLITE_CORRUPT:
        return tally_err_set(err, TALLY_E_CORRUPT, "%s: the database is damaged: %s",
                             db->path, why);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        tally_err_set(err, TALLY_E_IO, "%s: the database is in use by another program",
                      db->path);
        return tally_err_hint(err, "try again when the other program has ended");
    case SQLITE_FULL:
        tally_err_set(err, TALLY_E_IO, "%s: the disk is full", db->path);
        return tally_err_hint(err, "make room on the disk and try again");
    case SQLITE_TOOBIG:
        return tally_err_set(err, TALLY_E_LIMIT, "%s: a value or a row is over %d bytes",
                             db->path, DB_LENGTH_MAX);
    case SQLITE_ERROR:
        /* In a file that is there, a statement of ours fails when a table is not as we
         * made it. */
        return tally_err_set(err, db->is_new ? TALLY_E_BUG : TALLY_E_CORRUPT, "%s: %s",
                             db->path, why);
    case SQLITE_CONSTRAINT:
        if (!db->is_new && !is_whole(db)) {
            return tally_err_set(err, TALLY_E_CORRUPT, "%s: the database is damaged",
                                 db->path);
        }
        return tally_err_set(err, TALLY_E_BUG, "%s: %s", db->path, sqlite3_errstr(rc));
    case SQLITE_MISMATCH:
    case SQLITE_MISUSE:
    case SQLITE_RANGE:
        return tally_err_set(err, TALLY_E_BUG, "%s: %s", db->path, why);
    default:
        return tally_err_set(err, TALLY_E_IO, "%s: %s", db->path, why);
    }
}

/** SQLite asks this every so often; not zero ends the statement. */
static int
db_progress(void *ctx)
{
    const struct tally_db *db = ctx;

    return tally_interrupted() && !db->tidying_up ? 1 : 0;
}

static int
db_configure(struct tally_db *db, struct tally_err *err)
{
    static const struct {
        int option;
        int on;
    } options[] = {
        {SQLITE_DBCONFIG_DEFENSIVE, 1},   {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
        {SQLITE_DBCONFIG_DQS_DDL, 0},     {SQLITE_DBCONFIG_DQS_DML, 0},
        {SQLITE_DBCONFIG_ENABLE_FKEY, 1}, {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
        {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
    };

    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        int rc = sqlite3_db_config(db->h, options[i].option, options[i].on, NULL);

        if (rc != SQLITE_OK) {
            return db_error(db, rc, err);
        }
    }
    sqlite3_limit(db->h, SQLITE_LIMIT_ATTACHED, 0);
    sqlite3_limit(db->h, SQLITE_LIMIT_LENGTH, DB_LENGTH_MAX);
    sqlite3_limit(db->h, SQLITE_LIMIT_WORKER_THREADS, 0);
    sqlite3_busy_timeout(db->h, DB_BUSY_MS);
    sqlite3_progress_handler(db->h, DB_PROGRESS_OPS, db_progress, db);
    /* Sorting in memory, so that nothing about people is spilt into a temporary folder.
     */
    return tally_db_exec(db,
                         "PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY;"
                         "PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0;"
                         "PRAGMA cache_size = -16384;",
                         err);
}

static int
db_connect(struct tally_db *db, const char *name, int flags, struct tally_err *err)
{
    int rc = sqlite3_open_v2(name, &db->h, flags | SQLITE_OPEN_NOMUTEX, NULL);

    if (rc != SQLITE_OK) {
        return db_error(db, rc, err);
    }
    sqlite3_extended_result_codes(db->h, 1);
    return db_configure(db, err);
}

/**
 * For reading. Where we may write, SQLite is let to: it then replays the log of a run
 * that was cut off and tidies up after itself. Where we may not and there is no log, the
 * file is taken as it stands.
 */
static int
db_open_read(struct tally_db *db, struct tally_err *err)
{
    struct stat st;

    if (stat(db->path, &st) != 0) {
        return tally_err_errno(err, TALLY_E_NO_FILE, "cannot open %s", db->path);
    }
    if (!S_ISREG(st.st_mode)) {
        return tally_err_set(err, TALLY_E_NO_FILE, "%s: not a file", db->path);
    }
    if (access(db->path, R_OK) != 0) {
        return tally_err_errno(err, TALLY_E_NO_FILE, "cannot open %s", db->path);
    }
    if (access(db->path, W_OK) == 0 && tally_db_folder_writable(db->path)) {
        if (db_connect(db, db->path, SQLITE_OPEN_READWRITE, err) != 0) {
            return -1;
        }
    } else if (!tally_db_has_log(db->path)) {
        char *uri = tally_db_immutable_uri(db->path);
        int rc = uri == NULL
                     ? tally_err_nomem(err)
                     : db_connect(db, uri, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, err);

        free(uri);
        if (rc != 0) {
            return -1;
        }
    } else if (db_connect(db, db->path, SQLITE_OPEN_READONLY, err) != 0) {
        return -1;
    }
    return tally_db_exec(db, "PRAGMA query_only = ON;", err);
}

static int
db_open_write(struct tally_db *db, struct tally_err *err)
{
    /* SQLite would make the file readable for others; its log takes the mode of the file.
     */
    int fd = open(db->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd >= 0) {
        db->is_new = true;
        close(fd);
    } else if (errno != EEXIST) {
        return tally_err_errno(err, TALLY_E_IO, "cannot make %s", db->path);
    }
    return db_connect(db, db->path, SQLITE_OPEN_READWRITE, err);
}

static int
db_open_build(struct tally_db *db, struct tally_err *err)
{
    static const char pattern[] = ".tally-XXXXXX";
    char *name = tally_db_folder(db->path, sizeof pattern);
    int rc;

    if (name == NULL) {
        return tally_err_nomem(err);
    }
    strcat(name, pattern);
    db->fd = mkostemp(name, O_CLOEXEC);
    if (db->fd < 0) {
        rc = tally_err_errno(err, TALLY_E_IO, "cannot make a file in the folder of %s",
                             db->path);
        free(name);
        return rc;
    }
    db->is_new = true;
    rc = db_connect(db, name, SQLITE_OPEN_READWRITE, err);
    unlink(name);
    free(name);
    if (rc != 0) {
        return -1;
    }
    /* Nobody else can see it, and a crash leaves nothing: no journal on disk, no waiting
     * for it. */
    return tally_db_exec(db,
                         "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = MEMORY;"
                         "PRAGMA synchronous = OFF;",
                         err);
}

/** The first column of the first row of ${sql}, as a number; 0 without a row. */
static int
db_scalar(struct tally_db *db, const char *sql, int64_t *out, struct tally_err *err)
{
    struct tally_stmt *s = NULL;
    int rc;

    if (tally_db_prepare(db, sql, &s, err) != 0) {
        return -1;
    }
    rc = tally_db_step(s, err);
    if (rc >= 0) {
        *out = rc == 1 ? tally_db_int(s, 0) : 0;
    }
    tally_db_finalize(s);
    return rc < 0 ? -1 : 0;
}

/** Whose database it is. A file without any table and without an id is new when we may
 * write. */
static int
db_identify(struct tally_db *db, uint32_t application_id, struct tally_err *err)
{
    int64_t id = 0;
    int64_t tables = 0;
    char sql[64];

    if (db_scalar(db, "PRAGMA application_id", &id, err) != 0 ||
        db_scalar(db, "SELECT COUNT(*) FROM sqlite_schema", &tables, err) != 0) {
        return -1;
    }
    if ((uint32_t)id == application_id) {
        return 0;
    }
    if (db->mode == TALLY_DB_READ || id != 0 || tables != 0) {
        return tally_err_set(err, TALLY_E_FORMAT,
                             "%s: a database, but not the kind that is wanted here",
                             db->path);
    }
    snprintf(sql, sizeof sql, "PRAGMA application_id = %ld",
             (long)(int32_t)application_id);
    return tally_db_exec(db, sql, err);
}

/** 1 when all pages hang together, 0 when they do not. */
static int
db_look(struct tally_db *db, struct tally_err *err)
{
    struct tally_stmt *s = NULL;
    int rc;

    if (tally_db_prepare(db, "PRAGMA quick_check(1)", &s, err) != 0) {
        return -1;
    }
    rc = tally_db_step(s, err);
    if (rc == 1 && strcmp(tally_db_text(s, 0, NULL), "ok") != 0) {
        rc = 0;
    }
    tally_db_finalize(s);
    return rc;
}

/** All pages hang together, or TALLY_E_CORRUPT. SQLite tells of a page that lack of memory
 * or the disk kept from it as of a damaged one: so no file is called that at first sight.
 */
static int
db_check(struct tally_db *db, struct tally_err *err)
{
    int rc = db_look(db, err);

    if (rc == 0) {
        rc = db_look(db, err);
    }
    if (rc == 0) {
        return tally_err_set(err, TALLY_E_CORRUPT, "%s: the database is damaged",
                             db->path);
    }
    return rc == 1 ? 0 : -1;
}

static int
db_open_mode(struct tally_db *db, uint32_t application_id, struct tally_err *err)
{
    int rc = -1;

    switch (db->mode) {
    case TALLY_DB_READ:
        rc = db_open_read(db, err);
        break;
    case TALLY_DB_READ_WRITE:
        rc = db_open_write(db, err);
        break;
    case TALLY_DB_BUILD:
        rc = db_open_build(db, err);
        break;
    }
    if (rc != 0 || db_identify(db, application_id, err) != 0) {
        return -1;
    }
    if (db->mode == TALLY_DB_READ) {
        return db_check(db, err);
    }
    if (db->mode == TALLY_DB_READ_WRITE) {
        if (tally_db_exec(db, "PRAGMA synchronous = FULL;", err) != 0) {
            return -1;
        }
        return db->is_new ? 0 : tally_db_use_wal(db, err);
    }
    return 0;
}

int
tally_db_open(struct tally_db **out, const char *path, enum tally_db_mode mode,
              uint32_t application_id, struct tally_err *err)
{
    struct tally_db *db = calloc(1, sizeof *db);

    if (db == NULL) {
        return tally_err_nomem(err);
    }
    db->fd = -1;
    db->mode = mode;
    db->path = strdup(path);
    if (db->path == NULL) {
        tally_err_nomem(err);
        goto fail;
    }
    if (db_open_mode(db, application_id, err) != 0) {
        goto fail;
    }
    *out = db;
    return 0;

fail:
    if (db->is_new && mode == TALLY_DB_READ_WRITE) {
        unlink(path);
    }
    tally_db_close(db);
    return -1;
}

int
tally_db_use_wal(struct tally_db *db, struct tally_err *err)
{
    return tally_db_exec(db, "PRAGMA journal_mode = WAL;", err);
}

bool
tally_db_is_new(const struct tally_db *db)
{
    return db->is_new;
}

int
tally_db_save(struct tally_db *db, struct tally_outfile *f, struct tally_err *err)
{
    uint8_t *buf = NULL;
    uint64_t at = 0;
    ssize_t n = 1;
    int rc = sqlite3_close(db->h);

    if (rc != SQLITE_OK) {
        return db_error(db, rc, err);
    }
    db->h = NULL;
    buf = malloc(DB_COPY_BYTES);
    if (buf == NULL) {
        return tally_err_nomem(err);
    }
    while (rc == 0 && n != 0) {
        n = pread(db->fd, buf, DB_COPY_BYTES, (off_t)at);
        if (n > 0) {
            rc = tally_outfile_write(f, buf, (size_t)n, err);
            at += (uint64_t)n;
        } else if (n < 0 && errno != EINTR) {
            rc = tally_err_errno(err, TALLY_E_IO, "%s: cannot copy the database",
                                 db->path);
        }
    }
    tally_wipe(buf, DB_COPY_BYTES);
    free(buf);
    return rc;
}

void
tally_db_close(struct tally_db *db)
{
    if (db == NULL) {
        return;
    }
    /* Only a statement that was never finalised can stop this: a bug of ours. */
    TALLY_INVARIANT(sqlite3_close(db->h) == SQLITE_OK);
    if (db->fd >= 0) {
        close(db->fd);
    }
    free(db->path);
    free(db);
}

int
tally_db_exec(struct tally_db *db, const char *sql, struct tally_err *err)
{
    int rc = sqlite3_exec(db->h, sql, NULL, NULL, NULL);

    return rc == SQLITE_OK ? 0 : db_error(db, rc, err);
}

int
tally_db_version(struct tally_db *db, int *out, struct tally_err *err)
{
    int64_t v = 0;

    if (db_scalar(db, "PRAGMA user_version", &v, err) != 0) {
        return -1;
    }
    *out = (int)v;
    return 0;
}

void
tally_db_tidying_up(struct tally_db *db)
{
    db->tidying_up = true;
}

int64_t
tally_db_last_id(struct tally_db *db)
{
    return sqlite3_last_insert_rowid(db->h);
}

int
tally_db_prepare(struct tally_db *db, const char *sql, struct tally_stmt **out,
                 struct tally_err *err)
{
    struct tally_stmt *s = calloc(1, sizeof *s);
    int rc;

    if (s == NULL) {
        return tally_err_nomem(err);
    }
    s->db = db;
    rc = sqlite3_prepare_v2(db->h, sql, -1, &s->s, NULL);
    if (rc != SQLITE_OK) {
        free(s);
        return db_error(db, rc, err);
    }
    *out = s;
    return 0;
}

static void
note_bind(struct tally_stmt *s, int rc)
{
    if (s->bind_rc == SQLITE_OK) {
        s->bind_rc = rc;
    }
}

void
tally_db_bind_int(struct tally_stmt *s, int i, int64_t v)
{
    note_bind(s, sqlite3_bind_int64(s->s, i, v));
}

void
tally_db_bind_real(struct tally_stmt *s, int i, double v)
{
    note_bind(s, isnan(v) ? sqlite3_bind_null(s->s, i) : sqlite3_bind_double(s->s, i, v));
}

void
tally_db_bind_text(struct tally_stmt *s, int i, const char *v, size_t len)
{
    note_bind(s, v == NULL ? sqlite3_bind_null(s->s, i)
                           : sqlite3_bind_text64(s->s, i, v, len, SQLITE_TRANSIENT,
                                                 SQLITE_UTF8));
}

void
tally_db_bind_blob(struct tally_stmt *s, int i, const void *v, size_t len)
{
    note_bind(s, v == NULL ? sqlite3_bind_null(s->s, i)
                           : sqlite3_bind_blob64(s->s, i, v, len, SQLITE_TRANSIENT));
}

int
tally_db_step(struct tally_stmt *s, struct tally_err *err)
{
    int rc = s->bind_rc;

    if (rc == SQLITE_OK) {
        /* SQLite looks at the flag too, but only inside statements that take long. */
        rc = db_progress(s->db) != 0 ? SQLITE_INTERRUPT : sqlite3_step(s->s);
    }
    if (rc == SQLITE_ROW) {
        return 1;
    }
    if (rc != SQLITE_DONE) {
        db_error(s->db, rc, err);
    }
    sqlite3_reset(s->s);
    sqlite3_clear_bindings(s->s);
    s->bind_rc = SQLITE_OK;
    return rc == SQLITE_DONE ? 0 : -1;
}

int64_t
tally_db_int(struct tally_stmt *s, int col)
{
    return sqlite3_column_int64(s->s, col);
}

double
tally_db_real(struct tally_stmt *s, int col)
{
    return sqlite3_column_type(s->s, col) == SQLITE_NULL
               ? (double)NAN
               : sqlite3_column_double(s->s, col);
}

const char *
tally_db_text(struct tally_stmt *s, int col, size_t *len)
{
    const unsigned char *p = sqlite3_column_text(s->s, col);

    if (len != NULL) {
        *len = (size_t)sqlite3_column_bytes(s->s, col);
    }
    return p == NULL ? "" : (const char *)p;
}

const void *
tally_db_blob(struct tally_stmt *s, int col, size_t *len)
{
    const void *p = sqlite3_column_blob(s->s, col);

    *len = (size_t)sqlite3_column_bytes(s->s, col);
    return p;
}

void
tally_db_finalize(struct tally_stmt *s)
{
    if (s == NULL) {
        return;
    }
    sqlite3_finalize(s->s);
    free(s);
}

int
tally_db_finish(struct tally_stmt *s, struct tally_err *err)
{
    int rc = tally_db_step(s, err);

    tally_db_finalize(s);
    return rc == 0 ? 0 : -1;
}

/*
 * SQLite behind a narrow interface: the only module that includes sqlite3.h.
 * Every connection has defensive mode, trusted_schema off, foreign keys on, double-quoted
 * strings off, secure_delete on, and a limit on attached databases of 0.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_DB_H
#define TALLY_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/base/err.h"
#include "bloom/base/file.h"

struct tally_db;
struct tally_stmt;

enum tally_db_mode {
    TALLY_DB_READ,       /* must exist; nothing is changed in it */
    TALLY_DB_READ_WRITE, /* must exist or is made, mode 0600; WAL, but for one that was
                            made */
    TALLY_DB_BUILD /* a new database in a file without a name, in the folder of the path:
                      it appears only through tally_db_save, and nothing is left when it
                      does not come to that */
};

/** Open ${path}; ${application_id} is checked (and set on a new file): TALLY_E_FORMAT for
 * another one's database or something that is none, TALLY_E_CORRUPT when SQLite says so.
 * Reading checks the whole file first. Busy waits 10 s. Not thread-safe: one thread a
 * connection. Every call ends with TALLY_E_INTERRUPTED once a signal came. */
TALLY_NODISCARD int tally_db_open(struct tally_db **out, const char *path,
                                  enum tally_db_mode mode, uint32_t application_id,
                                  struct tally_err *err);
/** True when this open made the file. */
bool tally_db_is_new(const struct tally_db *db);
/** Switch to WAL. A file that was just made keeps a rollback journal until then: on a
 * full disk its log could neither be written back nor be taken away. */
TALLY_NODISCARD int tally_db_use_wal(struct tally_db *db, struct tally_err *err);
/** End a TALLY_DB_BUILD database and append its bytes to ${f} (not committed). Statements
 * must be finalised and transactions committed before; afterwards only tally_db_close may
 * be called. */
TALLY_NODISCARD int tally_db_save(struct tally_db *db, struct tally_outfile *f,
                                  struct tally_err *err);
/** Run SQL text without results. */
TALLY_NODISCARD int tally_db_exec(struct tally_db *db, const char *sql,
                                  struct tally_err *err);
/** user_version of the file: our schema number. */
TALLY_NODISCARD int tally_db_version(struct tally_db *db, int *out,
                                     struct tally_err *err);
int64_t tally_db_last_id(struct tally_db *db);
/** From here on an interrupt no longer ends calls: what follows undoes what was begun. */
void tally_db_tidying_up(struct tally_db *db);
void tally_db_close(struct tally_db *db);

TALLY_NODISCARD int tally_db_prepare(struct tally_db *db, const char *sql,
                                     struct tally_stmt **out, struct tally_err *err);
/** Bind parameter ${i} (from 1). A NULL text or blob binds NULL; bytes are copied. Errors
 * show at the step. */
void tally_db_bind_int(struct tally_stmt *s, int i, int64_t v);
void tally_db_bind_real(struct tally_stmt *s, int i, double v); /* NAN binds NULL */
void tally_db_bind_text(struct tally_stmt *s, int i, const char *v, size_t len);
void tally_db_bind_blob(struct tally_stmt *s, int i, const void *v, size_t len);
/** 1 a row, 0 done (and reset, bindings cleared), -1 error. */
TALLY_NODISCARD int tally_db_step(struct tally_stmt *s, struct tally_err *err);
int64_t tally_db_int(struct tally_stmt *s, int col);
double tally_db_real(struct tally_stmt *s, int col); /* NULL reads NAN */
const char *tally_db_text(struct tally_stmt *s, int col, size_t *len);
const void *tally_db_blob(struct tally_stmt *s, int col, size_t *len);
void tally_db_finalize(struct tally_stmt *s);
/** Run a statement that gives no rows, and finalise it whatever comes of it. */
TALLY_NODISCARD int tally_db_finish(struct tally_stmt *s, struct tally_err *err);
/** ${name} quoted as an SQL identifier into ${out}; false when it does not fit. */
bool tally_db_quote_name(const char *name, char *out, size_t cap);

#endif

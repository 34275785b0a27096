/*
 * The database layer: modes, whose file it is, what is switched off, and what is left
 * behind.
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "bloom/base/interrupt.h"
#include "linker/db.h"

#define APP   0x54455354u
#define OTHER 0x54455355u

struct scratch {
    char dir[64];
    char db[96];
};

static int
setup(void **state)
{
    struct scratch *s = calloc(1, sizeof *s);

    assert_non_null(s);
    strcpy(s->dir, "/tmp/tally-test-db-XXXXXX");
    assert_non_null(mkdtemp(s->dir));
    snprintf(s->db, sizeof s->db, "%s/a.db", s->dir);
    *state = s;
    return 0;
}

static int
teardown(void **state)
{
    struct scratch *s = *state;
    char cmd[128];

    snprintf(cmd, sizeof cmd, "rm -rf %s", s->dir);
    assert_int_equal(system(cmd), 0);
    free(s);
    tally_interrupt_set(false);
    return 0;
}

/** Entries of the scratch folder. */
static int
files_in(const char *dir)
{
    char cmd[128];
    FILE *p;
    int n = -1;

    snprintf(cmd, sizeof cmd, "ls -A %s | wc -l", dir);
    p = popen(cmd, "r");
    assert_non_null(p);
    assert_int_equal(fscanf(p, "%d", &n), 1);
    pclose(p);
    return n;
}

static struct tally_db *
open_ok(const char *path, enum tally_db_mode mode)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_db *db = NULL;
    int rc = tally_db_open(&db, path, mode, APP, &err);

    if (rc != 0) {
        print_error("%s\n", err.text);
    }
    assert_int_equal(rc, 0);
    return db;
}

static enum tally_code
open_fails(const char *path, enum tally_db_mode mode, uint32_t id)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_db *db = NULL;

    assert_int_equal(tally_db_open(&db, path, mode, id, &err), -1);
    assert_null(db);
    assert_true(err.text[0] != '\0');
    return err.code;
}

static void
exec_ok(struct tally_db *db, const char *sql)
{
    struct tally_err err = TALLY_ERR_INIT;

    assert_int_equal(tally_db_exec(db, sql, &err), 0);
}

static void
make_small(const char *path)
{
    struct tally_db *db = open_ok(path, TALLY_DB_READ_WRITE);

    assert_true(tally_db_is_new(db));
    exec_ok(db, "CREATE TABLE t (i INTEGER, r REAL, x TEXT, b BLOB) STRICT;"
                "PRAGMA user_version = 7;");
    tally_db_close(db);
}

static void
values_come_back_as_they_were_bound(void **state)
{
    struct scratch *sc = *state;
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_stmt *s = NULL;
    struct tally_db *db;
    size_t len = 0;

    make_small(sc->db);
    db = open_ok(sc->db, TALLY_DB_READ_WRITE);
    assert_false(tally_db_is_new(db));
    assert_int_equal(
        tally_db_prepare(db, "INSERT INTO t VALUES (?1, ?2, ?3, ?4)", &s, &err), 0);
    tally_db_bind_int(s, 1, INT64_MIN);
    tally_db_bind_real(s, 2, 0.25);
    tally_db_bind_text(s, 3, "sian", 3);
    tally_db_bind_blob(s, 4, "\0\1", 2);
    assert_int_equal(tally_db_step(s, &err), 0);
    assert_int_equal(tally_db_last_id(db), 1);
    /* Bindings were cleared: what is not bound again is NULL. */
    tally_db_bind_real(s, 2, (double)NAN);
    tally_db_bind_text(s, 3, "", 0);
    tally_db_bind_blob(s, 4, NULL, 0);
    assert_int_equal(tally_db_step(s, &err), 0);
    tally_db_finalize(s);
    s = NULL;
    assert_int_equal(
        tally_db_prepare(db, "SELECT i, r, x, b FROM t ORDER BY rowid", &s, &err), 0);
    assert_int_equal(tally_db_step(s, &err), 1);
    assert_true(tally_db_int(s, 0) == INT64_MIN);
    assert_true(tally_db_real(s, 1) == 0.25);
    assert_string_equal(tally_db_text(s, 2, &len), "sia");
    assert_int_equal(len, 3);
    assert_memory_equal(tally_db_blob(s, 3, &len), "\0\1", 2);
    assert_int_equal(len, 2);
    assert_int_equal(tally_db_step(s, &err), 1);
    assert_int_equal(tally_db_int(s, 0), 0);
    assert_true(isnan(tally_db_real(s, 1)));
    assert_string_equal(tally_db_text(s, 2, &len), "");
    assert_null(tally_db_blob(s, 3, &len));
    assert_int_equal(len, 0);
    assert_int_equal(tally_db_step(s, &err), 0);
    tally_db_finalize(s);
    tally_db_close(db);
}

static void
a_new_database_is_private_and_leaves_no_log_when_closed(void **state)
{
    struct scratch *sc = *state;
    struct stat st;

    make_small(sc->db);
    assert_int_equal(stat(sc->db, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(files_in(sc->dir), 1);
}

static void
reading_leaves_nothing_beside_the_file_and_changes_nothing(void **state)
{
    struct scratch *sc = *state;
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_db *db;
    int version = 0;

    make_small(sc->db);
    db = open_ok(sc->db, TALLY_DB_READ);
    assert_int_equal(tally_db_version(db, &version, &err), 0);
    assert_int_equal(version, 7);
    assert_int_equal(tally_db_exec(db, "INSERT INTO t VALUES (1, 1, '', x'')", &err), -1);
    tally_db_close(db);
    assert_int_equal(files_in(sc->dir), 1);
}

static void
another_kind_of_file_is_refused(void **state)
{
    struct scratch *sc = *state;
    char path[128];
    FILE *f;

    assert_int_equal(open_fails(sc->db, TALLY_DB_READ, APP), TALLY_E_NO_FILE);
    assert_int_equal(open_fails(sc->dir, TALLY_DB_READ, APP), TALLY_E_NO_FILE);
    assert_int_equal(files_in(sc->dir), 0);
    make_small(sc->db);
    assert_int_equal(open_fails(sc->db, TALLY_DB_READ, OTHER), TALLY_E_FORMAT);
    assert_int_equal(open_fails(sc->db, TALLY_DB_READ_WRITE, OTHER), TALLY_E_FORMAT);
    snprintf(path, sizeof path, "%s/text.csv", sc->dir);
    f = fopen(path, "w");
    assert_non_null(f);
    for (int i = 0; i < 500; i++) {
        fputs("id,forename\n", f);
    }
    fclose(f);
    assert_int_equal(open_fails(path, TALLY_DB_READ, APP), TALLY_E_FORMAT);
    assert_int_equal(open_fails(path, TALLY_DB_READ_WRITE, APP), TALLY_E_FORMAT);
    assert_int_equal(access(path, F_OK), 0);
    assert_int_equal(truncate(path, 0), 0);
    assert_int_equal(open_fails(path, TALLY_DB_READ, APP), TALLY_E_FORMAT);
}

static void
an_unwritable_folder_is_an_input_output_error(void **state)
{
    (void)state;
    assert_int_equal(open_fails("/nonexistent-folder/a.db", TALLY_DB_READ_WRITE, APP),
                     TALLY_E_IO);
    assert_int_equal(open_fails("/nonexistent-folder/a.db", TALLY_DB_BUILD, APP),
                     TALLY_E_IO);
}

static void
a_damaged_database_is_told_apart(void **state)
{
    struct scratch *sc = *state;
    struct tally_db *db;
    char junk[512];
    int fd;

    make_small(sc->db);
    db = open_ok(sc->db, TALLY_DB_READ_WRITE);
    exec_ok(
        db,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)"
        "INSERT INTO t SELECT i, 0.0, 'some text', x'00' FROM n;");
    tally_db_close(db);
    memset(junk, 0xa5, sizeof junk);
    fd = open(sc->db, O_WRONLY);
    assert_int_equal(pwrite(fd, junk, sizeof junk, 3 * 4096), sizeof junk);
    close(fd);
    assert_int_equal(open_fails(sc->db, TALLY_DB_READ, APP), TALLY_E_CORRUPT);
}

/* An index that says otherwise than its table goes unseen when a file is opened. */
static void
a_damaged_index_is_told_when_it_matters(void **state)
{
    struct scratch *sc = *state;
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_db *db = open_ok(sc->db, TALLY_DB_READ_WRITE);
    char bytes[1 << 15];
    size_t n, at;
    FILE *f;

    exec_ok(db, "CREATE TABLE t (a TEXT UNIQUE); INSERT INTO t VALUES ('one of a kind')");
    tally_db_close(db);
    f = fopen(sc->db, "r+b");
    assert_non_null(f);
    n = fread(bytes, 1, sizeof bytes, f);
    for (at = n - 13; memcmp(bytes + at, "one of a kind", 13) != 0; at--) {
        assert_true(at > 4096);
    }
    assert_int_equal(fseek(f, (long)at, SEEK_SET), 0);
    assert_int_equal(fwrite("two of a kind", 1, 13, f), 13);
    assert_int_equal(fclose(f), 0);

    db = open_ok(sc->db, TALLY_DB_READ_WRITE);
    assert_int_equal(tally_db_exec(db, "INSERT INTO t VALUES ('two of a kind')", &err),
                     -1);
    assert_int_equal(err.code, TALLY_E_CORRUPT);
    exec_ok(db, "REINDEX");
    assert_int_equal(tally_db_exec(db, "INSERT INTO t VALUES ('one of a kind')", &err),
                     -1);
    assert_int_equal(err.code, TALLY_E_BUG);
    tally_db_close(db);
}

static void
views_triggers_and_attached_files_do_nothing(void **state)
{
    struct scratch *sc = *state;
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_stmt *s = NULL;
    struct tally_db *db;

    make_small(sc->db);
    db = open_ok(sc->db, TALLY_DB_READ_WRITE);
    exec_ok(db, "CREATE VIEW v AS SELECT 1 AS one;"
                "CREATE TRIGGER g AFTER INSERT ON t BEGIN DELETE FROM t; END;"
                "INSERT INTO t VALUES (5, 0.0, 'x', x'00');");
    assert_int_equal(tally_db_prepare(db, "SELECT COUNT(*) FROM t", &s, &err), 0);
    assert_int_equal(tally_db_step(s, &err), 1);
    assert_int_equal(tally_db_int(s, 0), 1);
    tally_db_finalize(s);
    assert_int_equal(tally_db_exec(db, "SELECT one FROM v", &err), -1);
    assert_int_equal(tally_db_exec(db, "ATTACH '/tmp/x.db' AS x", &err), -1);
    /* A misspelt column in double quotes is an error, not a string. */
    assert_int_equal(tally_db_exec(db, "SELECT \"nothing\" FROM t", &err), -1);
    assert_int_equal(err.code, TALLY_E_CORRUPT);
    tally_db_close(db);
}

static void
foreign_keys_hold(void **state)
{
    struct scratch *sc = *state;
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_db *db = open_ok(sc->db, TALLY_DB_READ_WRITE);

    exec_ok(db, "CREATE TABLE a (id INTEGER PRIMARY KEY) STRICT;"
                "CREATE TABLE b (a INTEGER NOT NULL REFERENCES a(id)) STRICT;");
    assert_int_equal(tally_db_exec(db, "INSERT INTO b VALUES (1)", &err), -1);
    assert_int_equal(err.code, TALLY_E_BUG);
    tally_db_close(db);
}

static void
a_built_database_appears_only_when_it_is_saved(void **state)
{
    struct scratch *sc = *state;
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_outfile *f = NULL;
    struct tally_db *db = open_ok(sc->db, TALLY_DB_BUILD);
    struct tally_stmt *s = NULL;
    struct stat st;

    assert_int_equal(files_in(sc->dir), 0);
    exec_ok(
        db,
        "BEGIN; CREATE TABLE t (i INTEGER) STRICT; INSERT INTO t VALUES (42); COMMIT;");
    assert_int_equal(files_in(sc->dir), 0);
    assert_int_equal(tally_outfile_open(&f, sc->db, 0600, false, &err), 0);
    assert_int_equal(tally_db_save(db, f, &err), 0);
    tally_db_close(db);
    assert_int_equal(tally_outfile_commit(&f, 1, &err), 0);
    tally_outfile_free(f);
    assert_int_equal(files_in(sc->dir), 1);
    assert_int_equal(stat(sc->db, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    db = open_ok(sc->db, TALLY_DB_READ);
    assert_int_equal(tally_db_prepare(db, "SELECT i FROM t", &s, &err), 0);
    assert_int_equal(tally_db_step(s, &err), 1);
    assert_int_equal(tally_db_int(s, 0), 42);
    tally_db_finalize(s);
    tally_db_close(db);
}

static void
a_build_given_up_leaves_nothing(void **state)
{
    struct scratch *sc = *state;
    struct tally_db *db = open_ok(sc->db, TALLY_DB_BUILD);

    exec_ok(db, "CREATE TABLE t (i INTEGER) STRICT");
    tally_db_close(db);
    assert_int_equal(files_in(sc->dir), 0);
}

static void
an_interrupt_ends_a_long_statement(void **state)
{
    struct scratch *sc = *state;
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_db *db = open_ok(sc->db, TALLY_DB_READ_WRITE);

    tally_interrupt_set(true);
    assert_int_equal(
        tally_db_exec(db,
                      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 "
                      "FROM n WHERE i < 100000000) SELECT MAX(i) FROM n",
                      &err),
        -1);
    assert_int_equal(err.code, TALLY_E_INTERRUPTED);
    tally_interrupt_set(false);
    tally_db_close(db);
}

static void
names_are_quoted_so_that_they_cannot_end_early(void **state)
{
    char out[16];

    (void)state;
    assert_true(tally_db_quote_name("a\"b", out, sizeof out));
    assert_string_equal(out, "\"a\"\"b\"");
    assert_true(tally_db_quote_name("", out, sizeof out));
    assert_string_equal(out, "\"\"");
    assert_false(tally_db_quote_name("fifteen letters", out, sizeof out));
    assert_false(tally_db_quote_name("", out, 2));
}

static void
paths_with_question_marks_are_opened_as_they_are(void **state)
{
    struct scratch *sc = *state;
    char path[128];

    snprintf(path, sizeof path, "%s/a?mode=memory#%%41.db", sc->dir);
    make_small(path);
    assert_int_equal(access(path, F_OK), 0);
    tally_db_close(open_ok(path, TALLY_DB_READ));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(values_come_back_as_they_were_bound, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(
            a_new_database_is_private_and_leaves_no_log_when_closed, setup, teardown),
        cmocka_unit_test_setup_teardown(
            reading_leaves_nothing_beside_the_file_and_changes_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(another_kind_of_file_is_refused, setup, teardown),
        cmocka_unit_test(an_unwritable_folder_is_an_input_output_error),
        cmocka_unit_test_setup_teardown(a_damaged_index_is_told_when_it_matters, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_damaged_database_is_told_apart, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(views_triggers_and_attached_files_do_nothing,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(foreign_keys_hold, setup, teardown),
        cmocka_unit_test_setup_teardown(a_built_database_appears_only_when_it_is_saved,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_build_given_up_leaves_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(an_interrupt_ends_a_long_statement, setup,
                                        teardown),
        cmocka_unit_test(names_are_quoted_so_that_they_cannot_end_early),
        cmocka_unit_test_setup_teardown(paths_with_question_marks_are_opened_as_they_are,
                                        setup, teardown),
    };

    return cmocka_run_group_tests_name("db", tests, NULL, NULL);
}

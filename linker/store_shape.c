/*
 * Whether a store is as this program makes them. What the types and rules of its tables
 * promise (SQLite checks them when the file is opened) is then true of a store that
 * somebody else wrote as well, and names can be shown as they are.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/encfile.h"
#include "bloom/schema.h"
#include "linker/store_impl.h"

#include <string.h>

/** How often ${part} stands in ${text}. */
static int
occurrences(const char *text, const char *part)
{
    int n = 0;

    while ((text = strstr(text, part)) != NULL) {
        text += strlen(part);
        n++;
    }
    return n;
}

/** Whether ${sql} is one of the statements of ${tables}, whole. */
static bool
is_statement(const char *tables, const char *sql)
{
    const char *at = strstr(tables, sql);

    return at != NULL && at > tables && at[-1] == ';' && at[strlen(sql)] == ';';
}

static int
check_tables(struct tally_store *s, const char *tables, struct tally_err *err)
{
    struct tally_stmt *q = NULL;
    int left = occurrences(tables, ";CREATE ");
    bool strange = false;
    int rc = tally_db_prepare(s->db,
                              "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL"
                              " AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
                              &q, err);

    while (rc == 0 && (rc = tally_db_step(q, err)) == 1) {
        strange = strange || !is_statement(tables, tally_db_text(q, 0, NULL));
        left--;
        rc = 0;
    }
    tally_db_finalize(q);
    if (rc == 0 && (strange || left != 0)) {
        return tally_err_set(err, TALLY_E_CORRUPT,
                             "%s: its tables are not as this program makes them",
                             s->path);
    }
    return rc;
}

static int
check_names(struct tally_store *s, const char *sql, bool (*valid)(const char *),
            struct tally_err *err)
{
    struct tally_stmt *q = NULL;
    int rc = tally_db_prepare(s->db, sql, &q, err);

    while (rc == 0 && (rc = tally_db_step(q, err)) == 1) {
        size_t len;
        const char *name = tally_db_text(q, 0, &len);

        rc = 0;
        if (strlen(name) != len || !valid(name)) {
            rc = tally_err_set(err, TALLY_E_CORRUPT, "%s: a name in it is none", s->path);
        }
    }
    tally_db_finalize(q);
    return rc;
}

/** In a run every source has a name of its own. */
static int
check_different(struct tally_store *s, struct tally_err *err)
{
    struct tally_stmt *q = NULL;
    int rc =
        tally_db_prepare(s->db,
                         "SELECT 1 FROM run_source x JOIN source y ON y.id = x.source"
                         " GROUP BY x.run, y.name HAVING COUNT(*) > 1 LIMIT 1",
                         &q, err);

    if (rc == 0) {
        rc = tally_db_step(q, err);
    }
    tally_db_finalize(q);
    return rc == 1 ? tally_err_set(err, TALLY_E_CORRUPT,
                                   "%s: two sources of a run have one name", s->path)
                   : rc;
}

int
store_check_shape(struct tally_store *s, const char *tables, struct tally_err *err)
{
    if (check_tables(s, tables, err) != 0 ||
        check_names(s, "SELECT name FROM source", tally_source_valid, err) != 0) {
        return -1;
    }
    if (check_names(s, "SELECT DISTINCT name FROM view", tally_view_name_valid, err) !=
        0) {
        return -1;
    }
    return check_different(s, err);
}

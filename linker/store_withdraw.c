/*
 * Withdrawal: records and their links go from every run of a store.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/db_rows.h"
#include "linker/store_impl.h"

#include <stdlib.h>
#include <string.h>

#include "bloom/encfile.h"

/* Run ${sql}, whose ?1 is the token and which returns 1 for each row that counts. Returns
 * how many do, or -1. */
static int64_t
change_rows(struct tally_store *s, const char *sql, const uint8_t *token,
            struct tally_err *err)
{
    struct tally_stmt *q = NULL;
    int64_t n = 0;
    int rc;

    if (tally_db_prepare(s->db, sql, &q, err) != 0) {
        return -1;
    }
    tally_db_bind_blob(q, 1, token, TALLY_TOKEN_BYTES);
    while ((rc = tally_db_step(q, err)) == 1) {
        n += tally_db_int(q, 0);
    }
    tally_db_finalize(q);
    return rc < 0 ? -1 : n;
}

/* Note the token; 0 where it was there before. */
static int64_t
note_token(struct tally_store *s, const uint8_t *token, struct tally_err *err)
{
    struct tally_stmt *q = NULL;
    char at[32];
    int rc;

    store_time_text(0, at, sizeof at);
    if (tally_db_prepare(s->db,
                         "INSERT INTO withdrawn VALUES (?1, ?2) ON CONFLICT DO NOTHING"
                         " RETURNING 1",
                         &q, err) != 0) {
        return -1;
    }
    tally_db_bind_blob(q, 1, token, TALLY_TOKEN_BYTES);
    tally_db_bind_text(q, 2, at, strlen(at));
    rc = tally_db_step(q, err);
    tally_db_finalize(q);
    return rc;
}

/* Links are found from the record by index, on either side. */
static const char delete_links_a[] =
    "DELETE FROM link WHERE (run, source_a, row_a) IN"
    " (SELECT run, source, row FROM record WHERE token = ?1) RETURNING accepted";
static const char delete_links_b[] =
    "DELETE FROM link WHERE (run, source_b, row_b) IN"
    " (SELECT run, source, row FROM record WHERE token = ?1) RETURNING accepted";
static const char note_clusters[] =
    "INSERT OR IGNORE INTO temp.touched SELECT run, cluster FROM record WHERE token = ?1"
    " RETURNING 1";
static const char delete_pairs[] =
    "DELETE FROM review_pair WHERE token_a = ?1 OR token_b = ?1 RETURNING 1";
static const char delete_gone[] = "DELETE FROM gone WHERE token = ?1 RETURNING 1";
static const char delete_known[] =
    "DELETE FROM known WHERE token_a = ?1 OR token_b = ?1 RETURNING 1";
static const char delete_records[] = "DELETE FROM record WHERE token = ?1 RETURNING 1";

static int
take_token(void *ctx, struct tally_stmt *q, void *row, struct tally_err *err)
{
    const struct tally_store *s = ctx;
    size_t len = 0;
    const void *token = tally_db_blob(q, 0, &len);

    if (token == NULL || len != TALLY_TOKEN_BYTES) {
        return tally_err_set(err, TALLY_E_CORRUPT, "%s: a token is none", s->path);
    }
    memcpy(row, token, len);
    return 0;
}

static int
withdraw_one(struct tally_store *s, const uint8_t *token,
             struct tally_store_withdrawal *out, struct tally_err *err)
{
    int64_t fresh = note_token(s, token, err);
    int64_t a = fresh == 1 ? change_rows(s, delete_links_a, token, err) : fresh;
    int64_t b = a < 0 ? -1 : fresh == 1 ? change_rows(s, delete_links_b, token, err) : 0;
    int64_t records = 0;

    if (fresh < 0 || a < 0 || b < 0) {
        return -1;
    }
    if (fresh == 0) {
        return 0;
    }
    if (change_rows(s, note_clusters, token, err) < 0 ||
        change_rows(s, delete_pairs, token, err) < 0 ||
        change_rows(s, delete_gone, token, err) < 0 ||
        change_rows(s, delete_known, token, err) < 0) {
        return -1;
    }
    records = change_rows(s, delete_records, token, err);
    if (records < 0) {
        return -1;
    }
    out->tokens++;
    out->unknown += records == 0;
    out->records += (uint64_t)records;
    out->links += (uint64_t)(a + b);
    return 0;
}

/* The record under the token it has in each delivery of its source, as far as the store
 * can tell; it counts as one token. */
static int
withdraw_selves(struct tally_store *s, const uint8_t *token,
                struct tally_store_withdrawal *out, struct tally_err *err)
{
    struct tally_store_withdrawal all = {0};
    struct tally_stmt *q = NULL;
    void *list = NULL;
    size_t n = 0;
    int rc = 0;

    if (tally_db_prepare(s->db,
                         "WITH RECURSIVE self(token) AS (VALUES (?1)"
                         " UNION SELECT x.token FROM succession x"
                         " JOIN self ON x.was = self.token"
                         " UNION SELECT y.was FROM succession y"
                         " JOIN self ON y.token = self.token) SELECT token FROM self",
                         &q, err) != 0) {
        return -1;
    }
    tally_db_bind_blob(q, 1, token, TALLY_TOKEN_BYTES);
    if (tally_db_rows(q, TALLY_TOKEN_BYTES, take_token, s, &list, &n, err) != 0) {
        return -1;
    }
    for (size_t i = 0; rc == 0 && i < n; i++) {
        rc = withdraw_one(s, (const uint8_t *)list + i * TALLY_TOKEN_BYTES, &all, err);
    }
    free(list);
    out->tokens += all.tokens > 0;
    out->unknown += all.tokens > 0 && all.records == 0;
    out->records += all.records;
    out->links += all.links;
    return rc;
}

/* Sizes and sources of clusters, totals of runs and linked records, as they are now.
 * Clusters of nobody go; their ids are never given again. */
static const char recount[] =
    "CREATE TEMP TABLE now AS SELECT r.run AS run, r.cluster AS cluster,"
    " COUNT(*) AS records, SUM(DISTINCT 1 << r.source) AS sources FROM record r"
    " JOIN temp.touched t ON t.run = r.run AND t.cluster = r.cluster"
    " GROUP BY r.run, r.cluster;"
    "DELETE FROM cluster WHERE (run, id) IN (SELECT run, cluster FROM temp.touched)"
    " AND (run, id) NOT IN (SELECT run, cluster FROM temp.now);"
    "UPDATE cluster SET records = n.records, sources = n.sources FROM temp.now n"
    " WHERE n.run = cluster.run AND n.cluster = cluster.id;"
    "UPDATE run SET clusters = (SELECT COUNT(*) FROM cluster c WHERE c.run = run.id),"
    " links = (SELECT COUNT(*) FROM link l WHERE l.run = run.id AND accepted = 1)"
    " WHERE id IN (SELECT run FROM temp.touched);"
    "UPDATE run_source SET linked = (SELECT COUNT(*) FROM record r"
    " JOIN cluster c ON c.run = r.run AND c.id = r.cluster"
    " WHERE r.run = run_source.run AND r.source = run_source.position"
    " AND CASE (SELECT COUNT(*) FROM run_source x WHERE x.run = run_source.run)"
    " WHEN 1 THEN c.records > 1 ELSE c.sources & ~(1 << r.source) != 0 END)"
    " WHERE run IN (SELECT run FROM temp.touched);"
    /* What links say of second-best candidates that are no more. */
    "UPDATE link SET second_a = NULL, second_a_ppm = NULL WHERE second_a IS NOT NULL"
    " AND run IN (SELECT run FROM temp.touched) AND NOT EXISTS (SELECT 1 FROM record r"
    " WHERE r.run = link.run AND r.source = source_b AND r.row = second_a);"
    "UPDATE link SET second_b = NULL, second_b_ppm = NULL WHERE second_b IS NOT NULL"
    " AND run IN (SELECT run FROM temp.touched) AND NOT EXISTS (SELECT 1 FROM record r"
    " WHERE r.run = link.run AND r.source = source_a AND r.row = second_b);"
    "DROP TABLE temp.now; DROP TABLE temp.touched;";

static int
withdraw_all(struct tally_store *s, const uint8_t *tokens, size_t n,
             struct tally_store_withdrawal *out, struct tally_err *err)
{
    if (tally_db_exec(s->db,
                      "CREATE TEMP TABLE touched (run INTEGER, cluster INTEGER,"
                      " PRIMARY KEY (run, cluster)) WITHOUT ROWID",
                      err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < n; i++) {
        if (withdraw_selves(s, tokens + i * TALLY_TOKEN_BYTES, out, err) != 0) {
            return -1;
        }
    }
    return tally_db_exec(s->db, recount, err);
}

int
tally_store_withdraw(struct tally_store *s, const uint8_t *tokens, size_t n, bool dry_run,
                     struct tally_store_withdrawal *out, struct tally_err *err)
{
    struct tally_err ignored = TALLY_ERR_INIT;
    int rc;

    memset(out, 0, sizeof *out);
    if (tally_db_exec(s->db, "BEGIN IMMEDIATE", err) != 0) {
        return -1;
    }
    rc = withdraw_all(s, tokens, n, out, err);
    if (rc == 0 && !dry_run) {
        rc = tally_db_exec(s->db, "COMMIT", err);
    }
    if (rc != 0 || dry_run) {
        (void)!tally_db_exec(s->db, "ROLLBACK", &ignored);
    }
    return rc;
}

int
tally_store_withdrawn(struct tally_store *s, uint8_t **tokens, size_t *n,
                      struct tally_err *err)
{
    struct tally_stmt *q = NULL;
    uint8_t *list = NULL;
    size_t cap = 0;
    int rc;

    *n = 0;
    if (tally_db_prepare(s->db, "SELECT token FROM withdrawn ORDER BY token", &q, err) !=
        0) {
        return -1;
    }
    while ((rc = tally_db_step(q, err)) == 1) {
        size_t len = 0;
        const void *token = tally_db_blob(q, 0, &len);

        if (*n == cap) {
            uint8_t *more;

            cap = cap == 0 ? 64 : 2 * cap;
            more = realloc(list, cap * TALLY_TOKEN_BYTES);
            if (more == NULL) {
                rc = tally_err_nomem(err);
                break;
            }
            list = more;
        }
        if (token == NULL || len != TALLY_TOKEN_BYTES) {
            rc = tally_err_set(err, TALLY_E_CORRUPT, "%s: a withdrawn token is none",
                               s->path);
            break;
        }
        memcpy(list + (*n)++ * TALLY_TOKEN_BYTES, token, len);
    }
    tally_db_finalize(q);
    if (rc != 0) {
        free(list);
        return -1;
    }
    *tokens = list;
    return 0;
}

/*
 * Deliveries that take the place of others, as the store remembers them: which records
 * are in both, and which are gone. The run that they were in stays as it was, so that
 * undoing the new one brings them back.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/db_rows.h"
#include "linker/store_impl.h"

#include <string.h>

static int
write_successors(struct tally_store *s, const struct tally_store_file *f, int64_t run,
                 size_t source, struct tally_err *err)
{
    struct tally_stmt *q = NULL;
    int rc = tally_db_prepare(s->db,
                              "INSERT INTO succession SELECT ?1, ?2, ?3, ?4 WHERE EXISTS"
                              " (SELECT 1 FROM record WHERE run = ?1 AND source = ?2"
                              " AND token = ?3)",
                              &q, err);

    for (size_t i = 0; rc == 0 && i < f->nsuccessors; i++) {
        tally_db_bind_int(q, 1, run);
        tally_db_bind_int(q, 2, (int64_t)source);
        tally_db_bind_blob(q, 3, f->successors[i].token, TALLY_TOKEN_BYTES);
        tally_db_bind_blob(q, 4, f->successors[i].was, TALLY_TOKEN_BYTES);
        rc = tally_db_step(q, err);
    }
    tally_db_finalize(q);
    return rc;
}

/* Run ${sql} of ?1 the run, ?2 the position of the source, ?3 the source whose place it
 * takes, ?4 the run before. */
static int
run_one(struct tally_store *s, const char *sql, int64_t run, size_t source,
        int64_t replaces, int64_t previous, struct tally_err *err)
{
    struct tally_stmt *q = NULL;

    if (tally_db_prepare(s->db, sql, &q, err) != 0) {
        return -1;
    }
    tally_db_bind_int(q, 1, run);
    tally_db_bind_int(q, 2, (int64_t)source);
    tally_db_bind_int(q, 3, replaces);
    tally_db_bind_int(q, 4, previous);
    return tally_db_finish(q, err);
}

/* Where the old file is not there any more, tokens that were kept still tell. */
static const char same_tokens[] =
    "INSERT OR IGNORE INTO succession SELECT ?1, ?2, n.token, n.token FROM record n"
    " WHERE n.run = ?1 AND n.source = ?2 AND n.token IN (SELECT r.token FROM record r"
    " JOIN run_source x ON x.run = r.run AND x.position = r.source"
    " WHERE r.run = ?4 AND x.source = ?3)";
static const char note_gone[] =
    "INSERT INTO gone SELECT ?1, ?2, r.token FROM record r JOIN run_source x"
    " ON x.run = r.run AND x.position = r.source WHERE r.run = ?4 AND x.source = ?3"
    " AND r.token NOT IN (SELECT was FROM succession WHERE run = ?1 AND source = ?2)";

static int
note_withdrawn(struct tally_store *s, const struct tally_store_how *how,
               struct tally_err *err)
{
    struct tally_stmt *q = NULL;
    char at[32];
    int rc;

    store_time_text(0, at, sizeof at);
    rc = tally_db_prepare(s->db, "INSERT OR IGNORE INTO withdrawn VALUES (?1, ?2)", &q,
                          err);
    for (size_t i = 0; rc == 0 && i < how->nwithdrawn; i++) {
        tally_db_bind_blob(q, 1, how->withdrawn + i * TALLY_TOKEN_BYTES,
                           TALLY_TOKEN_BYTES);
        tally_db_bind_text(q, 2, at, strlen(at));
        rc = tally_db_step(q, err);
    }
    tally_db_finalize(q);
    return rc;
}

int
store_succession_write(struct tally_store *s, const struct tally_store_how *how,
                       size_t nsources, int64_t run, struct tally_err *err)
{
    for (size_t i = 0; how->files != NULL && i < nsources; i++) {
        const struct tally_store_file *f = &how->files[i];

        if (f->replaces != 0 &&
            (write_successors(s, f, run, i, err) != 0 ||
             run_one(s, same_tokens, run, i, f->replaces, how->previous, err) != 0 ||
             run_one(s, note_gone, run, i, f->replaces, how->previous, err) != 0)) {
            return -1;
        }
    }
    return note_withdrawn(s, how, err);
}

int
tally_store_replaced(struct tally_store *s, int64_t run, uint32_t source,
                     struct tally_store_replaced *out, struct tally_err *err)
{
    struct tally_stmt *q = NULL;
    int rc;

    memset(out, 0, sizeof *out);
    if (tally_db_prepare(s->db,
                         "SELECT (SELECT COUNT(*) FROM succession WHERE run = ?1"
                         " AND source = ?2), (SELECT COUNT(*) FROM record WHERE run = ?1"
                         " AND source = ?2), (SELECT COUNT(*) FROM gone WHERE run = ?1"
                         " AND source = ?2)",
                         &q, err) != 0) {
        return -1;
    }
    tally_db_bind_int(q, 1, run);
    tally_db_bind_int(q, 2, source);
    rc = tally_db_step(q, err);
    if (rc == 1) {
        out->kept = (uint64_t)tally_db_int(q, 0);
        out->fresh = (uint64_t)tally_db_int(q, 1) - out->kept;
        out->gone = (uint64_t)tally_db_int(q, 2);
    }
    tally_db_finalize(q);
    return rc < 0 ? -1 : 0;
}

static int
take_successor(void *ctx, struct tally_stmt *q, void *row, struct tally_err *err)
{
    const struct tally_store *s = ctx;
    struct tally_successor *x = row;
    size_t len = 0, was_len = 0;
    const void *token = tally_db_blob(q, 0, &len), *was = tally_db_blob(q, 1, &was_len);

    if (len != TALLY_TOKEN_BYTES || was_len != TALLY_TOKEN_BYTES) {
        return tally_err_set(err, TALLY_E_CORRUPT, "%s: a replaced record has no token",
                             s->path);
    }
    memcpy(x->token, token, len);
    memcpy(x->was, was, was_len);
    return 0;
}

int
tally_store_successions(struct tally_store *s, int64_t run, struct tally_successor **out,
                        size_t *n, struct tally_err *err)
{
    struct tally_stmt *q = NULL;
    void *list = NULL;

    if (tally_db_prepare(s->db,
                         STORE_CHAIN " SELECT token, was FROM succession"
                                     " WHERE run IN chain AND token <> was",
                         &q, err) != 0) {
        return -1;
    }
    tally_db_bind_int(q, 1, run);
    if (tally_db_rows(q, sizeof **out, take_successor, s, &list, n, err) != 0) {
        return -1;
    }
    *out = list;
    return 0;
}

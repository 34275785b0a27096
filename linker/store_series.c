/*
 * The series of a store: the run that the next one continues, and taking it back.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/store_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The latest run that was not undone. */
static int
latest_run(struct tally_store *s, struct tally_store_series *out, struct tally_err *err)
{
    struct tally_stmt *q = NULL;
    int rc;

    if (tally_db_prepare(s->db,
                         "SELECT id, previous, assign, threshold_ppm, min_probability,"
                         " fdr, agreement FROM run WHERE undone = 0 ORDER BY id DESC LIMIT 1",
                         &q, err) != 0) {
        return -1;
    }
    rc = tally_db_step(q, err);
    if (rc == 1) {
        const char *assign = tally_db_text(q, 2, NULL);
        const void *agreement;
        size_t len = 0;

        out->run = tally_db_int(q, 0);
        out->previous = tally_db_int(q, 1);
        out->assign = TALLY_ASSIGN_ONE_TO_ONE;
        if (assign != NULL) {
            (void)tally_assign_of(assign, &out->assign);
        }
        out->threshold_ppm = (uint32_t)tally_db_int(q, 3);
        out->min_probability = tally_db_real(q, 4);
        out->min_probability = isnan(out->min_probability) ? 0 : out->min_probability;
        out->fdr = tally_db_real(q, 5);
        agreement = tally_db_blob(q, 6, &len);
        out->agreed = agreement != NULL && len == sizeof out->agreement;
        if (out->agreed) {
            memcpy(out->agreement, agreement, len);
        }
    }
    tally_db_finalize(q);
    return rc < 0 ? -1 : 0;
}

static bool
take_member(struct tally_stmt *q, struct tally_store_member *to)
{
    size_t name_len = 0;
    size_t path_len = 0;
    size_t digest_len = 0;
    const char *name = tally_db_text(q, 0, &name_len);
    const char *path = tally_db_text(q, 1, &path_len);
    const void *digest = tally_db_blob(q, 2, &digest_len);

    if (name == NULL || path == NULL || digest == NULL || name_len >= sizeof to->name ||
        path_len >= sizeof to->path || digest_len != sizeof to->digest) {
        return false;
    }
    memcpy(to->name, name, name_len + 1);
    memcpy(to->path, path, path_len + 1);
    memcpy(to->digest, digest, digest_len);
    to->id = tally_db_int(q, 3);
    return true;
}

static int
read_members(struct tally_store *s, struct tally_store_series *out, struct tally_err *err)
{
    struct tally_stmt *q = NULL;
    int rc;

    if (tally_db_prepare(s->db,
                         "SELECT y.name, y.path, y.file_digest, y.id FROM run_source x"
                         " JOIN source y ON y.id = x.source WHERE x.run = ?1"
                         " ORDER BY x.position",
                         &q, err) != 0) {
        return -1;
    }
    tally_db_bind_int(q, 1, out->run);
    while ((rc = tally_db_step(q, err)) == 1) {
        if (out->nsources == TALLY_SOURCES_MAX ||
            !take_member(q, &out->sources[out->nsources++])) {
            rc = tally_err_set(err, TALLY_E_CORRUPT,
                               "%s: the sources of the run make no sense", s->path);
            break;
        }
    }
    tally_db_finalize(q);
    return rc;
}

int
tally_store_series(struct tally_store *s, struct tally_store_series *out,
                   struct tally_err *err)
{
    memset(out, 0, sizeof *out);
    if (latest_run(s, out, err) != 0) {
        return -1;
    }
    return out->run == 0 ? 0 : read_members(s, out, err);
}

int
tally_store_changes(struct tally_store *s, int64_t run, struct tally_store_changes *out,
                    struct tally_err *err)
{
    struct tally_stmt *q = NULL;
    int rc;

    memset(out, 0, sizeof *out);
    if (tally_db_prepare(s->db,
                         "SELECT COUNT(DISTINCT CASE kind WHEN 'merge' THEN from_cluster"
                         " END), COUNT(DISTINCT CASE kind WHEN 'split' THEN from_cluster"
                         " END), TOTAL(records) FROM change WHERE run = ?1",
                         &q, err) != 0) {
        return -1;
    }
    tally_db_bind_int(q, 1, run);
    rc = tally_db_step(q, err);
    if (rc == 1) {
        out->merges = (uint64_t)tally_db_int(q, 0);
        out->splits = (uint64_t)tally_db_int(q, 1);
        out->records = (uint64_t)tally_db_int(q, 2);
    }
    tally_db_finalize(q);
    return rc < 0 ? -1 : 0;
}

static int
mark_undone(struct tally_store *s, int64_t run, struct tally_err *err)
{
    struct tally_stmt *q = NULL;

    if (tally_db_prepare(s->db, "UPDATE run SET undone = 1 WHERE id = ?1", &q, err) !=
        0) {
        return -1;
    }
    tally_db_bind_int(q, 1, run);
    return tally_db_finish(q, err);
}

/* Mark the latest run as undone, if it may be; ${series} is scratch. */
static int
undo_latest(struct tally_store *s, struct tally_store_series *series,
            struct tally_err *err)
{
    if (latest_run(s, series, err) != 0) {
        return -1;
    }
    if (series->run == 0 || series->previous == 0) {
        (void)tally_err_set(err, TALLY_E_USAGE,
                            "%s: the latest run does not continue another", s->path);
        return tally_err_hint(err, "only a run made with --add can be undone");
    }
    return mark_undone(s, series->run, err);
}

int
tally_store_undo(struct tally_store *s, int64_t *run, struct tally_err *err)
{
    struct tally_store_series *series = calloc(1, sizeof *series);
    struct tally_err ignored = TALLY_ERR_INIT;
    int rc = -1;

    if (series == NULL) {
        return tally_err_nomem(err);
    }
    if (tally_db_exec(s->db, "BEGIN IMMEDIATE", err) == 0) {
        rc = undo_latest(s, series, err);
        if (rc == 0) {
            rc = tally_db_exec(s->db, "COMMIT", err);
        }
        if (rc != 0) {
            (void)!tally_db_exec(s->db, "ROLLBACK", &ignored);
        }
    }
    *run = series->run;
    free(series);
    return rc;
}

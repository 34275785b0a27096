/*
 * The linker's store, the half that writes: tables, and a run recorded whole or not at
 * all.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/store.h"

#include "bloom/base/bytes.h"
#include "bloom/base/size.h"
#include "linker/store_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define STORE_APPLICATION 0x544c5953u /* "TLYS" */
#define STORE_VERSION     2

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
    " UNIQUE (file_digest, name)) STRICT;"
    "CREATE TABLE run (id INTEGER PRIMARY KEY AUTOINCREMENT, started TEXT NOT NULL,"
    " seconds REAL NOT NULL, version TEXT NOT NULL, schema_name TEXT NOT NULL,"
    " profile TEXT NOT NULL, schema_digest BLOB NOT NULL, bits INTEGER NOT NULL,"
    " hardening TEXT NOT NULL, assign TEXT NOT NULL, threshold_ppm INTEGER,"
    " min_probability REAL, fdr REAL NOT NULL, compared INTEGER NOT NULL,"
    " links INTEGER NOT NULL, clusters INTEGER NOT NULL, first_cluster INTEGER NOT NULL)"
    " STRICT;"
    "CREATE TABLE run_source (run INTEGER NOT NULL REFERENCES run(id),"
    " position INTEGER NOT NULL, source INTEGER NOT NULL REFERENCES source(id),"
    " linked INTEGER NOT NULL, PRIMARY KEY (run, position)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE calibration (run INTEGER NOT NULL, source_a INTEGER NOT NULL,"
    " source_b INTEGER NOT NULL, how INTEGER NOT NULL, threshold_ppm INTEGER NOT NULL,"
    " floor_ppm INTEGER NOT NULL, candidates INTEGER NOT NULL, links INTEGER NOT NULL,"
    " false_links REAL, estimated_precision REAL, estimated_recall REAL,"
    " low_confidence INTEGER NOT NULL, note TEXT NOT NULL, histogram BLOB NOT NULL,"
    " false_histogram BLOB NOT NULL, PRIMARY KEY (run, source_a, source_b),"
    " FOREIGN KEY (run, source_a) REFERENCES run_source(run, position),"
    " FOREIGN KEY (run, source_b) REFERENCES run_source(run, position))"
    " STRICT, WITHOUT ROWID;"
    "CREATE TABLE cluster (id INTEGER PRIMARY KEY,"
    " run INTEGER NOT NULL REFERENCES run(id), records INTEGER NOT NULL,"
    " sources INTEGER NOT NULL) STRICT;"
    "CREATE TABLE record (run INTEGER NOT NULL, source INTEGER NOT NULL,"
    " row INTEGER NOT NULL, token BLOB NOT NULL CHECK (length(token) = 16),"
    " cluster INTEGER NOT NULL REFERENCES cluster(id), strength REAL,"
    " PRIMARY KEY (run, source, row),"
    " FOREIGN KEY (run, source) REFERENCES run_source(run, position))"
    " STRICT, WITHOUT ROWID;"
    "CREATE TABLE link (run INTEGER NOT NULL, rank INTEGER NOT NULL,"
    " source_a INTEGER NOT NULL, row_a INTEGER NOT NULL, source_b INTEGER NOT NULL,"
    " row_b INTEGER NOT NULL, common INTEGER NOT NULL, total INTEGER NOT NULL,"
    " probability REAL, PRIMARY KEY (run, rank),"
    " FOREIGN KEY (run, source_a, row_a) REFERENCES record(run, source, row),"
    " FOREIGN KEY (run, source_b, row_b) REFERENCES record(run, source, row))"
    " STRICT, WITHOUT ROWID;"
    "PRAGMA user_version = 2;"
    "COMMIT;";

/** Sources and size of each cluster of a result. */
struct cluster_facts {
    uint64_t *masks;
    uint32_t *sizes;
};

/** A run on its way into the store. */
struct store_run_job {
    struct tally_store *store;
    const struct tally_link_job *job;
    const struct tally_link_result *r;
    struct cluster_facts clusters;
    int64_t run;
    int64_t base;
};

static int
open_tables(struct tally_store *s, bool write, struct tally_err *err)
{
    int version = 0;

    if (tally_db_version(s->db, &version, err) != 0) {
        return -1;
    }
    if (version == 0 && write) {
        return tally_db_exec(s->db, store_tables, err);
    }
    if (version != STORE_VERSION) {
        return tally_err_set(
            err, TALLY_E_FORMAT,
            "%s: a store of version %d, but this program knows version %d", s->path,
            version, STORE_VERSION);
    }
    return 0;
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
 * command leaves nothing. */
static void
remove_if_empty(struct tally_store *s)
{
    struct tally_err err = TALLY_ERR_INIT;

    tally_db_tidying_up(s->db);
    /* Out of WAL first, or the log would outlive the file; this works only when nobody
     * else is connected. */
    if (tally_db_exec(s->db, "BEGIN EXCLUSIVE", &err) == 0) {
        if (has_no_run(s)) {
            unlink(s->path);
        }
        (void)!tally_db_exec(s->db, "ROLLBACK", &err);
    }
}

void
tally_store_close(struct tally_store *s)
{
    if (s == NULL) {
        return;
    }
    if (s->pending) {
        struct tally_err ignored = TALLY_ERR_INIT;

        (void)!tally_db_exec(s->db, "ROLLBACK", &ignored);
    }
    if (s->db != NULL && tally_db_is_new(s->db) && !s->written) {
        remove_if_empty(s);
    }
    tally_db_close(s->db);
    free(s->path);
    free(s);
}

static int
describe_clusters(const struct tally_link_result *r, struct cluster_facts *c,
                  struct tally_err *err)
{
    c->masks = calloc(r->nclusters + 1, sizeof *c->masks);
    c->sizes = calloc(r->nclusters + 1, sizeof *c->sizes);
    if (c->masks == NULL || c->sizes == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t s = 0; s < r->nsources; s++) {
        for (size_t i = 0; i < r->nrecords[s]; i++) {
            TALLY_INVARIANT(r->cluster[s][i] < r->nclusters);
            c->masks[r->cluster[s][i]] |= 1ull << s;
            c->sizes[r->cluster[s][i]]++;
        }
    }
    return 0;
}

/** Records of source ${s} that share a cluster with another source, or when there is only
 * one, with another record. */
static uint64_t
count_linked(const struct store_run_job *w, size_t s)
{
    uint64_t linked = 0;

    for (size_t i = 0; i < w->r->nrecords[s]; i++) {
        uint32_t c = w->r->cluster[s][i];

        linked += w->r->nsources == 1 ? w->clusters.sizes[c] > 1
                                      : (w->clusters.masks[c] & ~(1ull << s)) != 0;
    }
    return linked;
}

/** When the run began, from how long it took: a record for people, not part of any
 * result. */
static void
started_text(double seconds, char *out, size_t cap)
{
    time_t t = time(NULL) - (time_t)seconds;
    struct tm tm;

    memset(&tm, 0, sizeof tm);
    gmtime_r(&t, &tm);
    if (strftime(out, cap, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0) {
        out[0] = '\0';
    }
}

/** Take as many cluster ids as the run has clusters from the counter. */
static int
reserve_clusters(struct store_run_job *w, struct tally_err *err)
{
    struct tally_stmt *q = NULL;
    int rc;

    if (tally_db_prepare(w->store->db,
                         "UPDATE meta SET value = value + ?1 WHERE key = 'next_cluster'"
                         " RETURNING value",
                         &q, err) != 0) {
        return -1;
    }
    tally_db_bind_int(q, 1, (int64_t)w->r->nclusters);
    rc = tally_db_step(q, err);
    if (rc == 1) {
        w->base = tally_db_int(q, 0) - (int64_t)w->r->nclusters;
    }
    tally_db_finalize(q);
    if (rc < 0) {
        return -1;
    }
    if (rc == 0 || w->base < 1) {
        return tally_err_set(err, TALLY_E_CORRUPT,
                             "%s: the counter of clusters is not usable", w->store->path);
    }
    return 0;
}

static int
add_run_row(struct store_run_job *w, struct tally_err *err)
{
    const struct tally_link_job *job = w->job;
    const struct tally_link_result *r = w->r;
    const struct tally_enc_info *info = tally_encfile_info(job->sources[0].enc);
    const char *assign = job->assign == TALLY_ASSIGN_MANY ? "many" : "one-to-one";
    char hardening[TALLY_HARDENING_TEXT];
    struct tally_stmt *q = NULL;
    char started[32];

    if (tally_db_prepare(
            w->store->db,
            "INSERT INTO run VALUES (NULL, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9,"
            " ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
            &q, err) != 0) {
        return -1;
    }
    started_text(r->seconds, started, sizeof started);
    tally_db_bind_text(q, 1, started, strlen(started));
    tally_db_bind_real(q, 2, r->seconds);
    tally_db_bind_text(q, 3, TALLY_VERSION, strlen(TALLY_VERSION));
    tally_db_bind_text(q, 4, info->schema_name, strlen(info->schema_name));
    tally_db_bind_text(q, 5, info->profile, strlen(info->profile));
    tally_db_bind_blob(q, 6, info->schema_digest, sizeof info->schema_digest);
    tally_db_bind_int(q, 7, info->bits);
    if (info->legacy) {
        (void)snprintf(hardening, sizeof hardening, "not stated");
    } else {
        tally_hardening_text(&info->hardening, hardening);
    }
    tally_db_bind_text(q, 8, hardening, strlen(hardening));
    tally_db_bind_text(q, 9, assign, strlen(assign));
    if (job->threshold_ppm != 0) {
        tally_db_bind_int(q, 10, job->threshold_ppm);
    }
    if (job->min_probability > 0) {
        tally_db_bind_real(q, 11, job->min_probability);
    }
    tally_db_bind_real(q, 12, tally_link_fdr(job));
    tally_db_bind_int(q, 13, (int64_t)r->compared);
    tally_db_bind_int(q, 14, (int64_t)r->nlinks);
    tally_db_bind_int(q, 15, (int64_t)r->nclusters);
    tally_db_bind_int(q, 16, w->base);
    if (tally_db_finish(q, err) != 0) {
        return -1;
    }
    w->run = tally_db_last_id(w->store->db);
    return 0;
}

/** The number of the source, which is recorded once however many runs it takes part in.
 */
static int
add_source(struct store_run_job *w, const struct tally_link_source *src, int64_t *id,
           struct tally_err *err)
{
    const struct tally_enc_info *info = tally_encfile_info(src->enc);
    struct tally_stmt *q = NULL;
    int rc;

    /* The update changes nothing; it makes RETURNING tell the row that is there already.
     */
    if (tally_db_prepare(w->store->db,
                         "INSERT INTO source VALUES (NULL, ?1, ?2, ?3, ?4, ?5, ?6)"
                         " ON CONFLICT (file_digest, name) DO UPDATE SET name = name"
                         " RETURNING id",
                         &q, err) != 0) {
        return -1;
    }
    tally_db_bind_text(q, 1, src->name, strlen(src->name));
    tally_db_bind_blob(q, 2, info->delivery, sizeof info->delivery);
    tally_db_bind_blob(q, 3, info->schema_digest, sizeof info->schema_digest);
    tally_db_bind_blob(q, 4, tally_encfile_digest(src->enc), TALLY_DIGEST_BYTES);
    tally_db_bind_int(q, 5, (int64_t)info->records);
    tally_db_bind_int(q, 6, info->duplicates_possible);
    rc = tally_db_step(q, err);
    if (rc == 1) {
        *id = tally_db_int(q, 0);
        rc = tally_db_step(q, err);
    }
    tally_db_finalize(q);
    return rc;
}

static int
add_sources(struct store_run_job *w, struct tally_err *err)
{
    for (size_t s = 0; s < w->job->nsources; s++) {
        struct tally_stmt *q = NULL;
        int64_t id = 0;

        if (add_source(w, &w->job->sources[s], &id, err) != 0 ||
            tally_db_prepare(w->store->db,
                             "INSERT INTO run_source VALUES (?1, ?2, ?3, ?4)", &q,
                             err) != 0) {
            return -1;
        }
        tally_db_bind_int(q, 1, w->run);
        tally_db_bind_int(q, 2, (int64_t)s);
        tally_db_bind_int(q, 3, id);
        tally_db_bind_int(q, 4, (int64_t)count_linked(w, s));
        if (tally_db_finish(q, err) != 0) {
            return -1;
        }
    }
    return 0;
}

static void
bind_histograms(struct tally_stmt *q, const struct tally_calibration *c, uint8_t *bytes)
{
    for (size_t i = 0; i < TALLY_HISTOGRAM_BINS; i++) {
        tally_le64_store(bytes + 8 * i, c->histogram[i]);
    }
    tally_db_bind_blob(q, 14, bytes, TALLY_STORE_HISTOGRAM_BYTES);
    for (size_t i = 0; i < TALLY_HISTOGRAM_BINS; i++) {
        uint64_t v;

        memcpy(&v, &c->false_histogram[i], sizeof v);
        tally_le64_store(bytes + 8 * i, v);
    }
    tally_db_bind_blob(q, 15, bytes, TALLY_STORE_HISTOGRAM_BYTES);
}

static int
add_calibrations(struct store_run_job *w, struct tally_err *err)
{
    uint8_t *bytes = malloc(TALLY_STORE_HISTOGRAM_BYTES);
    struct tally_stmt *q = NULL;
    int rc = -1;

    if (bytes == NULL) {
        return tally_err_nomem(err);
    }
    rc = tally_db_prepare(
        w->store->db,
        "INSERT INTO calibration VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9,"
        " ?10, ?11, ?12, ?13, ?14, ?15)",
        &q, err);
    for (size_t i = 0; rc == 0 && i < w->r->ncalibrations; i++) {
        const struct tally_calibration *c = &w->r->calibrations[i];

        tally_db_bind_int(q, 1, w->run);
        tally_db_bind_int(q, 2, c->source_a);
        tally_db_bind_int(q, 3, c->source_b);
        tally_db_bind_int(q, 4, (int64_t)c->how);
        tally_db_bind_int(q, 5, c->threshold_ppm);
        tally_db_bind_int(q, 6, c->floor_ppm);
        tally_db_bind_int(q, 7, (int64_t)c->candidates);
        tally_db_bind_int(q, 8, (int64_t)c->links);
        tally_db_bind_real(q, 9, c->false_links);
        tally_db_bind_real(q, 10, c->estimated_precision);
        tally_db_bind_real(q, 11, c->estimated_recall);
        tally_db_bind_int(q, 12, c->low_confidence);
        tally_db_bind_text(q, 13, c->note, strlen(c->note));
        bind_histograms(q, c, bytes);
        rc = tally_db_step(q, err);
    }
    tally_db_finalize(q);
    free(bytes);
    return rc;
}

static int
add_clusters(struct store_run_job *w, struct tally_err *err)
{
    struct tally_stmt *q = NULL;
    int rc = tally_db_prepare(w->store->db, "INSERT INTO cluster VALUES (?1, ?2, ?3, ?4)",
                              &q, err);

    for (size_t c = 0; rc == 0 && c < w->r->nclusters; c++) {
        tally_db_bind_int(q, 1, w->base + (int64_t)c);
        tally_db_bind_int(q, 2, w->run);
        tally_db_bind_int(q, 3, w->clusters.sizes[c]);
        tally_db_bind_int(q, 4, (int64_t)w->clusters.masks[c]);
        rc = tally_db_step(q, err);
    }
    tally_db_finalize(q);
    return rc;
}

static int
add_records(struct store_run_job *w, size_t s, struct tally_err *err)
{
    const uint8_t *tokens = tally_encfile_tokens(w->job->sources[s].enc);
    struct tally_stmt *q = NULL;
    int rc = tally_db_prepare(
        w->store->db, "INSERT INTO record VALUES (?1, ?2, ?3, ?4, ?5, ?6)", &q, err);

    for (size_t i = 0; rc == 0 && i < w->r->nrecords[s]; i++) {
        tally_db_bind_int(q, 1, w->run);
        tally_db_bind_int(q, 2, (int64_t)s);
        tally_db_bind_int(q, 3, (int64_t)i);
        tally_db_bind_blob(q, 4, tokens + i * TALLY_TOKEN_BYTES, TALLY_TOKEN_BYTES);
        tally_db_bind_int(q, 5, w->base + w->r->cluster[s][i]);
        tally_db_bind_real(q, 6, (double)w->r->strength[s][i]);
        rc = tally_db_step(q, err);
    }
    tally_db_finalize(q);
    return rc;
}

static int
add_links(struct store_run_job *w, struct tally_err *err)
{
    struct tally_stmt *q = NULL;
    int rc = tally_db_prepare(
        w->store->db, "INSERT INTO link VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)", &q,
        err);

    for (size_t i = 0; rc == 0 && i < w->r->nlinks; i++) {
        const struct tally_link *l = &w->r->links[i];

        tally_db_bind_int(q, 1, w->run);
        tally_db_bind_int(q, 2, (int64_t)i);
        tally_db_bind_int(q, 3, l->source_a);
        tally_db_bind_int(q, 4, l->row_a);
        tally_db_bind_int(q, 5, l->source_b);
        tally_db_bind_int(q, 6, l->row_b);
        tally_db_bind_int(q, 7, l->common);
        tally_db_bind_int(q, 8, l->total);
        tally_db_bind_real(q, 9, (double)l->probability);
        rc = tally_db_step(q, err);
    }
    tally_db_finalize(q);
    return rc;
}

static int
add_everything(struct store_run_job *w, struct tally_err *err)
{
    if (reserve_clusters(w, err) != 0 || add_run_row(w, err) != 0 ||
        add_sources(w, err) != 0 || add_calibrations(w, err) != 0 ||
        add_clusters(w, err) != 0) {
        return -1;
    }
    for (size_t s = 0; s < w->r->nsources; s++) {
        if (add_records(w, s, err) != 0) {
            return -1;
        }
    }
    return add_links(w, err);
}

int
tally_store_add_run(struct tally_store *s, const struct tally_link_job *job,
                    const struct tally_link_result *r, int64_t *run_id, int64_t *base,
                    struct tally_err *err)
{
    struct store_run_job w = {.store = s, .job = job, .r = r};
    int rc = -1;

    TALLY_INVARIANT(job->nsources == r->nsources);
    if (describe_clusters(r, &w.clusters, err) == 0 &&
        tally_db_exec(s->db, "BEGIN IMMEDIATE", err) == 0) {
        rc = add_everything(&w, err);
        if (rc != 0) {
            struct tally_err ignored = TALLY_ERR_INIT;

            /* What went wrong is told already; a rollback that fails happens at the
             * close. */
            (void)!tally_db_exec(s->db, "ROLLBACK", &ignored);
        }
    }
    free(w.clusters.masks);
    free(w.clusters.sizes);
    if (rc != 0) {
        return -1;
    }
    s->pending = true;
    *run_id = w.run;
    *base = w.base;
    return 0;
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
